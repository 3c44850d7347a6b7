// What the wire needs to know of a type besides its kind: the OID that binary arrays and records carry.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "builder.hpp"
#include "value_error.hpp"

namespace sabot::wire {

struct WireType {
    Kind kind = Kind::Null;
    uint32_t oid = 0;
    bool void_type = false;  // kept as TEXT, always empty on the wire
    bool from_zero = false;  // int2vector, oidvector: counts from 0, printed without braces
    bool json = false;       // kept as TEXT, checked on input
    bool bits = false;       // kept as TEXT of 0 and 1
    bool versioned = false;  // jsonpath: kept as TEXT, behind a version in binary
    bool map = false;        // a list of pairs, with a text form of its own and none in binary
    std::vector<std::string> names;  // Coded: as in Type
    std::vector<WireType> children;
};

inline constexpr int64_t kEpochMicros = 946684800000000;  // 2000-01-01 in microseconds since 1970-01-01
inline constexpr int32_t kEpochDays = 10957;

template <class T>
inline T big_endian(T v) {
    if constexpr (sizeof(T) == 2) return T(__builtin_bswap16(uint16_t(v)));
    else if constexpr (sizeof(T) == 4) return T(__builtin_bswap32(uint32_t(v)));
    else if constexpr (sizeof(T) == 8) return T(__builtin_bswap64(uint64_t(v)));
    else return v;
}

}  // namespace sabot::wire
