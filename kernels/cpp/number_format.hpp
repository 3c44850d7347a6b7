// to_char(number) and to_number (PostgreSQL manual, section 9.8, table of numeric templates).
#pragma once

#include "date_format.hpp"
#include "numeric_math.hpp"

namespace sabot {

enum class Mark : uint8_t { Nine, Zero, Point, Comma, Currency, Minus, Plus, Sign, Roman, Ordinal, Literal, Other };
struct NumberNode {
    Mark mark;
    bool lower = false;
    std::string text;
};

struct NumberTemplate {
    std::vector<NumberNode> nodes;
    int before = 0, after = 0, shift = 0;    // digits before and after the point; V
    int zero_start = 0, zero_end = 0, sign_before = 0;
    bool zero = false, point = false, fill = false, minus = false, plus = false, bracket = false, roman = false,
         scientific = false, shifted = false;
    int sign = 0;                            // S: -1 before, 1 after
};

inline NumberTemplate parse_number_template(std::string_view f) {
    auto bad = [](const char* why) { throw ValueError{"42601", why}; };
    NumberTemplate t;
    auto is = [&](std::string_view rest, const char* word) {
        size_t n = std::strlen(word);
        if (rest.size() < n) return false;
        bool upper = true, lower = true;
        for (size_t k = 0; k < n; ++k) {
            upper &= rest[k] == word[k];
            lower &= rest[k] == ascii_lower(word[k]);
        }
        return upper || lower;
    };
    for (size_t i = 0; i < f.size();) {
        auto rest = f.substr(i);
        auto node = [&](Mark m, size_t n, bool lower = false) {
            t.nodes.push_back({m, lower, std::string(rest.substr(0, n))});
            i += n;
        };
        if (t.scientific && !is(rest, "EEEE") && rest[0] != '"') bad("\"EEEE\" must be the last pattern used");
        if (rest[0] == '9') {
            if (t.bracket) bad("\"9\" must be ahead of \"PR\"");
            if (t.shifted) ++t.shift;
            else if (t.point) ++t.after;
            else ++t.before;
            node(Mark::Nine, 1);
        } else if (rest[0] == '0') {
            if (t.bracket) bad("\"0\" must be ahead of \"PR\"");
            if (!t.zero && !t.point) {
                t.zero = true;
                t.zero_start = t.before + 1;
            }
            if (t.point) ++t.after;
            else ++t.before;
            t.zero_end = t.before + t.after;
            node(Mark::Zero, 1);
        } else if (rest[0] == '.' || is(rest, "D")) {
            if (t.point) bad("multiple decimal points");
            if (t.shifted) bad("cannot use \"V\" and decimal point together");
            t.point = true;
            node(Mark::Point, 1);
        } else if (rest[0] == ',' || is(rest, "G")) {
            node(Mark::Comma, 1);
        } else if (is(rest, "EEEE")) {
            if (t.scientific) bad("cannot use \"EEEE\" twice");
            if (t.fill || t.sign || t.bracket || t.minus || t.plus || t.roman || t.shifted)
                bad("\"EEEE\" is incompatible with other formats");
            t.scientific = true;
            node(Mark::Other, 4);
        } else if (is(rest, "FM")) {
            t.fill = true;
            i += 2;
        } else if (is(rest, "MI")) {
            if (t.sign) bad("cannot use \"S\" and \"MI\" together");
            t.minus = true;
            node(Mark::Minus, 2);
        } else if (is(rest, "PL")) {
            if (t.sign) bad("cannot use \"S\" and \"PL\" together");
            t.plus = true;
            node(Mark::Plus, 2);
        } else if (is(rest, "PR")) {
            if (t.sign || t.plus || t.minus) bad("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
            t.bracket = true;
            node(Mark::Other, 2);
        } else if (is(rest, "SG")) {
            if (t.sign) bad("cannot use \"S\" and \"SG\" together");
            t.minus = t.plus = true;
            node(Mark::Sign, 2);
        } else if (is(rest, "SP")) {
            i += 2;
        } else if (is(rest, "S")) {
            if (t.sign) bad("cannot use \"S\" twice");
            if (t.plus || t.minus || t.bracket) bad("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
            t.sign = t.point ? 1 : -1;
            t.sign_before = t.before;
            node(Mark::Other, 1);
        } else if (is(rest, "RN")) {
            t.roman = true;
            node(Mark::Roman, 2, rest[0] == 'r');
        } else if (is(rest, "TH")) {
            node(Mark::Ordinal, 2, rest[0] == 't');
        } else if (is(rest, "V")) {
            if (t.point) bad("cannot use \"V\" and decimal point together");
            t.shifted = true;
            node(Mark::Other, 1);
        } else if (is(rest, "L")) {
            node(Mark::Currency, 1);
        } else if (is(rest, "B") || is(rest, "C")) {
            node(Mark::Other, 1);
        } else if (rest[0] == '"') {
            ++i;
            while (i < f.size() && f[i] != '"') {
                if (f[i] == '\\' && i + 1 < f.size()) ++i;
                size_t next = utf8_advance(f, i, 1);
                t.nodes.push_back({Mark::Literal, false, std::string(f.substr(i, next - i))});
                i = next;
            }
            ++i;
        } else {
            if (rest[0] == '\\' && rest.size() > 1 && rest[1] == '"') { ++i; rest.remove_prefix(1); }
            size_t next = utf8_advance(f, i, 1);
            t.nodes.push_back({Mark::Literal, false, std::string(f.substr(i, next - i))});
            i = next;
        }
    }
    return t;
}
using NumberTemplateCache = TemplateCache<NumberTemplate, parse_number_template>;

inline std::string roman_numeral(int64_t v) {
    if (v < 1 || v > 3999) return std::string(15, '#');
    constexpr std::pair<int, const char*> parts[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"},
        {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
    std::string out;
    for (auto& [n, s] : parts)
        for (; v >= n; v -= n) out += s;
    return out;
}

// Writes `digits` (no sign, with a point if the template has one) by the template, position for position.
class NumberWriter {
  public:
    NumberWriter(const NumberTemplate& t, std::string digits, bool negative, int leading_blanks, std::string& out)
        : t_(t), digits_(std::move(digits)), sign_(negative ? '-' : '+'), blanks_(leading_blanks), out_(out),
          zero_start_(t.zero_start ? t.zero_start - 1 : 0), sign_place_(t.sign), bracket_(t.bracket) {}

    void write() {
        if (t_.plus || t_.minus) {
            sign_written_ = t_.minus;
        } else {
            if (sign_ != '-' && bracket_ && t_.fill) bracket_ = false;
            sign_written_ = sign_ == '+' && t_.fill && !t_.sign;
            if (sign_place_ < 0 && t_.before == t_.sign_before) sign_place_ = 1;
        }
        count_ = t_.after + t_.before - 1;
        if (t_.fill && t_.point) {
            size_t point = digits_.find('.');
            if (point != digits_.npos) {
                last_ = int(point);
                for (size_t k = point + 1; k < digits_.size(); ++k)
                    if (digits_[k] != '0') last_ = int(k);
                if (t_.zero_end > blanks_)
                    last_ = std::max(last_, std::min(int(digits_.size()) - 1, t_.zero_end - blanks_));
            }
        }
        if (!sign_written_ && blanks_ == 0) ++count_;
        for (auto& n : t_.nodes) switch (n.mark) {
            case Mark::Nine: case Mark::Zero: case Mark::Point: position(n.mark); break;
            case Mark::Comma:
                if (inside_) out_.push_back(',');
                else if (!t_.fill) out_.push_back(' ');
                break;
            case Mark::Currency: out_.push_back(' '); break;
            case Mark::Roman: {
                std::string r = digits_;
                if (n.lower)
                    for (char& c : r) c = ascii_lower(c);
                if (!t_.fill && r.size() < 15) out_.append(15 - r.size(), ' ');
                out_ += r;
                break;
            }
            case Mark::Ordinal:
                if (t_.roman || digits_[0] == '#' || sign_ == '-' || t_.point) break;
                if (!std::isdigit(uint8_t(digits_.back()))) throw ValueError{"22P02", "\"" + digits_ + "\" is not a number"};
                {
                    std::string with = digits_;
                    append_ordinal(with, 0, n.lower);
                    out_ += with.substr(digits_.size());
                }
                break;
            case Mark::Minus:
                if (sign_ == '-') out_.push_back('-');
                else if (!t_.fill) out_.push_back(' ');
                break;
            case Mark::Plus:
                if (sign_ == '+') out_.push_back('+');
                else if (!t_.fill) out_.push_back(' ');
                break;
            case Mark::Sign: out_.push_back(sign_); break;
            case Mark::Literal: out_ += n.text; break;
            case Mark::Other: break;
        }
    }

  private:
    // A leading "0" before the point that is left out: '0.1' by 9.9 is ' .1'.
    bool blank_zero() const { return !t_.zero && at_ == 0 && !digits_.empty() && digits_[0] == '0' && t_.after != 0; }
    char current() const { return at_ < int(digits_.size()) ? digits_[size_t(at_)] : 0; }
    bool ends_at_point() const { return last_ >= 0 && digits_[size_t(last_)] == '.'; }

    void position(Mark mark) {
        if (t_.roman) return;
        inside_ = false;
        if (!sign_written_ && (place_ >= blanks_ || (t_.zero && zero_start_ == place_)) && (!blank_zero() || ends_at_point()))
            write_sign();
        if (place_ < blanks_ && (zero_start_ > place_ || !t_.zero)) {
            if (!t_.fill) out_.push_back(' ');
        } else if (t_.zero && place_ < blanks_ && zero_start_ <= place_) {
            out_.push_back('0');
            inside_ = true;
        } else {
            if (current() == '.') {
                if (last_ < 0 || !ends_at_point() || t_.fill) out_.push_back('.');
            } else if (last_ >= 0 && at_ > last_ && mark != Mark::Zero) {
                // insignificant, and FM
            } else if (blank_zero()) {
                if (!t_.fill) out_.push_back(' ');
                else if (ends_at_point()) out_.push_back('0');
            } else {
                if (current()) out_.push_back(current());
                inside_ = true;
            }
            if (current()) ++at_;
        }
        int end = count_ + (blanks_ ? 1 : 0) + (t_.point ? 1 : 0);
        if (last_ >= 0 && last_ == at_) end = place_;
        if (place_ + 1 == end) {
            if (sign_written_ && bracket_) out_.push_back(sign_ == '+' ? ' ' : '>');
            else if (t_.sign && sign_place_ > 0) out_.push_back(sign_);
        }
        ++place_;
    }
    void write_sign() {
        if (t_.sign) {
            if (sign_place_ > 0) return;
            out_.push_back(sign_);
        } else if (bracket_) {
            out_.push_back(sign_ == '+' ? ' ' : '<');
        } else if (sign_ == '+') {
            if (!t_.fill) out_.push_back(' ');
        } else {
            out_.push_back('-');
        }
        sign_written_ = true;
    }

    const NumberTemplate& t_;
    std::string digits_;
    char sign_;
    int blanks_;
    std::string& out_;
    int zero_start_, sign_place_;
    bool bracket_, sign_written_ = false, inside_ = false;
    int count_ = 0, place_ = 0, at_ = 0, last_ = -1;
};

// A decimal number in scientific form with `digits` after the point.
inline std::string scientific_text(std::string_view numeric, int digits) {
    std::string s = numeric_to_text(numeric);
    bool negative = s[0] == '-';
    if (negative) s.erase(0, 1);
    size_t point = s.find('.');
    int exponent = int(point == s.npos ? s.size() : point) - 1;
    if (point != s.npos) s.erase(point, 1);
    size_t lead = s.find_first_not_of('0');
    if (lead == s.npos) {
        exponent = 0;
        s.assign(size_t(digits) + 1, '0');
    } else {
        exponent -= int(lead);
        s.erase(0, lead);
        if (int(s.size()) > digits + 1) {
            bool up = s[size_t(digits) + 1] >= '5';
            s.resize(size_t(digits) + 1);
            int k = digits;
            while (up && k >= 0 && s[size_t(k)] == '9') s[size_t(k--)] = '0';
            if (up && k >= 0) ++s[size_t(k)];
            if (up && k < 0) {
                s.insert(0, "1");
                s.pop_back();
                ++exponent;
            }
        }
        s.resize(size_t(digits) + 1, '0');
    }
    std::string out = negative ? "-" : "";
    out.push_back(s[0]);
    if (digits) out += "." + s.substr(1);
    out += exponent < 0 ? "e-" : "e+";
    append_padded(out, std::abs(exponent), 2);
    return out;
}

inline void append_number_template(std::string& out, NumberTemplate t, std::string value, bool special, bool minus = false) {
    if (t.roman) {
        int64_t v = 4000;
        if (!special)
            if (auto whole = numeric_to_int64(numeric_round(value, 0))) v = *whole;
        NumberWriter(t, roman_numeral(v), false, 0, out).write();
        return;
    }
    if (t.scientific) {
        if (special) {
            out.push_back(' ');
            out.append(size_t(t.before), '#');
            out.push_back('.');
            out.append(size_t(t.after + 4), '#');
            return;
        }
        std::string s = scientific_text(value, t.after);
        if (minus && s[0] != '-') s.insert(0, "-");
        if (s[0] != '-') out.push_back(' ');
        out += s;
        return;
    }
    std::string s;
    if (t.shifted) t.before += t.shift;
    if (special) {
        s = numeric_to_text(value);
    } else {
        if (t.shifted) value = numeric_mul(value, numeric_from_text("1" + std::string(size_t(t.shift), '0')));
        s = numeric_to_text(numeric_round(value, t.after));
    }
    bool negative = s[0] == '-';
    if (negative) s.erase(0, 1);
    negative |= minus;
    int whole = int(std::min(s.find('.'), s.size())), blanks = 0;
    if (whole < t.before) {
        blanks = t.before - whole;
    } else if (whole > t.before) {
        s.assign(size_t(t.before + t.after + 1), '#');
        s[size_t(t.before)] = '.';
    }
    NumberWriter(t, std::move(s), negative, blanks, out).write();
}

// Floats are rounded as printf does, to at most `precision` digits.
inline void append_float_template(std::string& out, NumberTemplate t, double v, int precision) {
    char b[512];
    if (t.roman) {
        v = std::rint(v);
        return append_number_template(out, t, numeric_from_int(std::fabs(v) < 1e6 ? int64_t(v) : 0), false);
    }
    if (t.scientific) {
        std::snprintf(b, sizeof b, "%.*e", std::min(t.after, 300), v);
        return append_number_template(out, t, numeric_from_text(b), false, std::signbit(v));
    }
    if (t.shifted) {
        v *= std::pow(10.0, t.shift);
        t.before += t.shift;
        t.shifted = false;
    }
    int whole = std::snprintf(b, sizeof b, "%.0f", std::fabs(v));
    t.after = whole >= precision ? 0 : std::min(t.after, precision - whole);
    std::snprintf(b, sizeof b, "%.*f", t.after, v);
    append_number_template(out, t, numeric_from_text(b), false, std::signbit(v));
}

SABOT_KERNEL(to_char_number) {
    NumberTemplateCache cache;
    const Column& c = *args[0];
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto f = args[1]->bytes(i);
        if (f.empty()) return;
        auto& t = cache.get(f);
        switch (c.kind) {
            case Kind::Int4: return append_number_template(out, t, numeric_from_int(c.value<int32_t>(i)), false);
            case Kind::Int8: return append_number_template(out, t, numeric_from_int(c.value<int64_t>(i)), false);
            case Kind::Float4: case Kind::Float8: {
                bool narrow = c.kind == Kind::Float4;
                double v = narrow ? double(c.value<float>(i)) : c.value<double>(i);
                if (!std::isfinite(v)) {
                    auto special = numeric_special(std::isnan(v) ? kNumNaN : v > 0 ? kNumInf : kNumNegInf);
                    return append_number_template(out, t, special, true);
                }
                return append_float_template(out, t, v, narrow ? 6 : 15);
            }
            default: {
                auto v = c.bytes(i);
                if (t.roman && NumericView(v).tag == kNumNaN) throw ValueError{"0A000", "cannot convert NaN to integer"};
                return append_number_template(out, t, std::string(v), !NumericView(v).finite());
            }
        }
    });
}

// Reads the digits, point and sign of `s` that the template asks for.
inline std::string number_from_template(std::string_view s, const NumberTemplate& t) {
    if (t.scientific) throw ValueError{"0A000", "\"EEEE\" not supported for input"};
    if (t.roman) throw ValueError{"0A000", "\"RN\" not supported for input"};
    std::string digits;
    bool negative = false, signed_already = false, pointed = false;
    size_t at = 0;
    int fraction = 0;
    auto blanks = [&] { while (at < s.size() && template_space(s[at])) ++at; };
    auto take_sign = [&] {
        if (signed_already || at >= s.size()) return;
        if (s[at] == '-' || (t.bracket && s[at] == '<')) { negative = signed_already = true; ++at; }
        else if (s[at] == '+') { signed_already = true; ++at; }
    };
    auto data = [&](char c) { return std::isdigit(uint8_t(c)) || c == '.' || c == ',' || c == '+' || c == '-'; };
    for (auto& n : t.nodes) {
        if (at >= s.size()) break;
        switch (n.mark) {
            case Mark::Nine: case Mark::Zero: case Mark::Point:
                blanks();
                if (n.mark != Mark::Point) {
                    take_sign();
                    blanks();
                }
                if (at >= s.size()) break;
                if (std::isdigit(uint8_t(s[at]))) {
                    if (!pointed) digits.push_back(s[at]);
                    else if (fraction < t.after) { ++fraction; digits.push_back(s[at]); }
                } else if (s[at] == '.' && t.point && !pointed) {
                    pointed = true;
                    digits.push_back('.');
                }
                ++at;  // whatever it was
                break;
            case Mark::Comma:
                if (s[at] == ',') ++at;
                break;
            case Mark::Currency:
                if (!data(s[at])) at = utf8_advance(s, at, 1);
                break;
            case Mark::Minus: case Mark::Plus: case Mark::Sign:
                if (s[at] == '-') { negative = signed_already = true; ++at; }
                else if (s[at] == '+') ++at;
                break;
            case Mark::Ordinal:
                for (int k = 0; k < 2 && at < s.size() && !data(s[at]); ++k) ++at;
                break;
            case Mark::Literal:
                if (!data(s[at])) at = utf8_advance(s, at, 1);
                break;
            default:
                if (n.text == "S" || n.text == "s") { blanks(); take_sign(); }
        }
    }
    if (!signed_already && at < s.size() && (t.sign || t.minus) && s[at] == '-') negative = true;
    if (digits.empty() || digits == ".") {
        throw ValueError{"22P02", "invalid input syntax for type numeric: \"" + std::string(negative ? "-" : " ") + digits + "\""};
    }
    size_t leading = std::min(digits.find_first_not_of('0'), digits.size());
    if (int64_t(std::min(digits.find('.'), digits.size())) - int64_t(leading) > t.before + t.shift) {
        throw ValueError{"22003", "numeric field overflow"};
    }
    std::string v = numeric_from_text((negative ? "-" : "") + digits);
    if (t.shifted) return numeric_mul(v, numeric_power(numeric_from_int(10), numeric_from_int(-t.shift)));
    return v;
}
SABOT_KERNEL(to_number) {
    NumberTemplateCache cache;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto f = args[1]->bytes(i);
        if (f.empty()) return false;
        try {
            out = number_from_template(args[0]->bytes(i), cache.get(f));
        } catch (const std::exception&) {
            throw ValueError{"22P02", "invalid input syntax for type numeric: \"" + std::string(args[0]->bytes(i)) + "\""};
        }
        return true;
    });
}

}  // namespace sabot
