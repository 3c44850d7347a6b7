// Functions of double precision with PostgreSQL's domain and range errors.
#pragma once

#include <atomic>
#include <numbers>

#include "arith.hpp"
#include "kernel_map.hpp"

namespace sabot {

namespace math {

constexpr double kRadiansPerDegree = 0.0174532925199432957692;

[[noreturn]] inline void overflow() { throw ValueError{"22003", "value out of range: overflow"}; }
[[noreturn]] inline void underflow() { throw ValueError{"22003", "value out of range: underflow"}; }
[[noreturn]] inline void outside() { throw ValueError{"22003", "input is out of range"}; }

inline double square_root(double x) {
    if (x < 0) throw ValueError{"2201F", "cannot take square root of a negative number"};
    return std::sqrt(x);
}
inline double cube_root(double x) { return std::cbrt(x); }
inline double exponential(double x) {
    double r = std::exp(x);
    if (std::isinf(r) && !std::isinf(x)) overflow();
    if (r == 0 && !std::isinf(x)) underflow();
    return r;
}
inline void check_log(double x) {
    if (x == 0) throw ValueError{"2201E", "cannot take logarithm of zero"};
    if (x < 0) throw ValueError{"2201E", "cannot take logarithm of a negative number"};
}
inline double natural_log(double x) { check_log(x); return std::log(x); }
inline double decimal_log(double x) { check_log(x); return std::log10(x); }
inline double power(double a, double b) {
    if (std::isnan(a)) return b == 0 ? 1 : a;
    if (std::isnan(b)) return a == 1 ? 1 : b;
    if (a == 0 && b < 0) throw ValueError{"2201F", "zero raised to a negative power is undefined"};
    if (a < 0 && std::floor(b) != b)
        throw ValueError{"2201F", "a negative number raised to a non-integer power yields a complex result"};
    double r = std::pow(a, b);
    if (std::isinf(a) || std::isinf(b)) return r;
    if (std::isinf(r)) overflow();
    if (r == 0 && a != 0) underflow();
    return r;
}
inline double round_even(double x) { return std::rint(x); }
inline double truncate(double x) { return std::trunc(x); }
inline double ceiling(double x) { return std::ceil(x); }
inline double floor(double x) { return std::floor(x); }
inline double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
inline double degrees(double x) {
    double r = x / kRadiansPerDegree;
    if (std::isinf(r) && !std::isinf(x)) overflow();
    return r;
}
inline double radians(double x) { return x * kRadiansPerDegree; }

inline double finite_angle(double x) { if (std::isinf(x)) outside(); return x; }
inline double sine(double x) { return std::sin(finite_angle(x)); }
inline double cosine(double x) { return std::cos(finite_angle(x)); }
inline double tangent(double x) { return std::tan(finite_angle(x)); }
inline double cotangent(double x) { return 1.0 / std::tan(finite_angle(x)); }
inline double unit(double x) { if (x < -1 || x > 1) outside(); return x; }
inline double arc_sine(double x) { return std::asin(unit(x)); }
inline double arc_cosine(double x) { return std::acos(unit(x)); }
inline double arc_tangent(double x) { return std::atan(x); }
inline double arc_tangent2(double y, double x) { return std::atan2(y, x); }
inline double hyperbolic_sine(double x) { return std::sinh(x); }
inline double hyperbolic_cosine(double x) { return std::cosh(x); }
inline double hyperbolic_tangent(double x) { return std::tanh(x); }
inline double hyperbolic_cotangent(double x) { return 1.0 / std::tanh(x); }
inline double area_sine(double x) { return std::asinh(x); }
inline double area_cosine(double x) { if (x < 1) outside(); return std::acosh(x); }
inline double area_tangent(double x) {
    unit(x);
    return x == 1 ? INFINITY : x == -1 ? -INFINITY : std::atanh(x);
}

// Degrees: exact at the multiples of 30, 45 and 60 by scaling with the library's own values there.
inline double sin30() { static const double v = std::sin(30.0 * kRadiansPerDegree); return v; }
inline double one_minus_cos60() { static const double v = 1.0 - std::cos(60.0 * kRadiansPerDegree); return v; }
inline double asin_half() { static const double v = std::asin(0.5); return v; }
inline double acos_half() { static const double v = std::acos(0.5); return v; }
inline double sind_0_30(double x) { return std::sin(x * kRadiansPerDegree) / sin30() / 2.0; }
inline double cosd_0_60(double x) { return 1.0 - (1.0 - std::cos(x * kRadiansPerDegree)) / one_minus_cos60() / 2.0; }
inline double sind_quadrant(double x) { return x <= 30 ? sind_0_30(x) : cosd_0_60(90 - x); }
inline double cosd_quadrant(double x) { return x <= 60 ? cosd_0_60(x) : sind_0_30(90 - x); }
inline double asind_quadrant(double x) {
    return x <= 0.5 ? std::asin(x) / asin_half() * 30 : 90 - std::acos(x) / acos_half() * 60;
}
inline double acosd_quadrant(double x) {
    return x <= 0.5 ? 90 - std::asin(x) / asin_half() * 30 : std::acos(x) / acos_half() * 60;
}
inline double sine_degrees(double x) {
    if (std::isnan(x)) return x;
    x = std::fmod(finite_angle(x), 360);
    int sign = 1;
    if (x < 0) { x = -x; sign = -sign; }
    if (x > 180) { x = 360 - x; sign = -sign; }
    if (x > 90) x = 180 - x;
    return sign * sind_quadrant(x);
}
inline double cosine_degrees(double x) {
    if (std::isnan(x)) return x;
    x = std::fabs(std::fmod(finite_angle(x), 360));
    int sign = 1;
    if (x > 180) x = 360 - x;
    if (x > 90) { x = 180 - x; sign = -sign; }
    return sign * cosd_quadrant(x);
}
inline double tangent_parts(double x, bool cotangent) {
    if (std::isnan(x)) return x;
    x = std::fmod(finite_angle(x), 360);
    int sign = 1;
    if (x < 0) { x = -x; sign = -sign; }
    if (x > 180) { x = 360 - x; sign = -sign; }
    if (x > 90) { x = 180 - x; sign = -sign; }
    static const double tan45 = sind_quadrant(45) / cosd_quadrant(45), cot45 = cosd_quadrant(45) / sind_quadrant(45);
    double r = cotangent ? cosd_quadrant(x) / sind_quadrant(x) / cot45 : sind_quadrant(x) / cosd_quadrant(x) / tan45;
    r *= sign;
    return r == 0 ? 0.0 : r;
}
inline double tangent_degrees(double x) { return tangent_parts(x, false); }
inline double cotangent_degrees(double x) { return tangent_parts(x, true); }
inline double arc_sine_degrees(double x) { unit(x); if (std::isnan(x)) return x; return x >= 0 ? asind_quadrant(x) : -asind_quadrant(-x); }
inline double arc_cosine_degrees(double x) { unit(x); if (std::isnan(x)) return x; return x >= 0 ? acosd_quadrant(x) : 90 + asind_quadrant(-x); }
inline double arc_tangent_degrees(double x) { return std::atan(x) / std::atan(1.0) * 45; }
inline double arc_tangent2_degrees(double y, double x) { return std::atan2(y, x) / std::atan(1.0) * 45; }

inline double gamma(double x) {
    if (std::isinf(x) && x < 0) overflow();
    double r = std::tgamma(x);
    if (std::isnan(r) && !std::isnan(x)) overflow();
    if (std::isinf(r) && !std::isinf(x)) overflow();
    return r;
}
inline double log_gamma(double x) {
    double r = std::lgamma(x);
    if (std::isinf(r) && !std::isinf(x)) overflow();
    return r;
}

inline double error_function(double x) { return std::erf(x); }
inline double error_complement(double x) { return std::erfc(x); }
inline double logarithm2(double x) {
    if (x == 0) throw ValueError{"2201E", "cannot take logarithm of zero"};
    if (x < 0) throw ValueError{"2201E", "cannot take logarithm of a negative number"};
    return std::log2(x);
}

}  // namespace math

template <double (*f)(double)>
ColumnPtr float_unary_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    Operand<double> x(*args[0], ctx.length, Kind::Float8);
    return map_values<double>(Kind::Float8, args, ctx, [&](int64_t i) { return f(x[i]); });
}
template <double (*f)(double, double)>
ColumnPtr float_binary_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    Operand<double> x(*args[0], ctx.length, Kind::Float8), y(*args[1], ctx.length, Kind::Float8);
    return map_values<double>(Kind::Float8, args, ctx, [&](int64_t i) { return f(x[i], y[i]); });
}
inline ColumnPtr pi_kernel(const Columns&, const CallOptions&, EvalContext& ctx) {
    FixedOut<double> out(Kind::Float8, ctx.length);
    std::fill(out.values, out.values + ctx.length, std::numbers::pi);
    return out.column;
}
// random(): one stream per call, derived from the session's seed.
inline ColumnPtr random_kernel(const Columns&, const CallOptions&, EvalContext& ctx) {
    static std::atomic<uint64_t> calls{0};
    uint64_t stream = mix64((ctx.session ? ctx.session->random_seed : 0) ^ mix64(++calls * 0x9e3779b97f4a7c15ull));
    FixedOut<double> out(Kind::Float8, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i)
        out.values[i] = double(mix64(stream + uint64_t(i + 1) * 0x9e3779b97f4a7c15ull) >> 11) * 0x1p-53;
    return out.column;
}
inline ColumnPtr float_width_bucket_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) -> int32_t {
        double x = args[0]->value<double>(i), low = args[1]->value<double>(i), high = args[2]->value<double>(i);
        int32_t count = args[3]->value<int32_t>(i);
        if (count <= 0) throw ValueError{"2201G", "count must be greater than zero"};
        if (std::isnan(x) || std::isnan(low) || std::isnan(high))
            throw ValueError{"2201G", "operand, lower bound, and upper bound cannot be NaN"};
        if (std::isinf(low) || std::isinf(high)) throw ValueError{"2201G", "lower and upper bounds must be finite"};
        if (low == high) throw ValueError{"2201G", "lower bound cannot equal upper bound"};
        bool rising = low < high;
        if (rising ? x < low : x > low) return 0;
        if (rising ? x >= high : x <= high) {
            if (count == INT32_MAX) throw ValueError{"22003", "integer out of range"};
            return count + 1;
        }
        double span = rising ? high - low : low - high, part = rising ? x - low : low - x;
        if (std::isinf(span)) { part = rising ? x / 2 - low / 2 : low / 2 - x / 2; span = std::fabs(high / 2 - low / 2); }
        return std::min(count, int32_t(count * (part / span)) + 1);
    });
}
// width_bucket(value, sorted thresholds): how many thresholds are <= the value.
inline ColumnPtr threshold_bucket_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const Column& list = *args[1];
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) {
        auto [from, to] = list.range(i);
        const Column& e = *list.children[0];
        for (int32_t k = from; k < to; ++k)
            if (!e.valid(k)) throw ValueError{"22004", "thresholds array must not contain NULLs"};
        int32_t low = from, high = to;
        while (low < high) {
            int32_t mid = (low + high) / 2;
            if (compare_value(*args[0], i, e, mid) < 0) high = mid;
            else low = mid + 1;
        }
        return low - from;
    });
}

inline std::vector<KernelEntry> math_kernels() {
    using namespace math;
    return {
        {"math.sqrt", float_unary_kernel<square_root>}, {"math.cbrt", float_unary_kernel<cube_root>},
        {"math.exp", float_unary_kernel<exponential>}, {"math.ln", float_unary_kernel<natural_log>},
        {"math.log10", float_unary_kernel<decimal_log>}, {"math.power", float_binary_kernel<power>},
        {"math.round", float_unary_kernel<round_even>}, {"math.trunc", float_unary_kernel<truncate>},
        {"math.ceil", float_unary_kernel<ceiling>}, {"math.floor", float_unary_kernel<math::floor>},
        {"math.sign", float_unary_kernel<sign>}, {"math.degrees", float_unary_kernel<degrees>},
        {"math.radians", float_unary_kernel<radians>}, {"math.sin", float_unary_kernel<sine>},
        {"math.cos", float_unary_kernel<cosine>}, {"math.tan", float_unary_kernel<tangent>},
        {"math.cot", float_unary_kernel<cotangent>}, {"math.asin", float_unary_kernel<arc_sine>},
        {"math.acos", float_unary_kernel<arc_cosine>}, {"math.atan", float_unary_kernel<arc_tangent>},
        {"math.atan2", float_binary_kernel<arc_tangent2>}, {"math.sinh", float_unary_kernel<hyperbolic_sine>},
        {"math.cosh", float_unary_kernel<hyperbolic_cosine>}, {"math.tanh", float_unary_kernel<hyperbolic_tangent>},
        {"math.coth", float_unary_kernel<hyperbolic_cotangent>}, {"math.asinh", float_unary_kernel<area_sine>},
        {"math.acosh", float_unary_kernel<area_cosine>}, {"math.atanh", float_unary_kernel<area_tangent>},
        {"math.sind", float_unary_kernel<sine_degrees>}, {"math.cosd", float_unary_kernel<cosine_degrees>},
        {"math.tand", float_unary_kernel<tangent_degrees>}, {"math.cotd", float_unary_kernel<cotangent_degrees>},
        {"math.asind", float_unary_kernel<arc_sine_degrees>}, {"math.acosd", float_unary_kernel<arc_cosine_degrees>},
        {"math.atand", float_unary_kernel<arc_tangent_degrees>},
        {"math.atan2d", float_binary_kernel<arc_tangent2_degrees>},
        {"math.erf", float_unary_kernel<error_function>}, {"math.erfc", float_unary_kernel<error_complement>},
        {"math.log2", float_unary_kernel<logarithm2>}, {"math.gamma", float_unary_kernel<math::gamma>}, {"math.lgamma", float_unary_kernel<log_gamma>},
        {"math.pi", pi_kernel}, {"math.random", random_kernel},
        {"math.width_bucket", float_width_bucket_kernel}, {"math.threshold_bucket", threshold_bucket_kernel},
    };
}

}  // namespace sabot
