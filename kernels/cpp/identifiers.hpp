// parse_ident, pg_size_pretty, pg_size_bytes, normalize.
#pragma once

#include "numeric.hpp"
#include "text.hpp"

namespace sabot {

// The parts of a qualified name: folded, or as they are in quotes.
inline std::vector<std::string> identifier_parts(std::string_view s, bool strict) {
    size_t i = 0;
    auto blanks = [&] { while (i < s.size() && text_blank(s[i])) ++i; };
    auto wrong = [&](const std::string& detail) {
        return ValueError{"22023", "string is not a valid identifier: \"" + std::string(s) + "\"" + detail};
    };
    std::vector<std::string> parts;
    blanks();
    for (;;) {
        std::string part;
        if (i < s.size() && s[i] == '"') {
            for (++i;; ++i) {
                if (i == s.size()) throw wrong("");
                if (s[i] != '"') part += s[i];
                else if (i + 1 < s.size() && s[i + 1] == '"') part += s[i++];
                else break;
            }
            ++i;
            if (part.empty()) throw wrong("");
        } else {
            auto starts = [](char c) { return std::isalpha(uint8_t(c)) || c == '_' || uint8_t(c) >= 0x80; };
            if (i == s.size() || !starts(s[i])) throw wrong("");
            while (i < s.size() && (starts(s[i]) || std::isdigit(uint8_t(s[i])) || s[i] == '$')) part += ascii_lower(s[i++]);
        }
        parts.push_back(std::move(part));
        blanks();
        if (i == s.size()) return parts;
        if (s[i] != '.') {
            if (strict) throw wrong("");
            return parts;
        }
        ++i;
        blanks();
    }
}
// Rows of texts from `parts(row)`; what it throws is the row's error.
template <class F>
ColumnPtr map_parts(const Columns& args, const CallOptions& o, EvalContext& ctx, F&& parts) {
    ColumnBuilder out(o.result);
    auto valid = all_valid(args, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!valid.empty() && !valid[i]) {
            out.append_null();
            continue;
        }
        try {
            auto made = parts(i);
            for (auto& part : made) out.child(0).append_bytes(part);
            out.close_row();
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            out.append_null();
        }
    }
    return out.finish();
}
SABOT_KERNEL(text_parse_ident) {
    return map_parts(args, o, ctx, [&](int64_t i) {
        return identifier_parts(args[0]->bytes(i), args.size() < 2 || args[1]->value<uint8_t>(i));
    });
}
// The parts of the name of an object, [schema.]name: in quotes as they are, else anything but blanks and points, folded.
inline std::vector<std::string> object_name_parts(std::string_view s) {
    const ValueError wrong{"42602", "invalid name syntax"};
    std::vector<std::string> parts;
    size_t i = 0;
    auto blanks = [&] { while (i < s.size() && text_blank(s[i])) ++i; };
    for (;; ++i) {
        std::string part;
        blanks();
        if (i < s.size() && s[i] == '"') {
            for (++i;; ++i) {
                if (i == s.size()) throw wrong;
                if (s[i] != '"') part += s[i];
                else if (i + 1 < s.size() && s[i + 1] == '"') part += s[i++];
                else break;
            }
            ++i;
        } else {
            while (i < s.size() && s[i] != '.' && !text_blank(s[i])) part += ascii_lower(s[i++]);
            if (part.empty()) throw wrong;
        }
        parts.push_back(std::move(part));
        blanks();
        if (i == s.size()) return parts;
        if (s[i] != '.') throw wrong;
    }
}
SABOT_KERNEL(text_object_name) {
    return map_parts(args, o, ctx, [&](int64_t i) { return object_name_parts(args[0]->bytes(i)); });
}
// The privileges in 'select, Insert', upper case; one that is not among the comma-separated known ones is an error.
SABOT_KERNEL(text_privileges) {
    auto each = [](std::string_view list, auto&& f) {
        while (true) {
            size_t comma = list.find(',');
            auto one = list.substr(0, comma);
            while (!one.empty() && text_blank(one.front())) one.remove_prefix(1);
            while (!one.empty() && text_blank(one.back())) one.remove_suffix(1);
            f(one);
            if (comma == list.npos) return;
            list.remove_prefix(comma + 1);
        }
    };
    return map_parts(args, o, ctx, [&](int64_t i) {
        std::vector<std::string> out;
        each(args[0]->bytes(i), [&](std::string_view wanted) {
            std::string upper(wanted);
            for (char& c : upper) c = char(std::toupper(uint8_t(c)));
            bool known = false;
            each(args[1]->bytes(i), [&](std::string_view name) { known |= name == upper; });
            if (!known) throw ValueError{"22023", "unrecognized privilege type: \"" + std::string(wanted) + "\""};
            out.push_back(upper);
        });
        return out;
    });
}
// sabot_missing(value, SQLSTATE, message): the value, or the error where it is NULL.
SABOT_KERNEL(text_missing) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!args[0]->valid(i)) ctx.fail(i, std::string(args[1]->bytes(i)).c_str(), std::string(args[2]->bytes(i)));
        if (args[0]->valid(i)) out.append_from(*args[0], i);
        else out.append_null();
    }
    return out.finish();
}

// 12345 bytes as "12 kB": the largest unit that gives less than 10240, rounded half up at each step.
SABOT_KERNEL(size_pretty) {
    static constexpr const char* units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        if (args[0]->kind == Kind::Int8) {
            i128 v = args[0]->value<int64_t>(i);
            int unit = 0;
            // Above bytes the value is kept doubled, and halved with rounding in the end.
            auto large = [&](i128 limit) { return (v < 0 ? -v : v) >= limit; };
            if (large(10240)) {
                v /= 512;
                for (unit = 1; unit < 5 && large(20 * 1024 - 1); ++unit) v /= 1024;
                v = (v + (v < 0 ? -1 : 1)) / 2;
            }
            out = numeric_to_text(numeric_from_int128(v)) + " " + units[unit];
            return;
        }
        std::string v(args[0]->bytes(i));
        NumericView view(v);
        if (!view.finite()) throw ValueError{"22023", "invalid size"};
        auto at_least = [&](int64_t limit) { return numeric_compare(numeric_abs(v), numeric_from_int(limit)) >= 0; };
        int unit = 0;
        if (at_least(10240)) {
            auto shifted = [&](int64_t by) { v = numeric_div_trunc(v, numeric_from_int(by)); };
            shifted(512);
            for (unit = 1; unit < 5 && at_least(20 * 1024 - 1); ++unit) shifted(1024);
            bool negative = numeric_sign(NumericView(v)) < 0;
            v = numeric_div_trunc(numeric_add(v, numeric_from_int(negative ? -1 : 1)), numeric_from_int(2));
        }
        out = numeric_to_text(v) + " " + units[unit];
    });
}
SABOT_KERNEL(size_bytes) {
    return map_value<int64_t>(args, o, ctx, [&](int64_t row) {
        auto s = args[0]->bytes(row);
        std::string quoted = "\"" + std::string(s) + "\"";
        size_t i = 0;
        while (i < s.size() && text_blank(s[i])) ++i;
        size_t from = i;
        if (i < s.size() && (s[i] == '-' || s[i] == '+')) ++i;
        size_t digits = i;
        auto run = [&] { while (i < s.size() && std::isdigit(uint8_t(s[i]))) ++i; };
        run();
        bool any = i > digits;
        if (i < s.size() && s[i] == '.') {
            size_t point = i++;
            run();
            any |= i > point + 1;
        }
        if (!any) throw ValueError{"22023", "invalid size: " + quoted};
        if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
            size_t exponent = i++;
            if (i < s.size() && (s[i] == '-' || s[i] == '+')) ++i;
            size_t start = i;
            run();
            if (i == start) i = exponent;
        }
        std::string v = numeric_from_text(std::string(s.substr(from, i - from)));
        while (i < s.size() && text_blank(s[i])) ++i;
        std::string unit;
        for (; i < s.size(); ++i) unit += ascii_lower(s[i]);
        while (!unit.empty() && text_blank(unit.back())) unit.pop_back();
        static constexpr const char* known[] = {"bytes", "kb", "mb", "gb", "tb", "pb"};
        int64_t factor = 1;
        bool found = unit.empty() || unit == "b";
        for (int k = 0; k < 6 && !found; ++k)
            if ((found = unit == known[k])) factor = int64_t(1) << (10 * k);
        if (!found) throw ValueError{"22023", "invalid size: " + quoted};
        auto result = numeric_to_int64(numeric_round(numeric_mul(v, numeric_from_int(factor)), 0));
        if (!result) throw ValueError{"22003", "bigint out of range"};
        return *result;
    });
}

// Normal forms of Unicode: 0 NFC, 1 NFD, 2 NFKC, 3 NFKD. ASCII is normal; the rest is done by what the module k_text sets.
using Normalizer = bool (*)(const char* text, size_t size, int form, std::string* out);
inline Normalizer& normalizer() {
    static Normalizer f = nullptr;
    return f;
}
inline int normal_form(const Columns& args, int64_t i) {
    if (args.size() < 2) return 0;
    std::string name;
    append_upper(name, args[1]->bytes(i));
    static constexpr const char* forms[] = {"NFC", "NFD", "NFKC", "NFKD"};
    for (int k = 0; k < 4; ++k)
        if (name == forms[k]) return k;
    throw ValueError{"22023", "invalid normalization form: " + std::string(args[1]->bytes(i))};
}
inline std::string normalized(std::string_view s, int form) {
    std::string out;
    if (is_ascii(s)) out = s;
    else if (!normalizer()(s.data(), s.size(), form, &out)) throw ValueError{"22021", "invalid Unicode text"};
    return out;
}
SABOT_KERNEL(text_normalize) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { out = normalized(args[0]->bytes(i), normal_form(args, i)); });
}
SABOT_KERNEL(text_is_normalized) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        auto s = args[0]->bytes(i);
        return uint8_t(normalized(s, normal_form(args, i)) == s);
    });
}

}  // namespace sabot
