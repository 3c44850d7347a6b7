// Rows as byte strings, for state that is ordered or keyed per group.
//
//   encoded form   exact and self-contained: per value a presence byte, then the stored bytes (Bytes and List
//                  with a uint32 length in front); decode_value gives the same value back
//   order key      memcmp of two keys is the SQL order of the values (rows.hpp compare_value), equal keys are
//                  equal values (1.5 and 1.50, -0 and 0); not decodable
#pragma once

#include <string>

#include "builder.hpp"
#include "rows.hpp"

namespace sabot {

namespace detail {
template <class T>
inline void put(std::string& out, const T& v) { out.append(reinterpret_cast<const char*>(&v), sizeof(T)); }
template <class T>
inline T get(const char*& p) {
    T v;
    std::memcpy(&v, p, sizeof(T));
    p += sizeof(T);
    return v;
}
}  // namespace detail

inline void encode_value(const Column& c, int64_t row, std::string& out) {
    if (!c.valid(row)) {
        out.push_back(0);
        return;
    }
    out.push_back(1);
    switch (shape_of(c.kind)) {
        case Shape::None: break;
        case Shape::Fixed: {
            int w = width_of(c.kind);
            out.append(reinterpret_cast<const char*>(c.data->data()) + c.at(row) * w, w);
            break;
        }
        case Shape::Bytes: {
            auto b = c.bytes(row);
            detail::put(out, uint32_t(b.size()));
            out.append(b);
            break;
        }
        case Shape::List: {
            auto [from, to] = c.range(row);
            detail::put(out, uint32_t(to - from));
            for (int32_t i = from; i < to; ++i) encode_value(*c.children[0], i, out);
            break;
        }
        case Shape::Struct:
            for (auto& f : c.children) encode_value(*f, c.at(row), out);
            break;
    }
}
inline void encode_row(const Columns& columns, int64_t row, std::string& out) {
    for (auto& c : columns) encode_value(*c, row, out);
}

// Appends the value at `p` to `b` and returns the position behind it.
inline const char* decode_value(const char* p, ColumnBuilder& b) {
    if (!*p++) {
        b.append_null();
        return p;
    }
    const Type& type = b.type();
    switch (shape_of(type.kind)) {
        case Shape::None: b.append_null(); return p;
        case Shape::Fixed: {
            int w = width_of(type.kind);
            switch (w) {
                case 1: b.append(*reinterpret_cast<const uint8_t*>(p)); break;
                case 2: { auto q = p; b.append(detail::get<uint16_t>(q)); break; }
                case 4: { auto q = p; b.append(detail::get<uint32_t>(q)); break; }
                case 8: { auto q = p; b.append(detail::get<uint64_t>(q)); break; }
                case 16: { auto q = p; b.append(detail::get<Interval>(q)); break; }
                default: { auto q = p; b.append(detail::get<Int256>(q)); break; }
            }
            return p + w;
        }
        case Shape::Bytes: {
            uint32_t n = detail::get<uint32_t>(p);
            b.append_bytes({p, n});
            return p + n;
        }
        case Shape::List: {
            uint32_t n = detail::get<uint32_t>(p);
            for (uint32_t i = 0; i < n; ++i) p = decode_value(p, b.child(0));
            b.close_row();
            return p;
        }
        case Shape::Struct:
            for (size_t k = 0; k < type.children.size(); ++k) p = decode_value(p, b.child(k));
            b.close_row();
            return p;
    }
    return p;
}

// Position behind the value at `p`.
inline const char* skip_value(const char* p, const Type& type) {
    if (!*p++) return p;
    switch (shape_of(type.kind)) {
        case Shape::None: return p;
        case Shape::Fixed: return p + width_of(type.kind);
        case Shape::Bytes: { uint32_t n = detail::get<uint32_t>(p); return p + n; }
        case Shape::List: {
            uint32_t n = detail::get<uint32_t>(p);
            for (uint32_t i = 0; i < n; ++i) p = skip_value(p, type.children[0]);
            return p;
        }
        case Shape::Struct:
            for (auto& t : type.children) p = skip_value(p, t);
            return p;
    }
    return p;
}

// One encoded value as a column of one row.
inline ColumnPtr decoded_column(const char* p, const Type& type) {
    ColumnBuilder b(type);
    decode_value(p, b);
    return b.finish();
}

// Encoded rows in SQL's ascending order of their columns (NULL last), identical bytes decide the rest.
inline int compare_encoded(const std::vector<Type>& types, std::string_view a, std::string_view b) {
    if (a == b) return 0;
    const char *p = a.data(), *q = b.data();
    for (auto& t : types) {
        const char *pe = skip_value(p, t), *qe = skip_value(q, t);
        if (std::string_view(p, pe - p) != std::string_view(q, qe - q)) {
            int r;
            if (!*p || !*q) r = *p == *q ? 0 : *p ? -1 : 1;
            else if (t.kind == Kind::Coded)
                r = coded_value({p + 5, size_t(pe - p - 5)}).compare(coded_value({q + 5, size_t(qe - q - 5)}));
            else if (t.kind == Kind::Text || t.kind == Kind::Bytea || t.kind == Kind::Jsonb)
                r = std::string_view(p + 5, pe - p - 5).compare(std::string_view(q + 5, qe - q - 5));
            else r = compare_value(*decoded_column(p, t), 0, *decoded_column(q, t), 0);
            if (r) return r < 0 ? -1 : 1;
        }
        p = pe;
        q = qe;
    }
    int r = a.compare(b);
    return r < 0 ? -1 : r > 0;
}

// Equal values have equal bytes: encoded forms can stand for SQL equality.
inline bool exact_type(const Type& t) {
    switch (t.kind) {
        case Kind::Float4: case Kind::Float8: case Kind::Numeric: case Kind::Interval: return false;
        case Kind::Coded: return !t.names.empty() && !t.names[0].starts_with("num");
        default:
            for (auto& c : t.children)
                if (!exact_type(c)) return false;
            return true;
    }
}

namespace detail {

template <class U>
inline void put_big_endian(std::string& out, U v) {
    char bytes[sizeof(U)];
    for (size_t i = 0; i < sizeof(U); ++i) bytes[i] = char(uint8_t(v >> (8 * (sizeof(U) - 1 - i))));
    out.append(bytes, sizeof(U));
}
// Zeros are followed by 0xff, the end is two zeros.
inline void put_bytes_key(std::string& out, std::string_view b) {
    while (true) {
        size_t zero = b.find('\0');
        if (zero == b.npos) break;
        out.append(b.data(), zero + 1);
        out.push_back(char(0xff));
        b.remove_prefix(zero + 1);
    }
    out.append(b);
    out.append(2, '\0');
}
// Rank, decimal exponent, then pairs of digits plus one, ended by 0; all but the rank inverted for negatives.
inline void put_numeric_key(std::string& out, std::string_view bytes) {
    NumericView v(bytes);
    if (!v.finite()) {
        out.push_back(v.tag == kNumNegInf ? 0 : v.tag == kNumInf ? 4 : 5);
        return;
    }
    if (v.zero()) {
        out.push_back(2);
        return;
    }
    bool negative = v.tag == kNumNegative;
    out.push_back(negative ? 1 : 3);
    size_t from = out.size();
    char digits[48];
    std::string many;
    const char* first;
    size_t count = 0;
    if (v.size <= 8) {
        char* end = digits + sizeof digits;
        char* p = end;
        for (uint64_t m = uint64_t(v.value128()); m; m /= 10) *--p = char(m % 10);
        first = p;
        count = size_t(end - p);
    } else {
        for (auto l = limbs_of(v); !l.empty();) {
            uint32_t group = divide_small(l, 1000000000u);
            for (int k = 0; k < 9 && (group || !l.empty()); ++k, group /= 10) many.push_back(char(group % 10));
        }
        std::reverse(many.begin(), many.end());
        first = many.data();
        count = many.size();
    }
    put_big_endian(out, uint32_t(int32_t(count) - int32_t(v.scale)) ^ 0x80000000u);
    while (count && first[count - 1] == 0) --count;
    for (size_t i = 0; i < count; i += 2) out.push_back(char(first[i] * 10 + (i + 1 < count ? first[i + 1] : 0) + 1));
    out.push_back(0);
    if (negative) for (size_t i = from; i < out.size(); ++i) out[i] = char(~out[i]);
}
template <class F, class U>
inline U float_key(F f) {
    if (std::isnan(f)) return ~U(0);
    if (f == 0) f = 0;
    U u = std::bit_cast<U>(f), top = U(1) << (sizeof(U) * 8 - 1);
    return u & top ? ~u : u | top;
}

inline void put_present_key(const Column& c, int64_t row, std::string& out);

// Inside lists and structs: ascending, NULL greatest.
inline void put_inner_key(const Column& c, int64_t row, std::string& out) {
    if (!c.valid(row)) {
        out.push_back(2);
        return;
    }
    out.push_back(1);
    put_present_key(c, row, out);
}
inline void put_present_key(const Column& c, int64_t row, std::string& out) {
    switch (c.kind) {
        case Kind::Null: break;
        case Kind::Bool: out.push_back(char(c.value<uint8_t>(row))); break;
        case Kind::Int2: put_big_endian(out, uint16_t(uint16_t(c.value<int16_t>(row)) ^ 0x8000u)); break;
        case Kind::Int4: case Kind::Date: put_big_endian(out, uint32_t(c.value<int32_t>(row)) ^ 0x80000000u); break;
        case Kind::Int8: case Kind::Time: case Kind::Timestamp: case Kind::Timestamptz: case Kind::Oid:
            put_big_endian(out, uint64_t(c.value<int64_t>(row)) ^ (uint64_t(1) << 63));
            break;
        case Kind::Float4: put_big_endian(out, float_key<float, uint32_t>(c.value<float>(row))); break;
        case Kind::Float8: put_big_endian(out, float_key<double, uint64_t>(c.value<double>(row))); break;
        case Kind::Numeric: put_numeric_key(out, c.bytes(row)); break;
        case Kind::Text: case Kind::Bytea: case Kind::Jsonb: put_bytes_key(out, c.bytes(row)); break;
        case Kind::Coded: put_bytes_key(out, coded_value(c.bytes(row))); break;
        case Kind::Interval: put_big_endian(out, u128(interval_span(c.value<Interval>(row))) ^ (u128(1) << 127)); break;
        case Kind::Uuid: out.append(reinterpret_cast<const char*>(&c.value<Uuid>(row)), 16); break;
        case Kind::Int256: {
            const Int256& v = c.value<Int256>(row);
            put_big_endian(out, v.limbs[3] ^ (uint64_t(1) << 63));
            for (int k = 2; k >= 0; --k) put_big_endian(out, v.limbs[k]);
            break;
        }
        case Kind::List: {
            auto [from, to] = c.range(row);
            for (int32_t i = from; i < to; ++i) put_inner_key(*c.children[0], i, out);
            out.push_back(0);
            break;
        }
        case Kind::Struct:
            for (auto& f : c.children) put_inner_key(*f, c.at(row), out);
            break;
    }
}
}  // namespace detail

// One column of an ORDER BY.
struct OrderColumn {
    int64_t column = 0;
    bool descending = false;
    bool nulls_first = false;
};

inline void append_order_key(const Column& c, int64_t row, bool descending, bool nulls_first, std::string& out) {
    if (!c.valid(row)) {
        out.push_back(nulls_first ? 0 : 2);
        return;
    }
    out.push_back(1);
    size_t from = out.size();
    detail::put_present_key(c, row, out);
    if (descending) for (size_t i = from; i < out.size(); ++i) out[i] = char(~out[i]);
}
inline void append_order_keys(const Chunk& in, int64_t row, const std::vector<OrderColumn>& order, std::string& out) {
    for (auto& o : order) append_order_key(*in.columns[o.column], row, o.descending, o.nulls_first, out);
}

// Batches of encoded rows back to columns.
class RowDecoder {
  public:
    explicit RowDecoder(const std::vector<Type>& types) {
        for (auto& t : types) builders_.emplace_back(t);
    }
    void append(const char* p) {
        for (auto& b : builders_) p = decode_value(p, b);
    }
    Columns finish() {
        Columns out;
        for (auto& b : builders_) out.push_back(b.finish());
        return out;
    }

  private:
    std::vector<ColumnBuilder> builders_;
};

inline BufferPtr weights_buffer(const std::vector<int64_t>& w) {
    auto b = Buffer::allocate(w.size() * 8);
    if (!w.empty()) std::memcpy(b->data(), w.data(), w.size() * 8);
    return b;
}

}  // namespace sabot
