// The shape of arrays of several dimensions, which are lists of lists.
#pragma once

#include "column.hpp"

namespace sabot {

// Lengths of the dimensions, outermost first; none for an empty array.
inline std::vector<int32_t> array_dimensions(const Column& list, int64_t row) {
    std::vector<int32_t> out;
    const Column* c = &list;
    for (;;) {
        auto [from, to] = c->range(row);
        if (from == to) return {};
        out.push_back(to - from);
        c = c->children[0].get();
        row = from;
        if (c->kind != Kind::List || !c->valid(row)) return out;
    }
}

}  // namespace sabot
