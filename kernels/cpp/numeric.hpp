// numeric arithmetic over the stored form (numeric_bytes.hpp), with PostgreSQL's results: values, display
// scales, special values and errors. Magnitudes of up to 128 bits take a path without allocation.
//
// Functions take stored bytes and give stored bytes; a bad value throws ValueError.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>

#include "bigint.hpp"
#include "numeric_text.hpp"
#include "value_error.hpp"

namespace sabot {

constexpr int kNumericMinSigDigits = 16;    // significant digits of a quotient, at least
constexpr int kNumericMaxDisplayScale = 1000;
constexpr int kNumericMaxScale = 16383;
constexpr int kNumericMaxIntegerDigits = 131072;

[[noreturn]] inline void numeric_overflow() { throw ValueError{"22003", "value overflows numeric format"}; }
[[noreturn]] inline void numeric_zero_division() { throw ValueError{"22012", "division by zero"}; }

// A finite numeric in hand: sign, display scale, magnitude = |value| * 10^scale.
struct Decimal {
    bool negative = false;
    int scale = 0;
    big::Limbs magnitude;

    Decimal() = default;
    Decimal(bool n, int s, big::Limbs m) : negative(n), scale(s), magnitude(std::move(m)) {}
    explicit Decimal(const NumericView& v)
        : negative(v.tag == kNumNegative), scale(v.scale), magnitude(detail::limbs_of(v)) {}
    explicit Decimal(int64_t v)
        : negative(v < 0), scale(0), magnitude(big::from128(v < 0 ? uint64_t(0) - uint64_t(v) : uint64_t(v))) {}
    bool zero() const { return magnitude.empty(); }
    std::string encode() const {
        if (magnitude.size() > 13000 && big::decimal_digits(magnitude) - scale > kNumericMaxIntegerDigits)
            numeric_overflow();
        return numeric_encode(negative, unsigned(scale), magnitude);
    }
};

constexpr u128 kPow10_64[20] = {
    1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull, 1000000000ull,
    10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull, 100000000000000ull,
    1000000000000000ull, 10000000000000000ull, 100000000000000000ull, 1000000000000000000ull,
    10000000000000000000ull};

// Divides by 10^digits, rounding half away from zero or truncating.
inline void drop_digits(big::Limbs& m, int digits, bool round) {
    if (digits <= 0) return;
    big::Limbs power = big::pow10(unsigned(digits));
    auto [q, r] = big::divide(m, power);
    if (round && big::compare(big::add(r, r), power) >= 0) q = big::add(q, {1});
    m = std::move(q);
}
// The same value at another scale; fewer digits are rounded or cut.
inline Decimal rescale(Decimal d, int scale, bool round = true) {
    if (scale > d.scale) detail::shift_decimal(d.magnitude, unsigned(scale - d.scale));
    else drop_digits(d.magnitude, d.scale - scale, round);
    d.scale = scale;
    if (d.zero()) d.negative = false;
    return d;
}
inline Decimal add(Decimal a, Decimal b) {
    int scale = std::max(a.scale, b.scale);
    a = rescale(std::move(a), scale);
    b = rescale(std::move(b), scale);
    if (a.negative == b.negative) return {a.negative, scale, big::add(a.magnitude, b.magnitude)};
    int c = big::compare(a.magnitude, b.magnitude);
    if (c == 0) return {false, scale, {}};
    return c > 0 ? Decimal{a.negative, scale, big::subtract(a.magnitude, b.magnitude)}
                 : Decimal{b.negative, scale, big::subtract(b.magnitude, a.magnitude)};
}
inline Decimal multiply(const Decimal& a, const Decimal& b) {
    Decimal r{a.negative != b.negative, a.scale + b.scale, big::multiply(a.magnitude, b.magnitude)};
    return r.scale > kNumericMaxScale ? rescale(std::move(r), kNumericMaxScale) : r;
}
// a / b with `scale` digits after the point; b is not zero.
inline Decimal divide(const Decimal& a, const Decimal& b, int scale, bool round = true) {
    big::Limbs x = a.magnitude, y = b.magnitude;
    int shift = scale + b.scale - a.scale;
    if (shift >= 0) detail::shift_decimal(x, unsigned(shift));
    else detail::shift_decimal(y, unsigned(-shift));
    auto [q, r] = big::divide(x, y);
    if (round && big::compare(big::add(r, r), y) >= 0) q = big::add(q, {1});
    bool zero = q.empty();
    return {!zero && a.negative != b.negative, scale, std::move(q)};
}

// Position and value of the first non-zero digit in base 10000, PostgreSQL's unit of precision.
struct LeadingDigit {
    int weight = 0;
    int digit = 0;
};
inline LeadingDigit leading_digit(int digits, int scale, auto&& first_digits) {
    int exponent = digits - 1 - scale;
    int weight = exponent >= 0 ? exponent / 4 : -((-exponent + 3) / 4);
    return {weight, first_digits(exponent - 4 * weight + 1)};
}
inline int digits64(uint64_t v) {
    int n = 0;
    while (n < 19 && v >= uint64_t(kPow10_64[n])) ++n;
    return n == 19 && v >= uint64_t(kPow10_64[19]) ? 20 : n;
}
inline int digits128(u128 v) {
    if (!(v >> 64)) return digits64(uint64_t(v));
    int n = 0;
    if (v >= u128(kPow10_64[19])) {
        v /= u128(kPow10_64[19]);
        n = 19;
        if (v >= u128(kPow10_64[19])) { v /= u128(kPow10_64[19]); n = 38; }
    }
    while (n < 60 && v) { v /= 10; ++n; }
    return n;
}
inline LeadingDigit leading_digit(u128 magnitude, int scale) {
    if (!magnitude) return {};
    int digits = digits128(magnitude);
    return leading_digit(digits, scale, [&](int k) {
        if (digits >= k && digits - k < 20 && !(magnitude >> 64))
            return int(uint64_t(magnitude) / uint64_t(kPow10_64[digits - k]));
        u128 v = magnitude;
        for (int d = digits; d > k; --d) v /= 10;
        for (int d = digits; d < k; ++d) v *= 10;
        return int(v);
    });
}
inline LeadingDigit leading_digit(const Decimal& d) {
    if (big::fits128(d.magnitude)) return leading_digit(big::to128(d.magnitude), d.scale);
    int digits = big::decimal_digits(d.magnitude);
    return leading_digit(digits, d.scale, [&](int k) {
        big::Limbs m = d.magnitude;
        drop_digits(m, digits - k, false);
        return int(big::to128(m));
    });
}
inline int clamp_display(int scale) { return std::min(std::max(scale, 0), kNumericMaxDisplayScale); }
inline int division_scale(LeadingDigit a, int scale_a, LeadingDigit b, int scale_b) {
    int weight = a.weight - b.weight - (a.digit <= b.digit);
    return clamp_display(std::max({kNumericMinSigDigits - weight * 4, scale_a, scale_b}));
}

// ---- special values

inline int numeric_sign(const NumericView& v) {
    if (v.tag == kNumInf) return 1;
    if (v.tag == kNumNegInf || v.tag == kNumNegative) return -1;
    return v.zero() || v.tag == kNumNaN ? 0 : 1;
}
inline std::string infinity_of_sign(int sign) { return numeric_special(sign < 0 ? kNumNegInf : kNumInf); }

// ---- the four operations

inline std::string numeric_add_signed(std::string_view left, std::string_view right, bool minus) {
    NumericView a(left), b(right);
    if (!a.finite() || !b.finite()) [[unlikely]] {
        if (a.tag == kNumNaN || b.tag == kNumNaN) return numeric_special(kNumNaN);
        int sa = a.finite() ? 0 : numeric_sign(a), sb = b.finite() ? 0 : numeric_sign(b) * (minus ? -1 : 1);
        if (sa && sb && sa != sb) return numeric_special(kNumNaN);
        return infinity_of_sign(sa ? sa : sb);
    }
    bool na = a.tag == kNumNegative, nb = (b.tag == kNumNegative) != minus;
    int scale = std::max(a.scale, b.scale), shift = std::abs(int(a.scale) - int(b.scale));
    if (a.size <= 15 && b.size <= 15 && shift <= 19) {
        u128 x = a.value128(), y = b.value128();
        bool over = a.scale < b.scale ? __builtin_mul_overflow(x, kPow10_64[shift], &x)
                                      : __builtin_mul_overflow(y, kPow10_64[shift], &y);
        u128 sum;
        if (!over && na == nb && !__builtin_add_overflow(x, y, &sum)) return numeric_encode128(na, scale, sum);
        if (!over && na != nb) return x >= y ? numeric_encode128(na, scale, x - y) : numeric_encode128(nb, scale, y - x);
    }
    Decimal x(a), y(b);
    y.negative = nb;
    return add(std::move(x), std::move(y)).encode();
}
inline std::string numeric_add(std::string_view a, std::string_view b) { return numeric_add_signed(a, b, false); }
inline std::string numeric_sub(std::string_view a, std::string_view b) { return numeric_add_signed(a, b, true); }

inline std::string numeric_mul(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    if (!a.finite() || !b.finite()) [[unlikely]] {
        int s = numeric_sign(a) * numeric_sign(b);
        if (a.tag == kNumNaN || b.tag == kNumNaN || s == 0) return numeric_special(kNumNaN);
        return infinity_of_sign(s);
    }
    int scale = int(a.scale) + b.scale;
    if (a.size + b.size <= 16 && scale <= kNumericMaxScale)
        return numeric_encode128(a.tag != b.tag, unsigned(scale), a.value128() * b.value128());
    return multiply(Decimal(a), Decimal(b)).encode();
}

// Quotient of finite values where the divisor is not zero, at PostgreSQL's scale.
inline Decimal divide_selecting_scale(const Decimal& a, const Decimal& b) {
    return divide(a, b, division_scale(leading_digit(a), a.scale, leading_digit(b), b.scale));
}
inline std::string numeric_div(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    if (!a.finite() || !b.finite()) [[unlikely]] {
        if (a.tag == kNumNaN || b.tag == kNumNaN) return numeric_special(kNumNaN);
        if (b.finite() && b.zero()) numeric_zero_division();
        if (!a.finite()) return b.finite() ? infinity_of_sign(numeric_sign(a) * numeric_sign(b)) : numeric_special(kNumNaN);
        return numeric_encode128(false, 0, 0);
    }
    if (b.zero()) numeric_zero_division();
    if (a.size <= 16 && b.size <= 8) {
        u128 x = a.value128(), y = b.value128();
        int scale = division_scale(leading_digit(x, a.scale), a.scale, leading_digit(y, b.scale), b.scale);
        int shift = scale + b.scale - a.scale;
        if (shift >= 0 && shift <= 19 && !__builtin_mul_overflow(x, kPow10_64[shift], &x)) {
            u128 q, r;
            if (!(x >> 64)) {
                q = uint64_t(x) / uint64_t(y);
                r = uint64_t(x) % uint64_t(y);
            } else {
                q = x / y;
                r = x - q * y;
            }
            q += r * 2 >= y;
            return numeric_encode128(a.tag != b.tag, unsigned(scale), q);
        }
    }
    return divide_selecting_scale(Decimal(a), Decimal(b)).encode();
}
// Integer quotient, truncated: div().
inline std::string numeric_div_trunc(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    if (!a.finite() || !b.finite()) return numeric_div(left, right);
    if (b.zero()) numeric_zero_division();
    return divide(Decimal(a), Decimal(b), 0, false).encode();
}
inline std::string numeric_mod(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    if (a.tag == kNumNaN || b.tag == kNumNaN) return numeric_special(kNumNaN);
    if (b.zero()) numeric_zero_division();
    if (!a.finite()) return numeric_special(kNumNaN);
    if (!b.finite()) return std::string(left);
    int scale = std::max(a.scale, b.scale);
    Decimal x = rescale(Decimal(a), scale), y = rescale(Decimal(b), scale);
    return Decimal{x.negative, scale, big::divide(x.magnitude, y.magnitude).second}.encode();
}

inline std::string numeric_neg(std::string_view bytes) {
    NumericView v(bytes);
    std::string out(bytes);
    if (v.tag == kNumInf) out[0] = kNumNegInf;
    else if (v.tag == kNumNegInf) out[0] = kNumInf;
    else if (v.finite() && v.size) out[0] = char(v.tag == kNumNegative ? kNumPositive : kNumNegative);
    return out;
}
inline std::string numeric_abs(std::string_view bytes) {
    uint8_t tag = uint8_t(bytes[0]);
    return tag == kNumNegative || tag == kNumNegInf ? numeric_neg(bytes) : std::string(bytes);
}

// ---- rounding

inline constexpr int kNumericMostDigits = 131072;  // before the point

// round(x, digits) / trunc(x, digits); negative digits round left of the point.
inline std::string numeric_round(std::string_view bytes, int digits, bool round = true) {
    NumericView v(bytes);
    if (!v.finite()) return std::string(bytes);
    digits = std::clamp(digits, -kNumericMostDigits, 16383);
    if (v.size <= 16 && digits >= 0 && v.scale >= digits && v.scale - digits <= 19) {
        u128 m = v.value128(), p = kPow10_64[v.scale - digits], q = m / p;
        if (round && (m % p) * 2 >= p) ++q;
        return numeric_encode128(v.tag == kNumNegative, unsigned(digits), q);
    }
    if (digits >= 0) return rescale(Decimal(v), digits, round).encode();
    Decimal d(v);
    if (d.scale - digits > big::decimal_digits(d.magnitude)) return numeric_encode128(false, 0, 0);
    drop_digits(d.magnitude, d.scale - digits, round);
    detail::shift_decimal(d.magnitude, unsigned(-digits));
    d.scale = 0;
    return d.encode();
}
inline std::string numeric_trunc(std::string_view bytes, int digits) { return numeric_round(bytes, digits, false); }
inline std::string numeric_floor_ceil(std::string_view bytes, bool up) {
    NumericView v(bytes);
    if (!v.finite()) return std::string(bytes);
    std::string cut = numeric_trunc(bytes, 0);
    if (numeric_compare(cut, bytes) == 0 || (v.tag == kNumNegative) == up) return cut;
    std::string one = numeric_encode128(!up, 0, 1);
    return numeric_add(cut, one);
}
inline int numeric_min_scale(const NumericView& v) {
    Decimal d(v);
    if (d.zero()) return 0;
    int scale = d.scale;
    for (; scale > 0; --scale)
        if (detail::divide_small(d.magnitude, 10) != 0) break;
    return scale;
}
inline std::string numeric_trim_scale(std::string_view bytes) {
    NumericView v(bytes);
    return v.finite() ? numeric_round(bytes, numeric_min_scale(v)) : std::string(bytes);
}

// numeric(precision, scale): rounds, and checks that the integer part fits.
inline std::string numeric_apply_typmod(std::string_view bytes, int precision, int scale) {
    NumericView v(bytes);
    if (v.tag == kNumNaN) return std::string(bytes);
    if (!v.finite()) throw ValueError{"22003", "numeric field overflow"};
    std::string out = numeric_round(bytes, scale);
    NumericView r(out);
    int digits = r.small() ? digits128(r.value128()) : big::decimal_digits(detail::limbs_of(r));
    if (digits && digits - int(r.scale) > precision - scale) throw ValueError{"22003", "numeric field overflow"};
    return out;
}

// ---- conversions

inline std::string numeric_from_int(int64_t v) {
    return numeric_encode128(v < 0, 0, v < 0 ? uint64_t(0) - uint64_t(v) : uint64_t(v));
}
inline std::string numeric_from_int128(i128 v, int scale = 0) {
    return numeric_encode128(v < 0, unsigned(scale), v < 0 ? u128(0) - u128(v) : u128(v));
}
// float -> numeric keeps 15 (float8) or 6 (float4) significant digits.
inline std::string numeric_from_double(double v, int digits = 15) {
    if (std::isnan(v)) return numeric_special(kNumNaN);
    if (std::isinf(v)) return infinity_of_sign(v < 0 ? -1 : 1);
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", digits, v);
    return numeric_from_text(text);
}
inline double numeric_to_double(std::string_view bytes) {
    NumericView v(bytes);
    if (v.tag == kNumNaN) return NAN;
    if (v.tag == kNumInf) return INFINITY;
    if (v.tag == kNumNegInf) return -INFINITY;
    // Both parts exact: one rounding, so the result is the nearest double.
    if (v.size <= 6 && v.scale <= 22) {
        static constexpr double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
            1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
        double d = double(uint64_t(v.value128())) / powers[v.scale];
        return v.tag == kNumNegative ? -d : d;
    }
    std::string text = numeric_to_text(bytes);
    double d = 0;
    auto [p, e] = std::from_chars(text.data(), text.data() + text.size(), d);
    if (e == std::errc::result_out_of_range) return std::strtod(text.c_str(), nullptr);
    return d;
}
// Rounded half away from zero; nullopt when it is outside int64 or not finite.
inline std::optional<int64_t> numeric_to_int64(std::string_view bytes) {
    NumericView v(bytes);
    if (!v.finite()) return std::nullopt;
    std::string whole = v.scale ? numeric_round(bytes, 0) : std::string(bytes);
    NumericView w(whole);
    if (w.size > 8) return std::nullopt;
    uint64_t m = uint64_t(w.value128());
    bool negative = w.tag == kNumNegative;
    if (m > uint64_t(INT64_MAX) + negative) return std::nullopt;
    return negative ? int64_t(0 - m) : int64_t(m);
}

}  // namespace sabot
