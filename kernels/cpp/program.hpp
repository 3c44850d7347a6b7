// Expression programs: a tree of nodes evaluated column by column over a chunk.
//
// A row's error makes the smallest failing sub-expression NULL and is reported once. Errors in rows whose
// value is not wanted (the untaken branch of CASE, the right side of a decided AND/OR, arguments of
// COALESCE after the first present one, the argument of Try) are dropped: evaluation is eager, errors are lazy.
#pragma once

#include "kernel_api.hpp"
#include "take.hpp"

namespace sabot {

enum class Op : uint8_t { Column, Literal, Call, And, Or, Case, Coalesce, Lambda, Let, Kept, Try, Param };

struct Node;
using NodePtr = std::shared_ptr<Node>;

struct Node {
    Op op;
    int64_t index = 0;            // Column, Param; Let, Kept: the number of the value
    ColumnPtr literal;            // Literal: constant column, length 1
    KernelFn fn = nullptr;        // Call
    bool is_volatile = false;     // Call: evaluate per row even with constant arguments
    bool changing = false;        // it or something below is volatile: only evaluated for rows that want it
    CallOptions options;          // Call; Case and Coalesce use options.result
    std::vector<NodePtr> args;    // Case: when1, then1, when2, then2, …, else; Lambda: captures; Let: value, body
    NodePtr body;                 // Lambda: column 0 is the element, column 1 + i is capture i
};

class Evaluator {
  public:
    Evaluator(const Chunk& input, EvalContext& ctx) : input_(input), ctx_(ctx) { ctx_.length = input.length; }

    ColumnPtr evaluate(const Node& n) {
        switch (n.op) {
            case Op::Column: return input_.columns[n.index];
            case Op::Literal: return repeated(n.literal);
            case Op::Param: return repeated(ctx_.session->parameters.at(n.index));
            case Op::Call: return call(n);
            case Op::And: return logic(n, true);
            case Op::Or: return logic(n, false);
            case Op::Case: return choose(n);
            case Op::Coalesce: return coalesce(n);
            case Op::Try: {
                size_t mark = ctx_.errors.size();
                auto value = evaluate(*n.args[0]);
                keep_errors(mark, [](int64_t) { return false; });
                return value;
            }
            case Op::Lambda: throw std::logic_error("a lambda needs a list before it");
            case Op::Let: {
                auto value = evaluate(*n.args[0]);
                if (size_t(n.index) >= kept_.size()) kept_.resize(n.index + 1);
                std::swap(kept_[n.index], value);
                auto result = evaluate(*n.args[1]);
                kept_[n.index] = value;
                return result;
            }
            case Op::Kept: return kept_[n.index];
        }
        return nullptr;
    }

  private:
    // A constant of one row for all rows.
    ColumnPtr repeated(const ColumnPtr& value) const {
        if (value->length == ctx_.length) return value;
        auto c = std::make_shared<Column>(*value);
        c->length = ctx_.length;
        return c;
    }

    ColumnPtr call(const Node& n) {
        Columns args;
        args.reserve(n.args.size());
        bool constant = !n.is_volatile && ctx_.length != 1;
        for (auto& a : n.args) {
            args.push_back(a->op == Op::Lambda ? map_elements(*a, args.at(0)) : evaluate(*a));
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

    // The lambda's value for every element of the call's first argument: a list column of the same shape.
    ColumnPtr map_elements(const Node& n, ColumnPtr& source) {
        source = expand(source);
        int64_t rows = ctx_.length;
        Chunk inner;
        std::vector<int64_t> owner, element;
        if (source->kind == Kind::List)
            for (int64_t i = 0; i < rows; ++i) {
                if (!source->valid(i)) continue;
                auto [from, to] = source->range(i);
                for (int32_t k = from; k < to; ++k) {
                    owner.push_back(i);
                    element.push_back(k);
                }
            }
        inner.length = int64_t(owner.size());
        if (source->kind == Kind::List) inner.columns.push_back(take(*source->children[0], element.data(), inner.length));
        else inner.columns.push_back(null_column(Kind::Null, 0));
        for (auto& c : n.args) inner.columns.push_back(take(*evaluate(*c), owner.data(), inner.length));
        EvalContext inside{inner.length, ctx_.session, {}};
        auto values = expand(Evaluator(inner, inside).evaluate(*n.body));
        for (auto& e : inside.errors) ctx_.fail(owner[e.row], e.sqlstate, std::move(e.message));
        auto out = make_column(Kind::List, rows);
        out->offsets = Buffer::allocate((rows + 1) * 4);
        int32_t* o = reinterpret_cast<int32_t*>(out->offsets->data());
        o[0] = 0;
        if (source->may_have_nulls()) out->validity = Buffer::allocate(rows);
        for (int64_t i = 0; i < rows; ++i) {
            bool present = source->valid(i);
            if (out->validity) out->validity->data()[i] = present;
            auto [from, to] = present ? source->range(i) : std::pair<int32_t, int32_t>{0, 0};
            o[i + 1] = o[i] + (to - from);
        }
        out->children.push_back(values);
        return out;
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

    // The node's value in rows where wanted(row), anything in others: what is volatile is not evaluated for those.
    template <class F>
    ColumnPtr evaluate_where(const Node& n, F&& wanted) {
        size_t mark = ctx_.errors.size();
        if (!n.changing) {
            auto c = evaluate(n);
            if (ctx_.errors.size() > mark) keep_errors(mark, wanted);
            return c;
        }
        std::vector<int64_t> rows, place(ctx_.length, 0);
        for (int64_t i = 0; i < ctx_.length; ++i)
            if (wanted(i)) {
                place[i] = int64_t(rows.size());
                rows.push_back(i);
            }
        auto count = int64_t(rows.size());
        if (count == 0) return null_column(n.options.result.kind, ctx_.length);
        Chunk some{count, {}, nullptr};
        for (auto& c : input_.columns) some.columns.push_back(c->kind == Kind::Null ? null_column(Kind::Null, count) : take(*expand(c), rows.data(), count));
        EvalContext inside{count, ctx_.session, {}};
        Evaluator evaluator(some, inside);
        for (auto& c : kept_) evaluator.kept_.push_back(c ? take(*expand(c), rows.data(), count) : nullptr);
        auto values = expand(evaluator.evaluate(n));
        for (auto& e : inside.errors) ctx_.fail(rows[e.row], e.sqlstate, std::move(e.message));
        return take(*values, place.data(), ctx_.length);
    }

    // AND / OR of any number of arguments, three-valued. `deciding` value ends a row's evaluation.
    ColumnPtr logic(const Node& n, bool conjunction) {
        int64_t rows = ctx_.length;
        const uint8_t deciding = conjunction ? 0 : 1;
        FixedOut<uint8_t> out(Kind::Bool, rows);
        std::memset(out.values, 1 - deciding, rows);
        std::vector<uint8_t> unknown;
        for (auto& a : n.args) {
            auto c = evaluate_where(*a, [&](int64_t r) { return out.values[r] != deciding; });
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
            auto when = evaluate_where(*n.args[2 * k], [&](int64_t r) { return branch[r] < 0; });
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
            values.push_back(evaluate_where(*n.args[2 * k + 1], [&](int64_t r) { return branch[r] == int32_t(k); }));
            if (hits == rows) return values.back();
        }
        if (open > 0) {
            auto other = evaluate_where(*n.args.back(), [&](int64_t r) { return branch[r] < 0; });
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
            auto c = evaluate_where(*n.args[k], [&](int64_t r) { return branch[r] < 0; });
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
    std::vector<ColumnPtr> kept_;  // the values of the Lets around, by number
};

// A predicate and output expressions over one chunk.
struct CompiledProgram {
    std::vector<NodePtr> exprs;
    NodePtr predicate;           // may be null
    std::vector<uint8_t> used;   // input columns that `exprs` read, by position
};

struct ProgramResult {
    Chunk rows;
    Chunk errors;                // row int8 (in the input), sqlstate text, message text; weights of the rows
};

inline ProgramResult run_program(const CompiledProgram& p, const Chunk& input, const SessionContext& session) {
    std::vector<RowError> errors;
    std::vector<int64_t> kept;
    bool all = true;
    if (p.predicate) {
        EvalContext ctx{input.length, &session, {}};
        auto c = Evaluator(input, ctx).evaluate(*p.predicate);
        errors = std::move(ctx.errors);
        if (c->constant) {
            all = input.length == 0 || (c->valid(0) && c->value<uint8_t>(0));
        } else if (c->kind == Kind::Null) {
            all = false;
        } else {
            kept.reserve(input.length);
            const uint8_t* v = c->values<uint8_t>();
            const uint8_t* ok = c->validity ? c->validity->data() : nullptr;
            for (int64_t i = 0; i < input.length; ++i)
                if (v[i] && (!ok || ok[i])) kept.push_back(i);
            all = int64_t(kept.size()) == input.length;
        }
    }
    Chunk filtered;
    if (!all) {
        int64_t n = int64_t(kept.size());
        filtered = Chunk{n, {}, take_weights(input, kept.data(), n)};
        for (size_t k = 0; k < input.columns.size(); ++k)
            filtered.columns.push_back(k < p.used.size() && p.used[k] ? take(*input.columns[k], kept.data(), n)
                                                                      : null_column(Kind::Null, n));
    }
    const Chunk& source = all ? input : filtered;
    EvalContext ctx{source.length, &session, {}};
    Evaluator evaluator(source, ctx);
    ProgramResult out;
    out.rows = Chunk{source.length, {}, source.weights};
    for (auto& e : p.exprs) out.rows.columns.push_back(evaluator.evaluate(*e));
    for (auto& e : ctx.errors) {
        if (!all) e.row = kept[e.row];
        errors.push_back(std::move(e));
    }
    if (errors.empty()) return out;
    ColumnBuilder row(Kind::Int8), state(Kind::Text), message(Kind::Text);
    int64_t count = int64_t(errors.size());
    if (input.weights) out.errors.weights = Buffer::allocate(count * 8);
    for (int64_t i = 0; i < count; ++i) {
        row.append<int64_t>(errors[i].row);
        state.append_bytes(std::string_view(errors[i].sqlstate, 5));
        message.append_bytes(errors[i].message);
        if (input.weights)
            reinterpret_cast<int64_t*>(out.errors.weights->data())[i] = input.weight(errors[i].row);
    }
    out.errors.length = count;
    out.errors.columns = {row.finish(), state.finish(), message.finish()};
    return out;
}

}  // namespace sabot
