// Values kept as bytes whose order is the order of their type: enums, timetz, inet, cidr, macaddr, macaddr8.
//
// The first byte names the type, so that a value can be written as text without knowing its column's type. `Type::names`
// of such a column has that name first; an enum's has its type's name and the codes of its labels after it.
//
//   enum     'e', place of the label (8 bytes, big endian), the label
//   timetz   't', microseconds UTC (8), seconds west of UTC (4)
//   inet     'i', family 4 or 6, network (address under the mask), length of the mask, address; cidr: 'c'
//   macaddr  'm', 6 bytes; macaddr8: 'M', 8 bytes
//   vector   'V', four bytes for each number (vectors.hpp)
#pragma once

#include <arpa/inet.h>

#include "value_error.hpp"

namespace sabot::coded {

inline constexpr size_t kEnumHead = 9;

inline void put_number(std::string& out, uint64_t v, int bytes) {
    for (int k = bytes - 1; k >= 0; --k) out.push_back(char(v >> (8 * k)));
}
inline uint64_t get_number(std::string_view b, size_t at, int bytes) {
    uint64_t v = 0;
    for (int k = 0; k < bytes; ++k) v = v << 8 | uint8_t(b[at + size_t(k)]);
    return v;
}

inline std::string enum_value(uint64_t place, std::string_view label) {
    std::string out = "e";
    put_number(out, place, 8);
    return out.append(label);
}
inline std::string_view enum_label(std::string_view code) { return code.substr(kEnumHead); }

// A time of day with its zone; `zone` in seconds west of UTC, as PostgreSQL keeps it.
struct TimeTz {
    int64_t micros = 0;
    int32_t zone = 0;
};
inline std::string timetz_value(TimeTz t) {
    std::string out = "t";
    put_number(out, uint64_t(t.micros + int64_t(t.zone) * 1000000) ^ (uint64_t(1) << 63), 8);
    put_number(out, uint32_t(t.zone) ^ 0x80000000u, 4);
    return out;
}
inline TimeTz timetz_of(std::string_view b) {
    auto zone = int32_t(uint32_t(get_number(b, 9, 4)) ^ 0x80000000u);
    return {int64_t(get_number(b, 1, 8) ^ (uint64_t(1) << 63)) - int64_t(zone) * 1000000, zone};
}

struct Inet {
    int family = 4;
    int bits = 32;
    uint8_t address[16] = {};
    bool cidr = false;
    size_t size() const { return family == 4 ? 4 : 16; }
    int most() const { return int(size()) * 8; }
    // The address with `bit(k)` kept for the first `bits` bits and `fill` after them.
    void mask(uint8_t* out, int keep, bool fill = false) const {
        for (int k = 0; k < int(size()); ++k) {
            int left = keep - 8 * k;
            uint8_t m = left >= 8 ? 0xff : left <= 0 ? 0 : uint8_t(0xff << (8 - left));
            out[k] = uint8_t((address[k] & m) | (fill ? uint8_t(~m) : 0));
        }
    }
    bool host_bits() const {
        uint8_t network[16];
        mask(network, bits);
        return std::memcmp(network, address, size()) != 0;
    }
};
inline std::string inet_value(const Inet& v) {
    std::string out(1, v.cidr ? 'c' : 'i');
    uint8_t network[16];
    v.mask(network, v.bits);
    out.push_back(char(v.family));
    out.append(reinterpret_cast<const char*>(network), v.size());
    out.push_back(char(v.bits));
    out.append(reinterpret_cast<const char*>(v.address), v.size());
    return out;
}
inline Inet inet_of(std::string_view b) {
    Inet v;
    v.cidr = b[0] == 'c';
    v.family = b[1];
    v.bits = uint8_t(b[2 + v.size()]);
    std::memcpy(v.address, b.data() + 3 + v.size(), v.size());
    return v;
}

// ---- text

inline void append_inet(std::string& out, const Inet& v, bool always_bits) {
    char b[INET6_ADDRSTRLEN];
    inet_ntop(v.family == 4 ? AF_INET : AF_INET6, v.address, b, sizeof b);
    out += b;
    if (always_bits || v.bits != v.most()) out += "/" + std::to_string(v.bits);
}

inline Inet inet_from_text(std::string_view text, bool cidr) {
    const char* type = cidr ? "cidr" : "inet";
    auto bad = [&]() { return ValueError{"22P02", std::string("invalid input syntax for type ") + type + ": \"" + std::string(text) + "\""}; };
    Inet v;
    v.cidr = cidr;
    std::string address(text.substr(0, text.find('/')));
    int bits = -1;
    if (address.size() < text.size()) {
        auto tail = text.substr(address.size() + 1);
        if (tail.empty() || tail.size() > 3) throw bad();
        bits = 0;
        for (char c : tail) {
            if (c < '0' || c > '9') throw bad();
            bits = bits * 10 + (c - '0');
        }
    }
    if (address.find(':') != std::string::npos) {
        v.family = 6;
        if (inet_pton(AF_INET6, address.c_str(), v.address) != 1) throw bad();
        if (bits < 0) bits = 128;
    } else {
        int octets = 0;
        size_t at = 0;
        while (true) {
            int n = 0, digits = 0;
            for (; at < address.size() && address[at] >= '0' && address[at] <= '9'; ++at, ++digits) n = n * 10 + (address[at] - '0');
            if (!digits || digits > 3 || n > 255 || octets == 4) throw bad();
            v.address[octets++] = uint8_t(n);
            if (at == address.size()) break;
            if (address[at++] != '.') throw bad();
        }
        if (bits < 0 && cidr) {
            uint8_t first = v.address[0];
            bits = first >= 240 ? 32 : first >= 224 ? 8 : first >= 192 ? 24 : first >= 128 ? 16 : 8;
            bits = std::max(bits, octets * 8);
            if (bits == 8 && first == 224) bits = 4;
        } else if (bits < 0) {
            if (octets != 4) throw bad();
            bits = 32;
        } else if (octets * 8 < bits && octets < 4 && bits > 32) {
            throw bad();
        }
    }
    if (bits > v.most()) throw bad();
    v.bits = bits;
    if (cidr && v.host_bits())
        throw ValueError{"22P02", "invalid cidr value: \"" + std::string(text) + "\""};
    return v;
}

inline void append_mac(std::string& out, std::string_view bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    for (size_t k = 0; k < bytes.size(); ++k) {
        if (k) out.push_back(':');
        out.push_back(kHex[uint8_t(bytes[k]) >> 4]);
        out.push_back(kHex[uint8_t(bytes[k]) & 15]);
    }
}
// Six or eight bytes in hexadecimal, in groups of equal length with one kind of separator, or in one piece.
inline std::string mac_from_text(std::string_view text, bool eight) {
    auto bad = [&]() {
        return ValueError{"22P02", std::string("invalid input syntax for type macaddr") + (eight ? "8" : "") + ": \"" + std::string(text) + "\""};
    };
    auto s = text;
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    std::string digits;
    char separator = 0;
    size_t group = 0, seen = 0;
    for (char c : s) {
        if (std::isxdigit(uint8_t(c))) {
            digits.push_back(c);
            ++seen;
            continue;
        }
        if ((c != ':' && c != '-' && c != '.') || (separator && c != separator) || (group && seen != group)) throw bad();
        separator = c;
        group = seen;
        seen = 0;
        if (group == 0 || group % 2) throw bad();
    }
    if ((group && seen != group) || (separator == '.' && group != 4)) throw bad();
    size_t bytes = digits.size() / 2;
    if (digits.size() % 2 || !(bytes == 6 || (eight && bytes == 8)) || (group && group != 2 && group != 4 && group != 6)) throw bad();
    std::string out(1, eight ? 'M' : 'm');
    for (size_t k = 0; k < bytes; ++k) {
        if (eight && bytes == 6 && k == 3) out += "\xff\xfe";
        out.push_back(char(std::stoi(digits.substr(2 * k, 2), nullptr, 16)));
    }
    return out;
}

inline std::string enum_from_text(std::string_view text, const std::vector<std::string>& names) {
    for (size_t k = 2; k < names.size(); ++k)
        if (enum_label(names[k]) == text) return names[k];
    throw ValueError{"22P02", "invalid input value for enum " + (names.size() > 1 ? names[1] : std::string("?")) + ": \"" + std::string(text) + "\""};
}

}  // namespace sabot::coded
