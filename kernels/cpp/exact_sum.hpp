// Exact sums of doubles: any order of additions and retractions gives the same value, and what is taken out
// leaves nothing behind. (The small superaccumulator of R. Neal, "Fast exact summation using small and large
// superaccumulators", 2015, kept sparse: only the 32-bit digits between lowest and highest one in use.)
//
// The value is rounded once, to nearest even. A sum of many floats can thus differ in the last digit from
// PostgreSQL's, whose result depends on the order of its input.
#pragma once

#include <cmath>
#include <vector>

#include "bigint.hpp"

namespace sabot {

// sign * magnitude * 2^exponent
struct Binary {
    bool negative = false;
    int exponent = 0;
    big::Limbs magnitude;

    bool zero() const { return magnitude.empty(); }

    // Nearest double, ties to even; infinity past the range.
    double to_double() const {
        if (zero()) return 0;
        int bits = int(magnitude.size()) * 32 - __builtin_clz(magnitude.back());
        int top = exponent + bits;                          // value < 2^top
        int keep = std::min(53, std::max(top + 1074, 0));   // fewer for subnormals
        int drop = bits - keep;
        auto bit = [&](int i) { return i >= 0 && ((magnitude[size_t(i) / 32] >> (i % 32)) & 1); };
        uint64_t m = 0;
        for (int i = bits - 1; i >= std::max(drop, 0); --i) m = m * 2 + bit(i);
        int scale = drop > 0 ? drop : 0;
        if (drop > 0 && bit(drop - 1)) {
            bool sticky = m & 1;
            for (int i = drop - 2; i >= 0 && !sticky; --i) sticky = bit(i);
            m += sticky;
        }
        double v = std::ldexp(double(m), exponent + scale);
        return negative ? -v : v;
    }
};

inline big::Limbs shift_left(const big::Limbs& a, int bits) {
    if (a.empty()) return a;
    big::Limbs out(size_t(bits / 32), 0);
    int s = bits % 32;
    uint32_t carry = 0;
    for (uint32_t x : a) {
        out.push_back((x << s) | carry);
        carry = s ? x >> (32 - s) : 0;
    }
    if (carry) out.push_back(carry);
    return out;
}

inline Binary multiply(const Binary& a, const Binary& b) {
    return {a.negative != b.negative, a.exponent + b.exponent, big::multiply(a.magnitude, b.magnitude)};
}
inline Binary subtract(Binary a, Binary b) {
    int low = std::min(a.exponent, b.exponent);
    if (a.zero()) low = b.exponent;
    if (b.zero()) return a;
    a.magnitude = shift_left(a.magnitude, a.zero() ? 0 : a.exponent - low);
    b.magnitude = shift_left(b.magnitude, b.exponent - low);
    if (a.zero()) return {!b.negative, low, b.magnitude};
    if (a.negative != b.negative) return {a.negative, low, big::add(a.magnitude, b.magnitude)};
    int c = big::compare(a.magnitude, b.magnitude);
    if (c == 0) return {};
    if (c > 0) return {a.negative, low, big::subtract(a.magnitude, b.magnitude)};
    return {!a.negative, low, big::subtract(b.magnitude, a.magnitude)};
}
inline Binary binary_of(int64_t v) {
    uint64_t m = v < 0 ? uint64_t(0) - uint64_t(v) : uint64_t(v);
    return {v < 0, 0, big::from128(m)};
}

class ExactSum {
  public:
    void add(double x, int64_t weight) {
        if (x == 0 || weight == 0) return;
        if (!std::isfinite(x)) {
            (std::isnan(x) ? nan_ : x > 0 ? positive_ : negative_) += weight;
            return;
        }
        while (weight > kPart || weight < -kPart) {  // keeps every product below 2^84
            int64_t part = weight > 0 ? kPart : -kPart;
            add_part(x, part);
            weight -= part;
        }
        add_part(x, weight);
    }
    // The exact product x * y: the rounded product and its rounding error.
    void add_product(double x, double y, int64_t weight) {
        double p = x * y;
        if (std::isfinite(p) && (p == 0 || std::fabs(p) > 0x1p-900)) {
            add(p, weight);
            add(std::fma(x, y, -p), weight);
            return;
        }
        if (!std::isfinite(x) || !std::isfinite(y)) return add(p, weight);
        if (x == 0 || y == 0) return;
        int ex, ey;  // under- or overflow: integers times a power of two
        auto mx = int64_t(std::ldexp(std::frexp(x, &ex), 53)), my = int64_t(std::ldexp(std::frexp(y, &ey), 53));
        i128 m = i128(mx) * my;
        for (; weight; weight -= weight > 0 ? 1 : -1) put(weight > 0 ? m : -m, ex + ey - 106);
    }
    // NaN or an infinity is in: what the sum is then, else 0.
    double special() const {
        if (nan_ > 0 || (positive_ > 0 && negative_ > 0)) return std::nan("");
        return positive_ > 0 ? HUGE_VAL : negative_ > 0 ? -HUGE_VAL : 0;
    }
    double value() const {
        double s = special();
        return s != 0 ? s : exact().to_double();
    }
    Binary exact() const {
        auto digits = normal();
        Binary b;
        b.exponent = base_ * 32;
        b.negative = !digits.empty() && digits.back() < 0;
        // Digits are in [0, 2^32) but the highest, which has the sign.
        int64_t carry = 0;
        for (int64_t d : digits) {
            int64_t v = (b.negative ? -d : d) + carry;
            b.magnitude.push_back(uint32_t(uint64_t(v)));
            carry = v >> 32;
        }
        if (carry > 0) b.magnitude.push_back(uint32_t(carry));
        big::trim(b.magnitude);
        return b;
    }
    std::string serialize() const {
        auto digits = normal();
        std::string out;
        auto put64 = [&](int64_t v) { out.append(reinterpret_cast<const char*>(&v), 8); };
        put64(nan_);
        put64(positive_);
        put64(negative_);
        put64(base_);
        for (int64_t d : digits) put64(d);
        return out;
    }
    static ExactSum deserialize(std::string_view bytes) {
        ExactSum s;
        auto get64 = [&](size_t i) {
            int64_t v;
            std::memcpy(&v, bytes.data() + i * 8, 8);
            return v;
        };
        s.nan_ = get64(0);
        s.positive_ = get64(1);
        s.negative_ = get64(2);
        s.base_ = int(get64(3));
        for (size_t i = 4; i * 8 < bytes.size(); ++i) s.digits_.push_back(get64(i));
        return s;
    }

  private:
    static constexpr int64_t kPart = (int64_t(1) << 30) - 1;

    void add_part(double x, int64_t weight) {
        uint64_t u = std::bit_cast<uint64_t>(x);
        int e = int(u >> 52) & 0x7ff;
        int64_t m = int64_t(u & ((uint64_t(1) << 52) - 1));
        if (e) m |= int64_t(1) << 52;
        else e = 1;
        put(i128(x < 0 ? -m : m) * weight, e - 1075);
    }
    // Adds m * 2^exponent, |m| < 2^107.
    void put(i128 m, int exponent) {
        bool minus = m < 0;
        u128 u = minus ? u128(0) - u128(m) : u128(m);
        int at = exponent >> 5, shift = exponent & 31;  // floor division
        // The shifted value in five digits of 32 bits.
        uint64_t low = uint64_t(u), high = uint64_t(u >> 64);
        u128 a = u128(low) << shift, b = u128(high) << shift;
        uint32_t d[5] = {uint32_t(a), uint32_t(a >> 32), uint32_t(a >> 64), 0, 0};
        u128 upper = b + (a >> 64);
        d[2] = uint32_t(upper);
        d[3] = uint32_t(upper >> 32);
        d[4] = uint32_t(upper >> 64);
        int from = 0, to = 5;
        while (to > 0 && d[to - 1] == 0) --to;
        while (from < to && d[from] == 0) ++from;
        if (from == to) return;
        cover(at + from, at + to);
        for (int i = from; i < to; ++i) digits_[size_t(at + i - base_)] += minus ? -int64_t(d[i]) : int64_t(d[i]);
        if (++pending_ == (1 << 30)) settle();
    }
    void cover(int from, int to) {
        if (digits_.empty()) base_ = from;
        if (from < base_) {
            digits_.insert(digits_.begin(), size_t(base_ - from), 0);
            base_ = from;
        }
        if (to > base_ + int(digits_.size())) digits_.resize(size_t(to - base_), 0);
    }
    void settle() {
        digits_ = normal();
        pending_ = 0;
    }
    // Digits in [0, 2^32) but the last, which is any non-zero number; no leading zeros.
    std::vector<int64_t> normal() const {
        auto d = digits_;
        int64_t carry = 0;
        for (size_t i = 0; i < d.size(); ++i) {
            int64_t v = d[i] + carry;
            carry = v >> 32;
            d[i] = v & 0xffffffff;
        }
        if (carry) d.push_back(carry);
        while (!d.empty() && d.back() == 0) d.pop_back();
        return d;
    }

    int64_t nan_ = 0, positive_ = 0, negative_ = 0;
    int base_ = 0;         // digits_[0] counts 2^(32 * base_)
    int pending_ = 0;      // additions since digits were small
    std::vector<int64_t> digits_;
};

}  // namespace sabot
