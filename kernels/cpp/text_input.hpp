// Text -> values of every kind, as PostgreSQL's input functions read it. A bad value throws ValueError.
#pragma once

#include "builder.hpp"
#include "coded.hpp"
#include "interval_input.hpp"
#include "jsonb_text.hpp"
#include "numeric.hpp"
#include "ranges.hpp"
#include "vectors.hpp"

namespace sabot {

namespace detail {

[[noreturn]] inline void bad_text(const char* type, std::string_view text) {
    throw ValueError{"22P02", quoted_input("invalid input syntax", type, text)};
}
inline std::string_view trimmed(std::string_view s) {
    while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
    return s;
}

}  // namespace detail

inline bool bool_from_text(std::string_view text) {
    std::string w = detail::lower_ascii(detail::trimmed(text));
    auto prefix = [&](std::string_view full, size_t least) {
        return w.size() >= least && w.size() <= full.size() && full.substr(0, w.size()) == w;
    };
    if (prefix("true", 1) || prefix("yes", 1) || w == "on" || w == "1") return true;
    if (prefix("false", 1) || prefix("no", 1) || prefix("off", 2) || w == "0") return false;
    detail::bad_text("boolean", text);
}

template <class T>
inline T integer_from_text(std::string_view text, const char* type) {
    auto s = detail::trimmed(text);
    bool plus = !s.empty() && s[0] == '+';
    if (plus) s.remove_prefix(1);
    T v{};
    auto [p, e] = std::from_chars(s.data(), s.data() + s.size(), v);
    if (e == std::errc::result_out_of_range) {  // PostgreSQL stops at the digit that is too much
        throw ValueError{"22003", "value \"" + std::string(text) + "\" is out of range for type " + type};
    }
    if (e != std::errc() || p != s.data() + s.size() || (plus && s[0] == '-')) detail::bad_text(type, text);
    return v;
}
inline int64_t oid_from_text(std::string_view text) {
    int64_t v = integer_from_text<int64_t>(text, "oid");
    if (v < INT32_MIN || v > int64_t(UINT32_MAX))
        throw ValueError{"22003", "value \"" + std::string(text) + "\" is out of range for type oid"};
    return int64_t(uint32_t(v));
}

template <class F>
inline F float_from_text(std::string_view text) {
    const char* type = sizeof(F) == 4 ? "real" : "double precision";
    auto s = detail::trimmed(text);
    if (s.empty()) detail::bad_text(type, text);
    bool negative = false;
    auto body = s;
    if (body[0] == '+' || body[0] == '-') {
        negative = body[0] == '-';
        body.remove_prefix(1);
    }
    std::string w = detail::lower_ascii(body);
    if (w == "nan") return std::numeric_limits<F>::quiet_NaN();
    if (w == "inf" || w == "infinity") return negative ? -std::numeric_limits<F>::infinity() : std::numeric_limits<F>::infinity();
    if (body.empty() || !(detail::is_digit(body[0]) || body[0] == '.')) detail::bad_text(type, text);
    F v{};
    auto [p, e] = std::from_chars(body.data(), body.data() + body.size(), v);
    if (p != body.data() + body.size() || e == std::errc::invalid_argument) detail::bad_text(type, text);
    if (e == std::errc::result_out_of_range)
        throw ValueError{"22003", "\"" + std::string(s) + "\" is out of range for type " + type};
    return negative ? -v : v;
}

inline std::string numeric_input(std::string_view text) {
    if (!text.empty() && text.size() <= 19) {  // [-]digits[.digits] in a register
        uint64_t m = 0;
        size_t i = text[0] == '-', point = std::string_view::npos, from = i;
        for (; i < text.size(); ++i) {
            if (detail::is_digit(text[i])) m = m * 10 + uint64_t(text[i] - '0');
            else if (text[i] == '.' && point == std::string_view::npos) point = i;
            else break;
        }
        size_t digits = i - from - (point != std::string_view::npos);
        if (i == text.size() && digits)
            return numeric_encode128(from, unsigned(point == std::string_view::npos ? 0 : text.size() - point - 1), m);
    }
    try {
        return numeric_from_text(std::string(text));
    } catch (const std::invalid_argument&) {
        detail::bad_text("numeric", text);
    } catch (const std::out_of_range&) {
        numeric_overflow();
    }
}

inline Uuid uuid_from_text(std::string_view text) {
    Uuid u{};
    auto s = text;
    if (s.size() >= 2 && s.front() == '{' && s.back() == '}') s = s.substr(1, s.size() - 2);
    size_t at = 0;
    for (int i = 0; i < 16; ++i) {
        if (i > 0 && i % 2 == 0 && at < s.size() && s[at] == '-') ++at;
        if (at + 2 > s.size()) detail::bad_text("uuid", text);
        auto [p, e] = std::from_chars(s.data() + at, s.data() + at + 2, u.bytes[i], 16);
        if (e != std::errc() || p != s.data() + at + 2) detail::bad_text("uuid", text);
        at += 2;
    }
    if (at != s.size()) detail::bad_text("uuid", text);
    return u;
}

inline std::string bytea_from_text(std::string_view text) {
    std::string out;
    if (text.size() >= 2 && text[0] == '\\' && text[1] == 'x') {
        int high = -1;
        for (char c : text.substr(2)) {
            if (detail::is_blank(c) && high < 0) continue;
            int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
            if (d < 0) throw ValueError{"22023", std::string("invalid hexadecimal digit: \"") + c + "\""};
            if (high < 0) high = d;
            else { out.push_back(char(high * 16 + d)); high = -1; }
        }
        if (high >= 0) throw ValueError{"22023", "invalid hexadecimal data: odd number of digits"};
        return out;
    }
    auto octal = [](char c, char most) { return c >= '0' && c <= most; };
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') { out.push_back(text[i]); continue; }
        if (i + 1 < text.size() && text[i + 1] == '\\') { out.push_back('\\'); ++i; continue; }
        if (i + 3 < text.size() && octal(text[i + 1], '3') && octal(text[i + 2], '7') && octal(text[i + 3], '7')) {
            out.push_back(char((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
            i += 3;
            continue;
        }
        throw ValueError{"22P02", "invalid input syntax for type bytea"};
    }
    return out;
}

// Two's complement of a finite whole numeric; throws when it needs more than 256 bits.
inline Int256 int256_from_decimal(const Decimal& d) {
    auto out_of_range = [] { throw ValueError{"22003", "rw_int256 out of range"}; };
    Int256 r{};
    if (d.magnitude.size() > 8) out_of_range();
    if (!d.magnitude.empty()) std::memcpy(r.limbs, d.magnitude.data(), d.magnitude.size() * 4);
    if (d.negative) {
        bool carry = true;
        for (auto& x : r.limbs) {
            x = ~x + carry;
            carry = carry && x == 0;
        }
        if (!(r.limbs[3] >> 63)) out_of_range();
    } else if (r.limbs[3] >> 63) {
        out_of_range();
    }
    return r;
}
inline Int256 int256_from_text(std::string_view text) {
    auto s = detail::trimmed(text);
    for (size_t i = 0; i < s.size(); ++i)
        if (!detail::is_digit(s[i]) && !(i == 0 && s.size() > 1 && (s[0] == '-' || s[0] == '+')))
            detail::bad_text("rw_int256", text);
    if (s.empty()) detail::bad_text("rw_int256", text);
    std::string bytes = numeric_input(s);
    return int256_from_decimal(Decimal(NumericView(bytes)));
}

// time with time zone. A zone whose offset depends on the day needs a date.
inline std::string timetz_from_text(std::string_view text, const InputSettings& s) {
    using detail::ReadTime;
    constexpr const char* type = "time with time zone";
    auto body = detail::trimmed(text);
    size_t digits = 0;
    while (digits < body.size() && detail::is_digit(body[digits])) ++digits;
    bool compact = digits == 6 || (digits == 4 && (digits == body.size() || body[digits] != '-'));
    std::string dated;
    if (compact) {  // 0405, 040506.7+01
        dated = body;
        dated.insert(2, ":");
        if (digits == 6) dated.insert(5, ":");
    }
    ReadTime r = detail::TimeReader(dated.empty() ? text : std::string_view(dated), type, s.styles.date_order).read();
    if (r.special == ReadTime::Now) {
        int64_t local = s.zone->to_local(s.now);
        return coded::timetz_value({floor_mod(local, kDay), int32_t((s.now - local) / kSecond)});
    }
    if (r.special || !r.has_time) detail::bad_datetime(type, text);
    if (r.has_offset) return coded::timetz_value({r.micros, -r.offset});
    if (r.zone && !r.has_date) detail::bad_datetime(type, text);
    int64_t day = r.has_date ? days_from_civil(r.year, r.month, r.day) : floor_div(s.zone->to_local(s.now), kDay);
    int64_t local = day * kDay + r.micros;
    return coded::timetz_value({r.micros, int32_t(((r.zone ? r.zone : s.zone)->to_utc(local) - local) / kSecond)});
}

// [lower,upper), empty; {range,range …} of a multirange.
class RangeReader {
  public:
    RangeReader(std::string_view text, char code, bool multi, const InputSettings& s)
        : text_(text), p_(text.data()), end_(p_ + text.size()), code_(code), multi_(multi), settings_(s) {}
    std::string read() {
        ranges::Ranges all;
        blanks();
        if (multi_) {
            expect('{');
            blanks();
            while (p_ == end_ || *p_ != '}') {
                if (!all.empty()) expect(',');
                all.push_back(range());
                blanks();
            }
            ++p_;
            blanks();
            all = ranges::united(std::move(all));
        } else {
            all.push_back(range());
            blanks();
        }
        if (p_ != end_) bad();
        return ranges::encoded(all, code_, multi_);
    }

  private:
    [[noreturn]] void bad() const {
        throw ValueError{"22P02", std::string("malformed ") + (multi_ ? "multirange" : "range") + " literal: \"" + std::string(text_) + "\""};
    }
    void blanks() {
        while (p_ < end_ && detail::is_blank(*p_)) ++p_;
    }
    void expect(char c) {
        if (p_ == end_ || *p_ != c) bad();
        ++p_;
    }
    ranges::Range range() {
        blanks();
        if (end_ - p_ >= 5 && detail::lower_ascii({p_, 5}) == "empty") {
            p_ += 5;
            return {true, {}, {}};
        }
        ranges::Range r;
        if (p_ == end_ || (*p_ != '[' && *p_ != '(')) bad();
        bool inclusive = *p_++ == '[';
        r.lower = bound(inclusive);
        expect(',');
        r.upper = bound(false);
        if (p_ == end_ || (*p_ != ']' && *p_ != ')')) bad();
        if (!r.upper.infinite) r.upper.inclusive = *p_ == ']';
        ++p_;
        return ranges::made(std::move(r), code_);
    }
    ranges::Bound bound(bool inclusive) {
        std::string s;
        bool quoted = false, inside = false;
        for (;; ++p_) {
            if (p_ == end_) bad();
            char c = *p_;
            if (!inside && (c == ',' || c == ')' || c == ']')) break;
            if (c == '\\') {
                if (++p_ == end_) bad();
                s.push_back(*p_);
            } else if (c == '"') {
                quoted = true;
                if (inside && p_ + 1 < end_ && p_[1] == '"') s.push_back(*++p_);
                else inside = !inside;
            } else {
                s.push_back(c);
            }
        }
        if (s.empty() && !quoted) return {};
        switch (code_) {
            case '4': return ranges::bound_at(integer_from_text<int32_t>(s, "integer"), code_, inclusive);
            case '8': return ranges::bound_at(integer_from_text<int64_t>(s, "bigint"), code_, inclusive);
            case 'n': return ranges::numeric_bound(numeric_input(s), inclusive);
            case 'd': return ranges::bound_at(date_from_text(s, settings_), code_, inclusive);
            default: return ranges::bound_at(timestamp_from_text(s, settings_, code_ == 'z'), code_, inclusive);
        }
    }

    std::string_view text_;
    const char* p_;
    const char* end_;
    char code_;
    bool multi_;
    const InputSettings& settings_;
};

inline std::string coded_from_text(std::string_view text, const std::vector<std::string>& names, const InputSettings& s) {
    const std::string& kind = names.at(0);
    if (kind == "enum") return coded::enum_from_text(text, names);
    if (kind == "timetz") return timetz_from_text(text, s);
    if (auto* r = ranges::kind_named(kind)) return RangeReader(text, r->code, kind == r->multirange, s).read();
    if (kind == "vector") return vectors::from_text(text, float_from_text<float>);
    if (kind == "inet" || kind == "cidr") return coded::inet_value(coded::inet_from_text(text, kind == "cidr"));
    return coded::mac_from_text(text, kind == "macaddr8");
}

inline void append_parsed(ColumnBuilder& out, std::string_view text, const InputSettings& s);

namespace detail {

class ArrayReader {
  public:
    ArrayReader(std::string_view text, const InputSettings& s) : text_(text), p_(text.data()), end_(p_ + text.size()), settings_(s) {}
    void read(ColumnBuilder& out) {
        blanks();
        if (p_ < end_ && *p_ == '[') {  // explicit bounds: [1:3]={…}
            const char* eq = std::find(p_, end_, '=');
            if (eq == end_) bad();
            for (const char* q = p_; q < eq; ++q)
                if (*q == '[' && std::string_view(q, size_t(eq - q)).substr(0, 3) != "[1:")
                    throw ValueError{"0A000", "arrays have a lower bound of 1"};
            p_ = eq + 1;
            blanks();
        }
        list(out);
        blanks();
        if (p_ != end_) bad();
    }

  private:
    [[noreturn]] void bad() const { throw ValueError{"22P02", "malformed array literal: \"" + std::string(text_) + "\""}; }
    void blanks() { while (p_ < end_ && is_blank(*p_)) ++p_; }
    void list(ColumnBuilder& out) {
        if (p_ == end_ || *p_ != '{') bad();
        ++p_;
        ColumnBuilder& element = out.child(0);
        bool nested = element.type().kind == Kind::List;
        blanks();
        if (p_ < end_ && *p_ == '}') {
            ++p_;
            return out.close_row();
        }
        for (;;) {
            blanks();
            if (nested && p_ < end_ && *p_ == '{') list(element);
            else item(element);
            blanks();
            if (p_ == end_) bad();
            char c = *p_++;
            if (c == '}') break;
            if (c != ',') bad();
        }
        out.close_row();
    }
    void item(ColumnBuilder& element) {
        std::string s;
        bool quoted = false;
        size_t keep = 0;  // length that trailing blanks may not eat
        if (p_ < end_ && *p_ == '"') {
            quoted = true;
            ++p_;
            for (;; ++p_) {
                if (p_ == end_) bad();
                if (*p_ == '"') break;
                if (*p_ == '\\' && ++p_ == end_) bad();
                s.push_back(*p_);
            }
            ++p_;
        } else {
            for (; p_ < end_ && *p_ != ',' && *p_ != '}'; ++p_) {
                if (*p_ == '{' || *p_ == '"') bad();
                if (*p_ == '\\') {
                    if (++p_ == end_) bad();
                    s.push_back(*p_);
                    keep = s.size();
                } else {
                    s.push_back(*p_);
                    if (!is_blank(*p_)) keep = s.size();
                }
            }
            s.resize(keep);
            if (s.empty()) bad();
            if (s.size() == 4 && lower_ascii(s) == "null") return element.append_null();
        }
        if (element.type().kind == Kind::List && !quoted) bad();
        append_parsed(element, s, settings_);
    }
    std::string_view text_;
    const char* p_;
    const char* end_;
    const InputSettings& settings_;
};

inline void read_record(ColumnBuilder& out, std::string_view text, const InputSettings& settings) {
    auto bad = [&]() { throw ValueError{"22P02", "malformed record literal: \"" + std::string(text) + "\""}; };
    const char *p = text.data(), *end = p + text.size();
    while (p < end && is_blank(*p)) ++p;
    if (p == end || *p != '(') bad();
    ++p;
    size_t fields = out.type().children.size();
    for (size_t k = 0; k < fields; ++k) {
        if (k > 0) {
            if (p == end || *p != ',') bad();
            ++p;
        }
        if (p < end && (*p == ',' || *p == ')')) {
            out.child(k).append_null();
            continue;
        }
        std::string s;
        bool inside = false;
        while (p < end && (inside || (*p != ',' && *p != ')'))) {
            char c = *p++;
            if (c == '\\') {
                if (p == end) bad();
                s.push_back(*p++);
            } else if (c == '"') {
                if (!inside) inside = true;
                else if (p < end && *p == '"') s.push_back(*p++);
                else inside = false;
            } else {
                s.push_back(c);
            }
        }
        if (p == end) bad();
        append_parsed(out.child(k), s, settings);
    }
    if (p == end || *p != ')') bad();
    ++p;
    while (p < end && is_blank(*p)) ++p;
    if (p != end) bad();
    out.close_row();
}

}  // namespace detail

// Appends the value that `text` denotes in the builder's type; on a ValueError of a nested type the builder
// may hold a half-built row and has to be thrown away.
inline void append_parsed(ColumnBuilder& out, std::string_view text, const InputSettings& s) {
    switch (out.type().kind) {
        case Kind::Null: return out.append_null();
        case Kind::Bool: return out.append<uint8_t>(bool_from_text(text));
        case Kind::Int2: return out.append(integer_from_text<int16_t>(text, "smallint"));
        case Kind::Int4: return out.append(integer_from_text<int32_t>(text, "integer"));
        case Kind::Int8: return out.append(integer_from_text<int64_t>(text, "bigint"));
        case Kind::Float4: return out.append(float_from_text<float>(text));
        case Kind::Float8: return out.append(float_from_text<double>(text));
        case Kind::Numeric: return out.append_bytes(numeric_input(text));
        case Kind::Text: return out.append_bytes(text);
        case Kind::Bytea: return out.append_bytes(bytea_from_text(text));
        case Kind::Date: return out.append(date_from_text(text, s));
        case Kind::Time: return out.append(time_from_text(text, s));
        case Kind::Timestamp: return out.append(timestamp_from_text(text, s, false));
        case Kind::Timestamptz: return out.append(timestamp_from_text(text, s, true));
        case Kind::Interval: return out.append(interval_from_text(text, s.styles));
        case Kind::Uuid: return out.append(uuid_from_text(text));
        case Kind::Jsonb: return out.append_bytes(jsonb_from_text(text));
        case Kind::Int256: return out.append(int256_from_text(text));
        case Kind::Oid: return out.append(oid_from_text(text));
        case Kind::Coded: return out.append_bytes(coded_from_text(text, out.type().names, s));
        case Kind::List: return detail::ArrayReader(text, s).read(out);
        case Kind::Struct: return detail::read_record(out, text, s);
    }
}

}  // namespace sabot
