// The first rows of each group in an order, incrementally.
//
// Every group keeps its rows in an OrderedRows. Without ranks a change moves at most its own multiplicity of
// rows across the two edges of the window, found by position: O(log n) plus one addition per block. With ranks
// the visible part of a touched group is compared before and after the step.
#pragma once

#include "group_table.hpp"
#include "ordered_multiset.hpp"
#include "take.hpp"

namespace sabot {

enum class RankKind : uint8_t { RowNumber, Rank, DenseRank };

struct TopNSpec {
    std::vector<Type> types;  // input columns
    std::vector<int64_t> groups;
    std::vector<OrderColumn> order;
    int64_t limit = -1;       // -1: none
    int64_t offset = 0;
    RankKind rank = RankKind::RowNumber;
    bool with_rank = false;
    bool append_only = false;
    bool tracked = true;
};

class TopNState {
  public:
    explicit TopNState(TopNSpec spec)
        : spec_(std::move(spec)), pool_(spec_.tracked), table_(group_types(spec_)),
          simple_(spec_.rank == RankKind::RowNumber && !spec_.with_rank),
          first_only_(simple_ && spec_.append_only && spec_.limit == 1 && spec_.offset == 0) {}
    TopNState(const TopNState&) = delete;

    // Output delta: input columns, then the rank (int8) if asked.
    Chunk apply(const Chunk& in) {
        emitted_.clear();
        weights_.clear();
        auto slots = locate(in);
        std::vector<uint32_t> touched;
        if (!simple_) {
            seen_.resize(table_.capacity(), 0);
            ++step_;
            for (uint32_t s : slots)
                if (seen_[s] != step_) {
                    seen_[s] = step_;
                    touched.push_back(s);
                }
            for (uint32_t s : touched) ranks(s, -1);
        }
        // Insertions first: a row that is taken out must be there.
        change_all(in, slots, true);
        if (in.weights) change_all(in, slots, false);
        if (!simple_) for (uint32_t s : touched) ranks(s, +1);
        Chunk out = finish();
        if (spec_.append_only && spec_.limit >= 0 && !simple_) for (uint32_t s : touched) trim(s);
        for (uint32_t s : slots)
            if (table_.used(s) && groups_[s].empty()) table_.erase(s);
        pool_.bury();
        return out;
    }
    // Takes rows into the state without output.
    void restore(const Chunk& in) {
        auto slots = locate(in);
        std::string key, payload;
        for (bool insert : {true, false})
            for (int64_t i = 0; i < in.length; ++i) {
                if ((in.weight(i) > 0) != insert) continue;
                encode(in, i, key, payload);
                groups_[slots[i]].change(key, payload, in.weight(i), spec_.types, pool_, 0);
            }
        for (uint32_t s : slots)
            if (table_.used(s) && groups_[s].empty()) table_.erase(s);
        pool_.drain([](uint64_t, const OrderedRow&, int64_t) {});
        pool_.bury();
    }
    Chunk drain() {
        RowDecoder rows(spec_.types);
        std::vector<int64_t> w;
        pool_.drain([&](uint64_t, const OrderedRow& r, int64_t delta) {
            rows.append(r.payload().data());
            w.push_back(delta);
        });
        return {int64_t(w.size()), rows.finish(), weights_buffer(w)};
    }
    int64_t state_rows() const { return pool_.rows; }
    int64_t state_bytes() const { return pool_.bytes + table_.bytes() + int64_t(groups_.capacity() * sizeof(OrderedRows)) + pool_.rows * 16; }

  private:
    static std::vector<Type> group_types(const TopNSpec& s) {
        std::vector<Type> t;
        for (int64_t g : s.groups) t.push_back(s.types[size_t(g)]);
        return t;
    }
    std::vector<uint32_t> locate(const Chunk& in) {
        Columns key;
        for (int64_t g : spec_.groups) key.push_back(in.columns[g]);
        std::vector<uint32_t> slots(in.length);
        table_.locate(key, in.length, slots.data(), true);
        groups_.resize(table_.capacity());
        return slots;
    }
    void encode(const Chunk& in, int64_t row, std::string& key, std::string& payload) const {
        key.clear();
        payload.clear();
        append_order_keys(in, row, spec_.order, key);
        encode_row(in.columns, row, payload);
    }
    void change_all(const Chunk& in, const std::vector<uint32_t>& slots, bool insert) {
        int64_t end = spec_.limit < 0 ? -1 : spec_.limit + spec_.offset;
        std::string key, payload;
        for (int64_t i = 0; i < in.length; ++i) {
            if (i + 16 < in.length) __builtin_prefetch(&groups_[slots[i + 16]]);
            if (i + 8 < in.length) __builtin_prefetch(groups_[slots[i + 8]].ahead());
            int64_t w = in.weight(i);
            if (w == 0 || (w > 0) != insert) continue;
            OrderedRows& g = groups_[slots[i]];
            key.clear();
            append_order_keys(in, i, spec_.order, key);
            // A full append-only group takes nothing behind its last row.
            if (simple_ && spec_.append_only && end >= 0 && !g.empty() && g.total() >= end && g.compare_last(key) < 0) continue;
            payload.clear();
            encode_row(in.columns, i, payload);
            if (!simple_) {
                OrderedRow* r = g.change(key, payload, w, spec_.types, pool_, 0);
                if (r && r->weight < 0) throw std::domain_error("a row is taken out that is not there");
            }
            else if (first_only_) keep_first(g, key, payload);
            else if (w > 0) insert_simple(g, key, payload, w);
            else erase_simple(g, key, payload, -w);
        }
    }

    // The first row of a group that never loses any: one is kept, however often it comes.
    void keep_first(OrderedRows& g, std::string_view key, std::string_view payload) {
        if (!g.empty()) {
            OrderedRow* r = g.first();
            if (g.compare_last(key) == 0 && compare_encoded(spec_.types, r->payload(), payload) <= 0) return;
            emit(r, -1);
            pool_.note(r, 0);
            pool_.retire(g.erase(g.begin()));
        }
        emit(add(g, g.begin(), false, key, payload, 1), 1);
    }

    // ---- row_number without ranks: the sequence between offset and offset + limit

    void insert_simple(OrderedRows& g, std::string_view key, std::string_view payload, int64_t w) {
        bool found;
        auto p = g.lower_bound(key, payload, spec_.types, &found);
        int64_t at = g.before(p), a = spec_.offset, b = spec_.limit < 0 ? INT64_MAX : a + spec_.limit;
        if (at >= b) {
            if (!spec_.append_only) add(g, p, found, key, payload, w);
            return;
        }
        shift(g, p, at, w, +1);
        OrderedRow* r = add(g, p, found, key, payload, w);
        emit(r, overlap(at, at + w, a, b));
        if (!spec_.append_only || spec_.limit < 0) return;
        while (!g.empty()) {
            auto last = g.previous(g.end());
            OrderedRow* tail = g.at(last);
            if (g.total() - tail->weight < b) break;
            pool_.note(tail, 0);
            pool_.retire(g.erase(last));
        }
    }
    void erase_simple(OrderedRows& g, std::string_view key, std::string_view payload, int64_t w) {
        bool found;
        auto p = g.lower_bound(key, payload, spec_.types, &found);
        if (!found || g.at(p)->weight < w) throw std::domain_error("a row is taken out that is not there");
        int64_t at = g.before(p), a = spec_.offset, b = spec_.limit < 0 ? INT64_MAX : a + spec_.limit;
        OrderedRow* r = g.at(p);
        pool_.note(r, 0);
        g.add_weight(p, -w);
        emit(r, -overlap(at, at + w, a, b));
        if (at < b) shift(g, p, at, w, -1);
        if (r->weight == 0) pool_.retire(g.erase(p));
    }
    // The rows from position `at` (place p) on move by w positions: those that cross an edge. sign +1: w rows are
    // about to come in before them; -1: w rows have just gone.
    void shift(OrderedRows& g, OrderedRows::Place p, int64_t at, int64_t w, int sign) {
        int64_t a = spec_.offset, b = spec_.limit < 0 ? INT64_MAX : a + spec_.limit;
        // Counted without the w rows, positions [a - w, a) are visible only with them, [b - w, b) only without.
        walk(g, p, at, std::max(at, a - w), a, [&](OrderedRow* r, int64_t lo, int64_t hi) {
            emit(r, sign * overlap(lo + w, hi + w, a, b));
        });
        if (b == INT64_MAX) return;
        walk(g, p, at, std::max({at, a, b - w}), b, [&](OrderedRow* r, int64_t lo, int64_t hi) { emit(r, -sign * (hi - lo)); });
    }
    // f(row, from, to) for the pieces of rows that lie in positions [from, to), which are not before (p, at).
    template <class F>
    void walk(OrderedRows& g, OrderedRows::Place p, int64_t at, int64_t from, int64_t to, F&& f) {
        if (from >= to || p == g.end()) return;
        int64_t start = at;
        if (from > at) p = g.select(from, &start);
        for (; p != g.end() && start < to; p = g.next(p)) {
            OrderedRow* r = g.at(p);
            int64_t lo = std::max(start, from), hi = std::min(start + r->weight, to);
            if (lo < hi) f(r, lo, hi);
            start += r->weight;
        }
    }
    OrderedRow* add(OrderedRows& g, OrderedRows::Place p, bool found, std::string_view key, std::string_view payload, int64_t w) {
        if (found) {
            OrderedRow* r = g.at(p);
            pool_.note(r, 0);
            g.add_weight(p, w);
            return r;
        }
        OrderedRow* r = pool_.make(key, payload);
        r->weight = w;
        g.insert(p, r);
        pool_.note(r, 0);
        return r;
    }
    static int64_t overlap(int64_t lo, int64_t hi, int64_t a, int64_t b) {
        return std::max<int64_t>(0, std::min(hi, b) - std::max(lo, a));
    }
    void emit(OrderedRow* r, int64_t w) {
        if (w == 0) return;
        emitted_.push_back(r);
        weights_.push_back(w);
    }

    // ---- ranks

    // Emits the visible rows of a group with their ranks, `sign` times.
    void ranks(uint32_t s, int sign) {
        OrderedRows& g = groups_[s];
        int64_t a = spec_.offset, b = spec_.limit < 0 ? INT64_MAX : a + spec_.limit;
        int64_t position = 0, rank = 0, dense = 0;
        std::string_view last;
        for (auto p = g.begin(); p != g.end(); p = g.next(p)) {
            OrderedRow* r = g.at(p);
            if (position == 0 || r->key() != last) {
                rank = position + 1;
                ++dense;
                last = r->key();
            }
            if (spec_.rank == RankKind::RowNumber) {
                if (position >= b) break;
                for (int64_t k = std::max(position, a); k < std::min(position + r->weight, b); ++k) emit_ranked(r, k + 1, sign);
            } else {
                int64_t value = spec_.rank == RankKind::Rank ? rank : dense;
                if (value > b) break;
                if (value > a) emit_ranked(r, value, sign * r->weight);
            }
            position += r->weight;
        }
    }
    void emit_ranked(OrderedRow* r, int64_t rank, int64_t w) {
        emitted_.push_back(r);
        ranks_.push_back(rank);
        weights_.push_back(w);
    }
    // Drops what can never be visible again when nothing is retracted.
    void trim(uint32_t s) {
        OrderedRows& g = groups_[s];
        int64_t b = spec_.offset + spec_.limit, position = 0, rank = 0, dense = 0;
        std::string_view last;
        auto p = g.begin();
        for (; p != g.end(); p = g.next(p)) {
            OrderedRow* r = g.at(p);
            if (position == 0 || r->key() != last) {
                rank = position + 1;
                ++dense;
                last = r->key();
            }
            int64_t value = spec_.rank == RankKind::RowNumber ? position + 1 : spec_.rank == RankKind::Rank ? rank : dense;
            if (value > b) break;
            position += r->weight;
        }
        if (p == g.end()) return;
        OrderedRow* first_gone = g.at(p);
        for (bool more = true; more;) {
            auto tail = g.previous(g.end());
            OrderedRow* r = g.at(tail);
            more = r != first_gone;
            pool_.note(r, 0);
            pool_.retire(g.erase(tail));
        }
    }

    // The emitted pieces, summed per row (and rank). Rows taken out are still readable.
    Chunk finish() {
        std::vector<int64_t> order(emitted_.size());
        for (size_t i = 0; i < order.size(); ++i) order[i] = int64_t(i);
        bool ranked = spec_.with_rank;
        bool sum = order.size() > 1;
        RowDecoder rows(spec_.types);
        ColumnBuilder rank(Kind::Int8);
        std::vector<int64_t> w;
        // Sums by row: a row knows its place among them; with ranks by row and rank in an open table of indices.
        std::vector<int64_t> kept;
        if (sum && !ranked) {
            for (int64_t i : order) {
                OrderedRow* r = emitted_[i];
                if (r->mark < kept.size() && emitted_[kept[r->mark]] == r) {
                    weights_[kept[r->mark]] += weights_[i];
                } else {
                    r->mark = uint32_t(kept.size());
                    kept.push_back(i);
                }
            }
        } else if (sum) {
            size_t size = std::bit_ceil(order.size() * 2);
            std::vector<int64_t> table(size, -1);
            for (int64_t i : order) {
                uint64_t h = mix64(uint64_t(reinterpret_cast<uintptr_t>(emitted_[i])) + uint64_t(ranks_[i]) * 0x9e3779b97f4a7c15ull);
                for (size_t at = h & (size - 1);; at = (at + 1) & (size - 1)) {
                    int64_t j = table[at];
                    if (j < 0) {
                        table[at] = i;
                        kept.push_back(i);
                        break;
                    }
                    if (emitted_[j] == emitted_[i] && ranks_[j] == ranks_[i]) {
                        weights_[j] += weights_[i];
                        break;
                    }
                }
            }
        } else {
            kept = order;
        }
        bool ones = true;
        // Retractions first, so that a reader never sees a key twice.
        for (bool minus : {true, false})
            for (int64_t i : kept) {
                if (weights_[i] == 0 || (weights_[i] < 0) != minus) continue;
                rows.append(emitted_[i]->payload().data());
                if (ranked) rank.append(ranks_[i]);
                w.push_back(weights_[i]);
                ones &= weights_[i] == 1;
            }
        Chunk out;
        out.length = int64_t(w.size());
        out.columns = rows.finish();
        if (ranked) out.columns.push_back(rank.finish());
        if (!ones) out.weights = weights_buffer(w);
        emitted_.clear();
        weights_.clear();
        ranks_.clear();
        return out;
    }

    TopNSpec spec_;
    RowPool pool_;
    GroupTable table_;
    bool simple_;
    bool first_only_;
    std::vector<OrderedRows> groups_;   // by slot
    std::vector<uint64_t> seen_;        // by slot: the last step that touched the group
    uint64_t step_ = 0;
    std::vector<OrderedRow*> emitted_;
    std::vector<int64_t> weights_, ranks_;
};

}  // namespace sabot
