// Character encodings other than UTF-8: convert, convert_from, convert_to, length. Conversion is iconv's.
#pragma once

#include <iconv.h>

#include <map>
#include <optional>

#include "text.hpp"

namespace sabot {

// An encoding as PostgreSQL calls it and as iconv does; null: bytes without a meaning.
struct Encoding {
    const char* name;
    const char* iconv_name;
};

inline std::optional<Encoding> find_encoding(std::string_view name) {
    static const std::map<std::string, Encoding, std::less<>> known = [] {
        std::map<std::string, Encoding, std::less<>> m;
        auto put = [&](Encoding e, std::initializer_list<const char*> aliases) {
            for (const char* alias : aliases) m.emplace(alias, e);
        };
        put({"UTF8", "UTF-8"}, {"utf8", "unicode"});
        put({"SQL_ASCII", nullptr}, {"sqlascii"});
        const char* latin[][3] = {{"LATIN1", "latin1", "iso88591"}, {"LATIN2", "latin2", "iso88592"}, {"LATIN3", "latin3", "iso88593"},
            {"LATIN4", "latin4", "iso88594"}, {"LATIN5", "latin5", "iso88599"}, {"LATIN6", "latin6", "iso885910"},
            {"LATIN7", "latin7", "iso885913"}, {"LATIN8", "latin8", "iso885914"}, {"LATIN9", "latin9", "iso885915"},
            {"LATIN10", "latin10", "iso885916"}};
        const char* latin_iconv[] = {"ISO-8859-1", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-9", "ISO-8859-10", "ISO-8859-13",
            "ISO-8859-14", "ISO-8859-15", "ISO-8859-16"};
        for (int i = 0; i < 10; ++i) put({latin[i][0], latin_iconv[i]}, {latin[i][1], latin[i][2]});
        put({"ISO_8859_5", "ISO-8859-5"}, {"iso88595"});
        put({"ISO_8859_6", "ISO-8859-6"}, {"iso88596"});
        put({"ISO_8859_7", "ISO-8859-7"}, {"iso88597"});
        put({"ISO_8859_8", "ISO-8859-8"}, {"iso88598"});
        put({"WIN866", "CP866"}, {"win866", "windows866", "alt"});
        put({"WIN874", "CP874"}, {"win874", "windows874"});
        put({"WIN1250", "CP1250"}, {"win1250", "windows1250"});
        put({"WIN1251", "CP1251"}, {"win1251", "windows1251", "win"});
        put({"WIN1252", "CP1252"}, {"win1252", "windows1252"});
        put({"WIN1253", "CP1253"}, {"win1253", "windows1253"});
        put({"WIN1254", "CP1254"}, {"win1254", "windows1254"});
        put({"WIN1255", "CP1255"}, {"win1255", "windows1255"});
        put({"WIN1256", "CP1256"}, {"win1256", "windows1256"});
        put({"WIN1257", "CP1257"}, {"win1257", "windows1257"});
        put({"WIN1258", "CP1258"}, {"win1258", "windows1258", "vscii", "tcvn", "tcvn5712", "abc"});
        put({"KOI8R", "KOI8-R"}, {"koi8r", "koi8"});
        put({"KOI8U", "KOI8-U"}, {"koi8u"});
        put({"EUC_JP", "EUC-JP"}, {"eucjp"});
        put({"EUC_KR", "EUC-KR"}, {"euckr"});
        put({"EUC_CN", "EUC-CN"}, {"euccn"});
        put({"EUC_TW", "EUC-TW"}, {"euctw"});
        put({"SJIS", "CP932"}, {"sjis", "shiftjis", "mskanji", "windows932", "win932"});
        put({"BIG5", "BIG5"}, {"big5", "windows950", "win950"});
        put({"GBK", "GBK"}, {"gbk", "windows936", "win936"});
        put({"GB18030", "GB18030"}, {"gb18030"});
        put({"UHC", "UHC"}, {"uhc", "windows949", "win949"});
        put({"JOHAB", "JOHAB"}, {"johab"});
        return m;
    }();
    std::string plain;
    for (char c : name)
        if (std::isalnum(uint8_t(c))) plain.push_back(ascii_lower(c));
    auto found = known.find(plain);
    return found == known.end() ? std::nullopt : std::optional<Encoding>(found->second);
}
inline Encoding named_encoding(std::string_view name, const char* side) {
    if (auto e = find_encoding(name)) return *e;
    throw ValueError{"22023", std::string("invalid ") + side + "encoding name \"" + std::string(name) + "\""};
}

inline void append_bytes_as_hex(std::string& out, std::string_view s) {
    for (char c : s) {
        out += " 0x";
        append_hex(out, reinterpret_cast<const uint8_t*>(&c), 1);
    }
}
[[noreturn]] inline void bad_sequence(std::string_view s, const char* encoding) {
    std::string message = std::string("invalid byte sequence for encoding \"") + encoding + "\":";
    append_bytes_as_hex(message, s);
    throw ValueError{"22021", message};
}
inline void check_encoded(std::string_view s, const Encoding& e) {
    if (size_t zero = s.find('\0'); zero != s.npos) bad_sequence(s.substr(zero, 1), e.name);
    if (std::string_view(e.name) != "UTF8") return;
    int64_t at = utf8_invalid_at(s);
    if (at >= 0) bad_sequence(utf8_first(s.substr(size_t(at))), "UTF8");
}
inline std::string converted(std::string_view s, const Encoding& from, const Encoding& to) {
    check_encoded(s, from);
    if (std::string_view(from.name) == to.name || !from.iconv_name || !to.iconv_name) {
        check_encoded(s, to);
        return std::string(s);
    }
    iconv_t cd = iconv_open(to.iconv_name, from.iconv_name);
    if (cd == iconv_t(-1))
        throw ValueError{"0A000", std::string("conversion from ") + from.name + " to " + to.name + " is not supported"};
    std::string out(s.size() * 4 + 16, '\0'), given(s);
    char *in = given.data(), *to_at = out.data();
    size_t in_left = given.size(), out_left = out.size();
    size_t result = iconv(cd, &in, &in_left, &to_at, &out_left);
    int problem = result == size_t(-1) ? errno : 0;
    iconv_close(cd);
    if (problem == EILSEQ || problem == EINVAL) {
        auto rest = std::string_view(in, in_left);
        bool unicode = std::string_view(from.name) == "UTF8";
        std::string message = "character with byte sequence";
        append_bytes_as_hex(message, unicode ? utf8_first(rest) : rest.substr(0, 1));
        throw ValueError{"22P05", message + " in encoding \"" + from.name + "\" has no equivalent in encoding \"" + to.name + "\""};
    }
    out.resize(out.size() - out_left);
    return out;
}

inline const Encoding& utf8_encoding() {
    static const Encoding e{"UTF8", "UTF-8"};
    return e;
}
SABOT_KERNEL(bytes_convert_from) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        out = converted(args[0]->bytes(i), named_encoding(args[1]->bytes(i), "source "), utf8_encoding());
    });
}
SABOT_KERNEL(bytes_convert_to) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        out = converted(args[0]->bytes(i), utf8_encoding(), named_encoding(args[1]->bytes(i), "destination "));
    });
}
SABOT_KERNEL(bytes_convert) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        Encoding from = named_encoding(args[1]->bytes(i), "source "), to = named_encoding(args[2]->bytes(i), "destination ");
        out = converted(args[0]->bytes(i), from, to);
    });
}
// length(bytea, encoding)
SABOT_KERNEL(bytes_encoded_length) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        return int32_t(utf8_length(converted(args[0]->bytes(i), named_encoding(args[1]->bytes(i), ""), utf8_encoding())));
    });
}

}  // namespace sabot
