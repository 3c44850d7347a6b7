// to_date and to_timestamp: dates read by a template (see date_format.hpp).
#pragma once

#include "date_format.hpp"

namespace sabot {

// What the fields of one text said; unset fields are 0.
struct ReadFields {
    enum Mode : uint8_t { Unknown, Gregorian, Iso } mode = Unknown;
    int64_t hour = 0, minute = 0, second = 0, of_day = 0, millis = 0, micros = 0, weekday = 0, day = 0, day_of_year = 0,
            month = 0, year = 0, century = 0, julian = 0, week = 0, week_of_month = 0, year_digits = 0, zone_hour = 0,
            zone_minute = 0, quarter = 0;
    bool pm = false, bc = false, clock12 = false, zone = false, zone_negative = false;
};

class DateReader {
  public:
    DateReader(const DateTemplate& t, std::string_view s) : t_(t), s_(s) {}

    // The local time in microseconds and, if the text has one, the offset of its zone in seconds.
    int64_t read(std::optional<int32_t>& offset) {
        fields();
        return assemble(offset);
    }

  private:
    [[noreturn]] static void bad(std::string message) { throw ValueError{"22007", std::move(message)}; }
    [[noreturn]] void out_of_range() const {
        throw ValueError{"22008", "date/time field value out of range: \"" + std::string(s_) + "\""};
    }
    bool blank() const { return at_ < s_.size() && template_space(s_[at_]); }
    void character() { at_ = utf8_advance(s_, at_, 1); }

    void fields() {
        int64_t& extra = extra_;
        for (size_t k = 0; k < t_.nodes.size() && at_ < s_.size(); ++k) {
            const DateNode& n = t_.nodes[k];
            if (!t_.exact && (n.kind == NodeKind::Field || k == 0))
                for (; blank(); ++at_) ++extra;
            if (n.kind == NodeKind::Space || n.kind == NodeKind::Separator) {
                if (t_.exact) {
                    character();
                } else {
                    --extra;
                    if (blank() || (at_ < s_.size() && template_separator(s_[at_]))) { ++at_; ++extra; }
                }
                continue;
            }
            if (n.kind == NodeKind::Character) {
                if (t_.exact || extra <= 0) character();
                else --extra;
                continue;
            }
            k_ = k;
            field(n);
            if (!t_.exact)
                for (extra = 0; blank(); ++at_) ++extra;
        }
    }

    bool next_is_no_digit() const {
        const DateNode& n = t_.nodes[k_];
        if (n.ordinal) return true;
        if (k_ + 1 == t_.nodes.size()) return true;
        const DateNode& next = t_.nodes[k_ + 1];
        if (next.kind == NodeKind::Field) return !next.digits;
        return !(next.text.size() == 1 && std::isdigit(uint8_t(next.text[0])));
    }
    // A number of `width` digits, or of as many as there are when what follows can't be a digit. Returns how many
    // characters it took.
    int integer(int64_t& to, size_t width, const DateNode& n) {
        while (blank()) ++at_;
        size_t from = at_;
        std::string copy(s_.substr(at_, width));
        auto refused = [&] {  // with no character cut
            size_t end = from + copy.size();
            while (end < s_.size() && (uint8_t(s_[end]) & 0xc0) == 0x80) ++end;
            bad("invalid value \"" + std::string(s_.substr(from, end - from)) + "\" for \"" + n.text + "\"");
        };
        auto parse = [&](std::string_view text, size_t& used) {
            size_t i = 0;
            while (i < text.size() && template_space(text[i])) ++i;
            bool minus = i < text.size() && text[i] == '-';
            if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
            size_t digits = i;
            int64_t v = 0;
            for (; i < text.size() && std::isdigit(uint8_t(text[i])); ++i) v = std::min<int64_t>(v * 10 + (text[i] - '0'), INT64_MAX / 100);
            used = i == digits ? 0 : i;
            return minus ? -v : v;
        };
        int64_t v;
        size_t used = 0;
        if (n.fill || next_is_no_digit()) {
            v = parse(s_.substr(at_), used);
            at_ += used;
        } else {
            if (copy.size() < width) bad("source string too short for \"" + n.text + "\" formatting field");
            v = parse(copy, used);
            if (used > 0 && used < width) refused();
            at_ += used;
        }
        if (at_ == from) refused();
        if (v < INT32_MIN || v > INT32_MAX)
            throw ValueError{"22008", "value for \"" + n.text + "\" in source string is out of range"};
        set(to, v, n);
        return int(at_ - from);
    }
    static void set(int64_t& to, int64_t v, const DateNode& n) {
        if (to != 0 && to != v) bad("conflicting values for \"" + n.text + "\" field in formatting string");
        to = v;
    }
    // Index of the entry (in any case) that the text starts with.
    int word(const std::vector<std::string>& words, const DateNode& n) {
        for (size_t w = 0; w < words.size(); ++w) {
            auto have = s_.substr(at_, words[w].size());
            bool same = have.size() == words[w].size();
            for (size_t k = 0; same && k < have.size(); ++k) same = ascii_lower(have[k]) == ascii_lower(words[w][k]);
            if (!same) continue;
            at_ += have.size();
            return int(w);
        }
        size_t end = at_;
        while (end < s_.size() && !template_space(s_[end])) ++end;
        bad("invalid value \"" + std::string(s_.substr(at_, end - at_)) + "\" for \"" + n.text + "\"");
    }
    int name(const char* const* names, int count, bool abbreviated, const DateNode& n) {
        std::vector<std::string> words;
        for (int k = 0; k < count; ++k) words.emplace_back(abbreviated ? std::string(names[k], 3) : names[k]);
        return word(words, n);
    }

    void field(const DateNode& n) {
        auto& r = r_;
        switch (n.field) {
            case Field::DDD: case Field::DD: case Field::D: case Field::DAY: case Field::DY: case Field::MM:
            case Field::MONTH: case Field::MON: case Field::RM: case Field::WW: case Field::W: case Field::Y:
            case Field::YY: case Field::YYY: case Field::YYYY: case Field::Y_YYY: case Field::CC: case Field::J:
                if (n.field != Field::J) mode(ReadFields::Gregorian);
                break;
            case Field::I: case Field::IY: case Field::IYY: case Field::IYYY: case Field::ID: case Field::IDDD: case Field::IW:
                mode(ReadFields::Iso);
                break;
            default: break;
        }
        bool suffix = true;
        switch (n.field) {
            case Field::AM: case Field::AM_dots: {
                int w = n.field == Field::AM ? word({"am", "pm"}, n) : word({"a.m.", "p.m."}, n);
                r.pm = w == 1;
                r.clock12 = true;
                suffix = false;
                break;
            }
            case Field::AD: r.bc = word({"ad", "bc"}, n) == 1; suffix = false; break;
            case Field::AD_dots: r.bc = word({"a.d.", "b.c."}, n) == 1; suffix = false; break;
            case Field::HH12: integer(r.hour, 2, n); r.clock12 = true; break;
            case Field::HH24: integer(r.hour, 2, n); break;
            case Field::MI: integer(r.minute, 2, n); break;
            case Field::SS: integer(r.second, 2, n); break;
            case Field::MS: {
                int64_t v = 0;
                int used = integer(v, 3, n);
                set(r.millis, v * (used == 1 ? 100 : used == 2 ? 10 : 1), n);
                break;
            }
            case Field::US: case Field::FF: {
                int64_t v = 0;
                int used = integer(v, n.field == Field::US ? 6 : size_t(n.width), n);
                for (; used < 6; ++used) v *= 10;
                set(r.micros, v, n);
                break;
            }
            case Field::SSSS: integer(r.of_day, n.text.size(), n); break;
            case Field::TZ: case Field::OF:
                throw ValueError{"0A000", "formatting field \"" + n.text + "\" is only supported in to_char"};
            case Field::TZH:
                if (at_ < s_.size() && (s_[at_] == '+' || s_[at_] == '-' || s_[at_] == ' ')) {
                    r.zone_negative = s_[at_] == '-';
                    ++at_;
                } else {  // the sign may have been taken for a separator
                    r.zone_negative = extra_ > 0 && at_ > 0 && s_[at_ - 1] == '-';
                }
                r.zone = true;
                integer(r.zone_hour, 2, n);
                break;
            case Field::TZM: r.zone = true; integer(r.zone_minute, 2, n); break;
            case Field::MONTH: set(r.month, name(kMonths, 12, false, n) + 1, n); suffix = false; break;
            case Field::MON: set(r.month, name(kMonths, 12, true, n) + 1, n); suffix = false; break;
            case Field::MM: integer(r.month, 2, n); break;
            case Field::DAY: set(r.weekday, name(kDays, 7, false, n) + 1, n); suffix = false; break;
            case Field::DY: set(r.weekday, name(kDays, 7, true, n) + 1, n); suffix = false; break;
            case Field::DDD: integer(r.day_of_year, 3, n); break;
            case Field::IDDD: integer(r.day_of_year, 4, n); break;
            case Field::DD: integer(r.day, 2, n); break;
            case Field::D: integer(r.weekday, 1, n); break;
            case Field::ID: {
                int64_t v = 0;
                integer(v, 1, n);
                set(r.weekday, v % 7 + 1, n);
                break;
            }
            case Field::WW: case Field::IW: integer(r.week, 2, n); break;
            case Field::W: integer(r.week_of_month, 1, n); break;
            case Field::Q: {
                int64_t ignored = 0;
                integer(ignored, 1, n);
                break;
            }
            case Field::CC: integer(r.century, 2, n); break;
            case Field::Y_YYY: {
                size_t comma = at_;
                while (comma < s_.size() && std::isdigit(uint8_t(s_[comma]))) ++comma;
                size_t end = comma + 1;
                while (end < s_.size() && end < comma + 4 && std::isdigit(uint8_t(s_[end]))) ++end;
                if (comma == at_ || comma >= s_.size() || s_[comma] != ',' || end == comma + 1)
                    bad("invalid input string for \"Y,YYY\"");
                int64_t thousands = std::stoll(std::string(s_.substr(at_, std::min<size_t>(comma - at_, 9))));
                set(r.year, thousands * 1000 + std::stoll(std::string(s_.substr(comma + 1, end - comma - 1))), n);
                r.year_digits = 4;
                at_ = end;
                break;
            }
            case Field::YYYY: case Field::IYYY: integer(r.year, 4, n); r.year_digits = 4; break;
            case Field::YYY: case Field::IYY: partial_year(3, n); break;
            case Field::YY: case Field::IY: partial_year(2, n); break;
            case Field::Y: case Field::I: partial_year(1, n); break;
            case Field::RM: {
                std::vector<std::string> words;
                std::vector<int> months;
                for (int m : {8, 7, 3, 12, 2, 6, 4, 9, 11, 1, 5, 10}) {  // longer ones first
                    words.emplace_back(kRoman[m - 1]);
                    months.push_back(m);
                }
                set(r.month, months[size_t(word(words, n))], n);
                suffix = false;
                break;
            }
            case Field::J: integer(r.julian, 7, n); break;
        }
        if (suffix && n.ordinal)
            for (int k = 0; k < 2 && at_ < s_.size(); ++k) character();
    }
    void mode(ReadFields::Mode m) {
        if (r_.mode != ReadFields::Unknown && r_.mode != m) bad("invalid combination of date conventions");
        r_.mode = m;
    }
    void partial_year(size_t width, const DateNode& n) {
        int64_t v = 0;
        int used = integer(v, width, n);
        if (used < 4) {  // the year nearest to 2020
            if (v < 70) v += 2000;
            else if (v < 100) v += 1900;
            else if (v < 520) v += 2000;
            else if (v < 1000) v += 1000;
        }
        set(r_.year, v, n);
        r_.year_digits = int64_t(width);
    }

    int64_t assemble(std::optional<int32_t>& offset) {
        auto& r = r_;
        int64_t hour = 0, minute = 0, second = 0, year = 0, month = 1, day = 1;
        bool dated = false;
        if (r.of_day) {
            hour = r.of_day / 3600;
            minute = r.of_day / 60 % 60;
            second = r.of_day % 60;
        }
        if (r.second) second = r.second;
        if (r.minute) minute = r.minute;
        if (r.hour) hour = r.hour;
        if (r.clock12) {
            if (hour < 1 || hour > 12) bad("hour \"" + std::to_string(hour) + "\" is invalid for the 12-hour clock");
            if (r.pm && hour < 12) hour += 12;
            else if (!r.pm && hour == 12) hour = 0;
        }
        if (r.year) {
            if (r.century && r.year_digits <= 2) {
                if (r.bc) r.century = -r.century;
                year = r.year % 100;
                if (year) year = r.century >= 0 ? year + (r.century - 1) * 100 : (r.century + 1) * 100 - year + 1;
                else year = r.century * 100 + (r.century >= 0 ? 0 : 1);
            } else {
                year = r.bc ? -r.year : r.year;
                if (year < 0) ++year;
            }
            dated = true;
        } else if (r.century) {
            if (r.bc) r.century = -r.century;
            year = r.century >= 0 ? (r.century - 1) * 100 + 1 : r.century * 100 + 1;
            dated = true;
        }
        auto from_days = [&](int64_t days) {
            Civil c = civil_from_days(days);
            year = c.year;
            month = c.month;
            day = c.day;
            dated = true;
        };
        if (r.julian) {
            if (r.julian < 0 || r.julian > 2147483493ll) out_of_range();
            from_days(r.julian - 2440588);
        }
        if (r.week) {
            if (r.mode == ReadFields::Iso) {
                int64_t in_week = r.weekday ? (r.weekday > 1 ? r.weekday - 2 : 6) : 0;
                from_days(iso_year_start(year) + (r.week - 1) * 7 + in_week);
            } else {
                r.day_of_year = (r.week - 1) * 7 + 1;
            }
        }
        if (r.week_of_month) r.day = (r.week_of_month - 1) * 7 + 1;
        if (r.day) { day = r.day; dated = true; }
        if (r.month) { month = r.month; dated = true; }
        if (r.day_of_year && (month <= 1 || day <= 1)) {
            if (!year && !r.bc) bad("cannot calculate day of year without year information");
            if (r.mode == ReadFields::Iso) {
                from_days(iso_year_start(year) + r.day_of_year - 1);
            } else {
                int m = 1;
                int64_t d = r.day_of_year;
                while (m < 12 && d > days_in_month(year, m)) d -= days_in_month(year, m++);
                if (month <= 1) month = m;
                if (day <= 1) day = d;
                dated = true;
            }
        }
        int64_t micros = r.millis * 1000 + r.micros;
        if (dated && (month < 1 || month > 12 || day < 1 || day > 31 || day > days_in_month(year, int(month)))) out_of_range();
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || micros < 0 || micros >= kSecond)
            out_of_range();
        if (r.zone) {
            if (r.zone_hour > 15 || r.zone_minute > 59) out_of_range();
            int32_t seconds = int32_t((r.zone_hour * 60 + r.zone_minute) * 60);
            offset = r.zone_negative ? -seconds : seconds;
        }
        int64_t days = days_from_civil(year, int(month), int(day));
        if (days < kMinDay || days > kMaxDateDay) throw ValueError{"22008", "date out of range: \"" + std::string(s_) + "\""};
        i128 at = i128(days) * kDay + hour * kHour + minute * kMinute + second * kSecond + micros;
        if (at > i128(INT64_MAX) || at < i128(INT64_MIN)) timestamp_out_of_range();
        return int64_t(at);
    }

    const DateTemplate& t_;
    std::string_view s_;
    size_t at_ = 0, k_ = 0;
    int64_t extra_ = 0;  // characters skipped beyond those of the template
    ReadFields r_;
};

SABOT_KERNEL(to_date) {
    DateTemplateCache cache;
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        std::optional<int32_t> offset;
        int64_t at = DateReader(cache.get(args[1]->bytes(i)), args[0]->bytes(i)).read(offset);
        return checked_date(floor_div(at, kDay));
    });
}
SABOT_KERNEL(to_timestamp) {
    DateTemplateCache cache;
    const TimeZone* zone = output_settings(ctx).zone;
    return map_value<int64_t>(args, o, ctx, [&](int64_t i) {
        std::optional<int32_t> offset;
        int64_t at = DateReader(cache.get(args[1]->bytes(i)), args[0]->bytes(i)).read(offset);
        int64_t utc = offset ? checked_timestamp(i128(at) - *offset * kSecond) : zone->to_utc(at);
        return checked_timestamp(utc);
    });
}

}  // namespace sabot
