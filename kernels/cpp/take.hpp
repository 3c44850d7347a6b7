// Moving rows: take by index, concat, slice, expand constants.
#pragma once

#include "builder.hpp"
#include "rows.hpp"

namespace sabot {

// Rows of `c` at `indices` (n of them); a negative index gives NULL.
inline ColumnPtr take(const Column& c, const int64_t* indices, int64_t n) {
    bool holes = false;
    for (int64_t i = 0; i < n; ++i) holes |= indices[i] < 0;
    if (c.kind == Kind::Null) return null_column(Kind::Null, n);
    if (c.constant && !holes) {
        auto r = std::make_shared<Column>(c);
        r->length = n;
        return r;
    }
    auto out = make_column(c.kind, n);
    out->names = c.names;
    if (holes || c.validity) {
        out->validity = Buffer::allocate(n);
        uint8_t* v = out->validity->data();
        for (int64_t i = 0; i < n; ++i) v[i] = indices[i] >= 0 && c.valid(indices[i]);
    }
    const uint8_t* valid = out->validity ? out->validity->data() : nullptr;
    auto source = [&](int64_t i) { return c.at(indices[i] < 0 ? 0 : indices[i]); };
    switch (shape_of(c.kind)) {
        case Shape::None: break;
        case Shape::Fixed: {
            int w = width_of(c.kind);
            out->data = Buffer::allocate(n * w);
            uint8_t* d = out->data->data();
            const uint8_t* s = c.data->data();
            auto run = [&]<class T>(T*) {
                for (int64_t i = 0; i < n; ++i) {
                    if (!holes) reinterpret_cast<T*>(d)[i] = reinterpret_cast<const T*>(s)[c.at(indices[i])];
                    else if (indices[i] >= 0) reinterpret_cast<T*>(d)[i] = reinterpret_cast<const T*>(s)[c.at(indices[i])];
                    else std::memset(d + i * sizeof(T), 0, sizeof(T));
                }
            };
            if (w == 1) run(static_cast<uint8_t*>(nullptr));
            else if (w == 2) run(static_cast<uint16_t*>(nullptr));
            else if (w == 4) run(static_cast<uint32_t*>(nullptr));
            else if (w == 8) run(static_cast<uint64_t*>(nullptr));
            else if (w == 16) run(static_cast<Interval*>(nullptr));
            else run(static_cast<Int256*>(nullptr));
            break;
        }
        case Shape::Bytes: {
            out->offsets = Buffer::allocate((n + 1) * 4);
            int32_t* o = reinterpret_cast<int32_t*>(out->offsets->data());
            const int32_t* so = c.offset_values();
            size_t total = 0;
            o[0] = 0;
            for (int64_t i = 0; i < n; ++i) {
                if (!valid || valid[i]) {
                    int64_t k = source(i);
                    total += size_t(so[k + 1] - so[k]);
                    if (total > kMaxBytesPerColumn) throw std::length_error("column exceeds 2 GiB");
                }
                o[i + 1] = int32_t(total);
            }
            out->data = Buffer::allocate(total);
            uint8_t* d = out->data->data();
            const uint8_t* s = c.data->data();
            for (int64_t i = 0; i < n; ++i) {
                int32_t len = o[i + 1] - o[i];
                if (len) std::memcpy(d + o[i], s + so[source(i)], len);
            }
            break;
        }
        case Shape::List: {
            out->offsets = Buffer::allocate((n + 1) * 4);
            int32_t* o = reinterpret_cast<int32_t*>(out->offsets->data());
            std::vector<int64_t> elements;
            o[0] = 0;
            for (int64_t i = 0; i < n; ++i) {
                if (!valid || valid[i]) {
                    auto [from, to] = c.range(indices[i]);
                    for (int32_t k = from; k < to; ++k) elements.push_back(k);
                }
                o[i + 1] = int32_t(elements.size());
            }
            out->children.push_back(take(*c.children[0], elements.data(), int64_t(elements.size())));
            break;
        }
        case Shape::Struct: {
            std::vector<int64_t> rows(n);
            for (int64_t i = 0; i < n; ++i) rows[i] = indices[i] < 0 ? -1 : c.at(indices[i]);
            for (auto& f : c.children) out->children.push_back(take(*f, rows.data(), n));
            break;
        }
    }
    return out;
}

// A column without `constant`, so that values<T>() may be indexed by row.
inline ColumnPtr expand(const ColumnPtr& c) {
    if (!c->constant && c->kind != Kind::Null) {
        for (auto& child : c->children) {
            if (child->constant) {
                auto r = std::make_shared<Column>(*c);
                for (auto& f : r->children) f = expand(f);
                return r;
            }
        }
        return c;
    }
    if (c->kind == Kind::Null) return c;
    Column plain = *c;
    plain.constant = false;
    plain.length = 1;
    std::vector<int64_t> zeros(c->length, 0);
    return take(plain, zeros.data(), c->length);
}

// Columns of one type, end to end. Kind::Null pieces become NULLs of the type of the others.
inline ColumnPtr concat(const std::vector<ColumnPtr>& pieces) {
    if (pieces.size() == 1) return pieces[0];
    const Column* typed = nullptr;
    int64_t total = 0;
    bool nulls = false;
    for (auto& p : pieces) {
        if (p->kind != Kind::Null && (!typed || p->children.size() > typed->children.size() ||
                                      (typed->kind == Kind::List && typed->children[0]->kind == Kind::Null)))
            typed = p.get();
        total += p->length;
        nulls |= p->may_have_nulls();
    }
    if (!typed) return null_column(Kind::Null, total);
    Shape shape = shape_of(typed->kind);
    if (shape == Shape::List || shape == Shape::Struct) {
        ColumnBuilder b(type_of(*typed));
        for (auto& p : pieces)
            for (int64_t i = 0; i < p->length; ++i) b.append_from(*p, i);
        return b.finish();
    }
    auto out = make_column(typed->kind, total);
    if (nulls) {
        out->validity = Buffer::allocate(total);
        uint8_t* v = out->validity->data();
        for (auto& p : pieces) {
            if (!p->may_have_nulls()) std::memset(v, 1, p->length);
            else for (int64_t i = 0; i < p->length; ++i) v[i] = p->valid(i);
            v += p->length;
        }
    }
    if (shape == Shape::Fixed) {
        int w = width_of(typed->kind);
        out->data = Buffer::allocate(total * w);
        uint8_t* d = out->data->data();
        for (auto& p : pieces) {
            if (p->kind == Kind::Null) std::memset(d, 0, p->length * w);
            else if (p->constant) for (int64_t i = 0; i < p->length; ++i) std::memcpy(d + i * w, p->data->data(), w);
            else if (p->length) std::memcpy(d, p->data->data(), p->length * w);
            d += p->length * w;
        }
        return out;
    }
    size_t bytes = 0;
    for (auto& p : pieces) {
        if (p->kind == Kind::Null) continue;
        const int32_t* o = p->offset_values();
        bytes += p->constant ? size_t(o[1] - o[0]) * p->length : size_t(o[p->length] - o[0]);
    }
    if (bytes > kMaxBytesPerColumn) throw std::length_error("column exceeds 2 GiB");
    out->offsets = Buffer::allocate((total + 1) * 4);
    out->data = Buffer::allocate(bytes);
    int32_t* o = reinterpret_cast<int32_t*>(out->offsets->data());
    uint8_t* d = out->data->data();
    int32_t at = 0;
    int64_t row = 0;
    o[0] = 0;
    for (auto& p : pieces) {
        if (p->kind == Kind::Null) {
            for (int64_t i = 0; i < p->length; ++i) o[++row] = at;
        } else if (p->constant) {
            auto v = p->bytes(0);
            for (int64_t i = 0; i < p->length; ++i) {
                if (!v.empty()) std::memcpy(d + at, v.data(), v.size());
                at += int32_t(v.size());
                o[++row] = at;
            }
        } else if (p->length) {
            const int32_t* so = p->offset_values();
            std::memcpy(d + at, p->data->data() + so[0], so[p->length] - so[0]);
            for (int64_t i = 0; i < p->length; ++i) o[++row] = at + so[i + 1] - so[0];
            at += so[p->length] - so[0];
        }
    }
    return out;
}

// Rows [from, from + n) without copying values.
inline ColumnPtr slice(const ColumnPtr& c, int64_t from, int64_t n) {
    if (c->constant || c->kind == Kind::Null || (from == 0 && n == c->length)) {
        if (n == c->length) return c;
        auto r = std::make_shared<Column>(*c);
        r->length = n;
        return r;
    }
    auto view = [](const BufferPtr& b, size_t at, size_t bytes) { return Buffer::wrap(b->data() + at, bytes, b); };
    auto out = make_column(c->kind, n);
    out->names = c->names;
    if (c->validity) out->validity = view(c->validity, from, n);
    switch (shape_of(c->kind)) {
        case Shape::None: break;
        case Shape::Fixed: {
            int w = width_of(c->kind);
            out->data = view(c->data, from * w, n * w);
            break;
        }
        case Shape::Bytes: case Shape::List:
            out->offsets = view(c->offsets, from * 4, (n + 1) * 4);
            out->data = c->data;
            out->children = c->children;
            break;
        case Shape::Struct:
            for (auto& f : c->children) out->children.push_back(slice(f, from, n));
            break;
    }
    return out;
}

inline BufferPtr take_weights(const Chunk& c, const int64_t* indices, int64_t n) {
    if (!c.weights) return nullptr;
    auto w = Buffer::allocate(n * 8);
    for (int64_t i = 0; i < n; ++i) reinterpret_cast<int64_t*>(w->data())[i] = c.weight_values()[indices[i]];
    return w;
}
inline Chunk take_chunk(const Chunk& c, const int64_t* indices, int64_t n) {
    Chunk out{n, {}, take_weights(c, indices, n)};
    for (auto& col : c.columns) out.columns.push_back(take(*col, indices, n));
    return out;
}
inline Chunk slice_chunk(const Chunk& c, int64_t from, int64_t n) {
    Chunk out{n, {}, c.weights ? Buffer::wrap(c.weights->data() + from * 8, n * 8, c.weights) : nullptr};
    for (auto& col : c.columns) out.columns.push_back(slice(col, from, n));
    return out;
}
inline Chunk concat_chunks(const std::vector<Chunk>& pieces) {
    if (pieces.size() == 1) return pieces[0];
    Chunk out;
    bool weighted = false;
    for (auto& p : pieces) {
        out.length += p.length;
        weighted |= bool(p.weights);
    }
    if (weighted) {
        out.weights = Buffer::allocate(out.length * 8);
        int64_t* w = reinterpret_cast<int64_t*>(out.weights->data());
        for (auto& p : pieces)
            for (int64_t i = 0; i < p.length; ++i) *w++ = p.weight(i);
    }
    if (pieces.empty()) return out;
    for (size_t k = 0; k < pieces[0].columns.size(); ++k) {
        std::vector<ColumnPtr> parts;
        for (auto& p : pieces) parts.push_back(p.columns[k]);
        out.columns.push_back(concat(parts));
    }
    return out;
}

}  // namespace sabot
