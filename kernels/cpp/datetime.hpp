// The calendar: days and microseconds since 1970-01-01 (proleptic Gregorian), fields, interval arithmetic.
//
// Year 0 is 1 BC. INT32_MAX / INT32_MIN days and INT64_MAX / INT64_MIN microseconds are the infinities.
#pragma once

#include <cmath>
#include <string>

#include "column.hpp"
#include "numeric_bytes.hpp"
#include "value_error.hpp"

namespace sabot {

constexpr int64_t kSecond = 1000000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr int32_t kDateInfinity = INT32_MAX, kDateNegInfinity = INT32_MIN;
constexpr int64_t kTimeInfinity = INT64_MAX, kTimeNegInfinity = INT64_MIN;

inline bool finite_date(int32_t d) { return d != kDateInfinity && d != kDateNegInfinity; }
inline bool finite_time(int64_t t) { return t != kTimeInfinity && t != kTimeNegInfinity; }

struct Civil {
    int64_t year;
    int month, day;
};

// Days from 1970-01-01; the algorithms of Howard Hinnant's "chrono-compatible low-level date algorithms".
inline int64_t days_from_civil(int64_t y, int m, int d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}
inline Civil civil_from_days(int64_t z) {
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = int(mp < 10 ? mp + 3 : mp - 9);
    return {yoe + era * 400 + (month <= 2), month, int(doy - (153 * mp + 2) / 5 + 1)};
}
inline bool leap_year(int64_t y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }
inline int days_in_month(int64_t y, int m) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && leap_year(y) ? 29 : days[m - 1];
}
inline int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
inline int64_t floor_mod(int64_t a, int64_t b) { return a - floor_div(a, b) * b; }
inline int weekday(int64_t days) { return int(floor_mod(days + 4, 7)); }  // 0 is Sunday

// 4714-11-24 BC to 5874897-12-31 (date) and 294247-01-10 (timestamp: where int64 microseconds since 1970 end).
constexpr int64_t kMinDay = -2440588, kMaxDateDay = 2145042905;
constexpr int64_t kMinTimestamp = -2440588 * kDay;

inline bool date_in_range(int64_t d) { return d >= kMinDay && d <= kMaxDateDay; }
inline bool timestamp_in_range(i128 t) {
    return t >= i128(kMinTimestamp) && t < i128(INT64_MAX);
}
[[noreturn]] inline void date_out_of_range() { throw ValueError{"22008", "date out of range"}; }
[[noreturn]] inline void timestamp_out_of_range() { throw ValueError{"22008", "timestamp out of range"}; }
[[noreturn]] inline void interval_out_of_range() { throw ValueError{"22008", "interval out of range"}; }
inline int64_t checked_timestamp(i128 t) {
    if (!timestamp_in_range(t)) timestamp_out_of_range();
    return int64_t(t);
}
inline int32_t checked_date(int64_t d) {
    if (!date_in_range(d)) date_out_of_range();
    return int32_t(d);
}

// A timestamp in fields.
struct Fields {
    int64_t year;
    int month, day, hour, minute;
    int64_t second_micros;  // seconds and fraction, 0 … 60 000 000
    int64_t days;           // since 1970-01-01
    int64_t micros_of_day() const { return (hour * 60ll + minute) * kMinute + second_micros; }
};
inline Fields fields_of(int64_t micros) {
    int64_t days = floor_div(micros, kDay), rest = micros - days * kDay;
    Civil c = civil_from_days(days);
    return {c.year, c.month, c.day, int(rest / kHour), int(rest / kMinute % 60), rest % kMinute, days};
}

inline int64_t timestamp_from_date(int32_t d) {
    if (d == kDateInfinity) return kTimeInfinity;
    if (d == kDateNegInfinity) return kTimeNegInfinity;
    i128 t = i128(d) * kDay;
    if (!timestamp_in_range(t)) throw ValueError{"22008", "date out of range for timestamp"};
    return int64_t(t);
}
inline int32_t date_from_timestamp(int64_t t) {
    if (t == kTimeInfinity) return kDateInfinity;
    if (t == kTimeNegInfinity) return kDateNegInfinity;
    return int32_t(floor_div(t, kDay));
}

// Adds calendar months; the day is clamped to the month's last.
inline int64_t add_months(int64_t days, int64_t months) {
    Civil c = civil_from_days(days);
    int64_t m = c.year * 12 + c.month - 1 + months;
    int64_t y = floor_div(m, 12);
    int month = int(floor_mod(m, 12)) + 1;
    return days_from_civil(y, month, std::min(c.day, days_in_month(y, month)));
}
// timestamp + interval without a zone: months, then days, then time.
inline int64_t timestamp_plus(int64_t t, const Interval& v) {
    if (!finite_time(t)) return t;
    int64_t days = floor_div(t, kDay), rest = t - days * kDay;
    if (v.months) {
        days = add_months(days, v.months);
        checked_timestamp(i128(days) * kDay + rest);
    }
    days += v.days;
    checked_timestamp(i128(days) * kDay + rest);
    return checked_timestamp(i128(days) * kDay + rest + v.micros);
}

inline Interval checked_interval(i128 months, i128 days, i128 micros) {
    if (months > INT32_MAX || months < INT32_MIN || days > INT32_MAX || days < INT32_MIN || micros > INT64_MAX ||
        micros < INT64_MIN)
        interval_out_of_range();
    return {int64_t(micros), int32_t(days), int32_t(months)};
}
inline Interval interval_add(const Interval& a, const Interval& b) {
    return checked_interval(i128(a.months) + b.months, i128(a.days) + b.days, i128(a.micros) + b.micros);
}
inline Interval interval_neg(const Interval& a) { return checked_interval(-i128(a.months), -i128(a.days), -i128(a.micros)); }

inline double round_ts(double v) { return std::rint(v * 1e6) / 1e6; }

// interval * factor: fractions of months go to days (30 each), fractions of days to time.
inline Interval interval_mul(const Interval& v, double factor) {
    auto bounded32 = [](double x) {
        if (std::isnan(x) || x > INT32_MAX || x < INT32_MIN) interval_out_of_range();
        return int32_t(x);
    };
    Interval r{};
    double months = v.months * factor, days = v.days * factor;
    r.months = bounded32(months);
    r.days = bounded32(days);
    double month_rest = round_ts((months - r.months) * 30);
    double second_rest = round_ts((days - r.days + month_rest - int(month_rest)) * 86400);
    if (std::fabs(second_rest) >= 86400) {
        r.days += int(second_rest / 86400);
        second_rest -= int(second_rest / 86400) * 86400.0;
    }
    r.days = bounded32(double(r.days) + int32_t(month_rest));
    double micros = std::rint(double(v.micros) * factor + second_rest * 1e6);
    if (std::isnan(micros) || micros >= 9223372036854775808.0 || micros < -9223372036854775808.0)
        interval_out_of_range();
    r.micros = int64_t(micros);
    return r;
}
inline Interval interval_div(const Interval& v, double divisor) {
    if (divisor == 0) throw ValueError{"22012", "division by zero"};
    if (std::isnan(divisor)) interval_out_of_range();
    Interval r{};
    double months = v.months / divisor, days = v.days / divisor;
    r.months = int32_t(months);
    r.days = int32_t(days);
    double month_rest = round_ts((months - r.months) * 30);
    double second_rest = round_ts((days - r.days + month_rest - int(month_rest)) * 86400);
    if (std::fabs(second_rest) >= 86400) {
        r.days += int(second_rest / 86400);
        second_rest -= int(second_rest / 86400) * 86400.0;
    }
    r.days += int32_t(month_rest);
    r.micros = int64_t(std::rint(double(v.micros) / divisor + second_rest * 1e6));
    return r;
}
// 24 hours become days.
inline Interval justify_hours(const Interval& v) {
    i128 days = i128(v.days) + v.micros / kDay;
    i128 micros = v.micros % kDay;
    if (days > 0 && micros < 0) { micros += kDay; --days; }
    else if (days < 0 && micros > 0) { micros -= kDay; ++days; }
    return checked_interval(v.months, days, micros);
}
// 30 days become months.
inline Interval justify_days(const Interval& v) {
    i128 months = i128(v.months) + v.days / 30;
    i128 days = v.days % 30;
    if (months > 0 && days < 0) { days += 30; --months; }
    else if (months < 0 && days > 0) { days -= 30; ++months; }
    return checked_interval(months, days, v.micros);
}
// Both, and one sign for all parts.
inline Interval justify_interval(const Interval& v) {
    i128 months = v.months, days = v.days, micros = v.micros;
    if ((days > 0 && micros > 0) || (days < 0 && micros < 0)) {
        months += days / 30;
        days %= 30;
    }
    days += micros / kDay;
    micros %= kDay;
    months += days / 30;
    days %= 30;
    if (months > 0 && (days < 0 || (days == 0 && micros < 0))) { days += 30; --months; }
    else if (months < 0 && (days > 0 || (days == 0 && micros > 0))) { days -= 30; ++months; }
    if (days > 0 && micros < 0) { micros += kDay; --days; }
    else if (days < 0 && micros > 0) { micros -= kDay; ++days; }
    return checked_interval(months, days, micros);
}
// a - b in years, months, days and time: age().
inline Interval timestamp_age(int64_t a, int64_t b) {
    bool negative = a < b;
    if (negative) std::swap(a, b);
    Fields x = fields_of(a), y = fields_of(b);
    int64_t micros = x.micros_of_day() - y.micros_of_day();
    int64_t day = x.day - y.day, months = (x.year - y.year) * 12 + x.month - y.month;
    if (micros < 0) { micros += kDay; --day; }
    if (day < 0) {  // borrow the month of the earlier date
        day += days_in_month(y.year, y.month);
        --months;
    }
    Interval r = checked_interval(months, day, micros);
    return negative ? interval_neg(r) : r;
}

}  // namespace sabot
