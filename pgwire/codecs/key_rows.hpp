// The answer to a run that reads one key: from the values of Bind through the row store to messages.
#pragma once

#include "key_run.hpp"
#include "pattern.hpp"
#include "read_binary.hpp"
#include "row_store.hpp"
#include "write_rows.hpp"

namespace sabot::wire {

// One column of a key: a parameter (by position from 0), or a constant.
struct KeyPart {
    int parameter = -1;
    ColumnPtr constant;
    Type type;
    WireType wire;
};

// The key that the values of a run give; false where a value does not fit its type (the dialogue says how).
inline bool key_of_run(const std::vector<KeyPart>& parts, const KeyRun& run, Columns& key) {
    static const InputSettings settings;  // no type of a key depends on them
    key.clear();
    for (auto& part : parts) {
        if (part.parameter < 0) {
            key.push_back(part.constant);
            continue;
        }
        const RunValue& value = run.values[size_t(part.parameter)];
        ColumnBuilder builder(part.type);
        if (value.size < 0) builder.append_null();
        else try {
            get_parameter(builder, part.wire, value.binary, value.text(), settings, part.parameter + 1);
        } catch (const ValueError&) {
            return false;
        }
        key.push_back(builder.finish());
    }
    return true;
}

// Constants of a text as the values of a run.
inline void values_of(const std::vector<Constant>& constants, KeyRun& run) {
    run.values.clear();
    for (auto& c : constants) run.values.push_back({c.text.data(), int32_t(c.text.size()), false});
}

inline bool is_integer(Kind kind) { return kind == Kind::Int2 || kind == Kind::Int4 || kind == Kind::Int8; }

// An integer as one of another width; NULL, which no key is, where it does not fit.
inline ColumnPtr as_integer(const Column& given, const Type& type) {
    ColumnBuilder out(type);
    int64_t v = !given.valid(0) ? 0
        : given.kind == Kind::Int2 ? given.value<int16_t>(0)
        : given.kind == Kind::Int4 ? given.value<int32_t>(0) : given.value<int64_t>(0);
    if (!given.valid(0)) out.append_null();
    else if (type.kind == Kind::Int8) out.append(v);
    else if (type.kind == Kind::Int4 && v == int32_t(v)) out.append(int32_t(v));
    else if (type.kind == Kind::Int2 && v == int16_t(v)) out.append(int16_t(v));
    else out.append_null();
    return out.finish();
}

// Whether a store is what the statement was decided for. Integers of the key become as wide as those of the store.
inline bool store_fits(RowStore& store, const std::vector<int64_t>& key_columns, Columns& key,
                       const std::vector<int64_t>& positions, const std::vector<WireColumn>& columns) {
    const std::vector<Type>& types = store.arena().types();
    if (store.index().columns() != key_columns || key.size() != key_columns.size()) return false;
    for (size_t k = 0; k < key.size(); ++k) {
        const Type& stored = types[size_t(key_columns[k])];
        if (stored.kind == key[k]->kind) continue;
        if (!is_integer(stored.kind) || !is_integer(key[k]->kind)) return false;
        key[k] = as_integer(*key[k], stored);
    }
    for (size_t k = 0; k < positions.size(); ++k)
        if (size_t(positions[k]) >= types.size() || types[size_t(positions[k])].kind != columns[k].type.kind) return false;
    return true;
}

inline void put_message(std::string& out, char code, std::string_view body) {
    out.push_back(code);
    put<uint32_t>(out, uint32_t(body.size() + 4));
    out += body;
}

// DataRow messages of the rows under a key, `positions` being those of the columns, then CommandComplete and ReadyForQuery (idle).
inline void write_key_rows(RowStore& store, const Columns& key, const std::vector<int64_t>& positions,
                           const std::vector<WireColumn>& columns, const OutputSettings& settings, std::string& out) {
    int64_t rows = 0;
    bool present = true;
    for (auto& c : key) present &= c->valid(0);
    if (present) {
        uint64_t hash;
        hash_rows(key, 1, &hash);
        const Arena& arena = store.arena();
        KeySlot* slot = store.index().find(hash, key, 0);
        for (uint32_t id = slot ? slot->head : kNoRow; id != kNoRow; id = store.index().next(id)) {
            const Columns& stored = arena.columns(id);
            for (int64_t copies = arena.weight(id); copies > 0; --copies, ++rows)
                write_row(columns, [&](size_t k) -> const Column& { return *stored[size_t(positions[k])]; }, Arena::offset(id), settings, out);
        }
    }
    std::string tag = "SELECT " + std::to_string(rows);
    put_message(out, 'C', {tag.c_str(), tag.size() + 1});
    out.append("Z\0\0\0\5I", 6);
}

}  // namespace sabot::wire
