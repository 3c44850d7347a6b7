// Functions over vectors (vectors.hpp).
#pragma once

#include "cast.hpp"

namespace sabot {

namespace vector_functions {

using vectors::Numbers;

inline Numbers at(const Columns& args, size_t k, int64_t i) { return vectors::decoded(args[k]->bytes(i)); }

template <class F>
ColumnPtr map_vectors(const Columns& args, EvalContext& ctx, F&& f) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        out = vectors::encoded(f(i));
        return true;
    });
}

// ints: which distance (vectors::Distance).
inline ColumnPtr distance(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_values<double>(Kind::Float8, args, ctx, [&](int64_t i) { return vectors::distance(at(args, 0, i), at(args, 1, i), int(o.ints[0])); });
}
inline ColumnPtr norm(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<double>(Kind::Float8, args, ctx, [&](int64_t i) { return vectors::norm(at(args, 0, i)); });
}
inline ColumnPtr dimensions(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) { return int32_t(vectors::dimensions(args[0]->bytes(i))); });
}
// ints: 0 sum, 1 difference, 2 product, number by number.
inline ColumnPtr combine(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_vectors(args, ctx, [&](int64_t i) {
        Numbers a = at(args, 0, i), b = at(args, 1, i);
        vectors::same_dimensions(a, b);
        for (size_t k = 0; k < a.size(); ++k) {
            float was = a[k];
            a[k] = o.ints[0] == 0 ? was + b[k] : o.ints[0] == 1 ? was - b[k] : was * b[k];
            if (std::isinf(a[k])) throw ValueError{"22003", "value out of range: overflow"};
            if (o.ints[0] == 2 && a[k] == 0 && was != 0 && b[k] != 0) throw ValueError{"22003", "value out of range: underflow"};
        }
        return a;
    });
}
inline ColumnPtr concat(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_vectors(args, ctx, [&](int64_t i) {
        Numbers a = at(args, 0, i), b = at(args, 1, i);
        a.insert(a.end(), b.begin(), b.end());
        return a;
    });
}
inline ColumnPtr normalize(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_vectors(args, ctx, [&](int64_t i) {
        Numbers a = at(args, 0, i);
        double length = vectors::norm(a);
        if (length > 0)
            for (float& f : a) f = float(double(f) / length);
        return a;
    });
}
// subvector(v, start, count), from 1; what is outside is left out.
inline ColumnPtr part(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_vectors(args, ctx, [&](int64_t i) {
        Numbers a = at(args, 0, i);
        int64_t from = args[1]->value<int32_t>(i), count = args[2]->value<int32_t>(i);
        int64_t end = std::min<int64_t>(from + count, int64_t(a.size()) + 1);
        from = std::max<int64_t>(from, 1);
        return count < 1 || end <= from ? Numbers{} : Numbers(a.begin() + (from - 1), a.begin() + (end - 1));
    });
}
// vector(n): the dimensions must be those.
inline ColumnPtr fit(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_strings(Kind::Coded, {args[0]}, ctx, [&](int64_t i, std::string& out) {
        out = args[0]->bytes(i);
        if (int64_t(vectors::dimensions(out)) != o.ints[0])
            throw ValueError{"22000", "expected " + std::to_string(o.ints[0]) + " dimensions, not " + std::to_string(vectors::dimensions(out))};
        return true;
    });
}
// Of an array of reals, and back.
inline ColumnPtr from_array(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const Column &list = *args[0], &items = *list.children[0];
    return map_vectors({args[0]}, ctx, [&](int64_t i) {
        auto [from, to] = list.range(i);
        Numbers out;
        for (int64_t k = from; k < to; ++k) {
            if (!items.valid(k)) throw ValueError{"22004", "array must not contain nulls"};
            out.push_back(items.value<float>(k));
        }
        return out;
    });
}
inline ColumnPtr to_array(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!args[0]->valid(i)) {
            out.append_null();
            continue;
        }
        for (float f : at(args, 0, i)) out.child(0).append(f);
        out.close_row();
    }
    return out.finish();
}

}  // namespace vector_functions

inline std::vector<KernelEntry> vector_kernels() {
    using namespace vector_functions;
    return {
        {"vector.distance", distance}, {"vector.norm", norm}, {"vector.dimensions", dimensions}, {"vector.combine", combine},
        {"vector.concat", concat}, {"vector.normalize", normalize}, {"vector.part", part}, {"vector.fit", fit},
        {"vector.from_array", from_array}, {"vector.to_array", to_array},
    };
}

}  // namespace sabot
