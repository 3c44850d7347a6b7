// Quoting, format(), unistr, encodings between text and bytea.
#pragma once

#include "identifiers.hpp"
#include "similarity.hpp"
#include "text.hpp"

namespace sabot {

inline void append_quoted_literal(std::string& out, std::string_view s) {
    if (s.find('\\') != s.npos) out.push_back('E');
    out.push_back('\'');
    for (char c : s) {
        if (c == '\'' || c == '\\') out.push_back(c);
        out.push_back(c);
    }
    out.push_back('\'');
}

// Words of PostgreSQL 15 that quote_ident has to quote: all but the unreserved ones.
inline bool needs_quotes_as_word(std::string_view word) {
    static const auto& words = *new std::vector<std::string_view>{
        "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between",
        "bigint", "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce",
        "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog",
        "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "dec",
        "decimal", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "extract",
        "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group",
        "grouping", "having", "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval",
        "into", "is", "isnull", "join", "lateral", "leading", "least", "left", "like", "limit", "localtime",
        "localtimestamp", "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif",
        "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing",
        "position", "precision", "primary", "real", "references", "returning", "right", "row", "select",
        "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric", "table", "tablesample",
        "then", "time", "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using",
        "values", "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat",
        "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize",
        "xmltable"};
    return std::binary_search(words.begin(), words.end(), word);
}
inline void append_quoted_identifier(std::string& out, std::string_view s) {
    bool safe = !s.empty() && ((s[0] >= 'a' && s[0] <= 'z') || s[0] == '_');
    for (char c : s) safe &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (safe && !needs_quotes_as_word(s)) { out += s; return; }
    out.push_back('"');
    for (char c : s) {
        if (c == '"') out.push_back(c);
        out.push_back(c);
    }
    out.push_back('"');
}

SABOT_KERNEL(text_quote_ident) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { append_quoted_identifier(out, args[0]->bytes(i)); });
}
// quote_literal and quote_nullable cast to text: a boolean is a word, not a letter.
inline void append_cast_text(std::string& out, const Column& c, int64_t i, const OutputSettings& settings) {
    if (c.kind == Kind::Bool) out += c.value<uint8_t>(i) ? "true" : "false";
    else append_text(out, c, i, settings);
}
SABOT_KERNEL(text_quote_literal) {
    OutputSettings settings = output_settings(ctx);
    std::string value;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        value.clear();
        append_cast_text(value, *args[0], i, settings);
        append_quoted_literal(out, value);
    });
}
SABOT_KERNEL(text_quote_nullable) {
    OutputSettings settings = output_settings(ctx);
    ColumnBuilder out(o.result.kind);
    std::string value, scratch;
    for (int64_t i = 0; i < ctx.length; ++i) {
        value.clear();
        scratch.clear();
        if (!args[0]->valid(i)) {
            out.append_bytes("NULL");
            continue;
        }
        append_cast_text(value, *args[0], i, settings);
        append_quoted_literal(scratch, value);
        out.append_bytes(scratch);
    }
    return out.finish();
}

// One argument of format(): a column and a row in it.
struct FormatArgument {
    const Column* column;
    int64_t row;
};

inline void append_format(std::string& out, std::string_view f, const std::vector<FormatArgument>& arguments,
                          const OutputSettings& settings) {
    size_t next = 0, i = 0;
    auto few = [] { throw ValueError{"22023", "too few arguments for format()"}; };
    auto unterminated = [] { throw ValueError{"22023", "unterminated format() type specifier"}; };
    auto take = [&](int64_t position) -> const FormatArgument& {
        if (position == 0) throw ValueError{"22023", "format specifies argument 0, but arguments are numbered from 1"};
        if (position > 0) next = size_t(position) - 1;
        if (next >= arguments.size()) few();
        return arguments[next++];
    };
    auto number = [&](int64_t& v) {
        size_t from = i;
        v = 0;
        for (; i < f.size() && f[i] >= '0' && f[i] <= '9'; ++i)
            if ((v = v * 10 + (f[i] - '0')) > INT32_MAX) throw ValueError{"22003", "number is out of range"};
        return i > from;
    };
    std::string value;
    while (i < f.size()) {
        if (f[i] != '%') { out.push_back(f[i++]); continue; }
        if (++i >= f.size()) unterminated();
        if (f[i] == '%') { out.push_back(f[i++]); continue; }
        int64_t position = -1, width = 0, n;
        bool minus = false, width_known = false;
        if (number(n)) {
            if (i < f.size() && f[i] == '$') {
                position = n;
                ++i;
                if (position == 0) take(0);
            } else {
                width = n;
                width_known = true;
            }
        }
        if (!width_known) {
            while (i < f.size() && f[i] == '-') { minus = true; ++i; }
            if (i < f.size() && f[i] == '*') {
                ++i;
                int64_t width_position = -1;
                if (number(n)) {
                    if (i >= f.size() || f[i] != '$')
                        throw ValueError{"22023", "width argument position must be ended by \"$\""};
                    ++i;
                    width_position = n;
                }
                const auto& w = take(width_position);
                if (w.column->valid(w.row)) {
                    value.clear();
                    append_text(value, *w.column, w.row, settings);
                    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), width);
                    if (error != std::errc() || end != value.data() + value.size())
                        throw ValueError{"22P02", "invalid input syntax for type integer: \"" + value + "\""};
                }
                if (width < 0) { minus = true; width = -width; }
            } else if (number(n)) {
                width = n;
            }
        }
        if (i >= f.size()) unterminated();
        char kind = f[i++];
        if (kind != 's' && kind != 'I' && kind != 'L')
            throw ValueError{"22023", "unrecognized format() type specifier \"" + std::string(utf8_first(f.substr(i - 1))) + "\""};
        const auto& a = take(position);
        value.clear();
        if (!a.column->valid(a.row)) {
            if (kind == 'I') throw ValueError{"22004", "null values cannot be formatted as an SQL identifier"};
            if (kind == 'L') value = "NULL";
        } else if (kind == 's') {
            append_text(value, *a.column, a.row, settings);
        } else {
            std::string plain;
            append_text(plain, *a.column, a.row, settings);
            if (kind == 'I') append_quoted_identifier(value, plain);
            else append_quoted_literal(value, plain);
        }
        int64_t blanks = width - utf8_length(value);
        if (blanks > 0 && !minus) out.append(size_t(blanks), ' ');
        out += value;
        if (blanks > 0 && minus) out.append(size_t(blanks), ' ');
    }
}

// format(f, ...) or, with `ints` = (1,), format(f, VARIADIC array).
SABOT_KERNEL(text_format) {
    OutputSettings settings = output_settings(ctx);
    bool packed = !o.ints.empty() && o.ints[0];
    std::vector<FormatArgument> arguments;
    return map_text({args[0]}, o, ctx, [&](int64_t i, std::string& out) {
        arguments.clear();
        if (packed) {
            if (args[1]->valid(i)) {
                auto [from, to] = args[1]->range(i);
                for (int32_t k = from; k < to; ++k) arguments.push_back({args[1]->children[0].get(), k});
            }
        } else {
            for (size_t k = 1; k < args.size(); ++k) arguments.push_back({args[k].get(), i});
        }
        append_format(out, args[0]->bytes(i), arguments, settings);
    });
}

SABOT_KERNEL(text_unistr) {
    return map_text(args, o, ctx, [&](int64_t row, std::string& out) {
        auto s = args[0]->bytes(row);
        uint32_t high = 0;
        auto bad_pair = [] { throw ValueError{"42601", "invalid Unicode surrogate pair"}; };
        for (size_t i = 0; i < s.size();) {
            if (s[i] != '\\') {
                if (high) bad_pair();
                out.push_back(s[i++]);
                continue;
            }
            if (i + 1 < s.size() && s[i + 1] == '\\') {
                if (high) bad_pair();
                out.push_back('\\');
                i += 2;
                continue;
            }
            size_t skip = 1, digits = 4;
            if (i + 1 < s.size() && s[i + 1] == 'u') skip = 2;
            else if (i + 1 < s.size() && s[i + 1] == 'U') { skip = 2; digits = 8; }
            else if (i + 1 < s.size() && s[i + 1] == '+') { skip = 2; digits = 6; }
            uint32_t c = 0;
            auto hex = s.substr(i + skip < s.size() ? i + skip : s.size(), digits);
            auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), c, 16);
            if (hex.size() < digits || error != std::errc() || end != hex.data() + digits)
                throw ValueError{"42601", "invalid Unicode escape"};
            i += skip + digits;
            if (c > 0x10ffff || c == 0) throw ValueError{"22023", "invalid Unicode code point: " + std::string(hex)};
            if (high) {
                if (c < 0xdc00 || c > 0xdfff) bad_pair();
                c = 0x10000 + ((high & 0x3ff) << 10) + (c & 0x3ff);
                high = 0;
            } else if (c >= 0xd800 && c <= 0xdbff) {
                high = c;
                continue;
            } else if (c >= 0xdc00 && c <= 0xdfff) {
                bad_pair();
            }
            utf8_append(out, c);
        }
        if (high) bad_pair();
    });
}

inline std::vector<KernelEntry> text_kernels() {
    return {
        {"text.lower", text_lower}, {"text.upper", text_upper}, {"text.initcap", text_initcap},
        {"text.length", text_length}, {"text.bpchar_length", bpchar_length},
        {"text.octet_length", text_octet_length}, {"text.bit_length", text_bit_length},
        {"text.substring", substring_kernel<false>}, {"text.left", text_left}, {"text.right", text_right},
        {"text.position", text_position}, {"text.replace", text_replace}, {"text.translate", text_translate},
        {"text.ltrim", trim_kernel<true, false>}, {"text.rtrim", trim_kernel<false, true>},
        {"text.btrim", trim_kernel<true, true>}, {"text.lpad", pad_kernel<true>}, {"text.rpad", pad_kernel<false>},
        {"text.repeat", text_repeat}, {"text.reverse", text_reverse}, {"text.split_part", text_split_part},
        {"text.starts_with", text_starts_with}, {"text.ascii", text_ascii}, {"text.chr", text_chr},
        {"text.to_hex", text_to_hex}, {"text.overlay", overlay_kernel<false>},
        {"text.concat", text_concat_operator}, {"text.concat_all", concat_kernel<false>},
        {"text.concat_ws", concat_kernel<true>}, {"text.concat_array", concat_array_kernel<false>},
        {"text.concat_ws_array", concat_array_kernel<true>},
        {"text.like", like_kernel<false, false>}, {"text.not_like", like_kernel<false, true>},
        {"text.ilike", like_kernel<true, false>}, {"text.not_ilike", like_kernel<true, true>},
        {"text.like_escape", text_like_escape}, {"text.quote_ident", text_quote_ident},
        {"text.quote_literal", text_quote_literal}, {"text.quote_nullable", text_quote_nullable},
        {"text.format", text_format}, {"text.unistr", text_unistr},
        {"text.parse_ident", text_parse_ident}, {"text.object_name", text_object_name},
        {"text.privileges", text_privileges}, {"text.missing", text_missing}, {"text.size_pretty", size_pretty}, {"text.size_bytes", size_bytes},
        {"text.levenshtein", text_levenshtein}, {"text.damerau_levenshtein", text_damerau_levenshtein},
        {"text.soundex", text_soundex}, {"text.difference", text_difference},
        {"text.normalize", text_normalize}, {"text.is_normalized", text_is_normalized},
    };
}

}  // namespace sabot
