// JSON text: validation (json) and the canonical form of jsonb: members sorted by key length, then bytes, the
// last of equal keys kept; numbers as numeric; one blank after ':' and ','.
#pragma once

#include <algorithm>

#include "numeric_text.hpp"
#include "value_error.hpp"

namespace sabot {

inline void append_json_string(std::string& out, std::string_view s) {
    out.push_back('"');
    for (char c : s) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (uint8_t(c) < 0x20) {
                    constexpr char hex[] = "0123456789abcdef";
                    out += "\\u00";
                    out.push_back(hex[uint8_t(c) >> 4]);
                    out.push_back(hex[uint8_t(c) & 15]);
                } else {
                    out.push_back(c);
                }
        }
    }
    out.push_back('"');
}
inline void append_utf8(std::string& out, uint32_t c) {
    if (c < 0x80) {
        out.push_back(char(c));
    } else if (c < 0x800) {
        out.push_back(char(0xc0 | (c >> 6)));
        out.push_back(char(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        out.push_back(char(0xe0 | (c >> 12)));
        out.push_back(char(0x80 | ((c >> 6) & 63)));
        out.push_back(char(0x80 | (c & 63)));
    } else {
        out.push_back(char(0xf0 | (c >> 18)));
        out.push_back(char(0x80 | ((c >> 12) & 63)));
        out.push_back(char(0x80 | ((c >> 6) & 63)));
        out.push_back(char(0x80 | (c & 63)));
    }
}

class JsonReader {
  public:
    // `canonical` false only checks the syntax.
    JsonReader(std::string_view text, bool canonical) : p_(text.data()), end_(p_ + text.size()), canonical_(canonical) {}

    std::string read() {
        std::string out;
        value(out, 0);
        blanks();
        if (p_ != end_) bad();
        return out;
    }

  private:
    [[noreturn]] static void bad() { throw ValueError{"22P02", "invalid input syntax for type json"}; }
    void blanks() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\n' || *p_ == '\r')) ++p_;
    }
    char peek() {
        blanks();
        if (p_ == end_) bad();
        return *p_;
    }
    void word(std::string& out, std::string_view w) {
        if (size_t(end_ - p_) < w.size() || std::string_view(p_, w.size()) != w) bad();
        p_ += w.size();
        if (p_ < end_ && (std::isalnum(uint8_t(*p_)) || *p_ == '_')) bad();
        out += w;
    }
    void value(std::string& out, int depth) {
        if (depth > 6000) throw ValueError{"54001", "stack depth limit exceeded"};
        switch (peek()) {
            case '{': return object(out, depth);
            case '[': return array(out, depth);
            case '"': {
                std::string s;
                string(s);
                if (canonical_) append_json_string(out, s);
                return;
            }
            case 't': return word(out, "true");
            case 'f': return word(out, "false");
            case 'n': return word(out, "null");
            default: return number(out);
        }
    }
    void number(std::string& out) {
        const char* from = p_;
        auto digits = [&] {
            const char* q = p_;
            while (p_ < end_ && *p_ >= '0' && *p_ <= '9') ++p_;
            if (p_ == q) bad();
        };
        if (p_ < end_ && *p_ == '-') ++p_;
        if (p_ < end_ && *p_ == '0') ++p_;
        else digits();
        bool plain = true;
        if (p_ < end_ && *p_ == '.') { ++p_; digits(); }
        if (p_ < end_ && (*p_ == 'e' || *p_ == 'E')) {
            plain = false;
            ++p_;
            if (p_ < end_ && (*p_ == '+' || *p_ == '-')) ++p_;
            digits();
        }
        if (p_ < end_ && (std::isalnum(uint8_t(*p_)) || *p_ == '_' || *p_ == '.')) bad();
        if (!canonical_) return;
        std::string text(from, p_);
        if (plain && text[0] != '-') { out += text; return; }
        try {
            out += numeric_to_text(numeric_from_text(text));
        } catch (const std::out_of_range&) {
            throw ValueError{"22003", "value overflows numeric format"};
        }
    }
    uint32_t hex4() {
        if (end_ - p_ < 4) bad();
        uint32_t v = 0;
        for (int i = 0; i < 4; ++i, ++p_) {
            char c = *p_;
            if (c >= '0' && c <= '9') v = v * 16 + uint32_t(c - '0');
            else if (c >= 'a' && c <= 'f') v = v * 16 + uint32_t(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F') v = v * 16 + uint32_t(c - 'A' + 10);
            else bad();
        }
        return v;
    }
    void string(std::string& out) {
        ++p_;
        for (;;) {
            const char* from = p_;
            while (p_ < end_ && *p_ != '"' && *p_ != '\\' && uint8_t(*p_) >= 0x20) ++p_;
            out.append(from, p_);
            if (p_ == end_ || uint8_t(*p_) < 0x20) bad();
            if (*p_ == '"') { ++p_; return; }
            if (++p_ == end_) bad();
            switch (*p_++) {
                case '"': out.push_back('"'); break;
                case '\\': out.push_back('\\'); break;
                case '/': out.push_back('/'); break;
                case 'b': out.push_back('\b'); break;
                case 'f': out.push_back('\f'); break;
                case 'n': out.push_back('\n'); break;
                case 'r': out.push_back('\r'); break;
                case 't': out.push_back('\t'); break;
                case 'u': {
                    uint32_t c = hex4();
                    if (!canonical_) break;
                    if (c == 0) throw ValueError{"22P05", "unsupported Unicode escape sequence"};
                    if (c >= 0xd800 && c < 0xdc00) {
                        if (end_ - p_ < 2 || p_[0] != '\\' || p_[1] != 'u') bad();
                        p_ += 2;
                        uint32_t low = hex4();
                        if (low < 0xdc00 || low > 0xdfff) bad();
                        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                    } else if (c >= 0xdc00 && c < 0xe000) {
                        bad();
                    }
                    append_utf8(out, c);
                    break;
                }
                default: bad();
            }
        }
    }
    void array(std::string& out, int depth) {
        ++p_;
        out.push_back('[');
        bool first = true;
        if (peek() == ']') {
            ++p_;
        } else {
            for (;;) {
                if (!first) out += ", ";
                first = false;
                value(out, depth + 1);
                char c = peek();
                ++p_;
                if (c == ']') break;
                if (c != ',') bad();
            }
        }
        out.push_back(']');
    }
    void object(std::string& out, int depth) {
        ++p_;
        std::vector<std::pair<std::string, std::string>> members;
        if (peek() == '}') {
            ++p_;
        } else {
            for (;;) {
                if (peek() != '"') bad();
                std::string key, v;
                string(key);
                if (peek() != ':') bad();
                ++p_;
                value(v, depth + 1);
                if (canonical_) members.emplace_back(std::move(key), std::move(v));
                char c = peek();
                ++p_;
                if (c == '}') break;
                if (c != ',') bad();
            }
        }
        std::stable_sort(members.begin(), members.end(), [](auto& a, auto& b) {
            return a.first.size() != b.first.size() ? a.first.size() < b.first.size() : a.first < b.first;
        });
        out.push_back('{');
        bool first = true;
        for (size_t i = 0; i < members.size(); ++i) {
            if (i + 1 < members.size() && members[i].first == members[i + 1].first) continue;
            if (!first) out += ", ";
            first = false;
            append_json_string(out, members[i].first);
            out += ": ";
            out += members[i].second;
        }
        out.push_back('}');
    }

    const char* p_;
    const char* end_;
    bool canonical_;
};

// Canonical jsonb text; throws ValueError.
inline std::string jsonb_from_text(std::string_view text) { return JsonReader(text, true).read(); }
// Throws ValueError when it is not JSON.
inline void json_check(std::string_view text) { JsonReader(text, false).read(); }

}  // namespace sabot
