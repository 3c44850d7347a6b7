// Integer and float arithmetic with PostgreSQL's errors: 22003 out of range, 22012 division by zero.
//
// The result kind decides the width: operands of other widths are widened first. The loops have no branch
// per row that stops vectorising: failures are gathered into a flag and looked for only when it is set.
#pragma once

#include <cfenv>
#include <cmath>
#include <limits>

#include "compare.hpp"

namespace sabot {

template <class T> inline constexpr Kind native_kind = Kind::Null;
template <> inline constexpr Kind native_kind<int16_t> = Kind::Int2;
template <> inline constexpr Kind native_kind<int32_t> = Kind::Int4;
template <> inline constexpr Kind native_kind<int64_t> = Kind::Int8;
template <> inline constexpr Kind native_kind<float> = Kind::Float4;
template <> inline constexpr Kind native_kind<double> = Kind::Float8;

template <class T>
inline const char* range_message() {
    if constexpr (sizeof(T) == 2) return "smallint out of range";
    if constexpr (sizeof(T) == 4) return "integer out of range";
    return "bigint out of range";
}

enum class Arith { Add, Sub, Mul };

template <Arith op, class T>
inline bool overflows(T a, T b, T* r) {
    if constexpr (op == Arith::Add) return __builtin_add_overflow(a, b, r);
    if constexpr (op == Arith::Sub) return __builtin_sub_overflow(a, b, r);
    return __builtin_mul_overflow(a, b, r);
}

template <Arith op, class T>
ColumnPtr integer_arith(const Columns& args, EvalContext& ctx) {
    int64_t n = ctx.length;
    FixedOut<T> out(native_kind<T>, n);
    auto valid = all_valid(args, n);
    Operand<T> x(*args[0], n, native_kind<T>), y(*args[1], n, native_kind<T>);
    const T *a = x.data(), *b = y.data();
    bool failed = false;
    for (int64_t i = 0; i < n; ++i) failed |= overflows<op, T>(a[i], b[i], &out.values[i]);
    uint8_t* v = nullptr;
    if (!valid.empty()) std::memcpy(v = out.make_validity(), valid.data(), n);
    if (failed)
        for (int64_t i = 0; i < n; ++i) {
            if (v && !v[i]) continue;
            T r;
            if (!overflows<op, T>(a[i], b[i], &r)) continue;
            ctx.fail(i, "22003", range_message<T>());
            if (!v) v = out.make_validity();
            v[i] = 0;
            out.values[i] = 0;
        }
    return out.column;
}

inline bool fail_overflow(EvalContext& ctx, int64_t row) {
    ctx.fail(row, "22003", "value out of range: overflow");
    return false;
}
inline bool fail_underflow(EvalContext& ctx, int64_t row) {
    ctx.fail(row, "22003", "value out of range: underflow");
    return false;
}
inline bool fail_zero_division(EvalContext& ctx, int64_t row) {
    ctx.fail(row, "22012", "division by zero");
    return false;
}

template <Arith op, class T>
ColumnPtr float_arith(const Columns& args, EvalContext& ctx) {
    int64_t n = ctx.length;
    FixedOut<T> out(native_kind<T>, n);
    auto valid = all_valid(args, n);
    Operand<T> x(*args[0], n, native_kind<T>), y(*args[1], n, native_kind<T>);
    const T *a = x.data(), *b = y.data();
    bool odd = false;  // an infinite result, or a zero product
    for (int64_t i = 0; i < n; ++i) {
        T r = op == Arith::Add ? a[i] + b[i] : op == Arith::Sub ? a[i] - b[i] : a[i] * b[i];
        out.values[i] = r;
        odd |= std::fabs(r) > std::numeric_limits<T>::max();
        if (op == Arith::Mul) odd |= r == 0;
    }
    uint8_t* v = nullptr;
    if (!valid.empty()) std::memcpy(v = out.make_validity(), valid.data(), n);
    if (odd)
        for (int64_t i = 0; i < n; ++i) {
            if (v && !v[i]) continue;
            T r = out.values[i];
            bool over = std::isinf(r) && !std::isinf(a[i]) && !std::isinf(b[i]);
            bool under = op == Arith::Mul && r == 0 && a[i] != 0 && b[i] != 0;
            if (!over && !under) continue;
            if (over) fail_overflow(ctx, i);
            else fail_underflow(ctx, i);
            if (!v) v = out.make_validity();
            v[i] = 0;
            out.values[i] = 0;
        }
    return out.column;
}

template <Arith op>
ColumnPtr arith_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    switch (o.result.kind) {
        case Kind::Int2: return integer_arith<op, int16_t>(args, ctx);
        case Kind::Int4: return integer_arith<op, int32_t>(args, ctx);
        case Kind::Int8: return integer_arith<op, int64_t>(args, ctx);
        case Kind::Float4: return float_arith<op, float>(args, ctx);
        default: return float_arith<op, double>(args, ctx);
    }
}

template <class T>
ColumnPtr integer_division(const Columns& args, EvalContext& ctx, bool remainder) {
    Operand<T> x(*args[0], ctx.length, native_kind<T>), y(*args[1], ctx.length, native_kind<T>);
    return map_fixed<T>(native_kind<T>, args, ctx, [&](int64_t i, T& out) {
        T a = x[i], b = y[i];
        if (b == 0) return fail_zero_division(ctx, i);
        if (b == T(-1)) {
            if (remainder) { out = 0; return true; }
            if (a == std::numeric_limits<T>::min()) {
                ctx.fail(i, "22003", range_message<T>());
                return false;
            }
            out = T(-a);
            return true;
        }
        out = remainder ? T(a % b) : T(a / b);
        return true;
    });
}
template <class T>
ColumnPtr float_division(const Columns& args, EvalContext& ctx) {
    Operand<T> x(*args[0], ctx.length, native_kind<T>), y(*args[1], ctx.length, native_kind<T>);
    return map_fixed<T>(native_kind<T>, args, ctx, [&](int64_t i, T& out) {
        T a = x[i], b = y[i];
        if (b == 0 && !std::isnan(a)) return fail_zero_division(ctx, i);
        out = a / b;
        if (std::isinf(out) && !std::isinf(a)) return fail_overflow(ctx, i);
        if (out == 0 && a != 0 && !std::isinf(b)) return fail_underflow(ctx, i);
        return true;
    });
}
inline ColumnPtr divide_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    switch (o.result.kind) {
        case Kind::Int2: return integer_division<int16_t>(args, ctx, false);
        case Kind::Int4: return integer_division<int32_t>(args, ctx, false);
        case Kind::Int8: return integer_division<int64_t>(args, ctx, false);
        case Kind::Float4: return float_division<float>(args, ctx);
        default: return float_division<double>(args, ctx);
    }
}
inline ColumnPtr modulo_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    switch (o.result.kind) {
        case Kind::Int2: return integer_division<int16_t>(args, ctx, true);
        case Kind::Int4: return integer_division<int32_t>(args, ctx, true);
        default: return integer_division<int64_t>(args, ctx, true);
    }
}

// Calls `f.operator()<T>()` for the number kind.
template <class F>
ColumnPtr with_number(Kind k, F&& f) {
    switch (k) {
        case Kind::Int2: return f.template operator()<int16_t>();
        case Kind::Int4: return f.template operator()<int32_t>();
        case Kind::Int8: return f.template operator()<int64_t>();
        case Kind::Float4: return f.template operator()<float>();
        default: return f.template operator()<double>();
    }
}
template <class F>
ColumnPtr with_integer(Kind k, F&& f) {
    switch (k) {
        case Kind::Int2: return f.template operator()<int16_t>();
        case Kind::Int4: return f.template operator()<int32_t>();
        default: return f.template operator()<int64_t>();
    }
}

template <bool absolute>
ColumnPtr negate_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return with_number(o.result.kind, [&]<class T>() {
        Operand<T> x(*args[0], ctx.length, native_kind<T>);
        return map_fixed<T>(native_kind<T>, args, ctx, [&](int64_t i, T& out) {
            T a = x[i];
            if constexpr (std::is_floating_point_v<T>) {
                out = absolute ? std::fabs(a) : -a;
            } else {
                if (a == std::numeric_limits<T>::min()) {
                    ctx.fail(i, "22003", range_message<T>());
                    return false;
                }
                out = absolute ? T(a < 0 ? -a : a) : T(-a);
            }
            return true;
        });
    });
}
inline ColumnPtr identity_kernel(const Columns& args, const CallOptions&, EvalContext&) { return args[0]; }

enum class Bit { And, Or, Xor, Left, Right };

template <Bit op>
ColumnPtr bit_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return with_integer(o.result.kind, [&]<class T>() {
        using U = std::make_unsigned_t<T>;
        // C promotes smallint to int before it shifts, and so does PostgreSQL.
        using Wide = std::conditional_t<sizeof(T) == 2, int32_t, T>;
        constexpr int mask = sizeof(Wide) * 8 - 1;
        Operand<T> x(*args[0], ctx.length, native_kind<T>);
        if constexpr (op == Bit::Left || op == Bit::Right) {
            Operand<int32_t> by(*args[1], ctx.length, Kind::Int4);
            return map_fixed<T>(native_kind<T>, args, ctx, [&](int64_t i, T& out) {
                int s = by[i] & mask;
                if (op == Bit::Left) out = T(std::make_unsigned_t<Wide>(Wide(x[i])) << s);
                else out = T(Wide(x[i]) >> s);
                return true;
            });
        } else {
            Operand<T> y(*args[1], ctx.length, native_kind<T>);
            return map_fixed<T>(native_kind<T>, args, ctx, [&](int64_t i, T& out) {
                U a = U(x[i]), b = U(y[i]);
                out = T(op == Bit::And ? a & b : op == Bit::Or ? a | b : a ^ b);
                return true;
            });
        }
    });
}
inline ColumnPtr bit_not_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return with_integer(o.result.kind, [&]<class T>() {
        Operand<T> x(*args[0], ctx.length, native_kind<T>);
        return map_fixed<T>(native_kind<T>, args, ctx, [&](int64_t i, T& out) { out = T(~x[i]); return true; });
    });
}

// gcd (or lcm) of integers.
template <bool multiple>
ColumnPtr gcd_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return with_integer(o.result.kind, [&]<class T>() {
        Operand<T> x(*args[0], ctx.length, native_kind<T>), y(*args[1], ctx.length, native_kind<T>);
        return map_fixed<T>(native_kind<T>, args, ctx, [&](int64_t i, T& out) {
            auto magnitude = [](T v) { return v < 0 ? uint64_t(0) - uint64_t(int64_t(v)) : uint64_t(v); };
            uint64_t a = magnitude(x[i]), b = magnitude(y[i]), p = a, q = b;
            while (q) { uint64_t r = p % q; p = q; q = r; }
            uint64_t limit = uint64_t(std::numeric_limits<T>::max());
            if constexpr (multiple) {
                if (a == 0 || b == 0) { out = 0; return true; }
                u128 r = u128(a / p) * b;
                if (r > limit) {
                    ctx.fail(i, "22003", range_message<T>());
                    return false;
                }
                out = T(r);
            } else {
                if (p > limit) {
                    ctx.fail(i, "22003", range_message<T>());
                    return false;
                }
                out = T(p);
            }
            return true;
        });
    });
}

inline std::vector<KernelEntry> arith_kernels() {
    return {
        {"arith.add", arith_kernel<Arith::Add>}, {"arith.sub", arith_kernel<Arith::Sub>},
        {"arith.mul", arith_kernel<Arith::Mul>}, {"arith.div", divide_kernel}, {"arith.mod", modulo_kernel},
        {"arith.neg", negate_kernel<false>}, {"arith.abs", negate_kernel<true>}, {"arith.plus", identity_kernel},
        {"arith.bit_and", bit_kernel<Bit::And>}, {"arith.bit_or", bit_kernel<Bit::Or>},
        {"arith.bit_xor", bit_kernel<Bit::Xor>}, {"arith.shift_left", bit_kernel<Bit::Left>},
        {"arith.shift_right", bit_kernel<Bit::Right>}, {"arith.bit_not", bit_not_kernel},
        {"arith.gcd", gcd_kernel<false>}, {"arith.lcm", gcd_kernel<true>},
    };
}

}  // namespace sabot
