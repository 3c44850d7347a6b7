// Arena: rows of one relation in columns, in pieces that grow and are never overwritten.
//
// A row id is (piece << kPieceBits | offset). Values of a row are written once; only its weight changes, and
// a weight of zero marks it dead. So a view of a piece is its buffers plus a copy-on-write weight vector,
// and stays true while the arena goes on. Pieces are dropped once dead; moving rows is the owner's work.
#pragma once

#include <memory>
#include <vector>

#include "take.hpp"

namespace sabot {

constexpr int kPieceBits = 13;
constexpr int64_t kPieceRows = int64_t(1) << kPieceBits;
constexpr uint32_t kNoRow = 0xffffffffu;

// A column that is appended to. `live()` sees every append; `view()` is fixed at the length it had.
class GrowColumn {
  public:
    explicit GrowColumn(const Type& type) : column_(std::make_shared<Column>()) {
        column_->kind = type.kind;
        column_->names = type.names;
        for (auto& t : type.children) {
            children_.emplace_back(t);
            column_->children.push_back(children_.back().column_);
        }
        Shape s = shape_of(type.kind);
        if (s == Shape::Bytes || s == Shape::List) {
            column_->offsets = Buffer::allocate(4);
            *reinterpret_cast<int32_t*>(column_->offsets->data()) = 0;
        }
        if (s == Shape::Bytes || s == Shape::Fixed) column_->data = Buffer::allocate(0);
    }

    ColumnPtr live() const { return column_; }
    ColumnPtr view() const {
        auto c = std::make_shared<Column>(*column_);
        for (size_t k = 0; k < children_.size(); ++k) c->children[k] = children_[k].view();
        return c;
    }

    // Rows `rows[0..n)` of `source`, which has this column's type or Kind::Null; `rows` null: rows 0..n.
    void append(const Column& source, const int64_t* rows, int64_t n) {
        Column& c = *column_;
        auto at = [&](int64_t i) { return rows ? rows[i] : i; };
        bool nulls = false;
        if (source.may_have_nulls())
            for (int64_t i = 0; i < n && !nulls; ++i) nulls = !source.valid(at(i));
        int64_t old = c.length;
        if (nulls || c.validity) {
            bool fresh = !c.validity;
            grow(c.validity, fresh ? 0 : old, old + n);
            uint8_t* v = c.validity->data();
            if (fresh) std::memset(v, 1, old);
            if (!nulls) std::memset(v + old, 1, n);
            else for (int64_t i = 0; i < n; ++i) v[old + i] = source.valid(at(i));
        }
        switch (shape_of(c.kind)) {
            case Shape::None: break;
            case Shape::Fixed: append_fixed(source, rows, n); break;
            case Shape::Bytes: append_bytes(source, rows, n); break;
            case Shape::List: {
                grow(c.offsets, (old + 1) * 4, (old + n + 1) * 4);
                int32_t* o = reinterpret_cast<int32_t*>(c.offsets->data()) + old;
                std::vector<int64_t> elements;
                int64_t total = o[0];
                for (int64_t i = 0; i < n; ++i) {
                    if (source.valid(at(i))) {
                        auto [from, to] = source.range(at(i));
                        for (int32_t k = from; k < to; ++k) elements.push_back(k);
                        total += to - from;
                    }
                    if (size_t(total) > kMaxBytesPerColumn) throw std::length_error("column exceeds 2 GiB");
                    o[i + 1] = int32_t(total);
                }
                if (!elements.empty()) children_[0].append(*source.children[0], elements.data(), int64_t(elements.size()));
                break;
            }
            case Shape::Struct: {
                std::vector<int64_t> inner(n);
                for (int64_t i = 0; i < n; ++i) inner[i] = source.at(at(i));
                for (size_t k = 0; k < children_.size(); ++k) {
                    if (source.kind == Kind::Null) children_[k].append(*null_column(Kind::Null, n), nullptr, n);
                    else children_[k].append(*source.children[k], inner.data(), n);
                }
                break;
            }
        }
        c.length = old + n;
    }

    int64_t bytes() const {
        int64_t total = 0;
        for (auto* b : {&column_->validity, &column_->data, &column_->offsets}) total += *b ? int64_t((*b)->size()) : 0;
        for (auto& child : children_) total += child.bytes();
        return total;
    }

  private:
    // Room for `need` bytes, the first `used` kept. A new buffer, so that views keep the old one.
    static void grow(BufferPtr& b, size_t used, size_t need) {
        if (b && b->size() >= need) return;
        auto bigger = Buffer::allocate(std::max<size_t>({need, b ? b->size() * 2 : 0, 64}));
        if (used) std::memcpy(bigger->data(), b->data(), used);
        b = bigger;
    }
    void append_fixed(const Column& source, const int64_t* rows, int64_t n) {
        Column& c = *column_;
        size_t w = width_of(c.kind), old = c.length;
        grow(c.data, old * w, (old + n) * w);
        uint8_t* to = c.data->data() + old * w;
        if (source.kind == Kind::Null) {
            std::memset(to, 0, n * w);
            return;
        }
        const uint8_t* from = source.data->data();
        if (!rows && !source.constant) {
            if (n) std::memcpy(to, from, n * w);
            return;
        }
        auto run = [&]<class T>(T*) {
            for (int64_t i = 0; i < n; ++i)
                reinterpret_cast<T*>(to)[i] = reinterpret_cast<const T*>(from)[source.at(rows ? rows[i] : i)];
        };
        if (w == 1) run(static_cast<uint8_t*>(nullptr));
        else if (w == 2) run(static_cast<uint16_t*>(nullptr));
        else if (w == 4) run(static_cast<uint32_t*>(nullptr));
        else if (w == 8) run(static_cast<uint64_t*>(nullptr));
        else if (w == 16) run(static_cast<Interval*>(nullptr));
        else run(static_cast<Int256*>(nullptr));
    }
    void append_bytes(const Column& source, const int64_t* rows, int64_t n) {
        Column& c = *column_;
        int64_t old = c.length;
        grow(c.offsets, (old + 1) * 4, (old + n + 1) * 4);
        int32_t* o = reinterpret_cast<int32_t*>(c.offsets->data()) + old;
        size_t total = o[0];
        for (int64_t i = 0; i < n; ++i) {
            int64_t row = rows ? rows[i] : i;
            if (source.valid(row)) total += source.bytes(row).size();
            if (total > kMaxBytesPerColumn) throw std::length_error("column exceeds 2 GiB");
            o[i + 1] = int32_t(total);
        }
        grow(c.data, o[0], total);
        for (int64_t i = 0; i < n; ++i) {
            if (o[i + 1] == o[i]) continue;
            auto v = source.bytes(rows ? rows[i] : i);
            std::memcpy(c.data->data() + o[i], v.data(), v.size());
        }
    }

    std::shared_ptr<Column> column_;
    std::vector<GrowColumn> children_;
};

// What a snapshot holds of one piece.
struct PieceView {
    Columns columns;
    BufferPtr weights;  // absent: all one
    int64_t length = 0, live = 0;
};
using PieceViewPtr = std::shared_ptr<const PieceView>;

struct Piece {
    std::vector<GrowColumn> columns;
    Columns live_columns;
    BufferPtr weights;  // absent: all one
    int64_t length = 0;
    int64_t live = 0;     // rows of weight other than zero
    int64_t settled = 0;  // rows that earlier deltas brought
    PieceViewPtr view;  // cached until the piece changes
    bool weights_shared = false;  // some view holds `weights`: copy before writing

    explicit Piece(const std::vector<Type>& types) {
        for (auto& t : types) columns.emplace_back(t);
        for (auto& c : columns) live_columns.push_back(c.live());
    }
    int64_t weight(int64_t offset) const {
        return weights ? reinterpret_cast<const int64_t*>(weights->data())[offset] : 1;
    }
    void set_weight(int64_t offset, int64_t w) {
        if (!weights && w == 1) return;
        if (!weights || weights_shared) own_weights();
        view = nullptr;
        int64_t& slot = reinterpret_cast<int64_t*>(weights->data())[offset];
        live += (w != 0) - (slot != 0);
        slot = w;
    }
    // Room for the weights of all rows, in a buffer that no view holds.
    void own_weights() {
        size_t old = weights ? weights->size() / 8 : 0, size = std::bit_ceil(size_t(std::max<int64_t>(length, 8)));
        auto copy = Buffer::allocate(size * 8);
        int64_t* p = reinterpret_cast<int64_t*>(copy->data());
        if (old) std::memcpy(p, weights->data(), std::min(old, size) * 8);
        for (size_t i = old; i < size; ++i) p[i] = 1;
        weights = copy;
        weights_shared = false;
    }
    void lengthen(int64_t n) {
        length += n;
        live += n;
        view = nullptr;
        if (weights && weights->size() < size_t(length) * 8) own_weights();
    }
    PieceViewPtr snapshot() {
        if (!view) {
            auto v = std::make_shared<PieceView>();
            for (auto& c : columns) v->columns.push_back(c.view());
            v->weights = weights;
            v->length = length;
            v->live = live;
            view = v;
            weights_shared = true;
        }
        return view;
    }
    int64_t bytes() const {
        int64_t total = weights ? int64_t(weights->size()) : 0;
        for (auto& c : columns) total += c.bytes();
        return total;
    }
};

class Arena {
  public:
    explicit Arena(std::vector<Type> types) : types_(std::move(types)) {}

    const std::vector<Type>& types() const { return types_; }
    const std::vector<std::unique_ptr<Piece>>& pieces() const { return pieces_; }
    // One more than the greatest row id in use.
    size_t end() const { return pieces_.size() << kPieceBits; }

    Piece& piece(uint32_t id) const { return *pieces_[id >> kPieceBits]; }
    static int64_t offset(uint32_t id) { return id & (kPieceRows - 1); }
    const Columns& columns(uint32_t id) const { return piece(id).live_columns; }
    int64_t weight(uint32_t id) const { return piece(id).weight(offset(id)); }
    void set_weight(uint32_t id, int64_t w) { piece(id).set_weight(offset(id), w); }

    // Fetches the values of a row ahead of `identical` or `gather`.
    void prefetch(uint32_t id) const {
        for (auto& c : columns(id)) {
            if (int w = width_of(c->kind)) __builtin_prefetch(c->data->data() + offset(id) * w);
            else if (c->offsets) __builtin_prefetch(c->offset_values() + offset(id));
        }
    }

    bool identical(uint32_t id, const Columns& other, int64_t row) const {
        return identical_row(columns(id), offset(id), other, row);
    }

    // Rows of `source` (`weight(i)` for the i-th of `rows`) appended; their ids in order.
    template <class W>
    std::vector<uint32_t> append(const Columns& source, const int64_t* rows, int64_t n, W&& weight) {
        std::vector<uint32_t> ids(n);
        std::vector<int64_t> identity;
        for (int64_t done = 0; done < n;) {
            if (open_ < 0 || pieces_[open_]->length == kPieceRows) open_ = new_piece();
            Piece& p = *pieces_[open_];
            int64_t take = std::min(n - done, kPieceRows - p.length);
            const int64_t* part = rows ? rows + done : nullptr;
            if (!rows && done) {
                identity.resize(take);
                for (int64_t i = 0; i < take; ++i) identity[i] = done + i;
                part = identity.data();
            }
            for (size_t k = 0; k < p.columns.size(); ++k) p.columns[k].append(*source[k], part, take);
            int64_t first = p.length;
            p.lengthen(take);
            for (int64_t i = 0; i < take; ++i) {
                ids[done + i] = uint32_t((open_ << kPieceBits) | (first + i));
                int64_t w = weight(done + i);
                if (w != 1 || p.weights) p.set_weight(first + i, w);
            }
            done += take;
        }
        return ids;
    }

    // Frees a piece without live rows; its number is used again.
    void drop_piece(int64_t number) {
        pieces_[number].reset();
        if (open_ == number) open_ = -1;
        free_.push_back(number);
        if (free_.size() == pieces_.size()) {
            pieces_.clear();
            free_.clear();
        }
    }
    bool is_open(int64_t number) const { return open_ == number; }

    // Column `k` of the rows `ids`; kNoRow gives NULL.
    ColumnPtr gather(size_t k, const uint32_t* ids, int64_t n) const {
        const Type& type = types_[k];
        Shape shape = shape_of(type.kind);
        bool nulls = false;
        bool few = n < int64_t(pieces_.size());  // then only their own pieces are looked at
        if (!few)
            for (auto& p : pieces_) nulls |= p && p->live_columns[k]->validity;
        for (int64_t i = 0; i < n && !nulls; ++i) nulls = ids[i] == kNoRow || (few && columns(ids[i])[k]->validity);
        if (shape == Shape::Fixed && !nulls) {
            auto out = make_column(type.kind, n);
            size_t w = width_of(type.kind);
            out->data = Buffer::allocate(n * w);
            std::vector<const uint8_t*> base(few ? 0 : pieces_.size());
            for (size_t p = 0; p < base.size(); ++p)
                base[p] = pieces_[p] ? pieces_[p]->live_columns[k]->data->data() : nullptr;
            auto run = [&]<class T>(T*) {
                T* to = reinterpret_cast<T*>(out->data->data());
                for (int64_t i = 0; i < n; ++i)
                    to[i] = reinterpret_cast<const T*>(few ? columns(ids[i])[k]->data->data() : base[ids[i] >> kPieceBits])[offset(ids[i])];
            };
            if (w == 1) run(static_cast<uint8_t*>(nullptr));
            else if (w == 2) run(static_cast<uint16_t*>(nullptr));
            else if (w == 4) run(static_cast<uint32_t*>(nullptr));
            else if (w == 8) run(static_cast<uint64_t*>(nullptr));
            else if (w == 16) run(static_cast<Interval*>(nullptr));
            else run(static_cast<Int256*>(nullptr));
            return out;
        }
        ColumnBuilder b(type);
        b.reserve(n);
        for (int64_t i = 0; i < n; ++i) {
            if (ids[i] == kNoRow) b.append_null();
            else b.append_from(*piece(ids[i]).live_columns[k], offset(ids[i]));
        }
        return b.finish();
    }
    Chunk gather_rows(const std::vector<uint32_t>& ids) const {
        Chunk out{int64_t(ids.size()), {}, nullptr};
        for (size_t k = 0; k < types_.size(); ++k) out.columns.push_back(gather(k, ids.data(), out.length));
        return out;
    }

    int64_t bytes() const {
        int64_t total = 0;
        for (auto& p : pieces_) if (p) total += p->bytes();
        return total;
    }

  private:
    int64_t new_piece() {
        auto p = std::make_unique<Piece>(types_);
        if (!free_.empty()) {
            int64_t number = free_.back();
            free_.pop_back();
            pieces_[number] = std::move(p);
            return number;
        }
        if (pieces_.size() >= (size_t(kNoRow) >> kPieceBits)) throw std::length_error("a relation holds at most 4 billion rows");
        pieces_.push_back(std::move(p));
        return int64_t(pieces_.size()) - 1;
    }

    std::vector<Type> types_;
    std::vector<std::unique_ptr<Piece>> pieces_;
    std::vector<int64_t> free_;
    int64_t open_ = -1;
};

// Weights of a result, absent when all are one.
inline BufferPtr weights_unless_ones(const std::vector<int64_t>& w) {
    bool ones = true;
    for (int64_t v : w) ones &= v == 1;
    if (ones) return nullptr;
    auto b = Buffer::allocate(w.size() * 8);
    if (!w.empty()) std::memcpy(b->data(), w.data(), w.size() * 8);
    return b;
}

}  // namespace sabot
