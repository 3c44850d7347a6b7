// Names of OIDs and OIDs of names: casts between regclass, regtype and their kin and text. The pairs come with the call:
// options.ints[k] is called options.texts[k + 2]; texts[0] and texts[1] are SQLSTATE and noun for a name that is not found.
#pragma once

#include <string_view>
#include <unordered_map>

#include "kernel_api.hpp"

namespace sabot {

namespace detail {

inline constexpr size_t kFirstName = 2;
inline constexpr char kNamePartEnd = '\x1f';

// A name as SQL reads it: folded outside of quotes, parts ended by kNamePartEnd instead of a dot.
inline std::string name_key(std::string_view text) {
    std::string key;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (quoted) {
            if (c != '"') key.push_back(c);
            else if (i + 1 < text.size() && text[i + 1] == '"') key.push_back(text[++i]);
            else quoted = false;
        } else if (c == '"') quoted = true;
        else if (c == '.') key.push_back(kNamePartEnd);
        else key.push_back(c >= 'A' && c <= 'Z' ? char(c + 32) : c);
    }
    return key;
}

}  // namespace detail

// oid → name; digits where the OID has none.
inline ColumnPtr registry_name(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    std::unordered_map<int64_t, std::string_view> names;
    for (size_t k = 0; k < o.ints.size(); ++k) names.emplace(o.ints[k], o.texts[k + detail::kFirstName]);
    const Column& oid = *args[0];
    return map_bytes(Kind::Text, args, ctx, [&](int64_t row, std::string& out) {
        int64_t value = oid.value<int64_t>(row);
        auto found = names.find(value);
        if (found != names.end()) out = found->second;
        else if (value == 0) out = "-";
        else out = std::to_string(value);
        return true;
    });
}

// name → oid; digits are an OID already.
inline ColumnPtr registry_oid(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    std::unordered_map<std::string, int64_t> oids;
    for (size_t k = 0; k < o.ints.size(); ++k) oids.emplace(detail::name_key(o.texts[k + detail::kFirstName]), o.ints[k]);
    const Column& name = *args[0];
    return map_fixed<int64_t>(o.result.kind, args, ctx, [&](int64_t row, int64_t& out) {
        std::string_view text = name.bytes(row);
        while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
        while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
        if (text == "-") {
            out = 0;
            return true;
        }
        if (!text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == text.npos) {
            out = std::stoll(std::string(text));
            if (out <= 0xffffffffLL) return true;
        }
        auto found = oids.find(detail::name_key(text));
        if (found != oids.end()) {
            out = found->second;
            return true;
        }
        ctx.fail(row, o.texts[0].c_str(), o.texts[1] + " \"" + std::string(text) + "\" does not exist");
        return false;
    });
}

namespace detail {

// A type's name with its modifiers, as columns are declared; arrays keep their brackets at the end.
inline void append_type(std::string& out, std::string_view name, int64_t oid, int32_t modifier) {
    bool array = name.size() > 2 && name.substr(name.size() - 2) == "[]";
    std::string_view base = array ? name.substr(0, name.size() - 2) : name;
    size_t size = modifier - 4;
    switch (oid) {
        case 1700: case 1231: {
            int32_t scale = (size & 0x7ff) ^ 0x400;  // 11 bits with a sign
            out.append(base).append("(" + std::to_string(size >> 16 & 0xffff) + "," + std::to_string(scale - 0x400) + ")");
            break;
        }
        case 1042: case 1014: case 1043: case 1015:
            out.append(base).append("(" + std::to_string(size) + ")");
            break;
        case 1560: case 1561: case 1562: case 1563: case 1303: case 1304:
            out.append(base).append("(" + std::to_string(modifier) + ")");
            break;
        case 1083: case 1183: case 1114: case 1115: case 1184: case 1185: case 1266: case 1270: {
            size_t blank = base.find(' ');
            out.append(base.substr(0, blank)).append("(" + std::to_string(modifier) + ")");
            if (blank != base.npos) out.append(base.substr(blank));
            break;
        }
        case 1186: case 1187:
            out.append(base);
            if ((modifier & 0xffff) != 0xffff) out.append("(" + std::to_string(modifier & 0xffff) + ")");
            break;
        default: out.append(base);
    }
    if (array) out.append("[]");
}

}  // namespace detail

// format_type(oid, typmod): NULL or negative modifiers are none.
inline ColumnPtr registry_format_type(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    std::unordered_map<int64_t, std::string_view> names;
    for (size_t k = 0; k < o.ints.size(); ++k) names.emplace(o.ints[k], o.texts[k + detail::kFirstName]);
    const Column &oid = *args[0], &modifier = *args[1];
    return map_bytes(Kind::Text, {args[0]}, ctx, [&](int64_t row, std::string& out) {
        int64_t type = oid.value<int64_t>(row);
        auto found = names.find(type);
        if (type == 0) out = "-";
        else if (found == names.end()) out = "???";
        else if (!modifier.valid(row) || modifier.value<int32_t>(row) < 0) out = found->second;
        else detail::append_type(out, found->second, type, modifier.value<int32_t>(row));
        return true;
    });
}

inline std::vector<KernelEntry> registry_kernels() {
    return {{"registry.name", registry_name}, {"registry.oid", registry_oid}, {"registry.format_type", registry_format_type}};
}

}  // namespace sabot
