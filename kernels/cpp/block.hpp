// Blocks: a chunk as one self-describing run of bytes, the unit of what storage keeps.
//
//   "SBK" version(1)  checksum u64  size u64  rows i64  columns u32  weight width u8 (0 none, 1, 8)
//   weights, then each column: kind u8, flags u8, length i64, names, buffers, children
//   a buffer is its size (u64) and its bytes, both at multiples of 8; validity and booleans are bitmaps
//
// Little endian. The checksum covers all that follows it. Decoding copies the block once; columns point into it.
#pragma once

#include <limits>
#include <stdexcept>

#include "bits.hpp"
#include "take.hpp"

namespace sabot {

constexpr uint8_t kBlockVersion = 1;
constexpr size_t kBlockHeader = 40;
constexpr int kMaxNesting = 64;

struct DamagedBlock : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Four multiply-xor lanes over 32 bytes at a time: detects damage, is not meant against an adversary.
inline uint64_t block_checksum(const uint8_t* p, size_t n) {
    constexpr uint64_t k = 0x9fb21c651e98df25ull;
    uint64_t lanes[4] = {n, n ^ 0x243f6a8885a308d3ull, n ^ 0x13198a2e03707344ull, n ^ 0xa4093822299f31d0ull};
    auto mix = [](uint64_t h, uint64_t w) {
        h = (h ^ w) * k;
        return h ^ (h >> 29);
    };
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        uint64_t w[4];
        std::memcpy(w, p + i, 32);
        for (int j = 0; j < 4; ++j) lanes[j] = mix(lanes[j], w[j]);
    }
    for (; i < n; i += 8) {
        uint64_t w = 0;
        std::memcpy(&w, p + i, std::min<size_t>(8, n - i));
        lanes[0] = mix(lanes[0], w);
    }
    uint64_t h = lanes[0];
    for (int j = 1; j < 4; ++j) h = mix64(h ^ (lanes[j] + k * j));
    return h;
}

namespace detail {

enum BlockFlag : uint8_t { kConstant = 1, kHasValidity = 2 };

class BlockWriter {
  public:
    template <class T>
    void put(T v) { out_.append(&v, sizeof v); }
    void align() {
        size_t rest = (8 - out_.size() % 8) % 8;
        if (rest) std::memset(out_.grow(rest), 0, rest);
    }
    uint8_t* buffer(size_t bytes) {
        align();
        put<uint64_t>(bytes);
        return out_.grow(bytes);
    }
    void buffer(const void* p, size_t bytes) {
        uint8_t* d = buffer(bytes);
        if (bytes) std::memcpy(d, p, bytes);
    }
    void bitmap(const uint8_t* bytes, int64_t n) { pack_bits(bytes, n, buffer((n + 7) / 8)); }

    void column(const Column& c) {
        int64_t n = c.stored();
        put<uint8_t>(uint8_t(c.kind));
        put<uint8_t>(uint8_t((c.constant ? kConstant : 0) | (c.validity ? kHasValidity : 0)));
        put<int64_t>(c.length);
        put<uint32_t>(uint32_t(c.names.size()));
        for (auto& name : c.names) {
            put<uint32_t>(uint32_t(name.size()));
            out_.append(name.data(), name.size());
        }
        if (c.validity) bitmap(c.validity->data(), n);
        switch (shape_of(c.kind)) {
            case Shape::None: break;
            case Shape::Fixed:
                if (c.kind == Kind::Bool) bitmap(c.data->data(), n);
                else buffer(c.data->data(), size_t(n * width_of(c.kind)));
                break;
            case Shape::Bytes: {
                int32_t first = offsets(c, n);
                buffer(c.data->data() + first, size_t(c.offset_values()[n] - first));
                break;
            }
            case Shape::List: {
                int32_t first = offsets(c, n);
                column(*slice(c.children[0], first, c.offset_values()[n] - first));
                break;
            }
            case Shape::Struct:
                put<uint32_t>(uint32_t(c.children.size()));
                for (auto& f : c.children) column(*f);
                break;
        }
    }
    Bytes& out() { return out_; }

  private:
    // Offsets from 0; gives where they really start.
    int32_t offsets(const Column& c, int64_t n) {
        const int32_t* from = c.offset_values();
        auto to = reinterpret_cast<int32_t*>(buffer(size_t(n + 1) * 4));
        for (int64_t i = 0; i <= n; ++i) to[i] = from[i] - from[0];
        return from[0];
    }
    Bytes out_;
};

class BlockReader {
  public:
    explicit BlockReader(BufferPtr block) : block_(std::move(block)) {}

    template <class T>
    T get() {
        need(sizeof(T));
        T v;
        std::memcpy(&v, block_->data() + at_, sizeof v);
        at_ += sizeof v;
        return v;
    }
    BufferPtr buffer(size_t expected) {
        auto b = buffer();
        if (b->size() != expected) throw DamagedBlock("a buffer has the wrong size");
        return b;
    }
    BufferPtr buffer() {
        at_ = (at_ + 7) / 8 * 8;
        auto size = get<uint64_t>();
        need(size);
        auto b = Buffer::wrap(block_->data() + at_, size, block_);
        at_ += size;
        return b;
    }
    BufferPtr bitmap(int64_t n) {
        auto packed = buffer(size_t(n + 7) / 8);
        auto b = Buffer::allocate(n);
        unpack_bits(packed->data(), 0, n, b->data());
        return b;
    }
    ColumnPtr column(int depth = 0) {
        if (depth > kMaxNesting) throw DamagedBlock("nested too deeply");
        auto kind = get<uint8_t>();
        if (kind > uint8_t(Kind::Coded)) throw DamagedBlock("unknown kind of column");
        auto flags = get<uint8_t>();
        auto c = make_column(Kind(kind), get<int64_t>());
        if (c->length < 0 || c->length > std::numeric_limits<int32_t>::max()) throw DamagedBlock("length out of range");
        c->constant = flags & kConstant;
        for (auto names = get<uint32_t>(); names > 0; --names) {
            auto size = get<uint32_t>();
            need(size);
            c->names.emplace_back(reinterpret_cast<const char*>(block_->data() + at_), size);
            at_ += size;
        }
        int64_t n = c->stored();
        if (flags & kHasValidity) c->validity = bitmap(n);
        switch (shape_of(c->kind)) {
            case Shape::None: break;
            case Shape::Fixed:
                c->data = c->kind == Kind::Bool ? bitmap(n) : buffer(size_t(n * width_of(c->kind)));
                break;
            case Shape::Bytes:
                c->offsets = buffer(size_t(n + 1) * 4);
                c->data = buffer(size_t(c->offset_values()[n]));
                break;
            case Shape::List:
                c->offsets = buffer(size_t(n + 1) * 4);
                c->children.push_back(column(depth + 1));
                if (c->children[0]->length != c->offset_values()[n]) throw DamagedBlock("a list lacks its elements");
                break;
            case Shape::Struct:
                for (auto fields = get<uint32_t>(); fields > 0; --fields) {
                    c->children.push_back(column(depth + 1));
                    if (c->children.back()->length < n) throw DamagedBlock("a field is too short");
                }
                break;
        }
        return c;
    }
    void skip(size_t n) { at_ += n; }

  private:
    void need(size_t n) const {
        if (n > block_->size() || at_ > block_->size() - n) throw DamagedBlock("cut short");
    }
    BufferPtr block_;
    size_t at_ = 0;
};

}  // namespace detail

inline Bytes encode_block(const Chunk& c) {
    detail::BlockWriter w;
    uint8_t width = 0;
    if (c.weights) {
        width = 1;
        for (int64_t i = 0; i < c.length && width == 1; ++i)
            if (c.weight(i) != int8_t(c.weight(i))) width = 8;
    }
    w.out().append("SBK", 3);
    w.put<uint8_t>(kBlockVersion);
    w.put<uint32_t>(uint32_t(c.columns.size()));
    w.put<uint64_t>(0);
    w.put<uint64_t>(0);
    w.put<int64_t>(c.length);
    w.put<uint64_t>(width);
    if (width == 8) w.buffer(c.weights->data(), size_t(c.length) * 8);
    if (width == 1) {
        auto d = reinterpret_cast<int8_t*>(w.buffer(size_t(c.length)));
        for (int64_t i = 0; i < c.length; ++i) d[i] = int8_t(c.weight(i));
    }
    for (auto& col : c.columns) w.column(*col);
    uint64_t size = w.out().size();
    std::memcpy(w.out().data() + 16, &size, 8);
    uint64_t sum = block_checksum(w.out().data() + 16, size - 16) ^ mix64(kBlockVersion + (uint64_t(c.columns.size()) << 8));
    std::memcpy(w.out().data() + 8, &sum, 8);
    return std::move(w.out());
}

// Throws unless these are the bytes of a whole, unchanged block of this version.
inline void verify_block(const uint8_t* p, size_t n) {
    if (n < kBlockHeader || std::memcmp(p, "SBK", 3) != 0) throw DamagedBlock("not a block");
    if (p[3] != kBlockVersion) throw DamagedBlock("written by another version (" + std::to_string(p[3]) + ")");
    uint32_t columns;
    uint64_t sum, size;
    std::memcpy(&columns, p + 4, 4);
    std::memcpy(&sum, p + 8, 8);
    std::memcpy(&size, p + 16, 8);
    if (size != n) throw DamagedBlock("cut short");
    if (sum != (block_checksum(p + 16, n - 16) ^ mix64(kBlockVersion + (uint64_t(columns) << 8))))
        throw DamagedBlock("checksum differs");
}

inline Chunk decode_block(const uint8_t* p, size_t n) {
    verify_block(p, n);
    uint32_t columns;
    std::memcpy(&columns, p + 4, 4);
    auto block = Buffer::allocate(n);
    std::memcpy(block->data(), p, n);
    detail::BlockReader r(block);
    r.skip(24);
    Chunk c;
    c.length = r.get<int64_t>();
    auto width = r.get<uint64_t>();
    if (c.length < 0 || (width != 0 && width != 1 && width != 8)) throw DamagedBlock("bad header");
    if (width == 8) c.weights = r.buffer(size_t(c.length) * 8);
    if (width == 1) {
        auto narrow = r.buffer(size_t(c.length));
        c.weights = Buffer::allocate(size_t(c.length) * 8);
        auto to = reinterpret_cast<int64_t*>(c.weights->data());
        for (int64_t i = 0; i < c.length; ++i) to[i] = reinterpret_cast<const int8_t*>(narrow->data())[i];
    }
    for (uint32_t k = 0; k < columns; ++k) {
        c.columns.push_back(r.column());
        if (c.columns.back()->length != c.length) throw DamagedBlock("a column has the wrong length");
    }
    return c;
}

}  // namespace sabot
