// Rows in order with multiplicities: the state of min/max, ordered aggregates, top-n and window functions.
//
// A row is an order key (row_codec.hpp, compared by memcmp) and a payload, the encoded row; rows of equal keys
// are ordered by their payload, so that the order is a function of the set. Rows live in blocks of at most
// 2 * kBlock entries: finding is a binary search over blocks and inside one, a position costs one addition per
// block. Each entry keeps the first eight key bytes beside the pointer, so most comparisons touch no row. A single row,
// of which many groups have no more, needs no blocks: its entry lies in the set itself.
#pragma once

#include <memory>
#include <vector>

#include "row_codec.hpp"

namespace sabot {

struct OrderedRow {
    int64_t weight;
    int64_t saved;       // multiplicity at the last drain
    uint32_t key_size;
    uint32_t payload_size;
    bool dirty;          // waits in a ChangeLog
    bool dead;           // no longer in an OrderedRows; the log or the graveyard frees it
    uint32_t mark;       // the caller's own

    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    std::string_view key() const { return {bytes(), key_size}; }
    std::string_view payload() const { return {bytes() + key_size, payload_size}; }
    size_t footprint() const { return sizeof(OrderedRow) + key_size + payload_size; }
};

// Memory of rows, with counters, and the rows changed since the last drain.
class RowPool {
  public:
    explicit RowPool(bool tracked) : tracked_(tracked) {}
    RowPool(const RowPool&) = delete;
    RowPool& operator=(const RowPool&) = delete;
    ~RowPool() {
        for (auto& [tag, r] : log_)
            if (r->dead) std::free(r);
        for (auto* r : graveyard_) std::free(r);
    }
    OrderedRow* make(std::string_view key, std::string_view payload) {
        auto* r = static_cast<OrderedRow*>(std::malloc(sizeof(OrderedRow) + key.size() + payload.size()));
        if (!r) throw std::bad_alloc();
        *r = OrderedRow{0, 0, uint32_t(key.size()), uint32_t(payload.size()), false, false, 0};
        if (!key.empty()) std::memcpy(r->bytes(), key.data(), key.size());
        if (!payload.empty()) std::memcpy(r->bytes() + key.size(), payload.data(), payload.size());
        ++rows;
        bytes += int64_t(r->footprint());
        return r;
    }
    // The row's multiplicity has changed (or is about to); `tag` comes back from drain.
    void note(OrderedRow* r, uint64_t tag) {
        if (!tracked_ || r->dirty) return;
        r->dirty = true;
        log_.emplace_back(tag, r);
    }
    // The row has left its OrderedRows. It stays readable until `bury` (or the drain).
    void retire(OrderedRow* r) {
        r->dead = true;
        --rows;
        bytes -= int64_t(r->footprint());
        if (!r->dirty) graveyard_.push_back(r);
    }
    void bury() {
        for (auto* r : graveyard_) std::free(r);
        graveyard_.clear();
    }
    // Gives every changed row as f(tag, row, change of multiplicity since the last drain).
    template <class F>
    void drain(F&& f) {
        for (auto& [tag, r] : log_) {
            int64_t now = r->dead ? 0 : r->weight;
            if (now != r->saved) f(tag, *r, now - r->saved);
            r->saved = now;
            r->dirty = false;
            if (r->dead) std::free(r);
        }
        log_.clear();
        log_.shrink_to_fit();
    }

    int64_t rows = 0, bytes = 0;

  private:
    bool tracked_;
    std::vector<std::pair<uint64_t, OrderedRow*>> log_;
    std::vector<OrderedRow*> graveyard_;
};

class OrderedRows {
  public:
    static constexpr size_t kBlock = 128;
    struct Entry {
        uint64_t prefix;
        OrderedRow* row;
    };
    struct Block {
        std::vector<Entry> entries;
        int64_t weight = 0;
    };
    // A place in the order; `block == blocks()` is the end.
    struct Place {
        size_t block = 0, index = 0;
        bool operator==(const Place&) const = default;
    };

    OrderedRows() = default;
    OrderedRows(const OrderedRows&) = delete;
    OrderedRows& operator=(const OrderedRows&) = delete;
    OrderedRows(OrderedRows&& o) noexcept : one_(o.one_), blocks_(std::move(o.blocks_)), total_(o.total_) {
        o.one_.row = nullptr;
        o.total_ = 0;
    }
    ~OrderedRows() {
        if (one_.row) release(one_.row);
        if (blocks_)
            for (auto& b : *blocks_)
                for (auto& e : b.entries) release(e.row);
    }

    bool empty() const { return !blocks_ && !one_.row; }
    int64_t total() const { return total_; }  // rows, with multiplicity
    Place begin() const { return {}; }
    Place end() const { return {blocks_ ? blocks_->size() : size_t(one_.row != nullptr), 0}; }
    OrderedRow* at(Place p) const { return blocks_ ? (*blocks_)[p.block].entries[p.index].row : one_.row; }
    Place next(Place p) const {
        if (!blocks_ || ++p.index == (*blocks_)[p.block].entries.size()) return {p.block + 1, 0};
        return p;
    }
    Place previous(Place p) const {
        if (!blocks_) return {0, 0};
        if (p.index) return {p.block, p.index - 1};
        return {p.block - 1, (*blocks_)[p.block - 1].entries.size() - 1};
    }
    OrderedRow* first() const { return blocks_ ? blocks_->front().entries.front().row : one_.row; }
    OrderedRow* last() const { return blocks_ ? blocks_->back().entries.back().row : one_.row; }
    // The last row's key against another: < 0 before, > 0 after. Not of an empty set.
    int compare_last(std::string_view key) const {
        const Entry& e = blocks_ ? blocks_->back().entries.back() : one_;
        uint64_t prefix = prefix_of(key);
        if (e.prefix != prefix) return e.prefix < prefix ? -1 : 1;
        return e.row->key().compare(key);
    }
    // What a change will touch first, to be fetched ahead.
    const void* ahead() const { return blocks_ ? static_cast<const void*>(blocks_.get()) : one_.row; }

    static uint64_t prefix_of(std::string_view key) {
        uint64_t v = 0;
        std::memcpy(&v, key.data(), std::min<size_t>(key.size(), 8));
        return __builtin_bswap64(v);
    }

    // First place whose row is not before (key, payload); `types` order payloads of equal keys.
    Place lower_bound(std::string_view key, std::string_view payload, const std::vector<Type>& types, bool* found) const {
        uint64_t prefix = prefix_of(key);
        auto before = [&](const Entry& e) {  // < 0: e is before
            if (e.prefix != prefix) return e.prefix < prefix ? -1 : 1;
            int r = e.row->key().compare(key);
            return r ? r : compare_encoded(types, e.row->payload(), payload);
        };
        return search(before, found);
    }
    // First place whose key is not before (`after`: is after) `key`.
    Place bound(std::string_view key, bool after) const {
        uint64_t prefix = prefix_of(key);
        auto before = [&](const Entry& e) {
            if (e.prefix != prefix) return e.prefix < prefix ? -1 : 1;
            int r = e.row->key().compare(key);
            return r ? r : after ? -1 : 1;
        };
        bool found;
        return search(before, &found);
    }
    // Rows (with multiplicity) before a place.
    int64_t before(Place p) const {
        if (!blocks_) return p.block ? total_ : 0;
        int64_t t = 0;
        for (size_t b = 0; b < p.block; ++b) t += (*blocks_)[b].weight;
        for (size_t i = 0; i < p.index; ++i) t += (*blocks_)[p.block].entries[i].row->weight;
        return t;
    }
    // The place that covers position `n` (0-based, counted with multiplicity); `start` is where its row begins.
    Place select(int64_t n, int64_t* start) const {
        if (!blocks_) {
            *start = n < total_ ? 0 : total_;
            return n < total_ ? begin() : end();
        }
        int64_t t = 0;
        size_t b = 0;
        while (b < blocks_->size() && t + (*blocks_)[b].weight <= n) t += (*blocks_)[b++].weight;
        size_t i = 0;
        if (b < blocks_->size())
            while (t + (*blocks_)[b].entries[i].row->weight <= n) t += (*blocks_)[b].entries[i++].row->weight;
        *start = t;
        return {b, i};
    }

    void insert(Place p, OrderedRow* row) {
        total_ += row->weight;
        Entry entry{prefix_of(row->key()), row};
        if (empty()) {
            one_ = entry;
            return;
        }
        if (!blocks_) {
            blocks_ = std::make_unique<std::vector<Block>>(1);
            blocks_->front().entries.push_back(one_);
            blocks_->front().weight = one_.row->weight;
            one_.row = nullptr;
        }
        if (p.block == blocks_->size()) p = {blocks_->size() - 1, blocks_->back().entries.size()};
        Block& b = (*blocks_)[p.block];
        b.entries.insert(b.entries.begin() + int64_t(p.index), entry);
        b.weight += row->weight;
        if (b.entries.size() > 2 * kBlock) split(p.block);
    }
    void add_weight(Place p, int64_t w) {
        at(p)->weight += w;
        if (blocks_) (*blocks_)[p.block].weight += w;
        total_ += w;
    }
    // Takes the row at `p` out; it is the caller's.
    OrderedRow* erase(Place p) {
        OrderedRow* r = at(p);
        total_ -= r->weight;
        if (!blocks_) {
            one_.row = nullptr;
            return r;
        }
        Block& b = (*blocks_)[p.block];
        b.weight -= r->weight;
        b.entries.erase(b.entries.begin() + int64_t(p.index));
        if (b.entries.empty()) blocks_->erase(blocks_->begin() + int64_t(p.block));
        if (blocks_->size() == 1 && blocks_->front().entries.size() == 1) {
            one_ = blocks_->front().entries.front();
            blocks_.reset();
        }
        return r;
    }

    // Adds `w` copies of (key, payload); rows that reach 0 leave. Returns the row, or null if it has left.
    OrderedRow* change(std::string_view key, std::string_view payload, int64_t w, const std::vector<Type>& types,
                       RowPool& pool, uint64_t tag) {
        bool found;
        Place p = lower_bound(key, payload, types, &found);
        if (!found) {
            OrderedRow* r = pool.make(key, payload);
            r->weight = w;
            insert(p, r);
            pool.note(r, tag);
            return r;
        }
        OrderedRow* r = at(p);
        pool.note(r, tag);
        add_weight(p, w);
        if (r->weight) return r;
        erase(p);
        pool.retire(r);
        return nullptr;
    }
    // Gives all memory back to the pool's counters before destruction.
    void clear(RowPool& pool, uint64_t tag) {
        auto leave = [&](OrderedRow* r) {
            pool.note(r, tag);
            r->weight = 0;
            pool.retire(r);
        };
        if (one_.row) leave(one_.row);
        if (blocks_)
            for (auto& b : *blocks_)
                for (auto& e : b.entries) leave(e.row);
        one_.row = nullptr;
        blocks_.reset();
        total_ = 0;
    }

  private:
    static void release(OrderedRow* r) {
        if (r->dirty) r->dead = true;  // the pool's log frees it
        else std::free(r);
    }
    template <class F>
    Place search(F&& before, bool* found) const {
        *found = false;
        if (!blocks_) {
            if (!one_.row) return end();
            int r = before(one_);
            *found = r == 0;
            return r < 0 ? end() : begin();
        }
        size_t lo = 0, hi = blocks_->size();  // last block whose first entry is not after
        while (hi - lo > 1) {
            size_t mid = (lo + hi) / 2;
            if (before((*blocks_)[mid].entries.front()) <= 0) lo = mid;
            else hi = mid;
        }
        auto& entries = (*blocks_)[lo].entries;
        size_t a = 0, z = entries.size();
        while (a < z) {
            size_t mid = (a + z) / 2;
            int r = before(entries[mid]);
            if (r == 0) {
                *found = true;
                return {lo, mid};
            }
            if (r < 0) a = mid + 1;
            else z = mid;
        }
        if (a == entries.size()) return {lo + 1, 0};
        return {lo, a};
    }
    void split(size_t at) {
        Block right;
        auto& left = (*blocks_)[at];
        right.entries.assign(left.entries.begin() + kBlock, left.entries.end());
        left.entries.resize(kBlock);
        for (auto& e : right.entries) right.weight += e.row->weight;
        left.weight -= right.weight;
        blocks_->insert(blocks_->begin() + int64_t(at) + 1, std::move(right));
    }

    Entry one_{0, nullptr};
    std::unique_ptr<std::vector<Block>> blocks_;
    int64_t total_ = 0;
};

}  // namespace sabot
