// What a temporal join has produced, so that a deleted left row takes it back.
//
// Rows of the store: left columns, right columns, generation (the arrival that produced the row), and whether
// the row is an output row or the mark of `weight` left rows that arrived in that generation. Equal left rows
// of different generations may have met different right rows: the youngest generation is taken back first.
#pragma once

#include "store_read.hpp"

namespace sabot {

inline int64_t greatest(const Column& c) {
    int64_t most = 0;
    for (int64_t i = 0; i < c.length; ++i) most = std::max(most, c.value<int64_t>(i));
    return most;
}

// Takes back `left` rows (their weights say how many). `output`: the negated output rows; `memory`: the
// change of the store, not yet applied. Gives the first row that was never there, or -1.
inline int64_t take_back(RowStore& store, const Chunk& left, size_t output_width, Chunk& output, Chunk& memory) {
    const Arena& arena = store.arena();
    std::vector<uint32_t> shown, changed;
    std::vector<int64_t> shown_weights, changed_weights;
    std::vector<uint64_t> hashes(left.length);
    hash_rows(left.columns, left.length, hashes.data());
    auto generation = [&](uint32_t id) { return arena.columns(id)[output_width]->value<int64_t>(Arena::offset(id)); };
    auto is_mark = [&](uint32_t id) { return arena.columns(id)[output_width + 1]->value<uint8_t>(Arena::offset(id)); };
    for (int64_t i = 0; i < left.length; ++i) {
        KeySlot* slot = store.index().find(hashes[i], left.columns, i);
        std::vector<uint32_t> mine, marks;
        for (uint32_t id = slot ? slot->head : kNoRow; id != kNoRow; id = store.index().next(id)) {
            const Columns& row = arena.columns(id);
            bool same = true;
            for (size_t k = 0; k < left.columns.size() && same; ++k)
                same = identical_value(*row[k], Arena::offset(id), *left.columns[k], i);
            if (same) (is_mark(id) ? marks : mine).push_back(id);
        }
        std::sort(marks.begin(), marks.end(), [&](uint32_t a, uint32_t b) { return generation(a) > generation(b); });
        int64_t open = left.weight(i);
        for (size_t m = 0; m < marks.size() && open > 0; ++m) {
            int64_t there = arena.weight(marks[m]), taken = std::min(open, there);
            open -= taken;
            changed.push_back(marks[m]);
            changed_weights.push_back(-taken);
            for (uint32_t id : mine) {
                if (generation(id) != generation(marks[m])) continue;
                int64_t w = -(arena.weight(id) / there * taken);
                for (auto* ids : {&shown, &changed}) ids->push_back(id);
                for (auto* weights : {&shown_weights, &changed_weights}) weights->push_back(w);
            }
        }
        if (open > 0) return i;
    }
    output = arena.gather_rows(shown);
    output.columns.resize(output_width);
    output.weights = weights_unless_ones(shown_weights);
    memory = arena.gather_rows(changed);
    memory.weights = weights_unless_ones(changed_weights);
    return -1;
}

}  // namespace sabot
