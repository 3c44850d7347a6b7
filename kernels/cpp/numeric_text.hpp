// numeric <-> text, in PostgreSQL's form: digits with the display scale kept, NaN, Infinity.
#pragma once

#include <stdexcept>
#include <string>

#include "numeric_bytes.hpp"

namespace sabot {

inline std::string numeric_special(uint8_t tag) { return std::string{char(tag), 0, 0}; }

inline std::string numeric_encode(bool negative, unsigned scale, const detail::Limbs& limbs) {
    std::string out;
    out.push_back(char(negative && !limbs.empty() ? kNumNegative : kNumPositive));
    out.push_back(char(scale & 0xff));
    out.push_back(char(scale >> 8));
    out.append(reinterpret_cast<const char*>(limbs.data()), limbs.size() * 4);
    while (out.size() > 3 && out.back() == 0) out.pop_back();
    return out;
}
inline std::string numeric_encode128(bool negative, unsigned scale, u128 magnitude) {
    char bytes[19] = {char(negative && magnitude ? kNumNegative : kNumPositive), char(scale & 0xff), char(scale >> 8)};
    std::memcpy(bytes + 3, &magnitude, 16);
    uint64_t high = uint64_t(magnitude >> 64), low = uint64_t(magnitude);
    size_t size = high ? 16 - size_t(__builtin_clzll(high)) / 8 : low ? 8 - size_t(__builtin_clzll(low)) / 8 : 0;
    return std::string(bytes, 3 + size);
}

// Decimal text, optional exponent, NaN, [+-]Infinity / inf in any case, surrounding blanks.
// Throws std::invalid_argument for bad syntax, std::out_of_range when the value is too large.
inline std::string numeric_from_text(const std::string& text) {
    size_t i = 0, n = text.size();
    auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (i < n && blank(text[i])) ++i;
    while (n > i && blank(text[n - 1])) --n;
    std::string word;
    for (size_t k = i; k < n; ++k) word.push_back(char(text[k] >= 'A' && text[k] <= 'Z' ? text[k] + 32 : text[k]));
    if (word == "nan") return numeric_special(kNumNaN);
    if (word == "infinity" || word == "+infinity" || word == "inf" || word == "+inf") return numeric_special(kNumInf);
    if (word == "-infinity" || word == "-inf") return numeric_special(kNumNegInf);
    bool negative = false;
    if (i < n && (text[i] == '+' || text[i] == '-')) negative = text[i++] == '-';
    std::string digits;
    long scale = 0;
    bool point = false, any = false;
    for (; i < n; ++i) {
        char c = text[i];
        if (c >= '0' && c <= '9') {
            any = true;
            if (!(digits.empty() && c == '0')) digits.push_back(c);
            if (point) ++scale;
        } else if (c == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (!any) throw std::invalid_argument("invalid input syntax for type numeric");
    if (i < n && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        bool minus = false;
        if (i < n && (text[i] == '+' || text[i] == '-')) minus = text[i++] == '-';
        if (i >= n) throw std::invalid_argument("invalid input syntax for type numeric");
        long e = 0;
        for (; i < n && text[i] >= '0' && text[i] <= '9'; ++i) e = std::min(e * 10 + (text[i] - '0'), 1000000l);
        scale -= minus ? -e : e;
    }
    if (i != n) throw std::invalid_argument("invalid input syntax for type numeric");
    if (scale < 0) {
        if (digits.empty()) scale = 0;
        else {
            if (long(digits.size()) - scale > 131072) throw std::out_of_range("value overflows numeric format");
            digits.append(size_t(-scale), '0');
            scale = 0;
        }
    }
    if (scale > 16383 || long(digits.size()) - scale > 131072) throw std::out_of_range("value overflows numeric format");
    if (digits.size() <= 38) {
        u128 v = 0;
        for (char c : digits) v = v * 10 + unsigned(c - '0');
        return numeric_encode128(negative, unsigned(scale), v);
    }
    detail::Limbs limbs;
    for (size_t k = 0; k < digits.size(); k += 9) {
        size_t take = std::min<size_t>(9, digits.size() - k);
        uint32_t group = 0, p = 1;
        for (size_t j = 0; j < take; ++j) {
            group = group * 10 + uint32_t(digits[k + j] - '0');
            p *= 10;
        }
        detail::multiply_small(limbs, p);
        uint64_t carry = group;
        for (size_t j = 0; carry; ++j) {
            if (j == limbs.size()) limbs.push_back(0);
            carry += limbs[j];
            limbs[j] = uint32_t(carry);
            carry >>= 32;
        }
    }
    return numeric_encode(negative, unsigned(scale), limbs);
}

inline std::string numeric_to_text(std::string_view bytes) {
    NumericView v(bytes);
    if (v.finite() && v.size <= 8) {  // digits in a register
        char text[32];
        char* p = text + sizeof text;
        uint64_t m = uint64_t(v.value128());
        unsigned written = 0;
        if (v.scale <= 20) {
            for (; m || written <= v.scale; m /= 10) {
                *--p = char('0' + m % 10);
                if (++written == v.scale) *--p = '.';
            }
            if (v.tag == kNumNegative) *--p = '-';
            return std::string(p, text + sizeof text);
        }
    }
    if (v.tag == kNumNaN) return "NaN";
    if (v.tag == kNumInf) return "Infinity";
    if (v.tag == kNumNegInf) return "-Infinity";
    std::string digits;  // reversed
    if (v.small()) {
        for (u128 m = v.value128(); m; m /= 10) digits.push_back(char('0' + int(m % 10)));
    } else {
        auto l = detail::limbs_of(v);
        while (!l.empty()) {
            uint32_t group = detail::divide_small(l, 1000000000u);
            for (int k = 0; k < 9 && (group || !l.empty()); ++k, group /= 10) digits.push_back(char('0' + group % 10));
        }
    }
    while (digits.size() <= v.scale) digits.push_back('0');
    std::string out;
    if (v.tag == kNumNegative) out.push_back('-');
    for (size_t i = digits.size(); i-- > 0;) {
        out.push_back(digits[i]);
        if (i == v.scale && i > 0) out.push_back('.');
    }
    return out;
}

inline std::string numeric_to_text(const std::string& bytes) { return numeric_to_text(std::string_view(bytes)); }

}  // namespace sabot
