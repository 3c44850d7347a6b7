// Set-returning functions: from argument columns to, per input row, any number of result rows.
//
// A NULL argument gives no rows. A bad argument gives no rows and a row error.
#pragma once

#include <unordered_map>

#include "json_value.hpp"
#include "kernel_api.hpp"
#include "numeric.hpp"
#include "take.hpp"
#include "timezone.hpp"

namespace sabot {

struct TableRows {
    std::vector<int64_t> ends;  // per input row: where its result rows end
    Columns columns;
};

class TableRun {
  public:
    // `room`: rows after which a series stops, to be resumed.
    TableRun(const Columns& args, int64_t n, const std::vector<Type>& results, const std::string& zone, int64_t limit, int64_t room)
        : args(args), n(n), zone(find_zone(zone)), limit_(limit), room_(room) {
        for (auto& t : results) out.emplace_back(t);
    }
    // Asked by a series before each further row: true when it has to stop. `next` is the column of where it goes on.
    template <class F>
    bool stops(F&& next) {
        if (rows_ < room_) return false;
        rest = next();
        return true;
    }
    bool present(int64_t i) const {
        for (auto& a : args)
            if (!a->valid(i)) return false;
        return true;
    }
    // Called once per result row, after its values were appended.
    void row() {
        if (++rows_ > limit_) throw std::overflow_error("too many rows");
    }
    // Runs `f(row)` for each input row and notes where its results end.
    template <class F>
    TableRows each(F&& f, bool strict = true) {
        TableRows r;
        r.ends.reserve(n);
        for (int64_t i = 0; i < n; ++i) {
            if (!strict || present(i)) {
                try {
                    f(i);
                } catch (const ValueError& e) {  // thrown before the row's first result
                    RowError error{i, {}, e.message};
                    std::memcpy(error.sqlstate, e.sqlstate, 5);
                    errors.push_back(error);
                }
            }
            r.ends.push_back(rows_);
            if (rest) break;
        }
        for (auto& b : out) r.columns.push_back(b.finish());
        return r;
    }

    const Columns& args;
    int64_t n;
    const TimeZone* zone;
    std::vector<ColumnBuilder> out;
    std::vector<RowError> errors;
    ColumnPtr rest;  // the start of what the last row has still to give

  private:
    int64_t limit_, room_, rows_ = 0;
};

namespace tables {

template <class F>
ColumnPtr one_value(Kind kind, F&& append) {
    ColumnBuilder b(kind);
    append(b);
    return b.finish();
}

[[noreturn]] inline void zero_step() { throw ValueError{"22023", "step size cannot equal zero"}; }

// Integers from start to stop; `open` leaves stop out. One argument: 0 to that.
template <class T>
TableRows integers(TableRun& run, bool open) {
    return run.each([&](int64_t i) {
        size_t k = run.args.size();
        T from = k == 1 ? T(0) : run.args[0]->value<T>(i), to = run.args[k == 1 ? 0 : 1]->value<T>(i);
        T step = k == 3 ? run.args[2]->value<T>(i) : T(1);
        if (step == 0) zero_step();
        for (T v = from; step > 0 ? (open ? v < to : v <= to) : (open ? v > to : v >= to);) {
            if (run.stops([&] { return one_value(run.args[0]->kind, [&](ColumnBuilder& b) { b.append(v); }); })) return;
            run.out[0].append(v);
            run.row();
            if (__builtin_add_overflow(v, step, &v)) break;
        }
    });
}

inline TableRows numerics(TableRun& run, bool open) {
    return run.each([&](int64_t i) {
        const char* names[] = {"start", "stop", "step size"};
        std::string v[3] = {"", "", numeric_from_int(1)};
        for (size_t k = 0; k < run.args.size(); ++k) {
            v[k] = std::string(run.args[k]->bytes(i));
            NumericView x(v[k]);
            std::string what = k < 2 ? std::string(names[k]) + " value" : names[k];
            if (x.tag == kNumNaN) throw ValueError{"22023", what + " cannot be NaN"};
            if (!x.finite()) throw ValueError{"22023", what + " cannot be infinity"};
        }
        int sign = numeric_sign(NumericView(v[2]));
        if (sign == 0) zero_step();
        // All values have the display scale of start and step together.
        for (std::string at = v[0];; at = numeric_add(at, v[2])) {
            int c = numeric_compare(at, v[1]);
            if (sign > 0 ? (open ? c >= 0 : c > 0) : (open ? c <= 0 : c < 0)) break;
            if (run.stops([&] { return one_value(Kind::Numeric, [&](ColumnBuilder& b) { b.append_bytes(at); }); })) return;
            run.out[0].append_bytes(at);
            run.row();
        }
    });
}

inline TableRows times(TableRun& run, bool open) {
    bool zoned = run.args[0]->kind == Kind::Timestamptz;
    auto value = [](const Column& c, int64_t i) {
        return c.kind == Kind::Date ? timestamp_from_date(c.value<int32_t>(i)) : c.value<int64_t>(i);
    };
    return run.each([&](int64_t i) {
        int64_t at = value(*run.args[0], i), to = value(*run.args[1], i);
        Interval step = run.args[2]->value<Interval>(i);
        i128 sign = interval_span(step);
        if (sign == 0) zero_step();
        if (!finite_time(at)) return;
        while (sign > 0 ? (open ? at < to : at <= to) : (open ? at > to : at >= to)) {
            if (run.stops([&] { return one_value(zoned ? Kind::Timestamptz : Kind::Timestamp, [&](ColumnBuilder& b) { b.append(at); }); })) return;
            run.out[0].append(at);
            run.row();
            if (zoned && run.zone && (step.days || step.months))
                at = run.zone->to_utc(timestamp_plus(run.zone->to_local(at), {0, step.days, step.months})) + step.micros;
            else at = timestamp_plus(at, step);
        }
    });
}

inline TableRows series(TableRun& run, bool open) {
    switch (run.args[0]->kind) {
        case Kind::Int2: return integers<int16_t>(run, open);
        case Kind::Int4: return integers<int32_t>(run, open);
        case Kind::Int8: return integers<int64_t>(run, open);
        case Kind::Numeric: return numerics(run, open);
        default: return times(run, open);
    }
}

inline int list_depth(const Type& t) { return t.kind == Kind::List && !t.children.empty() ? 1 + list_depth(t.children[0]) : 0; }

// f(column, element) for each innermost element, `depth` lists down.
template <class F>
void flatten(const Column& c, int64_t row, int depth, F&& f) {
    if (depth == 0) return f(c, row);
    if (!c.valid(row)) return;
    auto [from, to] = c.range(row);
    for (int32_t k = from; k < to; ++k) flatten(*c.children[0], k, depth - 1, f);
}

inline int column_depth(const Column& c) { return c.kind == Kind::List ? 1 + column_depth(*c.children[0]) : 0; }

// Elements of an array; nested ones are flattened down to the result type.
inline TableRows unnest(TableRun& run) {
    int depth = std::max(1, column_depth(*run.args[0]) - list_depth(run.out[0].type()));
    return run.each([&](int64_t i) {
        flatten(*run.args[0], i, depth, [&](const Column& c, int64_t k) {
            run.out[0].append_from(c, k);
            run.row();
        });
    });
}
// One level only: what list-valued kernels give.
inline TableRows elements(TableRun& run) {
    return run.each([&](int64_t i) {
        auto [from, to] = run.args[0]->range(i);
        for (int32_t k = from; k < to; ++k) {
            run.out[0].append_from(*run.args[0]->children[0], k);
            run.row();
        }
    });
}
inline TableRows expand_array(TableRun& run) {
    return run.each([&](int64_t i) {
        int32_t number = 0;
        flatten(*run.args[0], i, std::max(1, column_depth(*run.args[0]) - list_depth(run.out[0].type())), [&](const Column& c, int64_t k) {
            run.out[0].append_from(c, k);
            run.out[1].append(++number);
            run.row();
        });
    });
}
inline TableRows subscripts(TableRun& run) {
    return run.each([&](int64_t i) {
        const Column* c = run.args[0].get();
        int32_t dimension = run.args[1]->value<int32_t>(i);
        bool reverse = run.args.size() > 2 && run.args[2]->value<uint8_t>(i);
        int64_t row = i;
        if (dimension < 1) return;
        for (; dimension > 1; --dimension) {
            auto [from, to] = c->range(row);
            if (c->children[0]->kind != Kind::List || from == to) return;
            c = c->children[0].get();
            row = from;
        }
        if (c->kind != Kind::List || !c->valid(row)) return;
        auto [from, to] = c->range(row);
        int32_t count = to - from;
        for (int32_t k = 1; k <= count; ++k) {
            run.out[0].append(reverse ? count + 1 - k : k);
            run.row();
        }
    });
}

inline void append_member(ColumnBuilder& out, std::string_view value, bool as_text) {
    std::string text;
    if (!as_text) out.append_bytes(value);
    else if (json_append_as_text(text, value)) out.append_bytes(text);
    else out.append_null();
}
inline TableRows json_elements_of(TableRun& run, bool as_text) {
    return run.each([&](int64_t i) {
        auto json = json_trim(run.args[0]->bytes(i));
        if (json_is_object(json)) throw ValueError{"22023", "cannot extract elements from an object"};
        if (!json_is_array(json)) throw ValueError{"22023", "cannot extract elements from a scalar"};
        json_elements(json, [&](std::string_view v) {
            append_member(run.out[0], v, as_text);
            run.row();
            return true;
        });
    });
}
inline TableRows json_each(TableRun& run, const std::string& name, bool as_text) {
    return run.each([&](int64_t i) {
        auto json = json_trim(run.args[0]->bytes(i));
        if (!json_is_object(json)) throw ValueError{"22023", "cannot call " + name + " on a non-object"};
        json_members(json, [&](std::string_view key, std::string_view v) {
            auto name = json_unquoted(key);
            append_member(run.out[1], v, as_text);  // may throw: before anything is appended
            run.out[0].append_bytes(name);
            run.row();
            return true;
        });
    });
}
inline TableRows json_keys(TableRun& run, const std::string& name) {
    return run.each([&](int64_t i) {
        auto json = json_trim(run.args[0]->bytes(i));
        if (!json_is_object(json))
            throw ValueError{"22023", "cannot call " + name + (json_is_array(json) ? " on an array" : " on a scalar")};
        json_members(json, [&](std::string_view key, std::string_view) {
            run.out[0].append_bytes(json_unquoted(key));
            run.row();
            return true;
        });
    });
}

// Fields between delimiters; a NULL delimiter cuts into characters, an empty one not at all.
inline TableRows split(TableRun& run) {
    return run.each(
        [&](int64_t i) {
            if (!run.args[0]->valid(i)) return;
            auto text = run.args[0]->bytes(i);
            const Column* null_text = run.args.size() > 2 && run.args[2]->valid(i) ? run.args[2].get() : nullptr;
            auto put = [&](std::string_view field) {
                if (null_text && null_text->bytes(i) == field) run.out[0].append_null();
                else run.out[0].append_bytes(field);
                run.row();
            };
            if (text.empty()) return;
            if (!run.args[1]->valid(i)) {
                for (size_t at = 0, to; at < text.size(); at = to) {
                    for (to = at + 1; to < text.size() && (uint8_t(text[to]) & 0xc0) == 0x80; ++to) {}
                    put(text.substr(at, to - at));
                }
                return;
            }
            auto delimiter = run.args[1]->bytes(i);
            if (delimiter.empty()) return put(text);
            for (size_t at = 0;;) {
                size_t to = text.find(delimiter, at);
                put(text.substr(at, to == std::string_view::npos ? to : to - at));
                if (to == std::string_view::npos) return;
                at = to + delimiter.size();
            }
        },
        false);
}

// hop(time, slide, size [, offset]): windows [start, start + size) at multiples of slide that hold the time.
inline TableRows hop(TableRun& run) {
    auto micros = [](const Interval& v, const char* what, bool positive) {
        if (v.months) throw ValueError{"22023", std::string("the ") + what + " of a window can't be in months"};
        i128 m = i128(v.days) * 86400000000ll + v.micros;
        if (positive && m <= 0) throw ValueError{"22023", std::string("the ") + what + " of a window must be positive"};
        return int64_t(m);
    };
    return run.each([&](int64_t i) {
        int64_t t = run.args[0]->value<int64_t>(i);
        int64_t slide = micros(run.args[1]->value<Interval>(i), "slide", true);
        int64_t size = micros(run.args[2]->value<Interval>(i), "size", true);
        int64_t offset = run.args.size() > 3 ? micros(run.args[3]->value<Interval>(i), "offset", false) : 0;
        if (!finite_time(t)) return;
        int64_t last = floor_div(t - offset, slide) * slide + offset;
        // First start after t - size.
        int64_t start = last - floor_div(last - (t - size) - 1, slide) * slide;
        for (; start <= last; start += slide) {
            run.out[0].append(start);
            run.out[1].append(start + size);
            run.row();
        }
    });
}

using TableFn = TableRows (*)(TableRun&);

inline const std::unordered_map<std::string, TableFn>& registry() {
    static const std::unordered_map<std::string, TableFn> known = {
        {"generate_series", [](TableRun& r) { return series(r, false); }},
        {"range", [](TableRun& r) { return series(r, true); }},
        {"unnest", unnest},
        {"list_elements", elements},
        {"generate_subscripts", subscripts},
        {"_pg_expandarray", expand_array},
        {"jsonb_array_elements", [](TableRun& r) { return json_elements_of(r, false); }},
        {"json_array_elements", [](TableRun& r) { return json_elements_of(r, false); }},
        {"jsonb_array_elements_text", [](TableRun& r) { return json_elements_of(r, true); }},
        {"json_array_elements_text", [](TableRun& r) { return json_elements_of(r, true); }},
        {"jsonb_each", [](TableRun& r) { return json_each(r, "jsonb_each", false); }},
        {"json_each", [](TableRun& r) { return json_each(r, "json_each", false); }},
        {"jsonb_each_text", [](TableRun& r) { return json_each(r, "jsonb_each_text", true); }},
        {"json_each_text", [](TableRun& r) { return json_each(r, "json_each_text", true); }},
        {"jsonb_object_keys", [](TableRun& r) { return json_keys(r, "jsonb_object_keys"); }},
        {"json_object_keys", [](TableRun& r) { return json_keys(r, "json_object_keys"); }},
        {"string_to_table", split},
        {"hop", hop},
    };
    return known;
}

}  // namespace tables

struct ProjectedSet {
    Chunk rows;
    Chunk errors;    // sqlstate text, message text; weighted like their rows
    int64_t inputs;  // input rows that were gone through
    int64_t given;   // rows that the last of them has given, if its series has to go on
    ColumnPtr rest;  // where it goes on
};

struct TableCallSpec {
    std::string function;
    std::vector<int64_t> args;  // positions in the argument chunk
    std::vector<Type> results;
};

// Input rows times their result rows, calls side by side. `args` has the rows of `input`.
// A series that stands alone stops after `room` rows; `given` is what the first input row has given before.
inline ProjectedSet project_set(const Chunk& input, const Chunk& args, const std::vector<TableCallSpec>& calls, bool ordinality,
                                bool outer, const std::string& zone, int64_t limit, int64_t room, int64_t given) {
    int64_t n = input.length;
    ProjectedSet out;
    std::vector<TableRows> made;
    ColumnBuilder state(Kind::Text), message(Kind::Text);
    std::vector<int64_t> weights;
    for (auto& call : calls) {
        Columns mine;
        bool nothing = n == 0;
        for (int64_t a : call.args) {
            mine.push_back(args.columns[a]);
            nothing |= args.columns[a]->kind == Kind::Null && call.function != "string_to_table";
        }
        TableRun run(mine, n, call.results, zone, limit, calls.size() == 1 ? room : limit + 1);
        made.push_back(nothing ? run.each([](int64_t) {}, true) : tables::registry().at(call.function)(run));
        for (auto& e : run.errors) {
            state.append_bytes(std::string_view(e.sqlstate, 5));
            message.append_bytes(e.message);
            weights.push_back(input.weight(e.row));
        }
        if (run.rest) {
            out.rest = run.rest;
            n = int64_t(made.back().ends.size());
        }
    }
    out.inputs = n;
    out.given = 0;
    if (out.rest) {
        auto& ends = made[0].ends;
        out.given = ends[n - 1] - (n > 1 ? ends[n - 2] : 0) + (n == 1 ? given : 0);
    }
    std::vector<int64_t> parent, number;
    std::vector<std::vector<int64_t>> taken(calls.size());
    std::vector<int64_t> at(calls.size(), 0);
    for (int64_t i = 0; i < n; ++i) {
        int64_t most = 0;
        for (size_t k = 0; k < calls.size(); ++k) most = std::max(most, made[k].ends[i] - at[k]);
        int64_t rows = std::max<int64_t>(most, outer ? 1 : 0);
        if (int64_t(parent.size()) + rows > limit) throw std::overflow_error("too many rows");
        for (int64_t j = 0; j < rows; ++j) {
            parent.push_back(i);
            if (ordinality) number.push_back(j < most ? j + 1 + (i == 0 ? given : 0) : -1);
            for (size_t k = 0; k < calls.size(); ++k) taken[k].push_back(at[k] + j < made[k].ends[i] ? at[k] + j : -1);
        }
        for (size_t k = 0; k < calls.size(); ++k) at[k] = made[k].ends[i];
    }
    auto m = int64_t(parent.size());
    if (n == 1 && m > 1) {  // the row is stored once, however long an array it holds
        out.rows = take_chunk(input, parent.data(), 1);
        out.rows.length = m;
        for (auto& c : out.rows.columns) {
            auto repeated = std::make_shared<Column>(*c);
            repeated->constant = true;
            repeated->length = m;
            c = repeated;
        }
        if (out.rows.weights) out.rows.weights = take_weights(input, parent.data(), m);
    } else {
        out.rows = take_chunk(input, parent.data(), m);
    }
    for (size_t k = 0; k < calls.size(); ++k)
        for (auto& c : made[k].columns)
            out.rows.columns.push_back(c->length == m && (m == 0 || (taken[k].front() == 0 && taken[k].back() == m - 1)) ? c : take(*c, taken[k].data(), m));
    if (ordinality) {
        ColumnBuilder b(Kind::Int8);
        for (int64_t v : number) {
            if (v < 0) b.append_null();
            else b.append(v);
        }
        out.rows.columns.push_back(b.finish());
    }
    if (!weights.empty()) {
        out.errors = Chunk{int64_t(weights.size()), {state.finish(), message.finish()}, Buffer::allocate(weights.size() * 8)};
        std::memcpy(out.errors.weights->data(), weights.data(), weights.size() * 8);
    }
    return out;
}

}  // namespace sabot
