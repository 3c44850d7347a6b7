// Arithmetic and construction of dates, times, timestamps and intervals; windows over time.
#pragma once

#include "compare.hpp"
#include "extract.hpp"

namespace sabot {

inline int64_t zoned_plus(int64_t t, const Interval& v, const TimeZone& zone) {
    if (!finite_time(t)) return t;
    if (v.months || v.days) {  // whole days and months are counted in local time
        int64_t local = timestamp_plus(zone.to_local(t), {0, v.days, v.months});
        t = zone.to_utc(local);
    }
    return checked_timestamp(i128(t) + v.micros);
}
inline Interval time_difference(int64_t a, int64_t b) {
    if (!finite_time(a) || !finite_time(b)) throw ValueError{"22008", "cannot subtract infinite timestamps"};
    i128 d = i128(a) - b;
    if (d > INT64_MAX || d < INT64_MIN) interval_out_of_range();
    return justify_hours({int64_t(d), 0, 0});
}

// a + b (or a - b) by the kinds: date/int, date/interval, date/time, time/interval, timestamp[tz]/interval,
// interval/interval, and differences of dates, times and timestamps.
template <bool minus>
ColumnPtr temporal_add_kernel(const Columns& in, const CallOptions& o, EvalContext& ctx) {
    Columns args = in;
    Kind to = o.result.kind;
    auto rank = [](Kind k) {  // the point in time comes first
        switch (k) {
            case Kind::Timestamp: case Kind::Timestamptz: return 0;
            case Kind::Date: return 1;
            case Kind::Time: return 2;
            case Kind::Interval: return 3;
            default: return 4;
        }
    };
    if (!minus && rank(args[0]->kind) > rank(args[1]->kind)) std::swap(args[0], args[1]);
    const Column &a = *args[0], &b = *args[1];
    const TimeZone& zone = session_zone(ctx);
    auto signed_interval = [&](int64_t i) { return minus ? interval_neg(b.value<Interval>(i)) : b.value<Interval>(i); };
    switch (to) {
        case Kind::Date:
            return map_values<int32_t>(to, args, ctx, [&](int64_t i) {
                int32_t d = a.value<int32_t>(i);
                if (!finite_date(d)) return d;
                int64_t n = b.value<int32_t>(i);
                return checked_date(d + (minus ? -n : n));
            });
        case Kind::Int4:  // date - date
            return map_values<int32_t>(to, args, ctx, [&](int64_t i) {
                int32_t x = a.value<int32_t>(i), y = b.value<int32_t>(i);
                if (!finite_date(x) || !finite_date(y)) throw ValueError{"22008", "cannot subtract infinite dates"};
                return x - y;
            });
        case Kind::Time:
            return map_values<int64_t>(to, args, ctx, [&](int64_t i) {
                int64_t m = b.value<Interval>(i).micros % kDay;
                return floor_mod(a.value<int64_t>(i) + (minus ? -m : m), kDay);
            });
        case Kind::Interval:
            if (a.kind == Kind::Interval)
                return map_values<Interval>(to, args, ctx, [&](int64_t i) {
                    return interval_add(a.value<Interval>(i), signed_interval(i));
                });
            if (a.kind == Kind::Time)
                return map_values<Interval>(to, args, ctx, [&](int64_t i) {
                    return Interval{a.value<int64_t>(i) - b.value<int64_t>(i), 0, 0};
                });
            return map_values<Interval>(to, args, ctx, [&](int64_t i) {
                return time_difference(a.value<int64_t>(i), b.value<int64_t>(i));
            });
        case Kind::Timestamptz:
            return map_values<int64_t>(to, args, ctx, [&](int64_t i) {
                return zoned_plus(a.value<int64_t>(i), signed_interval(i), zone);
            });
        default:  // timestamp
            if (a.kind == Kind::Date && b.kind == Kind::Time)
                return map_values<int64_t>(to, args, ctx, [&](int64_t i) {
                    int64_t t = timestamp_from_date(a.value<int32_t>(i));
                    return finite_time(t) ? checked_timestamp(i128(t) + b.value<int64_t>(i)) : t;
                });
            if (a.kind == Kind::Date)
                return map_values<int64_t>(to, args, ctx, [&](int64_t i) {
                    return timestamp_plus(timestamp_from_date(a.value<int32_t>(i)), signed_interval(i));
                });
            return map_values<int64_t>(to, args, ctx, [&](int64_t i) {
                int64_t t = a.value<int64_t>(i);
                const Interval& v = b.value<Interval>(i);
                int64_t r;
                if (!v.months && !v.days && finite_time(t)) {
                    bool over = minus ? __builtin_sub_overflow(t, v.micros, &r) : __builtin_add_overflow(t, v.micros, &r);
                    if (over || !timestamp_in_range(r)) timestamp_out_of_range();
                    return r;
                }
                return timestamp_plus(t, minus ? interval_neg(v) : v);
            });
    }
}
inline ColumnPtr interval_neg_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) { return interval_neg(args[0]->value<Interval>(i)); });
}
inline ColumnPtr interval_mul_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    bool first = args[0]->kind == Kind::Interval;
    const Column &v = *args[first ? 0 : 1], &f = *args[first ? 1 : 0];
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) { return interval_mul(v.value<Interval>(i), f.value<double>(i)); });
}
inline ColumnPtr interval_div_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) {
        return interval_div(args[0]->value<Interval>(i), args[1]->value<double>(i));
    });
}
template <Interval (*f)(const Interval&)>
ColumnPtr justify_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) { return f(args[0]->value<Interval>(i)); });
}
// date_bin(stride, source, origin).
inline ColumnPtr date_bin_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_values<int64_t>(o.result.kind, args, ctx, [&](int64_t i) {
        Interval stride = args[0]->value<Interval>(i);
        int64_t t = args[1]->value<int64_t>(i), origin = args[2]->value<int64_t>(i);
        if (!finite_time(t)) return t;
        if (!finite_time(origin)) throw ValueError{"22008", "origin out of range"};
        if (stride.months) throw ValueError{"0A000", "timestamps cannot be binned into intervals containing months or years"};
        i128 unit = i128(stride.days) * kDay + stride.micros;
        if (unit <= 0) throw ValueError{"22008", "stride must be greater than zero"};
        i128 d = i128(t) - origin, rest = d % unit;
        if (rest < 0) rest += unit;
        return checked_timestamp(i128(t) - rest);
    });
}
// age(a, b); `today` takes (now, b): from midnight of the current date.
template <bool today>
ColumnPtr age_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const TimeZone& zone = session_zone(ctx);
    auto local = [&](const Column& c, int64_t i) {
        int64_t t = c.value<int64_t>(i);
        if (!finite_time(t)) interval_out_of_range();
        return c.kind == Kind::Timestamptz ? zone.to_local(t) : t;
    };
    return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) {
        int64_t a = local(*args[0], i);
        return timestamp_age(today ? floor_div(a, kDay) * kDay : a, local(*args[1], i));
    });
}
inline ColumnPtr is_finite_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const Column& c = *args[0];
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        out = c.kind == Kind::Interval || (c.kind == Kind::Date ? finite_date(c.value<int32_t>(i)) : finite_time(c.value<int64_t>(i)));
        return true;
    });
}

inline int64_t made_date(int64_t year, int month, int day) {
    auto bad = [&] {
        throw ValueError{"22008", "date field value out of range: " + std::to_string(year) + "-" + (month < 10 && month >= 0 ? "0" : "") +
                                      std::to_string(month) + "-" + (day < 10 && day >= 0 ? "0" : "") + std::to_string(day)};
    };
    int64_t y = year < 0 ? year + 1 : year;
    if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(y, month)) bad();
    int64_t days = days_from_civil(y, month, day);
    if (!date_in_range(days)) date_out_of_range();
    return days;
}
inline int64_t made_time(int hour, int minute, double second) {
    if (hour < 0 || minute < 0 || minute > 59 || std::isnan(second) || second < 0 || second > 60 || hour > 24 ||
        (hour == 24 && (minute > 0 || second > 0)))
        throw ValueError{"22008", "time field value out of range: " + std::to_string(hour) + ":" + std::to_string(minute) + ":" +
                                      std::to_string(second)};
    return hour * kHour + minute * kMinute + int64_t(std::rint(second * 1e6));
}
inline ColumnPtr make_date_kernel(const Columns& a, const CallOptions&, EvalContext& ctx) {
    return map_values<int32_t>(Kind::Date, a, ctx, [&](int64_t i) {
        return int32_t(made_date(a[0]->value<int32_t>(i), a[1]->value<int32_t>(i), a[2]->value<int32_t>(i)));
    });
}
inline ColumnPtr make_time_kernel(const Columns& a, const CallOptions&, EvalContext& ctx) {
    return map_values<int64_t>(Kind::Time, a, ctx, [&](int64_t i) {
        return made_time(a[0]->value<int32_t>(i), a[1]->value<int32_t>(i), a[2]->value<double>(i));
    });
}
// make_timestamp and make_timestamptz (with an optional zone).
inline ColumnPtr make_timestamp_kernel(const Columns& a, const CallOptions& o, EvalContext& ctx) {
    const TimeZone& session = session_zone(ctx);
    return map_values<int64_t>(o.result.kind, a, ctx, [&](int64_t i) {
        int64_t days = made_date(a[0]->value<int32_t>(i), a[1]->value<int32_t>(i), a[2]->value<int32_t>(i));
        int64_t time = made_time(a[3]->value<int32_t>(i), a[4]->value<int32_t>(i), a[5]->value<double>(i));
        int64_t local = checked_timestamp(i128(days) * kDay + time);
        if (o.result.kind == Kind::Timestamp) return local;
        if (a.size() < 7) return session.to_utc(local);
        // Unlike elsewhere, a number is east of Greenwich.
        std::string zone(a[6]->bytes(i));
        if (!zone.empty() && std::isdigit(uint8_t(zone[0])))
            throw ValueError{"22023", "invalid input syntax for type numeric time zone: \"" + zone + "\""};
        if (zone[0] == '+' || zone[0] == '-') zone[0] = zone[0] == '+' ? '-' : '+';
        return named_zone(zone).to_utc(local);
    });
}
// make_interval(years, months, weeks, days, hours, mins, secs), any prefix of them.
inline ColumnPtr make_interval_kernel(const Columns& a, const CallOptions&, EvalContext& ctx) {
    return map_values<Interval>(Kind::Interval, a, ctx, [&](int64_t i) {
        int64_t v[6] = {};
        for (size_t k = 0; k < 6 && k < a.size(); ++k) v[k] = a[k]->value<int32_t>(i);
        double s = a.size() > 6 ? a[6]->value<double>(i) : 0;
        if (std::isnan(s) || std::isinf(s)) interval_out_of_range();
        double micros = std::rint(s * 1e6);
        if (std::fabs(micros) > 9e18) interval_out_of_range();
        return checked_interval(i128(v[0]) * 12 + v[1], i128(v[2]) * 7 + v[3], i128(v[4]) * kHour + i128(v[5]) * kMinute + int64_t(micros));
    });
}
// to_timestamp(seconds since 1970).
inline ColumnPtr to_timestamp_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int64_t>(Kind::Timestamptz, args, ctx, [&](int64_t i) -> int64_t {
        double s = args[0]->value<double>(i);
        if (std::isnan(s)) throw ValueError{"22008", "timestamp cannot be NaN"};
        if (std::isinf(s)) return s > 0 ? kTimeInfinity : kTimeNegInfinity;
        // Rounded as PostgreSQL does: in double seconds since 2000.
        double micros = std::rint((s - 946684800.0) * 1e6) + 946684800.0 * 1e6;
        if (!(micros >= double(kMinTimestamp) && micros < 9.2e18))
            throw ValueError{"22008", "timestamp out of range: \"" + std::to_string(s) + "\""};
        return int64_t(std::rint((s - 946684800.0) * 1e6)) + 946684800ll * kSecond;
    });
}
// AT TIME ZONE: (zone text or interval, timestamp) -> timestamptz, (…, timestamptz) -> timestamp.
inline ColumnPtr timezone_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column &z = *args[0], &c = *args[1];
    const TimeZone* constant = z.kind == Kind::Text && z.constant && z.valid(0) ? find_zone(z.bytes(0)) : nullptr;
    return map_values<int64_t>(o.result.kind, args, ctx, [&](int64_t i) {
        int64_t t = c.value<int64_t>(i);
        if (z.kind == Kind::Interval) {
            Interval v = z.value<Interval>(i);
            if (v.months || v.days) throw ValueError{"22023", "interval time zone must not include months or days"};
            if (!finite_time(t)) return t;
            int64_t shift = v.micros / kSecond * kSecond;
            return checked_timestamp(c.kind == Kind::Timestamptz ? i128(t) + shift : i128(t) - shift);
        }
        if (!finite_time(t)) return t;
        const TimeZone& zone = constant ? *constant : named_zone(z.bytes(i));
        return c.kind == Kind::Timestamptz ? checked_timestamp(i128(t) + zone.offset_at(t) * kSecond) : zone.to_utc(t);
    });
}
// date or timestamp against timestamptz.
template <Cmp op>
ColumnPtr zoned_compare_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const TimeZone& zone = session_zone(ctx);
    auto utc = [&](const Column& c, int64_t i) {
        if (c.kind == Kind::Timestamptz) return c.value<int64_t>(i);
        int64_t local = c.kind == Kind::Date ? date_to_micros(c.value<int32_t>(i)) : c.value<int64_t>(i);
        return finite_time(local) ? local - zone.offset_of_local(local) * kSecond : local;
    };
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        out = holds_values<op, int64_t>(utc(*args[0], i), utc(*args[1], i));
        return true;
    });
}
// (s1, e1) OVERLAPS (s2, e2), three-valued as SQL has it; an end may be an interval after its start.
inline ColumnPtr overlaps_kernel(const Columns& in, const CallOptions&, EvalContext& ctx) {
    Columns args = in;
    for (size_t k : {1, 3})
        if (args[k]->kind == Kind::Interval && args[k - 1]->kind != Kind::Interval) {
            CallOptions ends;
            ends.result.kind = args[k - 1]->kind;
            args[k] = temporal_add_kernel<false>({args[k - 1], args[k]}, ends, ctx);
        }
    FixedOut<uint8_t> out(Kind::Bool, ctx.length);
    uint8_t* valid = out.make_validity();
    for (int64_t i = 0; i < ctx.length; ++i) {
        out.values[i] = 0;
        const Column *s1 = args[0].get(), *e1 = args[1].get(), *s2 = args[2].get(), *e2 = args[3].get();
        // Puts the earlier end first; a missing one is kept as nullptr in the second place.
        auto order = [&](const Column*& s, const Column*& e) {
            if (!s->valid(i)) {
                if (!e->valid(i)) return false;
                s = e;
                e = nullptr;
            } else if (!e->valid(i)) {
                e = nullptr;
            } else if (compare_value(*s, i, *e, i) > 0) {
                std::swap(s, e);
            }
            return true;
        };
        if (!order(s1, e1) || !order(s2, e2)) {
            valid[i] = 0;
            continue;
        }
        int c = compare_value(*s1, i, *s2, i);
        if (c == 0) {
            out.values[i] = valid[i] = e1 && e2;
            continue;
        }
        // The range that starts first has to reach past the other's start.
        const Column *reach = c > 0 ? e2 : e1, *start = c > 0 ? s1 : s2, *other = c > 0 ? e1 : e2;
        if (!reach) valid[i] = 0;
        else if (compare_value(*start, i, *reach, i) < 0) out.values[i] = 1;
        else valid[i] = other != nullptr;
    }
    return out.column;
}
// Start of the tumbling window of `size` (microseconds; no months) that `t` is in, shifted by an offset.
inline int64_t window_start(int64_t t, const Interval& size, i128 offset) {
    if (size.months) throw ValueError{"0A000", "window size must not contain months or years"};
    i128 unit = i128(size.days) * kDay + size.micros;
    if (unit <= 0) throw ValueError{"22023", "window size must be positive"};
    if (!finite_time(t)) return t;
    i128 d = i128(t) - offset, rest = d % unit;
    if (rest < 0) rest += unit;
    return checked_timestamp(i128(t) - rest);
}
// tumble_start(time, size [, offset]); dates come as timestamps.
inline ColumnPtr tumble_start_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_values<int64_t>(o.result.kind, args, ctx, [&](int64_t i) {
        Interval shift = args.size() > 2 ? args[2]->value<Interval>(i) : Interval{};
        if (shift.months) throw ValueError{"0A000", "window offset must not contain months or years"};
        return window_start(args[0]->value<int64_t>(i), args[1]->value<Interval>(i), i128(shift.days) * kDay + shift.micros);
    });
}
// hop_starts(time, slide, size [, offset]): starts of all windows that hold the time, ascending, as a list.
inline ColumnPtr hop_starts_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    ColumnBuilder out(o.result);
    auto valid = all_valid(args, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!valid.empty() && !valid[i]) { out.append_null(); continue; }
        try {
            int64_t t = args[0]->value<int64_t>(i);
            Interval slide = args[1]->value<Interval>(i), size = args[2]->value<Interval>(i);
            Interval shift = args.size() > 3 ? args[3]->value<Interval>(i) : Interval{};
            if (size.months || shift.months) throw ValueError{"0A000", "window size must not contain months or years"};
            i128 span = i128(size.days) * kDay + size.micros, step = i128(slide.days) * kDay + slide.micros;
            int64_t last = window_start(t, slide, i128(shift.days) * kDay + shift.micros);
            if (span <= 0) throw ValueError{"22023", "window size must be positive"};
            if (span / step > 10000) throw ValueError{"54000", "a hop window must not have more than 10000 slides"};
            i128 first = last;
            while (first - step + span > t) first -= step;
            for (i128 s = first; s <= last; s += step)
                if (s + span > t) out.child(0).append<int64_t>(checked_timestamp(s));
            out.close_row();
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            out.append_null();
        }
    }
    return out.finish();
}
// clock_timestamp(): the time at which this batch began.
inline ColumnPtr clock_kernel(const Columns&, const CallOptions&, EvalContext& ctx) {
    FixedOut<int64_t> out(Kind::Timestamptz, ctx.length);
    std::fill(out.values, out.values + ctx.length, ctx.session ? ctx.session->clock_micros : 0);
    return out.column;
}
inline std::vector<KernelEntry> temporal_kernels() {
    return {
        {"temporal.add", temporal_add_kernel<false>}, {"temporal.sub", temporal_add_kernel<true>},
        {"temporal.interval_neg", interval_neg_kernel}, {"temporal.interval_mul", interval_mul_kernel},
        {"temporal.interval_div", interval_div_kernel}, {"temporal.justify_hours", justify_kernel<justify_hours>},
        {"temporal.justify_days", justify_kernel<justify_days>},
        {"temporal.justify_interval", justify_kernel<justify_interval>},
        {"temporal.extract", extract_kernel}, {"temporal.date_trunc", date_trunc_kernel},
        {"temporal.date_bin", date_bin_kernel}, {"temporal.age", age_kernel<false>},
        {"temporal.age_today", age_kernel<true>}, {"temporal.isfinite", is_finite_kernel},
        {"temporal.make_date", make_date_kernel}, {"temporal.make_time", make_time_kernel},
        {"temporal.make_timestamp", make_timestamp_kernel}, {"temporal.make_interval", make_interval_kernel},
        {"temporal.to_timestamp", to_timestamp_kernel}, {"temporal.timezone", timezone_kernel},
        {"temporal.zoned_eq", zoned_compare_kernel<Cmp::Eq>}, {"temporal.zoned_ne", zoned_compare_kernel<Cmp::Ne>},
        {"temporal.zoned_lt", zoned_compare_kernel<Cmp::Lt>}, {"temporal.zoned_le", zoned_compare_kernel<Cmp::Le>},
        {"temporal.zoned_gt", zoned_compare_kernel<Cmp::Gt>}, {"temporal.zoned_ge", zoned_compare_kernel<Cmp::Ge>},
        {"temporal.overlaps", overlaps_kernel}, {"temporal.tumble_start", tumble_start_kernel},
        {"temporal.hop_starts", hop_starts_kernel}, {"temporal.clock", clock_kernel},
    };
}

}  // namespace sabot
