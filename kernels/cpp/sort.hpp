// Ordering rows by several keys: stable, NULLs first or last per key, only the first `count` if wanted.
//
// The leading key becomes one unsigned integer per row whose order agrees with the key's (exactly for
// fixed-width numbers, by prefix for text); columns are compared only where it ties.
#pragma once

#include <algorithm>
#include <bit>

#include "take.hpp"

namespace sabot {

struct OrderKey {
    int64_t column;
    bool descending;
    bool nulls_first;
};

inline int compare_by_key(const Column& a, int64_t i, const Column& b, int64_t j, const OrderKey& key) {
    bool va = a.valid(i), vb = b.valid(j);
    if (!va || !vb) {
        if (va == vb) return 0;
        return (!va) == key.nulls_first ? -1 : 1;
    }
    int r = compare_value(a, i, b, j);
    return key.descending ? -r : r;
}

// An integer whose order agrees with the value's; `exact` when equal integers mean equal values.
inline uint64_t order_prefix(const Column& c, int64_t row, bool& exact) {
    constexpr uint64_t kSign = uint64_t(1) << 63;
    switch (c.kind) {
        case Kind::Bool: return c.value<uint8_t>(row);
        case Kind::Int2: return uint64_t(int64_t(c.value<int16_t>(row))) ^ kSign;
        case Kind::Int4: case Kind::Date: return uint64_t(int64_t(c.value<int32_t>(row))) ^ kSign;
        case Kind::Int8: case Kind::Time: case Kind::Timestamp: case Kind::Timestamptz: case Kind::Oid:
            return uint64_t(c.value<int64_t>(row)) ^ kSign;
        case Kind::Float4: case Kind::Float8: {
            double d = c.kind == Kind::Float4 ? double(c.value<float>(row)) : c.value<double>(row);
            if (std::isnan(d)) return ~uint64_t(0);
            if (d == 0) d = 0;
            uint64_t u = std::bit_cast<uint64_t>(d);
            return u & kSign ? ~u : u | kSign;
        }
        case Kind::Text: case Kind::Bytea: case Kind::Jsonb: case Kind::Coded: {
            exact = false;
            auto b = c.kind == Kind::Coded ? coded_value(c.bytes(row)) : c.bytes(row);
            uint64_t v = 0;
            for (size_t k = 0; k < 8; ++k) v = v << 8 | (k < b.size() ? uint8_t(b[k]) : 0);
            return v;
        }
        default: exact = false; return 0;
    }
}

// Positions of the first `count` rows in order (count < 0: all).
inline std::vector<int64_t> sort_positions(const Chunk& in, const std::vector<OrderKey>& keys, int64_t count) {
    struct Item {
        uint64_t prefix;
        uint32_t rank;  // of the leading key: NULLs before or after the values
        uint32_t row_high, row_low;
        int64_t row() const { return int64_t(uint64_t(row_high) << 32 | row_low); }
    };
    int64_t n = in.length;
    std::vector<Item> items(n);
    bool exact = true;
    const Column& lead = *in.columns[keys[0].column];
    for (int64_t i = 0; i < n; ++i) {
        bool valid = lead.valid(i);
        uint64_t p = valid ? order_prefix(lead, i, exact) : 0;
        items[i] = {keys[0].descending && valid ? ~p : p, valid ? 1u : keys[0].nulls_first ? 0u : 2u,
                    uint32_t(uint64_t(i) >> 32), uint32_t(i)};
    }
    size_t from = exact ? 1 : 0;
    auto less = [&](const Item& a, const Item& b) {
        if (a.rank != b.rank) return a.rank < b.rank;
        if (a.prefix != b.prefix) return a.prefix < b.prefix;
        int64_t i = a.row(), j = b.row();
        for (size_t k = from; k < keys.size(); ++k) {
            const Column& c = *in.columns[keys[k].column];
            if (int r = compare_by_key(c, i, c, j, keys[k])) return r < 0;
        }
        return i < j;
    };
    if (count < 0 || count > n) count = n;
    if (count < n / 4) {
        std::partial_sort(items.begin(), items.begin() + count, items.end(), less);
    } else {
        std::sort(items.begin(), items.end(), less);
    }
    std::vector<int64_t> rows(count);
    for (int64_t i = 0; i < count; ++i) rows[i] = items[i].row();
    return rows;
}

// Runs of equal values in an int8 column without NULLs: pairs of value and length.
inline std::vector<std::pair<int64_t, int64_t>> value_runs(const Chunk& in, int64_t column) {
    const Column& c = *in.columns[size_t(column)];
    std::vector<std::pair<int64_t, int64_t>> runs;
    if (in.length && c.constant) runs.emplace_back(c.value<int64_t>(0), in.length);
    else
        for (int64_t i = 0; i < in.length; ++i) {
            int64_t v = c.value<int64_t>(i);
            if (runs.empty() || runs.back().first != v) runs.emplace_back(v, 0);
            ++runs.back().second;
        }
    return runs;
}

inline Chunk sorted_chunk(const Chunk& in, const std::vector<OrderKey>& keys, int64_t limit, int64_t offset) {
    int64_t end = limit < 0 ? -1 : (limit > in.length || offset > in.length - limit ? in.length : offset + limit);
    auto rows = sort_positions(in, keys, end);
    int64_t from = std::min<int64_t>(offset, int64_t(rows.size()));
    return take_chunk(in, rows.data() + from, int64_t(rows.size()) - from);
}

}  // namespace sabot
