// Columns <-> the Arrow C data interface (the two structs of its specification, release callbacks, no Arrow library).
//
// Zero copy where the layouts agree: fixed values, offsets and bytes. Bitmaps become byte masks and back,
// intervals swap their fields, numerics are parsed or printed.
#pragma once

#include <cmath>
#include <cstdio>

#include "bits.hpp"
#include "numeric.hpp"
#include "take.hpp"

extern "C" {
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void** buffers;
    struct ArrowArray** children;
    struct ArrowArray* dictionary;
    void (*release)(struct ArrowArray*);
    void* private_data;
};
#endif
}

namespace sabot {

// How the Arrow array of a column stores its values when its layout is not the kind's own.
enum class ArrowForm : uint8_t { Native = 0, Null = 1, Text = 2, Int64 = 3, Float8 = 4, Float4 = 5, Decimal128 = 6, Decimal256 = 7 };

struct ArrowLayout {
    Kind kind = Kind::Null;
    ArrowForm form = ArrowForm::Native;
    int32_t scale = 0;  // decimals
    int precision = -1, digits = 0;  // numeric(precision, digits) of the column to make
    std::vector<ArrowLayout> children;
    std::vector<std::string> names;
};

namespace detail {

inline BufferPtr packed(const uint8_t* bytes, int64_t n) {
    auto b = Buffer::allocate((n + 7) / 8);
    pack_bits(bytes, n, b->data());
    return b;
}

inline std::string numeric_of_int(int64_t v) {
    return numeric_encode128(v < 0, 0, v < 0 ? u128(0) - u128(i128(v)) : u128(v));
}

inline std::string numeric_of_decimal128(i128 v, int32_t scale) {
    bool negative = v < 0;
    u128 magnitude = negative ? u128(0) - u128(v) : u128(v);
    if (scale >= 0) return numeric_encode128(negative, unsigned(scale), magnitude);
    Limbs l(4);
    std::memcpy(l.data(), &magnitude, 16);
    while (!l.empty() && l.back() == 0) l.pop_back();
    shift_decimal(l, unsigned(-scale));
    return numeric_encode(negative, 0, l);
}

inline std::string numeric_of_decimal256(const uint8_t* p, int32_t scale) {
    uint64_t w[4];
    std::memcpy(w, p, 32);
    bool negative = w[3] >> 63;
    if (negative) {
        unsigned carry = 1;
        for (auto& x : w) {
            x = ~x + carry;
            carry = carry && x == 0;
        }
    }
    Limbs l(8);
    std::memcpy(l.data(), w, 32);
    while (!l.empty() && l.back() == 0) l.pop_back();
    if (scale < 0) {
        shift_decimal(l, unsigned(-scale));
        scale = 0;
    }
    return numeric_encode(negative, unsigned(scale), l);
}

// PostgreSQL's float -> numeric: 15 significant digits for double, 6 for real.
inline std::string numeric_of_float(double v, int digits) {
    if (std::isnan(v)) return numeric_special(kNumNaN);
    if (std::isinf(v)) return numeric_special(v > 0 ? kNumInf : kNumNegInf);
    char text[40];
    std::snprintf(text, sizeof text, "%.*g", digits, v);
    return numeric_from_text(text);
}

inline std::shared_ptr<Column> import_numeric(const ArrowArray& a, const ArrowLayout& layout, int64_t from, int64_t n,
                                              const uint8_t* valid) {
    ColumnBuilder out(Kind::Numeric);
    out.reserve(n);
    auto append = [&](std::string v) {
        if (layout.precision < 0) return out.append_bytes(v);
        try {
            out.append_bytes(numeric_apply_typmod(v, layout.precision, layout.digits));
        } catch (const ValueError& e) {
            throw std::out_of_range(e.message);
        }
    };
    auto values = static_cast<const uint8_t*>(a.buffers[1]);
    for (int64_t i = 0; i < n; ++i) {
        if (valid && !valid[i]) {
            out.append_null();
            continue;
        }
        int64_t k = from + i;
        switch (layout.form) {
            case ArrowForm::Int64: append(numeric_of_int(reinterpret_cast<const int64_t*>(values)[k])); break;
            case ArrowForm::Float8: append(numeric_of_float(reinterpret_cast<const double*>(values)[k], 15)); break;
            case ArrowForm::Float4: append(numeric_of_float(reinterpret_cast<const float*>(values)[k], 6)); break;
            case ArrowForm::Decimal128: {
                i128 v;
                std::memcpy(&v, values + k * 16, 16);
                append(numeric_of_decimal128(v, layout.scale));
                break;
            }
            case ArrowForm::Decimal256: append(numeric_of_decimal256(values + k * 32, layout.scale)); break;
            default: {
                auto o = reinterpret_cast<const int32_t*>(values) + k;
                append(numeric_from_text(std::string(static_cast<const char*>(a.buffers[2]) + o[0], size_t(o[1] - o[0]))));
            }
        }
    }
    return out.finish();
}

// Rows [from, from + n) of `a`, counted from its own offset.
inline ColumnPtr import_column(const ArrowArray& a, const ArrowLayout& layout, int64_t from, int64_t n,
                               const std::shared_ptr<void>& owner) {
    if (layout.form == ArrowForm::Null) return null_column(layout.kind, n);
    from += a.offset;
    BufferPtr validity;
    if (a.buffers[0] && a.null_count != 0) {
        validity = Buffer::allocate(n);
        unpack_bits(static_cast<const uint8_t*>(a.buffers[0]), from, n, validity->data());
    }
    if (layout.kind == Kind::Numeric) {
        auto c = import_numeric(a, layout, from, n, validity ? validity->data() : nullptr);
        return c;
    }
    auto out = make_column(layout.kind, n);
    out->validity = validity;
    auto bytes = [&](int k) { return static_cast<const uint8_t*>(a.buffers[k]); };
    switch (shape_of(layout.kind)) {
        case Shape::None: break;
        case Shape::Fixed:
            if (layout.kind == Kind::Bool) {
                out->data = Buffer::allocate(n);
                if (n) unpack_bits(bytes(1), from, n, out->data->data());
            } else if (layout.kind == Kind::Interval) {
                struct MonthDayNano { int32_t months, days; int64_t nanos; };
                FixedOut<Interval> intervals(layout.kind, n);
                for (int64_t i = 0; i < n; ++i) {
                    auto v = reinterpret_cast<const MonthDayNano*>(bytes(1))[from + i];
                    intervals.values[i] = Interval{v.nanos / 1000, v.days, v.months};
                }
                out->data = intervals.column->data;
            } else {
                int64_t w = width_of(layout.kind);
                out->data = n ? Buffer::wrap(bytes(1) + from * w, n * w, owner) : Buffer::allocate(0);
            }
            break;
        case Shape::Bytes: case Shape::List: {
            if (n == 0) {
                out->offsets = Buffer::allocate(4);
                std::memset(out->offsets->data(), 0, 4);
            } else {
                out->offsets = Buffer::wrap(bytes(1) + from * 4, (n + 1) * 4, owner);
            }
            if (shape_of(layout.kind) == Shape::Bytes) {
                int32_t end = n ? out->offset_values()[n] : 0;
                out->data = end ? Buffer::wrap(bytes(2), size_t(end), owner) : Buffer::allocate(0);
            } else {
                const ArrowArray& items = *a.children[0];
                out->children.push_back(import_column(items, layout.children[0], 0, items.length, owner));
            }
            break;
        }
        case Shape::Struct:
            out->names = layout.names;
            for (size_t k = 0; k < layout.children.size(); ++k)
                out->children.push_back(import_column(*a.children[k], layout.children[k], from, n, owner));
            break;
    }
    return out;
}

struct Exported {
    ColumnPtr column;
    std::vector<BufferPtr> kept;
    std::vector<const void*> buffers;
    std::vector<ArrowArray> children;
    std::vector<ArrowArray*> child_pointers;
};

inline void release_exported(ArrowArray* a) {
    auto e = static_cast<Exported*>(a->private_data);
    for (auto& c : e->children)
        if (c.release) c.release(&c);
    delete e;
    a->release = nullptr;
}

}  // namespace detail

// The column as an Arrow array of its boundary type (numeric as utf8, interval as month_day_nano). `out` is filled;
// its release callback frees what was made and lets go of the column.
inline void export_column(const ColumnPtr& in, ArrowArray* out) {
    using namespace detail;
    ColumnPtr c = expand(in);
    auto e = std::make_unique<Exported>();
    e->column = c;
    int64_t n = c->length, nulls = 0;
    const void* bitmap = nullptr;
    if (c->validity) {
        for (int64_t i = 0; i < n; ++i) nulls += !c->validity->data()[i];
        if (nulls) {
            e->kept.push_back(packed(c->validity->data(), n));
            bitmap = e->kept.back()->data();
        }
    }
    if (c->kind != Kind::Null) e->buffers.push_back(bitmap);
    else nulls = n;
    auto keep = [&](BufferPtr b) {
        e->buffers.push_back(b->data());
        e->kept.push_back(std::move(b));
    };
    switch (shape_of(c->kind)) {
        case Shape::None: break;
        case Shape::Fixed:
            if (c->kind == Kind::Bool) keep(packed(c->data->data(), n));
            else if (c->kind == Kind::Interval) {
                auto b = Buffer::allocate(n * 16);
                for (int64_t i = 0; i < n; ++i) {
                    Interval v = c->values<Interval>()[i];
                    int64_t nanos;
                    if (__builtin_mul_overflow(v.micros, int64_t(1000), &nanos))
                        throw std::out_of_range("interval out of range for nanoseconds");
                    std::memcpy(b->data() + i * 16, &v.months, 4);
                    std::memcpy(b->data() + i * 16 + 4, &v.days, 4);
                    std::memcpy(b->data() + i * 16 + 8, &nanos, 8);
                }
                keep(b);
            } else {
                e->buffers.push_back(c->data->data());
            }
            break;
        case Shape::Bytes:
            if (c->kind == Kind::Numeric) {
                ColumnBuilder text(Kind::Text);
                text.reserve(n);
                for (int64_t i = 0; i < n; ++i)
                    text.append_bytes(c->valid(i) ? numeric_to_text(c->bytes(i)) : std::string());
                auto t = text.finish();
                keep(t->offsets);
                keep(t->data);
            } else {
                e->buffers.push_back(c->offsets->data());
                e->buffers.push_back(c->data->data());
            }
            break;
        case Shape::List: e->buffers.push_back(c->offsets->data()); break;
        case Shape::Struct: break;
    }
    e->children.resize(c->children.size());
    for (auto& child : e->children) child.release = nullptr;
    try {
        for (size_t k = 0; k < c->children.size(); ++k) {
            export_column(c->children[k], &e->children[k]);
            e->child_pointers.push_back(&e->children[k]);
        }
    } catch (...) {
        for (auto& child : e->children)
            if (child.release) child.release(&child);
        throw;
    }
    *out = ArrowArray{n, nulls, 0, int64_t(e->buffers.size()), int64_t(e->children.size()), e->buffers.data(),
                      e->child_pointers.data(), nullptr, release_exported, nullptr};
    out->private_data = e.release();
}

// Takes over `array` (moved from, as the interface asks) and keeps it alive as long as a buffer is in use.
inline ColumnPtr import_column(ArrowArray* array, const ArrowLayout& layout) {
    auto held = std::shared_ptr<ArrowArray>(new ArrowArray(*array), [](ArrowArray* a) {
        if (a->release) a->release(a);
        delete a;
    });
    array->release = nullptr;
    return detail::import_column(*held, layout, 0, held->length, held);
}

}  // namespace sabot
