// Assignments to elements and slices: UPDATE t SET a[2] = …, a[1:2] = …. Subscripts begin at 1.
#pragma once

#include "map.hpp"

namespace sabot {

namespace detail {

inline constexpr int64_t kMostElements = 134217727;

// A subscript of an assignment; `empty` arrays take their lower bound from it.
inline int64_t assigned_place(const Column& subscript, int64_t row, bool empty) {
    if (!subscript.valid(row)) throw ValueError{"22004", "array subscript in assignment must not be null"};
    int64_t at = subscript.value<int32_t>(row);
    if (at < 1 || (empty && at != 1)) throw ValueError{"0A000", "arrays have a lower bound of 1"};
    if (at > kMostElements) throw ValueError{"54000", "array size exceeds the maximum allowed (134217727)"};
    return at;
}
// f(row, builder of the elements): a NULL array is empty; an error is of the row.
template <class F>
ColumnPtr assigned_list(const Columns& args, const CallOptions& o, EvalContext& ctx, F&& f) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        try {
            if (f(i, out.child(0))) out.close_row();
            else out.append_null();
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            out.append_null();
        }
    }
    return out.finish();
}
inline std::pair<int32_t, int32_t> elements_of(const Column& list, int64_t row) {
    return list.valid(row) ? list.range(row) : std::pair<int32_t, int32_t>{0, 0};
}

}  // namespace detail

// (list, subscript, element)
SABOT_KERNEL(array_set) {
    return detail::assigned_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = detail::elements_of(*args[0], i);
        int64_t size = end - from, at = detail::assigned_place(*args[1], i, size == 0);
        for (int64_t k = 1; k <= std::max(size, at); ++k) {
            if (k == at) to.append_from(*args[2], i);
            else if (k <= size) to.append_from(*args[0]->children[0], from + k - 1);
            else to.append_null();
        }
        return true;
    });
}
// (list, low, high, list); `ints` say which bounds are given. NULL assigns nothing.
SABOT_KERNEL(array_set_slice) {
    return detail::assigned_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = detail::elements_of(*args[0], i);
        int64_t size = end - from;
        if (!args[3]->valid(i)) {
            for (int64_t k = from; k < end; ++k) to.append_from(*args[0]->children[0], k);
            return args[0]->valid(i);
        }
        if (!size && !(o.ints[0] && o.ints[1])) throw ValueError{"2202E", "array slice subscript must provide both boundaries"};
        int64_t low = o.ints[0] ? detail::assigned_place(*args[1], i, size == 0) : 1;
        int64_t high = size;
        if (o.ints[1]) {
            if (!args[2]->valid(i)) throw ValueError{"22004", "array subscript in assignment must not be null"};
            high = args[2]->value<int32_t>(i);
        }
        if (low > high) throw ValueError{"2202E", "upper bound cannot be less than lower bound"};
        if (high > detail::kMostElements) throw ValueError{"54000", "array size exceeds the maximum allowed (134217727)"};
        auto [source, stop] = args[3]->range(i);
        if (stop - source < high - low + 1) throw ValueError{"2202E", "source array too small"};
        for (int64_t k = 1; k <= std::max(size, high); ++k) {
            if (k >= low && k <= high) to.append_from(*args[3]->children[0], source + (k - low));
            else if (k <= size) to.append_from(*args[0]->children[0], from + k - 1);
            else to.append_null();
        }
        return true;
    });
}

}  // namespace sabot
