// Roots, powers, exponentials and logarithms of numeric, at the scales PostgreSQL chooses.
//
// Transcendental values are computed in fixed point with guard digits: exp by halving the argument and a
// Taylor series, ln by square roots towards 1 and the series of atanh.
#pragma once

#include "numeric.hpp"

namespace sabot {

constexpr int kNumericMaxResultScale = 2000;

inline double to_double(const Decimal& d) { return numeric_to_double(numeric_encode(d.negative, unsigned(d.scale), d.magnitude)); }

// sqrt(d) rounded to `scale` digits.
inline Decimal square_root(const Decimal& d, int scale) {
    int digits = scale + 1;
    big::Limbs m = d.magnitude;
    int shift = 2 * digits - d.scale;
    if (shift >= 0) detail::shift_decimal(m, unsigned(shift));
    else drop_digits(m, -shift, false);
    return rescale(Decimal{false, digits, big::square_root(m)}, scale);
}

// e^x to `scale` digits; |x| is below 6000 or so.
inline Decimal exponential(const Decimal& x, int scale) {
    double size = to_double(x);
    int whole = std::max(0, int(size * 0.434294481903252) + 1);
    int halvings = 8 + std::max(0, int(std::log2(std::fabs(size) + 1e-300)) + 1);
    int work = scale + whole + 12 + halvings;
    Decimal r = rescale(x, work);
    big::Limbs two = big::shift_left({1}, halvings);
    r.magnitude = big::divide(r.magnitude, two).first;
    Decimal one{false, work, big::pow10(unsigned(work))}, term = one, sum = one;
    for (uint32_t k = 1; !term.zero(); ++k) {
        term = rescale(multiply(term, r), work, false);
        detail::divide_small(term.magnitude, k);
        sum = add(sum, term);
    }
    for (int k = 0; k < halvings; ++k) sum = rescale(multiply(sum, sum), work);
    return rescale(sum, scale);
}
// ln(x) to `scale` digits; x > 0.
inline Decimal natural_log(const Decimal& x, int scale) {
    int digits = big::decimal_digits(x.magnitude);
    int work = scale + 16 + std::max(0, x.scale - digits + 1) / 2;
    Decimal y = rescale(x, std::max(x.scale, work));
    Decimal low{false, 1, {9}}, high{false, 1, {11}};
    auto less = [](const Decimal& a, const Decimal& b) {
        return numeric_compare(a.encode(), b.encode()) < 0;
    };
    int doublings = 1;
    // Tiny arguments first lose no digits: a root doubles the digits that count.
    while (less(y, low) || less(high, y)) {
        int precise = std::max(work + 10, y.scale);
        y = square_root(y, precise);
        ++doublings;
    }
    work = std::max(work, y.scale) + doublings;
    y = rescale(y, work);
    Decimal one{false, work, big::pow10(unsigned(work))}, minus_one = one;
    minus_one.negative = true;
    Decimal z = divide(add(y, minus_one), add(y, one), work), square = rescale(multiply(z, z), work, false);
    Decimal sum{false, work, {}}, power = z;
    for (uint32_t k = 1; !power.zero(); k += 2) {
        Decimal term = power;
        detail::divide_small(term.magnitude, k);
        if (term.zero()) break;
        sum = add(sum, term);
        power = rescale(multiply(power, square), work, false);
    }
    sum.magnitude = big::shift_left(sum.magnitude, doublings);
    return rescale(sum, scale);
}

// About log10(|ln(x)|), as PostgreSQL estimates it; x > 0.
inline int estimate_ln_weight(const Decimal& x) {
    std::string bytes = numeric_encode(x.negative, unsigned(x.scale), x.magnitude);
    std::string low = numeric_encode128(false, 1, 9), high = numeric_encode128(false, 1, 11);
    if (numeric_compare(bytes, low) >= 0 && numeric_compare(bytes, high) <= 0) {
        Decimal d = add(x, Decimal(int64_t(-1)));
        if (d.zero()) return 0;
        LeadingDigit lead = leading_digit(d);
        return lead.weight * 4 + int(std::log10(double(lead.digit)));
    }
    LeadingDigit lead = leading_digit(x);
    // Value of the first two base-10000 digits.
    int digits = big::decimal_digits(x.magnitude), keep = digits - x.scale - 4 * (lead.weight - 1);
    big::Limbs m = x.magnitude;
    if (keep < digits) drop_digits(m, digits - keep, false);
    else detail::shift_decimal(m, unsigned(keep - digits));
    double ln = std::log(double(uint64_t(big::to128(m)))) + (lead.weight - 1) * 4 * 2.302585092994046;
    return int(std::log10(std::fabs(ln)));
}

inline std::string numeric_sqrt(std::string_view bytes) {
    NumericView v(bytes);
    if (v.tag == kNumNegative || v.tag == kNumNegInf)
        throw ValueError{"2201F", "cannot take square root of a negative number"};
    if (!v.finite()) return std::string(bytes);
    Decimal d(v);
    int weight = (leading_digit(d).weight + 1) * 4 / 2 - 1;
    return square_root(d, clamp_display(std::max(kNumericMinSigDigits - weight, d.scale))).encode();
}

inline std::string numeric_exp(std::string_view bytes) {
    NumericView v(bytes);
    if (v.tag == kNumNegInf) return numeric_from_int(0);
    if (!v.finite()) return std::string(bytes);
    Decimal d(v);
    double size = to_double(d);
    double weight = std::clamp(size * 0.434294481903252, -double(kNumericMaxResultScale), double(kNumericMaxResultScale));
    int scale = clamp_display(std::max(kNumericMinSigDigits - int(weight), d.scale));
    if (std::fabs(size) >= kNumericMaxResultScale * 3) {
        if (size > 0) numeric_overflow();
        return numeric_encode128(false, unsigned(scale), 0);
    }
    return exponential(d, scale).encode();
}

inline void check_log_argument(const NumericView& v) {
    int sign = numeric_sign(v);
    if (v.tag == kNumNaN) return;
    if (sign < 0) throw ValueError{"2201E", "cannot take logarithm of a negative number"};
    if (sign == 0) throw ValueError{"2201E", "cannot take logarithm of zero"};
}
inline std::string numeric_ln(std::string_view bytes) {
    NumericView v(bytes);
    check_log_argument(v);
    if (!v.finite()) return std::string(bytes);
    Decimal d(v);
    return natural_log(d, clamp_display(std::max(kNumericMinSigDigits - estimate_ln_weight(d), d.scale))).encode();
}
inline std::string numeric_log(std::string_view base_bytes, std::string_view bytes) {
    NumericView b(base_bytes), v(bytes);
    if (b.tag == kNumNaN || v.tag == kNumNaN) return numeric_special(kNumNaN);
    check_log_argument(b);
    check_log_argument(v);
    if (!b.finite() || !v.finite()) {
        if (!b.finite() && !v.finite()) return numeric_special(kNumNaN);
        return b.finite() ? numeric_special(kNumInf) : numeric_from_int(0);
    }
    Decimal base(b), x(v);
    int base_weight = estimate_ln_weight(base), weight = estimate_ln_weight(x), result = weight - base_weight;
    int scale = clamp_display(std::max({kNumericMinSigDigits - result, base.scale, x.scale}));
    Decimal bottom = natural_log(base, std::max(0, scale + result - base_weight + 8) + 4);
    Decimal top = natural_log(x, std::max(0, scale + result - weight + 8) + 4);
    if (bottom.zero()) numeric_zero_division();
    return divide(top, bottom, scale).encode();
}

// base^exponent for an int exponent, exact while it fits the scale.
inline Decimal integer_power(const Decimal& base, int64_t exponent) {
    double weight = 0;
    if (!base.zero()) {
        int digits = big::decimal_digits(base.magnitude);
        big::Limbs m = base.magnitude;
        int drop = std::max(0, digits - 17);
        drop_digits(m, drop, false);
        weight = double(exponent) * (std::log10(double(uint64_t(big::to128(m)))) + drop - base.scale);
    }
    if (weight > kNumericMostDigits + 1.0) numeric_overflow();
    int scale = clamp_display(std::max(kNumericMinSigDigits, base.scale));
    if (exponent == 0) return rescale(Decimal(int64_t(1)), scale);
    if (exponent == 1) return rescale(base, scale);
    if (base.zero()) {
        if (exponent < 0) numeric_zero_division();
        return rescale(base, scale);
    }
    if (weight + 1 < -scale) return Decimal{false, scale, {}};
    // Square and multiply, keeping enough significant digits for the wanted scale.
    uint64_t e = exponent < 0 ? uint64_t(0) - uint64_t(exponent) : uint64_t(exponent);
    int significant = int(std::fabs(weight)) + scale + 24;
    auto shorten = [&](Decimal d) {
        int extra = big::decimal_digits(d.magnitude) - significant;
        if (extra > 0) {
            drop_digits(d.magnitude, extra, true);
            d.scale -= extra;
        }
        return d;
    };
    auto times = [&](const Decimal& a, const Decimal& b) {
        return shorten(Decimal{a.negative != b.negative, a.scale + b.scale, big::multiply(a.magnitude, b.magnitude)});
    };
    Decimal result{false, 0, {1}}, square = base;
    for (; e; e >>= 1) {
        if (e & 1) result = times(result, square);
        if (e > 1) square = times(square, square);
    }
    if (exponent < 0) return divide(Decimal(int64_t(1)), result, scale);
    return rescale(result, scale);
}

inline std::string numeric_power(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    std::string one = numeric_from_int(1);
    if (!a.finite() || !b.finite()) {
        if (a.tag == kNumNaN) return b.zero() ? one : numeric_special(kNumNaN);
        if (b.tag == kNumNaN) return numeric_compare(left, one) == 0 ? one : numeric_special(kNumNaN);
        if (b.zero()) return one;
        if (numeric_sign(a) == 0 && numeric_sign(b) < 0)
            throw ValueError{"2201F", "zero raised to a negative power is undefined"};
        if (!b.finite()) {
            if (numeric_compare(left, one) == 0) return one;
            int c = numeric_compare(numeric_abs(left), one);
            if (c == 0) return one;
            bool grows = (c > 0) == (b.tag == kNumInf);
            return grows ? numeric_special(kNumInf) : numeric_from_int(0);
        }
        bool odd = numeric_min_scale(b) == 0 && numeric_compare(numeric_mod(numeric_abs(right), numeric_from_int(2)), one) == 0;
        if (a.tag == kNumNegInf && numeric_min_scale(b) > 0)
            throw ValueError{"2201F", "a negative number raised to a non-integer power yields a complex result"};
        if (b.tag == kNumNegative) return numeric_from_int(0);
        return infinity_of_sign(a.tag == kNumNegInf && odd ? -1 : 1);
    }
    if (a.zero() && b.tag == kNumNegative) throw ValueError{"2201F", "zero raised to a negative power is undefined"};
    bool whole = numeric_min_scale(b) == 0;
    if (a.tag == kNumNegative && !whole)
        throw ValueError{"2201F", "a negative number raised to a non-integer power yields a complex result"};
    Decimal base(a), exponent(b);
    if (whole) {
        auto e = numeric_to_int64(right);
        if (e && *e >= INT32_MIN && *e <= INT32_MAX) return integer_power(base, *e).encode();
    }
    if (base.zero()) return numeric_encode128(false, kNumericMinSigDigits, 0);
    bool negative = base.negative && numeric_compare(numeric_mod(numeric_abs(right), numeric_from_int(2)), one) == 0;
    base.negative = false;
    int ln_weight = estimate_ln_weight(base);
    Decimal rough = multiply(natural_log(base, std::max(0, 8 - ln_weight)), exponent);
    double size = to_double(rescale(rough, std::max(0, 8 - ln_weight)));
    if (std::fabs(size) > kNumericMaxResultScale * 3.01) {
        if (size > 0) numeric_overflow();
        return numeric_encode128(false, kNumericMaxDisplayScale, 0);
    }
    size *= 0.434294481903252;
    int scale = clamp_display(std::max({kNumericMinSigDigits - int(size), base.scale, exponent.scale}));
    int exponent_digits = big::decimal_digits(exponent.magnitude) - exponent.scale;
    Decimal ln = natural_log(base, scale + std::max(0, int(size)) + std::max(0, exponent_digits) + 12);
    Decimal result = exponential(rescale(multiply(ln, exponent), scale + std::max(0, int(size)) + 12), scale);
    result.negative = negative && !result.zero();
    return result.encode();
}

inline std::string numeric_factorial(int64_t n) {
    if (n < 0) throw ValueError{"22003", "factorial of a negative number is undefined"};
    if (n > 32177) numeric_overflow();
    big::Limbs m{1};
    for (uint32_t k = 2; k <= n; ++k) detail::multiply_small(m, k);
    return Decimal{false, 0, std::move(m)}.encode();
}
inline std::string numeric_gcd(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    if (!a.finite() || !b.finite()) return numeric_special(kNumNaN);
    int scale = std::max(a.scale, b.scale);
    big::Limbs x = rescale(Decimal(a), scale).magnitude, y = rescale(Decimal(b), scale).magnitude;
    while (!y.empty()) {
        big::Limbs r = big::divide(x, y).second;
        x = std::move(y);
        y = std::move(r);
    }
    return Decimal{false, scale, std::move(x)}.encode();
}
inline std::string numeric_lcm(std::string_view left, std::string_view right) {
    NumericView a(left), b(right);
    if (!a.finite() || !b.finite()) return numeric_special(kNumNaN);
    int scale = std::max(a.scale, b.scale);
    if (a.zero() || b.zero()) return numeric_encode128(false, unsigned(scale), 0);
    Decimal g{NumericView(numeric_gcd(left, right))};
    big::Limbs x = rescale(Decimal(a), scale).magnitude, y = rescale(Decimal(b), scale).magnitude;
    return Decimal{false, scale, big::multiply(big::divide(x, g.magnitude).first, y)}.encode();
}

// width_bucket(operand, low, high, count).
inline int32_t numeric_width_bucket(std::string_view x, std::string_view low, std::string_view high, int32_t count) {
    NumericView v(x), a(low), b(high);
    if (count <= 0) throw ValueError{"2201G", "count must be greater than zero"};
    if (v.tag == kNumNaN || a.tag == kNumNaN || b.tag == kNumNaN)
        throw ValueError{"2201G", "operand, lower bound, and upper bound cannot be NaN"};
    if (!a.finite() || !b.finite()) throw ValueError{"2201G", "lower and upper bounds must be finite"};
    int order = numeric_compare(low, high);
    if (order == 0) throw ValueError{"2201G", "lower bound cannot equal upper bound"};
    auto past = [&] {
        if (count == INT32_MAX) throw ValueError{"22003", "integer out of range"};
        return count + 1;
    };
    bool rising = order < 0;
    int to_low = numeric_compare(x, low), to_high = numeric_compare(x, high);
    if (rising ? to_low < 0 : to_low > 0) return 0;
    if (rising ? to_high >= 0 : to_high <= 0) return past();
    std::string top = numeric_mul(numeric_abs(numeric_sub(x, low)), numeric_from_int(count));
    std::string bucket = numeric_div_trunc(top, numeric_abs(numeric_sub(high, low)));
    return int32_t(*numeric_to_int64(bucket)) + 1;
}

}  // namespace sabot
