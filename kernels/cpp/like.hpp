// LIKE and ILIKE: patterns prepared once, matched by bytes.
#pragma once

#include <optional>

#include "kernel_api.hpp"
#include "utf8.hpp"
#include "value_error.hpp"

namespace sabot {

// A LIKE pattern; backslash escapes. Common shapes (equal, prefix, suffix, part) need no general matching.
class LikePattern {
  public:
    explicit LikePattern(std::string_view pattern, bool bytewise = false) : pattern_(pattern), bytewise_(bytewise) {
        std::string piece;
        bool any = false, leading = false, trailing = false;
        int pieces = 0;
        for (size_t i = 0; i < pattern.size(); ++i) {
            char c = pattern[i];
            if (c == '_' || (c == '\\' && i + 1 == pattern.size())) { shape_ = General; return; }
            if (c == '%') {
                any = true;
                if (piece.empty() && pieces == 0) leading = true;
                trailing = true;
                continue;
            }
            if (trailing && !(pieces == 0 && piece.empty())) { shape_ = General; return; }
            trailing = false;
            if (c == '\\') c = pattern[++i];
            piece.push_back(c);
        }
        pieces = !piece.empty();
        literal_ = piece;
        if (!any) shape_ = Equal;
        else if (leading && trailing) shape_ = Part;
        else if (leading) shape_ = Suffix;
        else shape_ = Prefix;
    }

    bool matches(std::string_view s) const {
        switch (shape_) {
            case Equal: return s == literal_;
            case Prefix: return s.starts_with(literal_);
            case Suffix: return s.ends_with(literal_);
            case Part: return s.find(literal_) != std::string_view::npos;
            case General: return general(s);
        }
        return false;
    }

  private:
    enum Shape : uint8_t { Equal, Prefix, Suffix, Part, General };

    size_t behind(std::string_view s, size_t i) const { return bytewise_ ? i + 1 : utf8_advance(s, i, 1); }
    bool general(std::string_view s) const {
        std::string_view p = pattern_;
        size_t i = 0, j = 0, retry_i = 0, retry_j = std::string_view::npos;
        while (i < s.size()) {
            if (j < p.size() && p[j] == '%') {
                retry_j = ++j;
                retry_i = i;
                if (j == p.size()) return true;
                continue;
            }
            if (j < p.size()) {
                if (p[j] == '_') {
                    i = behind(s, i);
                    ++j;
                    continue;
                }
                size_t k = j;
                if (p[k] == '\\' && ++k == p.size())
                    throw ValueError{"22025", "LIKE pattern must not end with escape character"};
                if (p[k] == s[i]) {
                    ++i;
                    j = k + 1;
                    continue;
                }
            }
            if (retry_j == std::string_view::npos) return false;
            j = retry_j;
            retry_i = i = behind(s, retry_i);
        }
        while (j < p.size() && p[j] == '%') ++j;
        return j == p.size();
    }

    std::string pattern_, literal_;
    Shape shape_ = General;
    bool bytewise_;
};

template <bool folded, bool negated>
ColumnPtr like_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {  // `ints` = (1,): of bytes
    std::string last, folded_pattern, folded_text;
    std::optional<LikePattern> pattern;
    const Column &text = *args[0], &patterns = *args[1];
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        auto p = patterns.bytes(i);
        if (!pattern || (!patterns.constant && p != last)) {
            last = p;
            folded_pattern.clear();
            if (folded) append_lower(folded_pattern, p);
            pattern.emplace(folded ? std::string_view(folded_pattern) : p, !o.ints.empty());
        }
        auto s = text.bytes(i);
        if (folded) {
            folded_text.clear();
            append_lower(folded_text, s);
            s = folded_text;
        }
        try {
            out = pattern->matches(s) != negated;
            return true;
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            return false;
        }
    });
}

// A pattern with another escape character rewritten to backslash escapes; an empty escape means none.
inline void append_like_escape(std::string& out, std::string_view pattern, std::string_view escape) {
    if (utf8_length(escape) > 1) throw ValueError{"22025", "invalid escape string"};
    if (escape == "\\") { out += pattern; return; }
    bool after = false;
    for (size_t i = 0; i < pattern.size();) {
        if (!escape.empty() && !after && pattern.substr(i).starts_with(escape)) {
            out.push_back('\\');
            i += escape.size();
            after = true;
            continue;
        }
        if (pattern[i] == '\\' && !after) out.push_back('\\');
        size_t next = utf8_advance(pattern, i, 1);
        out += pattern.substr(i, next - i);
        i = next;
        after = false;
    }
}

}  // namespace sabot
