// Byte masks (one byte per value, as columns keep them) <-> bitmaps (as Arrow and blocks keep them).
#pragma once

#include "column.hpp"

namespace sabot {

inline void unpack_bits(const uint8_t* bits, int64_t from, int64_t n, uint8_t* out) {
    auto bit = [bits](int64_t i) { return uint8_t(bits[i >> 3] >> (i & 7) & 1); };
    int64_t i = 0;
    for (; i < n && ((from + i) & 7); ++i) out[i] = bit(from + i);
    for (; i + 8 <= n; i += 8) {
        // The product puts bit k of the byte into bit 7 of byte 7 - k.
        uint64_t spread = ((uint64_t(bits[(from + i) >> 3]) * 0x8040201008040201ull) & 0x8080808080808080ull) >> 7;
        spread = __builtin_bswap64(spread);
        std::memcpy(out + i, &spread, 8);
    }
    for (; i < n; ++i) out[i] = bit(from + i);
}

inline void pack_bits(const uint8_t* bytes, int64_t n, uint8_t* out) {
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t v;
        std::memcpy(&v, bytes + i, 8);
        out[i >> 3] = uint8_t((v & 0x0101010101010101ull) * 0x0102040810204080ull >> 56);
    }
    if (i < n) {
        uint8_t last = 0;
        for (int64_t k = i; k < n; ++k) last |= uint8_t((bytes[k] & 1) << (k & 7));
        out[i >> 3] = last;
    }
}

}  // namespace sabot
