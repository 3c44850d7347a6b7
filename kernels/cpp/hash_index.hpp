// Hash indexes over the rows of an arena: keys to chains of rows, and whole rows to their id.
//
// Open addressing with linear probing and backward-shift deletion; slots keep the 64-bit hash, so that
// growing reads no row. A chain is doubly linked, newest row first.
#pragma once

#include "arena.hpp"

namespace sabot {

struct KeySlot {
    uint64_t hash = 0;
    int64_t total = 0;       // sum of the weights of the key's rows
    uint32_t head = kNoRow;
    uint32_t rows = 0;       // length of the chain; 0 = the slot is free
};

// An 8-byte integer's row hash is a bijection, so equal hashes mean equal keys (but for the hash of NULL).
inline bool hash_is_key(const std::vector<Type>& types, const std::vector<int64_t>& columns) {
    if (columns.size() != 1) return false;
    switch (types[columns[0]].kind) {
        case Kind::Int2: case Kind::Int4: case Kind::Int8: case Kind::Date: case Kind::Time: case Kind::Timestamp:
        case Kind::Timestamptz: case Kind::Oid: return true;
        default: return false;
    }
}

class KeyIndex {
  public:
    KeyIndex(const Arena& arena, std::vector<int64_t> columns)
        : arena_(arena), columns_(std::move(columns)), exact_(hash_is_key(arena.types(), columns_)) {
        null_hash_ = combine_hash(0x243f6a8885a308d3ull, kNullHash);
        slots_.resize(16);
    }

    const std::vector<int64_t>& columns() const { return columns_; }
    size_t keys() const { return used_; }
    Columns key_of(const Columns& row) const {
        Columns out;
        for (int64_t k : columns_) out.push_back(row[k]);
        return out;
    }

    void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }

    // Newest row of the first key with this hash, to be fetched ahead; kNoRow when there is none.
    uint32_t guess(uint64_t hash) const {
        size_t mask = slots_.size() - 1;
        for (size_t s = hash & mask; slots_[s].rows; s = (s + 1) & mask)
            if (slots_[s].hash == hash) {
                __builtin_prefetch(&links_[slots_[s].head]);
                return slots_[s].head;
            }
        return kNoRow;
    }

    // The slot of a key (`key` holds the key columns only), or null.
    KeySlot* find(uint64_t hash, const Columns& key, int64_t row) {
        size_t mask = slots_.size() - 1;
        for (size_t s = hash & mask; slots_[s].rows; s = (s + 1) & mask)
            if (slots_[s].hash == hash && same_key(slots_[s], key, row)) return &slots_[s];
        return nullptr;
    }
    uint32_t next(uint32_t id) const { return links_[id].next; }
    int64_t total(uint64_t hash, const Columns& key, int64_t row) {
        KeySlot* s = find(hash, key, row);
        return s ? s->total : 0;
    }

    // Links a row under its key.
    void insert(uint64_t hash, const Columns& key, int64_t row, uint32_t id, int64_t weight) {
        if ((used_ + 1) * 4 > slots_.size() * 3) resize(slots_.size() * 2);
        if (links_.size() <= id) links_.resize(std::max<size_t>(id + 1, links_.size() * 2));
        size_t mask = slots_.size() - 1, s = hash & mask;
        while (slots_[s].rows && !(slots_[s].hash == hash && same_key(slots_[s], key, row))) s = (s + 1) & mask;
        KeySlot& slot = slots_[s];
        if (!slot.rows) {
            slot = KeySlot{hash, 0, kNoRow, 0};
            ++used_;
        }
        links_[id] = {slot.head, kNoRow};
        if (slot.head != kNoRow) links_[slot.head].previous = id;
        slot.head = id;
        ++slot.rows;
        slot.total += weight;
    }
    void unlink(KeySlot& slot, uint32_t id) {
        Link l = links_[id];
        if (l.next != kNoRow) links_[l.next].previous = l.previous;
        if (l.previous != kNoRow) links_[l.previous].next = l.next;
        else slot.head = l.next;
        if (--slot.rows == 0) erase(&slot - slots_.data());
    }
    // The row `from` lives at `to` now.
    void move(uint64_t hash, uint32_t from, uint32_t to) {
        if (links_.size() <= to) links_.resize(std::max<size_t>(to + 1, links_.size() * 2));
        Link l = links_[to] = links_[from];
        if (l.next != kNoRow) links_[l.next].previous = to;
        if (l.previous != kNoRow) {
            links_[l.previous].next = to;
            return;
        }
        size_t mask = slots_.size() - 1;
        for (size_t s = hash & mask;; s = (s + 1) & mask)
            if (slots_[s].rows && slots_[s].head == from) {
                slots_[s].head = to;
                return;
            }
    }
    void shrink() {
        if (used_ * 8 < slots_.size() && slots_.size() > 16) resize(std::bit_ceil(std::max<size_t>(used_ * 2, 16)));
        if (used_ == 0) links_ = {};
    }
    int64_t bytes() const { return int64_t(slots_.size() * sizeof(KeySlot) + links_.capacity() * sizeof(Link)); }

  private:
    struct Link {
        uint32_t next = kNoRow, previous = kNoRow;
    };

    bool same_key(const KeySlot& slot, const Columns& key, int64_t row) const {
        if (exact_ && slot.hash != null_hash_) return true;
        const Columns& stored = arena_.columns(slot.head);
        int64_t at = Arena::offset(slot.head);
        for (size_t k = 0; k < columns_.size(); ++k)
            if (!equal_value(*stored[columns_[k]], at, *key[k], row)) return false;
        return true;
    }
    void resize(size_t size) {
        std::vector<KeySlot> old(size);
        old.swap(slots_);
        size_t mask = size - 1;
        for (auto& slot : old) {
            if (!slot.rows) continue;
            size_t s = slot.hash & mask;
            while (slots_[s].rows) s = (s + 1) & mask;
            slots_[s] = slot;
        }
    }
    void erase(size_t hole) {
        size_t mask = slots_.size() - 1;
        for (size_t s = (hole + 1) & mask; slots_[s].rows; s = (s + 1) & mask) {
            size_t home = slots_[s].hash & mask;
            if (((s - home) & mask) >= ((s - hole) & mask)) {
                slots_[hole] = slots_[s];
                hole = s;
            }
        }
        slots_[hole] = KeySlot{};
        --used_;
    }

    const Arena& arena_;
    std::vector<int64_t> columns_;
    bool exact_;
    uint64_t null_hash_;
    std::vector<KeySlot> slots_;
    std::vector<Link> links_;
    size_t used_ = 0;
};

// Whole rows (identity) to ids, for relations in which one key has many rows.
class RowIndex {
  public:
    explicit RowIndex(const Arena& arena) : arena_(arena) { slots_.resize(16); }

    uint32_t find(uint64_t hash, const Columns& row, int64_t at) const {
        size_t mask = slots_.size() - 1;
        for (size_t s = hash & mask; slots_[s].id != kNoRow; s = (s + 1) & mask)
            if (slots_[s].hash == hash && arena_.identical(slots_[s].id, row, at)) return slots_[s].id;
        return kNoRow;
    }
    void insert(uint64_t hash, uint32_t id) {
        if ((used_ + 1) * 4 > slots_.size() * 3) resize(slots_.size() * 2);
        place({hash, id});
        ++used_;
    }
    void erase(uint64_t hash, uint32_t id) {
        size_t mask = slots_.size() - 1, hole = hash & mask;
        while (slots_[hole].id != id) hole = (hole + 1) & mask;
        for (size_t s = (hole + 1) & mask; slots_[s].id != kNoRow; s = (s + 1) & mask) {
            size_t home = slots_[s].hash & mask;
            if (((s - home) & mask) >= ((s - hole) & mask)) {
                slots_[hole] = slots_[s];
                hole = s;
            }
        }
        slots_[hole] = Slot{};
        --used_;
    }
    void move(uint64_t hash, uint32_t from, uint32_t to) {
        size_t mask = slots_.size() - 1, s = hash & mask;
        while (slots_[s].id != from) s = (s + 1) & mask;
        slots_[s].id = to;
    }
    void shrink() {
        if (used_ * 8 < slots_.size() && slots_.size() > 16) resize(std::bit_ceil(std::max<size_t>(used_ * 2, 16)));
    }
    int64_t bytes() const { return int64_t(slots_.size() * sizeof(Slot)); }

  private:
    struct Slot {
        uint64_t hash = 0;
        uint32_t id = kNoRow;
    };
    void resize(size_t size) {
        std::vector<Slot> old(size);
        old.swap(slots_);
        for (auto& slot : old)
            if (slot.id != kNoRow) place(slot);
    }
    void place(Slot slot) {
        size_t mask = slots_.size() - 1, s = slot.hash & mask;
        while (slots_[s].id != kNoRow) s = (s + 1) & mask;
        slots_[s] = slot;
    }

    const Arena& arena_;
    std::vector<Slot> slots_;
    size_t used_ = 0;
};

}  // namespace sabot
