// extract / date_part and date_trunc: fields of dates, times, timestamps and intervals.
#pragma once

#include "kernel_map.hpp"
#include "numeric.hpp"

namespace sabot {

enum class DateField {
    Unknown, Microseconds, Milliseconds, Second, Minute, Hour, Day, Week, Month, Quarter, Year, Decade, Century,
    Millennium, Julian, IsoYear, Dow, IsoDow, Doy, Epoch, Timezone, TimezoneHour, TimezoneMinute,
};

inline DateField date_field(std::string_view text) {
    using F = DateField;
    struct Name { const char* name; F field; };
    static constexpr Name names[] = {
        {"microseconds", F::Microseconds}, {"microsecond", F::Microseconds}, {"us", F::Microseconds},
        {"usec", F::Microseconds}, {"usecs", F::Microseconds}, {"useconds", F::Microseconds}, {"usecond", F::Microseconds},
        {"milliseconds", F::Milliseconds}, {"millisecond", F::Milliseconds}, {"ms", F::Milliseconds},
        {"msec", F::Milliseconds}, {"msecs", F::Milliseconds}, {"mseconds", F::Milliseconds}, {"msecond", F::Milliseconds},
        {"second", F::Second}, {"seconds", F::Second}, {"sec", F::Second}, {"secs", F::Second}, {"s", F::Second},
        {"minute", F::Minute}, {"minutes", F::Minute}, {"min", F::Minute}, {"mins", F::Minute}, {"m", F::Minute},
        {"hour", F::Hour}, {"hours", F::Hour}, {"hr", F::Hour}, {"hrs", F::Hour}, {"h", F::Hour},
        {"day", F::Day}, {"days", F::Day}, {"d", F::Day}, {"week", F::Week}, {"weeks", F::Week}, {"w", F::Week},
        {"month", F::Month}, {"months", F::Month}, {"mon", F::Month}, {"mons", F::Month},
        {"quarter", F::Quarter}, {"qtr", F::Quarter},
        {"year", F::Year}, {"years", F::Year}, {"yr", F::Year}, {"yrs", F::Year}, {"y", F::Year},
        {"decade", F::Decade}, {"decades", F::Decade}, {"dec", F::Decade}, {"decs", F::Decade},
        {"century", F::Century}, {"centuries", F::Century}, {"cent", F::Century}, {"c", F::Century},
        {"millennium", F::Millennium}, {"millennia", F::Millennium}, {"mil", F::Millennium}, {"mils", F::Millennium},
        {"julian", F::Julian}, {"jd", F::Julian}, {"j", F::Julian}, {"isoyear", F::IsoYear},
        {"dow", F::Dow}, {"isodow", F::IsoDow}, {"doy", F::Doy}, {"epoch", F::Epoch},
        {"timezone", F::Timezone}, {"timezone_h", F::TimezoneHour}, {"timezone_hour", F::TimezoneHour},
        {"timezone_m", F::TimezoneMinute}, {"timezone_minute", F::TimezoneMinute},
    };
    std::string low = detail::lower_ascii(text);
    for (auto& n : names)
        if (low == n.name) return n.field;
    return F::Unknown;
}
inline const char* temporal_type_name(Kind k) {
    switch (k) {
        case Kind::Date: return "date";
        case Kind::Time: return "time without time zone";
        case Kind::Timestamp: return "timestamp without time zone";
        case Kind::Timestamptz: return "timestamp with time zone";
        default: return "interval";
    }
}
[[noreturn]] inline void field_not_recognized(std::string_view text, Kind k) {
    throw ValueError{"22023", "unit \"" + detail::lower_ascii(text) + "\" not recognized for type " + temporal_type_name(k)};
}
[[noreturn]] inline void field_not_supported(std::string_view text, Kind k) {
    throw ValueError{"0A000", "unit \"" + detail::lower_ascii(text) + "\" not supported for type " + temporal_type_name(k)};
}

// The field of each row, looked up once when the text is constant.
class FieldArgument {
  public:
    explicit FieldArgument(const Column& c) : column_(c) {
        if (c.constant && c.valid(0)) constant_ = date_field(c.bytes(0));
    }
    DateField at(int64_t i) const { return column_.constant ? constant_ : date_field(column_.bytes(i)); }
    std::string_view text(int64_t i) const { return column_.bytes(i); }

  private:
    const Column& column_;
    DateField constant_ = DateField::Unknown;
};

struct IsoWeek { int64_t year; int week; };
inline IsoWeek iso_week(int64_t days) {
    int64_t thursday = days - (weekday(days) + 6) % 7 + 3;
    int64_t year = civil_from_days(thursday).year;
    return {year, int((thursday - days_from_civil(year, 1, 1)) / 7) + 1};
}
inline int64_t shown_year(int64_t y) { return y > 0 ? y : y - 1; }
inline int64_t decade_of(int64_t y) { return y >= 0 ? y / 10 : -((8 - (y - 1)) / 10); }
inline int64_t century_of(int64_t y) { return y > 0 ? (y + 99) / 100 : -((99 - (y - 1)) / 100); }
inline int64_t millennium_of(int64_t y) { return y > 0 ? (y + 999) / 1000 : -((999 - (y - 1)) / 1000); }

// A field as value * 10^-scale; `special` for the infinities (1, -1) and NULL (2).
struct FieldValue {
    i128 value = 0;
    int scale = 0;
    int special = 0;
    int64_t julian_micros = -1;  // Julian day with time: value + julian_micros / day
};

inline FieldValue infinite_field(DateField f, int sign) {
    using F = DateField;
    switch (f) {
        case F::Year: case F::Decade: case F::Century: case F::Millennium: case F::Julian: case F::IsoYear: case F::Epoch:
            return {0, 0, sign};
        default: return {0, 0, 2};
    }
}
inline bool field_of_time(DateField f, int64_t micros_of_day, FieldValue& out) {
    using F = DateField;
    int64_t second = micros_of_day % kMinute;
    switch (f) {
        case F::Microseconds: out = {second}; return true;
        case F::Milliseconds: out = {second, 3}; return true;
        case F::Second: out = {second, 6}; return true;
        case F::Minute: out = {micros_of_day / kMinute % 60}; return true;
        case F::Hour: out = {micros_of_day / kHour}; return true;
        default: return false;
    }
}
inline bool field_of_day(DateField f, int64_t days, FieldValue& out) {
    using F = DateField;
    if (f == F::Dow) { out = {weekday(days)}; return true; }
    if (f == F::IsoDow) { out = {(weekday(days) + 6) % 7 + 1}; return true; }
    if (f == F::Week) { out = {iso_week(days).week}; return true; }
    if (f == F::IsoYear) { out = {shown_year(iso_week(days).year)}; return true; }
    Civil c = civil_from_days(days);
    switch (f) {
        case F::Day: out = {c.day}; return true;
        case F::Month: out = {c.month}; return true;
        case F::Quarter: out = {(c.month - 1) / 3 + 1}; return true;
        case F::Year: out = {shown_year(c.year)}; return true;
        case F::Decade: out = {decade_of(c.year)}; return true;
        case F::Century: out = {century_of(c.year)}; return true;
        case F::Millennium: out = {millennium_of(c.year)}; return true;
        case F::Doy: out = {days - days_from_civil(c.year, 1, 1) + 1}; return true;
        case F::Julian: out = {days + 2440588}; return true;
        default: return false;
    }
}

inline FieldValue extract_field(const Column& c, int64_t i, DateField f, std::string_view text, const TimeZone& zone) {
    using F = DateField;
    FieldValue out;
    if (f == F::Unknown) field_not_recognized(text, c.kind);
    switch (c.kind) {
        case Kind::Date: {
            int32_t d = c.value<int32_t>(i);
            if (f == F::Epoch && finite_date(d)) return {i128(d) * 86400};
            if (!field_of_day(f, finite_date(d) ? d : 0, out) && f != F::Epoch) field_not_supported(text, c.kind);
            return finite_date(d) ? out : infinite_field(f, d > 0 ? 1 : -1);
        }
        case Kind::Time: {
            int64_t t = c.value<int64_t>(i);
            if (f == F::Epoch) return {t, 6};
            if (!field_of_time(f, t, out)) field_not_supported(text, c.kind);
            return out;
        }
        case Kind::Timestamp: case Kind::Timestamptz: {
            int64_t t = c.value<int64_t>(i);
            bool zoned = c.kind == Kind::Timestamptz, finite = finite_time(t);
            if (f == F::Epoch) return finite ? FieldValue{t, 6} : infinite_field(f, t > 0 ? 1 : -1);
            if (!finite) return infinite_field(f, t > 0 ? 1 : -1);
            int32_t offset = zoned ? zone.offset_at(t) : 0;
            if (zoned && f == F::Timezone) return {offset};
            if (zoned && f == F::TimezoneHour) return {offset / 3600};
            if (zoned && f == F::TimezoneMinute) return {offset % 3600 / 60};
            t += offset * kSecond;
            int64_t days = floor_div(t, kDay);
            if (field_of_time(f, t - days * kDay, out)) return out;
            if (!field_of_day(f, days, out)) field_not_supported(text, c.kind);
            if (f == F::Julian) out.julian_micros = t - days * kDay;
            return out;
        }
        default: {
            Interval v = c.value<Interval>(i);
            int64_t months = v.months % 12, years = v.months / 12;
            switch (f) {
                case F::Microseconds: return {v.micros % kMinute};
                case F::Milliseconds: return {v.micros % kMinute, 3};
                case F::Second: return {v.micros % kMinute, 6};
                case F::Minute: return {v.micros / kMinute % 60};
                case F::Hour: return {v.micros / kHour};
                case F::Day: return {v.days};
                case F::Month: return {months};
                case F::Quarter: return {months / 3 + 1};
                case F::Year: return {years};
                case F::Decade: return {years / 10};
                case F::Century: return {years / 100};
                case F::Millennium: return {years / 1000};
                case F::Epoch: {
                    i128 seconds = (i128(1461) * years + 120 * months + 4 * i128(v.days)) * (86400 / 4);
                    return {seconds * kSecond + v.micros, 6};
                }
                default: field_not_supported(text, c.kind);
            }
        }
    }
}

// The sum of the parts as doubles, in PostgreSQL's order: its last digits show.
inline double interval_epoch(const Interval& v) {
    double out = double(v.micros) / 1e6;
    out += 365.25 * 86400 * (v.months / 12);
    out += 30.0 * 86400 * (v.months % 12);
    return out + 86400.0 * v.days;
}

// (field, value): numeric (extract) or double precision (date_part), by the result's kind.
inline ColumnPtr extract_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    ColumnPtr midnight;
    if (!o.ints.empty())
        midnight = map_fixed<int64_t>(Kind::Timestamp, {args[1]}, ctx, [&](int64_t i, int64_t& out) {
            out = timestamp_from_date(args[1]->value<int32_t>(i));
            return true;
        });
    const Column& c = midnight ? *midnight : *args[1];
    FieldArgument field(*args[0]);
    const TimeZone& zone = session_zone(ctx);
    auto value = [&](int64_t i) { return extract_field(c, i, field.at(i), field.text(i), zone); };
    if (o.result.kind == Kind::Float8)
        return map_fixed<double>(Kind::Float8, args, ctx, [&](int64_t i, double& out) {
            try {
                FieldValue v = value(i);
                if (v.special == 2) return false;
                if (v.special) out = v.special * INFINITY;
                else if (c.kind == Kind::Interval && field.at(i) == DateField::Epoch) out = interval_epoch(c.value<Interval>(i));
                else if (v.julian_micros >= 0) out = double(v.value) + double(v.julian_micros) / double(kDay);
                else out = double(v.value) / (v.scale == 6 ? 1e6 : v.scale == 3 ? 1e3 : 1);
                return true;
            } catch (const ValueError& e) {
                ctx.fail(i, e.sqlstate, e.message);
                return false;
            }
        });
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        FieldValue v = value(i);
        if (v.special == 2) return false;
        if (v.special) out = infinity_of_sign(v.special);
        else out = numeric_from_int128(v.value, v.scale);
        if (v.julian_micros >= 0)
            out = numeric_add(out, numeric_div(numeric_from_int(v.julian_micros), numeric_from_int(kDay)));
        return true;
    });
}

// Start of the field's unit that local time `t` is in.
inline int64_t truncate_local(int64_t t, DateField f, std::string_view text, Kind kind) {
    using F = DateField;
    int64_t days = floor_div(t, kDay);
    auto down = [&](int64_t unit) { return floor_div(t, unit) * unit; };
    auto year_start = [](int64_t y) { return days_from_civil(y, 1, 1) * kDay; };
    switch (f) {
        case F::Microseconds: return t;
        case F::Milliseconds: return down(1000);
        case F::Second: return down(kSecond);
        case F::Minute: return down(kMinute);
        case F::Hour: return down(kHour);
        case F::Day: return days * kDay;
        case F::Week: return (days - (weekday(days) + 6) % 7) * kDay;
        case F::Unknown: field_not_recognized(text, kind);
        default: break;
    }
    Civil c = civil_from_days(days);
    switch (f) {
        case F::Month: return days_from_civil(c.year, c.month, 1) * kDay;
        case F::Quarter: return days_from_civil(c.year, (c.month - 1) / 3 * 3 + 1, 1) * kDay;
        case F::Year: return year_start(c.year);
        case F::Decade: return year_start(c.year > 0 ? c.year / 10 * 10 : -((8 - (c.year - 1)) / 10) * 10);
        case F::Century: return year_start(c.year > 0 ? (c.year + 99) / 100 * 100 - 99 : -((99 - (c.year - 1)) / 100) * 100 + 1);
        case F::Millennium:
            return year_start(c.year > 0 ? (c.year + 999) / 1000 * 1000 - 999 : -((999 - (c.year - 1)) / 1000) * 1000 + 1);
        case F::Timezone: case F::TimezoneHour: case F::TimezoneMinute: field_not_supported(text, kind);
        default: field_not_recognized(text, kind);
    }
}
inline Interval truncate_interval(Interval v, DateField f, std::string_view text) {
    using F = DateField;
    auto months = [&](int unit) { return Interval{0, 0, v.months / unit * unit}; };
    auto time = [&](int64_t unit) { return Interval{v.micros / unit * unit, v.days, v.months}; };
    switch (f) {
        case F::Microseconds: return v;
        case F::Milliseconds: return time(1000);
        case F::Second: return time(kSecond);
        case F::Minute: return time(kMinute);
        case F::Hour: return time(kHour);
        case F::Day: return {0, v.days, v.months};
        case F::Month: return months(1);
        case F::Quarter: return months(3);
        case F::Year: return months(12);
        case F::Decade: return months(120);
        case F::Century: return months(1200);
        case F::Millennium: return months(12000);
        case F::Week: case F::Timezone: case F::TimezoneHour: case F::TimezoneMinute:
            field_not_supported(text, Kind::Interval);
        default: field_not_recognized(text, Kind::Interval);
    }
}
inline const TimeZone& named_zone(std::string_view name) {
    const TimeZone* z = find_zone(name);
    if (!z) throw ValueError{"22023", "time zone \"" + std::string(name) + "\" not recognized"};
    return *z;
}
// (field, timestamp | timestamptz | interval [, zone]).
inline ColumnPtr date_trunc_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& c = *args[1];
    FieldArgument field(*args[0]);
    if (o.result.kind == Kind::Interval)
        return map_values<Interval>(Kind::Interval, args, ctx, [&](int64_t i) {
            return truncate_interval(c.value<Interval>(i), field.at(i), field.text(i));
        });
    const TimeZone& session = session_zone(ctx);
    bool zoned = o.result.kind == Kind::Timestamptz;
    return map_values<int64_t>(o.result.kind, args, ctx, [&](int64_t i) {
        int64_t t = c.value<int64_t>(i);
        DateField f = field.at(i);
        if (!finite_time(t)) return t;
        if (!zoned) return checked_timestamp(truncate_local(t, f, field.text(i), c.kind));
        const TimeZone& zone = args.size() > 2 ? named_zone(args[2]->bytes(i)) : session;
        int64_t offset = zone.offset_at(t) * kSecond;
        int64_t local = truncate_local(t + offset, f, field.text(i), c.kind);
        return f >= DateField::Day ? zone.to_utc(local) : local - offset;
    });
}

}  // namespace sabot
