// Functions over bytea: parts, bits, digests, encodings; and random uuids.
#pragma once

#include <atomic>
#include <random>

#include "hash_functions.hpp"
#include "encodings.hpp"
#include "text.hpp"
#include "text_input.hpp"
#include "timezone.hpp"

namespace sabot {

inline bool encoding_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
inline std::string first_character(std::string_view s, size_t at) {
    return std::string(s.substr(at, utf8_advance(s, at, 1) - at));
}

inline std::string hex_decode(std::string_view s) {
    std::string out;
    auto digit = [&](size_t i) {
        char c = s[i];
        if (c >= '0' && c <= '9') return c - '0';
        if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
        throw ValueError{"22023", "invalid hexadecimal digit: \"" + first_character(s, i) + "\""};
    };
    for (size_t i = 0; i < s.size();) {
        if (encoding_blank(s[i])) { ++i; continue; }
        int high = digit(i++);
        if (i >= s.size()) throw ValueError{"22023", "invalid hexadecimal data: odd number of digits"};
        out.push_back(char(high << 4 | digit(i++)));
    }
    return out;
}

inline constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Lines of 76 characters, as PostgreSQL writes them.
inline std::string base64_encode(std::string_view s) {
    std::string out;
    size_t line = 0;
    for (size_t i = 0; i < s.size(); i += 3) {
        uint32_t v = uint32_t(uint8_t(s[i])) << 16;
        if (i + 1 < s.size()) v |= uint32_t(uint8_t(s[i + 1])) << 8;
        if (i + 2 < s.size()) v |= uint8_t(s[i + 2]);
        out.push_back(kBase64[v >> 18]);
        out.push_back(kBase64[(v >> 12) & 63]);
        out.push_back(i + 1 < s.size() ? kBase64[(v >> 6) & 63] : '=');
        out.push_back(i + 2 < s.size() ? kBase64[v & 63] : '=');
        if (out.size() - line >= 76 && i + 3 <= s.size()) {
            out.push_back('\n');
            line = out.size();
        }
    }
    return out;
}
inline std::string base64_decode(std::string_view s) {
    std::string out;
    uint32_t v = 0;
    int n = 0, end = 0;
    for (size_t i = 0; i < s.size(); ++i) {
        char c = s[i];
        if (encoding_blank(c)) continue;
        uint32_t b = 0;
        if (c == '=') {
            if (!end) {
                if (n == 2) end = 1;
                else if (n == 3) end = 2;
                else throw ValueError{"22023", "unexpected \"=\" while decoding base64 sequence"};
            }
        } else {
            const char* hit = std::strchr(kBase64, c);
            if (!hit || !c)
                throw ValueError{"22023", "invalid symbol \"" + first_character(s, i) + "\" found while decoding base64 sequence"};
            b = uint32_t(hit - kBase64);
        }
        v = (v << 6) | b;
        if (++n == 4) {
            out.push_back(char(v >> 16));
            if (end == 0 || end > 1) out.push_back(char(v >> 8));
            if (end == 0 || end > 2) out.push_back(char(v));
            v = 0;
            n = 0;
        }
    }
    if (n != 0) throw ValueError{"22023", "invalid base64 end sequence"};
    return out;
}
inline std::string escape_encode(std::string_view s) {
    std::string out;
    for (char c : s) {
        uint8_t b = uint8_t(c);
        if (c == '\\') {
            out += "\\\\";
        } else if (b == 0 || b >= 128) {
            out.push_back('\\');
            out.push_back(char('0' + (b >> 6)));
            out.push_back(char('0' + ((b >> 3) & 7)));
            out.push_back(char('0' + (b & 7)));
        } else {
            out.push_back(c);
        }
    }
    return out;
}
inline std::string escape_decode(std::string_view s) {
    std::string out;
    auto octal = [&](size_t i, char most) { return i < s.size() && s[i] >= '0' && s[i] <= most; };
    for (size_t i = 0; i < s.size(); ++i) {
        if (s[i] != '\\') {
            out.push_back(s[i]);
        } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
            out.push_back(char((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 | (s[i + 3] - '0')));
            i += 3;
        } else if (i + 1 < s.size() && s[i + 1] == '\\') {
            out.push_back('\\');
            ++i;
        } else {
            throw ValueError{"22P02", "invalid input syntax for type bytea"};
        }
    }
    return out;
}
[[noreturn]] inline void unknown_encoding(std::string_view name) {
    throw ValueError{"22023", "unrecognized encoding: \"" + std::string(name) + "\""};
}
SABOT_KERNEL(bytes_encode) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        std::string form;
        append_lower(form, args[1]->bytes(i));
        if (form == "hex") append_hex(out, reinterpret_cast<const uint8_t*>(s.data()), s.size());
        else if (form == "base64") out = base64_encode(s);
        else if (form == "escape") out = escape_encode(s);
        else unknown_encoding(args[1]->bytes(i));
    });
}
SABOT_KERNEL(bytes_decode) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        std::string form;
        append_lower(form, args[1]->bytes(i));
        if (form == "hex") out = hex_decode(s);
        else if (form == "base64") out = base64_decode(s);
        else if (form == "escape") out = escape_decode(s);
        else unknown_encoding(args[1]->bytes(i));
    });
}


[[noreturn]] inline void byte_index_error(int64_t index, int64_t size) {
    throw ValueError{"2202E", "index " + std::to_string(index) + " out of valid range, 0.." + std::to_string(size - 1)};
}
SABOT_KERNEL(bytes_get_byte) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        auto s = args[0]->bytes(i);
        int64_t n = args[1]->value<int32_t>(i);
        if (n < 0 || n >= int64_t(s.size())) byte_index_error(n, int64_t(s.size()));
        return int32_t(uint8_t(s[size_t(n)]));
    });
}
SABOT_KERNEL(bytes_set_byte) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        out = args[0]->bytes(i);
        int64_t n = args[1]->value<int32_t>(i);
        if (n < 0 || n >= int64_t(out.size())) byte_index_error(n, int64_t(out.size()));
        out[size_t(n)] = char(args[2]->value<int32_t>(i));
    });
}
SABOT_KERNEL(bytes_get_bit) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        auto s = args[0]->bytes(i);
        int64_t n = args[1]->value<int64_t>(i), size = int64_t(s.size()) * 8;
        if (n < 0 || n >= size) byte_index_error(n, size);
        return int32_t((uint8_t(s[size_t(n / 8)]) >> (n % 8)) & 1);
    });
}
SABOT_KERNEL(bytes_set_bit) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        out = args[0]->bytes(i);
        int64_t n = args[1]->value<int64_t>(i), size = int64_t(out.size()) * 8;
        int32_t bit = args[2]->value<int32_t>(i);
        if (n < 0 || n >= size) byte_index_error(n, size);
        if (bit != 0 && bit != 1) throw ValueError{"22023", "new bit must be 0 or 1"};
        uint8_t b = uint8_t(out[size_t(n / 8)]), mask = uint8_t(1 << (n % 8));
        out[size_t(n / 8)] = char(bit ? b | mask : b & ~mask);
    });
}
SABOT_KERNEL(bytes_bit_count) {
    return map_value<int64_t>(args, o, ctx, [&](int64_t i) {
        int64_t n = 0;
        for (char c : args[0]->bytes(i)) n += std::popcount(uint8_t(c));
        return n;
    });
}
SABOT_KERNEL(bytes_position) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) { return int32_t(args[0]->bytes(i).find(args[1]->bytes(i)) + 1); });
}
SABOT_KERNEL(bytes_reverse) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto s = args[0]->bytes(i);
        out.assign(s.rbegin(), s.rend());
    });
}

template <std::string (*digest)(std::string_view), bool hex>
ColumnPtr digest_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        std::string d = digest(args[0]->bytes(i));
        if (hex) append_hex(out, reinterpret_cast<const uint8_t*>(d.data()), d.size());
        else out = std::move(d);
    });
}
inline std::string sha224(std::string_view s) { return sha_32(s, true); }
inline std::string sha256(std::string_view s) { return sha_32(s, false); }
inline std::string sha384(std::string_view s) { return sha_64(s, true); }
inline std::string sha512(std::string_view s) { return sha_64(s, false); }
// A digest by its name: its function and the size of its blocks.
struct NamedDigest {
    const char* name;
    std::string (*digest)(std::string_view);
    size_t block;
};
inline const NamedDigest& digest_by_name(std::string_view name) {
    static constexpr NamedDigest all[] = {{"md5", md5, 64}, {"sha1", sha1, 64}, {"sha224", sha224, 64}, {"sha256", sha256, 64},
                                          {"sha384", sha384, 128}, {"sha512", sha512, 128}};
    std::string low = detail::lower_ascii(name);
    for (auto& d : all)
        if (low == d.name) return d;
    throw ValueError{"22023", "Cannot use \"" + std::string(name) + "\": No such hash algorithm"};
}
SABOT_KERNEL(bytes_digest) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { out = digest_by_name(args[1]->bytes(i)).digest(args[0]->bytes(i)); });
}
// hmac(data, key, digest), RFC 2104.
SABOT_KERNEL(bytes_hmac) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto& d = digest_by_name(args[2]->bytes(i));
        std::string key(args[1]->bytes(i));
        if (key.size() > d.block) key = d.digest(key);
        key.resize(d.block, '\0');
        std::string inner = key, outer = key;
        for (auto& c : inner) c ^= 0x36;
        for (auto& c : outer) c ^= 0x5c;
        out = d.digest(outer + d.digest(inner + std::string(args[0]->bytes(i))));
    });
}
template <uint32_t (*sum)(std::string_view)>
ColumnPtr checksum_kernel(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_value<int64_t>(args, o, ctx, [&](int64_t i) { return int64_t(sum(args[0]->bytes(i))); });
}

// int2send … float8send, textsend: the value in network byte order.
SABOT_KERNEL(bytes_send) {
    const Column& c = *args[0];
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        if (shape_of(c.kind) == Shape::Bytes) { out = c.bytes(i); return; }
        size_t width = size_t(width_of(c.kind));
        out.assign(reinterpret_cast<const char*>(c.data->data()) + size_t(c.at(i)) * width, width);
        if (c.kind != Kind::Uuid) std::reverse(out.begin(), out.end());
    });
}

SABOT_KERNEL(hex_to_int256) {
    return map_value<Int256>(args, o, ctx, [&](int64_t i) {
        auto s = args[0]->bytes(i);
        auto whole = s;
        bool negative = s.starts_with("-");
        if (negative) s.remove_prefix(1);
        if (s.starts_with("0x") || s.starts_with("0X")) s.remove_prefix(2);
        Int256 v{};
        for (char c : s) {
            int d = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
            if (d < 0) throw ValueError{"22P02", "invalid input syntax for type rw_int256: \"" + std::string(whole) + "\""};
            if (v.limbs[3] >> 60) throw ValueError{"22003", "rw_int256 out of range"};
            for (int k = 3; k > 0; --k) v.limbs[k] = v.limbs[k] << 4 | v.limbs[k - 1] >> 60;
            v.limbs[0] = v.limbs[0] << 4 | uint64_t(d);
        }
        if (s.empty()) throw ValueError{"22P02", "invalid input syntax for type rw_int256: \"" + std::string(whole) + "\""};
        if (negative) {
            unsigned carry = 1;
            for (auto& limb : v.limbs) {
                limb = ~limb + carry;
                carry = carry && limb == 0;
            }
        }
        return v;
    });
}

// Version 4: one stream per call, derived from the session's seed.
SABOT_KERNEL(random_uuid) {
    static std::atomic<uint64_t> calls{0};
    std::mt19937_64 random;
    if (ctx.session && ctx.session->random_seed) {
        random.seed(mix64(ctx.session->random_seed ^ mix64(++calls * 0x9e3779b97f4a7c15ull)));
    } else {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device(), device(), device()};
        random.seed(seed);
    }
    FixedOut<Uuid> out(o.result.kind, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        uint64_t words[2] = {random(), random()};
        std::memcpy(out.values[i].bytes, words, 16);
        out.values[i].bytes[6] = uint8_t((out.values[i].bytes[6] & 0x0f) | 0x40);
        out.values[i].bytes[8] = uint8_t((out.values[i].bytes[8] & 0x3f) | 0x80);
    }
    return out.column;
}

inline std::vector<KernelEntry> bytes_kernels() {
    return {
        {"bytes.encode", bytes_encode}, {"bytes.decode", bytes_decode}, {"bytes.convert_from", bytes_convert_from},
        {"bytes.convert_to", bytes_convert_to}, {"bytes.convert", bytes_convert}, {"bytes.encoded_length", bytes_encoded_length}, {"bytes.length", text_octet_length},
        {"bytes.substring", substring_kernel<true>}, {"bytes.overlay", overlay_kernel<true>},
        {"bytes.ltrim", trim_kernel<true, false, true>}, {"bytes.rtrim", trim_kernel<false, true, true>},
        {"bytes.btrim", trim_kernel<true, true, true>}, {"bytes.concat", text_concat_operator},
        {"bytes.get_byte", bytes_get_byte}, {"bytes.set_byte", bytes_set_byte}, {"bytes.get_bit", bytes_get_bit},
        {"bytes.set_bit", bytes_set_bit}, {"bytes.bit_count", bytes_bit_count}, {"bytes.position", bytes_position},
        {"bytes.reverse", bytes_reverse},
        {"bytes.md5", digest_kernel<md5, true>}, {"bytes.sha1", digest_kernel<sha1, false>},
        {"bytes.digest", bytes_digest}, {"bytes.hmac", bytes_hmac}, {"bytes.sha224", digest_kernel<sha224, false>},
        {"bytes.sha256", digest_kernel<sha256, false>}, {"bytes.sha384", digest_kernel<sha384, false>},
        {"bytes.sha512", digest_kernel<sha512, false>}, {"bytes.crc32", checksum_kernel<crc32>},
        {"bytes.crc32c", checksum_kernel<crc32c>}, {"bytes.send", bytes_send},
        {"bytes.hex_to_int256", hex_to_int256}, {"uuid.random", random_uuid},
    };
}

}  // namespace sabot
