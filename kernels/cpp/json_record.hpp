// JSON objects as rows: json(b)_populate_record(set), json(b)_to_record(set).
#pragma once

#include "json_value.hpp"
#include "kernel_map.hpp"
#include "take.hpp"
#include "text_input.hpp"

namespace sabot {

// A JSON value read as the builder's type: arrays to lists, objects to structs by name, text by input functions.
template <bool canonical>
void append_from_json(ColumnBuilder& to, std::string_view v, const InputSettings& settings, const JsonShape* shape) {
    if (json_is_null(v)) return to.append_null();
    if (shape && shape->kind == 'j') return to.append_bytes(v);
    switch (to.type().kind) {
        case Kind::Jsonb:
            if (canonical) return to.append_bytes(v);
            return to.append_bytes(jsonb_from_text(v));
        case Kind::List:
            if (json_is_array(v)) {
                std::vector<std::string_view> items;
                json_elements(v, [&](std::string_view e) { return items.push_back(e), true; });
                for (auto e : items) append_from_json<canonical>(to.child(0), e, settings, shape ? shape->part(0) : nullptr);
                return to.close_row();
            }
            if (!json_is_string(v)) throw ValueError{"22P02", "expected JSON array"};
            break;
        case Kind::Struct:
            if (json_is_object(v)) {
                for (size_t k = 0; k < to.type().children.size(); ++k) {
                    auto field = json_member(v, to.type().names[k], canonical);
                    if (field.empty()) to.child(k).append_null();
                    else append_from_json<canonical>(to.child(k), field, settings, shape ? shape->part(k) : nullptr);
                }
                return to.close_row();
            }
            if (!json_is_string(v)) throw ValueError{"22023", std::string("cannot call populate_composite on ") + (json_is_array(v) ? "an array" : "a scalar")};
            break;
        default: break;
    }
    std::string text;
    json_append_as_text(text, v);
    append_parsed(to, text, settings);
}
// One object as a row of `out`; what it lacks comes from the base row (a struct column, or null). False after an error.
template <bool canonical>
bool append_json_record(ColumnBuilder& out, std::string_view v, const Column* base, int64_t row, const InputSettings& settings,
                        const JsonShape* shape, EvalContext& ctx) {
    const Type& type = out.type();
    std::vector<ColumnPtr> fields;
    bool present = base && base->kind == Kind::Struct && base->valid(row);
    for (size_t k = 0; k < type.children.size(); ++k) {
        ColumnBuilder one(type.children[k]);
        auto field = json_member(v, type.names[k], canonical);
        if (!field.empty()) {
            try {
                append_from_json<canonical>(one, field, settings, shape ? shape->part(k) : nullptr);
            } catch (const ValueError& e) {
                ctx.fail(row, e.sqlstate, e.message);
                return false;
            }
        } else if (present) {
            one.append_from(*base->children[k], base->at(row));
        } else {
            one.append_null();
        }
        fields.push_back(one.finish());
    }
    for (size_t k = 0; k < fields.size(); ++k) out.child(k).append_from(*fields[k], 0);
    out.close_row();
    return true;
}
inline InputSettings json_input_settings(const EvalContext& ctx) {
    InputSettings settings;
    settings.zone = &session_zone(ctx);
    if (ctx.session) {
        settings.now = ctx.session->now_micros;
        settings.styles = ctx.session->styles;
    }
    return settings;
}

// (base row, json): json_populate_record, json_to_record. `texts`: the shape of the row.
template <bool canonical>
ColumnPtr json_record(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    InputSettings settings = json_input_settings(ctx);
    JsonShape shape = o.texts.empty() ? JsonShape() : JsonShape::read(o.texts[0]);
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!args[1]->valid(i)) {
            out.append_from(*args[0], i);
            continue;
        }
        auto v = json_trim(args[1]->bytes(i));
        if (!json_is_object(v)) {
            ctx.fail(i, "22023", std::string("cannot call populate_composite on ") + (json_is_array(v) ? "an array" : "a scalar"));
            out.append_null();
        } else if (!append_json_record<canonical>(out, v, args[0].get(), i, settings, &shape, ctx)) {
            out.append_null();
        }
    }
    return out.finish();
}
// (base row, json array): the rows of json_populate_recordset and json_to_recordset as a list. `texts`: shape, name.
template <bool canonical>
ColumnPtr json_records(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    InputSettings settings = json_input_settings(ctx);
    JsonShape shape = JsonShape::read(o.texts[0]);
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!args[1]->valid(i)) {
            out.append_null();
            continue;
        }
        auto v = json_trim(args[1]->bytes(i));
        bool good = json_is_array(v);
        if (!good) ctx.fail(i, "22023", "cannot call " + o.texts[1] + (json_is_object(v) ? " on an object" : " on a scalar"));
        if (good)
            json_elements(v, [&](std::string_view e) {
                if (json_is_object(e)) return good = append_json_record<canonical>(out.child(0), e, args[0].get(), i, settings, &shape, ctx);
                ctx.fail(i, "22023", "argument of " + o.texts[1] + " must be an array of objects");
                return good = false;
            });
        if (good) out.close_row();
        else out.append_null();
    }
    return out.finish();
}

// The members of a JSON object as the entries of a map, in the object's order.
SABOT_KERNEL(jsonb_map) {
    InputSettings settings = json_input_settings(ctx);
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        bool good = args[0]->valid(i);
        if (good && !json_is_object(args[0]->bytes(i))) {
            ctx.fail(i, "22023", std::string("cannot call jsonb_populate_map on ") + (json_is_array(args[0]->bytes(i)) ? "an array" : "a scalar"));
            good = false;
        }
        std::vector<std::pair<ColumnPtr, ColumnPtr>> entries;
        if (good)
            json_members(args[0]->bytes(i), [&](std::string_view k, std::string_view v) {
                ColumnBuilder key(o.result.children[0].children[0]), value(o.result.children[0].children[1]);
                try {
                    append_parsed(key, json_unquoted(k), settings);
                    append_from_json<true>(value, v, settings, nullptr);
                } catch (const ValueError& e) {
                    ctx.fail(i, e.sqlstate, e.message);
                    return good = false;
                }
                entries.emplace_back(key.finish(), value.finish());
                return true;
            });
        if (!good) {
            out.append_null();
            continue;
        }
        for (auto& [key, value] : entries) {
            out.child(0).child(0).append_from(*key, 0);
            out.child(0).child(1).append_from(*value, 0);
            out.child(0).close_row();
        }
        out.close_row();
    }
    return out.finish();
}

}  // namespace sabot
