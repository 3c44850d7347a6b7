// Relations defined by how often a row occurs on the left and on the right: DISTINCT, EXCEPT, INTERSECT;
// and groups that must have one row (scalar subqueries).
//
// Rows are grouped by SQL equality, so 1.5 and 1.50 are one row. The one shown is the left row whose stored
// bytes are smallest: a function of the multiset, so that any order of changes gives the same answer.
#pragma once

#include "keys.hpp"
#include "store_read.hpp"

namespace sabot {

// A total order of values that agrees with identity, for choosing among equal ones.
inline int compare_identity(const Column& a, int64_t i, const Column& b, int64_t j) {
    bool va = a.valid(i), vb = b.valid(j);
    if (!va || !vb) return int(va) - int(vb);
    auto sign = [](int r) { return r < 0 ? -1 : int(r > 0); };
    switch (shape_of(a.kind)) {
        case Shape::None: return 0;
        case Shape::Fixed: {
            int w = width_of(a.kind);
            return sign(std::memcmp(a.data->data() + a.at(i) * w, b.data->data() + b.at(j) * w, w));
        }
        case Shape::Bytes: return sign(a.bytes(i).compare(b.bytes(j)));
        case Shape::List: {
            auto [af, at] = a.range(i);
            auto [bf, bt] = b.range(j);
            if (at - af != bt - bf) return at - af < bt - bf ? -1 : 1;
            for (; af < at; ++af, ++bf)
                if (int r = compare_identity(*a.children[0], af, *b.children[0], bf)) return r;
            return 0;
        }
        case Shape::Struct:
            for (size_t k = 0; k < a.children.size(); ++k)
                if (int r = compare_identity(*a.children[k], a.at(i), *b.children[k], b.at(j))) return r;
            return 0;
    }
    return 0;
}

inline bool identity_less(const Arena& arena, uint32_t a, uint32_t b) {
    const Columns &x = arena.columns(a), &y = arena.columns(b);
    for (size_t k = 0; k < x.size(); ++k)
        if (int r = compare_identity(*x[k], Arena::offset(a), *y[k], Arena::offset(b))) return r < 0;
    return false;
}

// One row of each key that a delta touches.
struct Touched {
    Chunk rows;  // key columns only
    std::vector<uint64_t> hashes;

    explicit Touched(const Chunk& keys) {
        KeySet seen(keys.columns, keys.length);
        std::vector<int64_t> first;
        for (int64_t i = 0; i < keys.length; ++i)
            if (seen.insert(i) < 0) first.push_back(i);
        rows = take_chunk(keys, first.data(), int64_t(first.size()));
        hashes.resize(rows.length);
        hash_rows(rows.columns, rows.length, hashes.data());
    }
};

enum class SetKind : uint8_t { Distinct, Except, ExceptAll, Intersect, IntersectAll };

class SetKernel {
  public:
    SetKernel(const std::vector<Type>& types, int kind) : kind_(static_cast<SetKind>(kind)) {
        std::vector<int64_t> all(types.size());
        for (size_t k = 0; k < all.size(); ++k) all[k] = int64_t(k);
        for (auto& s : store_) s = std::make_unique<RowStore>(types, all, false);
    }

    // Deltas of both sides (either may have no rows); the change of the result. `logged`: kept for drain.
    Chunk step(const Chunk& left, const Chunk& right, bool logged) {
        std::vector<Chunk> parts;
        for (auto* c : {&left, &right})
            if (c->length) parts.push_back(Chunk{c->length, c->columns, nullptr});
        if (parts.empty()) return Chunk{};
        Touched keys(concat_chunks(parts));
        std::vector<Shown> before = look(keys);
        for (int s : {0, 1}) {
            const Chunk& delta = s ? right : left;
            store_[s]->apply(delta, false);
            if (logged) log_[s].add(delta);
        }
        std::vector<Shown> after = look(keys);
        Arena& arena = store_[0]->arena();
        std::vector<uint32_t> ids;
        std::vector<int64_t> weights;
        auto emit = [&](uint32_t id, int64_t w) {
            if (w == 0) return;
            ids.push_back(id);
            weights.push_back(w);
        };
        for (size_t k = 0; k < before.size(); ++k) {
            auto [old_row, old_count] = before[k];
            auto [row, count] = after[k];
            if (old_count && count && arena.identical(old_row, arena.columns(row), Arena::offset(row))) {
                emit(row, count - old_count);
            } else {
                emit(old_row, -old_count);
                emit(row, count);
            }
        }
        Chunk out = arena.gather_rows(ids);
        out.weights = weights_unless_ones(weights);
        for (auto& s : store_) s->compact();
        return out;
    }
    Chunk drain(int side) { return log_[side].drain(); }
    void restore(int side, const Chunk& delta) {
        store_[side]->apply(delta, false);
        store_[side]->compact();
    }
    int64_t rows() const { return store_[0]->rows() + store_[1]->rows(); }
    int64_t bytes() const { return store_[0]->bytes() + store_[1]->bytes(); }

  private:
    struct Shown {
        uint32_t row;
        int64_t count;
    };

    int64_t count(int64_t left, int64_t right) const {
        left = std::max<int64_t>(left, 0);
        right = std::max<int64_t>(right, 0);
        switch (kind_) {
            case SetKind::Distinct: return left > 0;
            case SetKind::Except: return left > 0 && right == 0;
            case SetKind::ExceptAll: return std::max<int64_t>(left - right, 0);
            case SetKind::Intersect: return left > 0 && right > 0;
            case SetKind::IntersectAll: return std::min(left, right);
        }
        return 0;
    }
    std::vector<Shown> look(const Touched& keys) {
        std::vector<Shown> out(keys.rows.length);
        KeyIndex &left = store_[0]->index(), &right = store_[1]->index();
        for (int64_t i = 0; i < keys.rows.length; ++i) {
            if (i + 16 < keys.rows.length) left.prefetch(keys.hashes[i + 16]);
            KeySlot* slot = left.find(keys.hashes[i], keys.rows.columns, i);
            int64_t others = kind_ == SetKind::Distinct ? 0 : right.total(keys.hashes[i], keys.rows.columns, i);
            out[i] = {kNoRow, slot ? count(slot->total, others) : 0};
            if (!out[i].count) continue;
            for (uint32_t id = slot->head; id != kNoRow; id = left.next(id)) {
                if (store_[0]->arena().weight(id) <= 0) continue;
                if (out[i].row == kNoRow || identity_less(store_[0]->arena(), id, out[i].row)) out[i].row = id;
            }
        }
        return out;
    }

    std::unique_ptr<RowStore> store_[2];
    ChangeLog log_[2];
    SetKind kind_;
};

// Passes on the rows of groups that have exactly one; `excess` is how many groups came to have more, less
// how many no longer do.
class SingleKernel {
  public:
    SingleKernel(const std::vector<Type>& types, const std::vector<int64_t>& groups)
        : store_(std::make_unique<RowStore>(types, groups, false)), types_(types), grouped_(types.size(), false) {
        for (int64_t g : groups) grouped_[g] = true;
    }

    Chunk step(const Chunk& delta) {
        Columns key = store_->index().key_of(delta.columns);
        Touched keys(Chunk{delta.length, key, nullptr});
        std::vector<uint32_t> ids;
        std::vector<int64_t> weights;
        std::vector<uint8_t> several;
        auto look = [&](int64_t sign) {
            for (int64_t i = 0; i < keys.rows.length; ++i) {
                KeySlot* slot = store_->index().find(keys.hashes[i], keys.rows.columns, i);
                if (!slot || slot->total < 1) continue;
                for (uint32_t id = slot->head; id != kNoRow; id = store_->index().next(id)) {
                    ids.push_back(id);
                    weights.push_back(slot->total > 1 ? sign : sign * store_->arena().weight(id));
                    several.push_back(slot->total > 1);
                    if (slot->total > 1) break;
                }
            }
        };
        look(-1);
        store_->apply(delta, false);
        log_.add(delta);
        look(1);
        Chunk out = store_->arena().gather_rows(ids);
        out.weights = weights_unless_ones(weights);
        mark(out, several);
        store_->compact();
        return out;
    }
    Chunk drain() { return log_.drain(); }
    void restore(const Chunk& delta) {
        store_->apply(delta, false);
        store_->compact();
    }
    int64_t rows() const { return store_->rows(); }
    int64_t bytes() const { return store_->bytes(); }

  private:
    // NULLs where a group has several rows, and a column that says so.
    void mark(Chunk& out, const std::vector<uint8_t>& several) const {
        bool any = std::find(several.begin(), several.end(), 1) != several.end();
        for (size_t c = 0; any && c < out.columns.size(); ++c) {
            if (grouped_[c]) continue;
            ColumnBuilder made(types_[c]);
            for (int64_t i = 0; i < out.length; ++i) {
                if (several[i]) made.append_null();
                else made.append_from(*out.columns[c], i);
            }
            out.columns[c] = made.finish();
        }
        ColumnBuilder flags(Kind::Bool);
        for (uint8_t s : several) flags.append<uint8_t>(s);
        out.columns.push_back(flags.finish());
    }

    std::unique_ptr<RowStore> store_;
    std::vector<Type> types_;
    std::vector<bool> grouped_;
    ChangeLog log_;
};

}  // namespace sabot
