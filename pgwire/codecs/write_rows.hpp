// Rows of a batch as DataRow messages or as COPY output.
#pragma once

#include "text_output.hpp"
#include "write_binary.hpp"

namespace sabot::wire {

struct WireColumn {
    WireType type;
    bool binary = false;
};

inline void put_vector(std::string& out, const Column& c, int64_t row, const OutputSettings& s) {
    auto [from, to] = c.range(row);
    for (int32_t i = from; i < to; ++i) {
        if (i > from) out.push_back(' ');
        append_text(out, *c.children[0], i, s);
    }
}

inline void put_text(std::string& out, const WireColumn& t, const Column& c, int64_t row, const OutputSettings& s) {
    switch (c.kind) {  // the commonest kinds first, without the walk through append_text
        case Kind::Text: case Kind::Jsonb: {
            auto b = c.bytes(row);
            out.append(b.data(), b.size());
            return;
        }
        case Kind::Int4: return append_integer(out, c.value<int32_t>(row));
        case Kind::Int8: return append_integer(out, c.value<int64_t>(row));
        default:
            if (t.type.from_zero) put_vector(out, c, row, s);
            else if (t.type.map) append_map_text(out, c, row, s);
            else append_text(out, c, row, s);
    }
}

inline void set_length(std::string& out, size_t mark, size_t size) {
    if (size > 0x3fffffff) throw ValueError{"54000", "row is too large for the protocol"};
    uint32_t length = big_endian(uint32_t(size));
    std::memcpy(out.data() + mark, &length, 4);
}

inline void check_columns(const Chunk& chunk, const std::vector<WireColumn>& columns) {
    if (chunk.columns.size() != columns.size()) throw ValueError{"XX000", "rows do not fit their description"};
    for (size_t k = 0; k < columns.size(); ++k)
        if (chunk.columns[k]->kind != Kind::Null && chunk.columns[k]->kind != columns[k].type.kind)
            throw ValueError{"XX000", "column " + std::to_string(k + 1) + " does not have its described type"};
}

// A first guess at the output's size: small results must not pay for large ones.
inline size_t likely_bytes(const Chunk& chunk, int64_t start, size_t limit) {
    return std::min(limit, size_t(chunk.length - start) * (chunk.columns.size() * 16 + 8)) + 256;
}

// One DataRow message; `column(k)` is the k-th of its columns.
template <class F>
inline void write_row(const std::vector<WireColumn>& columns, F&& column, int64_t row, const OutputSettings& settings, std::string& out) {
    size_t message = out.size(), width = columns.size();
    out.append("D\0\0\0\0", 5);
    put<uint16_t>(out, uint16_t(width));
    for (size_t k = 0; k < width; ++k) {
        const Column& c = column(k);
        const WireColumn& t = columns[k];
        if (!c.valid(row)) {
            out.append("\xff\xff\xff\xff", 4);
            continue;
        }
        size_t mark = out.size();
        out.append("\0\0\0\0", 4);
        if (t.binary) put_binary(out, t.type, c, row);
        else put_text(out, t, c, row, settings);
        set_length(out, mark, out.size() - mark - 4);
    }
    set_length(out, message + 1, out.size() - message - 1);
}

// DataRow messages from row `start` on until `out` holds `limit` bytes or the rows end; returns the next row.
inline int64_t write_rows(const Chunk& chunk, const std::vector<WireColumn>& columns, int64_t start, size_t limit,
                          const OutputSettings& settings, std::string& out) {
    check_columns(chunk, columns);
    int64_t row = start;
    for (; row < chunk.length && out.size() < limit; ++row)
        write_row(columns, [&](size_t k) -> const Column& { return *chunk.columns[k]; }, row, settings, out);
    return row;
}

struct CopyStyle {
    enum Form : int { kText = 0, kCsv = 1, kBinary = 2 } form = kText;
    char delimiter = '\t', quote = '"', escape = '"';
    std::string null = "\\N";
};

inline void escape_copy_text(std::string& out, std::string_view value, char delimiter) {
    size_t from = 0;
    for (size_t i = 0; i < value.size(); ++i) {
        char c = value[i], letter;
        switch (c) {
            case '\b': letter = 'b'; break;
            case '\f': letter = 'f'; break;
            case '\n': letter = 'n'; break;
            case '\r': letter = 'r'; break;
            case '\t': letter = 't'; break;
            case '\v': letter = 'v'; break;
            case '\\': letter = '\\'; break;
            default:
                if (c != delimiter) continue;
                letter = c;
        }
        out.append(value.data() + from, i - from);
        out.push_back('\\');
        out.push_back(letter);
        from = i + 1;
    }
    out.append(value.data() + from, value.size() - from);
}

inline void quote_copy_csv(std::string& out, std::string_view value, const CopyStyle& style, bool alone) {
    bool quote = value == style.null || (alone && value == "\\.");
    for (char c : value) quote |= c == style.delimiter || c == style.quote || c == '\n' || c == '\r';
    if (!quote) {
        out.append(value);
        return;
    }
    out.push_back(style.quote);
    for (char c : value) {
        if (c == style.quote || c == style.escape) out.push_back(style.escape);
        out.push_back(c);
    }
    out.push_back(style.quote);
}

// One CopyData message per row, as PostgreSQL sends them; otherwise as write_rows.
inline int64_t write_copy(const Chunk& chunk, const std::vector<WireColumn>& columns, int64_t start, size_t limit,
                          const OutputSettings& settings, const CopyStyle& style, std::string& out) {
    check_columns(chunk, columns);
    size_t width = columns.size();
    std::string cell;
    int64_t row = start;
    for (; row < chunk.length && out.size() < limit; ++row) {
        size_t message = out.size();
        out.append("d\0\0\0\0", 5);
        if (style.form == CopyStyle::kBinary) {
            put<uint16_t>(out, uint16_t(width));
            for (size_t k = 0; k < width; ++k) put_field(out, columns[k].type, *chunk.columns[k], row);
        } else {
            for (size_t k = 0; k < width; ++k) {
                if (k) out.push_back(style.delimiter);
                const Column& c = *chunk.columns[k];
                if (!c.valid(row)) {
                    out += style.null;
                    continue;
                }
                cell.clear();
                put_text(cell, columns[k], c, row, settings);
                if (style.form == CopyStyle::kCsv) quote_copy_csv(out, cell, style, width == 1);
                else escape_copy_text(out, cell, style.delimiter);
            }
            out.push_back('\n');
        }
        set_length(out, message + 1, out.size() - message - 1);
    }
    return row;
}

// The header line with column names, as one CopyData message.
inline void write_copy_header(const std::vector<std::string>& names, const CopyStyle& style, std::string& out) {
    size_t message = out.size();
    out.append("d\0\0\0\0", 5);
    for (size_t k = 0; k < names.size(); ++k) {
        if (k) out.push_back(style.delimiter);
        if (style.form == CopyStyle::kCsv) quote_copy_csv(out, names[k], style, names.size() == 1);
        else escape_copy_text(out, names[k], style.delimiter);
    }
    out.push_back('\n');
    set_length(out, message + 1, out.size() - message - 1);
}

}  // namespace sabot::wire
