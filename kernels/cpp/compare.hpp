// Comparison and boolean kernels: =, <>, <, <=, >, >=, IS [NOT] DISTINCT FROM, NOT, IS TRUE/FALSE/NULL.
//
// Operands have one kind, or two kinds of one family: integers (and oid), floats, date/timestamp.
// timestamptz against date or timestamp needs the session's zone: the planner casts first.
#pragma once

#include "kernel_api.hpp"

namespace sabot {

enum class Cmp { Eq, Ne, Lt, Le, Gt, Ge };

template <Cmp op>
inline bool holds(int c) {
    if constexpr (op == Cmp::Eq) return c == 0;
    if constexpr (op == Cmp::Ne) return c != 0;
    if constexpr (op == Cmp::Lt) return c < 0;
    if constexpr (op == Cmp::Le) return c <= 0;
    if constexpr (op == Cmp::Gt) return c > 0;
    return c >= 0;
}
template <Cmp op, class T>
inline bool holds_values(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
        return holds<op>(compare_float(a, b));
    } else {
        if constexpr (op == Cmp::Eq) return a == b;
        if constexpr (op == Cmp::Ne) return a != b;
        if constexpr (op == Cmp::Lt) return a < b;
        if constexpr (op == Cmp::Le) return a <= b;
        if constexpr (op == Cmp::Gt) return a > b;
        return a >= b;
    }
}

// Values of a fixed-width column as T, one per row.
template <class T, class S>
inline void widen_from(const Column& c, int64_t n, T* out) {
    const S* v = c.values<S>();
    if (c.constant) std::fill(out, out + n, T(v[0]));
    else for (int64_t i = 0; i < n; ++i) out[i] = T(v[i]);
}
template <class T>
inline void widen(const Column& c, int64_t n, T* out) {
    switch (c.kind) {
        case Kind::Bool: return widen_from<T, uint8_t>(c, n, out);
        case Kind::Int2: return widen_from<T, int16_t>(c, n, out);
        case Kind::Int4: case Kind::Date: return widen_from<T, int32_t>(c, n, out);
        case Kind::Float4: return widen_from<T, float>(c, n, out);
        case Kind::Float8: return widen_from<T, double>(c, n, out);
        case Kind::Null: std::fill(out, out + n, T(0)); return;
        default: return widen_from<T, int64_t>(c, n, out);
    }
}
// A pointer to n values of T: the column's own memory where it has that form.
template <class T>
class Operand {
  public:
    Operand(const Column& c, int64_t n, Kind native) {
        if (!c.constant && c.kind == native) {
            values_ = c.values<T>();
        } else {
            own_ = std::make_unique_for_overwrite<T[]>(n);
            widen<T>(c, n, own_.get());
            values_ = own_.get();
        }
    }
    T operator[](int64_t i) const { return values_[i]; }
    const T* data() const { return values_; }

  private:
    std::unique_ptr<T[]> own_;
    const T* values_;
};

// date -> microseconds of its midnight; the infinities stay.
inline int64_t date_to_micros(int32_t d) {
    if (d == INT32_MAX) return INT64_MAX;
    if (d == INT32_MIN) return INT64_MIN;
    return int64_t(d) * 86400000000ll;
}

inline void copy_validity(const Columns& args, int64_t n, FixedOut<uint8_t>& out) {
    auto valid = all_valid(args, n);
    if (!valid.empty()) std::memcpy(out.make_validity(), valid.data(), n);
}

template <Cmp op, class T>
inline void compare_spans(const Columns& args, int64_t n, Kind native, uint8_t* out) {
    const Column &a = *args[0], &b = *args[1];
    if (b.constant && a.kind == native && !a.constant && b.kind == native) {
        T y = b.values<T>()[0];
        const T* x = a.values<T>();
        for (int64_t i = 0; i < n; ++i) out[i] = holds_values<op, T>(x[i], y);
        return;
    }
    Operand<T> x(a, n, native), y(b, n, native);
    const T *p = x.data(), *q = y.data();
    for (int64_t i = 0; i < n; ++i) out[i] = holds_values<op, T>(p[i], q[i]);
}

inline bool is_integer(Kind k) { return k == Kind::Int2 || k == Kind::Int4 || k == Kind::Int8 || k == Kind::Oid; }
inline bool is_float(Kind k) { return k == Kind::Float4 || k == Kind::Float8; }

template <Cmp op>
ColumnPtr compare_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    int64_t n = ctx.length;
    const Column &a = *args[0], &b = *args[1];
    if (a.kind == Kind::Null || b.kind == Kind::Null) return null_column(Kind::Bool, n);
    FixedOut<uint8_t> out(Kind::Bool, n);
    copy_validity(args, n, out);
    uint8_t* v = out.values;
    if (a.kind == b.kind) {
        switch (a.kind) {
            case Kind::Bool: compare_spans<op, uint8_t>(args, n, a.kind, v); return out.column;
            case Kind::Int2: compare_spans<op, int16_t>(args, n, a.kind, v); return out.column;
            case Kind::Int4: case Kind::Date: compare_spans<op, int32_t>(args, n, a.kind, v); return out.column;
            case Kind::Int8: case Kind::Time: case Kind::Timestamp: case Kind::Timestamptz: case Kind::Oid:
                compare_spans<op, int64_t>(args, n, a.kind, v);
                return out.column;
            case Kind::Float4: compare_spans<op, float>(args, n, a.kind, v); return out.column;
            case Kind::Float8: compare_spans<op, double>(args, n, a.kind, v); return out.column;
            case Kind::Text: case Kind::Bytea:
                for (int64_t i = 0; i < n; ++i) {
                    auto x = a.bytes(i), y = b.bytes(i);
                    if constexpr (op == Cmp::Eq) v[i] = x == y;
                    else if constexpr (op == Cmp::Ne) v[i] = x != y;
                    else v[i] = holds<op>(x.compare(y));
                }
                return out.column;
            default: break;
        }
        const uint8_t* ok = out.column->validity ? out.column->validity->data() : nullptr;
        for (int64_t i = 0; i < n; ++i) {
            if (ok && !ok[i]) { v[i] = 0; continue; }
            if constexpr (op == Cmp::Eq) v[i] = equal_value(a, i, b, i);
            else if constexpr (op == Cmp::Ne) v[i] = !equal_value(a, i, b, i);
            else v[i] = holds<op>(compare_value(a, i, b, i));
        }
        return out.column;
    }
    if (is_integer(a.kind) && is_integer(b.kind)) {
        compare_spans<op, int64_t>(args, n, Kind::Int8, v);
    } else if ((is_float(a.kind) || is_integer(a.kind)) && (is_float(b.kind) || is_integer(b.kind))) {
        compare_spans<op, double>(args, n, Kind::Float8, v);
    } else {
        auto micros = [&](const Column& c, int64_t i) {
            return c.kind == Kind::Date ? date_to_micros(c.value<int32_t>(i)) : c.value<int64_t>(i);
        };
        for (int64_t i = 0; i < n; ++i) v[i] = holds_values<op, int64_t>(micros(a, i), micros(b, i));
    }
    return out.column;
}

template <bool distinct>
ColumnPtr distinct_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    int64_t n = ctx.length;
    const Column &a = *args[0], &b = *args[1];
    FixedOut<uint8_t> out(Kind::Bool, n);
    if (a.kind == b.kind || a.kind == Kind::Null || b.kind == Kind::Null) {
        for (int64_t i = 0; i < n; ++i) {
            bool x = a.valid(i), y = b.valid(i);
            bool same = x && y ? equal_value(a, i, b, i) : x == y;
            out.values[i] = same != distinct;
        }
        return out.column;
    }
    auto eq = compare_kernel<Cmp::Eq>(args, o, ctx);
    for (int64_t i = 0; i < n; ++i) {
        bool same = eq->valid(i) ? eq->value<uint8_t>(i) : a.valid(i) == b.valid(i);
        out.values[i] = same != distinct;
    }
    return out.column;
}

// character(n) ignores trailing blanks.
inline int compare_padded(const Column& a, const Column& b, int64_t i) {
    auto strip = [](std::string_view s) {
        while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
        return s;
    };
    return strip(a.bytes(i)).compare(strip(b.bytes(i)));
}

template <Cmp op>
ColumnPtr compare_bpchar_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        out = holds<op>(compare_padded(*args[0], *args[1], i));
        return true;
    });
}

inline ColumnPtr not_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    int64_t n = ctx.length;
    const Column& a = *args[0];
    if (a.kind == Kind::Null) return null_column(Kind::Bool, n);
    FixedOut<uint8_t> out(Kind::Bool, n);
    copy_validity(args, n, out);
    for (int64_t i = 0; i < n; ++i) out.values[i] = !a.value<uint8_t>(i);
    return out.column;
}

// IS [NOT] TRUE / FALSE / UNKNOWN. `on_null` is the answer for NULL, `wanted` the value asked for.
template <bool wanted, bool negated>
ColumnPtr is_value_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    int64_t n = ctx.length;
    const Column& a = *args[0];
    FixedOut<uint8_t> out(Kind::Bool, n);
    for (int64_t i = 0; i < n; ++i) out.values[i] = (a.valid(i) && bool(a.value<uint8_t>(i)) == wanted) != negated;
    return out.column;
}

// IS [NOT] NULL; a row is null when all fields are, not null when no field is.
template <bool wanted_null>
ColumnPtr is_null_kernel(const Columns& args, const CallOptions&, EvalContext& ctx) {
    int64_t n = ctx.length;
    const Column& a = *args[0];
    FixedOut<uint8_t> out(Kind::Bool, n);
    for (int64_t i = 0; i < n; ++i) {
        bool present = a.valid(i);
        if (present && a.kind == Kind::Struct) {
            bool all = true;
            for (auto& f : a.children) all &= f->valid(a.at(i)) != wanted_null;
            out.values[i] = all;
        } else {
            out.values[i] = present != wanted_null;
        }
    }
    return out.column;
}

// greatest / least: NULLs are ignored, of equal values the first is taken. `sign` 1 picks the greatest; `ints` = (1,): of character(n).
template <int sign>
ColumnPtr extreme_kernel(const Columns& args, const CallOptions& options, EvalContext& ctx) {
    ColumnBuilder out(options.result);
    out.reserve(ctx.length);
    auto compare = [&](const Column& a, const Column& b, int64_t i) {
        return options.ints.empty() ? compare_value(a, i, b, i) : compare_padded(a, b, i);
    };
    for (int64_t i = 0; i < ctx.length; ++i) {
        const Column* best = nullptr;
        for (auto& a : args)
            if (a->valid(i) && (!best || compare(*a, *best, i) * sign > 0)) best = a.get();
        if (best) out.append_from(*best, i);
        else out.append_null();
    }
    return out.finish();
}

inline ColumnPtr nullif_kernel(const Columns& args, const CallOptions& options, EvalContext& ctx) {
    const Column &a = *args[0], &b = *args[1];
    auto same = compare_kernel<Cmp::Eq>(args, options, ctx);
    ColumnBuilder out(options.result);
    out.reserve(ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (a.valid(i) && b.valid(i) && same->value<uint8_t>(i)) out.append_null();
        else out.append_from(a, i);
    }
    return out.finish();
}

// num_nulls / num_nonnulls over any number of arguments; `ints` = (1,): over the elements of an array.
template <bool nulls>
ColumnPtr count_nulls_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    if (!o.ints.empty())
        return map_fixed<int32_t>(Kind::Int4, args, ctx, [&](int64_t i, int32_t& k) {
            auto [from, to] = args[0]->range(i);
            k = 0;
            for (int32_t e = from; e < to; ++e) k += args[0]->children[0]->valid(e) != nulls;
            return true;
        });
    FixedOut<int32_t> out(Kind::Int4, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        int32_t k = 0;
        for (auto& a : args) k += a->valid(i) != nulls;
        out.values[i] = k;
    }
    return out.column;
}

inline std::vector<KernelEntry> compare_kernels() {
    return {
        {"compare.eq", compare_kernel<Cmp::Eq>}, {"compare.ne", compare_kernel<Cmp::Ne>},
        {"compare.lt", compare_kernel<Cmp::Lt>}, {"compare.le", compare_kernel<Cmp::Le>},
        {"compare.gt", compare_kernel<Cmp::Gt>}, {"compare.ge", compare_kernel<Cmp::Ge>},
        {"compare.bpchar_eq", compare_bpchar_kernel<Cmp::Eq>}, {"compare.bpchar_ne", compare_bpchar_kernel<Cmp::Ne>},
        {"compare.bpchar_lt", compare_bpchar_kernel<Cmp::Lt>}, {"compare.bpchar_le", compare_bpchar_kernel<Cmp::Le>},
        {"compare.bpchar_gt", compare_bpchar_kernel<Cmp::Gt>}, {"compare.bpchar_ge", compare_bpchar_kernel<Cmp::Ge>},
        {"compare.is_distinct", distinct_kernel<true>}, {"compare.is_not_distinct", distinct_kernel<false>},
        {"bool.not", not_kernel},
        {"bool.is_true", is_value_kernel<true, false>}, {"bool.is_not_true", is_value_kernel<true, true>},
        {"bool.is_false", is_value_kernel<false, false>}, {"bool.is_not_false", is_value_kernel<false, true>},
        {"bool.is_null", is_null_kernel<true>}, {"bool.is_not_null", is_null_kernel<false>},
        {"misc.greatest", extreme_kernel<1>}, {"misc.least", extreme_kernel<-1>}, {"misc.nullif", nullif_kernel},
        {"misc.num_nulls", count_nulls_kernel<true>}, {"misc.num_nonnulls", count_nulls_kernel<false>},
    };
}

}  // namespace sabot
