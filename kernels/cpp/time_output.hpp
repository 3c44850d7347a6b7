// Dates and times as text, in the styles of PostgreSQL.
#pragma once

#include <charconv>
#include <string>

#include "styles.hpp"
#include "timezone.hpp"

namespace sabot {

inline void append_integer(std::string& out, int64_t v) {
    char b[24];
    auto [end, e] = std::to_chars(b, b + sizeof b, v);
    out.append(b, end);
}
// `v` with at least `width` digits.
inline void append_padded(std::string& out, int64_t v, int width) {
    char b[24];
    auto [end, e] = std::to_chars(b, b + sizeof b, v);
    out.append(size_t(std::max<int64_t>(0, width - (end - b))), '0');
    out.append(b, end);
}
inline void append_two(std::string& out, int v) {
    out.push_back(char('0' + v / 10));
    out.push_back(char('0' + v % 10));
}

inline void append_fraction(std::string& out, int64_t micros) {
    if (!micros) return;
    char b[7] = {'.', 0, 0, 0, 0, 0, 0};
    for (int i = 6; i > 0; --i, micros /= 10) b[i] = char('0' + micros % 10);
    int n = 7;
    while (b[n - 1] == '0') --n;
    out.append(b, size_t(n));
}
inline void append_time(std::string& out, int64_t micros) {
    append_two(out, int(micros / kHour));
    out.push_back(':');
    append_two(out, int(micros / kMinute % 60));
    out.push_back(':');
    append_two(out, int(micros / kSecond % 60));
    append_fraction(out, micros % kSecond);
}
// The date without its era: 1997-12-17 (ISO), 12/17/1997 (SQL), 12-17-1997 (Postgres), 17.12.1997 (German).
inline void append_civil(std::string& out, const Civil& c, const Styles& styles) {
    int64_t year = c.year > 0 ? c.year : 1 - c.year;
    if (styles.date_form == DateForm::Iso) {
        append_padded(out, year, 4);
        out.push_back('-');
        append_two(out, c.month);
        out.push_back('-');
        append_two(out, c.day);
        return;
    }
    char separator = styles.date_form == DateForm::Sql ? '/' : styles.date_form == DateForm::German ? '.' : '-';
    bool day_first = styles.date_form == DateForm::German || styles.date_order == DateOrder::Dmy;
    append_two(out, day_first ? c.day : c.month);
    out.push_back(separator);
    append_two(out, day_first ? c.month : c.day);
    out.push_back(separator);
    append_padded(out, year, 4);
}
inline void append_date(std::string& out, int32_t days, const Styles& styles = {}) {
    if (days == kDateInfinity) { out += "infinity"; return; }
    if (days == kDateNegInfinity) { out += "-infinity"; return; }
    Civil c = civil_from_days(days);
    append_civil(out, c, styles);
    if (c.year <= 0) out += " BC";
}
inline void append_offset(std::string& out, int32_t seconds) {
    out.push_back(seconds < 0 ? '-' : '+');
    seconds = std::abs(seconds);
    append_two(out, seconds / 3600);
    if (seconds % 3600) {
        out.push_back(':');
        append_two(out, seconds / 60 % 60);
        if (seconds % 60) {
            out.push_back(':');
            append_two(out, seconds % 60);
        }
    }
}
// `zone` null: a timestamp without time zone.
inline void append_timestamp(std::string& out, int64_t t, const TimeZone* zone = nullptr, const Styles& styles = {}) {
    if (t == kTimeInfinity) { out += "infinity"; return; }
    if (t == kTimeNegInfinity) { out += "-infinity"; return; }
    int32_t offset = zone ? zone->offset_at(t) : 0;
    int64_t utc = t;
    t += offset * kSecond;
    int64_t days = floor_div(t, kDay);
    Civil c = civil_from_days(days);
    if (styles.date_form == DateForm::Postgres) {  // Wed Dec 17 07:37:16 1997
        static constexpr char weekdays[] = "ThuFriSatSunMonTueWed", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        out.append(weekdays + 3 * floor_mod(days, 7), 3);
        out.push_back(' ');
        bool day_first = styles.date_order == DateOrder::Dmy;
        if (day_first) append_two(out, c.day);
        else out.append(months + 3 * (c.month - 1), 3);
        out.push_back(' ');
        if (day_first) out.append(months + 3 * (c.month - 1), 3);
        else append_two(out, c.day);
        out.push_back(' ');
        append_time(out, t - days * kDay);
        out.push_back(' ');
        append_padded(out, c.year > 0 ? c.year : 1 - c.year, 4);
    } else {
        append_civil(out, c, styles);
        out.push_back(' ');
        append_time(out, t - days * kDay);
    }
    if (zone && styles.date_form == DateForm::Iso) {
        append_offset(out, offset);
    } else if (zone) {
        out.push_back(' ');
        out += zone->abbreviation_at(utc).substr(0, 10);
    }
    if (c.year <= 0) out += " BC";
}

}  // namespace sabot
