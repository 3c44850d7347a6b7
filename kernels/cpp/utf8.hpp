// UTF-8: counting and stepping over characters, simple case mapping and character classes.
//
// Case and classes follow the C library's C.UTF-8 locale, as PostgreSQL's libc provider does there.
#pragma once

#include <locale.h>
#include <wctype.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sabot {

inline bool is_continuation(char c) { return (uint8_t(c) & 0xc0) == 0x80; }

inline bool is_ascii(std::string_view s) {
    size_t i = 0;
    for (; i + 8 <= s.size(); i += 8) {
        uint64_t w;
        std::memcpy(&w, s.data() + i, 8);
        if (w & 0x8080808080808080ull) return false;
    }
    for (; i < s.size(); ++i)
        if (uint8_t(s[i]) & 0x80) return false;
    return true;
}

inline int64_t utf8_length(std::string_view s) {
    int64_t n = 0;
    for (char c : s) n += !is_continuation(c);
    return n;
}

// Byte offset of character `n`, counted from byte `from`; the size of `s` when there are fewer.
inline size_t utf8_advance(std::string_view s, size_t from, int64_t n) {
    size_t i = from;
    while (n > 0 && i < s.size()) {
        ++i;
        while (i < s.size() && is_continuation(s[i])) ++i;
        --n;
    }
    return i;
}

// The character at byte `i`, which moves behind it. The text is valid UTF-8.
inline uint32_t utf8_next(std::string_view s, size_t& i) {
    uint8_t c = uint8_t(s[i++]);
    if (c < 0x80) return c;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    uint32_t v = c & (0x3f >> more);
    while (more-- > 0 && i < s.size()) v = (v << 6) | (uint8_t(s[i++]) & 0x3f);
    return v;
}

inline void utf8_append(std::string& out, uint32_t c) {
    if (c < 0x80) {
        out.push_back(char(c));
    } else if (c < 0x800) {
        out.push_back(char(0xc0 | (c >> 6)));
        out.push_back(char(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        out.push_back(char(0xe0 | (c >> 12)));
        out.push_back(char(0x80 | ((c >> 6) & 0x3f)));
        out.push_back(char(0x80 | (c & 0x3f)));
    } else {
        out.push_back(char(0xf0 | (c >> 18)));
        out.push_back(char(0x80 | ((c >> 12) & 0x3f)));
        out.push_back(char(0x80 | ((c >> 6) & 0x3f)));
        out.push_back(char(0x80 | (c & 0x3f)));
    }
}

// Offset of the first byte that is not valid UTF-8 (overlong forms and surrogates are not); -1 if all is well.
inline int64_t utf8_invalid_at(std::string_view s) {
    for (size_t i = 0; i < s.size();) {
        uint8_t c = uint8_t(s[i]);
        if (c < 0x80) {
            if (c == 0) return int64_t(i);
            ++i;
            continue;
        }
        int more = c >= 0xf0 && c <= 0xf4 ? 3 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;
        if (!more || i + size_t(more) >= s.size()) return int64_t(i);
        for (int k = 1; k <= more; ++k)
            if (!is_continuation(s[i + k])) return int64_t(i);
        uint8_t d = uint8_t(s[i + 1]);
        if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) || (c == 0xf0 && d < 0x90) || (c == 0xf4 && d > 0x8f))
            return int64_t(i);
        i += 1 + more;
    }
    return -1;
}

inline locale_t unicode_locale() {
    static locale_t found = [] {
        for (const char* name : {"C.UTF-8", "C.utf8", "en_US.UTF-8"})
            if (locale_t l = newlocale(LC_CTYPE_MASK, name, nullptr)) return l;
        return newlocale(LC_CTYPE_MASK, "C", nullptr);
    }();
    return found;
}

inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }
inline char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }
inline uint32_t lower_char(uint32_t c) {
    return c < 0x80 ? uint32_t(ascii_lower(char(c))) : uint32_t(towlower_l(wint_t(c), unicode_locale()));
}
inline uint32_t upper_char(uint32_t c) {
    return c < 0x80 ? uint32_t(ascii_upper(char(c))) : uint32_t(towupper_l(wint_t(c), unicode_locale()));
}
inline bool alnum_char(uint32_t c) {
    if (c < 0x80) return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    return iswalnum_l(wint_t(c), unicode_locale());
}

inline void append_lower(std::string& out, std::string_view s) {
    if (is_ascii(s)) {
        size_t at = out.size();
        out.append(s);
        for (char* p = out.data() + at; p < out.data() + out.size(); ++p) *p = ascii_lower(*p);
        return;
    }
    for (size_t i = 0; i < s.size();) utf8_append(out, lower_char(utf8_next(s, i)));
}
inline void append_upper(std::string& out, std::string_view s) {
    if (is_ascii(s)) {
        size_t at = out.size();
        out.append(s);
        for (char* p = out.data() + at; p < out.data() + out.size(); ++p) *p = ascii_upper(*p);
        return;
    }
    for (size_t i = 0; i < s.size();) utf8_append(out, upper_char(utf8_next(s, i)));
}

}  // namespace sabot
