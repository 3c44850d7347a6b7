// Strict maps whose function may throw ValueError: the row fails with it and is NULL.
#pragma once

#include "kernel_api.hpp"
#include "take.hpp"
#include "timezone.hpp"
#include "value_error.hpp"

namespace sabot {

// `f(row) -> T`.
template <class T, class F>
ColumnPtr map_values(Kind kind, const Columns& args, EvalContext& ctx, F&& f) {
    return map_fixed<T>(kind, args, ctx, [&](int64_t i, T& out) {
        try {
            out = f(i);
            return true;
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            return false;
        }
    });
}
// `f(row, std::string& out)`; returns false for NULL.
template <class F>
ColumnPtr map_strings(Kind kind, const Columns& args, EvalContext& ctx, F&& f) {
    return map_bytes(kind, args, ctx, [&](int64_t i, std::string& out) -> bool {
        try {
            return f(i, out);
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            return false;
        }
    });
}
// The same column under another kind of the same shape.
inline ColumnPtr relabel(const ColumnPtr& c, Kind kind) {
    if (c->kind == kind) return c;
    if (c->kind == Kind::Null) return null_column(kind, c->length);
    auto r = std::make_shared<Column>(*c);
    r->kind = kind;
    return r;
}
inline const TimeZone& session_zone(const EvalContext& ctx) {
    const TimeZone* z = ctx.session ? find_zone(ctx.session->time_zone) : nullptr;
    return z ? *z : utc_zone();
}

}  // namespace sabot
