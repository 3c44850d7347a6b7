// Columns: the vectors that every kernel reads and writes.
//
// Layout is Arrow's, except that validity and booleans are one byte per value (0 or 1): kernels stay
// free of bit arithmetic and vectorise; the Arrow boundary (arrow_bridge.hpp) converts.
// A column with `constant` set holds one value that stands for `length` rows.
// Columns are immutable once built and shared by shared_ptr; builders are in builder.hpp.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sabot {

// Mirrors kernels/types.py Kind.
enum class Kind : uint8_t {
    Null = 0, Bool = 1, Int2 = 2, Int4 = 3, Int8 = 4, Float4 = 5, Float8 = 6, Numeric = 7, Text = 8, Bytea = 9,
    Date = 10, Time = 11, Timestamp = 12, Timestamptz = 13, Interval = 14, Uuid = 15, Jsonb = 16, Int256 = 17,
    List = 18, Struct = 19, Oid = 20,
    Coded = 21,  // coded.hpp
};

// Physical shape of a kind.
enum class Shape : uint8_t { None, Fixed, Bytes, List, Struct };

inline constexpr Shape shape_of(Kind k) {
    switch (k) {
        case Kind::Null: return Shape::None;
        case Kind::Numeric: case Kind::Text: case Kind::Bytea: case Kind::Jsonb: case Kind::Coded:
            return Shape::Bytes;
        case Kind::List: return Shape::List;
        case Kind::Struct: return Shape::Struct;
        default: return Shape::Fixed;
    }
}

// Bytes per value of a fixed kind; 0 for the others.
inline constexpr int width_of(Kind k) {
    switch (k) {
        case Kind::Bool: return 1;
        case Kind::Int2: return 2;
        case Kind::Int4: case Kind::Float4: case Kind::Date: return 4;
        case Kind::Int8: case Kind::Float8: case Kind::Time: case Kind::Timestamp: case Kind::Timestamptz:
        case Kind::Oid: return 8;
        case Kind::Interval: case Kind::Uuid: return 16;
        case Kind::Int256: return 32;
        default: return 0;
    }
}

// PostgreSQL's interval: compared as months*30 days + days*24 h + microseconds.
struct Interval {
    int64_t micros;
    int32_t days;
    int32_t months;
};
static_assert(sizeof(Interval) == 16);

struct Uuid {
    uint8_t bytes[16];
};

struct Int256 {
    uint64_t limbs[4];  // little endian two's complement
};

// A piece of memory with an owner. `data` may point inside memory owned by somebody else (Arrow).
class Buffer {
  public:
    static std::shared_ptr<Buffer> allocate(size_t bytes) {
        auto b = std::make_shared<Buffer>();
        // 64 spare zero bytes let kernels read a word past the end.
        void* p = std::malloc(bytes + 64);
        if (!p) throw std::bad_alloc();
        std::memset(static_cast<char*>(p) + bytes, 0, 64);
        b->owner_ = std::shared_ptr<void>(p, std::free);
        b->data_ = static_cast<uint8_t*>(p);
        b->size_ = bytes;
        return b;
    }
    static std::shared_ptr<Buffer> wrap(const void* data, size_t bytes, std::shared_ptr<void> owner) {
        auto b = std::make_shared<Buffer>();
        b->owner_ = std::move(owner);
        b->data_ = static_cast<uint8_t*>(const_cast<void*>(data));
        b->size_ = bytes;
        return b;
    }
    uint8_t* data() { return data_; }
    const uint8_t* data() const { return data_; }
    size_t size() const { return size_; }

  private:
    std::shared_ptr<void> owner_;
    uint8_t* data_ = nullptr;
    size_t size_ = 0;
};
using BufferPtr = std::shared_ptr<Buffer>;

struct Column;
using ColumnPtr = std::shared_ptr<const Column>;

struct Column {
    Kind kind = Kind::Null;
    bool constant = false;
    int64_t length = 0;
    BufferPtr validity;               // one byte per value, 1 = present; absent = no NULLs
    BufferPtr data;                   // Fixed: values; Bytes: the bytes
    BufferPtr offsets;                // Bytes, List: int32, stored length + 1
    std::vector<ColumnPtr> children;  // List: one (elements); Struct: the fields, each of stored length
    std::vector<std::string> names;   // Struct: field names

    // Number of values stored: 1 for a constant.
    int64_t stored() const { return constant ? 1 : length; }
    // Where row i is stored.
    int64_t at(int64_t row) const { return constant ? 0 : row; }

    bool valid(int64_t row) const {
        if (kind == Kind::Null) return false;
        return !validity || validity->data()[at(row)];
    }
    bool may_have_nulls() const { return validity || kind == Kind::Null; }

    template <class T>
    const T* values() const { return reinterpret_cast<const T*>(data->data()); }
    template <class T>
    const T& value(int64_t row) const { return values<T>()[at(row)]; }

    const int32_t* offset_values() const { return reinterpret_cast<const int32_t*>(offsets->data()); }
    std::string_view bytes(int64_t row) const {
        const int32_t* o = offset_values() + at(row);
        return {reinterpret_cast<const char*>(data->data()) + o[0], static_cast<size_t>(o[1] - o[0])};
    }
    // Element range of a list row in children[0].
    std::pair<int32_t, int32_t> range(int64_t row) const {
        const int32_t* o = offset_values() + at(row);
        return {o[0], o[1]};
    }
};

inline std::shared_ptr<Column> make_column(Kind kind, int64_t length) {
    auto c = std::make_shared<Column>();
    c->kind = kind;
    c->length = length;
    return c;
}

// An all-NULL column of a kind (Kind::Null for an untyped one), stored as one constant.
inline ColumnPtr null_column(Kind kind, int64_t length) {
    auto c = make_column(kind, length);
    c->constant = true;
    c->validity = Buffer::allocate(1);
    c->validity->data()[0] = 0;
    Shape s = shape_of(kind);
    if (s == Shape::Fixed) {
        c->data = Buffer::allocate(width_of(kind));
        std::memset(c->data->data(), 0, width_of(kind));
    }
    if (s == Shape::Bytes || s == Shape::List) {
        c->offsets = Buffer::allocate(8);
        std::memset(c->offsets->data(), 0, 8);
        if (s == Shape::Bytes) c->data = Buffer::allocate(0);
        else c->children.push_back(make_column(Kind::Null, 0));
    }
    return c;
}

// A change batch: columns of equal length and one int64 weight per row (absent = all +1).
struct Chunk {
    int64_t length = 0;
    std::vector<ColumnPtr> columns;
    BufferPtr weights;

    const int64_t* weight_values() const {
        return weights ? reinterpret_cast<const int64_t*>(weights->data()) : nullptr;
    }
    int64_t weight(int64_t row) const { return weights ? weight_values()[row] : 1; }
};

}  // namespace sabot
