// Digests and checksums over bytes: MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4), CRC-32 and CRC-32C.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sabot {

namespace detail {

// Feeds `s`, padded with 0x80, zeros and its length in bits, to `block` in pieces of `size` bytes.
template <class F>
void padded_blocks(std::string_view s, size_t size, bool big_endian, F&& block) {
    size_t i = 0;
    for (; i + size <= s.size(); i += size) block(reinterpret_cast<const uint8_t*>(s.data()) + i);
    std::string tail(s.substr(i));
    size_t length_bytes = size / 8;
    tail.push_back(char(0x80));
    while (tail.size() % size != size - length_bytes) tail.push_back(0);
    uint64_t bits = uint64_t(s.size()) * 8;
    for (size_t k = 0; k < length_bytes; ++k) {
        size_t significance = big_endian ? length_bytes - 1 - k : k;
        tail.push_back(significance < 8 ? char(bits >> (significance * 8)) : 0);
    }
    for (i = 0; i < tail.size(); i += size) block(reinterpret_cast<const uint8_t*>(tail.data()) + i);
}

// The first `bits` bits of the fractional part of a root of each of the first primes, by integer search.
template <class Word, size_t n, int power>
std::array<Word, n> prime_roots() {
    std::array<Word, n> out{};
    size_t found = 0;
    constexpr int bits = sizeof(Word) * 8;
    using Wide = unsigned __int128;
    for (uint32_t p = 2; found < n; ++p) {
        bool prime = true;
        for (uint32_t d = 2; d * d <= p; ++d) prime &= p % d != 0;
        if (!prime) continue;
        // Largest r with r^power <= p * 2^(bits * power), by comparing products limb by limb.
        Wide r = 0;
        for (int b = bits + 4; b >= 0; --b) {
            Wide t = r | (Wide(1) << b);
            std::array<uint64_t, 8> product{1};
            for (int k = 0; k < power; ++k) {
                std::array<uint64_t, 8> next{};
                for (int half = 0; half < 2; ++half) {
                    uint64_t m = half ? uint64_t(t >> 64) : uint64_t(t);
                    Wide carry = 0;
                    for (int i = 0; i + half < 8; ++i) {
                        carry += Wide(product[i]) * m + next[i + half];
                        next[i + half] = uint64_t(carry);
                        carry >>= 64;
                    }
                }
                product = next;
            }
            std::array<uint64_t, 8> limit{};
            size_t shift = size_t(bits) * power;
            limit[shift / 64] = uint64_t(p) << (shift % 64);
            if (shift % 64) limit[shift / 64 + 1] = uint64_t((Wide(p) << (shift % 64)) >> 64);
            bool fits = true;
            for (int i = 7; i >= 0; --i)
                if (product[i] != limit[i]) {
                    fits = product[i] < limit[i];
                    break;
                }
            if (fits) r = t;
        }
        out[found++] = Word(r);
    }
    return out;
}

template <class Word, int rounds, int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l>
std::string sha2(std::string_view s, std::array<Word, 8> state, size_t length) {
    static const auto constants = prime_roots<Word, rounds, 3>();
    auto r = [](Word x, int n) { return std::rotr(x, n); };
    padded_blocks(s, sizeof(Word) * 16, true, [&](const uint8_t* p) {
        Word w[rounds];
        for (int t = 0; t < 16; ++t) {
            w[t] = 0;
            for (size_t n = 0; n < sizeof(Word); ++n) w[t] = Word(w[t] << 8) | *p++;
        }
        for (int t = 16; t < rounds; ++t) {
            Word s0 = r(w[t - 15], g) ^ r(w[t - 15], h) ^ (w[t - 15] >> i);
            Word s1 = r(w[t - 2], j) ^ r(w[t - 2], k) ^ (w[t - 2] >> l);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }
        auto v = state;
        for (int t = 0; t < rounds; ++t) {
            Word s1 = r(v[4], d) ^ r(v[4], e) ^ r(v[4], f), s0 = r(v[0], a) ^ r(v[0], b) ^ r(v[0], c);
            Word t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[t] + w[t];
            Word t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v = {Word(t1 + t2), v[0], v[1], v[2], Word(v[3] + t1), v[4], v[5], v[6]};
        }
        for (int n = 0; n < 8; ++n) state[n] += v[n];
    });
    std::string out;
    for (Word x : state)
        for (int n = int(sizeof(Word)) - 1; n >= 0; --n) out.push_back(char(x >> (n * 8)));
    out.resize(length);
    return out;
}

template <size_t n>
std::array<uint32_t, 256> crc_table(uint32_t polynomial) {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < n; ++i) {
        uint32_t c = i;
        for (int k = 0; k < 8; ++k) c = c & 1 ? (c >> 1) ^ polynomial : c >> 1;
        t[i] = c;
    }
    return t;
}

}  // namespace detail

inline std::string sha_32(std::string_view s, bool short_form) {
    static const auto roots = detail::prime_roots<uint64_t, 16, 2>();
    std::array<uint32_t, 8> start{};
    for (int i = 0; i < 8; ++i) start[i] = short_form ? uint32_t(roots[i + 8]) : uint32_t(roots[i] >> 32);
    return detail::sha2<uint32_t, 64, 2, 13, 22, 6, 11, 25, 7, 18, 3, 17, 19, 10>(s, start, short_form ? 28 : 32);
}
inline std::string sha_64(std::string_view s, bool short_form) {
    static const auto roots = detail::prime_roots<uint64_t, 16, 2>();
    std::array<uint64_t, 8> start{};
    for (int i = 0; i < 8; ++i) start[i] = roots[i + (short_form ? 8 : 0)];
    return detail::sha2<uint64_t, 80, 28, 34, 39, 14, 18, 41, 1, 8, 7, 19, 61, 6>(s, start, short_form ? 48 : 64);
}

inline std::string md5(std::string_view s) {
    static const auto sines = [] {
        std::array<uint32_t, 64> t{};
        for (int i = 0; i < 64; ++i) t[i] = uint32_t(std::floor(std::fabs(std::sin(double(i + 1))) * 4294967296.0));
        return t;
    }();
    constexpr int turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    std::array<uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    detail::padded_blocks(s, 64, false, [&](const uint8_t* p) {
        uint32_t w[16];
        std::memcpy(w, p, 64);
        auto [a, b, c, d] = state;
        for (int i = 0; i < 64; ++i) {
            uint32_t f;
            int g;
            switch (i / 16) {
                case 0: f = (b & c) | (~b & d); g = i; break;
                case 1: f = (d & b) | (~d & c); g = (5 * i + 1) % 16; break;
                case 2: f = b ^ c ^ d; g = (3 * i + 5) % 16; break;
                default: f = c ^ (b | ~d); g = 7 * i % 16;
            }
            uint32_t t = d;
            d = c;
            c = b;
            b += std::rotl(a + f + sines[i] + w[g], turns[i / 16][i % 4]);
            a = t;
        }
        state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    });
    return {reinterpret_cast<const char*>(state.data()), 16};
}

inline std::string sha1(std::string_view s) {
    std::array<uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    detail::padded_blocks(s, 64, true, [&](const uint8_t* p) {
        uint32_t w[80];
        for (int i = 0; i < 16; ++i) w[i] = uint32_t(p[4 * i]) << 24 | uint32_t(p[4 * i + 1]) << 16 | uint32_t(p[4 * i + 2]) << 8 | p[4 * i + 3];
        for (int i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        auto [a, b, c, d, e] = state;
        for (int i = 0; i < 80; ++i) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
            constexpr uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
            uint32_t t = std::rotl(a, 5) + f + e + constants[i / 20] + w[i];
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = t;
        }
        state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e;
    });
    std::string out;
    for (uint32_t word : state)
        for (int shift = 24; shift >= 0; shift -= 8) out.push_back(char(word >> shift));
    return out;
}

inline uint32_t crc_with(const std::array<uint32_t, 256>& table, std::string_view s) {
    uint32_t c = 0xffffffff;
    for (char b : s) c = table[(c ^ uint8_t(b)) & 255] ^ (c >> 8);
    return ~c;
}
inline uint32_t crc32(std::string_view s) {
    static const auto table = detail::crc_table<256>(0xedb88320);
    return crc_with(table, s);
}
inline uint32_t crc32c(std::string_view s) {
    static const auto table = detail::crc_table<256>(0x82f63b78);
    return crc_with(table, s);
}

}  // namespace sabot
