// Functions and operators of json and jsonb. Kernels named json.* read json as written, jsonb.* canonical text.
#pragma once

#include "array.hpp"
#include "json_change.hpp"
#include "json_record.hpp"

namespace sabot {

// For functions that see NULL arguments.
template <class F>
ColumnPtr map_rows_to_text(const CallOptions& o, EvalContext& ctx, F&& f) {
    return map_text({}, o, ctx, f);
}
// -> and ->> by key (text) or index (int4).
template <bool canonical, bool text>
ColumnPtr json_get(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    bool by_index = args[1]->kind == Kind::Int4;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto v = args[0]->bytes(i);
        if (!canonical) v = json_trim(v);
        std::string_view found;
        if (by_index) {
            int32_t n = args[1]->value<int32_t>(i);
            if (json_is_array(v)) found = json_element(v, n);
            else if (canonical && !json_is_container(v) && (n == 0 || n == -1)) found = v;  // a jsonb scalar is its own element
        }
        else if (json_is_object(v)) found = json_member(v, args[1]->bytes(i), canonical);
        if (found.empty()) return false;
        if (text) return json_append_as_text(out, found);
        out = found;
        return true;
    });
}
// #> and #>> by a path in text[]; also json_extract_path with the steps as arguments.
template <bool canonical, bool text>
ColumnPtr json_get_path(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    bool packed = args.size() == 2 && args[1]->kind == Kind::List;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto v = args[0]->bytes(i);
        if (!canonical) v = json_trim(v);
        if (packed) {
            auto [from, to] = args[1]->range(i);
            for (int32_t k = from; k < to && !v.empty(); ++k)
                v = args[1]->children[0]->valid(k) ? json_step(v, args[1]->children[0]->bytes(k), canonical) : std::string_view();
        } else {
            for (size_t k = 1; k < args.size() && !v.empty(); ++k) v = json_step(v, args[k]->bytes(i), canonical);
        }
        if (v.empty()) return false;
        if (text) return json_append_as_text(out, v);
        out = v;
        return true;
    });
}
template <bool canonical>
ColumnPtr json_typeof(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { out = json_type_name(json_trim(args[0]->bytes(i))); });
}
template <bool canonical>
ColumnPtr json_array_length(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        auto v = json_trim(args[0]->bytes(i));
        if (json_is_object(v)) throw ValueError{"22023", "cannot get array length of a non-array"};
        if (!json_is_array(v)) throw ValueError{"22023", "cannot get array length of a scalar"};
        return int32_t(json_count(v));
    });
}
template <bool canonical>
ColumnPtr json_strip_nulls(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        append_json_stripped(out, json_trim(args[0]->bytes(i)), canonical);
    });
}

template <bool reversed>
ColumnPtr jsonb_contains_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        return uint8_t(jsonb_contains(args[reversed]->bytes(i), args[!reversed]->bytes(i)));
    });
}
// PostgreSQL's order of jsonb: null < strings < numbers < booleans < arrays < objects; containers by their size first.
inline int jsonb_compare(std::string_view a, std::string_view b, bool top = true) {
    auto three = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
    auto rank = [](std::string_view v) {
        switch (v[0]) {
            case 'n': return 0;
            case '"': return 1;
            case 't': case 'f': return 3;
            case '[': return 4;
            case '{': return 5;
            default: return 2;
        }
    };
    int x = rank(a), y = rank(b);
    // A bare scalar counts as an array of one element, so that an empty array is less.
    if (top && x == 4 && y < 4) return json_count(a) == 0 ? -1 : 1;
    if (top && y == 4 && x < 4) return json_count(b) == 0 ? 1 : -1;
    if (x != y) return three(x, y);
    if (x == 1) return three(json_unquoted(a).compare(json_unquoted(b)), 0);
    if (x == 2) return numeric_compare(numeric_from_text(std::string(a)), numeric_from_text(std::string(b)));
    if (x < 4) return three(a[0] == 't', b[0] == 't');
    std::vector<std::string_view> left, right;
    auto collect = [](std::string_view v, std::vector<std::string_view>& to) {
        if (json_is_object(v)) json_members(v, [&](auto k, auto e) { return to.push_back(k), to.push_back(e), true; });
        else json_elements(v, [&](auto e) { return to.push_back(e), true; });
    };
    collect(a, left);
    collect(b, right);
    if (left.size() != right.size()) return three(left.size(), right.size());
    for (size_t i = 0; i < left.size(); ++i)
        if (int r = jsonb_compare(left[i], right[i], false)) return r;
    return 0;
}
// Bytes that compare as the values do: what ORDER BY sorts by. Digits are those of canonical jsonb, without exponent.
inline void append_jsonb_order(std::string& out, std::string_view v, bool top = true) {
    auto number = [&](uint64_t n) {
        for (int shift = 56; shift >= 0; shift -= 8) out.push_back(char(n >> shift & 255));
    };
    auto text = [&](std::string_view quoted) {
        for (char c : json_unquoted(quoted)) out += c ? std::string(1, c) : std::string("\0\xff", 2);
        out.append(2, '\0');
    };
    if (v[0] == 'n') out.push_back(1);
    else if (v[0] == '"') out.push_back(2), text(v);
    else if (v[0] == 't' || v[0] == 'f') out.push_back(4), out.push_back(char(v[0] == 't'));
    else if (v[0] == '[') {
        int64_t count = json_count(v);
        out.push_back(top && !count ? 0 : 5);
        number(uint64_t(count));
        json_elements(v, [&](std::string_view e) { return append_jsonb_order(out, e, false), true; });
    } else if (v[0] == '{') {
        uint64_t count = 0;
        json_members(v, [&](auto, auto) { return ++count, true; });
        out.push_back(6);
        number(count);
        json_members(v, [&](std::string_view k, std::string_view e) {
            text(k);
            append_jsonb_order(out, e, false);
            return true;
        });
    } else {
        bool negative = v[0] == '-';
        if (negative) v.remove_prefix(1);
        size_t point = std::min(v.find('.'), v.size());
        std::string digits(v.substr(0, point));
        if (point < v.size()) digits += v.substr(point + 1);
        size_t first = digits.find_first_not_of('0');
        out.push_back(3);
        if (first == std::string::npos) {
            out.push_back(1);
            return;
        }
        digits = digits.substr(first, digits.find_last_not_of('0') + 1 - first);
        out.push_back(negative ? 0 : 2);
        size_t from = out.size();
        number(uint64_t(int64_t(point) - int64_t(first)) ^ uint64_t(1) << 63);
        out += digits;
        out.push_back('\0');
        if (negative)
            for (size_t i = from; i < out.size(); ++i) out[i] = char(~out[i]);
    }
}
SABOT_KERNEL(jsonb_order_key) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { append_jsonb_order(out, args[0]->bytes(i)); });
}
template <class Test>
ColumnPtr jsonb_compare_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        return uint8_t(Test{}(jsonb_compare(args[0]->bytes(i), args[1]->bytes(i)), 0));
    });
}
SABOT_KERNEL(jsonb_exists) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) { return uint8_t(jsonb_has_key(args[0]->bytes(i), args[1]->bytes(i))); });
}
template <bool every>
ColumnPtr jsonb_exists_some(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        auto [from, to] = args[1]->range(i);
        const Column& keys = *args[1]->children[0];
        for (int32_t k = from; k < to; ++k)
            if (keys.valid(k) && jsonb_has_key(args[0]->bytes(i), keys.bytes(k)) != every) return uint8_t(!every);
        return uint8_t(every);
    });
}
SABOT_KERNEL(jsonb_concat) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        append_json_concat(out, args[0]->bytes(i), args[1]->bytes(i));
    });
}
// jsonb - text, - text[] or - int4
SABOT_KERNEL(jsonb_delete) {
    const Column& what = *args[1];
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto v = args[0]->bytes(i);
        if (what.kind == Kind::List) {
            auto [from, to] = what.range(i);
            append_json_without(out, v, [&, from = from, to = to](std::string_view key) {
                for (int32_t k = from; k < to; ++k)
                    if (what.children[0]->valid(k) && json_string_is(key, what.children[0]->bytes(k))) return true;
                return false;
            });
        } else if (what.kind == Kind::Int4) {
            if (json_is_object(v)) throw ValueError{"22023", "cannot delete from object using integer index"};
            if (!json_is_array(v)) throw ValueError{"22023", "cannot delete from scalar"};
            std::string place = std::to_string(what.value<int32_t>(i));
            append_json_change(out, v, {place}, 0, {}, JsonChange::Delete);
        } else {
            append_json_without(out, v, [&](std::string_view key) { return json_string_is(key, what.bytes(i)); });
        }
    });
}
SABOT_KERNEL(jsonb_delete_path) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto v = args[0]->bytes(i);
        if (!json_is_container(v)) throw ValueError{"22023", "cannot delete path in scalar"};
        auto path = json_path_of(*args[1], i);
        if (path.empty() || v.size() == 2) out = v;
        else append_json_change(out, v, path, 0, {}, JsonChange::Delete);
    });
}
template <bool insert>
ColumnPtr jsonb_set_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto v = args[0]->bytes(i);
        bool flag = args.size() > 3 ? args[3]->value<uint8_t>(i) : !insert;
        JsonChange change = insert ? (flag ? JsonChange::InsertAfter : JsonChange::InsertBefore)
                                   : (flag ? JsonChange::SetOrCreate : JsonChange::Set);
        if (!json_is_container(v)) throw ValueError{"22023", "cannot set path in scalar"};
        auto path = json_path_of(*args[1], i);
        if (path.empty() || (v.size() == 2 && change == JsonChange::Set)) out = v;
        else append_json_change(out, v, path, 0, args[2]->bytes(i), change);
    });
}
// (target, path, value): target[step]… = value. `ints`: a NULL target is an array, not an object.
SABOT_KERNEL(jsonb_assign) {
    return map_rows_to_text(o, ctx, [&](int64_t i, std::string& out) -> bool {
        auto path = json_path_of(*args[1], i);
        for (auto& step : path)
            if (!step.data()) throw ValueError{"22004", "jsonb subscript in assignment must not be null"};
        auto v = args[0]->valid(i) ? args[0]->bytes(i) : std::string_view(o.ints[0] ? "[]" : "{}");
        append_json_assigned(out, v, path, 0, args[2]->valid(i) ? args[2]->bytes(i) : std::string_view("null"));
        return true;
    });
}
// jsonb_set_lax(target, path, value, create, treatment of a NULL value).
SABOT_KERNEL(jsonb_set_lax) {
    return map_rows_to_text(o, ctx, [&](int64_t i, std::string& out) -> bool {
        for (size_t k : {0, 1, 3})
            if (k < args.size() && !args[k]->valid(i)) return false;
        auto v = args[0]->bytes(i);
        bool create = args.size() > 3 ? args[3]->value<uint8_t>(i) : true;
        if (args.size() > 4 && !args[4]->valid(i))
            throw ValueError{"22023", "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\""};
        std::string treatment = args.size() > 4 ? std::string(args[4]->bytes(i)) : "use_json_null";
        std::string value = args[2]->valid(i) ? std::string(args[2]->bytes(i)) : "null";
        JsonChange change = create ? JsonChange::SetOrCreate : JsonChange::Set;
        if (!args[2]->valid(i)) {
            if (treatment == "raise_exception") throw ValueError{"22004", "JSON value must not be null"};
            if (treatment == "return_target") return out = v, true;
            if (treatment == "delete_key") change = JsonChange::Delete;
            else if (treatment != "use_json_null")
                throw ValueError{"22023", "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\""};
        }
        if (!json_is_container(v)) throw ValueError{"22023", change == JsonChange::Delete ? "cannot delete path in scalar" : "cannot set path in scalar"};
        auto path = json_path_of(*args[1], i);
        if (path.empty() || (v.size() == 2 && change != JsonChange::SetOrCreate)) out = v;
        else append_json_change(out, v, path, 0, value, change);
        return true;
    });
}
SABOT_KERNEL(jsonb_pretty) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { append_json_pretty(out, args[0]->bytes(i), 0); });
}

// Shapes of the arguments, by number; none when every kind says it all.
inline std::vector<JsonShape> json_shapes(const CallOptions& o, size_t count) {
    std::vector<JsonShape> shapes(count);
    for (size_t k = 0; k < std::min(count, o.texts.size()); ++k) shapes[k] = JsonShape::read(o.texts[k]);
    return shapes;
}
// to_json / to_jsonb of any value; `ints` = (1,) puts line feeds between the fields or elements at the top.
template <bool canonical>
ColumnPtr json_from_value(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    OutputSettings settings = output_settings(ctx);
    auto shapes = json_shapes(o, 1);
    const JsonShape& shape = shapes[0];
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        bool lines = args.size() > 1 && args[1]->value<uint8_t>(i);
        if (canonical) append_jsonb_value(out, *args[0], i, settings, &shape);
        else append_json_value(out, *args[0], i, settings, &shape);
        if (!lines || out.size() <= 2) return;
        std::string spread(1, out[0]);
        auto item = [&](std::string_view text) {
            if (spread.size() > 1) spread += ",\n ";
            spread += text;
            return true;
        };
        if (out[0] == '[') json_elements(out, item);
        else json_members(out, [&](std::string_view k, std::string_view v) { return item(std::string(k) + ":" + std::string(v)); });
        spread.push_back(out.back());
        out = std::move(spread);
    });
}
SABOT_KERNEL(jsonb_from_json) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { out = jsonb_from_text(args[0]->bytes(i)); });
}

template <bool canonical>
ColumnPtr json_build_array(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    OutputSettings settings = output_settings(ctx);
    auto shapes = json_shapes(o, args.size());
    return map_rows_to_text(o, ctx, [&](int64_t i, std::string& out) {
        out.push_back('[');
        for (size_t k = 0; k < args.size(); ++k) {
            if (k) out += ", ";
            if (canonical) append_jsonb_value(out, *args[k], i, settings, &shapes[k]);
            else append_json_value(out, *args[k], i, settings, &shapes[k]);
        }
        out.push_back(']');
    });
}
// json_build_array and json_build_object with VARIADIC array: as if its elements had been written out.
template <KernelFn build>
ColumnPtr json_build_from_array(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!args[0]->valid(i)) {
            out.append_null();
            continue;
        }
        auto [from, to] = args[0]->range(i);
        Columns one;
        CallOptions options = o;
        options.texts.clear();
        JsonShape shape = o.texts.empty() ? JsonShape() : JsonShape::read(o.texts[0]);
        for (int32_t k = from; k < to; ++k) {
            int64_t place = k;
            one.push_back(take(*args[0]->children[0], &place, 1));
            options.texts.push_back(shape.parts.empty() ? "" : std::string(1, shape.parts[0].kind));
        }
        EvalContext single;
        single.length = 1;
        single.session = ctx.session;
        auto made = build(one, options, single);
        for (auto& e : single.errors) ctx.fail(i, e.sqlstate, e.message);
        out.append_from(*made, 0);
    }
    return out.finish();
}
template <bool canonical>
ColumnPtr json_build_object(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    OutputSettings settings = output_settings(ctx);
    auto shapes = json_shapes(o, args.size());
    return map_rows_to_text(o, ctx, [&](int64_t i, std::string& out) {
        if (args.size() % 2) throw ValueError{"22023", "argument list must have even number of elements"};
        JsonbObject object;
        if (!canonical) out.push_back('{');
        for (size_t k = 0; k < args.size(); k += 2) {
            if (!args[k]->valid(i)) {
                if (canonical) throw ValueError{"22023", "argument " + std::to_string(k + 1) + ": key must not be null"};
                throw ValueError{"22023", "argument " + std::to_string(k + 1) + " cannot be null"};
            }
            if (args[k]->kind == Kind::List || args[k]->kind == Kind::Struct || args[k]->kind == Kind::Jsonb || shapes[k].kind == 'j')
                throw ValueError{"22023", "key value must be scalar, not array, composite, or json"};
            std::string key, value;
            if (args[k]->kind == Kind::Bool) key = args[k]->value<uint8_t>(i) ? "true" : "false";
            else append_text(key, *args[k], i, settings);
            if (canonical) {
                append_jsonb_value(value, *args[k + 1], i, settings, &shapes[k + 1]);
                object.put(std::move(key), std::move(value));
            } else {
                if (k) out += ", ";
                append_json_string(out, std::string_view(key));
                out += " : ";
                append_json_value(out, *args[k + 1], i, settings, &shapes[k + 1]);
            }
        }
        if (canonical) object.append_to(out);
        else out.push_back('}');
    });
}
// json_object(text[]) of alternating keys and values, (keys, values), or text[][] of pairs.
template <bool canonical>
ColumnPtr json_object_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        const Column* list = args[0].get();
        auto [from, to] = list->range(i);
        bool pairs = args.size() > 1;
        if (list->children[0]->kind == Kind::List) {
            auto sizes = array_dimensions(*list, i);
            if (sizes.size() > 2) throw ValueError{"2202E", "wrong number of array subscripts"};
            if (sizes.size() == 2 && sizes[1] != 2) throw ValueError{"2202E", "array must have two columns"};
            list = list->children[0].get();
            if (from < to) std::tie(from, to) = std::pair{list->range(from).first, list->range(to - 1).second};
        }
        const Column& keys = *list->children[0];
        const Column& values = pairs ? *args[1]->children[0] : keys;
        auto [value_from, value_to] = pairs ? args[1]->range(i) : std::pair<int32_t, int32_t>{from + 1, to};
        if (pairs ? to - from != value_to - value_from : (to - from) % 2 != 0)
            throw ValueError{"2202E", pairs ? "mismatched array dimensions" : "array must have even number of elements"};
        JsonbObject object;
        int step = pairs ? 1 : 2;
        if (!canonical) out.push_back('{');
        for (int32_t k = from, v = value_from; k < to; k += step, v += step) {
            if (!keys.valid(k)) throw ValueError{"22004", "null value not allowed for object key"};
            std::string value;
            if (values.valid(v)) append_json_string(value, values.bytes(v));
            else value = "null";
            if (canonical) {
                object.put(std::string(keys.bytes(k)), std::move(value));
            } else {
                if (k > from) out += ", ";
                append_json_string(out, keys.bytes(k));
                out += " : ";
                out += value;
            }
        }
        if (canonical) object.append_to(out);
        else out.push_back('}');
    });
}

template <bool canonical>
void add_json_kernels(std::vector<KernelEntry>& k) {
    auto put = [&](const char* json, const char* jsonb, KernelFn fn) { k.push_back({canonical ? jsonb : json, fn}); };
    put("json.get", "jsonb.get", json_get<canonical, false>);
    put("json.get_text", "jsonb.get_text", json_get<canonical, true>);
    put("json.get_path", "jsonb.get_path", json_get_path<canonical, false>);
    put("json.get_path_text", "jsonb.get_path_text", json_get_path<canonical, true>);
    put("json.typeof", "jsonb.typeof", json_typeof<canonical>);
    put("json.array_length", "jsonb.array_length", json_array_length<canonical>);
    put("json.strip_nulls", "jsonb.strip_nulls", json_strip_nulls<canonical>);
    put("json.from_value", "jsonb.from_value", json_from_value<canonical>);
    put("json.build_array", "jsonb.build_array", json_build_array<canonical>);
    put("json.build_object", "jsonb.build_object", json_build_object<canonical>);
    put("json.object", "jsonb.object", json_object_kernel<canonical>);
    put("json.build_array_of", "jsonb.build_array_of", json_build_from_array<json_build_array<canonical>>);
    put("json.build_object_of", "jsonb.build_object_of", json_build_from_array<json_build_object<canonical>>);
    put("json.record", "jsonb.record", json_record<canonical>);
    put("json.records", "jsonb.records", json_records<canonical>);
}
inline std::vector<KernelEntry> json_kernels() {
    std::vector<KernelEntry> k{
        {"jsonb.eq", jsonb_compare_kernel<std::equal_to<int>>}, {"jsonb.ne", jsonb_compare_kernel<std::not_equal_to<int>>},
        {"jsonb.lt", jsonb_compare_kernel<std::less<int>>}, {"jsonb.le", jsonb_compare_kernel<std::less_equal<int>>},
        {"jsonb.gt", jsonb_compare_kernel<std::greater<int>>}, {"jsonb.ge", jsonb_compare_kernel<std::greater_equal<int>>},
        {"jsonb.order_key", jsonb_order_key}, {"jsonb.contains", jsonb_contains_kernel<false>}, {"jsonb.contained", jsonb_contains_kernel<true>},
        {"jsonb.exists", jsonb_exists}, {"jsonb.exists_any", jsonb_exists_some<false>},
        {"jsonb.exists_all", jsonb_exists_some<true>}, {"jsonb.concat", jsonb_concat}, {"jsonb.delete", jsonb_delete},
        {"jsonb.delete_path", jsonb_delete_path}, {"jsonb.set", jsonb_set_kernel<false>},
        {"jsonb.insert", jsonb_set_kernel<true>}, {"jsonb.pretty", jsonb_pretty}, {"jsonb.from_json", jsonb_from_json},
        {"jsonb.set_lax", jsonb_set_lax}, {"jsonb.assign", jsonb_assign}, {"jsonb.map", jsonb_map},
    };
    add_json_kernels<true>(k);
    add_json_kernels<false>(k);
    return k;
}

}  // namespace sabot
