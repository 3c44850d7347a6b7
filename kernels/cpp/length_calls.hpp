// The functions that PostgreSQL keeps for its length casts, callable by name: numeric(x, typmod), varchar(x, typmod, explicit) …
#pragma once

#include "cast.hpp"

namespace sabot {

inline constexpr int32_t kTypmodHead = 4;  // lengths are kept with the size of a header on top

template <bool pad>
ColumnPtr text_length_call(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        int64_t limit = int64_t(args[1]->value<int32_t>(i)) - kTypmodHead;
        if (args[1]->value<int32_t>(i) < (pad ? 2 * kTypmodHead : 0)) out = s;
        else fit_text(s, std::max<int64_t>(limit, 0), pad, args[2]->value<uint8_t>(i), out);
        return true;
    });
}
inline ColumnPtr numeric_typmod_call(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        int32_t typmod = args[1]->value<int32_t>(i) - kTypmodHead;
        if (args[1]->value<int32_t>(i) < kTypmodHead) out = args[0]->bytes(i);
        else out = numeric_apply_typmod(args[0]->bytes(i), typmod >> 16 & 0xffff, ((typmod & 0x7ff) ^ 1024) - 1024);
        return true;
    });
}
// time(p) takes what it does not know for no precision; timestamp(p) refuses it.
inline ColumnPtr time_typmod_call(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const Column& c = *args[0];
    constexpr int64_t epoch = 10957 * kDay;
    return map_values<int64_t>(c.kind, args, ctx, [&](int64_t i) {
        int64_t t = c.value<int64_t>(i);
        int32_t precision = args[1]->value<int32_t>(i);
        bool known = precision >= 0 && precision <= 6;
        if (c.kind == Kind::Time) return known ? round_micros(t, precision) : t;
        if (!finite_time(t) || precision == -1) return t;
        if (!known)
            throw ValueError{"22023", "timestamp(" + std::to_string(precision) + ") precision must be between 0 and 6"};
        return round_micros(t - epoch, precision) + epoch;
    });
}
// The fields of an interval's typmod are bits: month 1, year 2, day 3, hour 10, minute 11, second 12.
inline ColumnPtr interval_typmod_call(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) {
        Interval v = args[0]->value<Interval>(i);
        int32_t typmod = args[1]->value<int32_t>(i), fields = typmod >> 16 & 0x7fff, precision = typmod & 0xffff;
        if (typmod < 0) return v;
        constexpr int32_t month = 1 << 1, year = 1 << 2, day = 1 << 3, hour = 1 << 10, minute = 1 << 11, second = 1 << 12;
        constexpr int32_t all = 0x7fff;
        switch (fields) {
            case year: return interval_cut(v, 5);
            case month: case year | month: return interval_cut(v, 4);
            case day: return interval_cut(v, 3);
            case hour: case day | hour: return interval_cut(v, 2);
            case minute: case day | hour | minute: case hour | minute: return interval_cut(v, 1);
            case second: case day | hour | minute | second: case hour | minute | second: case minute | second: case all: break;
            default: throw ValueError{"XX000", "unrecognized interval typmod: " + std::to_string(typmod)};
        }
        if (precision <= 6) v.micros = round_micros(v.micros, precision);
        return v;
    });
}

inline std::vector<KernelEntry> length_call_kernels() {
    return {
        {"length.varchar", text_length_call<false>}, {"length.bpchar", text_length_call<true>},
        {"length.numeric", numeric_typmod_call}, {"length.time", time_typmod_call}, {"length.interval", interval_typmod_call},
    };
}

}  // namespace sabot
