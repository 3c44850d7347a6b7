// Text -> date, time, timestamp in the forms PostgreSQL reads; DateStyle orders ambiguous days and months.
#pragma once

#include <charconv>

#include "styles.hpp"
#include "timezone.hpp"

namespace sabot {

// What input may refer to: the session's zone, the statement's time, the order of days and months.
struct InputSettings {
    const TimeZone* zone = &utc_zone();
    int64_t now = 0;
    Styles styles;
};

namespace detail {

inline std::string quoted_input(const char* what, const char* type, std::string_view text) {
    return std::string(what) + (type ? std::string(" for type ") + type : "") + ": \"" + std::string(text) + "\"";
}
[[noreturn]] inline void bad_datetime(const char* type, std::string_view text) {
    throw ValueError{"22007", quoted_input("invalid input syntax", type, text)};
}
[[noreturn]] inline void field_overflow(std::string_view text) {
    throw ValueError{"22008", quoted_input("date/time field value out of range", nullptr, text)};
}

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

inline int month_of(std::string_view w) {
    static constexpr const char* names[] = {"january", "february", "march", "april", "may", "june", "july",
        "august", "september", "october", "november", "december"};
    for (int i = 0; i < 12; ++i)
        if (w == names[i] || w == std::string_view(names[i], 3) || (i == 8 && w == "sept")) return i + 1;
    return 0;
}
inline bool is_weekday_name(std::string_view w) {
    for (const char* n : {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sun", "mon",
             "tue", "tues", "wed", "weds", "thu", "thur", "thurs", "fri", "sat"})
        if (w == n) return true;
    return false;
}
// ".25" -> 250000, rounded to the microsecond; moves past the digits.
inline int64_t fraction_micros(const char*& p, const char* end) {
    double scale = 0.1, value = 0;
    int64_t exact = 0;
    int digits = 0;
    for (; p < end && is_digit(*p); ++p, ++digits) {
        if (digits < 6) exact = exact * 10 + (*p - '0');
        else if (digits < 18) value += (*p - '0') * (scale *= digits == 6 ? 1 : 0.1);
    }
    for (int i = digits; i < 6; ++i) exact *= 10;
    return exact + int64_t(std::rint(value));
}

// A date and time as read, before it has a meaning.
struct ReadTime {
    enum Special { None, Now, Today, Tomorrow, Yesterday, Epoch, Infinity, NegInfinity } special = None;
    bool has_date = false, has_time = false, has_offset = false;
    int64_t year = 0;
    int month = 0, day = 0;
    int64_t micros = 0;     // of the day
    int32_t offset = 0;     // seconds east
    const TimeZone* zone = nullptr;
};

class TimeReader {
  public:
    TimeReader(std::string_view text, const char* type, DateOrder order)
        : text_(text), type_(type), order_(order), p_(text.data()), end_(p_ + text.size()) {}

    ReadTime read() {
        if (fast_iso()) return out_;
        while (skip()) token();
        finish();
        return out_;
    }

  private:
    [[noreturn]] void bad() const { bad_datetime(type_, text_); }
    // Blanks and punctuation between the parts say nothing, but for a point or a sign at the front of a number.
    static bool separates(char c) { return is_blank(c) || (std::ispunct(uint8_t(c)) && !std::strchr(".+-", c)); }
    bool skip() {
        while (p_ < end_ && separates(*p_)) ++p_;
        return p_ < end_;
    }
    int64_t number(int max_digits = 18) {
        int64_t v = 0;
        int n = 0;
        for (; p_ < end_ && is_digit(*p_); ++p_)
            if (++n > max_digits) bad();
            else v = v * 10 + (*p_ - '0');
        if (n == 0) bad();
        return v;
    }

    // YYYY-MM-DD[ HH:MM:SS[.f]] alone, the form of most data.
    bool fast_iso() {
        const char* s = p_;
        size_t n = size_t(end_ - p_);
        auto two = [&](int at, int& v) {
            if (!is_digit(s[at]) || !is_digit(s[at + 1])) return false;
            v = (s[at] - '0') * 10 + (s[at + 1] - '0');
            return true;
        };
        int century, year, month, day, hour, minute, second;
        if (n != 10 && n < 19) return false;
        if (!two(0, century) || !two(2, year) || s[4] != '-' || !two(5, month) || s[7] != '-' || !two(8, day)) return false;
        year += century * 100;
        if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
        int64_t micros = 0;
        if (n > 10) {
            if ((s[10] != ' ' && s[10] != 'T') || !two(11, hour) || s[13] != ':' || !two(14, minute) || s[16] != ':' ||
                !two(17, second) || hour > 23 || minute > 59 || second > 59)
                return false;
            micros = (hour * 60ll + minute) * kMinute + second * kSecond;
            if (n > 19) {
                if (s[19] != '.' || n > 26) return false;
                int64_t f = 0, scale = 100000;
                for (size_t i = 20; i < n; ++i, scale /= 10) {
                    if (!is_digit(s[i])) return false;
                    f += (s[i] - '0') * scale;
                }
                micros += f;
            }
            out_.has_time = true;
        }
        out_.has_date = true;
        out_.year = year;
        out_.month = month;
        out_.day = day;
        out_.micros = micros;
        return true;
    }

    void token() {
        char c = *p_;
        if (is_digit(c)) {
            const char* q = p_;
            while (q < end_ && is_digit(*q)) ++q;
            if (q < end_ && *q == ':') return time();
            if (q < end_ && (*q == '-' || *q == '/' || *q == '.') && !after_t_) {
                if (*q == '.' && dated_number() && q + 1 < end_ && is_digit(q[1]) && (q - p_ == 6)) return compact_time();
                return date();
            }
            return plain_number(q);
        }
        if (is_letter(c)) return word();
        if (c == '+' || c == '-') {
            if (c == '-' || c == '+') {
                const char* q = p_ + 1;
                while (q < end_ && is_blank(*q)) ++q;
                if (q < end_ && is_letter(*q)) {
                    bool minus = c == '-';
                    p_ = q;
                    std::string w = letters();
                    if (w != "infinity" && w != "inf") bad();
                    out_.special = minus ? ReadTime::NegInfinity : ReadTime::Infinity;
                    return;
                }
            }
            return offset();
        }
        bad();
    }
    bool dated_number() const { return month_ != 0 || has_ymd_; }

    void time() {
        if (out_.has_time) bad();
        int64_t h = number(9), m = 0, micros = 0;
        if (p_ >= end_ || *p_ != ':') bad();
        ++p_;
        m = number(2);
        int64_t s = 0;
        if (p_ < end_ && *p_ == ':') {
            ++p_;
            s = number(2);
        } else if (p_ < end_ && *p_ == '.') {  // minutes and seconds
            s = m;
            m = h;
            h = 0;
        }
        if (p_ < end_ && *p_ == '.') {
            ++p_;
            micros = fraction_micros(p_, end_);
        }
        set_time(h, m, s, micros);
    }
    void compact_time() {  // HHMMSS[.f]
        int64_t v = number(6);
        int64_t micros = 0;
        if (p_ < end_ && *p_ == '.') {
            ++p_;
            micros = fraction_micros(p_, end_);
        }
        set_time(v / 10000, v / 100 % 100, v % 100, micros);
    }
    void set_time(int64_t h, int64_t m, int64_t s, int64_t micros) {
        if (out_.has_time) bad();
        if (m > 59 || s > 60 || h > 24 || (h * 60 + m) * kMinute + s * kSecond + micros > kDay) field_overflow(text_);
        out_.has_time = true;
        hour_ = h;
        out_.micros = (h * 60 + m) * kMinute + s * kSecond + micros;
        after_t_ = false;
    }

    // Number or month name with separators between.
    void date() {
        struct Part { int64_t value; int digits; int month; } parts[3];
        int n = 0;
        char separator = 0;
        for (;;) {
            if (n == 3) bad();
            if (p_ < end_ && is_digit(*p_)) {
                const char* from = p_;
                int64_t v = number(9);
                parts[n++] = {v, int(p_ - from), 0};
            } else if (p_ < end_ && is_letter(*p_)) {
                int m = month_of(letters());
                if (!m || (p_ < end_ && is_digit(*p_))) bad();
                parts[n++] = {0, 0, m};
            } else {
                bad();
            }
            if (n == 3 || p_ >= end_ || (*p_ != '-' && *p_ != '/' && *p_ != '.')) break;
            if (separator && *p_ != separator) bad();
            separator = *p_++;
        }
        if (has_ymd_) bad();
        if (separator && p_ < end_ && *p_ == separator) {
            if (parts[1].value > 99) field_overflow(text_);
            bad();
        }
        if (n == 2 && parts[0].digits >= 3 && parts[1].digits == 3) {  // year and day of the year
            set_day_of_year(parts[0].value, parts[1].value);
            return;
        }
        if (n == 2 && month_ == 0 && (parts[0].month || parts[1].month)) {  // Jan-08, with a year elsewhere
            month_ = parts[0].month ? parts[0].month : parts[1].month;
            add_number(parts[0].month ? parts[1].value : parts[0].value, parts[0].month ? parts[1].digits : parts[0].digits);
            return;
        }
        if (n != 3) bad();
        int named = parts[0].month ? 0 : parts[1].month ? 1 : parts[2].month ? 2 : -1;
        if (named >= 0) {
            Part a = parts[named == 0 ? 1 : 0], b = parts[named == 2 ? 1 : 2];
            if (a.month || b.month) bad();
            set_named(a.value, a.digits, parts[named].month, b.value, b.digits);
        } else if (month_ || pending_ || parts[1].digits > 2 || (parts[0].digits > 2 && parts[2].digits > 2)) {
            bad();
        } else {
            set_three(parts[0].value, parts[0].digits, parts[1].value, parts[2].value, parts[2].digits);
        }
    }
    // Two numbers beside the name of a month.
    void set_named(int64_t a, int a_digits, int month, int64_t b, int b_digits) {
        bool year_first = a_digits >= 3 || (order_ == DateOrder::Ymd && b_digits < 3);
        if (year_first) set_ymd(a, a_digits, month, b);
        else set_ymd(b, b_digits, month, a);
    }
    // Three numbers: a long one at the front is the year.
    void set_three(int64_t a, int a_digits, int64_t b, int64_t c, int c_digits) {
        if (a_digits >= 3 || order_ == DateOrder::Ymd) set_ymd(a, a_digits, b, c);
        else if (order_ == DateOrder::Dmy) set_ymd(c, c_digits, b, a);
        else set_ymd(c, c_digits, a, b);
    }
    void set_ymd(int64_t year, int digits, int64_t month, int64_t day) {
        has_ymd_ = true;
        year_ = year;
        year_digits_ = digits;
        month_ = int(std::min<int64_t>(month, 100));
        day_ = int(std::min<int64_t>(day, 100));
    }
    void set_day_of_year(int64_t year, int64_t day) {
        if (day < 1 || day > 365 + leap_year(year)) field_overflow(text_);
        Civil c = civil_from_days(days_from_civil(year, 1, 1) + day - 1);
        set_ymd(c.year, 4, c.month, c.day);
    }
    void plain_number(const char* q) {
        int digits = int(q - p_);
        if (after_t_ || (dated_number() && has_ymd_ && !out_.has_time && (digits == 6 || digits == 4))) {
            if (digits == 6) return compact_time();
            if (digits == 4) {
                int64_t v = number(4);
                return set_time(v / 100, v % 100, 0, 0);
            }
            if (after_t_ && digits == 2) {
                return set_time(number(2), 0, 0, 0);
            }
            bad();
        }
        if (!has_ymd_ && month_ == 0 && pending_ == 0 && (digits == 8 || digits == 6)) {
            int64_t v = number(8);
            set_ymd(v / 10000, digits - 4, v / 100 % 100, v % 100);
            return;
        }
        if ((digits == 7 || digits > 8) && std::string_view(type_) != "time") field_overflow(text_);
        int64_t v = number(9);
        add_number(v, digits);
    }
    // A number that stands alone: day, year or hour before am/pm.
    void add_number(int64_t v, int digits) {
        const char* q = p_;
        while (q < end_ && is_blank(*q)) ++q;
        if (has_ymd_ && end_ - q >= 2 && (q[1] == 'm' || q[1] == 'M') && std::strchr("aApP", *q)) return set_time(v, 0, 0, 0);
        if (pending_ >= 3) bad();
        numbers_[pending_] = v;
        digits_[pending_++] = digits;
    }
    void offset() {
        if (out_.has_offset || out_.zone) bad();
        int sign = *p_++ == '-' ? -1 : 1;
        const char* from = p_;
        while (p_ - from < 9 && p_ < end_ && is_digit(*p_)) ++p_;
        std::string_view read(from, size_t(p_ - from));
        while (p_ < end_ && is_digit(*p_)) ++p_;
        int digits = int(p_ - from);
        int64_t h = 0, m = 0, s = 0;
        if (digits == 0) bad();
        if (digits > int(read.size())) h = 1000000;  // whatever it is, too much
        else std::from_chars(read.data(), read.data() + read.size(), h);
        if (p_ < end_ && *p_ == '.') {
            if (h <= 15) bad();
        } else if (p_ < end_ && *p_ == ':') {
            ++p_;
            m = number(2);
            if (p_ < end_ && *p_ == ':') {
                ++p_;
                s = number(2);
            }
        } else if (digits > 2) {
            if (digits == 6) { s = h % 100; h /= 100; }
            m = h % 100;
            h /= 100;
        }
        if (h > 15 || m > 59 || s > 59)
            throw ValueError{"22009", quoted_input("time zone displacement out of range", nullptr, text_)};
        out_.has_offset = true;
        out_.offset = int32_t(sign * (h * 3600 + m * 60 + s));
    }
    std::string letters() {
        const char* from = p_;
        while (p_ < end_ && is_letter(*p_)) ++p_;
        return lower_ascii({from, size_t(p_ - from)});
    }
    void word() {
        const char* from = p_;
        std::string w = letters();
        if (w == "t" && p_ < end_ && (is_digit(*p_) || *p_ == ':')) {
            if (!has_ymd_) bad();
            after_t_ = true;
            return;
        }
        if (w == "j" && p_ < end_ && is_digit(*p_)) {
            Civil c = civil_from_days(number(9) - 2440588);
            if (has_ymd_) bad();
            exact_ = true;  // the year may be 0 or before
            return set_ymd(c.year, 4, c.month, c.day);
        }
        if (int m = month_of(w)) {
            if (p_ < end_ && (*p_ == '-' || *p_ == '/' || *p_ == '.') && p_ + 1 < end_ && is_digit(p_[1])) {
                p_ = from;
                return date();
            }
            if (month_) bad();
            month_ = m;
            return;
        }
        if (is_weekday_name(w)) {
            if (p_ < end_ && *p_ == '.') ++p_;
            return;
        }
        if (w == "bc" || w == "ad") { bc_ = w == "bc"; era_ = true; return; }
        if (w == "am" || w == "pm") {
            if (!out_.has_time || hour_ > 12) field_overflow(text_);
            if (w == "am" && hour_ == 12) out_.micros -= 12 * kHour;
            if (w == "pm" && hour_ != 12) out_.micros += 12 * kHour;
            return;
        }
        auto special = [&](ReadTime::Special s) { if (out_.special) bad(); out_.special = s; };
        if (w == "now") return special(ReadTime::Now);
        if (w == "today") return special(ReadTime::Today);
        if (w == "tomorrow") return special(ReadTime::Tomorrow);
        if (w == "yesterday") return special(ReadTime::Yesterday);
        if (w == "epoch") return special(ReadTime::Epoch);
        if (w == "infinity" || w == "inf") return special(ReadTime::Infinity);
        if (w == "allballs") { set_time(0, 0, 0, 0); out_.has_offset = true; return; }
        if (w == "at" || w == "on") return;
        // A zone: its name may hold / _ - + and digits.
        while (p_ < end_ && (is_letter(*p_) || is_digit(*p_) || std::strchr("/_-+", *p_))) ++p_;
        std::string name(from, size_t(p_ - from));
        if (out_.zone || out_.has_offset) bad();
        if (auto fixed = abbreviation_offset(name)) {
            out_.has_offset = true;
            out_.offset = *fixed;
            return;
        }
        out_.zone = find_zone(name);
        if (!out_.zone) {
            if (name.find('/') != std::string::npos)
                throw ValueError{"22023", "time zone \"" + lower_ascii(name) + "\" not recognized"};
            bad();
        }
    }

    // Fewer than three numbers: a month, day or year that can't be is told before what is missing.
    [[noreturn]] void incomplete() const {
        if (std::string_view(type_) == "time") bad();
        bool year_first = digits_[0] > 2 || order_ == DateOrder::Ymd;
        if (year_first && digits_[0] > 2 && numbers_[0] == 0) field_overflow(text_);
        if (!year_first && (numbers_[0] < 1 || numbers_[0] > (order_ == DateOrder::Dmy ? 31 : 12))) field_overflow(text_);
        bool month = year_first || order_ == DateOrder::Dmy;
        if (pending_ > 1 && (numbers_[1] < 1 || numbers_[1] > (month ? 12 : 31))) field_overflow(text_);
        bad();
    }

    void finish() {
        if (after_t_) bad();
        if (!has_ymd_ && (month_ || pending_)) {
            if (month_) {
                if (pending_ != 2) bad();
                set_named(numbers_[0], digits_[0], month_, numbers_[1], digits_[1]);
            } else {
                if (pending_ != 3) incomplete();
                set_three(numbers_[0], digits_[0], numbers_[1], numbers_[2], digits_[2]);
            }
        } else if (pending_) {
            bad();
        }
        if (out_.special) {
            if (has_ymd_) bad();
            return;
        }
        if (!has_ymd_) return;
        if (bc_) {
            if (year_ <= 0) field_overflow(text_);
            year_ = 1 - year_;
        } else if (year_digits_ <= 2 && !era_) {
            year_ += year_ < 70 ? 2000 : year_ < 100 ? 1900 : 0;
        } else if (year_ <= 0 && !exact_) {
            field_overflow(text_);
        }
        if (month_ < 1 || month_ > 12 || day_ < 1 || day_ > 31 || year_ > 10000000) field_overflow(text_);
        if (day_ > days_in_month(year_, month_)) field_overflow(text_);
        out_.has_date = true;
        out_.year = year_;
        out_.month = month_;
        out_.day = day_;
    }

    std::string_view text_;
    const char* type_;
    DateOrder order_;
    const char* p_;
    const char* end_;
    ReadTime out_;
    bool has_ymd_ = false, after_t_ = false, bc_ = false, era_ = false, exact_ = false;
    int64_t year_ = 0, numbers_[3] = {}, hour_ = 0;
    int year_digits_ = 0, month_ = 0, day_ = 0, pending_ = 0, digits_[3] = {};
};

}  // namespace detail

inline int64_t local_midnight(const InputSettings& s, int days) {
    return (floor_div(s.zone->to_local(s.now), kDay) + days) * kDay;
}

// timestamp (local = true) or timestamptz; date words refer to `s`.
inline int64_t timestamp_from_text(std::string_view text, const InputSettings& s, bool with_zone) {
    using detail::ReadTime;
    const char* type = with_zone ? "timestamp with time zone" : "timestamp";
    ReadTime r = detail::TimeReader(text, type, s.styles.date_order).read();
    int64_t local;
    switch (r.special) {
        case ReadTime::Infinity: return kTimeInfinity;
        case ReadTime::NegInfinity: return kTimeNegInfinity;
        case ReadTime::Epoch: return 0;
        case ReadTime::Now: return with_zone ? s.now : s.zone->to_local(s.now);
        case ReadTime::Today: local = local_midnight(s, 0) + r.micros; break;
        case ReadTime::Tomorrow: local = local_midnight(s, 1) + r.micros; break;
        case ReadTime::Yesterday: local = local_midnight(s, -1) + r.micros; break;
        default: {
            if (!r.has_date) detail::bad_datetime(type, text);
            i128 t = i128(days_from_civil(r.year, r.month, r.day)) * kDay + r.micros;
            if (!timestamp_in_range(t)) throw ValueError{"22008", detail::quoted_input("timestamp out of range", nullptr, text)};
            local = int64_t(t);
        }
    }
    if (!with_zone) return local;
    if (r.has_offset) return checked_timestamp(i128(local) - r.offset * kSecond);
    return (r.zone ? r.zone : s.zone)->to_utc(local);
}
inline int32_t date_from_text(std::string_view text, const InputSettings& s) {
    using detail::ReadTime;
    ReadTime r = detail::TimeReader(text, "date", s.styles.date_order).read();
    switch (r.special) {
        case ReadTime::Infinity: return kDateInfinity;
        case ReadTime::NegInfinity: return kDateNegInfinity;
        case ReadTime::Epoch: return 0;
        case ReadTime::Now: case ReadTime::Today: return int32_t(local_midnight(s, 0) / kDay);
        case ReadTime::Tomorrow: return int32_t(local_midnight(s, 1) / kDay);
        case ReadTime::Yesterday: return int32_t(local_midnight(s, -1) / kDay);
        default: break;
    }
    if (!r.has_date) detail::bad_datetime("date", text);
    int64_t days = days_from_civil(r.year, r.month, r.day);
    if (!date_in_range(days)) throw ValueError{"22008", detail::quoted_input("date out of range", nullptr, text)};
    return int32_t(days);
}
inline int64_t time_from_text(std::string_view text, const InputSettings& s) {
    using detail::ReadTime;
    // Without a date, bare digits are a time: 0405, 040506.7, T10:00.
    auto body = text;
    while (!body.empty() && detail::is_blank(body.front())) body.remove_prefix(1);
    size_t digits = 0;
    while (digits < body.size() && detail::is_digit(body[digits])) ++digits;
    bool compact = (digits == 4 || digits == 6) && (digits == body.size() || body[digits] == '.' || body[digits] == ' ');
    std::string dated;
    if (compact) dated = "2000-01-01 " + std::string(body);
    else if (body.size() > 1 && (body[0] == 'T' || body[0] == 't') && detail::is_digit(body[1])) dated = body.substr(1);
    ReadTime r = detail::TimeReader(dated.empty() ? text : std::string_view(dated), "time", s.styles.date_order).read();
    if (r.special == ReadTime::Now) return floor_mod(s.zone->to_local(s.now), kDay);
    bool day = r.has_date && !compact;  // which a zone whose offset changes needs
    if (r.special || !r.has_time || (r.zone && !r.zone->is_fixed() && !day)) detail::bad_datetime("time", text);
    return r.micros;
}

}  // namespace sabot
