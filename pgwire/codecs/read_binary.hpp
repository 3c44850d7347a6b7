// Values in PostgreSQL's binary format into column builders. Bad data throws ValueError.
#pragma once

#include <bit>
#include <limits>

#include "text_input.hpp"
#include "wire_type.hpp"

namespace sabot::wire {

// A cursor over untrusted bytes.
class Input {
  public:
    Input(const char* data, size_t size) : p_(data), end_(data + size) {}
    template <class T>
    T get() {
        T v;
        std::memcpy(&v, take(sizeof(T)), sizeof(T));
        return big_endian(v);
    }
    const char* take(size_t n) {
        if (size_t(end_ - p_) < n) throw ValueError{"08P01", "insufficient data left in message"};
        const char* at = p_;
        p_ += n;
        return at;
    }
    size_t left() const { return size_t(end_ - p_); }

  private:
    const char* p_;
    const char* end_;
};

inline ValueError bad_binary(const char* what) { return {"22P03", std::string("invalid binary data: ") + what}; }

// Length of the valid UTF-8 sequence at p (n bytes left), 0 when it is none. Overlong forms, surrogates and
// code points past U+10FFFF are invalid, and so is the zero byte, which PostgreSQL's text can't hold.
inline size_t utf8_length(const unsigned char* p, size_t n) {
    auto tail = [&](size_t i) { return i < n && (p[i] & 0xC0) == 0x80; };
    unsigned char b = p[0];
    if (b == 0) return 0;
    if (b < 0x80) return 1;
    if (b < 0xC2) return 0;
    if (b < 0xE0) return tail(1) ? 2 : 0;
    if (b < 0xF0) {
        if (!tail(1) || !tail(2)) return 0;
        if ((b == 0xE0 && p[1] < 0xA0) || (b == 0xED && p[1] > 0x9F)) return 0;
        return 3;
    }
    if (b < 0xF5) {
        if (!tail(1) || !tail(2) || !tail(3)) return 0;
        if ((b == 0xF0 && p[1] < 0x90) || (b == 0xF4 && p[1] > 0x8F)) return 0;
        return 4;
    }
    return 0;
}

inline void check_utf8(std::string_view text) {
    auto p = reinterpret_cast<const unsigned char*>(text.data());
    size_t n = text.size(), i = 0;
    while (i < n) {
        if (i + 8 <= n) {
            uint64_t word;
            std::memcpy(&word, p + i, 8);
            // no byte >= 0x80 and none zero
            if (!(word & 0x8080808080808080ull) && !((word - 0x0101010101010101ull) & ~word & 0x8080808080808080ull)) {
                i += 8;
                continue;
            }
        }
        size_t k = utf8_length(p + i, n - i);
        if (k == 0) {
            static const char* hex = "0123456789abcdef";
            std::string shown = "invalid byte sequence for encoding \"UTF8\":";
            unsigned char b = p[i];
            size_t expected = b < 0xC0 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : b < 0xF8 ? 4 : 1;
            for (size_t j = i; j < std::min(n, i + expected); ++j)
                shown += std::string(" 0x") + hex[p[j] >> 4] + hex[p[j] & 15];
            throw ValueError{"22021", shown};
        }
        i += k;
    }
}

inline std::string get_numeric(Input& in) {
    int count = in.get<int16_t>(), weight = in.get<int16_t>();
    uint16_t sign = in.get<uint16_t>(), scale = in.get<uint16_t>();
    if (count < 0) throw bad_binary("length of numeric");
    if (sign == 0xC000) return numeric_special(kNumNaN);
    if (sign == 0xD000) return numeric_special(kNumInf);
    if (sign == 0xF000) return numeric_special(kNumNegInf);
    if (sign != 0 && sign != 0x4000) throw bad_binary("sign of numeric");
    if (scale > 0x3FFF) throw bad_binary("scale of numeric");
    detail::Limbs limbs;
    auto add_digit = [&](unsigned digit) {
        detail::multiply_small(limbs, 10000);
        uint64_t carry = digit;
        for (size_t j = 0; carry; ++j) {
            if (j == limbs.size()) limbs.push_back(0);
            carry += limbs[j];
            limbs[j] = uint32_t(carry);
            carry >>= 32;
        }
    };
    for (int i = 0; i < count; ++i) {
        int digit = in.get<int16_t>();
        if (digit < 0 || digit >= 10000) throw bad_binary("digit of numeric");
        add_digit(unsigned(digit));
    }
    // value = limbs * 10000^(weight - count + 1); we keep value * 10^scale, digits past the scale cut off
    int shift = (weight - count + 1) * 4 + int(scale);
    if (limbs.empty()) shift = 0;
    if (shift > 0) detail::shift_decimal(limbs, unsigned(shift));
    for (; shift < 0 && !limbs.empty(); ++shift) detail::divide_small(limbs, 10);
    return numeric_encode(sign == 0x4000, scale, limbs);
}

inline int32_t get_days(Input& in) {
    int32_t days = in.get<int32_t>();
    if (days == std::numeric_limits<int32_t>::min() || days == std::numeric_limits<int32_t>::max()) return days;
    if (days < -2451545 || days >= 2145031949) throw ValueError{"22008", "date out of range"};
    return days + kEpochDays;
}

inline int64_t get_micros(Input& in) {
    int64_t micros = in.get<int64_t>(), moved;
    if (micros == std::numeric_limits<int64_t>::min() || micros == std::numeric_limits<int64_t>::max()) return micros;
    if (micros < -211813488000000000ll || __builtin_add_overflow(micros, kEpochMicros, &moved) ||
        moved == std::numeric_limits<int64_t>::max())
        throw ValueError{"22008", "timestamp out of range"};
    return moved;
}

inline void get_binary(ColumnBuilder& b, const WireType& t, Input& in);

inline void get_field(ColumnBuilder& b, const WireType& t, Input& in) {
    int32_t n = in.get<int32_t>();
    if (n == -1) return b.append_null();
    if (n < 0) throw bad_binary("length of a value");
    Input value(in.take(size_t(n)), size_t(n));
    get_binary(b, t, value);
    if (value.left()) throw bad_binary("value is longer than its type");
}

inline void get_level(ColumnBuilder& b, const WireType& t, Input& in, const std::vector<int32_t>& sizes, size_t level) {
    for (int32_t i = 0; i < sizes[level]; ++i)
        if (level + 1 < sizes.size()) get_level(b.child(0), t.children[0], in, sizes, level + 1);
        else get_field(b.child(0), t.children[0], in);
    b.close_row();
}

inline void get_array(ColumnBuilder& b, const WireType& t, Input& in) {
    int32_t dimensions = in.get<int32_t>(), flags = in.get<int32_t>();
    uint32_t oid = in.get<uint32_t>();
    if (dimensions < 0 || dimensions > 6) throw bad_binary("number of array dimensions");
    if (flags != 0 && flags != 1) throw bad_binary("array flags");
    const WireType* leaf = &t;
    int depth = 0;
    for (; leaf->kind == Kind::List; leaf = &leaf->children[0]) ++depth;
    if (oid != leaf->oid)
        throw ValueError{"42804", "binary data has array element type " + std::to_string(oid) +
                                      " instead of expected " + std::to_string(leaf->oid)};
    if (dimensions == 0) return b.close_row();
    if (dimensions != depth)
        throw ValueError{"0A000", "array parameter has " + std::to_string(dimensions) + " dimensions, its type has " +
                                      std::to_string(depth)};
    std::vector<int32_t> sizes;
    int64_t total = 1;
    for (int i = 0; i < dimensions; ++i) {
        sizes.push_back(in.get<int32_t>());
        in.get<int32_t>();  // lower bound: our arrays begin at 1
        if (sizes.back() < 0) throw bad_binary("array size");
        total *= sizes.back();
        if (total * 4 > int64_t(in.left())) throw ValueError{"08P01", "insufficient data left in message"};
    }
    if (total == 0) return b.close_row();
    get_level(b, t, in, sizes, 0);
}

inline ranges::Range get_range(Input& in, char code) {
    uint8_t flags = in.get<uint8_t>();
    if (flags & 1) return {true, {}, {}};
    auto bound = [&](bool infinite, bool inclusive) -> ranges::Bound {
        if (infinite) return {};
        int32_t n = in.get<int32_t>();
        if (n < 0) throw bad_binary("length of a bound");
        Input value(in.take(size_t(n)), size_t(n));
        ranges::Bound b;
        switch (code) {
            case 'n': b = ranges::numeric_bound(get_numeric(value), inclusive); break;
            case '4': b = ranges::bound_at(value.get<int32_t>(), code, inclusive); break;
            case '8': b = ranges::bound_at(value.get<int64_t>(), code, inclusive); break;
            case 'd': b = ranges::bound_at(get_days(value), code, inclusive); break;
            default: b = ranges::bound_at(get_micros(value), code, inclusive);
        }
        if (value.left()) throw bad_binary("bound is longer than its type");
        return b;
    };
    ranges::Range r;
    r.lower = bound(flags & 8, flags & 2);
    r.upper = bound(flags & 16, flags & 4);
    return ranges::made(std::move(r), code);
}
inline std::string get_ranges(Input& in, const ranges::RangeKind& kind, bool multi) {
    if (!multi) return ranges::encoded({get_range(in, kind.code)}, kind.code, false);
    int32_t count = in.get<int32_t>();
    if (count < 0 || size_t(count) > in.left() / 5) throw bad_binary("number of ranges");
    ranges::Ranges all;
    while (count-- > 0) {
        int32_t n = in.get<int32_t>();
        if (n < 0) throw bad_binary("length of a range");
        Input one(in.take(size_t(n)), size_t(n));
        all.push_back(get_range(one, kind.code));
        if (one.left()) throw bad_binary("range is longer than its bounds");
    }
    return ranges::encoded(ranges::united(std::move(all)), kind.code, true);
}

inline std::string get_coded(const WireType& t, Input& in) {
    const std::string& kind = t.names.at(0);
    size_t n = in.left();
    if (kind == "enum") return coded::enum_from_text({in.take(n), n}, t.names);
    if (auto* r = ranges::kind_named(kind)) return get_ranges(in, *r, kind == r->multirange);
    if (kind == "timetz") {
        int64_t micros = in.get<int64_t>();
        int32_t zone = in.get<int32_t>();
        if (micros < 0 || micros > 86400000000ll) throw ValueError{"22008", "time out of range"};
        if (zone <= -57600 || zone >= 57600) throw ValueError{"22009", "time zone displacement out of range"};
        return coded::timetz_value({micros, zone});
    }
    if (kind == "inet" || kind == "cidr") {
        coded::Inet v;
        int family = in.get<uint8_t>();
        if (family != 2 && family != 3) throw ValueError{"22P03", "invalid address family in external \"" + kind + "\" value"};
        v.family = family == 2 ? 4 : 6;
        v.bits = in.get<uint8_t>();
        in.get<uint8_t>();
        v.cidr = kind == "cidr";
        if (v.bits > v.most()) throw ValueError{"22P03", "invalid bits in external \"" + kind + "\" value"};
        if (in.get<uint8_t>() != v.size()) throw ValueError{"22P03", "invalid length in external \"" + kind + "\" value"};
        std::memcpy(v.address, in.take(v.size()), v.size());
        if (v.cidr && v.host_bits()) throw ValueError{"22P03", "invalid external \"cidr\" value"};
        return coded::inet_value(v);
    }
    if (kind == "vector") {
        int dimensions = in.get<int16_t>();
        if (in.get<int16_t>() != 0) throw ValueError{"22P03", "expected unused to be 0"};
        vectors::Numbers numbers;
        for (int k = 0; k < dimensions; ++k) numbers.push_back(in.get<float>());
        return vectors::encoded(numbers);
    }
    std::string out(1, kind == "macaddr" ? 'm' : 'M');
    size_t size = kind == "macaddr" ? 6 : 8;
    return out.append(in.take(size), size);
}

inline std::string get_bits(Input& in) {
    int32_t n = in.get<int32_t>();
    if (n < 0 || size_t(n) > in.left() * 8) throw bad_binary("length of a bit string");
    std::string out;
    const char* p = in.take((size_t(n) + 7) / 8);
    for (int32_t k = 0; k < n; ++k) out.push_back(uint8_t(p[k / 8]) >> (7 - k % 8) & 1 ? '1' : '0');
    return out;
}

inline void get_binary(ColumnBuilder& b, const WireType& t, Input& in) {
    switch (t.kind) {
        case Kind::Null: in.take(in.left()); return b.append_null();
        case Kind::Bool: return b.append<uint8_t>(in.get<uint8_t>() != 0);
        case Kind::Int2: return b.append(in.get<int16_t>());
        case Kind::Int4: return b.append(in.get<int32_t>());
        case Kind::Int8: return b.append(in.get<int64_t>());
        case Kind::Float4: return b.append(std::bit_cast<float>(in.get<uint32_t>()));
        case Kind::Float8: return b.append(std::bit_cast<double>(in.get<uint64_t>()));
        case Kind::Numeric: return b.append_bytes(get_numeric(in));
        case Kind::Coded: return b.append_bytes(get_coded(t, in));
        case Kind::Text: {
            if (t.bits) return b.append_bytes(get_bits(in));
            if (t.versioned && in.get<uint8_t>() != 1) throw bad_binary("unsupported jsonpath version");
            size_t n = in.left();
            std::string_view text(in.take(n), n);
            check_utf8(text);
            if (t.json) json_check(text);
            return b.append_bytes(text);
        }
        case Kind::Bytea: {
            size_t n = in.left();
            return b.append_bytes({in.take(n), n});
        }
        case Kind::Date: return b.append(get_days(in));
        case Kind::Time: {
            int64_t micros = in.get<int64_t>();
            if (micros < 0 || micros > 86400000000ll) throw ValueError{"22008", "time out of range"};
            return b.append(micros);
        }
        case Kind::Timestamp: case Kind::Timestamptz: return b.append(get_micros(in));
        case Kind::Interval: {
            Interval v;
            v.micros = in.get<int64_t>();
            v.days = in.get<int32_t>();
            v.months = in.get<int32_t>();
            return b.append(v);
        }
        case Kind::Uuid: {
            Uuid v;
            std::memcpy(v.bytes, in.take(16), 16);
            return b.append(v);
        }
        case Kind::Jsonb: {
            if (in.get<uint8_t>() != 1) throw bad_binary("unsupported jsonb version");
            size_t n = in.left();
            std::string_view text(in.take(n), n);
            check_utf8(text);
            return b.append_bytes(jsonb_from_text(text));
        }
        case Kind::Int256: {
            Int256 v;
            for (int k = 3; k >= 0; --k) v.limbs[k] = in.get<uint64_t>();
            return b.append(v);
        }
        case Kind::Oid: return b.append(int64_t(in.get<uint32_t>()));
        case Kind::List: return get_array(b, t, in);
        case Kind::Struct: {
            int32_t n = in.get<int32_t>();
            if (n != int32_t(t.children.size()))
                throw ValueError{"42804", "wrong number of columns: " + std::to_string(n) + ", expected " +
                                              std::to_string(t.children.size())};
            for (size_t k = 0; k < t.children.size(); ++k) {
                uint32_t oid = in.get<uint32_t>();
                if (oid != t.children[k].oid)
                    throw ValueError{"42804", "binary data has type " + std::to_string(oid) + " instead of expected " +
                                                  std::to_string(t.children[k].oid) + " in record column " +
                                                  std::to_string(k + 1)};
                get_field(b.child(k), t.children[k], in);
            }
            return b.close_row();
        }
    }
}

// A value in text format.
inline void get_text(ColumnBuilder& b, const WireType& t, std::string_view text, const InputSettings& settings) {
    if (t.json) json_check(text);
    append_parsed(b, text, settings);
}

// One bound parameter; a value of the wrong length is 22P03 as in PostgreSQL.
inline void get_parameter(ColumnBuilder& b, const WireType& t, bool binary, std::string_view data,
                          const InputSettings& settings, int number) {
    if (!binary) {
        check_utf8(data);
        return get_text(b, t, data, settings);
    }
    Input in(data.data(), data.size());
    get_binary(b, t, in);
    if (in.left())
        throw ValueError{"22P03", "incorrect binary data format in bind parameter " + std::to_string(number)};
}

}  // namespace sabot::wire
