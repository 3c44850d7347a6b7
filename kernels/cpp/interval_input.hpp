// Text -> interval: '1 day 02:03', '1-2', '3 4:05:06', '@ 1 hour ago', ISO 8601 'P1DT2H'.
#pragma once

#include "datetime_input.hpp"

namespace sabot {

enum class IntervalUnit { None, Micro, Milli, Second, Minute, Hour, Day, Week, Month, Year, Decade, Century, Millennium };

namespace detail {

inline IntervalUnit interval_unit(std::string_view w) {
    struct Name { const char* name; IntervalUnit unit; };
    using U = IntervalUnit;
    static constexpr Name names[] = {
        {"us", U::Micro}, {"usec", U::Micro}, {"usecs", U::Micro}, {"useconds", U::Micro}, {"usecond", U::Micro},
        {"microsecond", U::Micro}, {"microseconds", U::Micro}, {"microsecon", U::Micro},
        {"ms", U::Milli}, {"msec", U::Milli}, {"msecs", U::Milli}, {"mseconds", U::Milli}, {"msecond", U::Milli},
        {"millisecond", U::Milli}, {"milliseconds", U::Milli}, {"millisecon", U::Milli},
        {"s", U::Second}, {"sec", U::Second}, {"secs", U::Second}, {"second", U::Second}, {"seconds", U::Second},
        {"m", U::Minute}, {"min", U::Minute}, {"mins", U::Minute}, {"minute", U::Minute}, {"minutes", U::Minute},
        {"h", U::Hour}, {"hr", U::Hour}, {"hrs", U::Hour}, {"hour", U::Hour}, {"hours", U::Hour},
        {"d", U::Day}, {"day", U::Day}, {"days", U::Day}, {"w", U::Week}, {"week", U::Week}, {"weeks", U::Week},
        {"mon", U::Month}, {"mons", U::Month}, {"month", U::Month}, {"months", U::Month},
        {"y", U::Year}, {"yr", U::Year}, {"yrs", U::Year}, {"year", U::Year}, {"years", U::Year},
        {"dec", U::Decade}, {"decs", U::Decade}, {"decade", U::Decade}, {"decades", U::Decade},
        {"c", U::Century}, {"cent", U::Century}, {"century", U::Century}, {"centuries", U::Century},
        {"mil", U::Millennium}, {"mils", U::Millennium}, {"millennium", U::Millennium}, {"millennia", U::Millennium},
    };
    for (auto& n : names)
        if (w == n.name) return n.unit;
    return U::None;
}

class IntervalReader {
  public:
    IntervalReader(std::string_view text, bool standard, IntervalUnit bare, bool minute_to_second)
        : text_(text), p_(text.data()), end_(p_ + text.size()), standard_(standard), bare_(bare), minute_to_second_(minute_to_second) {}

    Interval read() {
        while (p_ < end_ && is_blank(*p_)) ++p_;
        if (p_ < end_ && *p_ == 'P') {
            ++p_;
            iso();
        } else {
            bool all_negative = standard_ && one_leading_minus();
            words();
            if (all_negative) {
                months_ = -abs(months_);
                days_ = -abs(days_);
                micros_ = -abs(micros_);
            }
        }
        if (!any_) bad();
        if (ago_) {
            months_ = -months_;
            days_ = -days_;
            micros_ = -micros_;
        }
        auto past = [](i128 v, i128 least, i128 most) { return v < least || v > most; };
        if (past(days_, INT32_MIN, INT32_MAX) || past(micros_, INT64_MIN, INT64_MAX)) overflow();
        return checked_interval(months_, days_, micros_);
    }

  private:
    [[noreturn]] void bad() const { bad_datetime("interval", text_); }
    [[noreturn]] void overflow() const {
        throw ValueError{"22015", quoted_input("interval field value out of range", nullptr, text_)};
    }

    static i128 abs(i128 v) { return v < 0 ? -v : v; }
    // In the standard's style a minus at the front is of all fields, if none of the others has a sign of its own.
    bool one_leading_minus() const {
        if (p_ == end_ || *p_ != '-') return false;
        for (const char* q = p_ + 1; q < end_; ++q)
            if ((*q == '-' || *q == '+') && !is_digit(q[-1])) return false;
        return true;
    }

    // Digits as an exact whole part and a fraction in [0, 1).
    struct Amount { i128 whole = 0; double fraction = 0; int64_t fraction_micros = 0; bool negative = false; };
    // `alone`: a point without digits is zero, as PostgreSQL reads it.
    Amount amount(bool alone = false) {
        Amount a;
        alone &= p_ < end_ && *p_ == '.';
        if (p_ < end_ && (*p_ == '+' || *p_ == '-')) a.negative = *p_++ == '-';
        const char* from = p_;
        for (; p_ < end_ && is_digit(*p_); ++p_) {
            a.whole = a.whole * 10 + (*p_ - '0');
            if (a.whole >= INT64_MAX) overflow();
        }
        bool digits = p_ > from;
        if (p_ < end_ && *p_ == '.') {
            const char* dot = p_++;
            const char* q = p_;
            a.fraction_micros = sabot::detail::fraction_micros(q, end_);
            digits |= q > p_ || (alone && (p_ == end_ || *p_ != '.'));
            p_ = q;
            std::string f = "0" + std::string(dot, q);
            a.fraction = std::strtod(f.c_str(), nullptr);
        }
        if (!digits) bad();
        return a;
    }
    // Every unit may be given once.
    void use(unsigned units) {
        if (used_ & units) bad();
        used_ |= units;
    }
    static unsigned bit(IntervalUnit u) { return 1u << unsigned(u); }
    void add(const Amount& a, IntervalUnit unit) {
        use(bit(unit));
        int sign = a.negative ? -1 : 1;
        auto time = [&](i128 unit_micros) {
            micros_ += sign * (a.whole * unit_micros + i128(std::rint(a.fraction * double(unit_micros))));
        };
        auto days = [&](int scale) {
            days_ += sign * a.whole * scale;
            double f = a.fraction * scale;
            int extra = int(f);
            days_ += sign * extra;
            micros_ += sign * i128(std::rint((f - extra) * double(kDay)));
        };
        auto years = [&](int scale) {
            months_ += sign * (a.whole * scale * 12 + i128(std::rint(a.fraction * scale * 12)));
        };
        any_ = true;
        switch (unit) {
            case IntervalUnit::Micro: return time(1);
            case IntervalUnit::Milli: return time(1000);
            case IntervalUnit::Second: micros_ += sign * (a.whole * kSecond + a.fraction_micros); return;
            case IntervalUnit::Minute: return time(kMinute);
            case IntervalUnit::Hour: return time(kHour);
            case IntervalUnit::Day: return days(1);
            case IntervalUnit::Week: return days(7);
            case IntervalUnit::Month: {
                months_ += sign * a.whole;
                double f = a.fraction * 30;
                int extra = int(f);
                days_ += sign * extra;
                micros_ += sign * i128(std::rint((f - extra) * double(kDay)));
                return;
            }
            case IntervalUnit::Year: return years(1);
            case IntervalUnit::Decade: return years(10);
            case IntervalUnit::Century: return years(100);
            case IntervalUnit::Millennium: return years(1000);
            default: bad();
        }
    }
    // After an amount at a ':': [H]H:MM[:SS[.f]]; MM:SS.f when the second part has a fraction.
    void clock(const Amount& hours) {
        i128 parts[3] = {hours.whole, 0, 0};
        int64_t micros = 0;
        int n = 1;
        while (n < 3 && p_ < end_ && *p_ == ':') {
            ++p_;
            if (p_ >= end_ || !is_digit(*p_)) {
                if (n == 1 && p_ == end_) { ++n; break; }
                bad();
            }
            while (p_ < end_ && is_digit(*p_)) {
                parts[n] = parts[n] * 10 + (*p_++ - '0');
                if (parts[n] > 1000000000) bad();
            }
            ++n;
        }
        if (p_ < end_ && *p_ == '.') {
            ++p_;
            micros = sabot::detail::fraction_micros(p_, end_);
            if (n == 2) { parts[2] = parts[1]; parts[1] = parts[0]; parts[0] = 0; }
        }
        if (parts[1] > 59 || parts[2] > 60 )
            overflow();
        if (n == 2 && minute_to_second_ && !parts[2]) {
            parts[2] = parts[1];
            parts[1] = parts[0];
            parts[0] = 0;
        }
        use(bit(IntervalUnit::Hour) | bit(IntervalUnit::Minute) | bit(IntervalUnit::Second));
        i128 total = parts[0] * kHour + parts[1] * kMinute + parts[2] * kSecond + micros;
        micros_ += hours.negative ? -total : total;
        any_ = true;
    }
    static bool separates(char c) { return is_blank(c) || (std::ispunct(uint8_t(c)) && !std::strchr(".+-", c)); }
    void words() {
        while (p_ < end_) {
            char c = *p_;
            if (separates(c)) { ++p_; continue; }
            if (is_letter(c)) {
                std::string w = word();
                if (w == "ago") { ago_ = true; continue; }
                bad();
            }
            if (c == '+' || c == '-') {
                const char* q = p_ + 1;
                while (q < end_ && is_blank(*q)) ++q;
                if (q > p_ + 1) { bad(); }
            }
            Amount a = amount(true);
            if (p_ < end_ && *p_ == ':') {
                if (a.fraction != 0) bad();
                clock(a);
                continue;
            }
            if (p_ < end_ && *p_ == '-' && p_ + 1 < end_ && is_digit(p_[1]) && a.fraction == 0) {  // years-months
                ++p_;
                Amount m = amount();
                if (m.whole > 11) overflow();
                if (p_ < end_ && *p_ == '-') bad();  // a date
                m.negative = a.negative;
                add(a, IntervalUnit::Year);
                add(m, IntervalUnit::Month);
                continue;
            }
            const char* before = p_;
            while (p_ < end_ && separates(*p_)) ++p_;
            if (p_ < end_ && is_letter(*p_)) {
                std::string w = word();
                if (w == "ago") { add(a, bare_); ago_ = true; continue; }
                IntervalUnit unit = interval_unit(w);
                bool glued = p_ < end_ && (*p_ == '-' || *p_ == '.' || (is_digit(*p_) && w.size() > 1));
                if (unit == IntervalUnit::None || glued) bad();
                add(a, unit);
                continue;
            }
            // A bare number: days when a time follows, else the default unit.
            const char* q = p_;
            if (q < end_ && (*q == '+' || *q == '-')) ++q;
            while (q < end_ && is_digit(*q)) ++q;
            bool hours_follow = q == end_ && q > p_ && bare_ == IntervalUnit::Hour;
            bool time_follows = p_ > before && ((q < end_ && *q == ':') || hours_follow);
            if (!time_follows && p_ < end_) bad();
            add(a, time_follows ? IntervalUnit::Day : bare_);
        }
    }
    std::string word() {
        const char* from = p_;
        while (p_ < end_ && is_letter(*p_)) ++p_;
        return lower_ascii({from, size_t(p_ - from)});
    }
    void iso() {
        bool in_time = false;
        while (p_ < end_) {
            if (*p_ == 'T') {
                if (in_time) bad();
                in_time = any_ = true;
                ++p_;
                continue;
            }
            Amount a = amount();
            if (p_ >= end_ || *p_ == '-' || *p_ == ':') {  // P0001-02-03T04:05:06
                if (in_time) {
                    if (p_ < end_ && *p_ == ':') { clock(a); continue; }
                    bad();
                }
                if (used_) bad();
                add(a, IntervalUnit::Year);
                if (p_ < end_ && *p_ == '-') { ++p_; add(amount(), IntervalUnit::Month); }
                if (p_ < end_ && *p_ == '-') { ++p_; add(amount(), IntervalUnit::Day); }
                continue;
            }
            char unit = *p_++;
            using U = IntervalUnit;
            U u = U::None;
            if (in_time) u = unit == 'H' ? U::Hour : unit == 'M' ? U::Minute : unit == 'S' ? U::Second : U::None;
            else u = unit == 'Y' ? U::Year : unit == 'M' ? U::Month : unit == 'W' ? U::Week : unit == 'D' ? U::Day : U::None;
            if (u == U::None) bad();
            add(a, u);
        }
    }

    std::string_view text_;
    const char* p_;
    const char* end_;
    bool standard_;
    IntervalUnit bare_;
    bool minute_to_second_;
    i128 months_ = 0, days_ = 0, micros_ = 0;
    bool any_ = false, ago_ = false;
    unsigned used_ = 0;
};

}  // namespace detail

// `bare` is the unit of a number without one (seconds, or what INTERVAL '…' <unit> says); `minute_to_second`
// reads 1:30 as minutes and seconds.
inline Interval interval_from_text(std::string_view text, const Styles& styles = {}, IntervalUnit bare = IntervalUnit::Second,
                                   bool minute_to_second = false) {
    return detail::IntervalReader(text, styles.interval == IntervalStyle::SqlStandard, bare, minute_to_second).read();
}

}  // namespace sabot
