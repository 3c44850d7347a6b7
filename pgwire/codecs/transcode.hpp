// Text between UTF-8 and the character set of a client: whole backend messages out, pieces of text in.
#pragma once

#include "encodings.hpp"

namespace sabot::wire {

// What a field of a row holds.
enum FieldText : char { NO_TEXT = 0, WHOLE_TEXT = 1, ARRAY_OF_TEXT = 2 };

class Transcoder {
  public:
    Transcoder() = default;
    explicit Transcoder(std::string_view name) : client_(named_encoding(name, "")) {}

    const char* name() const { return client_.name; }
    bool plain() const { return !client_.iconv_name || std::string_view(client_.name) == "UTF8"; }

    std::string incoming(std::string_view s) const { return is_ascii(s) ? std::string(s) : converted(s, client_, utf8_encoding()); }

    // `fields`: one FieldText per column of the rows; `rows_in_copy`: CopyData holds rows in binary.
    std::string outgoing(std::string_view messages, std::string_view fields, bool rows_in_copy) const {
        std::string out;
        out.reserve(messages.size());
        while (messages.size() >= 5) {
            size_t size = std::min(messages.size(), size_t(1) + be32(messages.substr(1)));
            std::string_view body = messages.substr(5, size - 5);
            size_t start = out.size();
            out.append(messages.substr(0, 5));
            append_body(out, messages[0], body, fields, rows_in_copy);
            put32(out, start + 1, uint32_t(out.size() - start - 1));
            messages.remove_prefix(size);
        }
        return out;
    }

  private:
    static bool is_ascii(std::string_view s) {
        for (char c : s)
            if (c & 0x80) return false;
        return true;
    }
    static uint32_t be32(std::string_view s) {
        return uint32_t(uint8_t(s[0])) << 24 | uint32_t(uint8_t(s[1])) << 16 | uint32_t(uint8_t(s[2])) << 8 | uint8_t(s[3]);
    }
    static void put32(std::string& out, size_t at, uint32_t v) {
        for (int k = 0; k < 4; ++k) out[at + size_t(k)] = char(v >> (24 - 8 * k));
    }
    void append_strict(std::string& out, std::string_view s) const {
        if (is_ascii(s)) out.append(s);
        else out += converted(s, utf8_encoding(), client_);
    }
    // What the client's character set has no equivalent of becomes a question mark.
    void append_lossy(std::string& out, std::string_view s) const {
        while (!s.empty()) {
            std::string_view c = (s[0] & 0x80) ? utf8_first(s) : s.substr(0, 1);
            if (!(s[0] & 0x80)) out += s[0];
            else try {
                out += converted(c, utf8_encoding(), client_);
            } catch (const ValueError&) {
                out += '?';
            }
            s.remove_prefix(c.size());
        }
    }
    void append_body(std::string& out, char code, std::string_view body, std::string_view fields, bool rows_in_copy) const {
        switch (code) {
            case 'D': append_row(out, body, fields); break;
            case 'd':
                if (!rows_in_copy) append_strict(out, body);
                else {
                    if (body.substr(0, 6) == "PGCOPY") {
                        out.append(body.substr(0, 19));
                        body.remove_prefix(std::min<size_t>(19, body.size()));
                    }
                    append_row(out, body, fields);
                }
                break;
            case 'T': append_description(out, body); break;
            case 'A':
                out.append(body.substr(0, 4));
                append_lossy(out, body.substr(std::min<size_t>(4, body.size())));
                break;
            case 'E': case 'N': case 'S': case 'C': append_lossy(out, body); break;
            default: out.append(body);
        }
    }
    void append_description(std::string& out, std::string_view body) const {
        out.append(body.substr(0, 2));
        body.remove_prefix(2);
        while (!body.empty()) {
            size_t end = body.find('\0');
            append_lossy(out, body.substr(0, end));
            size_t rest = std::min(body.size() - end, size_t(19));
            out.append(body.substr(end, rest));
            body.remove_prefix(end + rest);
        }
    }
    void append_row(std::string& out, std::string_view row, std::string_view fields) const {
        if (row.size() < 2) {
            out.append(row);
            return;
        }
        out.append(row.substr(0, 2));
        row.remove_prefix(2);
        for (size_t k = 0; row.size() >= 4; ++k) {
            int32_t size = int32_t(be32(row));
            row.remove_prefix(4);
            if (size < 0) {
                out.append("\xff\xff\xff\xff", 4);
                continue;
            }
            append_field(out, row.substr(0, size_t(size)), k < fields.size() ? fields[k] : char(NO_TEXT));
            row.remove_prefix(size_t(size));
        }
        out.append(row);
    }
    void append_field(std::string& out, std::string_view value, char kind) const {
        size_t start = out.size();
        out.append(4, '\0');
        if (kind == WHOLE_TEXT) append_strict(out, value);
        else if (kind == ARRAY_OF_TEXT && value.size() >= 12) {
            size_t header = std::min(value.size(), 12 + 8 * size_t(be32(value)));
            out.append(value.substr(0, header));
            value.remove_prefix(header);
            while (value.size() >= 4) {
                int32_t size = int32_t(be32(value));
                value.remove_prefix(4);
                if (size < 0) {
                    out.append("\xff\xff\xff\xff", 4);
                    continue;
                }
                append_field(out, value.substr(0, size_t(size)), WHOLE_TEXT);
                value.remove_prefix(size_t(size));
            }
        } else out.append(value);
        put32(out, start, uint32_t(out.size() - start - 4));
    }

    Encoding client_{"UTF8", "UTF-8"};
};

}  // namespace sabot::wire
