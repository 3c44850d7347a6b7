// Kernels over numeric, and rw_int256 arithmetic, which shares its big integers.
#pragma once

#include "cast.hpp"
#include "numeric_math.hpp"

namespace sabot {

using NumericUnary = std::string (*)(std::string_view);
using NumericBinary = std::string (*)(std::string_view, std::string_view);

template <NumericUnary f>
ColumnPtr numeric_unary_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        out = f(args[0]->bytes(i));
        return true;
    });
}
template <NumericBinary f>
ColumnPtr numeric_binary_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        out = f(args[0]->bytes(i), args[1]->bytes(i));
        return true;
    });
}
// round / trunc with an optional number of digits.
template <bool rounds>
ColumnPtr numeric_round_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        out = numeric_round(args[0]->bytes(i), args.size() > 1 ? args[1]->value<int32_t>(i) : 0, rounds);
        return true;
    });
}
inline std::string numeric_ceil(std::string_view v) { return numeric_floor_ceil(v, true); }
inline std::string numeric_floor(std::string_view v) { return numeric_floor_ceil(v, false); }
inline std::string numeric_sign_value(std::string_view v) {
    NumericView n(v);
    return n.tag == kNumNaN ? std::string(v) : numeric_from_int(numeric_sign(n));
}
inline std::string numeric_log10(std::string_view v) { return numeric_log(numeric_from_int(10), v); }
inline std::string numeric_same(std::string_view v) { return std::string(v); }

template <bool minimal>
ColumnPtr numeric_scale_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_fixed<int32_t>(Kind::Int4, args, ctx, [&](int64_t i, int32_t& out) {
        NumericView v(args[0]->bytes(i));
        if (!v.finite()) return false;
        out = minimal ? numeric_min_scale(v) : v.scale;
        return true;
    });
}
inline ColumnPtr factorial_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        out = numeric_factorial(args[0]->value<int64_t>(i));
        return true;
    });
}
inline ColumnPtr numeric_width_bucket_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) {
        return numeric_width_bucket(args[0]->bytes(i), args[1]->bytes(i), args[2]->bytes(i), args[3]->value<int32_t>(i));
    });
}

enum class WideOp { Add, Sub, Mul, Div, Mod };

template <WideOp op>
ColumnPtr int256_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<Int256>(Kind::Int256, args, ctx, [&](int64_t i) {
        Decimal a = decimal_of(args[0]->value<Int256>(i)), b = decimal_of(args[1]->value<Int256>(i));
        if (op == WideOp::Sub) b.negative = !b.negative && !b.zero();
        if (op == WideOp::Add || op == WideOp::Sub) return int256_from_decimal(add(std::move(a), std::move(b)));
        if (op == WideOp::Mul) return int256_from_decimal(multiply(a, b));
        if (b.zero()) numeric_zero_division();
        auto [q, r] = big::divide(a.magnitude, b.magnitude);
        if (op == WideOp::Div) return int256_from_decimal({a.negative != b.negative && !q.empty(), 0, q});
        return int256_from_decimal({a.negative && !r.empty(), 0, r});
    });
}
template <bool absolute>
ColumnPtr int256_negate_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<Int256>(Kind::Int256, args, ctx, [&](int64_t i) {
        Decimal a = decimal_of(args[0]->value<Int256>(i));
        a.negative = absolute ? false : !a.negative && !a.zero();
        return int256_from_decimal(a);
    });
}

inline std::vector<KernelEntry> numeric_kernels() {
    return {
        {"numeric.add", numeric_binary_kernel<numeric_add>}, {"numeric.sub", numeric_binary_kernel<numeric_sub>},
        {"numeric.mul", numeric_binary_kernel<numeric_mul>}, {"numeric.div", numeric_binary_kernel<numeric_div>},
        {"numeric.mod", numeric_binary_kernel<numeric_mod>},
        {"numeric.div_trunc", numeric_binary_kernel<numeric_div_trunc>},
        {"numeric.power", numeric_binary_kernel<numeric_power>}, {"numeric.log", numeric_binary_kernel<numeric_log>},
        {"numeric.gcd", numeric_binary_kernel<numeric_gcd>}, {"numeric.lcm", numeric_binary_kernel<numeric_lcm>},
        {"numeric.neg", numeric_unary_kernel<numeric_neg>}, {"numeric.plus", numeric_unary_kernel<numeric_same>},
        {"numeric.abs", numeric_unary_kernel<numeric_abs>}, {"numeric.sign", numeric_unary_kernel<numeric_sign_value>},
        {"numeric.ceil", numeric_unary_kernel<numeric_ceil>}, {"numeric.floor", numeric_unary_kernel<numeric_floor>},
        {"numeric.sqrt", numeric_unary_kernel<numeric_sqrt>}, {"numeric.exp", numeric_unary_kernel<numeric_exp>},
        {"numeric.ln", numeric_unary_kernel<numeric_ln>}, {"numeric.log10", numeric_unary_kernel<numeric_log10>},
        {"numeric.trim_scale", numeric_unary_kernel<numeric_trim_scale>},
        {"numeric.round", numeric_round_kernel<true>}, {"numeric.trunc", numeric_round_kernel<false>},
        {"numeric.scale", numeric_scale_kernel<false>}, {"numeric.min_scale", numeric_scale_kernel<true>},
        {"numeric.factorial", factorial_kernel}, {"numeric.width_bucket", numeric_width_bucket_kernel},
        {"int256.add", int256_kernel<WideOp::Add>}, {"int256.sub", int256_kernel<WideOp::Sub>},
        {"int256.mul", int256_kernel<WideOp::Mul>}, {"int256.div", int256_kernel<WideOp::Div>},
        {"int256.mod", int256_kernel<WideOp::Mod>}, {"int256.neg", int256_negate_kernel<false>},
        {"int256.abs", int256_negate_kernel<true>},
    };
}

}  // namespace sabot
