// Functions and operators of ranges and multiranges. Arguments may be ranges, multiranges or single values of their bounds' type.
#pragma once

#include "cast.hpp"
#include "ranges.hpp"

namespace sabot::range_functions {

using namespace ranges;

// What `result` or an argument of the call says of the bounds' type.
inline char code_of(const Columns& args, int64_t row) {
    for (auto& a : args)
        if (a->kind == Kind::Coded && a->valid(row)) return a->bytes(row)[1];
    return 0;
}
inline Ranges set_at(const Column& c, int64_t row, char code) {
    if (c.kind == Kind::Coded) return decoded(c.bytes(row), true);
    return {Range{false, bound_from(c, row, code, true), bound_from(c, row, code, true)}};
}

using Test = bool (*)(const Ranges&, const Ranges&);
template <Test test, bool swapped = false>
ColumnPtr compare(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        char code = code_of(args, i);
        auto a = set_at(*args[0], i, code), b = set_at(*args[1], i, code);
        out = swapped ? test(b, a) : test(a, b);
        return true;
    });
}

template <class F>
ColumnPtr map_ranges(const Columns& args, EvalContext& ctx, F&& f) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        out = f(i);
        return true;
    });
}
inline std::string one(Range r, char code) { return encoded({std::move(r)}, code, false); }

enum class Set { Union, Merge, Intersect, Minus };
template <Set op>
ColumnPtr combine(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_ranges(args, ctx, [&](int64_t i) {
        auto x = args[0]->bytes(i), y = args[1]->bytes(i);
        char code = x[1];
        auto a = decoded(x, true), b = decoded(y, true);
        bool multi = x[0] == 'R';
        if (op == Set::Union || op == Set::Merge) {
            Ranges both = a;
            both.insert(both.end(), b.begin(), b.end());
            if (op == Set::Merge) return one(hull(both), code);
            both = united(std::move(both));
            if (!multi && both.size() > 1) throw ValueError{"22000", "result of range union would not be contiguous"};
            return encoded(!multi && both.empty() ? Ranges{{true, {}, {}}} : both, code, multi);
        }
        auto left = op == Set::Intersect ? common(a, b, code) : without(a, b, code);
        if (!multi && left.size() > 1) throw ValueError{"22000", "result of range difference would not be contiguous"};
        return encoded(!multi && left.empty() ? Ranges{{true, {}, {}}} : left, code, multi);
    });
}
// range_merge(multirange)
inline ColumnPtr merged(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_ranges(args, ctx, [&](int64_t i) {
        auto b = args[0]->bytes(i);
        return one(hull(decoded(b, true)), b[1]);
    });
}

// range(lower, upper [, '[)']); texts: the type's name.
inline ColumnPtr make(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    char code = kind_named(o.texts.at(0))->code;
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        try {
            std::string_view flags = "[)";
            if (args.size() > 2) {
                if (!args[2]->valid(i)) throw ValueError{"22000", "range constructor flags argument must not be null"};
                flags = args[2]->bytes(i);
                if (flags.size() != 2 || (flags[0] != '[' && flags[0] != '(') || (flags[1] != ']' && flags[1] != ')'))
                    throw ValueError{"42601", "invalid range bound flags"};
            }
            Range r;
            if (args[0]->valid(i)) r.lower = bound_from(*args[0], i, code, flags[0] == '[');
            if (args[1]->valid(i)) r.upper = bound_from(*args[1], i, code, flags[1] == ']');
            out.append_bytes(one(made(std::move(r), code), code));
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            out.append_null();
        }
    }
    return out.finish();
}
// multirange(range, …); texts: the type's name.
inline ColumnPtr make_multi(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    char code = kind_named(o.texts.at(0))->code;
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        bool whole = std::all_of(args.begin(), args.end(), [&](auto& a) { return a->valid(i); });
        if (!whole && args.size() > 1) ctx.fail(i, "22004", "multirange values cannot contain null members");
        if (!whole) {
            out.append_null();
            continue;
        }
        Ranges all;
        for (auto& a : args) all.push_back(decoded(a->bytes(i)).at(0));
        out.append_bytes(encoded(united(std::move(all)), code, true));
    }
    return out.finish();
}
// multirange(range) and its cast.
inline ColumnPtr to_multi(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_ranges(args, ctx, [&](int64_t i) {
        auto b = args[0]->bytes(i);
        return encoded(decoded(b, true), b[1], true);
    });
}
// Of an array of ranges or multiranges: their union as a multirange, or (intersect) what all have in common.
template <bool intersect>
ColumnPtr collected(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        auto [from, to] = args[0]->range(i);
        const Column& e = *args[0]->children[0];
        Ranges all;
        bool any = false, multi = !intersect;
        char code = 0;
        for (int32_t k = from; k < to; ++k) {
            if (!e.valid(k)) continue;
            auto b = e.bytes(k);
            code = b[1];
            auto these = decoded(b, true);
            if (intersect) {
                multi = b[0] == 'R';
                all = any ? common(all, these, code) : these;
            } else {
                all.insert(all.end(), these.begin(), these.end());
            }
            any = true;
        }
        if (!any) return false;
        if (!intersect) all = united(std::move(all));
        out = encoded(!multi && all.empty() ? Ranges{{true, {}, {}}} : all, code, multi);
        return true;
    });
}
// The ranges of a multirange as an array.
inline ColumnPtr parts(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!args[0]->valid(i)) { out.append_null(); continue; }
        auto b = args[0]->bytes(i);
        for (auto& r : decoded(b, true)) out.child(0).append_bytes(one(r, b[1]));
        out.close_row();
    }
    return out.finish();
}

template <bool lower>
ColumnPtr bound(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        auto set = args[0]->valid(i) ? decoded(args[0]->bytes(i), true) : Ranges{};
        const Bound none, &b = set.empty() ? none : lower ? set.front().lower : set.back().upper;
        if (b.infinite) out.append_null();
        else if (o.result.kind == Kind::Numeric) out.append_bytes(numeric_of(b));
        else if (width_of(o.result.kind) == 4) out.append<int32_t>(int32_t(integer_of(b)));
        else out.append<int64_t>(integer_of(b));
    }
    return out.finish();
}
enum class Fact { Empty, LowerInclusive, UpperInclusive, LowerInfinite, UpperInfinite };
template <Fact fact>
ColumnPtr is(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        auto set = decoded(args[0]->bytes(i), true);
        if (fact == Fact::Empty || set.empty()) out = fact == Fact::Empty && set.empty();
        else if (fact == Fact::LowerInclusive) out = set.front().lower.inclusive;
        else if (fact == Fact::UpperInclusive) out = set.back().upper.inclusive;
        else if (fact == Fact::LowerInfinite) out = set.front().lower.infinite;
        else out = set.back().upper.infinite;
        return true;
    });
}

inline std::vector<KernelEntry> range_kernels() {
    return {
        {"range.contains", compare<contains>}, {"range.contained", compare<contains, true>}, {"range.overlaps", compare<overlaps>},
        {"range.adjacent", compare<adjacent>}, {"range.before", compare<before>}, {"range.after", compare<before, true>},
        {"range.not_right_of", compare<not_right_of>}, {"range.not_left_of", compare<not_left_of>},
        {"range.union", combine<Set::Union>}, {"range.merge", combine<Set::Merge>}, {"range.intersect", combine<Set::Intersect>},
        {"range.minus", combine<Set::Minus>}, {"range.merged", merged}, {"range.make", make}, {"multirange.make", make_multi},
        {"multirange.from_range", to_multi}, {"multirange.collected", collected<false>}, {"range.in_common", collected<true>},
        {"multirange.parts", parts}, {"range.lower", bound<true>}, {"range.upper", bound<false>},
        {"range.isempty", is<Fact::Empty>}, {"range.lower_inc", is<Fact::LowerInclusive>},
        {"range.upper_inc", is<Fact::UpperInclusive>}, {"range.lower_inf", is<Fact::LowerInfinite>},
        {"range.upper_inf", is<Fact::UpperInfinite>},
    };
}

}  // namespace sabot::range_functions
