// Unsigned integers of any size over 32-bit limbs (little endian, no leading zero limb).
#pragma once

#include <bit>

#include "numeric_bytes.hpp"

namespace sabot::big {

using detail::Limbs;

inline void trim(Limbs& a) {
    while (!a.empty() && a.back() == 0) a.pop_back();
}
inline Limbs from128(u128 v) {
    Limbs l;
    for (; v; v >>= 32) l.push_back(uint32_t(v));
    return l;
}
inline bool fits128(const Limbs& a) { return a.size() <= 4; }
inline u128 to128(const Limbs& a) {
    u128 v = 0;
    for (size_t i = a.size(); i-- > 0;) v = (v << 32) | a[i];
    return v;
}
inline int compare(const Limbs& a, const Limbs& b) { return detail::compare_limbs(a, b); }

inline Limbs add(const Limbs& a, const Limbs& b) {
    const Limbs &x = a.size() >= b.size() ? a : b, &y = a.size() >= b.size() ? b : a;
    Limbs r(x.size());
    uint64_t carry = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        carry += uint64_t(x[i]) + (i < y.size() ? y[i] : 0);
        r[i] = uint32_t(carry);
        carry >>= 32;
    }
    if (carry) r.push_back(uint32_t(carry));
    return r;
}
// a - b where a >= b.
inline Limbs subtract(const Limbs& a, const Limbs& b) {
    Limbs r(a.size());
    int64_t borrow = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        int64_t t = int64_t(a[i]) - (i < b.size() ? b[i] : 0) + borrow;
        r[i] = uint32_t(t);
        borrow = t >> 32;
    }
    trim(r);
    return r;
}
inline Limbs multiply(const Limbs& a, const Limbs& b) {
    if (a.empty() || b.empty()) return {};
    Limbs r(a.size() + b.size(), 0);
    for (size_t i = 0; i < a.size(); ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b.size(); ++j) {
            carry += uint64_t(a[i]) * b[j] + r[i + j];
            r[i + j] = uint32_t(carry);
            carry >>= 32;
        }
        r[i + b.size()] = uint32_t(carry);
    }
    trim(r);
    return r;
}
inline Limbs pow10(unsigned n) {
    Limbs r{1};
    detail::shift_decimal(r, n);
    return r;
}
inline size_t bits(const Limbs& a) { return a.empty() ? 0 : a.size() * 32 - std::countl_zero(a.back()); }

inline Limbs shift_left(const Limbs& a, size_t n) {
    if (a.empty()) return a;
    Limbs r(n / 32, 0);
    unsigned s = n % 32;
    uint32_t carry = 0;
    for (uint32_t x : a) {
        r.push_back(s ? (x << s) | carry : x);
        carry = s ? x >> (32 - s) : 0;
    }
    if (carry) r.push_back(carry);
    return r;
}
inline Limbs shift_right(const Limbs& a, size_t n) {
    size_t skip = n / 32;
    unsigned s = n % 32;
    if (skip >= a.size()) return {};
    Limbs r(a.begin() + skip, a.end());
    if (s)
        for (size_t i = 0; i < r.size(); ++i) r[i] = (r[i] >> s) | (i + 1 < r.size() ? r[i + 1] << (32 - s) : 0);
    trim(r);
    return r;
}

// Quotient and remainder; b is not zero. Knuth, The Art of Computer Programming, 4.3.1, algorithm D.
inline std::pair<Limbs, Limbs> divide(const Limbs& a, const Limbs& b) {
    if (compare(a, b) < 0) return {{}, a};
    if (b.size() == 1) {
        Limbs q = a;
        uint32_t r = detail::divide_small(q, b[0]);
        return {q, r ? Limbs{r} : Limbs{}};
    }
    if (fits128(a)) {
        u128 x = to128(a), y = to128(b);
        return {from128(x / y), from128(x % y)};
    }
    unsigned s = unsigned(std::countl_zero(b.back()));
    Limbs u = shift_left(a, s), v = shift_left(b, s);
    size_t n = v.size();
    if (u.size() == a.size()) u.push_back(0);
    size_t m = u.size() - n - 1;
    Limbs q(m + 1, 0);
    for (size_t j = m + 1; j-- > 0;) {
        uint64_t top = (uint64_t(u[j + n]) << 32) | u[j + n - 1];
        uint64_t guess = top / v[n - 1], rest = top % v[n - 1];
        while (guess >> 32 || guess * v[n - 2] > ((rest << 32) | u[j + n - 2])) {
            --guess;
            rest += v[n - 1];
            if (rest >> 32) break;
        }
        int64_t borrow = 0;
        uint64_t carry = 0;
        for (size_t i = 0; i < n; ++i) {
            carry += guess * v[i];
            int64_t t = int64_t(u[i + j]) - int64_t(uint32_t(carry)) + borrow;
            u[i + j] = uint32_t(t);
            borrow = t >> 32;
            carry >>= 32;
        }
        int64_t t = int64_t(u[j + n]) - int64_t(carry) + borrow;
        u[j + n] = uint32_t(t);
        if (t < 0) {
            --guess;
            uint64_t c = 0;
            for (size_t i = 0; i < n; ++i) {
                c += uint64_t(u[i + j]) + v[i];
                u[i + j] = uint32_t(c);
                c >>= 32;
            }
            u[j + n] += uint32_t(c);
        }
        q[j] = uint32_t(guess);
    }
    trim(q);
    trim(u);
    return {q, shift_right(u, s)};
}

// floor(sqrt(a)) by Newton's iteration from above.
inline Limbs square_root(const Limbs& a) {
    if (a.empty()) return {};
    Limbs x = shift_left(Limbs{1}, (bits(a) + 1) / 2);
    for (;;) {
        Limbs y = shift_right(add(x, divide(a, x).first), 1);
        if (compare(y, x) >= 0) return x;
        x = std::move(y);
    }
}

// Number of decimal digits; 0 for zero.
inline int decimal_digits(const Limbs& a) {
    if (a.empty()) return 0;
    int guess = int((bits(a) - 1) * 0.30102999566398120);  // floor(log10) or one less
    return compare(a, pow10(unsigned(guess + 1))) >= 0 ? guess + 2 : guess + 1;
}

}  // namespace sabot::big
