// Casts between kinds. planner/functions/cast.py says which pair uses which kernel and in what context.
#pragma once

#include "arith.hpp"
#include "kernel_map.hpp"
#include "text_input.hpp"
#include "text_output.hpp"

namespace sabot {

inline OutputSettings output_settings(const EvalContext& ctx) {
    return {&session_zone(ctx), ctx.session ? ctx.session->styles : Styles{}};
}
inline InputSettings input_settings(const EvalContext& ctx) {
    return {&session_zone(ctx), ctx.session ? ctx.session->now_micros : 0, ctx.session ? ctx.session->styles : Styles{}};
}

// ---- text out and in

inline ColumnPtr to_text_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const Column& c = *args[0];
    if (c.kind == Kind::Text || c.kind == Kind::Jsonb) return relabel(args[0], Kind::Text);
    OutputSettings settings = output_settings(ctx);
    return map_bytes(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        append_text(out, c, i, settings);
        return true;
    });
}
inline ColumnPtr map_to_text_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    OutputSettings settings = output_settings(ctx);
    return map_bytes(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        append_map_text(out, *args[0], i, settings);
        return true;
    });
}
inline ColumnPtr bool_to_text_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_bytes(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        out = args[0]->value<uint8_t>(i) ? "true" : "false";
        return true;
    });
}
inline ColumnPtr from_text_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& c = *args[0];
    InputSettings settings = input_settings(ctx);
    Shape shape = shape_of(o.result.kind);
    bool nested = shape == Shape::List || shape == Shape::Struct;
    ColumnBuilder out(o.result), scratch(o.result);
    out.reserve(ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!c.valid(i)) {
            out.append_null();
            continue;
        }
        try {
            if (!nested) {
                append_parsed(out, c.bytes(i), settings);
                continue;
            }
            append_parsed(scratch, c.bytes(i), settings);
            auto one = scratch.finish();
            out.append_from(*one, 0);
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            out.append_null();
            if (nested) scratch = ColumnBuilder(o.result);
        }
    }
    return out.finish();
}
// text -> json: checked, kept as written.
inline ColumnPtr text_to_json_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        json_check(s);
        out = s;
        return true;
    });
}
// Whether text is JSON, of the kind in the option: 0 any, 1 object, 2 array, 3 scalar.
inline ColumnPtr is_json_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        auto s = args[0]->bytes(i);
        size_t first = s.find_first_not_of(" \t\n\r");
        char c = first == s.npos ? ' ' : s[first];
        int64_t kind = c == '{' ? 1 : c == '[' ? 2 : 3;
        out = o.ints[0] == 0 || o.ints[0] == kind;
        try {
            json_check(s);
        } catch (const ValueError&) {
            out = 0;
        }
        return true;
    });
}
inline ColumnPtr bpchar_to_text_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_bytes(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
        out = s;
        return true;
    });
}

// Bytes of the first `n` characters.
inline size_t utf8_prefix(std::string_view s, int64_t n) {
    size_t i = 0;
    for (; i < s.size(); ++i)
        if ((uint8_t(s[i]) & 0xc0) != 0x80 && n-- == 0) break;
    return i;
}
inline int64_t utf8_length(std::string_view s) {
    int64_t n = 0;
    for (char c : s) n += (uint8_t(c) & 0xc0) != 0x80;
    return n;
}
// Text as varchar(n) or, padded, character(n); an explicit cast cuts, others only blanks.
inline void fit_text(std::string_view s, int64_t limit, bool pad, bool cut, std::string& out) {
    size_t keep = int64_t(s.size()) <= limit ? s.size() : utf8_prefix(s, limit);
    if (keep < s.size() && !cut)
        for (char c : s.substr(keep))
            if (c != ' ')
                throw ValueError{"22001", std::string("value too long for type character") + (pad ? "(" : " varying(") +
                                              std::to_string(limit) + ")"};
    out = s.substr(0, keep);
    if (pad) out.append(size_t(std::max<int64_t>(0, limit - utf8_length(out))), ' ');
}
// varchar(n) and, padded, character(n). ints: n, 1 when the cast is explicit (cuts) or 0 (only blanks may be cut).
template <bool pad>
ColumnPtr text_length_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    int64_t limit = o.ints.at(0);
    bool cut = o.ints.at(1);
    return map_strings(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        fit_text(args[0]->bytes(i), limit, pad, cut, out);
        return true;
    });
}
// name: cut to 63 bytes.
inline ColumnPtr text_to_name_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_bytes(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        size_t n = std::min<size_t>(s.size(), 63);
        while (n < s.size() && n > 0 && (uint8_t(s[n]) & 0xc0) == 0x80) --n;
        out = s.substr(0, n);
        return true;
    });
}

// ---- numbers

template <class T>
T checked_round(double v) {
    double r = std::rint(v);
    constexpr double low = double(std::numeric_limits<T>::min());
    if (!(r >= low && r < -low)) throw ValueError{"22003", range_message<T>()};
    return T(r);
}
template <class T>
T integer_from_numeric(std::string_view bytes) {
    constexpr const char* name = sizeof(T) == 2 ? "smallint" : sizeof(T) == 4 ? "integer" : "bigint";
    NumericView v(bytes);
    if (v.tag == kNumNaN) throw ValueError{"0A000", std::string("cannot convert NaN to ") + name};
    if (!v.finite()) throw ValueError{"0A000", std::string("cannot convert infinity to ") + name};
    auto r = numeric_to_int64(bytes);
    if (!r || *r < std::numeric_limits<T>::min() || *r > std::numeric_limits<T>::max())
        throw ValueError{"22003", range_message<T>()};
    return T(*r);
}
template <class T>
T float_from_numeric(std::string_view bytes) {
    double d = numeric_to_double(bytes);
    T r = T(d);
    NumericView v(bytes);
    if (v.finite() && (std::isinf(r) || (r == 0 && !v.zero())))
        throw ValueError{"22003", "\"" + numeric_to_text(bytes) + "\" is out of range for type " +
                                      (sizeof(T) == 4 ? "real" : "double precision")};
    if (sizeof(T) == 4 && v.finite()) {  // one rounding, from the text
        std::string text = numeric_to_text(bytes);
        std::from_chars(text.data(), text.data() + text.size(), r);
    }
    return r;
}
inline Decimal decimal_of(const Int256& v) {
    detail::Limbs limbs(8);
    bool negative = v.limbs[3] >> 63;
    uint64_t carry = negative;
    for (int k = 0; k < 4; ++k) {
        uint64_t x = negative ? ~v.limbs[k] + carry : v.limbs[k];
        carry = carry && x == 0;
        limbs[2 * k] = uint32_t(x);
        limbs[2 * k + 1] = uint32_t(x >> 32);
    }
    big::trim(limbs);
    return {negative, 0, std::move(limbs)};
}

template <class T>
ColumnPtr to_integer(const Columns& args, EvalContext& ctx) {
    const Column& c = *args[0];
    constexpr Kind kind = native_kind<T>;
    auto narrow = [&](auto* tag) {
        using S = std::remove_pointer_t<decltype(tag)>;
        return map_values<T>(kind, args, ctx, [&](int64_t i) {
            S v = c.value<S>(i);
            if (v < S(std::numeric_limits<T>::min()) || v > S(std::numeric_limits<T>::max()))
                throw ValueError{"22003", range_message<T>()};
            return T(v);
        });
    };
    switch (c.kind) {
        case Kind::Bool: return map_values<T>(kind, args, ctx, [&](int64_t i) { return T(c.value<uint8_t>(i)); });
        case Kind::Int2: return map_values<T>(kind, args, ctx, [&](int64_t i) { return T(c.value<int16_t>(i)); });
        case Kind::Int4:
            if constexpr (sizeof(T) < 4) return narrow(static_cast<int32_t*>(nullptr));
            else return map_values<T>(kind, args, ctx, [&](int64_t i) { return T(c.value<int32_t>(i)); });
        case Kind::Int8: case Kind::Oid:
            if constexpr (sizeof(T) < 8) return narrow(static_cast<int64_t*>(nullptr));
            else return relabel(args[0], kind);
        case Kind::Float4: return map_values<T>(kind, args, ctx, [&](int64_t i) { return checked_round<T>(c.value<float>(i)); });
        case Kind::Float8: return map_values<T>(kind, args, ctx, [&](int64_t i) { return checked_round<T>(c.value<double>(i)); });
        case Kind::Int256:
            return map_values<T>(kind, args, ctx, [&](int64_t i) {
                return integer_from_numeric<T>(decimal_of(c.value<Int256>(i)).encode());
            });
        default: return map_values<T>(kind, args, ctx, [&](int64_t i) { return integer_from_numeric<T>(c.bytes(i)); });
    }
}
template <class T>
ColumnPtr to_float(const Columns& args, EvalContext& ctx) {
    const Column& c = *args[0];
    constexpr Kind kind = native_kind<T>;
    if (c.kind == Kind::Numeric)
        return map_values<T>(kind, args, ctx, [&](int64_t i) { return float_from_numeric<T>(c.bytes(i)); });
    if (c.kind == Kind::Int256)
        return map_values<T>(kind, args, ctx, [&](int64_t i) { return float_from_numeric<T>(decimal_of(c.value<Int256>(i)).encode()); });
    if (c.kind == Kind::Float8 && sizeof(T) == 4)
        return map_values<T>(kind, args, ctx, [&](int64_t i) {
            double v = c.value<double>(i);
            T r = T(v);
            if (std::isinf(r) && !std::isinf(v)) throw ValueError{"22003", "value out of range: overflow"};
            if (r == 0 && v != 0) throw ValueError{"22003", "value out of range: underflow"};
            return r;
        });
    Operand<T> x(c, ctx.length, kind);
    return map_fixed<T>(kind, args, ctx, [&](int64_t i, T& out) { out = x[i]; return true; });
}
inline ColumnPtr to_numeric(const Columns& args, EvalContext& ctx) {
    const Column& c = *args[0];
    auto each = [&](auto&& f) {
        return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) { out = f(i); return true; });
    };
    switch (c.kind) {
        case Kind::Numeric: return args[0];
        case Kind::Int2: return each([&](int64_t i) { return numeric_from_int(c.value<int16_t>(i)); });
        case Kind::Int4: return each([&](int64_t i) { return numeric_from_int(c.value<int32_t>(i)); });
        case Kind::Float4: return each([&](int64_t i) { return numeric_from_double(c.value<float>(i), 6); });
        case Kind::Float8: return each([&](int64_t i) { return numeric_from_double(c.value<double>(i)); });
        case Kind::Int256: return each([&](int64_t i) { return decimal_of(c.value<Int256>(i)).encode(); });
        default: return each([&](int64_t i) { return numeric_from_int(c.value<int64_t>(i)); });
    }
}
inline ColumnPtr to_int256(const Columns& args, EvalContext& ctx) {
    auto wide = to_numeric(args, ctx);
    return map_values<Int256>(Kind::Int256, {wide}, ctx, [&](int64_t i) {
        std::string whole = numeric_round(wide->bytes(i), 0);
        NumericView v(whole);
        if (!v.finite()) throw ValueError{"22003", "rw_int256 out of range"};
        return int256_from_decimal(Decimal(v));
    });
}
// Any number kind (and boolean, oid) to the result's number kind.
inline ColumnPtr number_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& c = *args[0];
    if (c.kind == o.result.kind) return args[0];
    if (c.kind == Kind::Null) return null_column(o.result.kind, ctx.length);
    switch (o.result.kind) {
        case Kind::Bool:
            return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
                out = c.value<int32_t>(i) != 0;
                return true;
            });
        case Kind::Int2: return to_integer<int16_t>(args, ctx);
        case Kind::Int4: return to_integer<int32_t>(args, ctx);
        case Kind::Int8: return to_integer<int64_t>(args, ctx);
        case Kind::Float4: return to_float<float>(args, ctx);
        case Kind::Float8: return to_float<double>(args, ctx);
        case Kind::Int256: return to_int256(args, ctx);
        case Kind::Oid: {
            auto wide = to_integer<int64_t>(args, ctx);
            return map_values<int64_t>(Kind::Oid, {wide}, ctx, [&](int64_t i) {
                int64_t v = wide->value<int64_t>(i);
                if (v < (c.kind == Kind::Int8 ? 0 : INT32_MIN) || v > int64_t(UINT32_MAX)) throw ValueError{"22003", "OID out of range"};
                return int64_t(uint32_t(v));
            });
        }
        default: return to_numeric(args, ctx);
    }
}
inline ColumnPtr numeric_typmod_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    int precision = int(o.ints.at(0)), scale = int(o.ints.at(1));
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        out = numeric_apply_typmod(args[0]->bytes(i), precision, scale);
        return true;
    });
}

// jsonb scalar -> boolean or number.
inline ColumnPtr from_jsonb_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& c = *args[0];
    auto refuse = [](std::string_view s, const char* type) {
        const char* what = s[0] == '{' ? "object" : s[0] == '[' ? "array" : s[0] == '"' ? "string"
                           : s[0] == 'n' ? "null" : s[0] == 't' || s[0] == 'f' ? "boolean" : "numeric";
        throw ValueError{"22023", std::string("cannot cast jsonb ") + what + " to type " + type};
    };
    if (o.result.kind == Kind::Bool)
        return map_values<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i) {
            auto s = c.bytes(i);
            if (s != "true" && s != "false") refuse(s, "boolean");
            return uint8_t(s == "true");
        });
    const char* type = o.result.kind == Kind::Int2 ? "smallint" : o.result.kind == Kind::Int4 ? "integer"
                       : o.result.kind == Kind::Int8 ? "bigint" : o.result.kind == Kind::Float4 ? "real"
                       : o.result.kind == Kind::Float8 ? "double precision" : "numeric";
    auto number = map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        auto s = c.bytes(i);
        if (s[0] != '-' && !detail::is_digit(s[0])) refuse(s, type);
        out = numeric_input(s);
        return true;
    });
    return number_kernel({number}, o, ctx);
}

// ---- dates and times

inline ColumnPtr temporal_cast_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& c = *args[0];
    Kind to = o.result.kind;
    if (c.kind == to) return args[0];
    const TimeZone& zone = session_zone(ctx);
    auto timestamp = [&](int64_t i) -> int64_t {  // without zone
        if (c.kind == Kind::Date) return timestamp_from_date(c.value<int32_t>(i));
        int64_t t = c.value<int64_t>(i);
        return c.kind == Kind::Timestamptz ? zone.to_local(t) : t;
    };
    switch (to) {
        case Kind::Date: return map_values<int32_t>(to, args, ctx, [&](int64_t i) { return date_from_timestamp(timestamp(i)); });
        case Kind::Timestamp: return map_values<int64_t>(to, args, ctx, timestamp);
        case Kind::Timestamptz: return map_values<int64_t>(to, args, ctx, [&](int64_t i) { return zone.to_utc(timestamp(i)); });
        case Kind::Interval:
            return map_values<Interval>(to, args, ctx, [&](int64_t i) { return Interval{c.value<int64_t>(i), 0, 0}; });
        default:  // time
            if (c.kind == Kind::Interval)
                return map_values<int64_t>(to, args, ctx, [&](int64_t i) { return floor_mod(c.value<Interval>(i).micros, kDay); });
            return map_fixed<int64_t>(to, args, ctx, [&](int64_t i, int64_t& out) {
                int64_t t = timestamp(i);
                if (!finite_time(t)) return false;
                out = floor_mod(t, kDay);
                return true;
            });
    }
}
inline int64_t round_micros(int64_t v, int precision) {
    static constexpr int64_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int64_t unit = units[std::clamp(precision, 0, 6)];
    if (unit == 1) return v;
    // Away from zero at the half, counted from PostgreSQL's epoch 2000-01-01 (a multiple of every unit).
    int64_t half = unit / 2;
    return v >= 0 ? (v + half) / unit * unit : -((-v + half) / unit * unit);
}
// time(p), timestamp(p), interval(p): rounds the seconds.
inline ColumnPtr time_typmod_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& c = *args[0];
    int precision = int(o.ints.at(0));
    if (c.kind == Kind::Interval)
        return map_values<Interval>(c.kind, args, ctx, [&](int64_t i) {
            Interval v = c.value<Interval>(i);
            v.micros = round_micros(v.micros, precision);
            return v;
        });
    constexpr int64_t epoch = 10957 * kDay;
    int64_t shift = c.kind == Kind::Time ? 0 : epoch;
    return map_values<int64_t>(c.kind, args, ctx, [&](int64_t i) {
        int64_t t = c.value<int64_t>(i);
        return finite_time(t) ? round_micros(t - shift, precision) + shift : t;
    });
}
// Fields below the least one kept (0 second … 5 year) are cut.
inline Interval interval_cut(Interval v, int least) {
    if (least == 1) v.micros -= v.micros % kMinute;
    if (least == 2) v.micros -= v.micros % kHour;
    if (least >= 3) v.micros = 0;
    if (least >= 4) v.days = 0;
    if (least >= 5) v.months -= v.months % 12;
    return v;
}
// interval <fields>: ints = least field kept.
inline ColumnPtr interval_fields_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    int least = int(o.ints.at(0));
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) { return interval_cut(args[0]->value<Interval>(i), least); });
}
// text -> interval where a bare number has the unit ints[0] (0 second … 5 year): INTERVAL '5' MINUTE. ints[1], when
// there and 1, reads 1:30 as minutes and seconds.
inline ColumnPtr interval_from_text_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    constexpr IntervalUnit units[] = {IntervalUnit::Second, IntervalUnit::Minute, IntervalUnit::Hour,
                                      IntervalUnit::Day, IntervalUnit::Month, IntervalUnit::Year};
    IntervalUnit unit = units[std::clamp<int64_t>(o.ints.at(0), 0, 5)];
    bool minute_to_second = o.ints.size() > 1 && o.ints[1];
    Styles styles = input_settings(ctx).styles;
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) {
        return interval_from_text(args[0]->bytes(i), styles, unit, minute_to_second);
    });
}

// ---- nested values

// (list, lambda over it): the mapped list. Element casts are Lambda bodies.
inline ColumnPtr mapped_kernel(const Columns& args, const CallOptions&, EvalContext&) { return args[1]; }
// (struct, field, field, …): a struct of the fields, NULL where the first argument is.
inline ColumnPtr row_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    auto out = make_column(Kind::Struct, ctx.length);
    out->names = o.result.names;
    for (size_t k = 1; k < args.size(); ++k) out->children.push_back(expand(args[k]));
    if (args[0]->may_have_nulls()) {
        out->validity = Buffer::allocate(ctx.length);
        for (int64_t i = 0; i < ctx.length; ++i) out->validity->data()[i] = args[0]->valid(i);
    }
    return out;
}
// Field ints[0] of a struct; NULL where the struct is.
inline ColumnPtr field_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    auto s = expand(args[0]);
    if (s->kind != Kind::Struct) return null_column(o.result.kind, ctx.length);
    auto field = s->children.at(size_t(o.ints.at(0)));
    if (!s->validity) return field;
    auto r = std::make_shared<Column>(*expand(field));
    if (r->kind == Kind::Null) return r;
    r->validity = Buffer::allocate(ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) r->validity->data()[i] = s->valid(i) && field->valid(i);
    return r;
}
// A struct of the arguments.
inline ColumnPtr struct_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    auto out = make_column(Kind::Struct, ctx.length);
    out->names = o.result.names;
    for (auto& a : args) out->children.push_back(expand(a));
    return out;
}
inline ColumnPtr relabel_kernel(const Columns& args, const CallOptions& o, EvalContext&) {
    return relabel(args[0], o.result.kind);
}

inline std::vector<KernelEntry> cast_kernels() {
    return {
        {"cast.to_text", to_text_kernel}, {"cast.map_to_text", map_to_text_kernel},
        {"cast.bool_to_text", bool_to_text_kernel}, {"cast.from_text", from_text_kernel},
        {"cast.text_to_json", text_to_json_kernel}, {"json.is_json", is_json_kernel}, {"cast.bpchar_to_text", bpchar_to_text_kernel},
        {"cast.varchar_length", text_length_kernel<false>},
        {"cast.bpchar_length", text_length_kernel<true>}, {"cast.text_to_name", text_to_name_kernel},
        {"cast.number", number_kernel}, {"cast.numeric_typmod", numeric_typmod_kernel},
        {"cast.from_jsonb", from_jsonb_kernel}, {"cast.temporal", temporal_cast_kernel},
        {"cast.time_typmod", time_typmod_kernel}, {"cast.interval_fields", interval_fields_kernel},
        {"cast.interval_from_text", interval_from_text_kernel}, {"cast.mapped", mapped_kernel},
        {"cast.row", row_kernel}, {"cast.field", field_kernel},
        {"array.transform", mapped_kernel}, {"struct.row", struct_kernel}, {"struct.field", field_kernel},
        {"misc.relabel", relabel_kernel},
    };
}

}  // namespace sabot
