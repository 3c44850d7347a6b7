// Building columns: typed appenders, and the generic `ColumnBuilder` that takes any kind.
#pragma once

#include <string>

#include "column.hpp"

namespace sabot {

// Growable raw memory that becomes a Buffer.
class Bytes {
  public:
    uint8_t* grow(size_t n) {
        if (size_ + n > capacity_) reserve(std::max(size_ + n, capacity_ * 2));
        uint8_t* p = memory_.get() + size_;
        size_ += n;
        return p;
    }
    void reserve(size_t n) {
        if (n <= capacity_) return;
        n = std::max<size_t>(n, 64);
        uint8_t* p = static_cast<uint8_t*>(std::realloc(memory_.release(), n + 64));
        if (!p) throw std::bad_alloc();
        memory_.reset(p);
        capacity_ = n;
    }
    void append(const void* p, size_t n) { if (n) std::memcpy(grow(n), p, n); }
    size_t size() const { return size_; }
    uint8_t* data() { return memory_.get(); }
    const uint8_t* data() const { return memory_.get(); }
    void truncate(size_t n) { size_ = n; }
    BufferPtr finish() {
        if (!memory_) reserve(64);
        std::memset(memory_.get() + size_, 0, 64);
        uint8_t* p = memory_.release();
        auto b = Buffer::wrap(p, size_, std::shared_ptr<void>(p, std::free));
        size_ = capacity_ = 0;
        return b;
    }

  private:
    struct Free { void operator()(uint8_t* p) const { std::free(p); } };
    std::unique_ptr<uint8_t, Free> memory_;
    size_t size_ = 0, capacity_ = 0;
};

// Full type of a column, for building nested ones.
struct Type {
    Kind kind = Kind::Null;
    std::vector<Type> children;      // List: element; Struct: fields
    std::vector<std::string> names;  // Struct: field names; Coded: see coded.hpp
};

inline Type type_of(const Column& c) {
    Type t{c.kind, {}, c.names};
    for (auto& child : c.children) t.children.push_back(type_of(*child));
    return t;
}

constexpr size_t kMaxBytesPerColumn = 0x7fffffff;

class ColumnBuilder {
  public:
    explicit ColumnBuilder(Type type) : type_(std::move(type)), shape_(shape_of(type_.kind)), width_(width_of(type_.kind)) {
        if (shape_ == Shape::Bytes || shape_ == Shape::List) push_offset(0);
        for (auto& t : type_.children) children_.emplace_back(t);
    }
    explicit ColumnBuilder(Kind kind) : ColumnBuilder(Type{kind, {}, {}}) {}

    int64_t length() const { return length_; }
    const Type& type() const { return type_; }
    ColumnBuilder& child(size_t i) { return children_[i]; }
    void reserve(int64_t rows) {
        if (shape_ == Shape::Fixed) data_.reserve(rows * width_);
        if (shape_ == Shape::Bytes || shape_ == Shape::List) offsets_.reserve((rows + 1) * 4);
    }

    void append_null() {
        if (!has_nulls_) {
            has_nulls_ = true;
            std::memset(validity_.grow(length_), 1, length_);
        }
        *validity_.grow(1) = 0;
        if (shape_ == Shape::Fixed) std::memset(data_.grow(width_), 0, width_);
        if (shape_ == Shape::Bytes) push_offset(data_.size());
        if (shape_ == Shape::List) push_offset(children_[0].length());
        if (shape_ == Shape::Struct) for (auto& c : children_) c.append_null();
        ++length_;
    }
    template <class T>
    void append(const T& v) {
        present();
        std::memcpy(data_.grow(sizeof(T)), &v, sizeof(T));
        ++length_;
    }
    void append_bytes(std::string_view v) {
        present();
        if (data_.size() + v.size() > kMaxBytesPerColumn) throw std::length_error("column exceeds 2 GiB");
        data_.append(v.data(), v.size());
        push_offset(data_.size());
        ++length_;
    }
    // List: append elements to child(0) first, then close the row. Struct: append to each child, then close.
    void close_row() {
        present();
        if (shape_ == Shape::List) push_offset(children_[0].length());
        ++length_;
    }
    // Copy of one value of a column of the same type (a Kind::Null column gives NULL).
    void append_from(const Column& c, int64_t row) {
        if (!c.valid(row)) return append_null();
        switch (shape_) {
            case Shape::None: return append_null();
            case Shape::Fixed:
                present();
                std::memcpy(data_.grow(width_), c.data->data() + c.at(row) * width_, width_);
                ++length_;
                return;
            case Shape::Bytes: return append_bytes(c.bytes(row));
            case Shape::List: {
                auto [from, to] = c.range(row);
                for (int32_t i = from; i < to; ++i) children_[0].append_from(*c.children[0], i);
                return close_row();
            }
            case Shape::Struct:
                for (size_t k = 0; k < children_.size(); ++k) children_[k].append_from(*c.children[k], c.at(row));
                return close_row();
        }
    }
    // The column built so far; the builder is empty afterwards.
    std::shared_ptr<Column> finish() {
        auto c = make_column(type_.kind, length_);
        if (shape_ == Shape::Struct) c->names = type_.names;
        if (has_nulls_) c->validity = validity_.finish();
        if (shape_ == Shape::Fixed || shape_ == Shape::Bytes) c->data = data_.finish();
        if (shape_ == Shape::Bytes || shape_ == Shape::List) c->offsets = offsets_.finish();
        for (auto& child : children_) c->children.push_back(child.finish());
        length_ = 0;
        has_nulls_ = false;
        if (shape_ == Shape::Bytes || shape_ == Shape::List) push_offset(0);
        return c;
    }

  private:
    void present() { if (has_nulls_) *validity_.grow(1) = 1; }
    void push_offset(size_t o) {
        if (o > kMaxBytesPerColumn) throw std::length_error("column exceeds 2 GiB");
        int32_t v = int32_t(o);
        offsets_.append(&v, 4);
    }

    Type type_;
    Shape shape_;
    int width_;
    int64_t length_ = 0;
    bool has_nulls_ = false;
    Bytes validity_, data_, offsets_;
    std::vector<ColumnBuilder> children_;
};

// A fixed-width column to fill by index; validity absent.
template <class T>
struct FixedOut {
    std::shared_ptr<Column> column;
    T* values;
    FixedOut(Kind kind, int64_t n) : column(make_column(kind, n)) {
        column->data = Buffer::allocate(n * sizeof(T));
        values = reinterpret_cast<T*>(column->data->data());
    }
    uint8_t* make_validity(uint8_t fill = 1) {
        column->validity = Buffer::allocate(column->stored());
        std::memset(column->validity->data(), fill, column->stored());
        return column->validity->data();
    }
};

}  // namespace sabot
