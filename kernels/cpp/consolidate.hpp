// Z-set housekeeping on chunks: consolidate, negate, filter, partition.
#pragma once

#include "take.hpp"

namespace sabot {

// Identical rows merged by summing weights, zero sums dropped, first occurrence order kept.
inline Chunk consolidate(const Chunk& in) {
    int64_t n = in.length;
    if (n == 0) return in;
    std::vector<uint64_t> hashes(n);
    hash_rows(in.columns, n, hashes.data());
    size_t slots = std::bit_ceil(size_t(n) * 2);
    std::vector<int32_t> table(slots, -1);
    std::vector<int64_t> sums(n, 0), kept;
    kept.reserve(n);
    for (int64_t i = 0; i < n; ++i) {
        size_t s = hashes[i] & (slots - 1);
        for (;; s = (s + 1) & (slots - 1)) {
            int32_t j = table[s];
            if (j < 0) {
                table[s] = int32_t(i);
                sums[i] = in.weight(i);
                kept.push_back(i);
                break;
            }
            if (hashes[j] == hashes[i] && identical_row(in.columns, j, in.columns, i)) {
                if (__builtin_add_overflow(sums[j], in.weight(i), &sums[j])) throw std::overflow_error("weight overflow");
                break;
            }
        }
    }
    std::vector<int64_t> rows;
    bool ones = true;
    for (int64_t i : kept)
        if (sums[i] != 0) {
            rows.push_back(i);
            ones &= sums[i] == 1;
        }
    if (int64_t(rows.size()) == n && ones) {
        Chunk same = in;
        same.weights = nullptr;
        return same;
    }
    Chunk out{int64_t(rows.size()), {}, nullptr};
    for (auto& c : in.columns) out.columns.push_back(take(*c, rows.data(), out.length));
    if (!ones) {
        out.weights = Buffer::allocate(out.length * 8);
        for (int64_t i = 0; i < out.length; ++i) reinterpret_cast<int64_t*>(out.weights->data())[i] = sums[rows[i]];
    }
    return out;
}

inline Chunk negate(const Chunk& in) {
    Chunk out = in;
    out.weights = Buffer::allocate(in.length * 8);
    for (int64_t i = 0; i < in.length; ++i) reinterpret_cast<int64_t*>(out.weights->data())[i] = -in.weight(i);
    return out;
}

inline Chunk filter_rows(const Chunk& in, const Column& mask) {
    std::vector<int64_t> rows;
    rows.reserve(in.length);
    for (int64_t i = 0; i < in.length; ++i)
        if (mask.valid(i) && mask.value<uint8_t>(i)) rows.push_back(i);
    if (int64_t(rows.size()) == in.length) return in;
    return take_chunk(in, rows.data(), int64_t(rows.size()));
}

// Chunks by hash of the key columns, from the high bits (tables use the low ones).
inline std::vector<Chunk> partition(const Chunk& in, const std::vector<int64_t>& keys, int64_t parts) {
    Columns key;
    for (int64_t k : keys) key.push_back(in.columns[k]);
    std::vector<uint64_t> hashes(in.length);
    hash_rows(key, in.length, hashes.data());
    std::vector<std::vector<int64_t>> rows(parts);
    for (int64_t i = 0; i < in.length; ++i) rows[size_t((u128(hashes[i]) * u128(parts)) >> 64)].push_back(i);
    std::vector<Chunk> out;
    for (auto& r : rows) out.push_back(take_chunk(in, r.data(), int64_t(r.size())));
    return out;
}

// Each row repeated by its (positive) weight, weights dropped: a Z-set as a list of rows.
inline Chunk expand_weights(const Chunk& in) {
    if (!in.weights) return in;
    std::vector<int64_t> rows;
    rows.reserve(in.length);
    bool ones = true;
    for (int64_t i = 0; i < in.length; ++i) {
        if (in.weight(i) < 0) throw std::domain_error("negative multiplicity in a result");
        ones &= in.weight(i) == 1;
        for (int64_t k = 0; k < in.weight(i); ++k) rows.push_back(i);
    }
    if (ones) {
        Chunk same = in;
        same.weights = nullptr;
        return same;
    }
    Chunk out{int64_t(rows.size()), {}, nullptr};
    for (auto& c : in.columns) out.columns.push_back(take(*c, rows.data(), out.length));
    return out;
}

inline int64_t total_weight(const Chunk& c) {
    if (!c.weights) return c.length;
    int64_t total = 0;
    for (int64_t i = 0; i < c.length; ++i) total += c.weight(i);
    return total;
}

// Rows with weight > 0 (`positive`) or < 0, the latter with their weights negated.
inline Chunk rows_by_sign(const Chunk& c, bool positive) {
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < c.length; ++i)
        if (positive ? c.weight(i) > 0 : c.weight(i) < 0) rows.push_back(i);
    Chunk out = take_chunk(c, rows.data(), int64_t(rows.size()));
    return positive ? out : negate(out);
}

inline int64_t column_bytes_held(const Column& c) {
    int64_t total = 0;
    for (auto* b : {&c.validity, &c.data, &c.offsets}) total += *b ? int64_t((*b)->size()) : 0;
    for (auto& child : c.children) total += column_bytes_held(*child);
    return total;
}
inline int64_t chunk_bytes(const Chunk& c) {
    int64_t total = c.weights ? int64_t(c.weights->size()) : 0;
    for (auto& col : c.columns) total += column_bytes_held(*col);
    return total;
}

}  // namespace sabot
