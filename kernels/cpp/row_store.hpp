// RowStore: the rows of a table, view or join input with their weights, found by key.
//
// Identical rows share one entry; a row whose weight becomes zero is removed. Pieces that are mostly dead
// are moved together at the end of a step (`compact`), never while row ids are held.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>

#include "consolidate.hpp"
#include "hash_index.hpp"

namespace sabot {

struct Pairs {
    std::vector<int64_t> probe;   // row of the probing chunk
    std::vector<uint32_t> match;  // row id in the store
    std::vector<int64_t> weights; // product of both weights
};

using StoreView = std::shared_ptr<const std::vector<PieceViewPtr>>;

class RowStore {
  public:
    // `append_only`: identical rows need not be found again; nothing is ever removed.
    RowStore(std::vector<Type> types, std::vector<int64_t> key, bool append_only)
        : arena_(std::move(types)), append_only_(append_only) {
        indexes_.push_back(std::make_unique<KeyIndex>(arena_, std::move(key)));
    }
    RowStore(const RowStore&) = delete;

    Arena& arena() { return arena_; }
    KeyIndex& index() { return *indexes_[0]; }
    KeyIndex& index_at(size_t k) { return *indexes_[k]; }
    bool append_only() const { return append_only_; }
    int64_t rows() const { return rows_; }            // entries
    int64_t total() const { return total_; }          // sum of weights
    int64_t bytes() const {
        int64_t b = arena_.bytes() + int64_t(aux_.capacity() * 8) + (row_index_ ? row_index_->bytes() : 0);
        for (auto& i : indexes_) b += i->bytes();
        return b;
    }

    // A number per row, kept for the owner (match counts); zero for new rows.
    void keep_aux() { has_aux_ = true; }
    int64_t& aux(uint32_t id) {
        if (aux_.size() <= id) aux_.resize(arena_.end());
        return aux_[id];
    }

    // Told of every row that compaction moves, while both places can be read.
    void on_move(std::function<void(uint32_t from, uint32_t to)> f) { moved_ = std::move(f); }
    bool live(uint32_t id) const {
        size_t number = id >> kPieceBits;
        return number < arena_.pieces().size() && arena_.pieces()[number] &&
               Arena::offset(id) < arena_.pieces()[number]->length && arena_.weight(id) != 0;
    }

    // Adds a delta. `ids` (if given) takes the entry of every row, kNoRow where it is gone again.
    // `checked`: multiplicities must not fall below zero; gives the first row that would, changing nothing,
    // else -1. `distinct`: no row is stored yet or comes twice.
    int64_t apply(const Chunk& delta, bool checked, std::vector<uint32_t>* ids = nullptr, bool distinct = false) {
        int64_t n = delta.length;
        if (ids) ids->assign(n, kNoRow);
        if (n == 0) return -1;
        view_ = nullptr;
        distinct = distinct || append_only_;
        Columns key = index().key_of(delta.columns);
        std::vector<uint64_t> hashes(n);
        hash_rows(key, n, hashes.data());
        std::vector<uint64_t> row_hashes;
        if (row_index_) hash_all(delta.columns, n, row_hashes);
        std::vector<int64_t> fresh;
        std::vector<uint32_t> found(n, kNoRow);
        fresh.reserve(n);
        for (int64_t i = 0; i < n; ++i) {
            if (i + 16 < n) index().prefetch(hashes[i + 16]);
            if (!distinct && i + 8 < n)
                if (uint32_t ahead = index().guess(hashes[i + 8]); ahead != kNoRow) arena_.prefetch(ahead);
            int64_t w = delta.weight(i);
            if (w == 0) continue;
            if (!distinct) {
                if (walk_ > kLongWalk && !row_index_) {
                    build_row_index();
                    hash_all(delta.columns, n, row_hashes);
                }
                found[i] = find_identical(delta, key, hashes[i], row_hashes, i);
            }
            if (checked && w < 0 && (found[i] == kNoRow || arena_.weight(found[i]) + w < 0)) return i;
            if (found[i] == kNoRow) fresh.push_back(i);
        }
        total_ += total_weight(delta);
        for (int64_t i = 0; i < n; ++i) {
            if (i + 16 < n && found[i + 16] != kNoRow) index().prefetch(hashes[i + 16]);
            if (found[i] != kNoRow) {
                // An entry may have been removed and must come back under a new id.
                if (arena_.weight(found[i]) == 0) fresh.push_back(i);
                else if (change(found[i], delta, hashes[i], key, i, row_hashes) && ids) (*ids)[i] = found[i];
            }
        }
        auto added = arena_.append(delta.columns, fresh.data(), int64_t(fresh.size()),
                                   [&](int64_t i) { return delta.weight(fresh[i]); });
        if (has_aux_) {
            if (aux_.size() < arena_.end()) aux_.resize(arena_.end());
            for (uint32_t id : added) aux_[id] = 0;
        }
        for (size_t f = 0; f < fresh.size(); ++f) {
            if (f + 16 < fresh.size()) index().prefetch(hashes[fresh[f + 16]]);
            if (!distinct && walk_ > kLongWalk && !row_index_) {
                build_row_index();
                hash_all(delta.columns, n, row_hashes);
                for (size_t g = 0; g < f; ++g)
                    if (arena_.weight(added[g])) row_index_->insert(row_hashes[fresh[g]], added[g]);
            }
            uint32_t id = link(delta, key, hashes[fresh[f]], row_hashes, fresh[f], added[f], distinct);
            if (ids) (*ids)[fresh[f]] = id;
        }
        for (uint32_t id : added) arena_.piece(id).settled = arena_.piece(id).length;
        return -1;
    }

    // Moves rows out of pieces that are mostly dead, frees empty pieces. Invalidates row ids.
    void compact() {
        if (dying_.empty()) return;
        std::sort(dying_.begin(), dying_.end());
        dying_.erase(std::unique(dying_.begin(), dying_.end()), dying_.end());
        for (uint32_t number : dying_) {
            Piece& p = *arena_.pieces()[number];
            if (p.live && (p.live * 4 > p.length || arena_.is_open(number))) continue;
            if (p.live) move_out(number, p);
            arena_.drop_piece(number);
            view_ = nullptr;
        }
        dying_.clear();
        for (auto& i : indexes_) i->shrink();
        if (row_index_) row_index_->shrink();
        if (rows_ == 0) {
            row_index_.reset();
            aux_ = {};
            walk_ = 0;
        }
    }

    StoreView snapshot() {
        if (!view_) {
            auto v = std::make_shared<std::vector<PieceViewPtr>>();
            for (auto& p : arena_.pieces())
                if (p && p->live) v->push_back(p->snapshot());
            view_ = v;
        }
        return view_;
    }

    // The index over exactly these columns, or null. May be asked beside whoever builds another one.
    KeyIndex* existing(const std::vector<int64_t>& columns) {
        std::lock_guard guard(adding_);
        for (auto& index : indexes_)
            if (index->columns() == columns) return index.get();
        return nullptr;
    }
    std::vector<std::vector<int64_t>> indexed() const {
        std::vector<std::vector<int64_t>> out;
        for (size_t k = 1; k < indexes_.size(); ++k) out.push_back(indexes_[k]->columns());
        return out;
    }
    // Forgets the index over these columns, if there is one beside that of the key.
    void drop_index(const std::vector<int64_t>& columns) {
        std::lock_guard guard(adding_);
        for (size_t k = 1; k < indexes_.size(); ++k)
            if (indexes_[k]->columns() == columns) {
                indexes_.erase(indexes_.begin() + int64_t(k));
                return;
            }
    }
    // Position of the index over exactly these columns, built when first asked for.
    size_t index_on(const std::vector<int64_t>& columns) {
        for (size_t k = 0; k < indexes_.size(); ++k)
            if (indexes_[k]->columns() == columns) return k;
        auto index = std::make_unique<KeyIndex>(arena_, columns);
        each_live([&](const Piece& p, uint32_t base, const std::vector<int64_t>& offsets) {
            Columns key = index->key_of(p.live_columns);
            std::vector<uint64_t> hashes(p.length);
            hash_rows(key, p.length, hashes.data());
            for (int64_t o : offsets) index->insert(hashes[o], key, o, base + uint32_t(o), p.weight(o));
        });
        std::lock_guard guard(adding_);
        indexes_.push_back(std::move(index));
        return indexes_.size() - 1;
    }

    // Pairs of rows of `key` (its columns are those of index `which`) and stored rows, from position
    // (`row`, `chain`) on, until `limit` pairs; leaves the position there. `weights` null: all one.
    // Keys with a NULL in a column i with null_safe[i] == 0 match nothing (empty: all null-safe).
    struct Cursor {
        int64_t row = 0;
        uint32_t chain = kNoRow;  // next candidate of `row`, or kNoRow: not looked up yet
    };
    bool probe(size_t which, const Columns& key, const std::vector<uint64_t>& hashes, const Chunk& rows, Cursor& at,
               int64_t limit, Pairs& out) {
        return probe(*indexes_[which], key, hashes, rows, at, limit, out);
    }
    bool probe(KeyIndex& index, const Columns& key, const std::vector<uint64_t>& hashes, const Chunk& rows, Cursor& at,
               int64_t limit, Pairs& out) {
        int64_t n = rows.length;
        for (; at.row < n; ++at.row) {
            int64_t i = at.row;
            uint32_t id = at.chain;
            bool single = false;  // no need to read the chain
            if (id == kNoRow) {
                if (i + 16 < n) index.prefetch(hashes[i + 16]);
                KeySlot* slot = index.find(hashes[i], key, i);
                if (!slot) continue;
                id = slot->head;
                single = slot->rows == 1;
            }
            int64_t w = rows.weight(i);
            while (id != kNoRow) {
                if (int64_t(out.probe.size()) >= limit) {
                    at.chain = id;
                    return true;
                }
                out.probe.push_back(i);
                out.match.push_back(id);
                int64_t product;
                if (__builtin_mul_overflow(w, arena_.weight(id), &product)) throw std::overflow_error("weight overflow");
                out.weights.push_back(product);
                id = single ? kNoRow : index.next(id);
            }
            at.chain = kNoRow;
        }
        return false;
    }

    // Entry of an identical row, or kNoRow.
    uint32_t find_row(const Chunk& rows, const Columns& key, uint64_t hash, int64_t i) {
        std::vector<uint64_t> row_hashes;
        if (!row_index_) return find_identical(rows, key, hash, row_hashes, i);
        hash_all(slice_chunk(rows, i, 1).columns, 1, row_hashes);
        return row_index_->find(row_hashes[0], rows.columns, i);
    }

    // f(piece, id of its first row, offsets of its live rows) for every piece.
    template <class F>
    void each_live(F&& f) {
        for (size_t number = 0; number < arena_.pieces().size(); ++number) {
            const Piece* p = arena_.pieces()[number].get();
            if (!p) continue;
            std::vector<int64_t> offsets;
            for (int64_t o = 0; o < p->length; ++o)
                if (p->weight(o)) offsets.push_back(o);
            f(*p, uint32_t(number << kPieceBits), offsets);
        }
    }
    std::vector<uint32_t> live_ids() {
        std::vector<uint32_t> ids;
        each_live([&](const Piece&, uint32_t base, const std::vector<int64_t>& offsets) {
            for (int64_t o : offsets) ids.push_back(base + uint32_t(o));
        });
        return ids;
    }

  private:
    static constexpr int kLongWalk = 8;  // a chain this long makes whole rows worth an index

    static void hash_all(const Columns& columns, int64_t n, std::vector<uint64_t>& out) {
        out.resize(n);
        hash_rows(columns, n, out.data());
    }
    // An index over the rows of earlier deltas.
    void build_row_index() {
        row_index_ = std::make_unique<RowIndex>(arena_);
        std::vector<uint64_t> hashes;
        each_live([&](const Piece& p, uint32_t base, const std::vector<int64_t>& offsets) {
            hash_all(p.live_columns, p.length, hashes);
            for (int64_t o : offsets)
                if (o < p.settled) row_index_->insert(hashes[o], base + uint32_t(o));
        });
    }
    void move_out(uint32_t number, Piece& p) {
        uint32_t base = number << kPieceBits;
        std::vector<int64_t> rows;
        for (int64_t o = 0; o < p.length; ++o)
            if (p.weight(o)) rows.push_back(o);
        auto to = arena_.append(p.live_columns, rows.data(), int64_t(rows.size()), [&](int64_t i) { return p.weight(rows[i]); });
        std::vector<uint64_t> hashes;
        for (auto& index : indexes_) {
            hash_all(index->key_of(p.live_columns), p.length, hashes);
            for (size_t i = 0; i < rows.size(); ++i) index->move(hashes[rows[i]], base + uint32_t(rows[i]), to[i]);
        }
        if (row_index_) {
            hash_all(p.live_columns, p.length, hashes);
            for (size_t i = 0; i < rows.size(); ++i) row_index_->move(hashes[rows[i]], base + uint32_t(rows[i]), to[i]);
        }
        for (size_t i = 0; i < rows.size(); ++i) {
            if (has_aux_) {
                int64_t kept = aux(base + uint32_t(rows[i]));
                aux(to[i]) = kept;
            }
            arena_.piece(to[i]).settled = arena_.piece(to[i]).length;
            if (moved_) moved_(base + uint32_t(rows[i]), to[i]);
        }
    }
    bool is_new(uint32_t id) const { return Arena::offset(id) >= arena_.piece(id).settled; }
    void remove(uint32_t id) {
        --rows_;
        dying_.push_back(id >> kPieceBits);
    }
    uint32_t find_identical(const Chunk& delta, const Columns& key, uint64_t hash, const std::vector<uint64_t>& row_hashes,
                            int64_t i) {
        if (row_index_) return row_index_->find(row_hashes[i], delta.columns, i);
        KeySlot* slot = index().find(hash, key, i);
        int steps = 0;
        for (uint32_t id = slot ? slot->head : kNoRow; id != kNoRow; id = index().next(id)) {
            if (arena_.identical(id, delta.columns, i)) return id;
            if (++steps > walk_) walk_ = steps;
        }
        return kNoRow;
    }
    // Adds to an entry's weight; false when it is gone.
    bool change(uint32_t id, const Chunk& delta, uint64_t hash, const Columns& key, int64_t i,
                const std::vector<uint64_t>& row_hashes) {
        int64_t sum, w = delta.weight(i);
        if (__builtin_add_overflow(arena_.weight(id), w, &sum)) throw std::overflow_error("weight overflow");
        arena_.set_weight(id, sum);
        KeySlot* slot = index().find(hash, key, i);
        slot->total += w;
        for (size_t k = 1; k < indexes_.size(); ++k) {
            KeySlot* s = indexes_[k]->find(hash_key(k, delta, i), indexes_[k]->key_of(delta.columns), i);
            s->total += w;
            if (sum == 0) indexes_[k]->unlink(*s, id);
        }
        if (sum != 0) return true;
        if (row_index_) row_index_->erase(row_hashes[i], id);
        index().unlink(*slot, id);
        remove(id);
        return false;
    }
    // Enters an appended row into the indexes, unless this delta has brought an identical one before.
    uint32_t link(const Chunk& delta, const Columns& key, uint64_t hash, const std::vector<uint64_t>& row_hashes,
                  int64_t i, uint32_t id, bool distinct) {
        ++rows_;
        if (!distinct) {
            uint32_t twin = kNoRow;
            if (row_index_) {
                twin = row_index_->find(row_hashes[i], delta.columns, i);
            } else if (KeySlot* slot = index().find(hash, key, i)) {
                int steps = 0;  // the rows of this delta come first in the chain
                for (uint32_t c = slot->head; c != kNoRow && twin == kNoRow && is_new(c); c = index().next(c)) {
                    if (arena_.identical(c, delta.columns, i)) twin = c;
                    walk_ = std::max(walk_, ++steps);
                }
            }
            if (twin != kNoRow) {
                arena_.set_weight(id, 0);
                remove(id);
                return change(twin, delta, hash, key, i, row_hashes) ? twin : kNoRow;
            }
        }
        index().insert(hash, key, i, id, delta.weight(i));
        for (size_t k = 1; k < indexes_.size(); ++k)
            indexes_[k]->insert(hash_key(k, delta, i), indexes_[k]->key_of(delta.columns), i, id, delta.weight(i));
        if (row_index_) row_index_->insert(row_hashes[i], id);
        return id;
    }
    uint64_t hash_key(size_t k, const Chunk& delta, int64_t i) {
        uint64_t h = 0x243f6a8885a308d3ull;
        for (int64_t c : indexes_[k]->columns()) h = combine_hash(h, hash_value(*delta.columns[c], i));
        return h;
    }

    Arena arena_;
    std::vector<std::unique_ptr<KeyIndex>> indexes_;
    std::mutex adding_;  // held while the list of indexes changes
    std::unique_ptr<RowIndex> row_index_;
    StoreView view_;
    std::vector<int64_t> aux_;
    int64_t rows_ = 0, total_ = 0;
    int walk_ = 0;
    bool append_only_, has_aux_ = false;
    std::function<void(uint32_t, uint32_t)> moved_;
    std::vector<uint32_t> dying_;  // pieces in which rows have died
};

}  // namespace sabot
