// Bit strings: kept as text of 0 and 1, whose order is theirs.
#pragma once

#include <bit>

#include "kernel_map.hpp"

namespace sabot {

namespace bitstring {

inline ValueError bad_digit(std::string_view text, size_t at, const char* kind) {
    size_t n = 1;
    while (at + n < text.size() && (uint8_t(text[at + n]) & 0xc0) == 0x80) ++n;
    return {"22P02", "\"" + std::string(text.substr(at, n)) + "\" is not a valid " + kind + " digit"};
}
// Digits with an optional b or x before them.
inline std::string parse(std::string_view text) {
    bool hex = !text.empty() && (text[0] == 'x' || text[0] == 'X');
    if (hex || (!text.empty() && (text[0] == 'b' || text[0] == 'B'))) text.remove_prefix(1);
    std::string out;
    for (size_t k = 0; k < text.size(); ++k) {
        char c = text[k];
        if (!hex) {
            if (c != '0' && c != '1') throw bad_digit(text, k, "binary");
            out.push_back(c);
            continue;
        }
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (d < 0) throw bad_digit(text, k, "hexadecimal");
        for (int b = 3; b >= 0; --b) out.push_back(d >> b & 1 ? '1' : '0');
    }
    return out;
}

template <class F>
ColumnPtr bits(const Columns& args, EvalContext& ctx, F&& f) {
    return map_strings(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        out = f(i);
        return true;
    });
}

inline ColumnPtr from_text(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return bits(args, ctx, [&](int64_t i) { return parse(args[0]->bytes(i)); });
}
// bit(n): ints n, explicit. Explicit casts cut and pad on the right.
inline ColumnPtr fit(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    size_t n = size_t(o.ints[0]);
    return bits(args, ctx, [&](int64_t i) {
        std::string s(args[0]->bytes(i));
        if (s.size() != n && !o.ints[1])
            throw ValueError{"22026", "bit string length " + std::to_string(s.size()) + " does not match type bit(" + std::to_string(n) + ")"};
        s.resize(n, '0');
        return s;
    });
}
inline ColumnPtr fit_varying(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    size_t n = size_t(o.ints[0]);
    return bits(args, ctx, [&](int64_t i) {
        std::string s(args[0]->bytes(i));
        if (s.size() > n) {
            if (!o.ints[1]) throw ValueError{"22001", "bit string too long for type bit varying(" + std::to_string(n) + ")"};
            s.resize(n);
        }
        return s;
    });
}
// and, or, xor by ints[0].
inline ColumnPtr combine(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    static constexpr const char* kNames[] = {"AND", "OR", "XOR"};
    return bits(args, ctx, [&](int64_t i) {
        std::string a(args[0]->bytes(i));
        auto b = args[1]->bytes(i);
        if (a.size() != b.size())
            throw ValueError{"22026", std::string("cannot ") + kNames[o.ints[0]] + " bit strings of different sizes"};
        for (size_t k = 0; k < a.size(); ++k) {
            bool x = a[k] == '1', y = b[k] == '1';
            a[k] = (o.ints[0] == 0 ? x && y : o.ints[0] == 1 ? x || y : x != y) ? '1' : '0';
        }
        return a;
    });
}
inline ColumnPtr invert(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return bits(args, ctx, [&](int64_t i) {
        std::string a(args[0]->bytes(i));
        for (auto& c : a) c = c == '1' ? '0' : '1';
        return a;
    });
}
// << and >> (ints[0] = 1 and -1).
inline ColumnPtr shift(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return bits(args, ctx, [&](int64_t i) {
        std::string a(args[0]->bytes(i));
        int64_t by = o.ints[0] * int64_t(args[1]->value<int32_t>(i)), n = int64_t(a.size());
        std::string out(a.size(), '0');
        for (int64_t k = 0; k < n; ++k)
            if (k + by >= 0 && k + by < n) out[size_t(k)] = a[size_t(k + by)];
        return out;
    });
}
inline ColumnPtr concat(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return bits(args, ctx, [&](int64_t i) { return std::string(args[0]->bytes(i)).append(args[1]->bytes(i)); });
}
// length, octet_length, bit_count by ints[0].
inline ColumnPtr measure(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    auto size = [&](int64_t i) -> int64_t {
        auto s = args[0]->bytes(i);
        if (o.ints[0] == 0) return int64_t(s.size());
        if (o.ints[0] == 1) return int64_t(s.size() + 7) / 8;
        return std::count(s.begin(), s.end(), '1');
    };
    if (o.result.kind == Kind::Int8) return map_values<int64_t>(Kind::Int8, args, ctx, size);
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) { return int32_t(size(i)); });
}
inline ColumnPtr substring(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return bits(args, ctx, [&](int64_t i) {
        std::string_view s = args[0]->bytes(i);
        int64_t from = args[1]->value<int32_t>(i), to = int64_t(s.size()) + 1;
        if (args.size() > 2) {
            int64_t length = args[2]->value<int32_t>(i);
            if (length < 0) throw ValueError{"22011", "negative substring length not allowed"};
            to = std::min(to, from + length);
        }
        from = std::max<int64_t>(from, 1);
        return from >= to ? std::string() : std::string(s.substr(size_t(from - 1), size_t(to - from)));
    });
}
inline ColumnPtr position(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) -> int32_t {
        size_t at = args[0]->bytes(i).find(args[1]->bytes(i));
        return at == std::string_view::npos ? 0 : int32_t(at) + 1;
    });
}
inline ColumnPtr get(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) {
        auto s = args[0]->bytes(i);
        int32_t n = args[1]->value<int32_t>(i);
        if (n < 0 || size_t(n) >= s.size())
            throw ValueError{"2202E", "bit index " + std::to_string(n) + " out of valid range (0.." + std::to_string(int64_t(s.size()) - 1) + ")"};
        return int32_t(s[size_t(n)] == '1');
    });
}
inline ColumnPtr set(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return bits(args, ctx, [&](int64_t i) {
        std::string s(args[0]->bytes(i));
        int32_t n = args[1]->value<int32_t>(i), v = args[2]->value<int32_t>(i);
        if (n < 0 || size_t(n) >= s.size())
            throw ValueError{"2202E", "bit index " + std::to_string(n) + " out of valid range (0.." + std::to_string(int64_t(s.size()) - 1) + ")"};
        if (v != 0 && v != 1) throw ValueError{"22023", "new bit must be 0 or 1"};
        s[size_t(n)] = char('0' + v);
        return s;
    });
}
// An integer as bit(ints[0]): the low bits, sign-extended to the left.
inline ColumnPtr from_integer(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& c = *args[0];
    int64_t n = o.ints[0];
    return bits(args, ctx, [&](int64_t i) {
        int64_t v = c.kind == Kind::Int4 ? c.value<int32_t>(i) : c.value<int64_t>(i);
        std::string out;
        for (int64_t k = n - 1; k >= 0; --k) out.push_back((k >= 64 ? v < 0 : (v >> k & 1) != 0) ? '1' : '0');
        return out;
    });
}
inline ColumnPtr to_integer(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    bool wide = o.result.kind == Kind::Int8;
    auto value = [&](int64_t i) -> int64_t {
        auto s = args[0]->bytes(i);
        if (s.size() > (wide ? 64u : 32u)) throw ValueError{"22003", std::string(wide ? "bigint" : "integer") + " out of range"};
        uint64_t v = 0;
        for (char c : s) v = v << 1 | uint64_t(c == '1');
        return int64_t(v);
    };
    if (wide) return map_values<int64_t>(Kind::Int8, args, ctx, value);
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) { return int32_t(uint32_t(value(i))); });
}

}  // namespace bitstring

inline std::vector<KernelEntry> bitstring_kernels() {
    using namespace bitstring;
    return {
        {"bits.from_text", from_text}, {"bits.fit", fit}, {"bits.fit_varying", fit_varying}, {"bits.combine", combine},
        {"bits.not", invert}, {"bits.shift", shift}, {"bits.concat", concat}, {"bits.measure", measure},
        {"bits.substring", substring}, {"bits.position", position}, {"bits.get", get}, {"bits.set", set},
        {"bits.from_integer", from_integer}, {"bits.to_integer", to_integer},
    };
}

}  // namespace sabot
