// The stored form of numeric, and what hashing and ordering need of it. Arithmetic is in numeric.hpp.
//
//   byte 0      0 finite >= 0, 1 finite < 0, 2 NaN, 3 +Infinity, 4 -Infinity
//   bytes 1-2   display scale, uint16 little endian (0 for the special values)
//   bytes 3..   magnitude of value * 10^scale: unsigned little endian, no leading zero byte; zero is empty
//
// 1.5 and 1.50 are different bytes and equal values: equality and hash ignore trailing decimal zeros.
// Ordering is PostgreSQL's: -Infinity < finite < +Infinity < NaN, NaN = NaN.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace sabot {

using u128 = unsigned __int128;
using i128 = __int128;

enum NumericTag : uint8_t { kNumPositive = 0, kNumNegative = 1, kNumNaN = 2, kNumInf = 3, kNumNegInf = 4 };

struct NumericView {
    uint8_t tag;
    uint16_t scale;
    const uint8_t* magnitude;
    size_t size;

    explicit NumericView(std::string_view b)
        : tag(b[0]), scale(uint8_t(b[1]) | (uint8_t(b[2]) << 8)),
          magnitude(reinterpret_cast<const uint8_t*>(b.data()) + 3), size(b.size() - 3) {}
    bool finite() const { return tag <= kNumNegative; }
    bool zero() const { return finite() && size == 0; }
    bool small() const { return size <= 16; }
    u128 value128() const {
        u128 v = 0;
        std::memcpy(&v, magnitude, size);
        return v;
    }
};

namespace detail {
using Limbs = std::vector<uint32_t>;  // little endian, no leading zero limb

inline Limbs limbs_of(const NumericView& n) {
    Limbs l((n.size + 3) / 4, 0);
    std::memcpy(l.data(), n.magnitude, n.size);
    while (!l.empty() && l.back() == 0) l.pop_back();
    return l;
}
inline void multiply_small(Limbs& l, uint32_t by) {
    uint64_t carry = 0;
    for (auto& x : l) {
        uint64_t t = uint64_t(x) * by + carry;
        x = uint32_t(t);
        carry = t >> 32;
    }
    if (carry) l.push_back(uint32_t(carry));
}
// Divides in place, returns the remainder.
inline uint32_t divide_small(Limbs& l, uint32_t by) {
    uint64_t rest = 0;
    for (size_t i = l.size(); i-- > 0;) {
        uint64_t t = (rest << 32) | l[i];
        l[i] = uint32_t(t / by);
        rest = t % by;
    }
    while (!l.empty() && l.back() == 0) l.pop_back();
    return uint32_t(rest);
}
inline void shift_decimal(Limbs& l, unsigned digits) {
    for (; digits >= 9; digits -= 9) multiply_small(l, 1000000000u);
    uint32_t p = 1;
    for (; digits > 0; --digits) p *= 10;
    if (p != 1) multiply_small(l, p);
}
inline int compare_limbs(const Limbs& a, const Limbs& b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    for (size_t i = a.size(); i-- > 0;)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}
inline u128 pow10_128(unsigned n) {
    u128 p = 1;
    while (n--) p *= 10;
    return p;
}
}  // namespace detail

// Magnitudes compared at a common scale.
inline int numeric_compare_magnitude(const NumericView& a, const NumericView& b) {
    if (a.size <= 8 && b.size <= 8) {
        unsigned d = a.scale > b.scale ? a.scale - b.scale : b.scale - a.scale;
        if (d <= 18) {  // 2^64 * 10^18 < 2^128
            u128 x = a.value128(), y = b.value128();
            if (a.scale < b.scale) x *= detail::pow10_128(d);
            else y *= detail::pow10_128(d);
            return x < y ? -1 : x > y;
        }
    }
    auto x = detail::limbs_of(a), y = detail::limbs_of(b);
    if (a.scale < b.scale) detail::shift_decimal(x, b.scale - a.scale);
    else detail::shift_decimal(y, a.scale - b.scale);
    return detail::compare_limbs(x, y);
}

inline int numeric_compare(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    auto rank = [](const NumericView& n) { return n.tag == kNumNaN ? 2 : n.tag == kNumInf ? 1 : n.tag == kNumNegInf ? -1 : 0; };
    if (!a.finite() || !b.finite()) {
        int x = rank(a), y = rank(b);
        return x < y ? -1 : x > y;
    }
    int sa = a.zero() ? 0 : a.tag == kNumNegative ? -1 : 1, sb = b.zero() ? 0 : b.tag == kNumNegative ? -1 : 1;
    if (sa != sb) return sa < sb ? -1 : 1;
    if (sa == 0) return 0;
    int c = numeric_compare_magnitude(a, b);
    return sa > 0 ? c : -c;
}

// Equal values have equal hashes, whatever their scale.
inline uint64_t numeric_hash(std::string_view bytes) {
    NumericView n(bytes);
    if (!n.finite()) return 0x9e3779b97f4a7c15ull * (n.tag + 7);
    if (n.zero()) return 0x51ed270b7a3fULL;
    uint64_t h = n.tag == kNumNegative ? 0x7f4a7c159e3779b9ull : 0;
    unsigned scale = n.scale;
    auto mix = [&h](uint64_t x) { h = (h ^ x) * 0xff51afd7ed558ccdull; h ^= h >> 32; };
    if (n.small()) {
        u128 v = n.value128();
        while (scale > 0 && v % 10 == 0) { v /= 10; --scale; }
        mix(uint64_t(v)); mix(uint64_t(v >> 64)); mix(scale);
        return h;
    }
    auto l = detail::limbs_of(n);
    while (scale > 0) {
        auto t = l;
        if (detail::divide_small(t, 10) != 0) break;
        l = std::move(t);
        --scale;
    }
    if (l.size() <= 4) {  // the same steps as above once it has become small
        u128 v = 0;
        std::memcpy(&v, l.data(), l.size() * 4);
        mix(uint64_t(v)); mix(uint64_t(v >> 64)); mix(scale);
        return h;
    }
    for (uint32_t x : l) mix(x);
    mix(scale);
    return h;
}

}  // namespace sabot
