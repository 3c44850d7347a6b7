// Walking over JSON text that is known to be valid, without building a tree.
//
// Values are views of the text. jsonb is stored as canonical text (jsonb_text.hpp), so equal keys and strings have
// equal text there; type json is text as written.
#pragma once

#include "jsonb_text.hpp"
#include "text.hpp"

namespace sabot {

inline bool json_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
inline size_t json_skip_blanks(std::string_view s, size_t i) {
    while (i < s.size() && json_blank(s[i])) ++i;
    return i;
}
// Position behind the string that starts (with its quote) at `i`.
inline size_t json_string_end(std::string_view s, size_t i) {
    ++i;
    for (;;) {
        while (s[i] != '"' && s[i] != '\\') ++i;
        if (s[i] == '"') return i + 1;
        i += 2;
    }
}
// Position behind the value that starts at `i`.
inline size_t json_value_end(std::string_view s, size_t i) {
    char c = s[i];
    if (c == '"') return json_string_end(s, i);
    if (c == '{' || c == '[') {
        int depth = 0;
        for (;;) {
            c = s[i];
            if (c == '"') { i = json_string_end(s, i); continue; }
            ++i;
            if (c == '{' || c == '[') ++depth;
            else if ((c == '}' || c == ']') && --depth == 0) return i;
        }
    }
    while (i < s.size() && s[i] != ',' && s[i] != '}' && s[i] != ']' && !json_blank(s[i])) ++i;
    return i;
}
// The value without blanks around it.
inline std::string_view json_trim(std::string_view s) {
    size_t i = json_skip_blanks(s, 0);
    return s.substr(i, json_value_end(s, i) - i);
}
inline bool json_is_object(std::string_view v) { return v[0] == '{'; }
inline bool json_is_array(std::string_view v) { return v[0] == '['; }
inline bool json_is_string(std::string_view v) { return v[0] == '"'; }
inline bool json_is_null(std::string_view v) { return v[0] == 'n'; }
inline bool json_is_container(std::string_view v) { return v[0] == '{' || v[0] == '['; }
inline bool json_is_number(std::string_view v) { return v[0] == '-' || (v[0] >= '0' && v[0] <= '9'); }

// f(key with its quotes, value) -> go on?
template <class F>
void json_members(std::string_view s, F&& f) {
    size_t i = json_skip_blanks(s, 1);
    while (s[i] != '}') {
        size_t key_end = json_string_end(s, i);
        auto key = s.substr(i, key_end - i);
        i = json_skip_blanks(s, key_end) + 1;
        i = json_skip_blanks(s, i);
        size_t end = json_value_end(s, i);
        if (!f(key, s.substr(i, end - i))) return;
        i = json_skip_blanks(s, end);
        if (s[i] == ',') i = json_skip_blanks(s, i + 1);
    }
}
// f(value) -> go on?
template <class F>
void json_elements(std::string_view s, F&& f) {
    size_t i = json_skip_blanks(s, 1);
    while (s[i] != ']') {
        size_t end = json_value_end(s, i);
        if (!f(s.substr(i, end - i))) return;
        i = json_skip_blanks(s, end);
        if (s[i] == ',') i = json_skip_blanks(s, i + 1);
    }
}
inline int64_t json_count(std::string_view array) {
    int64_t n = 0;
    json_elements(array, [&](std::string_view) { return ++n, true; });
    return n;
}

// The characters of a string value (given with its quotes).
inline void json_append_unquoted(std::string& out, std::string_view quoted) {
    auto s = quoted.substr(1, quoted.size() - 2);
    auto hex = [&](size_t at) {
        uint32_t v = 0;
        std::from_chars(s.data() + at, s.data() + at + 4, v, 16);
        return v;
    };
    for (size_t i = 0; i < s.size();) {
        size_t hit = s.find('\\', i);
        out += s.substr(i, hit == s.npos ? s.npos : hit - i);
        if (hit == s.npos) return;
        i = hit + 2;
        switch (s[hit + 1]) {
            case 'b': out.push_back('\b'); break;
            case 'f': out.push_back('\f'); break;
            case 'n': out.push_back('\n'); break;
            case 'r': out.push_back('\r'); break;
            case 't': out.push_back('\t'); break;
            case 'u': {
                uint32_t c = hex(i);
                i += 4;
                if (c == 0) throw ValueError{"22P05", "unsupported Unicode escape sequence"};
                if (c >= 0xd800 && c < 0xdc00 && i + 6 <= s.size() && s[i] == '\\' && s[i + 1] == 'u') {
                    c = 0x10000 + ((c - 0xd800) << 10) + (hex(i + 2) - 0xdc00);
                    i += 6;
                }
                utf8_append(out, c);
                break;
            }
            default: out.push_back(s[hit + 1]);
        }
    }
}
inline std::string json_unquoted(std::string_view quoted) {
    std::string out;
    json_append_unquoted(out, quoted);
    return out;
}
inline bool json_string_is(std::string_view quoted, std::string_view plain) {
    auto raw = quoted.substr(1, quoted.size() - 2);
    if (raw.find('\\') == raw.npos) return raw == plain;
    return json_unquoted(quoted) == plain;
}

// A member's value; empty view if there is none. Of equal keys (type json) the last one.
inline std::string_view json_member(std::string_view object, std::string_view key, bool canonical) {
    std::string_view found;
    json_members(object, [&](std::string_view k, std::string_view v) {
        if (json_string_is(k, key)) {
            found = v;
            return !canonical;
        }
        return true;
    });
    return found;
}
// The n-th element, from the end if negative; empty view if there is none.
inline std::string_view json_element(std::string_view array, int64_t n) {
    if (n < 0) {
        n += json_count(array);
        if (n < 0) return {};
    }
    std::string_view found;
    json_elements(array, [&](std::string_view v) {
        if (n-- > 0) return true;
        found = v;
        return false;
    });
    return found;
}

// ->> : NULL (false) for null, strings without quotes, the rest as it is.
inline bool json_append_as_text(std::string& out, std::string_view v) {
    if (json_is_null(v)) return false;
    if (json_is_string(v)) json_append_unquoted(out, v);
    else out += v;
    return true;
}

inline std::optional<int32_t> json_path_index(std::string_view text) {
    size_t i = 0;
    while (i < text.size() && json_blank(text[i])) ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int32_t n = 0;
    auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), n);
    if (error != std::errc() || end != text.data() + text.size() || i == text.size()) return std::nullopt;
    return n;
}

inline std::string_view json_step(std::string_view v, std::string_view step, bool canonical) {
    if (json_is_object(v)) return json_member(v, step, canonical);
    if (!json_is_array(v)) return {};
    auto n = json_path_index(step);
    return n ? json_element(v, *n) : std::string_view();
}

inline const char* json_type_name(std::string_view v) {
    switch (v[0]) {
        case '{': return "object";
        case '[': return "array";
        case '"': return "string";
        case 't': case 'f': return "boolean";
        case 'n': return "null";
        default: return "number";
    }
}

inline bool jsonb_scalar_equal(std::string_view a, std::string_view b) {
    if (a == b) return true;
    if (!json_is_number(a) || !json_is_number(b)) return false;
    return numeric_compare(numeric_from_text(std::string(a)), numeric_from_text(std::string(b))) == 0;
}
inline bool jsonb_equal(std::string_view a, std::string_view b) {
    if (!json_is_container(a) || !json_is_container(b)) return jsonb_scalar_equal(a, b);
    if (a == b) return true;
    if (a[0] != b[0]) return false;
    std::vector<std::string_view> left, right;
    auto collect = [](std::string_view v, std::vector<std::string_view>& to) {
        if (json_is_object(v)) json_members(v, [&](auto k, auto x) { return to.push_back(k), to.push_back(x), true; });
        else json_elements(v, [&](auto x) { return to.push_back(x), true; });
    };
    collect(a, left);
    collect(b, right);
    if (left.size() != right.size()) return false;
    for (size_t i = 0; i < left.size(); ++i)
        if (!jsonb_equal(left[i], right[i])) return false;
    return true;
}

// a @> b inside containers; `jsonb_contains` adds the rule for a bare scalar in an array.
inline bool jsonb_contains_inside(std::string_view a, std::string_view b) {
    if (a[0] != b[0] || !json_is_container(b)) return !json_is_container(a) && !json_is_container(b) && jsonb_scalar_equal(a, b);
    bool all = true;
    if (json_is_object(b)) {
        json_members(b, [&](std::string_view k, std::string_view v) {
            auto mine = json_member(a, json_unquoted(k), true);
            return all = !mine.empty() && jsonb_contains_inside(mine, v);
        });
    } else {
        json_elements(b, [&](std::string_view v) {
            bool any = false;
            json_elements(a, [&](std::string_view mine) { return !(any = jsonb_contains_inside(mine, v)); });
            return all = any;
        });
    }
    return all;
}
inline bool jsonb_contains(std::string_view a, std::string_view b) {
    if (json_is_array(a) && !json_is_container(b)) {
        bool any = false;
        json_elements(a, [&](std::string_view v) { return !(any = !json_is_container(v) && jsonb_scalar_equal(v, b)); });
        return any;
    }
    return jsonb_contains_inside(a, b);
}
// Is there such a key, such a string in the array, or is it this string?
inline bool jsonb_has_key(std::string_view v, std::string_view key) {
    if (json_is_object(v)) return !json_member(v, key, true).empty();
    if (json_is_string(v)) return json_string_is(v, key);
    bool any = false;
    if (json_is_array(v))
        json_elements(v, [&](std::string_view e) { return !(any = json_is_string(e) && json_string_is(e, key)); });
    return any;
}

// An object in the making: canonical order, the last of equal keys wins.
class JsonbObject {
  public:
    void put(std::string key, std::string value) { members_.emplace_back(std::move(key), std::move(value)); }
    void put_all(std::string_view object) {
        json_members(object, [&](auto k, auto v) { return put(json_unquoted(k), std::string(v)), true; });
    }
    void append_to(std::string& out) {
        std::stable_sort(members_.begin(), members_.end(), [](auto& a, auto& b) {
            return a.first.size() != b.first.size() ? a.first.size() < b.first.size() : a.first < b.first;
        });
        out.push_back('{');
        bool first = true;
        for (size_t i = 0; i < members_.size(); ++i) {
            if (i + 1 < members_.size() && members_[i].first == members_[i + 1].first) continue;
            if (!first) out += ", ";
            first = false;
            append_json_string(out, std::string_view(members_[i].first));
            out += ": ";
            out += members_[i].second;
        }
        out.push_back('}');
    }

  private:
    std::vector<std::pair<std::string, std::string>> members_;
};
inline void append_json_item(std::string& out, bool& first, std::string_view item) {
    if (!first) out += ", ";
    first = false;
    out += item;
}

inline void append_json_date(std::string& out, const Column& c, int64_t row, const OutputSettings& settings) {
    size_t from = out.size();
    append_text(out, c, row, {settings.zone, {}});  // ISO 8601, whatever the DateStyle
    size_t blank = out.find(' ', from);
    if (blank != out.npos && c.kind != Kind::Date && out.compare(blank, 3, " BC") != 0) out[blank] = 'T';
    if (c.kind == Kind::Timestamptz) {  // ISO 8601 wants minutes in the offset
        size_t sign = out.find_last_of("+-");
        if (sign != out.npos && sign > from + 10 && out.find(':', sign) == out.npos) out.insert(sign + 3, ":00");
    }
}
// What a column's kind doesn't tell of its SQL type: 'j' text that is json, 'q' a number that is quoted, 'm' a map, '['
// a list and '(' a struct with such parts. Written by the planner: "(.j[q])".
struct JsonShape {
    char kind = '.';
    std::vector<JsonShape> parts;

    static JsonShape read(const std::string& text) {
        size_t at = 0;
        return text.empty() ? JsonShape() : read(text, at);
    }
    const JsonShape* part(size_t k) const { return k < parts.size() ? &parts[k] : nullptr; }

  private:
    static JsonShape read(const std::string& text, size_t& at) {
        JsonShape s{text[at++], {}};
        if (s.kind == '(' || s.kind == '[' || s.kind == 'm') {
            while (text[at] != ')') s.parts.push_back(read(text, at));
            ++at;
        }
        return s;
    }
};
// A value as json, as to_json writes it.
inline void append_json_value(std::string& out, const Column& c, int64_t row, const OutputSettings& settings, const JsonShape* shape = nullptr) {
    if (!c.valid(row)) { out += "null"; return; }
    char special = shape ? shape->kind : '.';
    if (special == 'j') { out += c.bytes(row); return; }
    if (special == 'q') {
        out.push_back('"');
        append_text(out, c, row, settings);
        out.push_back('"');
        return;
    }
    switch (c.kind) {
        case Kind::Bool: out += c.value<uint8_t>(row) ? "true" : "false"; return;
        case Kind::Int2: case Kind::Int4: case Kind::Int8: case Kind::Oid: case Kind::Int256: case Kind::Jsonb:
            return append_text(out, c, row, settings);
        case Kind::Float4: case Kind::Float8: case Kind::Numeric: {
            std::string v;
            append_text(v, c, row, settings);
            bool finite = std::isdigit(uint8_t(v.back()));
            if (finite) out += v;
            else append_json_string(out, std::string_view(v));
            return;
        }
        case Kind::Date: case Kind::Timestamp: case Kind::Timestamptz: {
            out.push_back('"');
            append_json_date(out, c, row, settings);
            out.push_back('"');
            return;
        }
        case Kind::List: {
            auto [from, to] = c.range(row);
            const Column& e = *c.children[0];
            bool maps = special == 'm';
            out.push_back(maps ? '{' : '[');
            for (int32_t i = from; i < to; ++i) {
                if (i > from) out.push_back(',');
                if (maps) {
                    std::string key;
                    append_text(key, *e.children[0], e.at(i), settings);
                    append_json_string(out, std::string_view(key));
                    out.push_back(':');
                    append_json_value(out, *e.children[1], e.at(i), settings, shape->part(1));
                } else {
                    append_json_value(out, e, i, settings, shape ? shape->part(0) : nullptr);
                }
            }
            out.push_back(maps ? '}' : ']');
            return;
        }
        case Kind::Struct: {
            out.push_back('{');
            for (size_t k = 0; k < c.children.size(); ++k) {
                if (k) out.push_back(',');
                append_json_string(out, std::string_view(c.names[k]));
                out.push_back(':');
                append_json_value(out, *c.children[k], c.at(row), settings, shape ? shape->part(k) : nullptr);
            }
            out.push_back('}');
            return;
        }
        default: {
            std::string v;
            append_text(v, c, row, settings);
            append_json_string(out, std::string_view(v));
        }
    }
}
inline void append_jsonb_value(std::string& out, const Column& c, int64_t row, const OutputSettings& settings, const JsonShape* shape = nullptr) {
    if (shape && shape->kind == 'j' && c.valid(row)) {
        out += jsonb_from_text(c.bytes(row));
        return;
    }
    switch (c.kind) {
        case Kind::Float4: case Kind::Float8: case Kind::List: case Kind::Struct: {
            std::string v;
            append_json_value(v, c, row, settings, shape);
            out += jsonb_from_text(v);
            return;
        }
        default: append_json_value(out, c, row, settings, shape);
    }
}

}  // namespace sabot
