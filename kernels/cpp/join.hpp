// Incremental joins over two row stores.
//
// A step is up to two half-steps, one per changed side: the delta D of side s meets the other side o as it
// is, then enters its own store. Pairs come in pieces (`next_pairs`) so that a residual condition can be
// decided outside; `keep_pairs` tells which survived. `finish` applies D and gives the rows that are shown
// for themselves: unmatched rows of preserved sides (outer, anti), matched rows (semi).
//
// Whether a row is matched: without residual by its key's total on the other side; with residual by a count
// per row (the store's aux number) of the weights of the pairs that survived.
#pragma once

#include <algorithm>
#include <unordered_map>

#include "store_read.hpp"

namespace sabot {

enum class Show : uint8_t { Never, Unmatched, Matched };

// What a pair counts for: both sides with the state before kept (Step), both sides (Once), the probing side (Own).
enum class Count : uint8_t { Step, Once, Own };

class JoinKernel {
  public:
    JoinKernel(std::vector<Type> left, std::vector<Type> right, std::vector<int64_t> left_keys,
               std::vector<int64_t> right_keys, std::vector<int64_t> null_safe, int left_show, int right_show,
               bool pairs, bool residual, bool left_append_only, bool right_append_only)
        : null_safe_(std::move(null_safe)), pairs_(pairs), residual_(residual) {
        store_[0] = std::make_unique<RowStore>(std::move(left), std::move(left_keys), left_append_only);
        store_[1] = std::make_unique<RowStore>(std::move(right), std::move(right_keys), right_append_only);
        show_[0] = static_cast<Show>(left_show);
        show_[1] = static_cast<Show>(right_show);
        for (int s : {0, 1})
            if (residual_ && show_[s] != Show::Never) store_[s]->keep_aux();
    }

    int64_t rows() const { return store_[0]->rows() + store_[1]->rows(); }
    int64_t bytes() const { return store_[0]->bytes() + store_[1]->bytes(); }
    Chunk drain(int side) { return log_[side].drain(); }
    void restore(int side, const Chunk& delta) {
        store_[side]->apply(delta, false);
        store_[side]->compact();
    }

    // Starts the half-step of `side`.
    void begin(int side, const Chunk& delta) {
        side_ = side;
        split(side, delta, delta_, unmatchable_);
        prepare();
    }
    // Stores rows of one side of a one-shot join without output. For each piece of the other side follow `begin`,
    // pairs and `finish_probe`; at the end comes `finish_built`.
    void build(int side, const Chunk& delta) {
        Chunk rows, unmatchable;
        split(side, delta, rows, unmatchable);
        if (unmatchable.length && show_[side] == Show::Unmatched) built_unmatchable_.push_back(unmatchable);
        if (show_[side] != Show::Never) store_[side]->keep_aux();
        store_[side]->apply(rows, false);
    }
    // Counts matches again for the stored rows of `side` (after a restore): pairs follow, then `finish_recount`.
    void begin_recount(int side) {
        side_ = side;
        recounted_ = store_[side]->live_ids();
        delta_ = gather_weighted(*store_[side], recounted_);
        unmatchable_ = Chunk{};
        prepare();
    }
    void finish_recount() {
        for (size_t i = 0; i < recounted_.size(); ++i) store_[side_]->aux(recounted_[i]) = counts_[i];
    }

    // The next pairs, at most `limit`; false when there are none left.
    bool next_pairs(int64_t limit) {
        current_ = Pairs{};
        if (done_) return false;
        done_ = !other().probe(0, key_, hashes_, delta_, cursor_, limit, current_);
        oldest_first();
        return !current_.probe.empty();
    }
    // Left columns, then right columns, of the current pairs.
    Chunk gather_pairs() {
        Chunk mine{int64_t(current_.probe.size()), {}, nullptr};
        for (auto& c : delta_.columns) mine.columns.push_back(take(*c, current_.probe.data(), mine.length));
        Chunk theirs = other().arena().gather_rows(current_.match);
        Chunk out = side_ == 0 ? beside(mine, theirs) : beside(theirs, mine);
        out.weights = weights_unless_ones(current_.weights);
        return out;
    }
    // Counts matches of the current pairs; `survivors`: their positions (int8 column), null: all.
    void keep_pairs(const Column* survivors, Count mode) {
        bool own = show_[side_] != Show::Never;
        bool theirs = show_[1 - side_] != Show::Never && mode != Count::Own;
        if (!own && !theirs) return;
        int64_t n = survivors ? survivors->length : int64_t(current_.probe.size());
        for (int64_t k = 0; k < n; ++k) {
            int64_t p = survivors ? survivors->value<int64_t>(k) : k;
            int64_t i = current_.probe[p];
            uint32_t id = current_.match[p];
            if (own) counts_[i] += other().arena().weight(id);
            if (theirs) {
                int64_t& count = other().aux(id);
                if (mode == Count::Step) before_.try_emplace(id, count);
                count += delta_.weight(i);
            }
        }
    }

    // Ends a half-step: rows that are shown for themselves, as output rows.
    Chunk finish() {
        std::vector<Chunk> out;
        show_own(out);
        std::vector<Meeting> meetings;
        if (show_[1 - side_] != Show::Never && !residual_) meetings = meet();
        bool counted = residual_ && show_[side_] != Show::Never;
        std::vector<uint32_t> ids;
        own().apply(delta_, false, counted ? &ids : nullptr);
        log_[side_].add(delta_);
        if (counted)
            for (size_t i = 0; i < ids.size(); ++i)
                if (ids[i] != kNoRow) own().aux(ids[i]) = counts_[i];
        std::vector<uint32_t> shown;
        std::vector<int64_t> weights;
        auto turn = [&](uint32_t id, bool matched_before, bool matched) {
            if (matched_before == matched) return;
            int64_t w = other().arena().weight(id);
            shown.push_back(id);
            weights.push_back((show_[1 - side_] == Show::Matched) == matched ? w : -w);
        };
        std::vector<const KeySlot*> seen(std::bit_ceil(meetings.size() * 2 + 1), nullptr);
        for (auto& m : meetings) {
            bool is = own().index().total(hashes_[m.row], key_, m.row) > 0;
            if (m.matched == is || !first_time(seen, hashes_[m.row], m.slot)) continue;
            for (uint32_t id = m.slot->head; id != kNoRow; id = other().index().next(id)) turn(id, m.matched, is);
        }
        for (auto& [id, count] : before_) turn(id, count > 0, other().aux(id) > 0);
        push_stored(1 - side_, shown, weights, out);
        own().compact();
        release();
        return concat_output(out);
    }

    // Ends a piece of the probing side of a one-shot join, which is not stored: those of its rows that are shown.
    Chunk finish_probe() {
        std::vector<Chunk> out;
        show_own(out);
        release();
        return concat_output(out);
    }
    // Ends a one-shot join: the rows of the built side that are shown.
    Chunk finish_built(int side) {
        std::vector<Chunk> out;
        if (show_[side] == Show::Never) return Chunk{};
        RowStore& built = *store_[side];
        std::vector<uint32_t> shown;
        std::vector<int64_t> weights;
        for (uint32_t id : built.live_ids())
            if ((built.aux(id) > 0) == (show_[side] == Show::Matched)) {
                shown.push_back(id);
                weights.push_back(built.arena().weight(id));
            }
        push_stored(side, shown, weights, out);
        for (auto& rows : built_unmatchable_) push(side, rows, out);
        built_unmatchable_.clear();
        return concat_output(out);
    }

  private:
    RowStore& own() { return *store_[side_]; }
    RowStore& other() { return *store_[1 - side_]; }

    // A row of the delta whose key is on the other side, and whether those rows are matched before the step.
    struct Meeting {
        int64_t row;
        const KeySlot* slot;
        bool matched;
    };
    static bool first_time(std::vector<const KeySlot*>& seen, uint64_t hash, const KeySlot* slot) {
        size_t mask = seen.size() - 1, s = hash & mask;
        for (; seen[s]; s = (s + 1) & mask)
            if (seen[s] == slot) return false;
        seen[s] = slot;
        return true;
    }
    std::vector<Meeting> meet() {
        std::vector<Meeting> out;
        for (int64_t i = 0; i < delta_.length; ++i) {
            if (i + 16 < delta_.length) {
                other().index().prefetch(hashes_[i + 16]);
                own().index().prefetch(hashes_[i + 16]);
            }
            if (const KeySlot* slot = other().index().find(hashes_[i], key_, i))
                out.push_back({i, slot, own().index().total(hashes_[i], key_, i) > 0});
        }
        return out;
    }

    // Chains lead from the newest row back: people read what a row meets in the order in which it came.
    void oldest_first() {
        auto& p = current_;
        for (size_t from = 0, to; from < p.probe.size(); from = to) {
            for (to = from + 1; to < p.probe.size() && p.probe[to] == p.probe[from];) ++to;
            if (to - from < 2) continue;
            std::reverse(p.match.begin() + from, p.match.begin() + to);
            std::reverse(p.weights.begin() + from, p.weights.begin() + to);
        }
    }

    // Rows whose key has a NULL that can't match, apart from the others.
    void split(int side, const Chunk& in, Chunk& matchable, Chunk& unmatchable) {
        const auto& keys = store_[side]->index().columns();
        bool nulls = false;
        for (size_t k = 0; k < keys.size(); ++k) nulls |= !null_safe_[k] && in.columns[keys[k]]->may_have_nulls();
        matchable = in;
        unmatchable = Chunk{};
        if (!nulls) return;
        std::vector<int64_t> with, without;
        for (int64_t i = 0; i < in.length; ++i) {
            bool present = true;
            for (size_t k = 0; k < keys.size(); ++k) present &= null_safe_[k] || in.columns[keys[k]]->valid(i);
            (present ? with : without).push_back(i);
        }
        if (without.empty()) return;
        matchable = take_chunk(in, with.data(), int64_t(with.size()));
        unmatchable = take_chunk(in, without.data(), int64_t(without.size()));
    }
    void prepare() {
        key_ = own().index().key_of(delta_.columns);
        hashes_.resize(delta_.length);
        hash_rows(key_, delta_.length, hashes_.data());
        cursor_ = RowStore::Cursor{};
        done_ = delta_.length == 0 || other().rows() == 0;
        counts_.assign(show_[side_] != Show::Never ? delta_.length : 0, 0);
        before_.clear();
    }
    void release() {
        delta_ = unmatchable_ = Chunk{};
        key_.clear();
        before_.clear();
    }
    void show_own(std::vector<Chunk>& out) {
        if (show_[side_] == Show::Never) return;
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < delta_.length; ++i) {
            if (!residual_) {
                if (i + 16 < delta_.length) other().index().prefetch(hashes_[i + 16]);
                counts_[i] = other().index().total(hashes_[i], key_, i);
            }
            if ((counts_[i] > 0) == (show_[side_] == Show::Matched)) rows.push_back(i);
        }
        if (!rows.empty()) push(side_, take_chunk(delta_, rows.data(), int64_t(rows.size())), out);
        if (show_[side_] == Show::Unmatched) push(side_, unmatchable_, out);
    }
    static Chunk beside(const Chunk& left, const Chunk& right) {
        Chunk out = left;
        for (auto& c : right.columns) out.columns.push_back(c);
        return out;
    }
    // Rows of one side, padded with NULLs where pairs are shown.
    void push(int side, const Chunk& rows, std::vector<Chunk>& out) {
        if (rows.length == 0) return;
        if (!pairs_) {
            out.push_back(rows);
            return;
        }
        Chunk nulls{rows.length, {}, nullptr};
        for (auto& t : store_[1 - side]->arena().types()) {
            ColumnBuilder b(t);
            b.append_null();
            auto c = b.finish();
            c->constant = true;
            c->length = rows.length;
            nulls.columns.push_back(c);
        }
        Chunk both = side == 0 ? beside(rows, nulls) : beside(nulls, rows);
        both.weights = rows.weights;
        out.push_back(both);
    }
    void push_stored(int side, const std::vector<uint32_t>& ids, const std::vector<int64_t>& weights,
                     std::vector<Chunk>& out) {
        if (ids.empty()) return;
        Chunk rows = store_[side]->arena().gather_rows(ids);
        rows.weights = weights_unless_ones(weights);
        push(side, rows, out);
    }
    static Chunk concat_output(std::vector<Chunk>& parts) { return parts.empty() ? Chunk{} : concat_chunks(parts); }

    std::unique_ptr<RowStore> store_[2];
    ChangeLog log_[2];
    std::vector<int64_t> null_safe_;
    Show show_[2];
    bool pairs_, residual_;

    // The half-step under way.
    int side_ = 0;
    Chunk delta_, unmatchable_;
    std::vector<Chunk> built_unmatchable_;
    Columns key_;
    std::vector<uint64_t> hashes_;
    RowStore::Cursor cursor_;
    bool done_ = false;
    Pairs current_;
    std::vector<int64_t> counts_;                   // per row of the delta: matches on the other side
    std::unordered_map<uint32_t, int64_t> before_;  // rows of the other side: matches before this half-step
    std::vector<uint32_t> recounted_;
};

}  // namespace sabot
