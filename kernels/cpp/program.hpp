// Expression programs: a tree of nodes evaluated column by column over a chunk.
//
// A row's error makes the smallest failing sub-expression NULL and is reported once. Errors in rows whose
// value is not wanted (the untaken branch of CASE, the right side of a decided AND/OR, arguments of
// COALESCE after the first present one) are dropped: evaluation is eager, errors are lazy.
#pragma once

#include "kernel_api.hpp"
#include "take.hpp"

namespace sabot {

enum class Op : uint8_t { Column, Literal, Call, And, Or, Case, Coalesce };

struct Node;
using NodePtr = std::shared_ptr<Node>;

struct Node {
    Op op;
    int64_t index = 0;            // Column
    ColumnPtr literal;            // Literal: constant column, length 1
    KernelFn fn = nullptr;        // Call
    bool is_volatile = false;     // Call: evaluate per row even with constant arguments
    CallOptions options;          // Call; Case and Coalesce use options.result
    std::vector<NodePtr> args;    // Case: when1, then1, when2, then2, …, else
};

class Evaluator {
  public:
    Evaluator(const Chunk& input, EvalContext& ctx) : input_(input), ctx_(ctx) { ctx_.length = input.length; }

    ColumnPtr evaluate(const Node& n) {
        switch (n.op) {
            case Op::Column: return input_.columns[n.index];
            case Op::Literal: {
                if (n.literal->length == ctx_.length) return n.literal;
                auto c = std::make_shared<Column>(*n.literal);
                c->length = ctx_.length;
                return c;
            }
            case Op::Call: return call(n);
            case Op::And: return logic(n, true);
            case Op::Or: return logic(n, false);
            case Op::Case: return choose(n);
            case Op::Coalesce: return coalesce(n);
        }
        return nullptr;
    }

  private:
    ColumnPtr call(const Node& n) {
        Columns args;
        args.reserve(n.args.size());
        bool constant = !n.is_volatile && ctx_.length != 1;
        for (auto& a : n.args) {
            args.push_back(evaluate(*a));
            constant &= args.back()->constant;
        }
        if (!constant || ctx_.length == 0) return n.fn(args, n.options, ctx_);
        for (auto& a : args) a = slice(a, 0, 1);
        EvalContext one{1, ctx_.session, {}};
        auto r = n.fn(args, n.options, one);
        for (auto& e : one.errors)
            for (int64_t i = 0; i < ctx_.length; ++i) ctx_.fail(i, e.sqlstate, e.message);
        auto c = std::make_shared<Column>(*expand(r));
        if (c->kind == Kind::Null) return null_column(n.options.result.kind, ctx_.length);
        c->constant = true;
        c->length = ctx_.length;
        return c;
    }

    // Keeps, of the errors added since `from`, those in rows where wanted(row).
    template <class F>
    void keep_errors(size_t from, F&& wanted) {
        auto& e = ctx_.errors;
        size_t to = from;
        for (size_t i = from; i < e.size(); ++i)
            if (wanted(e[i].row)) {
                if (to != i) e[to] = std::move(e[i]);
                ++to;
            }
        e.resize(to);
    }

    // AND / OR of any number of arguments, three-valued. `deciding` value ends a row's evaluation.
    ColumnPtr logic(const Node& n, bool conjunction) {
        int64_t rows = ctx_.length;
        const uint8_t deciding = conjunction ? 0 : 1;
        FixedOut<uint8_t> out(Kind::Bool, rows);
        std::memset(out.values, 1 - deciding, rows);
        std::vector<uint8_t> unknown;
        for (auto& a : n.args) {
            size_t mark = ctx_.errors.size();
            auto c = evaluate(*a);
            if (ctx_.errors.size() > mark) keep_errors(mark, [&](int64_t r) { return out.values[r] != deciding; });
            bool nullable = c->may_have_nulls();
            if (nullable && unknown.empty()) unknown.assign(rows, 0);
            for (int64_t i = 0; i < rows; ++i) {
                if (nullable && !c->valid(i)) unknown[i] = 1;
                else if (c->value<uint8_t>(i) == deciding) out.values[i] = deciding;
            }
        }
        if (!unknown.empty()) {
            uint8_t* v = out.make_validity();
            for (int64_t i = 0; i < rows; ++i)
                if (unknown[i] && out.values[i] != deciding) v[i] = 0;
        }
        return out.column;
    }

    ColumnPtr choose(const Node& n) {
        int64_t rows = ctx_.length;
        std::vector<int32_t> branch(rows, -1);  // which THEN a row takes
        int64_t open = rows;
        std::vector<ColumnPtr> values;
        size_t whens = n.args.size() / 2;
        for (size_t k = 0; k < whens && open > 0; ++k) {
            size_t mark = ctx_.errors.size();
            auto when = evaluate(*n.args[2 * k]);
            keep_errors(mark, [&](int64_t r) { return branch[r] < 0; });
            int64_t hits = 0;
            for (int64_t i = 0; i < rows; ++i)
                if (branch[i] < 0 && when->valid(i) && when->value<uint8_t>(i)) {
                    branch[i] = int32_t(k);
                    ++hits;
                }
            open -= hits;
            if (hits == 0) {
                values.push_back(null_column(n.options.result.kind, rows));
                continue;
            }
            mark = ctx_.errors.size();
            values.push_back(evaluate(*n.args[2 * k + 1]));
            keep_errors(mark, [&](int64_t r) { return branch[r] == int32_t(k); });
            if (hits == rows) return values.back();
        }
        if (open > 0) {
            size_t mark = ctx_.errors.size();
            auto other = evaluate(*n.args.back());
            keep_errors(mark, [&](int64_t r) { return branch[r] < 0; });
            if (open == rows) return other;
            for (int64_t i = 0; i < rows; ++i)
                if (branch[i] < 0) branch[i] = int32_t(values.size());
            values.push_back(other);
        }
        return merge(values, branch, n.options.result);
    }

    ColumnPtr coalesce(const Node& n) {
        int64_t rows = ctx_.length;
        std::vector<int32_t> branch(rows, -1);
        std::vector<ColumnPtr> values;
        int64_t open = rows;
        for (size_t k = 0; k < n.args.size() && open > 0; ++k) {
            size_t mark = ctx_.errors.size();
            auto c = evaluate(*n.args[k]);
            keep_errors(mark, [&](int64_t r) { return branch[r] < 0; });
            if (open == rows && !c->may_have_nulls()) return c;
            for (int64_t i = 0; i < rows; ++i)
                if (branch[i] < 0 && c->valid(i)) {
                    branch[i] = int32_t(k);
                    --open;
                }
            values.push_back(c);
        }
        for (int64_t i = 0; i < rows; ++i)
            if (branch[i] < 0) branch[i] = 0;  // NULL there
        return merge(values, branch, n.options.result);
    }

    ColumnPtr merge(const std::vector<ColumnPtr>& values, const std::vector<int32_t>& branch, const Type& type) {
        int64_t rows = ctx_.length;
        ColumnBuilder b(type);
        b.reserve(rows);
        for (int64_t i = 0; i < rows; ++i) b.append_from(*values[branch[i]], i);
        return b.finish();
    }

    const Chunk& input_;
    EvalContext& ctx_;
};

}  // namespace sabot
