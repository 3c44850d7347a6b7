// Templates of to_char / to_date / to_timestamp, and dates written by them (PostgreSQL manual, section 9.8).
#pragma once

#include "text.hpp"

namespace sabot {

enum class Field : uint8_t {
    AD, AD_dots, AM, AM_dots, CC, DAY, DDD, DD, DY, D, FF, HH12, HH24, IDDD, ID, IW, I, IY, IYY, IYYY, J, MI, MM,
    MONTH, MON, MS, OF, Q, RM, SSSS, SS, TZH, TZM, TZ, US, WW, W, Y_YYY, YYYY, YYY, YY, Y,
};
enum class LetterCase : uint8_t { Upper, Title, Lower };

struct DateKeyword {
    const char* name;  // upper case
    Field field;
    bool digits;       // the field is a number
    int width = 0;     // FF1 … FF6
    bool titled = false;
};
// Longer names come before their prefixes.
inline constexpr DateKeyword kDateKeywords[] = {
    {"A.D.", Field::AD_dots, false}, {"A.M.", Field::AM_dots, false}, {"AD", Field::AD, false},
    {"AM", Field::AM, false}, {"B.C.", Field::AD_dots, false}, {"BC", Field::AD, false}, {"CC", Field::CC, true},
    {"DAY", Field::DAY, false, 0, true}, {"DDD", Field::DDD, true}, {"DD", Field::DD, true},
    {"DY", Field::DY, false, 0, true}, {"D", Field::D, true}, {"FF1", Field::FF, true, 1}, {"FF2", Field::FF, true, 2},
    {"FF3", Field::FF, true, 3}, {"FF4", Field::FF, true, 4}, {"FF5", Field::FF, true, 5}, {"FF6", Field::FF, true, 6},
    {"HH24", Field::HH24, true}, {"HH12", Field::HH12, true}, {"HH", Field::HH12, true}, {"IDDD", Field::IDDD, true},
    {"ID", Field::ID, true}, {"IW", Field::IW, true}, {"IYYY", Field::IYYY, true}, {"IYY", Field::IYY, true},
    {"IY", Field::IY, true}, {"I", Field::I, true}, {"J", Field::J, true}, {"MI", Field::MI, true},
    {"MM", Field::MM, true}, {"MONTH", Field::MONTH, false, 0, true}, {"MON", Field::MON, false, 0, true},
    {"MS", Field::MS, true}, {"OF", Field::OF, false}, {"P.M.", Field::AM_dots, false}, {"PM", Field::AM, false},
    {"Q", Field::Q, true}, {"RM", Field::RM, false}, {"SSSSS", Field::SSSS, true}, {"SSSS", Field::SSSS, true},
    {"SS", Field::SS, true}, {"TZH", Field::TZH, false}, {"TZM", Field::TZM, true}, {"TZ", Field::TZ, false},
    {"US", Field::US, true}, {"WW", Field::WW, true}, {"W", Field::W, true}, {"Y,YYY", Field::Y_YYY, true},
    {"YYYY", Field::YYYY, true}, {"YYY", Field::YYY, true}, {"YY", Field::YY, true}, {"Y", Field::Y, true},
};

enum class NodeKind : uint8_t { Field, Character, Separator, Space };
struct DateNode {
    NodeKind kind = NodeKind::Character;
    std::string text;             // a character; the keyword as written for fields
    Field field = Field::D;
    LetterCase letters = LetterCase::Upper;
    int width = 0;
    bool digits = false, fill = false, local = false, ordinal = false, ordinal_lower = false;
};

struct DateTemplate {
    std::vector<DateNode> nodes;
    bool exact = false;  // FX
};

inline bool template_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline bool template_separator(char c) {
    return c > 0x20 && c < 0x7f && !std::isalnum(uint8_t(c));
}

inline DateTemplate parse_date_template(std::string_view f) {
    DateTemplate t;
    bool fill = false, local = false;
    auto character = [&](size_t& i) {
        size_t next = utf8_advance(f, i, 1);
        DateNode n;
        n.text = f.substr(i, next - i);
        n.kind = template_space(f[i]) ? NodeKind::Space : template_separator(f[i]) ? NodeKind::Separator : NodeKind::Character;
        i = next;
        return n;
    };
    for (size_t i = 0; i < f.size();) {
        auto rest = f.substr(i);
        if (rest.starts_with("FX") || rest.starts_with("fx")) { t.exact = true; i += 2; continue; }
        if (rest.starts_with("FM") || rest.starts_with("fm")) { fill = true; i += 2; continue; }
        if (rest.starts_with("TM") || rest.starts_with("tm")) { local = true; i += 2; continue; }
        DateNode n;
        for (auto& k : kDateKeywords) {
            std::string_view name = k.name;
            auto have = rest.substr(0, name.size());
            if (have.size() < name.size()) continue;
            bool upper = have == name, lower = !upper, titled = k.titled;
            for (size_t j = 0; j < name.size(); ++j) {
                lower &= have[j] == ascii_lower(name[j]);
                titled &= have[j] == (j ? ascii_lower(name[j]) : name[j]);
            }
            if (!upper && !lower && !titled) continue;
            n.kind = NodeKind::Field;
            n.text = have;
            n.field = k.field;
            n.letters = upper ? LetterCase::Upper : lower ? LetterCase::Lower : LetterCase::Title;
            n.width = k.width;
            n.digits = k.digits;
            break;
        }
        if (n.kind == NodeKind::Field) {
            i += n.text.size();
            n.fill = fill;
            n.local = local;
            fill = local = false;
            for (;;) {
                auto after = f.substr(i, 2);
                if (after == "TH" || after == "th") {
                    n.ordinal = true;
                    n.ordinal_lower = after == "th";
                } else if (after != "SP") {
                    break;
                }
                i += 2;
            }
            t.nodes.push_back(std::move(n));
            continue;
        }
        fill = local = false;
        if (f[i] == '"') {
            ++i;
            while (i < f.size()) {
                if (f[i] == '"') { ++i; break; }
                if (f[i] == '\\' && i + 1 < f.size()) ++i;
                n = character(i);
                n.kind = NodeKind::Character;
                t.nodes.push_back(n);
            }
            continue;
        }
        if (f[i] == '\\' && i + 1 < f.size() && f[i + 1] == '"') ++i;
        t.nodes.push_back(character(i));
    }
    return t;
}

inline constexpr const char* kMonths[] = {"January", "February", "March", "April", "May", "June", "July",
                                          "August", "September", "October", "November", "December"};
inline constexpr const char* kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
inline constexpr const char* kRoman[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};

// Day number (since 1970-01-01) of the Monday of ISO week 1 of a year.
inline int64_t iso_year_start(int64_t year) {
    int64_t fourth = days_from_civil(year, 1, 4);
    return fourth - (weekday(fourth) + 6) % 7;
}
struct IsoDate { int64_t year; int week, day_of_year; };
inline IsoDate iso_date(int64_t days, int64_t year) {
    if (days >= iso_year_start(year + 1)) ++year;
    else if (days < iso_year_start(year)) --year;
    int64_t n = days - iso_year_start(year);
    return {year, int(n / 7 + 1), int(n + 1)};
}

// What to_char writes: a point in time, or an interval.
struct DateParts {
    int64_t year = 0, hour = 0, days = 0;  // year 0 is 1 BC
    int month = 0, day = 0, minute = 0, second = 0, micros = 0, day_of_year = 0;
    bool interval = false;
    const TimeZone* zone = nullptr;
    int32_t offset = 0;
    std::string_view zone_name;
};
inline DateParts date_parts(int64_t local) {
    Fields f = fields_of(local);
    DateParts p;
    p.year = f.year;
    p.month = f.month;
    p.day = f.day;
    p.hour = f.hour;
    p.minute = f.minute;
    p.second = int(f.second_micros / kSecond);
    p.micros = int(f.second_micros % kSecond);
    p.days = f.days;
    p.day_of_year = int(f.days - days_from_civil(f.year, 1, 1) + 1);
    return p;
}
inline DateParts interval_parts(const Interval& v) {
    DateParts p;
    p.interval = true;
    p.year = v.months / 12;
    p.month = v.months % 12;
    p.day = v.days;
    p.hour = v.micros / kHour;
    p.minute = int(v.micros / kMinute % 60);
    p.second = int(v.micros / kSecond % 60);
    p.micros = int(v.micros % kSecond);
    p.day_of_year = int((p.year * 12 + p.month) * 30 + p.day);
    p.days = days_from_civil(p.year, p.month, p.day);
    return p;
}

inline void append_ordinal(std::string& out, size_t from, bool lower) {
    char last = out.back(), before = out.size() - from > 1 ? out[out.size() - 2] : ' ';
    const char* s = before == '1' ? "TH" : last == '1' ? "ST" : last == '2' ? "ND" : last == '3' ? "RD" : "TH";
    for (; *s; ++s) out.push_back(lower ? ascii_lower(*s) : *s);
}

inline void append_date_template(std::string& out, const DateTemplate& t, const DateParts& p) {
    auto number = [&](int64_t v, int width) {
        if (v < 0) { out.push_back('-'); --width; }
        append_padded(out, v < 0 ? -v : v, width);
    };
    auto name = [&](const char* word, size_t size, const DateNode& n) {
        size_t from = out.size();
        std::string_view w(word);
        w = w.substr(0, std::min(size, w.size()));
        for (size_t k = 0; k < w.size(); ++k)
            out.push_back(n.letters == LetterCase::Upper ? ascii_upper(w[k]) : n.letters == LetterCase::Lower ? ascii_lower(w[k]) : w[k]);
        if (size > 8 && !n.fill && !n.local) out.append(from + 9 > out.size() ? from + 9 - out.size() : 0, ' ');
    };
    auto mark = [&](const char* word, const DateNode& n) {
        for (; *word; ++word) out.push_back(n.letters == LetterCase::Lower ? ascii_lower(*word) : *word);
    };
    auto no_interval = [&] {
        if (p.interval) throw ValueError{"22007", "invalid format specification for an interval value"};
    };
    int64_t year = p.interval || p.year > 0 ? p.year : 1 - p.year;
    auto iso_year = [&] {
        int64_t y = iso_date(p.days, p.year).year;
        return y > 0 || p.interval ? y : 1 - y;
    };
    for (auto& n : t.nodes) {
        if (n.kind != NodeKind::Field) { out += n.text; continue; }
        size_t from = out.size();
        auto two = [&](int64_t v) { number(v, n.fill ? 0 : v >= 0 ? 2 : 3); };
        bool numbered = true;
        switch (n.field) {
            case Field::AM: mark(p.hour % 24 >= 12 ? "PM" : "AM", n); numbered = false; break;
            case Field::AM_dots: mark(p.hour % 24 >= 12 ? "P.M." : "A.M.", n); numbered = false; break;
            case Field::AD: no_interval(); mark(p.year <= 0 ? "BC" : "AD", n); numbered = false; break;
            case Field::AD_dots: no_interval(); mark(p.year <= 0 ? "B.C." : "A.D.", n); numbered = false; break;
            case Field::HH12: two(p.hour % 12 == 0 ? 12 : p.hour % 12); break;
            case Field::HH24: two(p.hour); break;
            case Field::MI: two(p.minute); break;
            case Field::SS: two(p.second); break;
            case Field::MS: number(p.micros / 1000, 3); break;
            case Field::US: number(p.micros, 6); break;
            case Field::FF: {
                int64_t v = p.micros;
                for (int k = n.width; k < 6; ++k) v /= 10;
                number(v, n.width);
                break;
            }
            case Field::SSSS: number(p.hour * 3600 + p.minute * 60 + p.second, 0); break;
            case Field::TZ:
                no_interval();
                if (p.zone)
                    for (char c : p.zone_name) out.push_back(n.letters == LetterCase::Lower ? ascii_lower(c) : c);
                numbered = false;
                break;
            case Field::TZH:
                no_interval();
                out.push_back(p.offset < 0 ? '-' : '+');
                append_padded(out, std::abs(p.offset) / 3600, 2);
                break;
            case Field::TZM: no_interval(); append_padded(out, std::abs(p.offset) / 60 % 60, 2); break;
            case Field::OF:
                no_interval();
                out.push_back(p.offset < 0 ? '-' : '+');
                append_padded(out, std::abs(p.offset) / 3600, n.fill ? 0 : 2);
                if (std::abs(p.offset) / 60 % 60) {
                    out.push_back(':');
                    append_padded(out, std::abs(p.offset) / 60 % 60, 2);
                }
                numbered = false;
                break;
            case Field::MONTH: case Field::MON:
                no_interval();
                name(kMonths[p.month - 1], n.field == Field::MONTH ? 9 : 3, n);
                numbered = false;
                break;
            case Field::MM: two(p.month); break;
            case Field::DAY: case Field::DY:
                no_interval();
                name(kDays[weekday(p.days)], n.field == Field::DAY ? 9 : 3, n);
                numbered = false;
                break;
            case Field::DDD: number(p.day_of_year, n.fill ? 0 : 3); break;
            case Field::IDDD: number(iso_date(p.days, p.year).day_of_year, n.fill ? 0 : 3); break;
            case Field::DD: number(p.day, n.fill ? 0 : 2); break;
            case Field::D: no_interval(); number(weekday(p.days) + 1, 0); break;
            case Field::ID: no_interval(); number((weekday(p.days) + 6) % 7 + 1, 0); break;
            case Field::WW: number((p.day_of_year - 1) / 7 + 1, n.fill ? 0 : 2); break;
            case Field::IW: number(iso_date(p.days, p.year).week, n.fill ? 0 : 2); break;
            case Field::Q:
                if (!p.month) { numbered = false; break; }
                number((p.month - 1) / 3 + 1, 0);
                break;
            case Field::CC: {
                int64_t c = p.interval ? p.year / 100 : p.year > 0 ? (p.year - 1) / 100 + 1 : p.year / 100 - 1;
                number(c, c > 99 || c < -99 || n.fill ? 0 : c >= 0 ? 2 : 3);
                break;
            }
            case Field::Y_YYY:
                append_integer(out, year / 1000);
                out.push_back(',');
                append_padded(out, std::abs(year % 1000), 3);
                break;
            case Field::YYYY: case Field::IYYY: {
                int64_t y = n.field == Field::YYYY ? year : iso_year();
                number(y, n.fill ? 0 : y >= 0 || n.field == Field::IYYY ? 4 : 5);
                break;
            }
            case Field::YYY: case Field::IYY: {
                int64_t y = (n.field == Field::YYY ? year : iso_year()) % 1000;
                number(y, n.fill ? 0 : y >= 0 ? 3 : 4);
                break;
            }
            case Field::YY: case Field::IY: {
                int64_t y = (n.field == Field::YY ? year : iso_year()) % 100;
                number(y, n.fill ? 0 : y >= 0 ? 2 : 3);
                break;
            }
            case Field::Y: case Field::I: number((n.field == Field::Y ? year : iso_year()) % 10, 1); break;
            case Field::RM: {
                numbered = false;
                if (!p.month && !p.year) break;
                int m = p.month > 0 ? p.month : p.month == 0 ? (p.year >= 0 ? 12 : 0) : 13 + p.month;
                if (p.month == 0) m = 12;
                mark(kRoman[(m + 11) % 12], n);
                if (!n.fill && out.size() - from < 4) out.append(4 - (out.size() - from), ' ');
                break;
            }
            case Field::W: number((p.day - 1) / 7 + 1, 0); break;
            case Field::J: number(p.days + 2440588, 0); break;
        }
        if (n.ordinal && numbered && out.size() > from) append_ordinal(out, from, n.ordinal_lower);
    }
}

// The template of the current row, parsed anew only when it changes.
template <class Template, Template (*parse)(std::string_view)>
class TemplateCache {
  public:
    const Template& get(std::string_view text) {
        if (!known_ || text != text_) {
            value_ = parse(text);
            text_ = text;
            known_ = true;
        }
        return value_;
    }

  private:
    std::string text_;
    Template value_;
    bool known_ = false;
};
using DateTemplateCache = TemplateCache<DateTemplate, parse_date_template>;

SABOT_KERNEL(to_char_time) {
    DateTemplateCache cache;
    const Column& c = *args[0];
    const TimeZone* zone = output_settings(ctx).zone;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto f = args[1]->bytes(i);
        if (f.empty()) return false;
        auto& t = cache.get(f);
        if (c.kind == Kind::Interval) {
            append_date_template(out, t, interval_parts(c.value<Interval>(i)));
            return true;
        }
        int64_t v = c.value<int64_t>(i);
        if (!finite_time(v)) return false;
        if (c.kind == Kind::Timestamptz) {
            DateParts p = date_parts(zone->to_local(v));
            p.zone = zone;
            p.offset = zone->offset_at(v);
            p.zone_name = zone->abbreviation_at(v);
            append_date_template(out, t, p);
        } else {
            append_date_template(out, t, date_parts(v));
        }
        return true;
    });
}

}  // namespace sabot
