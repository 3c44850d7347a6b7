// As-of joins: each left row with the one right row of its key that is nearest in time.
//
// Both sides are kept in order of (key, time, stored bytes). Of right rows with one time the last in that
// order is taken (the first where the match lies ahead), whatever their multiplicity. A changed right row
// concerns the left rows between its time and the next right time, so cost follows the rows affected.
#pragma once

#include <set>

#include "setop.hpp"

namespace sabot {

enum class AsOf : uint8_t { Less, LessEqual, Greater, GreaterEqual };  // left time op right time

class AsOfKernel {
  public:
    AsOfKernel(std::vector<Type> left, std::vector<Type> right, std::vector<int64_t> left_order,
               std::vector<int64_t> right_order, int op, bool outer)
        : left_(std::move(left), std::move(left_order)), right_(std::move(right), std::move(right_order)),
          op_(static_cast<AsOf>(op)), outer_(outer) {}

    int64_t rows() const { return left_.store.rows() + right_.store.rows(); }
    int64_t bytes() const { return left_.bytes() + right_.bytes(); }
    Chunk drain(int side) { return (side ? right_ : left_).log.drain(); }
    void restore(int side, const Chunk& delta) { (side ? right_ : left_).apply(consolidate(delta)); }

    // Change of the result; the right side goes first. `once`: nothing is kept for later steps.
    Chunk step(const Chunk& left_in, const Chunk& right_in, bool once) {
        std::vector<Chunk> out;
        if (right_in.length) change_right(right_.usable(consolidate(right_in)), once, out);
        if (left_in.length) change_left(left_in, once, out);
        return out.empty() ? Chunk{} : concat_chunks(out);
    }

  private:
    // Where to look: a row's (key…, time) columns, without an entry of its own.
    struct Probe {
        const Columns& columns;
        const std::vector<int64_t>& order;
        int64_t row;
    };
    struct Side {
        struct Less {
            using is_transparent = void;
            const Side* side;
            int compare(const Columns& a, int64_t i, const std::vector<int64_t>& order, uint32_t id) const {
                const Columns& b = side->store.arena().columns(id);
                for (size_t k = 0; k < order.size(); ++k)
                    if (int r = compare_value(*a[order[k]], i, *b[side->order[k]], Arena::offset(id))) return r;
                return 0;
            }
            bool operator()(uint32_t a, uint32_t b) const {
                const Arena& arena = side->store.arena();
                if (int r = compare(arena.columns(a), Arena::offset(a), side->order, b)) return r < 0;
                return identity_less(arena, a, b);
            }
            bool operator()(const Probe& p, uint32_t id) const { return compare(p.columns, p.row, p.order, id) < 0; }
            bool operator()(uint32_t id, const Probe& p) const { return compare(p.columns, p.row, p.order, id) > 0; }
        };
        std::vector<int64_t> order;  // key columns, then the time column
        mutable RowStore store;
        std::set<uint32_t, Less> sorted;
        ChangeLog log;

        Side(std::vector<Type> types, std::vector<int64_t> order_)
            : order(std::move(order_)), store(types, positions(types.size()), false), sorted(Less{this}) {
            store.on_move([this](uint32_t from, uint32_t to) {
                sorted.erase(from);
                sorted.insert(to);
            });
        }
        static std::vector<int64_t> positions(size_t n) {
            std::vector<int64_t> out(n);
            for (size_t k = 0; k < n; ++k) out[k] = int64_t(k);
            return out;
        }
        int64_t bytes() const { return store.bytes() + int64_t(sorted.size()) * 40; }
        bool matchable(const Chunk& rows, int64_t i) const {
            for (int64_t k : order)
                if (!rows.columns[k]->valid(i)) return false;
            return true;
        }
        // Rows without NULL in key and time; the others match nothing.
        Chunk usable(const Chunk& rows) const {
            std::vector<int64_t> kept;
            for (int64_t i = 0; i < rows.length; ++i)
                if (matchable(rows, i)) kept.push_back(i);
            return int64_t(kept.size()) == rows.length ? rows : take_chunk(rows, kept.data(), int64_t(kept.size()));
        }
        // Adds a consolidated delta, but for `compact`: rows that are gone can still be read.
        void apply_only(const Chunk& delta) {
            Columns key = store.index().key_of(delta.columns);
            std::vector<uint64_t> hashes(delta.length);
            hash_rows(key, delta.length, hashes.data());
            std::vector<uint32_t> before(delta.length), after;
            for (int64_t i = 0; i < delta.length; ++i) before[i] = store.find_row(delta, key, hashes[i], i);
            store.apply(delta, false, &after);
            for (int64_t i = 0; i < delta.length; ++i) {
                if (after[i] == kNoRow && before[i] != kNoRow) sorted.erase(before[i]);
                if (after[i] != kNoRow && before[i] == kNoRow) sorted.insert(after[i]);
            }
        }
        void apply(const Chunk& delta) {
            apply_only(delta);
            store.compact();
        }
    };

    bool looks_back() const { return op_ == AsOf::Greater || op_ == AsOf::GreaterEqual; }
    bool same_key(const Probe& p, uint32_t id) const {
        const Columns& b = right_.store.arena().columns(id);
        for (size_t k = 0; k + 1 < p.order.size(); ++k)
            if (compare_value(*p.columns[p.order[k]], p.row, *b[right_.order[k]], Arena::offset(id))) return false;
        return true;
    }
    uint32_t match(const Probe& p) const {
        const auto& sorted = right_.sorted;
        auto at = op_ == AsOf::GreaterEqual || op_ == AsOf::Less ? sorted.upper_bound(p) : sorted.lower_bound(p);
        if (looks_back()) {
            if (at == sorted.begin()) return kNoRow;
            --at;
        } else if (at == sorted.end()) {
            return kNoRow;
        }
        return same_key(p, *at) ? *at : kNoRow;
    }
    Probe stored_left(uint32_t id) const { return {left_.store.arena().columns(id), left_.order, Arena::offset(id)}; }

    // Left rows that a change of the right row `p` may concern.
    void affected(const Probe& p, std::vector<uint32_t>& out) const {
        auto same_left_key = [&](uint32_t id) {
            const Columns& b = left_.store.arena().columns(id);
            for (size_t k = 0; k + 1 < p.order.size(); ++k)
                if (compare_value(*p.columns[p.order[k]], p.row, *b[left_.order[k]], Arena::offset(id))) return false;
            return true;
        };
        if (looks_back()) {
            auto end = right_.sorted.upper_bound(p);  // the next right time, if of this key
            bool bounded = end != right_.sorted.end() && same_key(p, *end);
            Probe until{bounded ? right_.store.arena().columns(*end) : p.columns, right_.order,
                        bounded ? Arena::offset(*end) : 0};
            for (auto l = left_.sorted.lower_bound(p); l != left_.sorted.end() && same_left_key(*l); ++l) {
                if (bounded && left_.sorted.key_comp()(until, *l)) break;
                out.push_back(*l);
            }
            return;
        }
        auto end = right_.sorted.lower_bound(p);
        bool bounded = end != right_.sorted.begin() && same_key(p, *std::prev(end));
        uint32_t previous = bounded ? *std::prev(end) : kNoRow;
        Probe until{bounded ? right_.store.arena().columns(previous) : p.columns, right_.order,
                    bounded ? Arena::offset(previous) : 0};
        for (auto l = left_.sorted.upper_bound(p); l != left_.sorted.begin();) {
            --l;
            if (!same_left_key(*l) || (bounded && left_.sorted.key_comp()(*l, until))) break;
            out.push_back(*l);
        }
    }

    void change_right(const Chunk& delta, bool once, std::vector<Chunk>& out) {
        std::vector<uint32_t> concerned, before;
        for (int64_t i = 0; i < delta.length; ++i) affected({delta.columns, right_.order, i}, concerned);
        std::sort(concerned.begin(), concerned.end());
        concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
        for (uint32_t id : concerned) before.push_back(match(stored_left(id)));
        right_.apply_only(delta);
        if (!once) right_.log.add(delta);
        std::vector<uint32_t> lefts, rights;
        std::vector<int64_t> weights;
        auto emit = [&](uint32_t l, uint32_t r, int64_t sign) {
            if (r == kNoRow && !outer_) return;
            lefts.push_back(l);
            rights.push_back(r);
            weights.push_back(sign * left_.store.arena().weight(l));
        };
        for (size_t k = 0; k < concerned.size(); ++k) {
            uint32_t after = match(stored_left(concerned[k]));
            if (after == before[k]) continue;
            emit(concerned[k], before[k], -1);
            emit(concerned[k], after, 1);
        }
        if (!lefts.empty()) push(left_.store.arena().gather_rows(lefts), rights, weights_unless_ones(weights), out);
        right_.store.compact();
    }
    void change_left(const Chunk& in, bool once, std::vector<Chunk>& out) {
        std::vector<int64_t> rows;
        std::vector<uint32_t> rights;
        for (int64_t i = 0; i < in.length; ++i) {
            uint32_t r = left_.matchable(in, i) ? match({in.columns, left_.order, i}) : kNoRow;
            if (r == kNoRow && !outer_) continue;
            rows.push_back(i);
            rights.push_back(r);
        }
        if (!rows.empty()) {
            Chunk shown = take_chunk(in, rows.data(), int64_t(rows.size()));
            push(shown, rights, shown.weights, out);
        }
        if (once) return;
        Chunk kept = left_.usable(consolidate(in));
        left_.apply(kept);
        left_.log.add(kept);
    }
    void push(const Chunk& lefts, const std::vector<uint32_t>& rights, const BufferPtr& weights, std::vector<Chunk>& out) {
        Chunk rows = lefts;
        for (size_t k = 0; k < right_.store.arena().types().size(); ++k)
            rows.columns.push_back(right_.store.arena().gather(k, rights.data(), rows.length));
        rows.weights = weights;
        out.push_back(rows);
    }

    Side left_, right_;
    AsOf op_;
    bool outer_;
};

}  // namespace sabot
