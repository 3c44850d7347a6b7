// CSV (RFC 4180) -> columns of declared types. A field without quotes that equals the NULL text is NULL; a record
// with the wrong number of fields or a bad value leaves no row and one error.
#pragma once

#include "json_decode.hpp"

namespace sabot {

class CsvDecoder {
  public:
    CsvDecoder() = default;
    // `sources`: for each column the field it is read from; `width`: fields per record.
    CsvDecoder(JsonType root, std::vector<int64_t> sources, int64_t width, char delimiter, std::string null_text)
        : root_(std::move(root)), sources_(std::move(sources)), width_(size_t(width)), delimiter_(delimiter), null_(std::move(null_text)) {}

    // Up to `most` records; the last one needs its line end unless `final`. `numbers` gets the line where each
    // record starts, `passed` the lines used. Gives the bytes used.
    size_t decode(std::string_view text, bool final, int64_t most, Chunk& rows, std::vector<int64_t>& kept,
                  std::vector<JsonError>& errors, std::vector<int64_t>& numbers, int64_t& passed) const {
        std::vector<ColumnBuilder> builders;
        for (auto& t : root_.children) builders.emplace_back(builder_type(t));
        std::vector<int64_t> good;
        std::vector<Field> fields;
        size_t at = 0;
        int64_t built_rows = 0;
        passed = 0;
        while (at < text.size() && int64_t(numbers.size()) < most) {
            int64_t lines = 0;
            size_t used = record(text, at, final, fields, lines);
            if (used == 0) break;
            at += used;
            int64_t line = passed;
            passed += lines;
            if (fields.size() == 1 && fields[0].text.empty() && !fields[0].quoted) continue;  // blank line
            numbers.push_back(line);
            build(builders, fields, int64_t(numbers.size()) - 1, built_rows, good, kept, errors);
        }
        Chunk out{built_rows, {}, nullptr};
        for (auto& b : builders) out.columns.push_back(b.finish());
        rows = int64_t(good.size()) == built_rows ? out : take_chunk(out, good.data(), int64_t(good.size()));
        return at;
    }

    // One record per message.
    Chunk decode_messages(const std::vector<std::string_view>& messages, std::vector<int64_t>& kept, std::vector<JsonError>& errors) const {
        std::vector<ColumnBuilder> builders;
        for (auto& t : root_.children) builders.emplace_back(builder_type(t));
        std::vector<int64_t> good;
        std::vector<Field> fields;
        int64_t rows = 0;
        for (size_t m = 0; m < messages.size(); ++m) {
            int64_t lines = 0;
            size_t used = messages[m].empty() ? 0 : record(messages[m], 0, true, fields, lines);
            if (messages[m].empty()) fields.assign(1, Field{});
            if (used < messages[m].size()) {
                errors.push_back({int64_t(m), "22P04", "more than one record in a message"});
                continue;
            }
            build(builders, fields, int64_t(m), rows, good, kept, errors);
        }
        Chunk out{rows, {}, nullptr};
        for (auto& b : builders) out.columns.push_back(b.finish());
        return int64_t(good.size()) == rows ? out : take_chunk(out, good.data(), int64_t(good.size()));
    }

  private:
    struct Field {
        std::string_view text;
        bool quoted = false;
        bool doubled = false;  // holds "" for "
    };

    // A row of the builders from a record's fields, or an error.
    void build(std::vector<ColumnBuilder>& builders, const std::vector<Field>& fields, int64_t message, int64_t& rows,
               std::vector<int64_t>& good, std::vector<int64_t>& kept, std::vector<JsonError>& errors) const {
        InputSettings settings;
        size_t k = 0;
        try {
            if (fields.size() != width_)
                throw ValueError{"22P04", "expected " + std::to_string(width_) + " fields, found " + std::to_string(fields.size())};
            for (; k < builders.size(); ++k) value(builders[k], root_.children[k], fields[size_t(sources_[k])], settings);
            good.push_back(rows++);
            kept.push_back(message);
        } catch (const ValueError& e) {
            std::string column = fields.size() == width_ ? "column \"" + root_.names[k] + "\": " : "";
            errors.push_back({message, e.sqlstate, column + e.message});
            if (fields.size() == width_) {
                for (auto& b : builders)
                    if (b.length() == rows) b.append_null();
                ++rows;
            }
        }
    }

    // Fields of the record at `at`; gives its bytes with the line end, 0 when it is not complete.
    size_t record(std::string_view text, size_t at, bool final, std::vector<Field>& fields, int64_t& lines) const {
        fields.clear();
        const char *p = text.data() + at, *start = p, *end = text.data() + text.size();
        for (;;) {
            Field f;
            const char* from = p;
            if (p < end && *p == '"') {
                f.quoted = true;
                from = ++p;
                for (;; ++p) {
                    if (p == end) {
                        if (!final) return 0;
                        break;  // an unclosed quote takes the rest
                    }
                    if (*p == '\n') ++lines;
                    if (*p != '"') continue;
                    if (p + 1 < end && p[1] == '"') {
                        f.doubled = true;
                        ++p;
                        continue;
                    }
                    if (p + 1 == end && !final) return 0;
                    break;
                }
                f.text = {from, size_t(p - from)};
                if (p < end) ++p;
                while (p < end && *p != delimiter_ && *p != '\n') ++p;
            } else {
                while (p < end && *p != delimiter_ && *p != '\n') ++p;
                size_t n = size_t(p - from);
                if (n > 0 && p[-1] == '\r' && (p == end || *p == '\n')) --n;
                f.text = {from, n};
            }
            fields.push_back(f);
            if (p == end) {
                if (!final) return 0;
                ++lines;
                return size_t(p - start);
            }
            if (*p == '\n') {
                ++lines;
                return size_t(p + 1 - start);
            }
            ++p;
        }
    }
    void value(ColumnBuilder& out, const JsonType& t, const Field& f, const InputSettings& s) const {
        if (!f.quoted && f.text == null_) return out.append_null();
        if (!detail::valid_utf8(f.text)) throw ValueError{"22021", "invalid byte sequence for encoding \"UTF8\""};
        std::string plain;
        std::string_view text = f.text;
        if (f.doubled) {
            for (size_t i = 0; i < text.size(); ++i) {
                plain.push_back(text[i]);
                if (text[i] == '"') ++i;
            }
            text = plain;
        }
        if (shape_of(t.kind) == Shape::List || t.kind == Kind::Struct) {
            ColumnBuilder one(out.type());
            append_parsed(one, text, s);
            return out.append_from(*one.finish(), 0);
        }
        detail::append_json_scalar(out, t, text, s);
    }

    JsonType root_;
    std::vector<int64_t> sources_;
    size_t width_ = 0;
    char delimiter_ = ',';
    std::string null_;
};

}  // namespace sabot
