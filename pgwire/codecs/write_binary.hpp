// Values of columns in PostgreSQL's binary format.
#pragma once

#include <bit>
#include <limits>

#include "numeric_bytes.hpp"
#include "ranges.hpp"
#include "wire_type.hpp"

namespace sabot::wire {

template <class T>
inline void put(std::string& out, T v) {
    v = big_endian(v);
    out.append(reinterpret_cast<const char*>(&v), sizeof(T));
}

// Digits of base 10000, weight of the first, sign, display scale.
inline void put_numeric(std::string& out, std::string_view bytes) {
    NumericView v(bytes);
    if (!v.finite()) {
        put<int16_t>(out, 0);
        put<int16_t>(out, 0);
        put<uint16_t>(out, v.tag == kNumNaN ? 0xC000 : v.tag == kNumInf ? 0xD000 : 0xF000);
        put<int16_t>(out, v.tag == kNumNaN ? 0 : 32);  // PostgreSQL gives infinities this scale
        return;
    }
    unsigned padding = (4 - v.scale % 4) % 4;  // the point must fall between two digits of base 10000
    std::vector<int16_t> digits;               // least significant first
    if (v.size <= 12) {
        u128 m = v.value128() * detail::pow10_128(padding);
        for (; m; m /= 10000) digits.push_back(int16_t(m % 10000));
    } else {
        auto limbs = detail::limbs_of(v);
        detail::shift_decimal(limbs, padding);
        while (!limbs.empty()) {
            uint32_t two = detail::divide_small(limbs, 100000000u);
            digits.push_back(int16_t(two % 10000));
            digits.push_back(int16_t(two / 10000));
        }
        while (!digits.empty() && digits.back() == 0) digits.pop_back();
    }
    int fraction = int((v.scale + padding) / 4);
    int weight = digits.empty() ? 0 : int(digits.size()) - fraction - 1;
    size_t skip = 0;  // trailing zeros are left out
    while (skip < digits.size() && digits[skip] == 0) ++skip;
    put<int16_t>(out, int16_t(digits.size() - skip));
    put<int16_t>(out, int16_t(weight));
    put<uint16_t>(out, v.tag == kNumNegative ? 0x4000 : 0);
    put<int16_t>(out, int16_t(v.scale));
    for (size_t i = digits.size(); i-- > skip;) put<int16_t>(out, digits[i]);
}

// Infinities keep their extreme value; all else moves from the epoch 1970 to 2000.
inline int64_t wire_micros(int64_t micros) {
    constexpr auto low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
    return micros == low || micros == high ? micros : micros - kEpochMicros;
}
inline int32_t wire_days(int32_t days) {
    constexpr auto low = std::numeric_limits<int32_t>::min(), high = std::numeric_limits<int32_t>::max();
    return days == low || days == high ? days : days - kEpochDays;
}

inline void put_binary(std::string& out, const WireType& t, const Column& c, int64_t row);

// int32 length (-1 for NULL), then the value.
inline void put_field(std::string& out, const WireType& t, const Column& c, int64_t row) {
    if (!c.valid(row)) return put<int32_t>(out, -1);
    size_t mark = out.size();
    out.append(4, '\0');
    put_binary(out, t, c, row);
    size_t size = out.size() - mark - 4;
    if (size > 0x3fffffff) throw ValueError{"54000", "value is too large for the protocol"};
    uint32_t length = big_endian(uint32_t(size));
    std::memcpy(out.data() + mark, &length, 4);
}

// Sizes of each dimension of a nested list; false when it is not rectangular.
inline bool measure(const WireType& t, const Column& c, int64_t row, size_t level, std::vector<int32_t>& sizes) {
    if (!c.valid(row)) return false;
    auto [from, to] = c.range(row);
    if (sizes.size() == level) sizes.push_back(to - from);
    else if (sizes[level] != to - from) return false;
    if (t.children[0].kind == Kind::List)
        for (int32_t i = from; i < to; ++i)
            if (!measure(t.children[0], *c.children[0], i, level + 1, sizes)) return false;
    return true;
}

inline bool leaf_nulls(const WireType& t, const Column& c, int64_t row) {
    auto [from, to] = c.range(row);
    for (int32_t i = from; i < to; ++i)
        if (t.children[0].kind == Kind::List ? leaf_nulls(t.children[0], *c.children[0], i)
                                             : !c.children[0]->valid(i))
            return true;
    return false;
}

inline void put_leaves(std::string& out, const WireType& t, const Column& c, int64_t row) {
    auto [from, to] = c.range(row);
    for (int32_t i = from; i < to; ++i)
        if (t.children[0].kind == Kind::List) put_leaves(out, t.children[0], *c.children[0], i);
        else put_field(out, t.children[0], *c.children[0], i);
}

inline void put_array(std::string& out, const WireType& t, const Column& c, int64_t row) {
    std::vector<int32_t> sizes;
    if (!measure(t, c, row, 0, sizes) || sizes.size() > 6)
        throw ValueError{"0A000", "an array with rows of different lengths has no binary form; ask for text"};
    const WireType* leaf = &t;
    while (leaf->kind == Kind::List) leaf = &leaf->children[0];
    bool empty = false;
    for (int32_t n : sizes) empty |= n == 0 && !t.from_zero;
    put<int32_t>(out, empty ? 0 : int32_t(sizes.size()));
    put<int32_t>(out, !empty && leaf_nulls(t, c, row));
    put<uint32_t>(out, leaf->oid);
    if (empty) return;
    for (int32_t n : sizes) {
        put<int32_t>(out, n);
        put<int32_t>(out, t.from_zero ? 0 : 1);
    }
    put_leaves(out, t, c, row);
}

// Flags, then the bounds there are, each behind its length.
inline void put_range(std::string& out, const ranges::Range& r, char code) {
    out.push_back(char(r.empty ? 1 : r.lower.inclusive * 2 + r.upper.inclusive * 4 + r.lower.infinite * 8 + r.upper.infinite * 16));
    for (auto* b : {&r.lower, &r.upper}) {
        if (r.empty || b->infinite) continue;
        std::string value;
        switch (code) {
            case 'n': put_numeric(value, ranges::numeric_of(*b)); break;
            case '4': put(value, int32_t(ranges::integer_of(*b))); break;
            case '8': put(value, ranges::integer_of(*b)); break;
            case 'd': put(value, wire_days(int32_t(ranges::integer_of(*b)))); break;
            default: put(value, wire_micros(ranges::integer_of(*b)));
        }
        put(out, int32_t(value.size()));
        out += value;
    }
}
inline void put_multirange(std::string& out, std::string_view b) {
    auto all = ranges::decoded(b);
    put(out, int32_t(all.size()));
    for (auto& r : all) {
        std::string one;
        put_range(one, r, b[1]);
        put(out, int32_t(one.size()));
        out += one;
    }
}

inline void put_coded(std::string& out, std::string_view b) {
    switch (b[0]) {
        case 'r': return put_range(out, ranges::decoded(b).at(0), b[1]);
        case 'R': return put_multirange(out, b);
        case 'e': out += coded::enum_label(b); return;
        case 't': {
            auto v = coded::timetz_of(b);
            put(out, v.micros);
            put(out, v.zone);
            return;
        }
        case 'i': case 'c': {
            auto v = coded::inet_of(b);
            out.push_back(char(v.family == 4 ? 2 : 3));
            out.push_back(char(v.bits));
            out.push_back(char(v.cidr));
            out.push_back(char(v.size()));
            out.append(reinterpret_cast<const char*>(v.address), v.size());
            return;
        }
        case 'V':
            put(out, int16_t(vectors::dimensions(b)));
            put(out, int16_t(0));
            for (float f : vectors::decoded(b)) put(out, std::bit_cast<int32_t>(f));
            return;
        default: out += b.substr(1);
    }
}

inline void put_bits(std::string& out, std::string_view bits) {
    put(out, int32_t(bits.size()));
    for (size_t from = 0; from < bits.size(); from += 8) {
        int byte = 0;
        for (size_t k = from; k < from + 8; ++k) byte = byte << 1 | (k < bits.size() && bits[k] == '1');
        out.push_back(char(byte));
    }
}

inline void put_binary(std::string& out, const WireType& t, const Column& c, int64_t row) {
    switch (c.kind) {
        case Kind::Null: return;
        case Kind::Bool: out.push_back(char(c.value<uint8_t>(row))); return;
        case Kind::Int2: return put(out, c.value<int16_t>(row));
        case Kind::Int4: return put(out, c.value<int32_t>(row));
        case Kind::Int8: case Kind::Time: return put(out, c.value<int64_t>(row));
        case Kind::Float4: return put(out, std::bit_cast<uint32_t>(c.value<float>(row)));
        case Kind::Float8: return put(out, std::bit_cast<uint64_t>(c.value<double>(row)));
        case Kind::Numeric: return put_numeric(out, c.bytes(row));
        case Kind::Text:
            if (t.bits) return put_bits(out, c.bytes(row));
            if (t.versioned) out.push_back(1);
            if (!t.void_type) out.append(c.bytes(row));
            return;
        case Kind::Coded: return put_coded(out, c.bytes(row));
        case Kind::Bytea: out.append(c.bytes(row)); return;
        case Kind::Date: return put(out, wire_days(c.value<int32_t>(row)));
        case Kind::Timestamp: case Kind::Timestamptz: return put(out, wire_micros(c.value<int64_t>(row)));
        case Kind::Interval: {
            const Interval& v = c.value<Interval>(row);
            put(out, v.micros);
            put(out, v.days);
            put(out, v.months);
            return;
        }
        case Kind::Uuid: out.append(reinterpret_cast<const char*>(c.value<Uuid>(row).bytes), 16); return;
        case Kind::Jsonb:
            out.push_back(1);
            out.append(c.bytes(row));
            return;
        case Kind::Int256:  // ours: 32 bytes, big endian two's complement
            for (int k = 3; k >= 0; --k) put(out, c.value<Int256>(row).limbs[k]);
            return;
        case Kind::Oid: return put(out, uint32_t(c.value<int64_t>(row)));
        case Kind::List:
            if (t.map) throw ValueError{"42883", "no binary output function available for type map; ask for text"};
            return put_array(out, t, c, row);
        case Kind::Struct:
            put<int32_t>(out, int32_t(c.children.size()));
            for (size_t k = 0; k < c.children.size(); ++k) {
                put<uint32_t>(out, t.children[k].oid);
                put_field(out, t.children[k], *c.children[k], c.at(row));
            }
            return;
    }
}

}  // namespace sabot::wire
