// Values as text, exactly as PostgreSQL's output functions write them.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdio>

#include "coded.hpp"
#include "interval_output.hpp"
#include "numeric_text.hpp"
#include "ranges.hpp"
#include "time_output.hpp"
#include "vectors.hpp"

namespace sabot {

struct OutputSettings {
    const TimeZone* zone = &utc_zone();
    Styles styles;
};

// Whether the scientific text lies exactly between `v` and a neighbour. PostgreSQL does not take such a text for
// `v`, though reading it gives `v` back; only past the exact integers can it be as short as a text of `v`.
template <class F>
inline bool is_midpoint(F v, const char* text, const char* end) {
    uint64_t digits = 0;
    int exponent = 0, after_point = 0;
    bool point = false;
    const char* p = text;
    for (; *p != 'e'; ++p) {
        if (*p == '.') { point = true; continue; }
        digits = digits * 10 + uint64_t(*p - '0');
        after_point += point;
    }
    std::from_chars(p[1] == '+' ? p + 2 : p + 1, end, exponent);
    exponent -= after_point;
    for (; digits % 10 == 0; digits /= 10) ++exponent;
    if (exponent < 0) return false;  // midpoints are integers here
    // The text is odd * 2^twos.
    u128 odd = digits;
    int twos = exponent;
    for (; odd % 2 == 0; odd /= 2) ++twos;
    for (int k = 0; k < exponent; ++k)
        if ((odd *= 5) >> 60) return false;
    int x = 0;
    constexpr int bits = sizeof(F) == 4 ? 24 : 53;
    auto mantissa = uint64_t(std::ldexp(std::frexp(v, &x), bits));  // v = mantissa * 2^(x - bits)
    x -= bits;
    bool lowest = mantissa == uint64_t(1) << (bits - 1);  // the neighbour below is half as far
    uint64_t below = lowest ? 4 * mantissa - 1 : 2 * mantissa - 1;
    return (odd == 2 * mantissa + 1 && twos == x - 1) || (odd == below && twos == x - (lowest ? 2 : 1));
}
// The shortest text with more digits than the one rejected.
template <class F>
inline char* longer_digits(F v, char* b, char* limit) {
    int digits = 0;
    for (char* p = b; *p != 'e'; ++p) digits += *p != '.';
    char* end = b;
    for (;; ++digits) {
        end = std::to_chars(b, limit, v, std::chars_format::scientific, digits).ptr;
        F back = 0;
        std::from_chars(b, end, back);
        if (back == v && !is_midpoint(v, b, end)) return end;
    }
}

// Shortest text that reads back as the same value; exponent form below 1e-4 and from 1e15 (float4: 1e6).
template <class F>
inline void append_float(std::string& out, F v, int extra_float_digits) {
    constexpr int digits10 = sizeof(F) == 4 ? 6 : 15;
    if (std::isnan(v)) { out += "NaN"; return; }
    if (std::isinf(v)) { out += v < 0 ? "-Infinity" : "Infinity"; return; }
    char b[64];
    if (extra_float_digits <= 0) {
        int n = std::snprintf(b, sizeof b, "%.*g", std::max(1, digits10 + extra_float_digits), double(v));
        out.append(b, size_t(n));
        return;
    }
    if (std::signbit(v)) { out.push_back('-'); v = -v; }
    if (v == 0) { out.push_back('0'); return; }
    char* end = std::to_chars(b, b + sizeof b, v, std::chars_format::scientific).ptr;
    constexpr F exact = sizeof(F) == 4 ? F(16777216.0) : F(9007199254740992.0);
    if (v >= exact && is_midpoint(v, b, end)) end = longer_digits(v, b, b + sizeof b);
    char* mark = std::find(b, end, 'e');
    int exponent = 0;
    std::from_chars(mark + (mark[1] == '+' ? 2 : 1), end, exponent);
    if (exponent < -4 || exponent >= digits10) {
        out.append(b, end);
        return;
    }
    char digits[32];
    int n = 0;
    for (char* p = b; p < mark; ++p)
        if (*p != '.') digits[n++] = *p;
    if (exponent < 0) {
        out += "0.";
        out.append(size_t(-exponent - 1), '0');
        out.append(digits, size_t(n));
    } else if (n <= exponent + 1) {
        out.append(digits, size_t(n));
        out.append(size_t(exponent + 1 - n), '0');
    } else {
        out.append(digits, size_t(exponent + 1));
        out.push_back('.');
        out.append(digits + exponent + 1, size_t(n - exponent - 1));
    }
}

inline constexpr char kHexDigits[] = "0123456789abcdef";
inline void append_hex(std::string& out, const uint8_t* p, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        out.push_back(kHexDigits[p[i] >> 4]);
        out.push_back(kHexDigits[p[i] & 15]);
    }
}
// bytea_output = escape: printable ASCII as it is, other bytes in octal.
inline void append_escaped(std::string& out, std::string_view bytes) {
    for (char ch : bytes) {
        auto b = uint8_t(ch);
        if (ch == '\\') {
            out += "\\\\";
        } else if (b >= 0x20 && b <= 0x7e) {
            out.push_back(ch);
        } else {
            out.push_back('\\');
            for (int shift = 6; shift >= 0; shift -= 3) out.push_back(char('0' + (b >> shift & 7)));
        }
    }
}
inline void append_uuid(std::string& out, const Uuid& u) {
    append_hex(out, u.bytes, 4);
    for (int i = 0; i < 4; ++i) {
        out.push_back('-');
        append_hex(out, u.bytes + 4 + i * 2, i == 3 ? 6 : 2);
    }
}
inline void append_int256(std::string& out, const Int256& v) {
    detail::Limbs limbs(8);
    std::memcpy(limbs.data(), v.limbs, 32);
    bool negative = v.limbs[3] >> 63;
    if (negative) {
        uint64_t carry = 1;
        for (auto& x : limbs) {
            carry += uint64_t(uint32_t(~x));
            x = uint32_t(carry);
            carry >>= 32;
        }
    }
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    out += numeric_to_text(numeric_encode(negative, 0, limbs));
}

inline bool text_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Adds `out`'s tail from `from` quoted as an array element, where it has to be.
inline void quote_array_element(std::string& out, size_t from) {
    std::string_view s(out.data() + from, out.size() - from);
    bool quote = s.empty() || (s.size() == 4 && detail::lower_ascii(s) == "null");
    for (char c : s) quote |= c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || text_blank(c);
    if (!quote) return;
    std::string r = "\"";
    for (char c : s) {
        if (c == '"' || c == '\\') r.push_back('\\');
        r.push_back(c);
    }
    r.push_back('"');
    out.replace(from, std::string::npos, r);
}
inline void quote_record_field(std::string& out, size_t from) {
    std::string_view s(out.data() + from, out.size() - from);
    bool quote = s.empty();
    for (char c : s) quote |= c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || text_blank(c);
    if (!quote) return;
    std::string r = "\"";
    for (char c : s) {
        if (c == '"' || c == '\\') r.push_back(c);
        r.push_back(c);
    }
    r.push_back('"');
    out.replace(from, std::string::npos, r);
}

inline void append_timetz(std::string& out, coded::TimeTz t) {
    append_time(out, t.micros);
    append_offset(out, -t.zone);
}
inline void append_bound(std::string& out, const ranges::Bound& b, char code, const OutputSettings& settings) {
    size_t from = out.size();
    switch (code) {
        case 'n': out += numeric_to_text(ranges::numeric_of(b)); break;
        case 'd': append_date(out, int32_t(ranges::integer_of(b)), settings.styles); break;
        case 't': append_timestamp(out, ranges::integer_of(b), nullptr, settings.styles); break;
        case 'z': append_timestamp(out, ranges::integer_of(b), settings.zone, settings.styles); break;
        default: append_integer(out, ranges::integer_of(b));
    }
    std::string_view s(out.data() + from, out.size() - from);
    if (s.find_first_of("\"\\()[], \t\n\v\f\r") == s.npos) return;
    std::string quoted = "\"";
    for (char c : s) {
        if (c == '"' || c == '\\') quoted.push_back(c);
        quoted.push_back(c);
    }
    out.replace(from, std::string::npos, quoted + "\"");
}
inline void append_range(std::string& out, const ranges::Range& r, char code, const OutputSettings& settings) {
    if (r.empty) {
        out += "empty";
        return;
    }
    out.push_back(r.lower.inclusive ? '[' : '(');
    if (!r.lower.infinite) append_bound(out, r.lower, code, settings);
    out.push_back(',');
    if (!r.upper.infinite) append_bound(out, r.upper, code, settings);
    out.push_back(r.upper.inclusive ? ']' : ')');
}
inline void append_ranges(std::string& out, std::string_view b, const OutputSettings& settings) {
    auto all = ranges::decoded(b);
    if (b[0] == 'r') return append_range(out, all.at(0), b[1], settings);
    out.push_back('{');
    for (size_t k = 0; k < all.size(); ++k) {
        if (k) out.push_back(',');
        append_range(out, all[k], b[1], settings);
    }
    out.push_back('}');
}
inline void append_coded(std::string& out, std::string_view b, const OutputSettings& settings) {
    switch (b[0]) {
        case 'r': case 'R': return append_ranges(out, b, settings);
        case 'e': out += coded::enum_label(b); return;
        case 't': return append_timetz(out, coded::timetz_of(b));
        case 'i': return coded::append_inet(out, coded::inet_of(b), false);
        case 'c': return coded::append_inet(out, coded::inet_of(b), true);
        case 'V':
            for (size_t k = 0; k < vectors::dimensions(b); ++k) {
                out.push_back(k ? ',' : '[');
                append_float(out, vectors::number_at(b, k), settings.styles.extra_float_digits);
            }
            return out.push_back(']');
        default: return coded::append_mac(out, b.substr(1));
    }
}

// Appends the text of a value that is not NULL.
inline void append_text(std::string& out, const Column& c, int64_t row, const OutputSettings& settings) {
    switch (c.kind) {
        case Kind::Null: return;
        case Kind::Bool: out.push_back(c.value<uint8_t>(row) ? 't' : 'f'); return;
        case Kind::Int2: return append_integer(out, c.value<int16_t>(row));
        case Kind::Int4: return append_integer(out, c.value<int32_t>(row));
        case Kind::Int8: case Kind::Oid: return append_integer(out, c.value<int64_t>(row));
        case Kind::Float4: return append_float(out, c.value<float>(row), settings.styles.extra_float_digits);
        case Kind::Float8: return append_float(out, c.value<double>(row), settings.styles.extra_float_digits);
        case Kind::Numeric: out += numeric_to_text(c.bytes(row)); return;
        case Kind::Text: case Kind::Jsonb: out += c.bytes(row); return;
        case Kind::Bytea: {
            auto b = c.bytes(row);
            if (settings.styles.bytea_escape) return append_escaped(out, b);
            out += "\\x";
            return append_hex(out, reinterpret_cast<const uint8_t*>(b.data()), b.size());
        }
        case Kind::Date: return append_date(out, c.value<int32_t>(row), settings.styles);
        case Kind::Time: return append_time(out, c.value<int64_t>(row));
        case Kind::Timestamp: return append_timestamp(out, c.value<int64_t>(row), nullptr, settings.styles);
        case Kind::Timestamptz: return append_timestamp(out, c.value<int64_t>(row), settings.zone, settings.styles);
        case Kind::Interval: return append_interval(out, c.value<Interval>(row), settings.styles.interval);
        case Kind::Uuid: return append_uuid(out, c.value<Uuid>(row));
        case Kind::Int256: return append_int256(out, c.value<Int256>(row));
        case Kind::Coded: return append_coded(out, c.bytes(row), settings);
        case Kind::List: {
            auto [from, to] = c.range(row);
            const Column& e = *c.children[0];
            out.push_back('{');
            for (int32_t i = from; i < to; ++i) {
                if (i > from) out.push_back(',');
                if (!e.valid(i)) {
                    out += "NULL";
                    continue;
                }
                size_t mark = out.size();
                append_text(out, e, i, settings);
                if (e.kind != Kind::List) quote_array_element(out, mark);
            }
            out.push_back('}');
            return;
        }
        case Kind::Struct: {
            out.push_back('(');
            for (size_t k = 0; k < c.children.size(); ++k) {
                if (k) out.push_back(',');
                const Column& f = *c.children[k];
                int64_t i = c.at(row);
                if (!f.valid(i)) continue;
                size_t mark = out.size();
                append_text(out, f, i, settings);
                quote_record_field(out, mark);
            }
            out.push_back(')');
            return;
        }
    }
}

// A map (a list of key/value structs): {key:value,...}; NULL values are written NULL.
inline void append_map_text(std::string& out, const Column& c, int64_t row, const OutputSettings& settings) {
    auto [from, to] = c.range(row);
    const Column& e = *c.children[0];
    out.push_back('{');
    for (int32_t i = from; i < to; ++i) {
        if (i > from) out.push_back(',');
        int64_t k = e.at(i);
        for (int part = 0; part < 2; ++part) {
            if (part) out.push_back(':');
            const Column& f = *e.children[part];
            if (!f.valid(k)) {
                out += "NULL";
                continue;
            }
            size_t mark = out.size();
            append_text(out, f, k, settings);
            if (f.kind != Kind::List) quote_array_element(out, mark);
        }
    }
    out.push_back('}');
}

}  // namespace sabot
