// What a scalar function is: a C function from columns to a column, with errors per row.
//
// Contract of a kernel:
//   - `args` have `ctx.length` rows each; any may be `constant` (index through Column::at / value / bytes).
//   - it returns a column of `ctx.length` rows of the kind in `options.result` (a constant is allowed);
//   - it never throws for data: a bad value is `ctx.fail(row, sqlstate, message)` and NULL in that row;
//   - strict kernels give NULL for a NULL argument; the map helpers below do so.
// Families register their kernels by name; planner/functions/ maps SQL signatures to these names.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "builder.hpp"
#include "rows.hpp"
#include "styles.hpp"

namespace sabot {

struct RowError {
    int64_t row;
    char sqlstate[6];
    std::string message;
};

// Facts of the session and statement that functions may read. Times in microseconds since 1970 UTC.
struct SessionContext {
    int64_t now_micros = 0;          // start of the transaction, or of the epoch in a view
    int64_t clock_micros = 0;        // clock_timestamp() at the start of this batch
    std::string time_zone = "UTC";
    std::string user = "root";
    std::string database = "dev";
    std::string search_path = "public";
    uint64_t random_seed = 0;
    Styles styles;
    Columns parameters;              // of a statement that runs with its plan as it is: constants of one row
};

struct EvalContext {
    int64_t length = 0;
    const SessionContext* session = nullptr;
    std::vector<RowError> errors;

    void fail(int64_t row, const char* sqlstate, std::string message) {
        RowError e{row, {}, std::move(message)};
        std::memcpy(e.sqlstate, sqlstate, 5);
        errors.push_back(std::move(e));
    }
};

struct CallOptions {
    Type result;                     // full result type
    std::vector<int64_t> ints;       // e.g. typmods of a cast
    std::vector<std::string> texts;
};

using KernelFn = ColumnPtr (*)(const Columns& args, const CallOptions& options, EvalContext& ctx);

struct KernelEntry {
    const char* name;
    KernelFn fn;
};

// 1 where every argument is present; empty when no argument can be NULL.
inline std::vector<uint8_t> all_valid(const Columns& args, int64_t n) {
    bool any = false;
    for (auto& a : args) any |= a->may_have_nulls();
    if (!any) return {};
    std::vector<uint8_t> v(n, 1);
    for (auto& a : args) {
        if (!a->may_have_nulls()) continue;
        if (a->constant || a->kind == Kind::Null) {
            if (!a->valid(0)) std::fill(v.begin(), v.end(), 0);
        } else {
            const uint8_t* p = a->validity->data();
            for (int64_t i = 0; i < n; ++i) v[i] &= p[i];
        }
    }
    return v;
}

// Strict map into a fixed-width column: `f(row, out) -> bool`; false means NULL (after ctx.fail, or by itself).
template <class T, class F>
ColumnPtr map_fixed(Kind kind, const Columns& args, EvalContext& ctx, F&& f) {
    int64_t n = ctx.length;
    FixedOut<T> out(kind, n);
    auto valid = all_valid(args, n);
    uint8_t* v = nullptr;
    if (!valid.empty()) {
        v = out.make_validity();
        std::memcpy(v, valid.data(), n);
    }
    for (int64_t i = 0; i < n; ++i) {
        if (v && !v[i]) {
            std::memset(static_cast<void*>(&out.values[i]), 0, sizeof(T));
            continue;
        }
        if (!f(i, out.values[i])) {
            if (!v) v = out.make_validity();
            v[i] = 0;
            std::memset(static_cast<void*>(&out.values[i]), 0, sizeof(T));
        }
    }
    return out.column;
}

// Strict map into a bytes column: `f(row, std::string& scratch) -> bool`; scratch comes in empty.
template <class F>
ColumnPtr map_bytes(Kind kind, const Columns& args, EvalContext& ctx, F&& f) {
    int64_t n = ctx.length;
    ColumnBuilder out(kind);
    out.reserve(n);
    auto valid = all_valid(args, n);
    std::string scratch;
    for (int64_t i = 0; i < n; ++i) {
        scratch.clear();
        if ((!valid.empty() && !valid[i]) || !f(i, scratch)) out.append_null();
        else out.append_bytes(scratch);
    }
    return out.finish();
}

}  // namespace sabot
