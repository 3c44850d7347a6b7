// Rows across columns: hash, equality and order, with SQL's meaning of each kind.
//
// Two notions of equality:
//   equal_value     SQL's "not distinct": NULL = NULL, 1.5 = 1.50, NaN = NaN, -0 = 0, '1 mon' = '30 days'
//   identical_value the same stored bytes (1.5 and 1.50 differ): identity of a row in a Z-set
// hash_value agrees with equal_value (so also with identical_value).
#pragma once

#include <bit>
#include <cmath>

#include "column.hpp"
#include "numeric_bytes.hpp"

namespace sabot {

inline uint64_t mix64(uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    x ^= x >> 32;
    return x;
}
inline uint64_t combine_hash(uint64_t seed, uint64_t h) { return mix64(seed * 0x9e3779b97f4a7c15ull + h); }

inline uint64_t hash_bytes(const char* p, size_t n) {
    uint64_t h = 0x9e3779b97f4a7c15ull ^ (n * 0xff51afd7ed558ccdull);
    while (n >= 8) {
        uint64_t w;
        std::memcpy(&w, p, 8);
        h = (h ^ w) * 0xc4ceb9fe1a85ec53ull;
        h ^= h >> 29;
        p += 8;
        n -= 8;
    }
    if (n) {
        uint64_t w = 0;
        std::memcpy(&w, p, n);
        h = (h ^ w) * 0xc4ceb9fe1a85ec53ull;
    }
    return mix64(h);
}

inline i128 interval_span(const Interval& v) {
    return i128(v.months) * 30 * 86400000000ll + i128(v.days) * 86400000000ll + v.micros;
}

template <class F>
inline int compare_float(F a, F b) {  // NaN is greatest and equal to itself
    bool na = std::isnan(a), nb = std::isnan(b);
    if (na || nb) return na == nb ? 0 : na ? 1 : -1;
    return a < b ? -1 : a > b;
}

// What equality and order look at of a CODED value: all but the display scales at the end of ranges of numeric (ranges.hpp).
inline std::string_view coded_value(std::string_view b) {
    if (b.size() < 6 || (b[0] != 'r' && b[0] != 'R') || b[1] != 'n') return b;
    uint32_t tail;
    std::memcpy(&tail, b.data() + b.size() - 4, 4);
    return b.substr(0, b.size() - tail);
}

constexpr uint64_t kNullHash = 0x2545f4914f6cdd1dull;

inline uint64_t hash_value(const Column& c, int64_t row) {
    if (!c.valid(row)) return kNullHash;
    switch (c.kind) {
        case Kind::Null: return kNullHash;
        case Kind::Bool: return mix64(c.value<uint8_t>(row) + 1);
        case Kind::Int2: return mix64(uint64_t(int64_t(c.value<int16_t>(row))));
        case Kind::Int4: case Kind::Date: return mix64(uint64_t(int64_t(c.value<int32_t>(row))));
        case Kind::Int8: case Kind::Time: case Kind::Timestamp: case Kind::Timestamptz: case Kind::Oid:
            return mix64(uint64_t(c.value<int64_t>(row)));
        case Kind::Float4: {
            float f = c.value<float>(row);
            return f == 0 ? 1 : std::isnan(f) ? 2 : mix64(std::bit_cast<uint32_t>(f));
        }
        case Kind::Float8: {
            double f = c.value<double>(row);
            return f == 0 ? 1 : std::isnan(f) ? 2 : mix64(std::bit_cast<uint64_t>(f));
        }
        case Kind::Numeric: return numeric_hash(c.bytes(row));
        case Kind::Text: case Kind::Bytea: case Kind::Jsonb: {
            auto b = c.bytes(row);
            return hash_bytes(b.data(), b.size());
        }
        case Kind::Coded: {
            auto b = coded_value(c.bytes(row));
            return hash_bytes(b.data(), b.size());
        }
        case Kind::Interval: {
            i128 s = interval_span(c.value<Interval>(row));
            return combine_hash(uint64_t(s), uint64_t(s >> 64));
        }
        case Kind::Uuid: return hash_bytes(reinterpret_cast<const char*>(&c.value<Uuid>(row)), 16);
        case Kind::Int256: return hash_bytes(reinterpret_cast<const char*>(&c.value<Int256>(row)), 32);
        case Kind::List: {
            auto [from, to] = c.range(row);
            uint64_t h = 0x1357;
            for (int32_t i = from; i < to; ++i) h = combine_hash(h, hash_value(*c.children[0], i));
            return h;
        }
        case Kind::Struct: {
            uint64_t h = 0x2468;
            for (auto& f : c.children) h = combine_hash(h, hash_value(*f, c.at(row)));
            return h;
        }
    }
    return 0;
}

// Order of two present or absent values; NULL sorts last (greatest), as in PostgreSQL's ascending default.
// Text compares by bytes (COLLATE "C", which is code point order in UTF-8). Both columns have one kind.
inline int compare_value(const Column& a, int64_t i, const Column& b, int64_t j) {
    bool va = a.valid(i), vb = b.valid(j);
    if (!va || !vb) return va == vb ? 0 : va ? -1 : 1;
    auto three = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
    switch (a.kind) {
        case Kind::Null: return 0;
        case Kind::Bool: return three(a.value<uint8_t>(i), b.value<uint8_t>(j));
        case Kind::Int2: return three(a.value<int16_t>(i), b.value<int16_t>(j));
        case Kind::Int4: case Kind::Date: return three(a.value<int32_t>(i), b.value<int32_t>(j));
        case Kind::Int8: case Kind::Time: case Kind::Timestamp: case Kind::Timestamptz: case Kind::Oid:
            return three(a.value<int64_t>(i), b.value<int64_t>(j));
        case Kind::Float4: return compare_float(a.value<float>(i), b.value<float>(j));
        case Kind::Float8: return compare_float(a.value<double>(i), b.value<double>(j));
        case Kind::Numeric: return numeric_compare(a.bytes(i), b.bytes(j));
        case Kind::Text: case Kind::Bytea: case Kind::Jsonb: {
            int r = a.bytes(i).compare(b.bytes(j));
            return r < 0 ? -1 : r > 0;
        }
        case Kind::Coded: {
            int r = coded_value(a.bytes(i)).compare(coded_value(b.bytes(j)));
            return r < 0 ? -1 : r > 0;
        }
        case Kind::Interval: return three(interval_span(a.value<Interval>(i)), interval_span(b.value<Interval>(j)));
        case Kind::Uuid: {
            int r = std::memcmp(&a.value<Uuid>(i), &b.value<Uuid>(j), 16);
            return r < 0 ? -1 : r > 0;
        }
        case Kind::Int256: {
            const Int256 &x = a.value<Int256>(i), &y = b.value<Int256>(j);
            if (x.limbs[3] != y.limbs[3]) return three(int64_t(x.limbs[3]), int64_t(y.limbs[3]));
            for (int k = 2; k >= 0; --k)
                if (x.limbs[k] != y.limbs[k]) return three(x.limbs[k], y.limbs[k]);
            return 0;
        }
        case Kind::List: {
            auto [af, at] = a.range(i);
            auto [bf, bt] = b.range(j);
            for (; af < at && bf < bt; ++af, ++bf)
                if (int r = compare_value(*a.children[0], af, *b.children[0], bf)) return r;
            return three(at - af, bt - bf);
        }
        case Kind::Struct:
            for (size_t k = 0; k < a.children.size(); ++k)
                if (int r = compare_value(*a.children[k], a.at(i), *b.children[k], b.at(j))) return r;
            return 0;
    }
    return 0;
}

inline bool equal_value(const Column& a, int64_t i, const Column& b, int64_t j) {
    if (shape_of(a.kind) == Shape::Bytes && a.kind != Kind::Numeric && a.kind != Kind::Coded) {
        bool va = a.valid(i), vb = b.valid(j);
        return va == vb && (!va || a.bytes(i) == b.bytes(j));
    }
    return compare_value(a, i, b, j) == 0;
}

inline bool identical_value(const Column& a, int64_t i, const Column& b, int64_t j) {
    bool va = a.valid(i), vb = b.valid(j);
    if (!va || !vb) return va == vb;
    switch (shape_of(a.kind)) {
        case Shape::None: return true;
        case Shape::Fixed: {
            int w = width_of(a.kind);
            return std::memcmp(a.data->data() + a.at(i) * w, b.data->data() + b.at(j) * w, w) == 0;
        }
        case Shape::Bytes: return a.bytes(i) == b.bytes(j);
        case Shape::List: {
            auto [af, at] = a.range(i);
            auto [bf, bt] = b.range(j);
            if (at - af != bt - bf) return false;
            for (; af < at; ++af, ++bf)
                if (!identical_value(*a.children[0], af, *b.children[0], bf)) return false;
            return true;
        }
        case Shape::Struct:
            for (size_t k = 0; k < a.children.size(); ++k)
                if (!identical_value(*a.children[k], a.at(i), *b.children[k], b.at(j))) return false;
            return true;
    }
    return false;
}

using Columns = std::vector<ColumnPtr>;

// Column-major hash of `columns` for rows [0, n) into out: one pass per column.
inline void hash_rows(const Columns& columns, int64_t n, uint64_t* out) {
    for (int64_t i = 0; i < n; ++i) out[i] = 0x243f6a8885a308d3ull;
    for (auto& p : columns) {
        const Column& c = *p;
        if (c.constant) {
            uint64_t h = n ? hash_value(c, 0) : 0;
            for (int64_t i = 0; i < n; ++i) out[i] = combine_hash(out[i], h);
        } else if (!c.may_have_nulls() && shape_of(c.kind) == Shape::Fixed && width_of(c.kind) == 8 &&
                   c.kind != Kind::Float8) {
            const int64_t* v = c.values<int64_t>();
            for (int64_t i = 0; i < n; ++i) out[i] = combine_hash(out[i], mix64(uint64_t(v[i])));
        } else {
            for (int64_t i = 0; i < n; ++i) out[i] = combine_hash(out[i], hash_value(c, i));
        }
    }
}

inline bool identical_row(const Columns& a, int64_t i, const Columns& b, int64_t j) {
    for (size_t k = 0; k < a.size(); ++k)
        if (!identical_value(*a[k], i, *b[k], j)) return false;
    return true;
}
inline bool equal_row(const Columns& a, int64_t i, const Columns& b, int64_t j) {
    for (size_t k = 0; k < a.size(); ++k)
        if (!equal_value(*a[k], i, *b[k], j)) return false;
    return true;
}

}  // namespace sabot
