// Window functions, incrementally: per partition the rows in order; a step recomputes the rows whose value can
// have changed and emits the difference.
//
// A change between two places of the order leaves a common prefix and suffix of the partition. How far into
// them results can change follows from how far each function looks (Reach): lag(x, 2) two rows, a bounded frame
// its bounds, a rank all later rows, ntile everything. The rows to recompute are read with the context they
// look at, nothing else of the partition is touched.
#pragma once

#include "consolidate.hpp"
#include "error_rows.hpp"
#include "group_table.hpp"
#include "window_functions.hpp"

namespace sabot {

struct WindowSpec {
    std::vector<Type> types;  // input columns
    std::vector<int64_t> partition;
    std::vector<OrderColumn> order;
    std::vector<WindowCallSpec> calls;
    bool tracked = true;
};

struct WindowResult {
    Chunk rows;
    Chunk errors;
};

class WindowState {
  public:
    explicit WindowState(WindowSpec spec)
        : spec_(std::move(spec)), pool_(spec_.tracked), keys_(false), scratch_(false), table_(partition_types(spec_)) {
        if (spec_.order.size() == 1) {
            auto& o = spec_.order[0];
            range_ = RangeValues(spec_.types[size_t(o.column)].kind, o.descending);
        }
        for (auto& c : spec_.calls) {
            c.frame.start_reach = reach_of(c.frame.start_offset);
            c.frame.end_reach = reach_of(c.frame.end_offset);
            accumulators_.push_back(nullptr);
            kinds_.push_back(window_function(c.call.function));
            ranks_densely_ |= kinds_.back() == Function::DenseRank;
            if (kinds_.back() != Function::Aggregate) continue;
            CallSpec call = c.call;
            if (call.function.ends_with("_agg")) {  // collected in the order of the window: by position
                call.order = {OrderColumn{int64_t(spec_.types.size()), false, false}};
                call.order_types = {Type{Kind::Int8, {}, {}}};
            }
            if (!(accumulators_.back() = make_accumulator(call, 0, scratch_))) throw std::invalid_argument(call.function);
        }
        for (auto& c : spec_.calls)
            needs_values_ |= c.frame.mode == FrameMode::Session || c.frame.start_offset || c.frame.end_offset;
    }
    WindowState(const WindowState&) = delete;
    ~WindowState() {
        for (auto* p : partitions_) drop(p);
    }

    void set_time_zone(const std::string& name) { range_.set_zone(find_zone(name)); }

    WindowResult apply(const Chunk& raw) {
        Chunk in = raw.weights ? consolidate(raw) : raw;
        auto slots = locate(in);
        ++step_;
        seen_.resize(table_.capacity(), 0);
        std::vector<uint32_t> touched;
        std::vector<std::vector<int64_t>> members;
        place_.resize(table_.capacity());
        for (int64_t i = 0; i < in.length; ++i) {
            uint32_t s = slots[i];
            if (seen_[s] != step_) {
                seen_[s] = step_;
                place_[s] = uint32_t(touched.size());
                touched.push_back(s);
                members.emplace_back();
            }
            members[place_[s]].push_back(i);
        }
        for (size_t k = 0; k < touched.size(); ++k) change(*partitions_[touched[k]], in, members[k]);
        for (uint32_t s : touched)
            if (partitions_[s]->rows.empty()) forget(s);
        WindowResult out;
        out.rows = finish();
        out.errors = errors_.finish();
        pool_.bury();
        keys_.bury();
        return out;
    }
    void restore(const Chunk& in) {
        auto slots = locate(in);
        std::string key, payload;
        for (int64_t i = 0; i < in.length; ++i) {
            encode(in, i, key, payload);
            Partition& partition = *partitions_[slots[i]];
            bool had = ranks_densely_ && holds(partition.rows, key);
            partition.rows.change(key, payload, in.weight(i), spec_.types, pool_, 0);
            if (ranks_densely_ && holds(partition.rows, key) != had) turn(partition, key, !had);
        }
        for (uint32_t s : slots)
            if (table_.used(s) && partitions_[s]->rows.empty()) forget(s);
        pool_.drain([](uint64_t, const OrderedRow&, int64_t) {});
        pool_.bury();
        keys_.bury();
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
    int64_t state_bytes() const { return pool_.bytes + keys_.bytes + scratch_.bytes + table_.bytes() + table_.size() * 96 + (pool_.rows + keys_.rows) * 16; }

  private:
    using Function = WindowFunction;

    // A partition: its rows, and per call the accumulator of the frame from the start over a prefix of them. Between
    // steps the prefix is everything that was evaluated.
    struct Prefix {
        std::unique_ptr<uint8_t[]> memory;
        int64_t rows = 0;  // length of the prefix
        uint8_t* state() const {
            return reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(memory.get()) + 15) & ~uintptr_t(15));
        }
    };
    struct Partition {
        OrderedRows rows;
        OrderedRows keys;  // each different order key once, for dense_rank: as many come before a row as before its key
        std::vector<Prefix> prefixes;
    };

    // How far a row looks in one direction. Kinds add up: the farthest counts.
    struct Reach {
        int64_t rows = 0;
        bool peers = false;
        int64_t groups = -1;               // peers and so many further groups
        const Column* range = nullptr;     // and values within this offset
        bool all = false;
    };
    struct Reaches {
        Reach behind, ahead;               // what a row reads
        Reach later, earlier;              // which later and earlier rows a change affects
    };
    // `moved`: the number of rows changes, so later rows are at other positions. `first`: the change is at the start.
    // `renumbered`: the number of different keys changes.
    Reaches reaches(size_t k, bool moved, bool first, bool renumbered) const {
        const WindowCallSpec& c = spec_.calls[k];
        Reaches r;
        switch (kinds_[k]) {
            case Function::RowNumber: r.later.all = moved; return r;
            case Function::Rank:
                r.behind.peers = r.later.peers = true;
                r.later.all = moved;
                return r;
            case Function::DenseRank: r.later.all = renumbered; return r;
            case Function::PercentRank: case Function::CumeDist: case Function::Ntile:
                r.behind.peers = r.ahead.peers = r.later.all = r.earlier.all = true;
                return r;
            case Function::Lag: case Function::Lead: {
                int64_t back = kinds_[k] == Function::Lag ? c.offset : -c.offset;
                if (!c.constant_offset) r.behind.all = r.ahead.all = true;
                else if (c.ignore_nulls) (back > 0 ? r.behind : r.ahead).all = true;
                else (back > 0 ? r.behind : r.ahead).rows = std::abs(back);
                r.later = r.behind;
                r.earlier = r.ahead;
                return r;
            }
            default: break;
        }
        const FrameSpec& f = c.frame;
        if (f.mode == FrameMode::Session) r.behind.all = r.ahead.all = true;
        auto look = [&](Reach& to, FrameBound bound, FrameBound unbounded, FrameBound side, int64_t n, const ColumnPtr& offset) {
            if (bound == unbounded) to.all = true;
            if (f.mode != FrameMode::Rows || f.exclude == FrameExclude::Group || f.exclude == FrameExclude::Ties) to.peers = true;
            if (bound != side) return;
            if (f.mode == FrameMode::Rows) to.rows = n;
            else if (f.mode == FrameMode::Groups) to.groups = n;
            else to.range = offset.get();
        };
        look(r.behind, f.start, FrameBound::UnboundedPreceding, FrameBound::Preceding, f.start_rows, f.start_offset);
        look(r.ahead, f.end, FrameBound::UnboundedFollowing, FrameBound::Following, f.end_rows, f.end_offset);
        r.later = r.behind;
        r.earlier = r.ahead;
        bool peers = f.mode != FrameMode::Rows;
        if (running(k)) {  // what lies behind is in the prefix
            r.behind = Reach{};
            r.behind.peers = peers;
        } else if (from_start(f) && !c.ignore_nulls && kinds_[k] == Function::First) {
            r.behind = r.later = Reach{};  // the first row is read by itself
            r.behind.peers = r.later.peers = peers;
            r.later.all = first;
        } else if (from_start(f) && !c.ignore_nulls && kinds_[k] == Function::Last) {
            r.behind = r.later = Reach{};
            r.behind.peers = r.later.peers = peers;
        }
        return r;
    }
    // Kept as an accumulator per partition, so that a change costs the rows behind it and not those before.
    bool running(size_t k) const {
        return kinds_[k] == Function::Aggregate && from_start(spec_.calls[k].frame) &&
               spec_.calls[k].frame.end != FrameBound::UnboundedFollowing;
    }

    static std::vector<Type> partition_types(const WindowSpec& s) {
        std::vector<Type> t;
        for (int64_t p : s.partition) t.push_back(s.types[size_t(p)]);
        return t;
    }
    std::vector<uint32_t> locate(const Chunk& in) {
        Columns key;
        for (int64_t p : spec_.partition) key.push_back(in.columns[p]);
        std::vector<uint32_t> slots(in.length);
        table_.locate(key, in.length, slots.data(), true);
        partitions_.resize(table_.capacity(), nullptr);
        for (uint32_t s : slots)
            if (!partitions_[s]) partitions_[s] = make();
        return slots;
    }
    Partition* make() const {
        auto* p = new Partition();
        p->prefixes.resize(spec_.calls.size());
        for (size_t k = 0; k < spec_.calls.size(); ++k) {
            if (!running(k)) continue;
            p->prefixes[k].memory = std::make_unique<uint8_t[]>(accumulators_[k]->size() + 16);
            accumulators_[k]->construct(p->prefixes[k].state());
        }
        return p;
    }
    void drop(Partition* p) {
        if (!p) return;
        for (size_t k = 0; k < spec_.calls.size(); ++k)
            if (running(k)) accumulators_[k]->destroy(p->prefixes[k].state(), 0);
        scratch_.bury();
        p->keys.clear(keys_, 0);
        keys_.bury();
        delete p;
    }
    void forget(uint32_t s) {
        drop(partitions_[s]);
        partitions_[s] = nullptr;
        table_.erase(s);
    }
    void encode(const Chunk& in, int64_t row, std::string& key, std::string& payload) const {
        key.clear();
        payload.clear();
        append_order_keys(in, row, spec_.order, key);
        encode_row(in.columns, row, payload);
    }

    struct Delta {
        std::string key, payload;
        int64_t weight;
    };

    void change(Partition& partition, const Chunk& in, const std::vector<int64_t>& members) {
        OrderedRows& rows = partition.rows;
        std::vector<Delta> deltas(members.size());
        size_t least = 0, most = 0;
        int64_t moved = 0;
        auto before = [&](const Delta& a, const Delta& b) {
            int r = a.key.compare(b.key);
            return r ? r < 0 : compare_encoded(spec_.types, a.payload, b.payload) < 0;
        };
        for (size_t k = 0; k < members.size(); ++k) {
            Delta& d = deltas[k];
            encode(in, members[k], d.key, d.payload);
            d.weight = in.weight(members[k]);
            moved += d.weight;
            if (before(d, deltas[least])) least = k;
            if (before(deltas[most], d)) most = k;
        }
        const Delta &low = deltas[least], &high = deltas[most];
        // [from, total - rest) is the piece of the order in which something changes.
        bool found;
        int64_t from = rows.before(rows.lower_bound(low.key, low.payload, spec_.types, &found));
        auto last = rows.lower_bound(high.key, high.payload, spec_.types, &found);
        int64_t rest = rows.total() - rows.before(last) - (found ? rows.at(last)->weight : 0);
        std::vector<Turn> turns;
        if (ranks_densely_) turns = turned(rows, deltas);
        int64_t gained = 0;
        for (auto& t : turns) gained += t.there ? 1 : -1;
        // Widened by what looks at it. Prefix and suffix are the same before and after.
        int64_t wide_from = from, wide_rest = rest;
        for (size_t k = 0; k < spec_.calls.size(); ++k) {
            auto r = reaches(k, moved != 0, from == 0, gained != 0);
            wide_from = std::min(wide_from, left(rows, from, r.earlier, low.key, low.payload, true, k));
            wide_rest = std::min(wide_rest, rows.total() - right(rows, rows.total() - rest, r.later, high.key, high.payload, true, k));
        }
        evaluate(partition, wide_from, rows.total() - wide_rest, -1);
        for (auto& d : deltas) {
            OrderedRow* r = rows.change(d.key, d.payload, d.weight, spec_.types, pool_, 0);
            if (r && r->weight < 0) throw std::domain_error("a row is taken out that is not there");
            if (!r && d.weight > 0) throw std::domain_error("a row had been taken out before it was there");
        }
        for (auto& t : turns) turn(partition, t.key, t.there);
        evaluate(partition, wide_from, rows.total() - wide_rest, +1);
    }

    // Order keys that come (`there`) or go.
    struct Turn {
        std::string_view key;
        bool there;
    };
    static bool holds(const OrderedRows& rows, std::string_view key) {
        auto p = rows.bound(key, false);
        return !(p == rows.end()) && rows.at(p)->key() == key;
    }
    static std::vector<Turn> turned(const OrderedRows& rows, const std::vector<Delta>& deltas) {
        std::vector<const Delta*> sorted;
        for (auto& d : deltas) sorted.push_back(&d);
        std::sort(sorted.begin(), sorted.end(), [](const Delta* a, const Delta* b) { return a->key < b->key; });
        std::vector<Turn> out;
        for (size_t i = 0; i < sorted.size();) {
            std::string_view key = sorted[i]->key;
            int64_t has = 0;
            for (; i < sorted.size() && sorted[i]->key == key; ++i) has += sorted[i]->weight;
            bool had = holds(rows, key);
            if (had)
                for (auto p = rows.bound(key, false); has <= 0 && !(p == rows.end()) && rows.at(p)->key() == key; p = rows.next(p))
                    has += rows.at(p)->weight;
            if ((has > 0) != had) out.push_back({key, !had});
        }
        return out;
    }
    void turn(Partition& partition, std::string_view key, bool there) {
        auto p = partition.keys.bound(key, false);
        if (there) {
            OrderedRow* r = keys_.make(key, {});
            r->weight = 1;
            partition.keys.insert(p, r);
        } else {
            keys_.retire(partition.keys.erase(p));
        }
    }

    RangeValues::Value value_of(std::string_view payload) const {
        const char* p = payload.data();
        auto column = size_t(spec_.order[0].column);
        for (size_t k = 0; k < column; ++k) p = skip_value(p, spec_.types[k]);
        return range_.at(*decoded_column(p, spec_.types[column]), 0);
    }
    // First position, at or before `at`, of rows that reach the reference row (`affected`) or that it reaches.
    int64_t left(const OrderedRows& rows, int64_t at, const Reach& r, std::string_view key, std::string_view payload,
                 bool affected, size_t call) const {
        if (r.all) return 0;
        int64_t out = std::max<int64_t>(0, at - r.rows);
        if (r.peers || r.groups >= 0) {
            auto p = rows.bound(key, false);
            for (int64_t g = 0; g < r.groups && !(p == rows.begin()); ++g) p = rows.bound(rows.at(rows.previous(p))->key(), false);
            out = std::min(out, rows.before(p));
        }
        if (r.range) {
            auto reference = value_of(payload);
            int64_t start, position = at;
            auto p = rows.select(at, &start);
            if (p != rows.end() && start < at) p = rows.next(p);  // inside a row of several copies
            while (!reference.null && !(p == rows.begin())) {
                p = rows.previous(p);
                auto v = value_of(rows.at(p)->payload());
                if (v.null) break;
                const FrameSpec& f = spec_.calls[call].frame;
                bool within = affected ? range_.compare(reference, range_.moved(v, *f.end_reach, false, false)) <= 0
                                       : range_.compare(v, range_.moved(reference, *f.start_reach, true, true)) >= 0;
                if (!within) break;
                position -= rows.at(p)->weight;
            }
            out = std::min(out, std::max<int64_t>(0, position));
        }
        return out;
    }
    // Position behind the last row, from `at` on, that reaches the reference row (`affected`) or that it reaches.
    int64_t right(const OrderedRows& rows, int64_t at, const Reach& r, std::string_view key, std::string_view payload,
                  bool affected, size_t call) const {
        int64_t total = rows.total();
        if (r.all) return total;
        int64_t out = r.rows > total - at ? total : at + r.rows;
        if (r.peers || r.groups >= 0) {
            auto p = rows.bound(key, true);
            for (int64_t g = 0; g < r.groups && !(p == rows.end()); ++g) p = rows.bound(rows.at(p)->key(), true);
            out = std::max(out, rows.before(p));
        }
        if (r.range) {
            auto reference = value_of(payload);
            int64_t start, position = at;
            for (auto p = rows.select(at, &start); !reference.null && !(p == rows.end()); p = rows.next(p)) {
                auto v = value_of(rows.at(p)->payload());
                if (v.null) break;
                const FrameSpec& f = spec_.calls[call].frame;
                bool within = affected ? range_.compare(reference, range_.moved(v, *f.start_reach, true, true)) >= 0
                                       : range_.compare(v, range_.moved(reference, *f.end_reach, false, false)) <= 0;
                if (!within) break;
                position += rows.at(p)->weight;
            }
            out = std::max(out, std::min(position, total));
        }
        return out;
    }

    // Emits rows [from, to) of the order with their results, weighted `sign`.
    void evaluate(Partition& partition, int64_t from, int64_t to, int64_t sign) {
        if (from >= to) return;
        const OrderedRows& rows = partition.rows;
        int64_t low = from, high = to, start;
        const OrderedRow* head = rows.at(rows.select(from, &start));
        const OrderedRow* tail = rows.at(rows.select(to - 1, &start));
        for (size_t k = 0; k < spec_.calls.size(); ++k) {
            auto r = reaches(k, true, true, true);
            if (running(k)) low = std::min(low, std::max<int64_t>(0, partition.prefixes[k].rows - 1));
            low = std::min(low, left(rows, from, r.behind, head->key(), head->payload(), false, k));
            high = std::max(high, right(rows, to, r.ahead, tail->key(), tail->payload(), false, k));
        }
        Piece p = read(rows, low, high);
        if (!rows.empty()) p.first = low == 0 ? p.rows.columns : first_row(rows);
        if (ranks_densely_) p.keys = partition.keys.before(partition.keys.bound(rows.at(rows.select(low, &start))->key(), false));
        Chunk out = slice_chunk(p.rows, from - low, to - from);
        out.columns.pop_back();
        for (size_t k = 0; k < spec_.calls.size(); ++k) out.columns.push_back(results(k, p, from - low, to - low, sign, partition.prefixes[k]));
        out.weights = Buffer::allocate(size_t(out.length) * 8);
        for (int64_t i = 0; i < out.length; ++i) reinterpret_cast<int64_t*>(out.weights->data())[i] = sign;
        output_.push_back(std::move(out));
        retracts_ |= sign < 0;
    }

    Columns first_row(const OrderedRows& rows) const {
        bool wanted = false;
        for (auto f : kinds_) wanted |= f == Function::First;
        if (!wanted) return {};
        RowDecoder decoder(spec_.types);
        decoder.append(rows.first()->payload().data());
        return decoder.finish();
    }
    Piece read(const OrderedRows& rows, int64_t low, int64_t high) const {
        Piece p;
        p.base = low;
        p.total = rows.total();
        RowDecoder decoder(spec_.types);
        ColumnBuilder position(Kind::Int8);
        int64_t start;
        auto at = rows.select(low, &start);
        const OrderedRow* last = nullptr;
        for (int64_t i = low; i < high; at = rows.next(at)) {
            const OrderedRow* r = rows.at(at);
            bool fresh = !last || last->key() != r->key();
            last = r;
            for (int64_t end = std::min(start + r->weight, high); i < end; ++i) {
                decoder.append(r->payload().data());
                position.append(i);  // of the partition: a prefix keeps those of earlier steps
                if (fresh) p.groups.push_back(i - low);
                fresh = false;
                p.group.push_back(int64_t(p.groups.size()) - 1);
            }
            start += r->weight;
        }
        int64_t n = high - low;
        p.groups.push_back(n);
        for (int64_t i = 0; i < n; ++i) {
            p.group_start.push_back(p.groups[size_t(p.group[i])]);
            p.group_end.push_back(p.groups[size_t(p.group[i]) + 1]);
        }
        p.rows = Chunk{n, decoder.finish(), nullptr};
        p.rows.columns.push_back(position.finish());
        if (needs_values_)
            for (int64_t i = 0; i < n; ++i) p.values.push_back(range_.at(*p.rows.columns[size_t(spec_.order[0].column)], i));
        return p;
    }

    ColumnPtr results(size_t k, const Piece& p, int64_t from, int64_t to, int64_t sign, Prefix& prefix) {
        if (kinds_[k] == Function::Aggregate) return aggregate(k, p, from, to, sign, running(k) ? &prefix : nullptr);
        ColumnBuilder out(spec_.calls[k].call.result);
        out.reserve(to - from);
        for (int64_t i = from; i < to; ++i) {
            try {
                append_window_value(kinds_[k], spec_.calls[k], p, range_, i, out);
            } catch (const ValueError& e) {
                errors_.add(e, sign);
                out.append_null();
            }
        }
        return out.finish();
    }


    // The accumulator slides: rows that leave the frame are retracted, which is exact. With a prefix it goes on
    // where the last evaluation has left it, and is left at `from` (before the change) or at the end (after it).
    ColumnPtr aggregate(size_t k, const Piece& p, int64_t from, int64_t to, int64_t sign, Prefix* prefix) {
        const WindowCallSpec& c = spec_.calls[k];
        const Accumulator& a = *accumulators_[k];
        std::vector<uint8_t> memory(prefix ? 0 : a.size() + 16);
        auto* state = prefix ? prefix->state()
                             : reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(memory.data()) + 15) & ~uintptr_t(15));
        if (!prefix) a.construct(state);
        int64_t n = p.size();
        std::vector<int64_t> in(n, 1), out(n, -1);
        if (c.call.filter >= 0) {
            const Column& f = *p.rows.columns[size_t(c.call.filter)];
            for (int64_t i = 0; i < n; ++i)
                if (!f.valid(i) || !f.value<uint8_t>(i)) in[i] = out[i] = 0;
        }
        std::vector<uint8_t*> states(n, state);
        std::vector<uint32_t> slots(n, 0);
        auto add = [&](int64_t x, int64_t y, const std::vector<int64_t>& w) {
            if (x < y) a.update(p.rows, x, y, w.data(), states.data(), 0, slots.data());
        };
        ColumnBuilder built(c.call.result), single(c.call.result);
        built.reserve(to - from);
        int64_t s = 0, e = prefix ? prefix->rows - p.base : 0;
        ColumnPtr same;  // the result of the frame [s, e), when nothing is excluded
        for (int64_t i = from; i < to; ++i) {
            try {
                auto [x, y] = frame_of(c.frame, p, range_, i);
                if (x != s || y != e) {
                    same = nullptr;
                    if (!prefix && (x >= e || y <= s)) {  // nothing in common
                        add(s, e, out);
                        add(x, y, in);
                    } else {
                        if (x < s) add(x, s, in);
                        else add(s, x, out);
                        if (y > e) add(e, y, in);
                        else add(y, e, out);
                    }
                    s = x;
                    e = y;
                }
                auto gone = excluded(c.frame.exclude, p, i, s, e);
                if (gone.empty() && same) {
                    built.append_from(*same, 0);
                    continue;
                }
                for (auto& [g, h] : gone) add(g, h, out);
                try {
                    a.finish(state, single);
                } catch (const ValueError& error) {
                    errors_.add(error, sign);
                    single.append_null();
                }
                for (auto& [g, h] : gone) add(g, h, in);
                auto value = single.finish();
                built.append_from(*value, 0);
                if (gone.empty()) same = value;
            } catch (const ValueError& error) {  // a bound out of range
                errors_.add(error, sign);
                built.append_null();
            }
        }
        if (prefix) {
            int64_t leave = sign < 0 ? from : n;
            add(e, leave, in);
            add(leave, e, out);
            prefix->rows = p.base + leave;
        } else {
            a.destroy(state, 0);
        }
        scratch_.bury();
        return built.finish();
    }

    Chunk finish() {
        Chunk out;
        if (output_.empty()) return out;
        out = concat_chunks(output_);
        output_.clear();
        if (retracts_) out = consolidate(out);
        else out.weights = nullptr;
        retracts_ = false;
        return out;
    }

    WindowSpec spec_;
    RowPool pool_, keys_, scratch_;
    GroupTable table_;
    RangeValues range_;
    bool needs_values_ = false;
    bool ranks_densely_ = false;
    std::vector<WindowFunction> kinds_;
    std::vector<std::unique_ptr<Accumulator>> accumulators_;
    std::vector<Partition*> partitions_;  // by slot
    std::vector<uint64_t> seen_;            // by slot: last step that touched it
    std::vector<uint32_t> place_;           // by slot: number among the touched
    uint64_t step_ = 0;
    std::vector<Chunk> output_;
    ErrorRows errors_;
    bool retracts_ = false;
};

}  // namespace sabot
