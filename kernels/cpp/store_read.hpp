// Reading row stores: batches of snapshots, look-ups by key, containment; and the log of undrained changes.
#pragma once

#include "row_store.hpp"

namespace sabot {

// One piece of a snapshot as a chunk of the columns asked for; values are shared where no row is dead.
inline Chunk view_chunk(const PieceView& piece, const std::vector<int64_t>& columns) {
    Chunk all{piece.length, {}, nullptr};
    for (int64_t k : columns) all.columns.push_back(piece.columns[k]);
    if (!piece.weights) return all;
    all.weights = Buffer::wrap(piece.weights->data(), piece.length * 8, piece.weights);
    if (piece.live == piece.length) return all;
    std::vector<int64_t> rows;
    rows.reserve(piece.live);
    for (int64_t i = 0; i < piece.length; ++i)
        if (all.weight(i)) rows.push_back(i);
    return take_chunk(all, rows.data(), int64_t(rows.size()));
}

inline int64_t piece_bytes(const PieceView& piece) {
    return chunk_bytes(Chunk{piece.length, piece.columns, nullptr}) + (piece.weights ? piece.length * 8 : 0);
}

inline Chunk gather_weighted(RowStore& store, const std::vector<uint32_t>& ids) {
    Chunk out = store.arena().gather_rows(ids);
    std::vector<int64_t> weights;
    weights.reserve(ids.size());
    for (uint32_t id : ids) weights.push_back(store.arena().weight(id));
    out.weights = weights_unless_ones(weights);
    return out;
}

// Rows whose `columns` equal a row of `keys` (SQL equality, so NULL equals nothing), with their weights;
// `positions` takes the row of `keys` that each was found by. More entries than `limit`: one more than it allows are given.
inline Chunk lookup_rows(RowStore& store, KeyIndex& index, const Chunk& keys, std::vector<int64_t>& positions, int64_t limit) {
    const std::vector<int64_t>& columns = index.columns();
    for (size_t k = 0; k < columns.size(); ++k) {
        Kind wanted = store.arena().types()[columns[k]].kind, given = keys.columns.at(k)->kind;
        if (given != wanted && given != Kind::Null) throw std::invalid_argument("key has another type than its column");
    }
    std::vector<int64_t> present;
    for (int64_t i = 0; i < keys.length; ++i) {
        bool ok = true;
        for (auto& c : keys.columns) ok &= c->valid(i);
        if (ok) present.push_back(i);
    }
    Chunk rows = take_chunk(keys, present.data(), int64_t(present.size()));
    rows.weights = nullptr;
    std::vector<uint64_t> hashes(rows.length);
    hash_rows(rows.columns, rows.length, hashes.data());
    Pairs pairs;
    RowStore::Cursor at;
    store.probe(index, rows.columns, hashes, rows, at, limit + 1, pairs);
    positions.clear();
    for (int64_t i : pairs.probe) positions.push_back(present[i]);
    return gather_weighted(store, pairs.match);
}
inline Chunk lookup_rows(RowStore& store, const std::vector<int64_t>& columns, const Chunk& keys,
                         std::vector<int64_t>& positions, int64_t limit = INT64_MAX - 1) {
    return lookup_rows(store, store.index_at(store.index_on(columns)), keys, positions, limit);
}

// Every row is stored at least as often as its weight says.
inline bool contains_rows(RowStore& store, const Chunk& in) {
    Chunk rows = consolidate(in);
    Columns key = store.index().key_of(rows.columns);
    std::vector<uint64_t> hashes(rows.length);
    hash_rows(key, rows.length, hashes.data());
    for (int64_t i = 0; i < rows.length; ++i) {
        uint32_t id = store.find_row(rows, key, hashes[i], i);
        if (id == kNoRow || store.arena().weight(id) < rows.weight(i)) return false;
    }
    return true;
}

inline bool has_negative(const Chunk& c) {
    if (c.weights)
        for (int64_t i = 0; i < c.length; ++i)
            if (c.weight_values()[i] < 0) return true;
    return false;
}

inline ColumnPtr int8_column(const std::vector<int64_t>& values) {
    FixedOut<int64_t> out(Kind::Int8, int64_t(values.size()));
    if (!values.empty()) std::memcpy(out.values, values.data(), values.size() * 8);
    return out.column;
}

constexpr int64_t kLogRows = 524288;  // undrained rows below which a log is not worth summing up

// Deltas since the last drain. Beyond kLogRows they hold at most about twice the net change, so an undrained
// log stays bounded by the state it describes.
class ChangeLog {
  public:
    void add(const Chunk& delta) {
        if (delta.length == 0) return;
        parts_.push_back(delta);
        rows_ += delta.length;
        if (rows_ > 2 * kept_ + kLogRows) {
            squeeze();
            kept_ = rows_;
        }
    }
    // The consolidated change; empty columns when there was none.
    Chunk drain() {
        squeeze();
        Chunk out;
        if (!parts_.empty()) out = parts_[0];
        parts_.clear();
        rows_ = kept_ = 0;
        return out;
    }
    int64_t rows() const { return rows_; }

  private:
    void squeeze() {
        if (parts_.empty()) return;
        Chunk all = concat_chunks(parts_);
        parts_ = {all.weights || has_negative(all) ? consolidate(all) : all};
        rows_ = parts_[0].length;
    }
    std::vector<Chunk> parts_;
    int64_t rows_ = 0, kept_ = 0;
};

}  // namespace sabot
