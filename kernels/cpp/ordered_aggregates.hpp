// Aggregates whose state is the multiset of their arguments in order: retractable min/max, ordered-set
// aggregates, and everything that collects values. Ties in ORDER BY are broken by the arguments in ascending
// order, so that the result is a function of the multiset.
#pragma once

#include "accumulators.hpp"
#include "array_shape.hpp"
#include "json_value.hpp"

namespace sabot {

// Entries: order key = ORDER BY columns, then the arguments ascending; payload = the arguments, encoded.
class Ordered : public Accumulator {
  public:
    Ordered(CallSpec call, uint32_t number, RowPool& pool) : call_(std::move(call)), number_(number), pool_(pool) {
        const std::string& f = call_.function;
        values_ = call_.args;
        value_types_ = call_.arg_types;
        by_arg_ = f == "arg_min" || f == "arg_max";  // (value, by)
        within_ = f == "mode" || f.starts_with("percentile_") || f == "approx_percentile";
        if (within_ && values_.empty() && !call_.order.empty()) {
            values_ = {call_.order[0].column};
            value_types_ = {call_.order_types[0]};
        }
        if (by_arg_) {
            call_.order = {OrderColumn{call_.args[1], false, false}};
            values_ = {call_.args[0]};
            value_types_ = {call_.arg_types[0]};
        }
        skip_null_ = within_ || f == "min" || f == "max" || f == "string_agg";
    }

    size_t size() const override { return sizeof(OrderedRows*); }
    void construct(uint8_t* s) const override { rows(s) = nullptr; }
    void destroy(uint8_t* s, uint64_t slot) const override {
        if (!rows(s)) return;
        rows(s)->clear(pool_, tag(uint32_t(slot)));
        delete rows(s);
        rows(s) = nullptr;
    }
    void update(const Chunk& in, int64_t from, int64_t to, const int64_t* w, uint8_t* const* states, size_t offset,
                const uint32_t* slots) const override {
        std::string key, payload;
        const Column* must = by_arg_ ? in.columns[call_.args[1]].get() : skip_null_ ? in.columns[values_[0]].get() : nullptr;
        for (int64_t i = from; i < to; ++i) {
            if (!w[i] || (must && !must->valid(i))) continue;
            key.clear();
            payload.clear();
            append_order_keys(in, i, call_.order, key);
            for (int64_t c : values_) {
                append_order_key(*in.columns[c], i, false, false, key);
                encode_value(*in.columns[c], i, payload);
            }
            add(states[i] + offset, slots[i], key, payload, w[i]);
        }
    }
    void add(uint8_t* state, uint32_t slot, std::string_view key, std::string_view payload, int64_t w) const {
        OrderedRows*& r = rows(state);
        if (!r) r = new OrderedRows();
        static const std::vector<Type> bytes_decide;
        r->change(key, payload, w, bytes_decide, pool_, tag(slot));
        if (r->empty()) {
            delete r;
            r = nullptr;
        }
    }
    // State goes through the table of entries (RowPool::drain), not through save and load.
    void save(const uint8_t*, std::string&) const override {}
    void load(uint8_t*, std::string_view) const override {}

    void finish(const uint8_t* s, ColumnBuilder& out) const override {
        const OrderedRows* r = *reinterpret_cast<OrderedRows* const*>(s);
        if (!r) return out.append_null();
        const std::string& f = call_.function;
        if (f == "min" || f == "arg_min" || f == "first_value") return show(r->first(), out);
        if (f == "max" || f == "arg_max" || f == "last_value") return show(r->last(), out);
        if (f == "array_agg") {
            if (value_types_[0].kind == Kind::List) one_shape_only(*r);
            each(*r, [&](const OrderedRow& row) { decode_value(row.payload().data(), out.child(0)); });
            return out.close_row();
        }
        if (f == "string_agg") return string_agg(*r, out);
        if (f == "jsonb_agg" || f == "json_agg" || f == "json_agg_lines") return json_array(*r, out);
        if (f == "jsonb_object_agg" || f == "json_object_agg") return json_object(*r, out);
        if (f == "mode") return mode(*r, out);
        percentile(*r, out);
    }

  private:
    uint64_t tag(uint32_t slot) const { return uint64_t(number_) << 32 | slot; }
    static OrderedRows*& rows(uint8_t* s) { return *reinterpret_cast<OrderedRows**>(s); }
    static void show(const OrderedRow* row, ColumnBuilder& out) { decode_value(row->payload().data(), out); }

    // Every row as often as it counts; once per distinct arguments under DISTINCT.
    template <class F>
    void each(const OrderedRows& r, F&& f) const {
        std::string_view last;
        bool any = false;
        for (auto p = r.begin(); p != r.end(); p = r.next(p)) {
            const OrderedRow& row = *r.at(p);
            if (row.weight <= 0 || (call_.distinct && any && row.key() == last)) continue;
            last = row.key();
            any = true;
            for (int64_t k = call_.distinct ? 1 : row.weight; k > 0; --k) f(row);
        }
    }
    // Arrays are collected into one of a dimension more, if they have one shape.
    void one_shape_only(const OrderedRows& r) const {
        std::vector<int32_t> first;
        each(r, [&](const OrderedRow& row) {
            auto list = decoded_column(row.payload().data(), value_types_[0]);
            if (!list->valid(0)) throw ValueError{"22004", "cannot accumulate null arrays"};
            auto dimensions = array_dimensions(*list, 0);
            if (dimensions.empty()) throw ValueError{"2202E", "cannot accumulate empty arrays"};
            if (first.empty()) first = dimensions;
            if (dimensions != first) throw ValueError{"2202E", "cannot accumulate arrays of different dimensionality"};
        });
    }
    void string_agg(const OrderedRows& r, ColumnBuilder& out) const {
        std::string text;
        bool first = true;
        each(r, [&](const OrderedRow& row) {
            const char* p = row.payload().data();
            const char* after = skip_value(p, value_types_[0]);
            if (!first) {
                if (value_types_.size() < 2) text += call_.delimiter;
                else if (*after) text.append(after + 5, size_t(row.payload().data() + row.payload().size() - after - 5));
            }
            text.append(p + 5, size_t(after - p - 5));
            first = false;
        });
        out.append_bytes(text);
    }
    // One argument's value: json as it is, jsonb in canonical form. No type that depends on the session comes here.
    void append_argument(size_t argument, const char* encoded, std::string& out) const {
        auto c = decoded_column(encoded, value_types_[argument]);
        static const OutputSettings settings;
        bool binary = call_.function.starts_with("jsonb");
        if (call_.raw_json[argument] && c->valid(0)) {
            if (binary) out += jsonb_from_text(c->bytes(0));
            else out += c->bytes(0);
        } else if (binary) {
            append_jsonb_value(out, *c, 0, settings);
        } else {
            append_json_value(out, *c, 0, settings);
        }
    }
    void json_array(const OrderedRows& r, ColumnBuilder& out) const {
        std::string text = "[";
        bool nested = value_types_[0].kind == Kind::List || value_types_[0].kind == Kind::Struct;
        bool lines = (nested && call_.function == "json_agg") || call_.function == "json_agg_lines";
        each(r, [&](const OrderedRow& row) {
            const char* value = row.payload().data();
            if (text.size() > 1) text += lines && *value ? ", \n " : ", ";
            append_argument(0, value, text);
        });
        text += "]";
        out.append_bytes(text);
    }
    void json_object(const OrderedRows& r, ColumnBuilder& out) const {
        JsonbObject object;
        bool binary = call_.function == "jsonb_object_agg", first = true;
        std::string text = "{ ";  // json keeps every pair as it comes
        each(r, [&](const OrderedRow& row) {
            const char* p = row.payload().data();
            auto key = decoded_column(p, value_types_[0]);
            if (!key->valid(0)) throw ValueError{"22023", "field name must not be null"};
            std::string name, value;
            append_text(name, *key, 0, OutputSettings{});
            append_argument(1, skip_value(p, value_types_[0]), value);
            if (binary) return object.put(std::move(name), std::move(value));
            if (!first) text += ", ";
            first = false;
            append_json_string(text, name);
            text += " : ";
            text += value;
        });
        if (binary) {
            text.clear();
            object.append_to(text);
        } else {
            text += " }";
        }
        out.append_bytes(text);
    }
    void mode(const OrderedRows& r, ColumnBuilder& out) const {
        const OrderedRow* best = nullptr;
        int64_t best_count = 0;
        for (auto p = r.begin(); p != r.end();) {
            const OrderedRow* head = r.at(p);
            int64_t count = 0;
            for (; p != r.end() && r.at(p)->key() == head->key(); p = r.next(p)) count += r.at(p)->weight;
            if (count > best_count) {
                best = head;
                best_count = count;
            }
        }
        best ? show(best, out) : out.append_null();
    }
    void percentile(const OrderedRows& r, ColumnBuilder& out) const {
        for (double q : call_.fractions)
            if (q < 0 || q > 1) throw ValueError{"22003", "percentile value " + short_double(q) + " is not between 0 and 1"};
        if (!call_.fraction_list) return percentile_at(r, call_.fractions.at(0), out);
        for (double q : call_.fractions) percentile_at(r, q, out.child(0));
        out.close_row();
    }
    void percentile_at(const OrderedRows& r, double q, ColumnBuilder& out) const {
        int64_t n = r.total(), start;
        if (std::isnan(q) || n <= 0) return out.append_null();
        auto row_at = [&](int64_t i) { return r.at(r.select(i, &start)); };
        if (call_.function == "percentile_disc") return show(row_at(std::max<int64_t>(int64_t(std::ceil(q * double(n))), 1) - 1), out);
        if (call_.function == "approx_percentile") {
            auto c = decoded_column(row_at(int64_t(std::floor(q * double(n - 1))))->payload().data(), value_types_[0]);
            return out.append(acc::as_double(*c, 0));
        }
        double at = q * double(n - 1);
        auto low = int64_t(std::floor(at)), high = int64_t(std::ceil(at));
        auto a = decoded_column(row_at(low)->payload().data(), value_types_[0]);
        auto b = low == high ? a : decoded_column(row_at(high)->payload().data(), value_types_[0]);
        double part = at - double(low);
        if (a->kind == Kind::Interval) return out.append(low == high ? a->value<Interval>(0) : between(a->value<Interval>(0), b->value<Interval>(0), part));
        double x = acc::as_double(*a, 0), y = acc::as_double(*b, 0);
        out.append(low == high ? x : x + part * (y - x));
    }
    static Interval between(const Interval& a, const Interval& b, double part) {
        Interval d{b.micros - a.micros, b.days - a.days, b.months - a.months};
        Interval s = acc::Intervals::divided(d, 1 / part);
        return {a.micros + s.micros, a.days + s.days, a.months + s.months};
    }
    static std::string short_double(double v) {
        char b[32];
        std::snprintf(b, sizeof b, "%g", v);
        return b;
    }

    CallSpec call_;
    uint32_t number_;
    RowPool& pool_;
    std::vector<int64_t> values_;
    std::vector<Type> value_types_;
    bool by_arg_ = false, within_ = false, skip_null_ = false;
};

inline bool is_ordered_aggregate(const std::string& f) {
    for (const char* known : {"min", "max", "array_agg", "string_agg", "jsonb_agg", "json_agg", "json_agg_lines", "jsonb_object_agg",
                              "json_object_agg", "first_value", "last_value", "mode", "percentile_cont", "percentile_disc",
                              "approx_percentile", "arg_min", "arg_max"})
        if (f == known) return true;
    return false;
}

// The accumulator of a call; null when the function is not known for these argument types.
inline std::unique_ptr<Accumulator> make_accumulator(const CallSpec& call, uint32_t number, RowPool& pool) {
    if (auto a = linear_accumulator(call)) return a;
    if (is_ordered_aggregate(call.function)) return std::make_unique<Ordered>(call, number, pool);
    return nullptr;
}

}  // namespace sabot
