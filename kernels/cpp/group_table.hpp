// Group keys to dense slots: open addressing over a 32-bit hash tag, keys kept as byte strings.
//
// Keys of fixed-width kinds lie at a fixed stride; others are strings (short ones inline). Kinds whose equal
// values may differ in bytes (numeric, floats, interval) are looked up by order key, and the first value seen
// represents the group. Freed slots are used again; restoring puts a group back into its slot.
#pragma once

#include "row_codec.hpp"

namespace sabot {

class GroupTable {
  public:
    static constexpr uint32_t kMissing = ~uint32_t(0);

    explicit GroupTable(std::vector<Type> types) : types_(std::move(types)) {
        exact_ = fixed_ = true;
        for (auto& t : types_) {
            exact_ &= exact_type(t);
            fixed_ &= shape_of(t.kind) == Shape::Fixed;
            stride_ += 1 + size_t(width_of(t.kind));
        }
        fixed_ &= exact_;
        table_.assign(16, Cell{0, 0});
    }

    const std::vector<Type>& types() const { return types_; }
    int64_t size() const { return live_; }
    uint32_t capacity() const { return capacity_; }  // slots are below this
    int64_t bytes() const {
        return int64_t(table_.size() * sizeof(Cell) + fixed_keys_.size() + hashes_.size() * 4) + string_bytes_;
    }

    // The slot of each row's key; unknown keys get one (`add`) or kMissing.
    void locate(const Columns& key, int64_t n, uint32_t* slots, bool add) {
        if (add) reserve(live_ + 1);
        if (types_.empty()) {  // one group of all rows
            if (n > 0) std::fill_n(slots, n, find_fixed("", uint32_t(hash_bytes("", 0)), add));
            return;
        }
        if (fixed_) {
            encode_fixed(key, n);
            std::vector<uint32_t> tags(n);
            for (int64_t i = 0; i < n; ++i) tags[i] = uint32_t(hash_bytes(scratch_.data() + i * stride_, stride_));
            for (int64_t i = 0; i < n; ++i) {
                if (i + 8 < n) __builtin_prefetch(&table_[tags[i + 8] & mask()]);
                if (add) reserve(live_ + 1);
                slots[i] = find_fixed(scratch_.data() + i * stride_, tags[i], add);
            }
            return;
        }
        std::string blob, shown;
        for (int64_t i = 0; i < n; ++i) {
            blob.clear();
            if (exact_) encode_row(key, i, blob);
            else for (auto& c : key) append_order_key(*c, i, false, false, blob);
            uint32_t tag = uint32_t(hash_bytes(blob.data(), blob.size()));
            if (add) reserve(live_ + 1);
            bool fresh;
            slots[i] = find_string(blob, tag, add, &fresh);
            if (fresh && !exact_) {
                shown.clear();
                encode_row(key, i, shown);
                string_bytes_ += int64_t(shown.size() + sizeof(std::string));
                shown_[slots[i]] = shown;
            }
        }
    }

    void erase(uint32_t slot) {
        size_t at = hashes_[slot] & mask();
        while (table_[at].slot != slot + 1) at = (at + 1) & mask();
        for (size_t hole = at;;) {  // close the gap
            at = (at + 1) & mask();
            if (!table_[at].slot) {
                table_[hole].slot = 0;
                break;
            }
            size_t home = table_[at].tag & mask();
            if (((at - home) & mask()) >= ((at - hole) & mask())) {
                table_[hole] = table_[at];
                hole = at;
            }
        }
        if (!fixed_) {
            string_bytes_ -= int64_t(keys_[slot].size() + sizeof(std::string));
            keys_[slot] = std::string();
            if (!exact_) {
                string_bytes_ -= int64_t(shown_[slot].size() + sizeof(std::string));
                shown_[slot] = std::string();
            }
        }
        if (!stale_) free_.push_back(slot);
        used_[slot] = 0;
        --live_;
    }

    bool used(uint32_t slot) const { return slot < capacity_ && used_[slot]; }
    // The key in encoded form (row_codec.hpp).
    std::string_view encoded(uint32_t slot) const {
        if (fixed_) return {fixed_keys_.data() + slot * stride_, stride_};
        return exact_ ? keys_[slot] : shown_[slot];
    }
    // Puts a group back into its slot, whoever was there.
    void restore(uint32_t slot, std::string_view encoded) {
        stale_ = true;
        if (used(slot)) erase(slot);
        reserve(live_ + 1);
        while (capacity_ <= slot) new_slot();
        std::string blob(encoded);
        if (!exact_) {
            blob.clear();
            const char* p = encoded.data();
            for (auto& t : types_) {
                append_order_key(*decoded_column(p, t), 0, false, false, blob);
                p = skip_value(p, t);
            }
            shown_[slot] = std::string(encoded);
            string_bytes_ += int64_t(encoded.size() + sizeof(std::string));
        }
        uint32_t tag = uint32_t(hash_bytes(blob.data(), blob.size()));
        set_key(slot, blob);
        size_t at = tag & mask();
        while (table_[at].slot) at = (at + 1) & mask();
        table_[at] = Cell{tag, slot + 1};
        hashes_[slot] = tag;
        used_[slot] = 1;
        ++live_;
    }

  private:
    struct Cell {
        uint32_t tag;
        uint32_t slot;  // plus one; 0 = empty
    };
    size_t mask() const { return table_.size() - 1; }

    void reserve(int64_t count) {
        if (size_t(count) * 2 <= table_.size()) return;
        std::vector<Cell> old(table_.size() * 2, Cell{0, 0});
        old.swap(table_);
        for (auto& c : old) {
            if (!c.slot) continue;
            size_t at = c.tag & mask();
            while (table_[at].slot) at = (at + 1) & mask();
            table_[at] = c;
        }
    }
    uint32_t new_slot() {
        if (capacity_ == kMissing) throw std::length_error("too many groups");
        hashes_.push_back(0);
        used_.push_back(0);
        if (fixed_) fixed_keys_.resize(fixed_keys_.size() + stride_);
        else keys_.emplace_back();
        if (!exact_) shown_.emplace_back();
        return capacity_++;
    }
    uint32_t take_slot() {
        if (stale_) {
            free_.clear();
            for (uint32_t s = capacity_; s-- > 0;)
                if (!used_[s]) free_.push_back(s);
            stale_ = false;
        }
        if (free_.empty()) return new_slot();
        uint32_t s = free_.back();
        free_.pop_back();
        return s;
    }
    void set_key(uint32_t slot, std::string_view blob) {
        if (fixed_) {
            std::memcpy(fixed_keys_.data() + slot * stride_, blob.data(), stride_);
        } else {
            keys_[slot] = std::string(blob);
            string_bytes_ += int64_t(blob.size() + sizeof(std::string));
        }
    }
    uint32_t claim(size_t at, uint32_t tag, std::string_view blob) {
        uint32_t slot = take_slot();
        set_key(slot, blob);
        table_[at] = Cell{tag, slot + 1};
        hashes_[slot] = tag;
        used_[slot] = 1;
        ++live_;
        return slot;
    }
    uint32_t find_fixed(const char* key, uint32_t tag, bool add) {
        size_t at = tag & mask();
        for (; table_[at].slot; at = (at + 1) & mask())
            if (table_[at].tag == tag && same(fixed_keys_.data() + size_t(table_[at].slot - 1) * stride_, key))
                return table_[at].slot - 1;
        return add ? claim(at, tag, {key, stride_}) : kMissing;
    }
    bool same(const char* a, const char* b) const {
        if (stride_ == 9) {
            uint64_t x, y;
            std::memcpy(&x, a + 1, 8);
            std::memcpy(&y, b + 1, 8);
            return x == y && *a == *b;
        }
        return stride_ == 0 || std::memcmp(a, b, stride_) == 0;  // without bytes there is no place to read from
    }
    uint32_t find_string(std::string_view blob, uint32_t tag, bool add, bool* fresh) {
        *fresh = false;
        size_t at = tag & mask();
        for (; table_[at].slot; at = (at + 1) & mask())
            if (table_[at].tag == tag && keys_[table_[at].slot - 1] == blob) return table_[at].slot - 1;
        if (!add) return kMissing;
        *fresh = true;
        return claim(at, tag, blob);
    }

    // Keys of all rows at the stride, column by column; an absent value is all zero bytes.
    void encode_fixed(const Columns& key, int64_t n) {
        scratch_.resize(size_t(n) * stride_);
        size_t offset = 0;
        for (size_t k = 0; k < types_.size(); ++k) {
            const Column& c = *key[k];
            int w = width_of(types_[k].kind);
            char* out = scratch_.data() + offset;
            offset += 1 + size_t(w);
            if (c.kind == Kind::Null) {
                for (int64_t i = 0; i < n; ++i, out += stride_) std::memset(out, 0, 1 + size_t(w));
                continue;
            }
            const uint8_t* data = c.data->data();
            auto run = [&]<int W>(std::integral_constant<int, W>) {
                for (int64_t i = 0; i < n; ++i, out += stride_) {
                    if (c.validity && !c.valid(i)) {
                        std::memset(out, 0, 1 + W);
                        continue;
                    }
                    *out = 1;
                    std::memcpy(out + 1, data + c.at(i) * W, W);
                }
            };
            switch (w) {
                case 1: run(std::integral_constant<int, 1>()); break;
                case 2: run(std::integral_constant<int, 2>()); break;
                case 4: run(std::integral_constant<int, 4>()); break;
                case 8: run(std::integral_constant<int, 8>()); break;
                case 16: run(std::integral_constant<int, 16>()); break;
                default: run(std::integral_constant<int, 32>()); break;
            }
        }
        for (size_t k = 0; k + 1 < types_.size(); ++k)
            if (key[k]->kind == Kind::Null || key[k]->validity) return close_gaps(n);
    }
    // A NULL is one byte in the encoded form: what follows moves up, the end of the stride is zero.
    void close_gaps(int64_t n) {
        for (int64_t i = 0; i < n; ++i) {
            char* row = scratch_.data() + size_t(i) * stride_;
            char* to = row;
            const char* from = row;
            for (auto& t : types_) {
                size_t w = size_t(width_of(t.kind)), size = *from ? 1 + w : 1;
                if (to != from) std::memmove(to, from, size);
                to += size;
                from += 1 + w;
            }
            std::memset(to, 0, size_t(row + stride_ - to));
        }
    }

    std::vector<Type> types_;
    bool exact_, fixed_;
    size_t stride_ = 0;
    std::vector<Cell> table_;
    std::vector<uint32_t> hashes_;    // by slot
    std::vector<uint8_t> used_;       // by slot
    std::vector<char> fixed_keys_;    // by slot, at the stride
    std::vector<std::string> keys_;   // by slot: encoded (exact) or order key
    std::vector<std::string> shown_;  // by slot, not exact: the encoded key first seen
    std::vector<uint32_t> free_;
    std::vector<char> scratch_;
    bool stale_ = false;              // free_ has to be made anew after restores
    uint32_t capacity_ = 0;
    int64_t live_ = 0, string_bytes_ = 0;
};

}  // namespace sabot
