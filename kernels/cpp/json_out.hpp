// Values as JSON text, as aggregates need it: jsonb is itself, scalars by their JSON form.
#pragma once

#include "numeric_text.hpp"
#include "rows.hpp"
#include "value_error.hpp"

namespace sabot {

inline void append_json_string(std::string_view s, std::string& out) {
    static const char* hex = "0123456789abcdef";
    out.push_back('"');
    for (char ch : s) {
        auto u = uint8_t(ch);
        switch (ch) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (u < 0x20) {
                    out += "\\u00";
                    out.push_back(hex[u >> 4]);
                    out.push_back(hex[u & 15]);
                } else {
                    out.push_back(ch);
                }
        }
    }
    out.push_back('"');
}

inline bool has_json_form(Kind k) {
    switch (k) {
        case Kind::Null: case Kind::Bool: case Kind::Int2: case Kind::Int4: case Kind::Int8: case Kind::Oid:
        case Kind::Numeric: case Kind::Text: case Kind::Jsonb: return true;
        default: return false;  // the planner casts with to_jsonb first
    }
}

inline void append_json(const Column& c, int64_t row, std::string& out) {
    if (!c.valid(row)) {
        out += "null";
        return;
    }
    switch (c.kind) {
        case Kind::Bool: out += c.value<uint8_t>(row) ? "true" : "false"; break;
        case Kind::Int2: out += std::to_string(c.value<int16_t>(row)); break;
        case Kind::Int4: out += std::to_string(c.value<int32_t>(row)); break;
        case Kind::Int8: case Kind::Oid: out += std::to_string(c.value<int64_t>(row)); break;
        case Kind::Numeric: {
            NumericView v(c.bytes(row));
            auto text = numeric_to_text(c.bytes(row));
            if (v.finite()) out += text;
            else append_json_string(text, out);
            break;
        }
        case Kind::Text: append_json_string(c.bytes(row), out); break;
        case Kind::Jsonb: out.append(c.bytes(row)); break;
        default: throw ValueError{"0A000", "value without a JSON form"};
    }
}
// The raw text of an object key.
inline void append_json_key(const Column& c, int64_t row, std::string& out) {
    if (c.kind == Kind::Text) out.append(c.bytes(row));
    else append_json(c, row, out);
}

}  // namespace sabot
