// GROUP BY, incrementally: groups in slots, accumulators of fixed size per slot, −old +new per changed group.
#pragma once

#include "error_rows.hpp"
#include "group_table.hpp"
#include "ordered_aggregates.hpp"
#include "take.hpp"

namespace sabot {

// Which values of a DISTINCT call are present in which group, and how often.
class DistinctValues {
  public:
    DistinctValues(const std::vector<Type>& args, bool tracked) : table_(key_types(args)), tracked_(tracked) {}

    // Turns weights into +1 / -1 where a value comes or goes for good.
    void transitions(const Columns& args, int64_t n, const uint32_t* slots, std::vector<int64_t>& w) {
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < n; ++i) {
            bool present = w[i] != 0;
            for (auto& a : args) present = present && a->valid(i);
            if (present) rows.push_back(i);
            else w[i] = 0;
        }
        auto m = int64_t(rows.size());
        FixedOut<int64_t> group(Kind::Int8, m);
        for (int64_t k = 0; k < m; ++k) group.values[k] = slots[rows[k]];
        Columns key{group.column};
        for (auto& a : args) key.push_back(m == n ? a : take(*a, rows.data(), m));
        std::vector<uint32_t> at(m);
        table_.locate(key, m, at.data(), true);
        counts_.resize(table_.capacity());
        flags_.resize(table_.capacity());
        for (int64_t k = 0; k < m; ++k) {
            int64_t& c = counts_[at[k]];
            int64_t& weight = w[rows[k]];
            int64_t before = c > 0;
            c += weight;
            weight = int64_t(c > 0) - before;
            note(at[k]);
        }
        for (int64_t k = 0; k < m; ++k) forget_if_gone(at[k]);
    }

    // f(encoded key, count), count 0 for a value that is gone.
    template <class F>
    void drain(F&& f) {
        for (auto& key : gone_) f(std::string_view(key), int64_t(0));
        for (uint32_t s : dirty_) {
            flags_[s] &= ~kDirty;
            if (!table_.used(s)) continue;
            flags_[s] |= kSaved;
            f(table_.encoded(s), counts_[s]);
        }
        dirty_.clear();
        gone_.clear();
    }
    void restore(std::string_view encoded, int64_t count) {
        Columns key;
        const char* p = encoded.data();
        for (auto& t : table_.types()) {
            key.push_back(decoded_column(p, t));
            p = skip_value(p, t);
        }
        uint32_t at;
        table_.locate(key, 1, &at, true);
        counts_.resize(table_.capacity());
        flags_.resize(table_.capacity());
        counts_[at] = count;
        flags_[at] |= kSaved;
        if (count == 0) {
            flags_[at] = 0;
            table_.erase(at);
        }
    }
    int64_t rows() const { return table_.size(); }
    int64_t bytes() const { return table_.bytes() + int64_t(counts_.size() * 9); }

  private:
    static constexpr uint8_t kDirty = 1, kSaved = 2;
    static std::vector<Type> key_types(const std::vector<Type>& args) {
        std::vector<Type> t{Type{Kind::Int8, {}, {}}};
        t.insert(t.end(), args.begin(), args.end());
        return t;
    }
    void note(uint32_t s) {
        if (!tracked_ || (flags_[s] & kDirty)) return;
        flags_[s] |= kDirty;
        dirty_.push_back(s);
    }
    void forget_if_gone(uint32_t s) {
        if (counts_[s] != 0 || !table_.used(s)) return;
        if (flags_[s] & kSaved) gone_.emplace_back(table_.encoded(s));
        flags_[s] &= ~kSaved;
        table_.erase(s);
    }

    GroupTable table_;
    bool tracked_;
    std::vector<int64_t> counts_;
    std::vector<uint8_t> flags_;
    std::vector<uint32_t> dirty_;
    std::vector<std::string> gone_;  // saved keys of values that are gone
};

struct AggregateSpec {
    std::vector<int64_t> groups;
    std::vector<Type> group_types;
    std::vector<CallSpec> calls;
    bool tracked = true;  // record changes for drain
};

struct AggregateResult {
    Chunk rows;
    Chunk errors;  // sqlstate text, message text; weighted
};

class AggregateState {
  public:
    explicit AggregateState(AggregateSpec spec)
        : spec_(std::move(spec)), pool_(spec_.tracked), table_(spec_.group_types), global_(spec_.groups.empty()) {
        size_t offset = sizeof(Header);
        for (size_t k = 0; k < spec_.calls.size(); ++k) {
            const CallSpec& call = spec_.calls[k];
            append_only_ |= call.append_only;
            auto a = make_accumulator(call, uint32_t(k), pool_);
            if (!a) throw std::invalid_argument(call.function);
            offset = (offset + 15) & ~size_t(15);
            offsets_.push_back(offset);
            offset += a->size();
            bool ordered = dynamic_cast<Ordered*>(a.get()) != nullptr;
            distinct_.push_back(call.function == "approx_count_distinct" || (call.distinct && !ordered && !call.args.empty())
                                    ? std::make_unique<DistinctValues>(call.arg_types, spec_.tracked)
                                    : nullptr);
            calls_.push_back(std::move(a));
        }
        width_ = (offset + 15) & ~size_t(15);
        if (global_) {
            uint32_t slot;
            table_.locate({}, 1, &slot, true);
            construct(slot);
        }
    }
    ~AggregateState() {
        for (uint32_t s = 0; s < table_.capacity(); ++s)
            if (s < constructed_.size() && constructed_[s]) destroy(s);
    }
    AggregateState(const AggregateState&) = delete;

    AggregateResult apply(const Chunk& in) {
        Rows rows = locate(in);
        const std::vector<uint32_t>& touched = rows.touched;
        std::vector<uint32_t> before, after;
        for (uint32_t s : touched)
            if (visible(s)) before.push_back(s);
        ErrorRows errors;
        Columns old_values = finish(before, errors, -1);
        update(in, rows);
        for (uint32_t s : touched) {
            if (visible(s)) after.push_back(s);
            mark_dirty(s);
        }
        Columns new_values = finish(after, errors, +1);
        AggregateResult out;
        out.rows = difference(touched, before, old_values, after, new_values);
        out.errors = errors.finish();
        for (uint32_t s : touched)
            if (!global_ && header(s).rows == 0) {
                destroy(s);
                table_.erase(s);
            }
        pool_.bury();
        return out;
    }

    // One shot: takes rows in without output; `results` follow.
    void absorb(const Chunk& in) {
        Rows rows = locate(in);
        update(in, rows);
        pool_.bury();
    }
    // One shot: the next groups, at most `limit`; no rows when there are none left.
    AggregateResult results(int64_t limit) {
        std::vector<uint32_t> shown;
        for (; given_ < table_.capacity() && int64_t(shown.size()) < limit; ++given_)
            if (table_.used(given_) && visible(given_)) shown.push_back(given_);
        ErrorRows errors;
        Columns values = finish(shown, errors, +1);
        AggregateResult out;
        if (!shown.empty()) out.rows = difference(shown, {}, {}, shown, values);
        out.errors = errors.finish();
        return out;
    }

    // The one row of a global aggregate over nothing.
    AggregateResult start() const {
        AggregateResult out;
        if (!global_) return out;
        std::vector<uint8_t> empty(width_ + 16);
        auto* base = reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(empty.data()) + 15) & ~uintptr_t(15));
        ErrorRows errors;
        out.rows.length = 1;
        for (size_t k = 0; k < calls_.size(); ++k) {
            calls_[k]->construct(base + offsets_[k]);
            ColumnBuilder b(spec_.calls[k].result);
            finish_one(k, base, b, errors, 1);
            out.rows.columns.push_back(b.finish());
            calls_[k]->destroy(base + offsets_[k], 0);
        }
        out.errors = errors.finish();
        return out;
    }

    // Changed groups: slot int8, key bytea, state bytea; weight -1 for a group that is gone.
    Chunk drain_groups() {
        ColumnBuilder slot(Kind::Int8), key(Kind::Bytea), bytes(Kind::Bytea);
        std::vector<int64_t> w;
        std::string buffer;
        for (uint32_t s : dirty_) {
            flags_[s] &= ~kDirty;
            bool live = table_.used(s);
            if (!live && !(flags_[s] & kSaved)) continue;
            slot.append(int64_t(s));
            if (live) {
                buffer.clear();
                detail::put(buffer, header(s).rows);
                for (size_t k = 0; k < calls_.size(); ++k) {
                    size_t from = buffer.size();
                    detail::put(buffer, uint32_t(0));
                    calls_[k]->save(state(s) + offsets_[k], buffer);
                    uint32_t size = uint32_t(buffer.size() - from - 4);
                    std::memcpy(buffer.data() + from, &size, 4);
                }
                key.append_bytes(table_.encoded(s));
                bytes.append_bytes(buffer);
                flags_[s] |= kSaved;
            } else {
                key.append_bytes({});
                bytes.append_bytes({});
                flags_[s] &= ~kSaved;
            }
            w.push_back(live ? 1 : -1);
        }
        dirty_.clear();
        return {int64_t(w.size()), {slot.finish(), key.finish(), bytes.finish()}, weights_buffer(w)};
    }
    // Changed values of DISTINCT calls: call int4, key bytea (slot and arguments), count int8.
    Chunk drain_distinct() {
        ColumnBuilder call(Kind::Int4), key(Kind::Bytea), count(Kind::Int8);
        std::vector<int64_t> w;
        for (size_t k = 0; k < distinct_.size(); ++k) {
            if (!distinct_[k]) continue;
            distinct_[k]->drain([&](std::string_view encoded, int64_t c) {
                call.append(int32_t(k));
                key.append_bytes(encoded);
                count.append(c);
                w.push_back(c ? 1 : -1);
            });
        }
        return {int64_t(w.size()), {call.finish(), key.finish(), count.finish()}, weights_buffer(w)};
    }
    // Changed entries of ordered aggregates: call int4, slot int8, key bytea, payload bytea; weighted deltas.
    Chunk drain_entries() {
        ColumnBuilder call(Kind::Int4), slot(Kind::Int8), key(Kind::Bytea), payload(Kind::Bytea);
        std::vector<int64_t> w;
        pool_.drain([&](uint64_t tag, const OrderedRow& r, int64_t delta) {
            call.append(int32_t(tag >> 32));
            slot.append(int64_t(tag & 0xffffffff));
            key.append_bytes(r.key());
            payload.append_bytes(r.payload());
            w.push_back(delta);
        });
        return {int64_t(w.size()), {call.finish(), slot.finish(), key.finish(), payload.finish()}, weights_buffer(w)};
    }

    void restore_groups(const Chunk& in) {
        for (int64_t i = 0; i < in.length; ++i) {
            auto s = uint32_t(in.columns[0]->value<int64_t>(i));
            if (s < constructed_.size() && constructed_[s]) destroy(s);
            if (in.weight(i) < 0) {
                if (table_.used(s)) table_.erase(s);
                continue;
            }
            table_.restore(s, in.columns[1]->bytes(i));
            construct(s);
            auto b = in.columns[2]->bytes(i);
            const char* p = b.data();
            header(s).rows = detail::get<int64_t>(p);
            for (size_t k = 0; k < calls_.size(); ++k) {
                uint32_t size = detail::get<uint32_t>(p);
                calls_[k]->load(state(s) + offsets_[k], {p, size});
                p += size;
            }
            flags_[s] |= kSaved;
        }
    }
    void restore_distinct(const Chunk& in) {
        for (int64_t i = 0; i < in.length; ++i)
            distinct_[size_t(in.columns[0]->value<int32_t>(i))]->restore(
                in.columns[1]->bytes(i), in.weight(i) < 0 ? 0 : in.columns[2]->value<int64_t>(i));
    }
    void restore_entries(const Chunk& in) {
        for (int64_t i = 0; i < in.length; ++i) {
            auto k = size_t(in.columns[0]->value<int32_t>(i));
            auto s = uint32_t(in.columns[1]->value<int64_t>(i));
            if (s >= constructed_.size() || !constructed_[s]) construct(s);
            static_cast<Ordered&>(*calls_[k]).add(state(s) + offsets_[k], s, in.columns[2]->bytes(i), in.columns[3]->bytes(i),
                                                  in.weight(i));
        }
        pool_.drain([](uint64_t, const OrderedRow&, int64_t) {});  // what was restored is saved
        pool_.bury();
    }

    int64_t state_rows() const {
        int64_t n = global_ ? (header(0).rows > 0) : table_.size();
        n += pool_.rows;
        for (auto& d : distinct_) n += d ? d->rows() : 0;
        return n;
    }
    int64_t state_bytes() const {
        int64_t n = table_.bytes() + int64_t(pages_.size() * kPage * width_) + pool_.bytes;
        for (auto& d : distinct_) n += d ? d->bytes() : 0;
        return n;
    }

  private:
    struct Header {
        int64_t rows;
        uint64_t step;
    };
    static constexpr size_t kPage = 256;
    static constexpr uint8_t kDirty = 1, kSaved = 2;

    // The groups of a chunk's rows.
    struct Rows {
        std::vector<uint32_t> slots;    // per row
        std::vector<uint8_t*> states;   // per row
        std::vector<uint32_t> touched;  // each slot once
    };
    Rows locate(const Chunk& in) {
        int64_t n = in.length;
        Columns key;
        for (int64_t g : spec_.groups) key.push_back(in.columns[g]);
        Rows r;
        r.slots.resize(n);
        r.states.resize(n);
        table_.locate(key, n, r.slots.data(), true);
        ++step_;
        for (int64_t i = 0; i < n; ++i) {
            uint32_t s = r.slots[i];
            if (s >= constructed_.size() || !constructed_[s]) construct(s);
            r.states[i] = state(s);
            Header& h = header(s);
            if (h.step != step_) {
                h.step = step_;
                r.touched.push_back(s);
            }
        }
        return r;
    }
    void update(const Chunk& in, Rows& rows) {
        int64_t n = in.length;
        std::vector<int64_t> all(n);
        for (int64_t i = 0; i < n; ++i) {
            all[i] = in.weight(i);
            if (append_only_ && all[i] < 0) throw std::domain_error("an append-only input retracts a row");
        }
        std::vector<int64_t> some;
        for (size_t k = 0; k < calls_.size(); ++k) {
            const CallSpec& call = spec_.calls[k];
            const int64_t* w = all.data();
            if (call.filter >= 0 || distinct_[k]) {
                some = all;
                if (call.filter >= 0) {
                    const Column& c = *in.columns[call.filter];
                    for (int64_t i = 0; i < n; ++i)
                        if (!c.valid(i) || !c.value<uint8_t>(i)) some[i] = 0;
                }
                if (distinct_[k]) {
                    Columns args;
                    for (int64_t a : call.args) args.push_back(in.columns[a]);
                    distinct_[k]->transitions(args, n, rows.slots.data(), some);
                }
                w = some.data();
            }
            calls_[k]->update(in, 0, n, w, rows.states.data(), offsets_[k], rows.slots.data());
        }
        for (int64_t i = 0; i < n; ++i) reinterpret_cast<Header*>(rows.states[i])->rows += all[i];
        for (uint32_t s : rows.touched)
            if (header(s).rows < 0) throw std::domain_error("a group has fewer than no rows");
    }

    uint8_t* state(uint32_t s) const { return pages_[s / kPage].get() + (s % kPage) * width_; }
    Header& header(uint32_t s) const { return *reinterpret_cast<Header*>(state(s)); }
    bool visible(uint32_t s) const { return global_ || header(s).rows > 0; }

    void construct(uint32_t s) {
        while (pages_.size() * kPage <= s) {
            void* p = std::aligned_alloc(16, kPage * width_);
            if (!p) throw std::bad_alloc();
            pages_.emplace_back(static_cast<uint8_t*>(p));
        }
        if (constructed_.size() <= s) {
            constructed_.resize(pages_.size() * kPage, 0);
            flags_.resize(pages_.size() * kPage, 0);
        }
        std::memset(state(s), 0, width_);  // padding too: equal states are equal bytes
        header(s) = Header{0, 0};
        for (size_t k = 0; k < calls_.size(); ++k) calls_[k]->construct(state(s) + offsets_[k]);
        constructed_[s] = 1;
    }
    void destroy(uint32_t s) {
        for (size_t k = 0; k < calls_.size(); ++k) calls_[k]->destroy(state(s) + offsets_[k], s);
        constructed_[s] = 0;
    }
    void mark_dirty(uint32_t s) {
        if (!spec_.tracked || (flags_[s] & kDirty)) return;
        flags_[s] |= kDirty;
        dirty_.push_back(s);
    }
    void finish_one(size_t k, const uint8_t* base, ColumnBuilder& b, ErrorRows& errors, int64_t weight) const {
        try {
            calls_[k]->finish(base + offsets_[k], b);
        } catch (const ValueError& e) {
            errors.add(e, weight);
            b.append_null();
        }
    }
    Columns finish(const std::vector<uint32_t>& slots, ErrorRows& errors, int64_t weight) const {
        Columns out;
        for (size_t k = 0; k < calls_.size(); ++k) {
            ColumnBuilder b(spec_.calls[k].result);
            b.reserve(int64_t(slots.size()));
            for (uint32_t s : slots) finish_one(k, state(s), b, errors, weight);
            out.push_back(b.finish());
        }
        return out;
    }
    // −old +new of the groups whose values differ.
    Chunk difference(const std::vector<uint32_t>& touched, const std::vector<uint32_t>& before, const Columns& old_values, const std::vector<uint32_t>& after,
                     const Columns& new_values) const {
        std::vector<int64_t> gone, come;
        size_t i = 0, j = 0;
        // Both lists are subsequences of `touched`; a slot in both may be unchanged.
        for (uint32_t s : touched) {
            bool was = i < before.size() && before[i] == s, is = j < after.size() && after[j] == s;
            if (!(was && is && identical_row(old_values, int64_t(i), new_values, int64_t(j)))) {
                if (was) gone.push_back(int64_t(i));
                if (is) come.push_back(int64_t(j));
            }
            i += was;
            j += is;
        }
        Chunk out;
        out.length = int64_t(gone.size() + come.size());
        RowDecoder keys(spec_.group_types);
        for (int64_t k : gone) keys.append(table_.encoded(before[size_t(k)]).data());
        for (int64_t k : come) keys.append(table_.encoded(after[size_t(k)]).data());
        out.columns = keys.finish();
        for (size_t k = 0; k < calls_.size(); ++k) {
            if (gone.empty()) out.columns.push_back(take(*new_values[k], come.data(), int64_t(come.size())));
            else out.columns.push_back(concat({take(*old_values[k], gone.data(), int64_t(gone.size())),
                                               take(*new_values[k], come.data(), int64_t(come.size()))}));
        }
        if (!gone.empty()) {
            std::vector<int64_t> w(gone.size(), -1);
            w.resize(gone.size() + come.size(), 1);
            out.weights = weights_buffer(w);
        }
        return out;
    }

    AggregateSpec spec_;
    RowPool pool_;
    GroupTable table_;
    bool global_, append_only_ = false;
    std::vector<std::unique_ptr<Accumulator>> calls_;
    std::vector<std::unique_ptr<DistinctValues>> distinct_;
    std::vector<size_t> offsets_;
    size_t width_ = 0;
    uint64_t step_ = 0;
    uint32_t given_ = 0;  // slots below have been given by `results`
    struct FreePage { void operator()(uint8_t* p) const { std::free(p); } };
    std::vector<std::unique_ptr<uint8_t, FreePage>> pages_;
    std::vector<uint8_t> constructed_, flags_;
    std::vector<uint32_t> dirty_;
};

}  // namespace sabot
