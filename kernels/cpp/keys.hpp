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

Columns key_columns(const Chunk& c, const std::vector<int64_t>& keys);

// The rows of one chunk by their key, for many look-ups. A key with a NULL is nobody's.
class KeyedRows {
  public:
    KeyedRows(const Chunk& c, const std::vector<int64_t>& keys) : rows_(c), key_(key_columns(c, keys)), next_(c.length, -1), hashes_(c.length) {
        hash_rows(key_, c.length, hashes_.data());
        table_.assign(std::bit_ceil(size_t(c.length) * 2 + 2), -1);
        for (int64_t i = c.length - 1; i >= 0; --i) {
            if (has_null(key_, i)) continue;
            int64_t& first = table_[slot_of(key_, i, hashes_[i])];
            next_[i] = first;
            first = i;
        }
    }
    // All rows that have one of these keys, in their order.
    Chunk rows_of(const Chunk& keys) const {
        std::vector<uint64_t> hashes(keys.length);
        hash_rows(keys.columns, keys.length, hashes.data());
        std::vector<int64_t> found;
        for (int64_t i = 0; i < keys.length; ++i) {
            if (has_null(keys.columns, i)) continue;
            for (int64_t r = table_[slot_of(keys.columns, i, hashes[i])]; r >= 0; r = next_[r]) found.push_back(r);
        }
        if (keys.length > 1) {
            std::sort(found.begin(), found.end());
            found.erase(std::unique(found.begin(), found.end()), found.end());
        }
        return take_chunk(rows_, found.data(), int64_t(found.size()));
    }

  private:
    static bool has_null(const Columns& key, int64_t row) {
        for (auto& k : key)
            if (!k->valid(row)) return true;
        return false;
    }
    // Where the first row with this key is, or would be.
    size_t slot_of(const Columns& key, int64_t row, uint64_t hash) const {
        for (size_t s = hash & (table_.size() - 1);; s = (s + 1) & (table_.size() - 1))
            if (table_[s] < 0 || (hashes_[table_[s]] == hash && equal_row(key_, table_[s], key, row))) return s;
    }

    Chunk rows_;
    Columns key_;
    std::vector<int64_t> next_, table_;
    std::vector<uint64_t> hashes_;
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

// One row per key, the first or the last of each, in order of first occurrence; unless `nulls_equal`, all rows with a NULL in it.
inline Chunk one_per_key(const Chunk& c, const std::vector<int64_t>& keys, bool last, bool nulls_equal) {
    Columns key = key_columns(c, keys);
    KeySet set(key, c.length);
    std::vector<int64_t> rows, place(c.length);
    for (int64_t i = 0; i < c.length; ++i) {
        bool has_null = false;
        if (!nulls_equal) for (auto& k : key) has_null |= !k->valid(i);
        int64_t j = has_null ? -1 : set.insert(i);
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
