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

inline std::vector<KernelEntry> registry_kernels() {
    return {{"registry.name", registry_name}, {"registry.oid", registry_oid}};
}

}  // namespace sabot
