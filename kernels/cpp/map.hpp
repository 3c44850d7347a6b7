// Maps: lists of key/value rows, sorted by key, so that equal maps are equal lists.
#pragma once

#include "rows.hpp"
#include "text.hpp"

namespace sabot {

// Where an entry of a map in the making comes from.
struct MapEntry {
    const Column* key;
    int64_t key_row;
    const Column* value;
    int64_t value_row;
};

inline void append_map(ColumnBuilder& entries, std::vector<MapEntry>& list, bool last_wins) {
    for (auto& e : list)
        if (!e.key->valid(e.key_row)) throw ValueError{"22004", "map keys must not be NULL"};
    std::stable_sort(list.begin(), list.end(), [](const MapEntry& a, const MapEntry& b) {
        return compare_value(*a.key, a.key_row, *b.key, b.key_row) < 0;
    });
    for (size_t k = 0; k < list.size(); ++k) {
        if (k + 1 < list.size() && compare_value(*list[k].key, list[k].key_row, *list[k + 1].key, list[k + 1].key_row) == 0) {
            if (!last_wins) throw ValueError{"22023", "map keys must be unique"};
            continue;
        }
        entries.child(0).append_from(*list[k].key, list[k].key_row);
        entries.child(1).append_from(*list[k].value, list[k].value_row);
        entries.close_row();
    }
}
inline void collect_entries(std::vector<MapEntry>& to, const Column& map, int64_t row) {
    auto [from, end] = map.range(row);
    const Column& e = *map.children[0];
    for (int32_t k = from; k < end; ++k) {
        if (!e.valid(k)) throw ValueError{"22004", "map entries must not be NULL"};
        to.push_back({e.children[0].get(), e.at(k), e.children[1].get(), e.at(k)});
    }
}

SABOT_KERNEL(map_from_key_values) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        auto [value_from, value_end] = args[1]->range(i);
        if (end - from != value_end - value_from) throw ValueError{"22023", "map keys and values have different length"};
        std::vector<MapEntry> entries;
        for (int32_t k = from; k < end; ++k)
            entries.push_back({args[0]->children[0].get(), k, args[1]->children[0].get(), value_from + (k - from)});
        append_map(to, entries, false);
        return true;
    });
}
SABOT_KERNEL(map_from_entries) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        std::vector<MapEntry> entries;
        collect_entries(entries, *args[0], i);
        append_map(to, entries, false);
        return true;
    });
}
SABOT_KERNEL(map_cat) {
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        std::vector<MapEntry> entries;
        bool present = false;
        for (auto& a : args)
            if (a->valid(i)) {
                present = true;
                collect_entries(entries, *a, i);
            }
        if (!present) { out.append_null(); continue; }
        append_map(out.child(0), entries, true);
        out.close_row();
    }
    return out.finish();
}
SABOT_KERNEL(map_insert) {
    return map_list({args[0], args[1]}, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        std::vector<MapEntry> entries;
        collect_entries(entries, *args[0], i);
        entries.push_back({args[1].get(), args[1]->at(i), args[2].get(), args[2]->at(i)});
        append_map(to, entries, true);
        return true;
    });
}
// Index of a key's entry among the entries, or -1.
inline int64_t find_entry(const Column& map, int64_t row, const Column& key, int64_t key_row) {
    auto [from, to] = map.range(row);
    const Column& e = *map.children[0];
    for (int32_t k = from; k < to; ++k)
        if (equal_value(*e.children[0], e.at(k), key, key_row)) return k;
    return -1;
}
SABOT_KERNEL(map_delete) {
    return map_list({args[0]}, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        int64_t gone = find_entry(*args[0], i, *args[1], i);
        for (int32_t k = from; k < end; ++k)
            if (k != gone) to.append_from(*args[0]->children[0], k);
        return true;
    });
}
SABOT_KERNEL(map_get) {
    ColumnBuilder out(o.result);
    auto valid = all_valid(args, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        int64_t k = valid.empty() || valid[i] ? find_entry(*args[0], i, *args[1], i) : -1;
        if (k < 0) out.append_null();
        else out.append_from(*args[0]->children[0]->children[1], args[0]->children[0]->at(k));
    }
    return out.finish();
}
SABOT_KERNEL(map_contains) {
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) { return uint8_t(find_entry(*args[0], i, *args[1], i) >= 0); });
}
SABOT_KERNEL(map_length) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) { return args[0]->range(i).second - args[0]->range(i).first; });
}
template <int part>
ColumnPtr map_parts(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        const Column& e = *args[0]->children[0];
        for (int32_t k = from; k < end; ++k) to.append_from(*e.children[part], e.at(k));
        return true;
    });
}
SABOT_KERNEL(map_entries) {
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto [from, end] = args[0]->range(i);
        for (int32_t k = from; k < end; ++k) to.append_from(*args[0]->children[0], k);
        return true;
    });
}

inline std::vector<KernelEntry> map_kernels() {
    return {
        {"map.from_key_values", map_from_key_values}, {"map.from_entries", map_from_entries}, {"map.cat", map_cat},
        {"map.insert", map_insert}, {"map.delete", map_delete}, {"map.get", map_get}, {"map.contains", map_contains},
        {"map.length", map_length}, {"map.keys", map_parts<0>}, {"map.values", map_parts<1>}, {"map.entries", map_entries},
    };
}

}  // namespace sabot
