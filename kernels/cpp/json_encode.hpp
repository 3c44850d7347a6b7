// Rows as JSON objects, in the form of PostgreSQL's row_to_json with TimeZone = UTC.
#pragma once

#include "bits.hpp"
#include "jsonb_text.hpp"
#include "take.hpp"
#include "text_output.hpp"

namespace sabot {

struct JsonShape {
    bool raw = false;  // json: text that is JSON already
    bool map = false;
    std::vector<JsonShape> children;
};

inline void encode_json(std::string& out, const Column& c, int64_t row, const JsonShape& shape) {
    if (!c.valid(row)) {
        out += "null";
        return;
    }
    static const OutputSettings settings;
    auto members = [&](const Column& e, int64_t at) {
        for (size_t k = 0; k < e.children.size(); ++k) {
            if (k) out.push_back(',');
            append_json_string(out, e.names[k]);
            out.push_back(':');
            encode_json(out, *e.children[k], at, shape.children[k]);
        }
    };
    switch (c.kind) {
        case Kind::Bool: out += c.value<uint8_t>(row) ? "true" : "false"; return;
        case Kind::Jsonb: out += c.bytes(row); return;
        case Kind::Int2: case Kind::Int4: case Kind::Int8: case Kind::Oid: return append_text(out, c, row, settings);
        case Kind::Float4: case Kind::Float8: case Kind::Numeric: {
            size_t mark = out.size();
            append_text(out, c, row, settings);
            if (std::isdigit(uint8_t(out.back()))) return;
            out.insert(mark, 1, '"');  // NaN and infinities
            out.push_back('"');
            return;
        }
        case Kind::Timestamp: case Kind::Timestamptz: {
            std::string text;
            append_text(text, c, row, settings);
            if (auto blank = text.find(' '); blank != text.npos) text[blank] = 'T';
            if (c.kind == Kind::Timestamptz && std::isdigit(uint8_t(text.back()))) text += ":00";
            return append_json_string(out, text);
        }
        case Kind::List: {
            auto [from, to] = c.range(row);
            const Column& e = *c.children[0];
            if (shape.map) {
                out.push_back('{');
                for (int32_t i = from; i < to; ++i) {
                    if (i > from) out.push_back(',');
                    std::string key;
                    if (e.children[0]->valid(e.at(i))) append_text(key, *e.children[0], e.at(i), settings);
                    append_json_string(out, key);
                    out.push_back(':');
                    encode_json(out, *e.children[1], e.at(i), shape.children[0].children[1]);
                }
                out.push_back('}');
                return;
            }
            out.push_back('[');
            for (int32_t i = from; i < to; ++i) {
                if (i > from) out.push_back(',');
                encode_json(out, e, i, shape.children[0]);
            }
            out.push_back(']');
            return;
        }
        case Kind::Struct:
            out.push_back('{');
            members(c, c.at(row));
            out.push_back('}');
            return;
        default:
            if (shape.raw) {
                out += c.bytes(row);
                return;
            }
            std::string text;
            append_text(text, c, row, settings);
            append_json_string(out, text);
    }
}

inline void encode_row(std::string& out, const Chunk& c, int64_t row, const std::vector<std::string>& keys,
                       const std::vector<JsonShape>& shapes) {
    out.push_back('{');
    for (size_t k = 0; k < c.columns.size(); ++k) {
        if (k) out.push_back(',');
        out += keys[k];
        encode_json(out, *c.columns[k], row, shapes[k]);
    }
    out.push_back('}');
}

}  // namespace sabot
