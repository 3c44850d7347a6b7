// Functions over text. Positions and lengths count characters.
#pragma once

#include <optional>

#include "kernel_api.hpp"
#include "like.hpp"
#include "text_output.hpp"
#include "utf8.hpp"

namespace sabot {

// The bytes of one character in front, as its first byte says (UTF-8).
inline std::string_view utf8_first(std::string_view s) {
    uint8_t lead = uint8_t(s[0]);
    return s.substr(0, lead < 0x80 || lead > 0xf7 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1);
}

inline constexpr size_t kMaxText = 0x3fffffff;

// A strict map into bytes whose body `f(row, out)` may throw ValueError, and gives NULL by returning false.
template <class F>
ColumnPtr map_text(const Columns& args, const CallOptions& o, EvalContext& ctx, F&& f) {
    return map_bytes(o.result.kind, args, ctx, [&](int64_t i, std::string& out) {
        try {
            if constexpr (std::is_void_v<decltype(f(i, out))>) {
                f(i, out);
                return true;
            } else {
                return bool(f(i, out));
            }
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            return false;
        }
    });
}
// The same into a fixed-width column; the body returns the value.
template <class T, class F>
ColumnPtr map_value(const Columns& args, const CallOptions& o, EvalContext& ctx, F&& f) {
    return map_fixed<T>(o.result.kind, args, ctx, [&](int64_t i, T& out) {
        try {
            out = f(i);
            return true;
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            return false;
        }
    });
}

// The same into a list column: `f(row, builder of the row's elements) -> present`.
template <class F>
ColumnPtr map_list(const Columns& args, const CallOptions& o, EvalContext& ctx, F&& f) {
    ColumnBuilder out(o.result);
    auto valid = all_valid(args, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        bool present = valid.empty() || valid[i];
        if (present) {
            try {
                present = f(i, out.child(0));
            } catch (const ValueError& e) {
                ctx.fail(i, e.sqlstate, e.message);
                present = false;
            }
        }
        if (present) out.close_row();
        else out.append_null();
    }
    return out.finish();
}

inline OutputSettings output_settings(const EvalContext& ctx) {
    OutputSettings s;
    if (ctx.session) {
        if (auto zone = find_zone(ctx.session->time_zone)) s.zone = zone;
        s.styles = ctx.session->styles;
    }
    return s;
}

#define SABOT_KERNEL(name) inline ColumnPtr name(const Columns& args, const CallOptions& o, EvalContext& ctx)

SABOT_KERNEL(text_lower) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { append_lower(out, args[0]->bytes(i)); });
}
SABOT_KERNEL(text_upper) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { append_upper(out, args[0]->bytes(i)); });
}
SABOT_KERNEL(text_initcap) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        bool inside = false;
        for (size_t k = 0; k < s.size();) {
            uint32_t c = utf8_next(s, k);
            utf8_append(out, inside ? lower_char(c) : upper_char(c));
            inside = alnum_char(c);
        }
    });
}
SABOT_KERNEL(text_length) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) { return int32_t(utf8_length(args[0]->bytes(i))); });
}
SABOT_KERNEL(bpchar_length) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        auto s = args[0]->bytes(i);
        while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
        return int32_t(utf8_length(s));
    });
}
SABOT_KERNEL(text_octet_length) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) { return int32_t(args[0]->bytes(i).size()); });
}
SABOT_KERNEL(text_bit_length) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) { return int32_t(args[0]->bytes(i).size() * 8); });
}

// substring: `start` is 1-based and may lie before the text; bytes or characters.
template <bool bytes>
ColumnPtr substring_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        int64_t start = args[1]->value<int32_t>(i), end = INT64_MAX;
        if (args.size() > 2) {
            int64_t length = args[2]->value<int32_t>(i);
            if (length < 0) throw ValueError{"22011", "negative substring length not allowed"};
            end = start + length;
        }
        start = std::max<int64_t>(start, 1);
        if (end <= start) return;
        if (bytes || is_ascii(s)) {
            if (start <= int64_t(s.size())) out = s.substr(size_t(start - 1), size_t(end - start));
            return;
        }
        size_t from = utf8_advance(s, 0, start - 1), to = utf8_advance(s, from, end - start);
        out = s.substr(from, to - from);
    });
}
SABOT_KERNEL(text_left) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        int64_t n = args[1]->value<int32_t>(i);
        if (n < 0) n += utf8_length(s);
        out = s.substr(0, utf8_advance(s, 0, n));
    });
}
SABOT_KERNEL(text_right) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        int64_t n = args[1]->value<int32_t>(i);
        if (n == INT32_MIN) out = s;  // which has no opposite
        else out = s.substr(utf8_advance(s, 0, n < 0 ? -n : utf8_length(s) - n));
    });
}
SABOT_KERNEL(text_position) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        auto s = args[0]->bytes(i);
        size_t at = s.find(args[1]->bytes(i));
        return at == s.npos ? 0 : int32_t(utf8_length(s.substr(0, at)) + 1);
    });
}
SABOT_KERNEL(text_replace) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i), from = args[1]->bytes(i), to = args[2]->bytes(i);
        if (from.empty()) { out = s; return; }
        size_t at = 0;
        for (size_t hit; (hit = s.find(from, at)) != s.npos; at = hit + from.size()) {
            out += s.substr(at, hit - at);
            out += to;
        }
        out += s.substr(at);
    });
}
SABOT_KERNEL(text_translate) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i), from = args[1]->bytes(i), to = args[2]->bytes(i);
        std::vector<std::string_view> targets;
        for (size_t k = 0; k < to.size();) {
            size_t next = utf8_advance(to, k, 1);
            targets.push_back(to.substr(k, next - k));
            k = next;
        }
        for (size_t k = 0; k < s.size();) {
            size_t next = utf8_advance(s, k, 1), index = 0, f = 0;
            auto c = s.substr(k, next - k);
            k = next;
            bool found = false;
            while (f < from.size() && !found) {
                size_t g = utf8_advance(from, f, 1);
                found = from.substr(f, g - f) == c;
                f = g;
                if (!found) ++index;
            }
            if (!found) out += c;
            else if (index < targets.size()) out += targets[index];
        }
    });
}

// Characters of `set` trimmed off one or both ends of `s`.
inline std::string_view trim_characters(std::string_view s, std::string_view set, bool left, bool right, bool bytes) {
    auto in_set = [&](std::string_view c) {
        if (c.size() == 1) return set.find(c[0]) != set.npos;
        for (size_t k = 0; k < set.size();) {
            size_t next = utf8_advance(set, k, 1);
            if (set.substr(k, next - k) == c) return true;
            k = next;
        }
        return false;
    };
    while (left && !s.empty()) {
        size_t n = bytes ? 1 : utf8_advance(s, 0, 1);
        if (!in_set(s.substr(0, n))) break;
        s.remove_prefix(n);
    }
    while (right && !s.empty()) {
        size_t n = 1;
        while (!bytes && n < s.size() && is_continuation(s[s.size() - n])) ++n;
        if (!in_set(s.substr(s.size() - n))) break;
        s.remove_suffix(n);
    }
    return s;
}
template <bool left, bool right, bool bytes = false>
ColumnPtr trim_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        out = trim_characters(args[0]->bytes(i), args.size() > 1 ? args[1]->bytes(i) : " ", left, right, bytes);
    });
}

template <bool left>
ColumnPtr pad_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        int64_t want = std::max(0, args[1]->value<int32_t>(i)), have = utf8_length(s);
        std::string_view fill = args.size() > 2 ? args[2]->bytes(i) : " ";
        if (want <= have || fill.empty()) {
            out = s.substr(0, utf8_advance(s, 0, want));
            return;
        }
        if (size_t(want) > kMaxText / 4) throw ValueError{"54000", "requested length too large"};
        if (!left) out = s;
        size_t k = 0;
        for (int64_t n = want - have; n > 0; --n) {
            size_t next = utf8_advance(fill, k, 1);
            out += fill.substr(k, next - k);
            k = next == fill.size() ? 0 : next;
        }
        if (left) out += s;
    });
}
SABOT_KERNEL(text_repeat) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        int64_t n = std::max(0, args[1]->value<int32_t>(i));
        if (s.size() * size_t(n) > kMaxText) throw ValueError{"54000", "requested length too large"};
        out.reserve(s.size() * size_t(n));
        while (n-- > 0) out += s;
    });
}
SABOT_KERNEL(text_reverse) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        for (size_t end = s.size(); end > 0;) {
            size_t from = end - 1;
            while (from > 0 && is_continuation(s[from])) --from;
            out += s.substr(from, end - from);
            end = from;
        }
    });
}
SABOT_KERNEL(text_split_part) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i), by = args[1]->bytes(i);
        int64_t n = args[2]->value<int32_t>(i);
        if (n == 0) throw ValueError{"22023", "field position must not be zero"};
        if (s.empty()) return;
        if (by.empty()) {
            if (n == 1 || n == -1) out = s;
            return;
        }
        if (n > 0) {
            size_t at = 0;
            for (; n > 1; --n) {
                size_t hit = by.size() == 1 ? s.find(by[0], at) : s.find(by, at);
                if (hit == s.npos) return;
                at = hit + by.size();
            }
            size_t end = s.find(by, at);
            out = s.substr(at, end == s.npos ? s.npos : end - at);
            return;
        }
        std::vector<std::string_view> parts;
        size_t at = 0;
        for (size_t hit; (hit = s.find(by, at)) != s.npos; at = hit + by.size()) parts.push_back(s.substr(at, hit - at));
        parts.push_back(s.substr(at));
        if (-n <= int64_t(parts.size())) out = parts[parts.size() + n];
    });
}
SABOT_KERNEL(text_starts_with) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) { return args[0]->bytes(i).starts_with(args[1]->bytes(i)); });
}
SABOT_KERNEL(text_ascii) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        size_t at = 0;
        auto s = args[0]->bytes(i);
        return s.empty() ? 0 : int32_t(utf8_next(s, at));
    });
}
SABOT_KERNEL(text_chr) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        int32_t c = args[0]->value<int32_t>(i);
        if (c == 0) throw ValueError{"54000", "null character not permitted"};
        if (c < 0) throw ValueError{"22023", "character number must be positive"};
        if (c > 0x10ffff) throw ValueError{"54000", "requested character too large for encoding: " + std::to_string(c)};
        if (c >= 0xd800 && c <= 0xdfff)
            throw ValueError{"54000", "requested character not valid for encoding: " + std::to_string(c)};
        utf8_append(out, uint32_t(c));
    });
}
SABOT_KERNEL(text_to_hex) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        uint64_t v = args[0]->kind == Kind::Int8 ? uint64_t(args[0]->value<int64_t>(i)) : uint32_t(args[0]->value<int32_t>(i));
        char b[20];
        auto end = std::to_chars(b, b + sizeof b, v, 16).ptr;
        out.append(b, end);
    });
}
template <bool bytes>
ColumnPtr overlay_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i), with = args[1]->bytes(i);
        auto size = [](std::string_view v) { return bytes ? int64_t(v.size()) : utf8_length(v); };
        int64_t start = args[2]->value<int32_t>(i), count = args.size() > 3 ? args[3]->value<int32_t>(i) : size(with);
        if (start <= 0) throw ValueError{"22011", "negative substring length not allowed"};
        auto at = [&](int64_t n) { return bytes ? size_t(std::clamp<int64_t>(n, 0, int64_t(s.size()))) : utf8_advance(s, 0, n); };
        if (start + count > INT32_MAX) throw ValueError{"22003", "integer out of range"};
        out = s.substr(0, at(start - 1));
        out += with;
        out += s.substr(at(std::max<int64_t>(start + count - 1, 0)));
    });
}
SABOT_KERNEL(text_like_escape) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        append_like_escape(out, args[0]->bytes(i), args[1]->bytes(i));
    });
}

// text || text, and any other values as their text.
SABOT_KERNEL(text_concat_operator) {
    if (args[0]->kind == args[1]->kind)
        return map_bytes(o.result.kind, args, ctx, [&](int64_t i, std::string& out) {
            out = args[0]->bytes(i);
            out += args[1]->bytes(i);
            return true;
        });
    OutputSettings settings = output_settings(ctx);
    return map_bytes(o.result.kind, args, ctx, [&](int64_t i, std::string& out) {
        for (auto& a : args) {
            if (a->kind == Kind::Bool) out += a->value<uint8_t>(i) ? "true" : "false";
            else append_text(out, *a, i, settings);
        }
        return true;
    });
}
// concat(...) and, with a separator first, concat_ws(...): NULL values are left out.
template <bool separated>
ColumnPtr concat_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    OutputSettings settings = output_settings(ctx);
    ColumnBuilder out(o.result.kind);
    std::string scratch;
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (separated && !args[0]->valid(i)) {
            out.append_null();
            continue;
        }
        scratch.clear();
        bool first = true;
        for (size_t k = separated; k < args.size(); ++k) {
            if (!args[k]->valid(i)) continue;
            if (separated && !first) scratch += args[0]->bytes(i);
            first = false;
            append_text(scratch, *args[k], i, settings);
        }
        out.append_bytes(scratch);
    }
    return out.finish();
}
// The same with the values in one array (VARIADIC).
template <bool separated>
ColumnPtr concat_array_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    OutputSettings settings = output_settings(ctx);
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto [from, to] = args[separated]->range(i);
        const Column& e = *args[separated]->children[0];
        bool first = true;
        for (int32_t k = from; k < to; ++k) {
            if (!e.valid(k)) continue;
            if (separated && !first) out += args[0]->bytes(i);
            first = false;
            append_text(out, e, k, settings);
        }
    });
}

}  // namespace sabot
