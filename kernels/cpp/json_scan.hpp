// Walking over the top level of a JSON text that is known to be valid.
#pragma once

#include <string>
#include <string_view>

#include "value_error.hpp"

namespace sabot {

class JsonScan {
  public:
    explicit JsonScan(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) { blanks(); }

    // '{', '[', '"' or another first character of a value; 0 at the end.
    char kind() const { return p_ < end_ ? *p_ : 0; }

    // f(value text) for each element of the array here.
    template <class F>
    void elements(F&& f) {
        ++p_;
        blanks();
        while (p_ < end_ && *p_ != ']') {
            f(value());
            blanks();
            if (p_ < end_ && *p_ == ',') ++p_;
            blanks();
        }
    }
    // f(key, value text) for each member of the object here; the key is unescaped.
    template <class F>
    void members(F&& f) {
        ++p_;
        blanks();
        while (p_ < end_ && *p_ != '}') {
            std::string key = unescape(value());
            blanks();
            ++p_;  // the colon
            blanks();
            f(key, value());
            blanks();
            if (p_ < end_ && *p_ == ',') ++p_;
            blanks();
        }
    }

    // The string that a JSON string literal (with its quotes) stands for.
    static std::string unescape(std::string_view s) {
        std::string out;
        for (size_t i = 1; i + 1 < s.size(); ++i) {
            if (s[i] != '\\') {
                out.push_back(s[i]);
                continue;
            }
            switch (s[++i]) {
                case 'b': out.push_back('\b'); break;
                case 'f': out.push_back('\f'); break;
                case 'n': out.push_back('\n'); break;
                case 'r': out.push_back('\r'); break;
                case 't': out.push_back('\t'); break;
                case 'u': {
                    uint32_t c = hex(s, i + 1);
                    i += 4;
                    if (c >= 0xd800 && c < 0xdc00 && i + 6 < s.size() && s[i + 1] == '\\' && s[i + 2] == 'u') {
                        c = 0x10000 + ((c - 0xd800) << 10) + (hex(s, i + 3) - 0xdc00);
                        i += 6;
                    }
                    utf8(c, out);
                    break;
                }
                default: out.push_back(s[i]);
            }
        }
        return out;
    }

  private:
    void blanks() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\n' || *p_ == '\r')) ++p_;
    }
    // The value here, and behind it.
    std::string_view value() {
        const char* from = p_;
        int depth = 0;
        for (; p_ < end_; ++p_) {
            char c = *p_;
            if (c == '"') {
                for (++p_; p_ < end_ && *p_ != '"'; ++p_)
                    if (*p_ == '\\') ++p_;
                if (depth == 0) {
                    ++p_;
                    break;
                }
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if (c == '}' || c == ']') {
                if (depth == 0) break;
                if (--depth == 0) {
                    ++p_;
                    break;
                }
            } else if (depth == 0 && (c == ',' || c == ' ' || c == ':' || c == '\t' || c == '\n' || c == '\r')) {
                break;
            }
        }
        return {from, size_t(p_ - from)};
    }
    static uint32_t hex(std::string_view s, size_t at) {
        uint32_t v = 0;
        for (size_t k = at; k < at + 4 && k < s.size(); ++k) {
            char c = s[k];
            v = v * 16 + uint32_t(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        }
        return v;
    }
    static void utf8(uint32_t c, std::string& out) {
        if (c < 0x80) {
            out.push_back(char(c));
        } else if (c < 0x800) {
            out.push_back(char(0xc0 | c >> 6));
            out.push_back(char(0x80 | (c & 63)));
        } else if (c < 0x10000) {
            out.push_back(char(0xe0 | c >> 12));
            out.push_back(char(0x80 | (c >> 6 & 63)));
            out.push_back(char(0x80 | (c & 63)));
        } else {
            out.push_back(char(0xf0 | c >> 18));
            out.push_back(char(0x80 | (c >> 12 & 63)));
            out.push_back(char(0x80 | (c >> 6 & 63)));
            out.push_back(char(0x80 | (c & 63)));
        }
    }

    const char *p_, *end_;
};

}  // namespace sabot
