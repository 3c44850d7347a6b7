// Questions about key columns of one or two chunks: duplicates, NULLs, first and last row per key, anti join.
#pragma once

#include "take.hpp"

namespace sabot {

// A hash index over the key columns of one chunk, keys compared with SQL equality (NULL = NULL).
class KeySet {
  public:
    KeySet(Columns key, int64_t n) : key_(std::move(key)), hashes_(n) {
        hash_rows(key_, n, hashes_.data());
        slots_ = std::bit_ceil(size_t(n) * 2 + 2);
        table_.assign(slots_, -1);
    }
    // The row that holds the key of `row` already, or -1 after `row` has taken its place.
    int64_t insert(int64_t row) {
        for (size_t s = hashes_[row] & (slots_ - 1);; s = (s + 1) & (slots_ - 1)) {
            if (table_[s] < 0) {
                table_[s] = row;
                return -1;
            }
            if (hashes_[table_[s]] == hashes_[row] && equal_row(key_, table_[s], key_, row)) return table_[s];
        }
    }
    bool contains(const Columns& other, int64_t row, uint64_t hash) const {
        for (size_t s = hash & (slots_ - 1); table_[s] >= 0; s = (s + 1) & (slots_ - 1))
            if (hashes_[table_[s]] == hash && equal_row(key_, table_[s], other, row)) return true;
        return false;
    }

  private:
    Columns key_;
    std::vector<uint64_t> hashes_;
    size_t slots_ = 0;
    std::vector<int64_t> table_;
};

inline Columns key_columns(const Chunk& c, const std::vector<int64_t>& keys) {
    Columns out;
    for (int64_t k : keys) out.push_back(c.columns[k]);
    return out;
}

// First row whose key occurred before (keys with a NULL never collide unless `nulls_equal`); -1 if none.
inline int64_t first_duplicate(const Chunk& c, const std::vector<int64_t>& keys, bool nulls_equal) {
    Columns key = key_columns(c, keys);
    KeySet set(key, c.length);
    for (int64_t i = 0; i < c.length; ++i) {
        bool has_null = false;
        if (!nulls_equal) for (auto& k : key) has_null |= !k->valid(i);
        if (!has_null && set.insert(i) >= 0) return i;
    }
    return -1;
}

// First row with NULL in the column; -1 if none.
inline int64_t first_null(const Column& c) {
    if (!c.may_have_nulls()) return -1;
    for (int64_t i = 0; i < c.length; ++i)
        if (!c.valid(i)) return i;
    return -1;
}

// One row per key, the first or the last of each, in order of first occurrence.
inline Chunk one_per_key(const Chunk& c, const std::vector<int64_t>& keys, bool last) {
    KeySet set(key_columns(c, keys), c.length);
    std::vector<int64_t> rows, place(c.length);
    for (int64_t i = 0; i < c.length; ++i) {
        int64_t j = set.insert(i);
        if (j < 0) {
            place[i] = int64_t(rows.size());
            rows.push_back(i);
        } else if (last) {
            rows[place[j]] = i;
        }
    }
    return take_chunk(c, rows.data(), int64_t(rows.size()));
}

// Rows of `left` whose key is (`present`) or is not among the keys of `right`.
inline Chunk rows_by_key(const Chunk& left, const std::vector<int64_t>& left_keys, const Chunk& right,
                         const std::vector<int64_t>& right_keys, bool present) {
    KeySet set(key_columns(right, right_keys), right.length);
    for (int64_t i = 0; i < right.length; ++i) set.insert(i);
    Columns key = key_columns(left, left_keys);
    std::vector<uint64_t> hashes(left.length);
    hash_rows(key, left.length, hashes.data());
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < left.length; ++i)
        if (set.contains(key, i, hashes[i]) == present) rows.push_back(i);
    return take_chunk(left, rows.data(), int64_t(rows.size()));
}

}  // namespace sabot
