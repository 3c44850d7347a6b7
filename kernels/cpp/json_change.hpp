// jsonb with parts set, inserted, deleted, stripped or laid out.
#pragma once

#include "json_value.hpp"

namespace sabot {

using JsonPath = std::vector<std::string_view>;  // a NULL step has no data

inline JsonPath json_path_of(const Column& c, int64_t row) {
    auto [from, to] = c.range(row);
    JsonPath path;
    for (int32_t i = from; i < to; ++i) {
        path.push_back(c.children[0]->valid(i) ? c.children[0]->bytes(i) : std::string_view());
    }
    return path;
}

enum class JsonChange : uint8_t { Set, SetOrCreate, InsertBefore, InsertAfter, Delete };

inline void append_json_change(std::string& out, std::string_view v, const JsonPath& path, size_t level, std::string_view with,
                               JsonChange change) {
    if (!path[level].data()) throw ValueError{"22004", "path element at position " + std::to_string(level + 1) + " is null"};
    if (!json_is_container(v)) { out += v; return; }
    bool last = level + 1 == path.size();
    bool creates = change != JsonChange::Set && change != JsonChange::Delete;
    if (json_is_object(v)) {
        JsonbObject object;
        bool found = false;
        json_members(v, [&](std::string_view quoted, std::string_view value) {
            std::string key = json_unquoted(quoted);
            if (key != path[level]) {
                object.put(std::move(key), std::string(value));
                return true;
            }
            found = true;
            if (!last) {
                std::string inner;
                append_json_change(inner, value, path, level + 1, with, change);
                object.put(std::move(key), std::move(inner));
            } else if (change == JsonChange::InsertBefore || change == JsonChange::InsertAfter) {
                throw ValueError{"22023", "cannot replace existing key"};
            } else if (change != JsonChange::Delete) {
                object.put(std::move(key), std::string(with));
            }
            return true;
        });
        if (!found && last && creates) object.put(std::string(path[level]), std::string(with));
        object.append_to(out);
        return;
    }
    auto index = json_path_index(path[level]);
    if (!index)
        throw ValueError{"22P02", "path element at position " + std::to_string(level + 1) + " is not an integer: \"" +
                                      std::string(path[level]) + "\""};
    int64_t count = json_count(v), at = *index;
    if (at < 0) at = -at > count ? INT64_MIN : count + at;
    out.push_back('[');
    bool first = true;
    int64_t k = 0;
    if (last && creates && at == INT64_MIN) append_json_item(out, first, with);
    json_elements(v, [&](std::string_view e) {
        if (k++ != at) { append_json_item(out, first, e); return true; }
        if (!last) {
            std::string inner;
            append_json_change(inner, e, path, level + 1, with, change);
            append_json_item(out, first, inner);
            return true;
        }
        switch (change) {
            case JsonChange::Set: case JsonChange::SetOrCreate: append_json_item(out, first, with); break;
            case JsonChange::InsertBefore:
                append_json_item(out, first, with);
                append_json_item(out, first, e);
                break;
            case JsonChange::InsertAfter:
                append_json_item(out, first, e);
                append_json_item(out, first, with);
                break;
            case JsonChange::Delete: break;
        }
        return true;
    });
    if (last && creates && at >= count) append_json_item(out, first, with);
    out.push_back(']');
}

// The value that `value[step]… = with` makes of nothing: arrays for steps that are numbers, objects for others.
inline void append_json_new(std::string& out, const JsonPath& path, size_t level, std::string_view with) {
    if (level == path.size()) { out += with; return; }
    auto index = json_path_index(path[level]);
    if (!index) {
        std::string inner;
        append_json_new(inner, path, level + 1, with);
        JsonbObject object;
        object.put(std::string(path[level]), std::move(inner));
        object.append_to(out);
        return;
    }
    if (*index < 0)
        throw ValueError{"22023", "path element at position " + std::to_string(level + 1) + " is out of range: " + std::string(path[level])};
    out.push_back('[');
    bool first = true;
    for (int64_t k = 0; k < *index; ++k) append_json_item(out, first, "null");
    std::string inner;
    append_json_new(inner, path, level + 1, with);
    append_json_item(out, first, inner);
    out.push_back(']');
}

// `v[step]… = with`: missing parts are made, gaps of arrays are filled with nulls.
inline void append_json_assigned(std::string& out, std::string_view v, const JsonPath& path, size_t level, std::string_view with) {
    if (level == path.size()) { out += with; return; }
    if (!json_is_container(v)) throw ValueError{"22023", "cannot replace existing key"};
    std::string inner;
    bool found = false;
    auto change = [&](std::string_view old) {
        found = true;
        append_json_assigned(inner, old, path, level + 1, with);
    };
    if (json_is_object(v)) {
        JsonbObject object;
        json_members(v, [&](std::string_view quoted, std::string_view value) {
            std::string key = json_unquoted(quoted);
            bool here = key == path[level];
            if (here) change(value);
            object.put(std::move(key), here ? inner : std::string(value));
            return true;
        });
        if (!found) {
            append_json_new(inner, path, level + 1, with);
            object.put(std::string(path[level]), std::move(inner));
        }
        object.append_to(out);
        return;
    }
    auto index = json_path_index(path[level]);
    if (!index)
        throw ValueError{"22P02", "path element at position " + std::to_string(level + 1) + " is not an integer: \"" +
                                      std::string(path[level]) + "\""};
    int64_t count = json_count(v), at = *index < 0 ? count + *index : *index, k = 0;
    if (at < 0)
        throw ValueError{"22023", "path element at position " + std::to_string(level + 1) + " is out of range: " + std::string(path[level])};
    out.push_back('[');
    bool first = true;
    json_elements(v, [&](std::string_view e) {
        if (k++ == at) change(e), append_json_item(out, first, inner);
        else append_json_item(out, first, e);
        return true;
    });
    if (!found) {
        for (; k < at; ++k) append_json_item(out, first, "null");
        append_json_new(inner, path, level + 1, with);
        append_json_item(out, first, inner);
    }
    out.push_back(']');
}

inline void append_json_concat(std::string& out, std::string_view a, std::string_view b) {
    if (json_is_object(a) && json_is_object(b)) {
        JsonbObject object;
        object.put_all(a);
        object.put_all(b);
        object.append_to(out);
        return;
    }
    out.push_back('[');
    bool first = true;
    for (auto v : {a, b}) {
        if (json_is_array(v)) json_elements(v, [&](auto e) { return append_json_item(out, first, e), true; });
        else append_json_item(out, first, v);
    }
    out.push_back(']');
}

// Without the members and string elements for which drop(key) holds.
template <class F>
void append_json_without(std::string& out, std::string_view v, F&& drop) {
    if (!json_is_container(v)) throw ValueError{"22023", "cannot delete from scalar"};
    bool first = true;
    if (json_is_object(v)) {
        out.push_back('{');
        json_members(v, [&](std::string_view k, std::string_view x) {
            if (drop(k)) return true;
            append_json_item(out, first, k);
            out += ": ";
            out += x;
            return true;
        });
        out.push_back('}');
        return;
    }
    out.push_back('[');
    json_elements(v, [&](std::string_view e) {
        if (!(json_is_string(e) && drop(e))) append_json_item(out, first, e);
        return true;
    });
    out.push_back(']');
}

inline void append_json_stripped(std::string& out, std::string_view v, bool canonical) {
    bool first = true;
    auto item = [&] {
        if (!first) out += canonical ? ", " : ",";
        first = false;
    };
    if (json_is_object(v)) {
        out.push_back('{');
        json_members(v, [&](std::string_view k, std::string_view x) {
            if (json_is_null(x)) return true;
            item();
            append_json_stripped(out, k, canonical);
            out += canonical ? ": " : ":";
            append_json_stripped(out, x, canonical);
            return true;
        });
        out.push_back('}');
    } else if (json_is_array(v)) {
        out.push_back('[');
        json_elements(v, [&](std::string_view e) {
            item();
            append_json_stripped(out, e, canonical);
            return true;
        });
        out.push_back(']');
    } else if (!canonical && json_is_string(v)) {
        append_json_string(out, std::string_view(json_unquoted(v)));
    } else {
        out += v;
    }
}

inline void append_json_pretty(std::string& out, std::string_view v, int depth) {
    if (!json_is_container(v)) { out += v; return; }
    bool object = json_is_object(v), first = true;
    out.push_back(v[0]);
    auto line = [&](int level) {
        out.push_back('\n');
        out.append(size_t(level) * 4, ' ');
    };
    auto item = [&] {
        if (!first) out.push_back(',');
        first = false;
        line(depth + 1);
    };
    if (object)
        json_members(v, [&](std::string_view k, std::string_view x) {
            item();
            out += k;
            out += ": ";
            append_json_pretty(out, x, depth + 1);
            return true;
        });
    else
        json_elements(v, [&](std::string_view x) {
            item();
            append_json_pretty(out, x, depth + 1);
            return true;
        });
    line(depth);
    out.push_back(object ? '}' : ']');
}

}  // namespace sabot
