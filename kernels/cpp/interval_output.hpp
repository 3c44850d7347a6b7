// Intervals as text in the four styles of PostgreSQL.
#pragma once

#include <cstdlib>
#include <string>

#include "styles.hpp"
#include "time_output.hpp"

namespace sabot {

namespace detail {

// Years, months and so on of an interval, each with the sign of its group.
struct IntervalParts {
    int64_t years, months, days, hours, minutes, seconds, micros;

    explicit IntervalParts(const Interval& v)
        : years(v.months / 12), months(v.months % 12), days(v.days), hours(v.micros / kHour), minutes(v.micros / kMinute % 60),
          seconds(v.micros / kSecond % 60), micros(v.micros % kSecond) {}
};
// Seconds with their fraction, without a sign.
inline void append_seconds(std::string& out, int64_t seconds, int64_t micros, bool two_digits) {
    append_padded(out, std::abs(seconds), two_digits ? 2 : 1);
    append_fraction(out, std::abs(micros));
}
inline void append_clock(std::string& out, const IntervalParts& p, int hour_digits) {
    append_padded(out, std::abs(p.hours), hour_digits);
    out.push_back(':');
    append_two(out, int(std::abs(p.minutes)));
    out.push_back(':');
    append_seconds(out, p.seconds, p.micros, true);
}

// 1 year 2 mons -3 days +04:05:06.7
inline void append_interval_postgres(std::string& out, const Interval& v) {
    bool first = true, negative_before = false;
    auto part = [&](int64_t n, const char* unit) {
        if (n == 0) return;
        if (!first) out.push_back(' ');
        if (negative_before && n > 0) out.push_back('+');
        append_integer(out, n);
        out.push_back(' ');
        out += unit;
        if (n != 1) out.push_back('s');
        negative_before = n < 0;
        first = false;
    };
    IntervalParts p(v);
    part(p.years, "year");
    part(p.months, "mon");
    part(p.days, "day");
    if (!first && v.micros == 0) return;
    if (!first) out.push_back(' ');
    if (v.micros < 0) out.push_back('-');
    else if (negative_before) out.push_back('+');
    append_clock(out, p, 2);
}
// @ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs ago
inline void append_interval_verbose(std::string& out, const Interval& v) {
    bool zero = true, before = false;
    auto part = [&](int64_t n, const char* unit) {
        if (n == 0) return;
        if (zero) before = n < 0;
        if (before) n = -n;
        out.push_back(' ');
        append_integer(out, n);
        out.push_back(' ');
        out += unit;
        if (n != 1) out.push_back('s');
        zero = false;
    };
    IntervalParts p(v);
    out.push_back('@');
    part(p.years, "year");
    part(p.months, "mon");
    part(p.days, "day");
    part(p.hours, "hour");
    part(p.minutes, "min");
    if (p.seconds || p.micros) {
        out.push_back(' ');
        bool negative = p.seconds < 0 || p.micros < 0;
        if (zero) before = negative;
        if (negative != before) out.push_back('-');
        append_seconds(out, p.seconds, p.micros, false);
        out += std::abs(p.seconds) != 1 || p.micros ? " secs" : " sec";
        zero = false;
    }
    if (zero) out += " 0";
    if (before) out += " ago";
}
// 1-2, 3 4:05:06.7, or with a sign on each group: +1-2 -3 +4:05:06.7
inline void append_interval_standard(std::string& out, const Interval& v) {
    IntervalParts p(v);
    bool negative = v.months < 0 || v.days < 0 || v.micros < 0, positive = v.months > 0 || v.days > 0 || v.micros > 0;
    if (!negative && !positive) {
        out.push_back('0');
        return;
    }
    bool day_time = v.days || v.micros;
    bool signs = (negative && positive) || (v.months && day_time);
    auto sign = [&](int64_t n) { if (signs) out.push_back(n < 0 ? '-' : '+'); };
    if (negative && !signs) out.push_back('-');
    if (signs || v.months) {
        sign(v.months);
        append_integer(out, std::abs(p.years));
        out.push_back('-');
        append_integer(out, std::abs(p.months));
        if (!signs) return;
        out.push_back(' ');
    }
    if (signs || v.days) {
        sign(v.days);
        append_integer(out, std::abs(p.days));
        out.push_back(' ');
    }
    sign(v.micros);
    append_clock(out, p, 1);
}
// P1Y2M-3DT4H5M6.7S
inline void append_interval_iso(std::string& out, const Interval& v) {
    if (!v.months && !v.days && !v.micros) {
        out += "PT0S";
        return;
    }
    IntervalParts p(v);
    auto part = [&](int64_t n, char unit) {
        if (n == 0) return;
        append_integer(out, n);
        out.push_back(unit);
    };
    out.push_back('P');
    part(p.years, 'Y');
    part(p.months, 'M');
    part(p.days, 'D');
    if (!v.micros) return;
    out.push_back('T');
    part(p.hours, 'H');
    part(p.minutes, 'M');
    if (!p.seconds && !p.micros) return;
    if (p.seconds < 0 || p.micros < 0) out.push_back('-');
    append_seconds(out, p.seconds, p.micros, false);
    out.push_back('S');
}

}  // namespace detail

inline void append_interval(std::string& out, const Interval& v, IntervalStyle style = IntervalStyle::Postgres) {
    switch (style) {
        case IntervalStyle::Postgres: return detail::append_interval_postgres(out, v);
        case IntervalStyle::Verbose: return detail::append_interval_verbose(out, v);
        case IntervalStyle::SqlStandard: return detail::append_interval_standard(out, v);
        case IntervalStyle::Iso8601: return detail::append_interval_iso(out, v);
    }
}

}  // namespace sabot
