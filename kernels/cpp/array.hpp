// Arrays: making, indexing, searching, changing. Arrays of several dimensions are lists of lists.
#pragma once

#include "datetime.hpp"
#include "array_assign.hpp"
#include "array_shape.hpp"
#include "map.hpp"
#include "numeric.hpp"

namespace sabot {

inline void append_elements(ColumnBuilder& to, const Column& list, int64_t row) {
    auto [from, end] = list.range(row);
    for (int32_t k = from; k < end; ++k) to.append_from(*list.children[0], k);
}
// Calls f(innermost column, index) -> go on? for every innermost element.
template <class F>
bool each_leaf(const Column& list, int64_t row, F&& f) {
    auto [from, to] = list.range(row);
    const Column& e = *list.children[0];
    for (int32_t k = from; k < to; ++k) {
        bool more = e.kind == Kind::List && e.valid(k) ? each_leaf(e, k, f) : bool(f(e, k));
        if (!more) return false;
    }
    return true;
}
SABOT_KERNEL(array_make) {
    ColumnBuilder out(o.result);
    bool nested = o.result.children[0].kind == Kind::List;
    for (int64_t i = 0; i < ctx.length; ++i) {
        std::vector<int32_t> first;
        bool even = true, empty = nested;
        for (size_t k = 0; nested && k < args.size(); ++k) {
            auto dimensions = args[k]->valid(i) ? array_dimensions(*args[k], i) : std::vector<int32_t>{};
            if (k == 0) first = dimensions;
            even &= dimensions == first;
            empty &= dimensions.empty();
        }
        if (!even) {
            ctx.fail(i, "2202E", "multidimensional arrays must have array expressions with matching dimensions");
            out.append_null();
            continue;
        }
        for (size_t k = 0; !empty && k < args.size(); ++k) out.child(0).append_from(*args[k], i);
        out.close_row();
    }
    return out.finish();
}
SABOT_KERNEL(array_index) {
    ColumnBuilder out(o.result);
    auto valid = all_valid(args, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!valid.empty() && !valid[i]) { out.append_null(); continue; }
        auto [from, to] = args[0]->range(i);
        int64_t at = int64_t(from) + args[1]->value<int32_t>(i) - 1;
        if (at < from || at >= to) out.append_null();
        else out.append_from(*args[0]->children[0], at);
    }
    return out.finish();
}
// list[low:high]; `ints` say which bounds are given.
SABOT_KERNEL(array_slice) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        int64_t low = o.ints[0] ? args[1]->value<int32_t>(i) : 1, high = o.ints[1] ? args[2]->value<int32_t>(i) : end - from;
        low = std::max<int64_t>(low, 1);
        high = std::min<int64_t>(high, end - from);
        for (int64_t k = low; k <= high; ++k) to.append_from(*args[0]->children[0], from + k - 1);
        return true;
    });
}
// x op ANY / ALL (list): args[1] holds the comparison's result for every element.
template <bool every>
ColumnPtr array_quantified(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        auto [from, to] = args[1]->range(i);
        const Column& e = *args[1]->children[0];
        bool unknown = false;
        for (int32_t k = from; k < to; ++k) {
            if (!e.valid(k)) unknown = true;
            else if (bool(e.value<uint8_t>(k)) != every) {
                out = !every;
                return true;
            }
        }
        out = every;
        return !unknown;
    });
}
SABOT_KERNEL(array_filter) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        int32_t test = args[1]->range(i).first;
        const Column& keep = *args[1]->children[0];
        for (int32_t k = from; k < end; ++k, ++test)
            if (keep.valid(test) && keep.value<uint8_t>(test)) to.append_from(*args[0]->children[0], k);
        return true;
    });
}

// What stands beside each other in an array of arrays has one shape; 2202E otherwise.
inline bool one_shape(const Column& list, int64_t row, const Column& e, int64_t k, EvalContext& ctx, int64_t i) {
    if (e.kind != Kind::List || !e.valid(k)) return true;
    auto [from, to] = list.range(row);
    const Column& inner = *list.children[0];
    if (from == to || !inner.valid(from) || array_dimensions(inner, from) == array_dimensions(e, k)) return true;
    ctx.fail(i, "2202E", "cannot concatenate incompatible arrays");
    return false;
}

// array || element, element || array, array || array: a NULL array is empty, two NULL arrays are NULL.
SABOT_KERNEL(array_append) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (args[0]->valid(i)) {
            if (!one_shape(*args[0], i, *args[1], i, ctx, i)) { out.append_null(); continue; }
            append_elements(out.child(0), *args[0], i);
        }
        out.child(0).append_from(*args[1], i);
        out.close_row();
    }
    return out.finish();
}
SABOT_KERNEL(array_prepend) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (args[1]->valid(i) && !one_shape(*args[1], i, *args[0], i, ctx, i)) { out.append_null(); continue; }
        out.child(0).append_from(*args[0], i);
        if (args[1]->valid(i)) append_elements(out.child(0), *args[1], i);
        out.close_row();
    }
    return out.finish();
}
SABOT_KERNEL(array_cat) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        bool present = false;
        if (args[0]->valid(i) && args[1]->valid(i)) {
            auto [from, to] = args[1]->range(i);
            if (from < to && !one_shape(*args[0], i, *args[1]->children[0], from, ctx, i)) { out.append_null(); continue; }
        }
        for (auto& a : args) {
            if (!a->valid(i)) continue;
            present = true;
            append_elements(out.child(0), *a, i);
        }
        if (present) out.close_row();
        else out.append_null();
    }
    return out.finish();
}

enum class Measure { Length, Lower, Upper };
template <Measure what>
ColumnPtr array_measure(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_fixed<int32_t>(Kind::Int4, args, ctx, [&](int64_t i, int32_t& out) {
        auto d = array_dimensions(*args[0], i);
        int32_t k = args.size() > 1 ? args[1]->value<int32_t>(i) : 1;
        if (args.size() == 1 && d.empty()) { out = 0; return true; }
        if (k < 1 || k > int32_t(d.size())) return false;
        out = what == Measure::Lower ? 1 : d[size_t(k - 1)];
        return true;
    });
}
SABOT_KERNEL(array_ndims) {
    return map_fixed<int32_t>(o.result.kind, args, ctx, [&](int64_t i, int32_t& out) {
        out = int32_t(array_dimensions(*args[0], i).size());
        return out > 0;
    });
}
SABOT_KERNEL(array_dims) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        for (int32_t d : array_dimensions(*args[0], i)) out += "[1:" + std::to_string(d) + "]";
        return !out.empty();
    });
}
SABOT_KERNEL(array_cardinality) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        int32_t n = 0;
        each_leaf(*args[0], i, [&](const Column&, int64_t) { return ++n, true; });
        return n;
    });
}

// array_position(array, element [, start]); NULL finds NULL.
SABOT_KERNEL(array_position) {
    return map_fixed<int32_t>(o.result.kind, {args[0]}, ctx, [&](int64_t i, int32_t& out) {
        auto [from, to] = args[0]->range(i);
        if (args.size() > 2 && !args[2]->valid(i)) {
            ctx.fail(i, "22004", "initial position must not be null");
            return false;
        }
        int64_t start = args.size() > 2 ? std::max(1, args[2]->value<int32_t>(i)) : 1;
        for (int64_t k = from + start - 1; k < to; ++k)
            if (equal_value(*args[0]->children[0], k, *args[1], i)) {
                out = int32_t(k - from + 1);
                return true;
            }
        return false;
    });
}
SABOT_KERNEL(array_positions) {
    return map_list({args[0]}, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        for (int32_t k = from; k < end; ++k)
            if (equal_value(*args[0]->children[0], k, *args[1], i)) to.append<int32_t>(k - from + 1);
        return true;
    });
}
SABOT_KERNEL(array_remove) {
    return map_list({args[0]}, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        for (int32_t k = from; k < end; ++k)
            if (!equal_value(*args[0]->children[0], k, *args[1], i)) to.append_from(*args[0]->children[0], k);
        return true;
    });
}
inline void append_replaced(ColumnBuilder& to, const Columns& args, const Column& list, int64_t row, int64_t i) {
    auto [from, end] = list.range(row);
    const Column& e = *list.children[0];
    for (int32_t k = from; k < end; ++k) {
        if (e.kind == Kind::List && e.valid(k)) {
            append_replaced(to.child(0), args, e, k, i);
            to.close_row();
        } else if (equal_value(e, k, *args[1], i)) {
            to.append_from(*args[2], i);
        } else {
            to.append_from(e, k);
        }
    }
}
SABOT_KERNEL(array_replace) {
    return map_list({args[0]}, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        append_replaced(to, args, *args[0], i, i);
        return true;
    });
}

// a @> b and a <@ b compare all elements of all dimensions; NULL matches nothing.
inline bool array_has(const Column& list, int64_t row, const Column& e, int64_t k) {
    if (!e.valid(k)) return false;
    return !each_leaf(list, row, [&](const Column& mine, int64_t m) { return !mine.valid(m) || !equal_value(mine, m, e, k); });
}
template <bool reversed>
ColumnPtr array_contains(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        return uint8_t(each_leaf(*args[!reversed], i, [&](const Column& e, int64_t k) { return array_has(*args[reversed], i, e, k); }));
    });
}
SABOT_KERNEL(array_overlaps) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        return uint8_t(!each_leaf(*args[1], i, [&](const Column& e, int64_t k) { return !array_has(*args[0], i, e, k); }));
    });
}

// array_fill(value, array[length])
SABOT_KERNEL(array_fill) {
    return map_list({args[1]}, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[1]->range(i);
        if (end - from > 1) throw ValueError{"0A000", "array_fill with several dimensions is not supported"};
        if (end == from) return true;
        if (!args[1]->children[0]->valid(from)) throw ValueError{"22004", "dimension values cannot be null"};
        int64_t n = args[1]->children[0]->value<int32_t>(from);
        if (n < 0 || n > 134217727) throw ValueError{"54000", "array size exceeds the maximum allowed (134217727)"};
        while (n-- > 0) to.append_from(*args[0], i);
        return true;
    });
}
SABOT_KERNEL(array_trim) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        int32_t n = args[1]->value<int32_t>(i);
        if (n < 0 || n > end - from)
            throw ValueError{"2202E", "number of elements to trim must be between 0 and " + std::to_string(end - from)};
        for (int32_t k = from; k < end - n; ++k) to.append_from(*args[0]->children[0], k);
        return true;
    });
}

inline std::vector<int32_t> element_order(const Column& list, int64_t row) {
    auto [from, to] = list.range(row);
    std::vector<int32_t> order;
    for (int32_t k = from; k < to; ++k) order.push_back(k);
    const Column& e = *list.children[0];
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return compare_value(e, a, e, b) < 0; });
    return order;
}
SABOT_KERNEL(array_sort) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        for (int32_t k : element_order(*args[0], i)) to.append_from(*args[0]->children[0], k);
        return true;
    });
}
SABOT_KERNEL(array_reverse) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        for (int32_t k = end; k-- > from;) to.append_from(*args[0]->children[0], k);
        return true;
    });
}
// Each element once, where it first occurs.
SABOT_KERNEL(array_distinct) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        const Column& e = *args[0]->children[0];
        auto order = element_order(*args[0], i);
        std::vector<int32_t> firsts;
        for (size_t k = 0; k < order.size(); ++k)
            if (k == 0 || compare_value(e, order[k - 1], e, order[k]) != 0) firsts.push_back(order[k]);
        std::sort(firsts.begin(), firsts.end());
        for (int32_t k : firsts) to.append_from(e, k);
        return true;
    });
}
template <bool greatest>
ColumnPtr array_extreme(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        int64_t best = -1;
        if (args[0]->valid(i)) {
            auto [from, to] = args[0]->range(i);
            const Column& e = *args[0]->children[0];
            for (int32_t k = from; k < to; ++k) {
                if (!e.valid(k)) continue;
                int c = best < 0 ? 0 : compare_value(e, k, e, best);
                if (best < 0 || (greatest ? c > 0 : c < 0)) best = k;
            }
        }
        if (best < 0) out.append_null();
        else out.append_from(*args[0]->children[0], best);
    }
    return out.finish();
}
// Sum of the elements that are not NULL; NULL when there is none.
SABOT_KERNEL(array_sum) {
    const Column& list = *args[0];
    auto each = [&](int64_t i, auto&& f) {
        auto [from, to] = list.range(i);
        bool any = false;
        for (int32_t k = from; k < to; ++k)
            if (list.children[0]->valid(k)) {
                any = true;
                f(*list.children[0], k);
            }
        return any;
    };
    auto whole = [](const Column& e, int64_t k) {
        return e.kind == Kind::Int2 ? int64_t(e.value<int16_t>(k)) : e.kind == Kind::Int4 ? int64_t(e.value<int32_t>(k)) : e.value<int64_t>(k);
    };
    if (o.result.kind == Kind::Int8)
        return map_fixed<int64_t>(Kind::Int8, args, ctx, [&](int64_t i, int64_t& out) {
            out = 0;
            return each(i, [&](const Column& e, int64_t k) { out += whole(e, k); });
        });
    if (o.result.kind == Kind::Float8)
        return map_fixed<double>(Kind::Float8, args, ctx, [&](int64_t i, double& out) {
            out = 0;
            return each(i, [&](const Column& e, int64_t k) { out += e.value<double>(k); });
        });
    if (o.result.kind == Kind::Float4)
        return map_fixed<float>(Kind::Float4, args, ctx, [&](int64_t i, float& out) {
            out = 0;
            return each(i, [&](const Column& e, int64_t k) { out += e.value<float>(k); });
        });
    if (o.result.kind == Kind::Interval)
        return map_fixed<Interval>(Kind::Interval, args, ctx, [&](int64_t i, Interval& out) {
            out = Interval{};
            return each(i, [&](const Column& e, int64_t k) { out = interval_add(out, e.value<Interval>(k)); });
        });
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        out = numeric_from_int(0);
        return each(i, [&](const Column& e, int64_t k) {
            out = numeric_add(out, e.kind == Kind::Numeric ? std::string(e.bytes(k)) : numeric_from_int(whole(e, k)));
        });
    });
}

// The elements of all inner arrays.
SABOT_KERNEL(array_flatten) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        const Column& inner = *args[0]->children[0];
        for (int32_t k = from; k < end; ++k) {
            if (!inner.valid(k)) continue;
            auto [first, last] = inner.range(k);
            for (int32_t e = first; e < last; ++e) to.append_from(*inner.children[0], e);
        }
        return true;
    });
}

// array_to_string(array, separator [, text for NULL])
SABOT_KERNEL(array_to_string) {
    OutputSettings settings = output_settings(ctx);
    return map_text({args[0], args[1]}, o, ctx, [&](int64_t i, std::string& out) {
        bool first = true, nulls = args.size() > 2 && args[2]->valid(i);
        each_leaf(*args[0], i, [&](const Column& e, int64_t k) {
            if (!e.valid(k) && !nulls) return true;
            if (!first) out += args[1]->bytes(i);
            first = false;
            if (e.valid(k)) append_text(out, e, k, settings);
            else out += args[2]->bytes(i);
            return true;
        });
    });
}
// string_to_array(text, separator [, text for NULL]); a NULL separator gives characters.
SABOT_KERNEL(string_to_array) {
    return map_list({args[0]}, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto s = args[0]->bytes(i);
        bool nulls = args.size() > 2 && args[2]->valid(i);
        auto add = [&](std::string_view part) {
            if (nulls && part == args[2]->bytes(i)) to.append_null();
            else to.append_bytes(part);
        };
        if (s.empty()) return true;
        if (!args[1]->valid(i)) {
            for (size_t k = 0; k < s.size();) {
                size_t next = utf8_advance(s, k, 1);
                add(s.substr(k, next - k));
                k = next;
            }
            return true;
        }
        auto by = args[1]->bytes(i);
        size_t at = 0;
        if (!by.empty())
            for (size_t hit; (hit = s.find(by, at)) != s.npos; at = hit + by.size()) add(s.substr(at, hit - at));
        add(s.substr(at));
        return true;
    });
}

inline std::vector<KernelEntry> array_kernels() {
    std::vector<KernelEntry> k{
        {"array.make", array_make}, {"array.index", array_index}, {"array.slice", array_slice},
        {"array.any", array_quantified<false>}, {"array.all", array_quantified<true>}, {"array.filter", array_filter},
        {"array.append", array_append}, {"array.prepend", array_prepend}, {"array.cat", array_cat},
        {"array.length", array_measure<Measure::Length>}, {"array.lower", array_measure<Measure::Lower>},
        {"array.upper", array_measure<Measure::Upper>}, {"array.ndims", array_ndims}, {"array.dims", array_dims},
        {"array.cardinality", array_cardinality}, {"array.position", array_position},
        {"array.positions", array_positions}, {"array.remove", array_remove}, {"array.replace", array_replace},
        {"array.contains", array_contains<false>}, {"array.contained", array_contains<true>},
        {"array.overlaps", array_overlaps}, {"array.fill", array_fill}, {"array.trim", array_trim},
        {"array.sort", array_sort}, {"array.reverse", array_reverse}, {"array.distinct", array_distinct},
        {"array.min", array_extreme<false>}, {"array.max", array_extreme<true>}, {"array.sum", array_sum},
        {"array.flatten", array_flatten}, {"array.set", array_set}, {"array.set_slice", array_set_slice},
        {"array.to_string", array_to_string}, {"array.from_string", string_to_array},
    };
    for (auto& e : map_kernels()) k.push_back(e);
    return k;
}

}  // namespace sabot
