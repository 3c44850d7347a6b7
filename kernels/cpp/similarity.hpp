// How alike two texts are: edit distances, soundex. Of fuzzystrmatch, and DuckDB's damerau_levenshtein.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "text.hpp"

namespace sabot {

inline constexpr size_t LONGEST_COMPARED = 255;  // characters: the work is the product of both lengths

inline std::vector<uint32_t> compared_characters(std::string_view s) {
    std::vector<uint32_t> out;
    for (size_t at = 0; at < s.size();) out.push_back(utf8_next(s, at));
    if (out.size() > LONGEST_COMPARED)
        throw ValueError{"22023", "levenshtein argument exceeds maximum length of " + std::to_string(LONGEST_COMPARED) + " characters"};
    return out;
}

struct EditCosts {
    int64_t insert = 1, erase = 1, replace = 1;
};

/// The least cost of edits that make `to` of `from`: one row of the table of prefixes at a time.
inline int64_t edit_distance(const std::vector<uint32_t>& from, const std::vector<uint32_t>& to, EditCosts costs) {
    std::vector<int64_t> row(to.size() + 1);
    for (size_t j = 0; j <= to.size(); j++) row[j] = int64_t(j) * costs.insert;
    for (size_t i = 0; i < from.size(); i++) {
        int64_t diagonal = row[0];
        row[0] = int64_t(i + 1) * costs.erase;
        for (size_t j = 0; j < to.size(); j++) {
            int64_t replaced = diagonal + (from[i] == to[j] ? 0 : costs.replace);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j + 1] + costs.erase, row[j] + costs.insert});
        }
    }
    return row[to.size()];
}

/// As above with exchanges of neighbours, between which other edits may lie.
inline int64_t exchange_distance(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
    size_t width = b.size() + 2;
    int64_t far = int64_t(a.size() + b.size());
    std::vector<int64_t> d((a.size() + 2) * width, far);
    auto at = [&](size_t i, size_t j) -> int64_t& { return d[i * width + j]; };
    for (size_t i = 0; i <= a.size(); i++) at(i + 1, 1) = int64_t(i);
    for (size_t j = 0; j <= b.size(); j++) at(1, j + 1) = int64_t(j);
    std::unordered_map<uint32_t, size_t> last;  // where a character was last met in `a`
    for (size_t i = 1; i <= a.size(); i++) {
        size_t same = 0;  // where a[i - 1] was last met in `b`
        for (size_t j = 1; j <= b.size(); j++) {
            auto found = last.find(b[j - 1]);
            size_t row = found == last.end() ? 0 : found->second, column = same;
            bool equal = a[i - 1] == b[j - 1];
            if (equal) same = j;
            at(i + 1, j + 1) = std::min({at(i, j) + (equal ? 0 : 1), at(i + 1, j) + 1, at(i, j + 1) + 1,
                                         at(row, column) + int64_t(i - row - 1) + 1 + int64_t(j - column - 1)});
        }
        last[a[i - 1]] = i;
    }
    return at(a.size() + 1, b.size() + 1);
}

SABOT_KERNEL(text_levenshtein) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        EditCosts costs;
        if (args.size() > 2) costs = {args[2]->value<int32_t>(i), args[3]->value<int32_t>(i), args[4]->value<int32_t>(i)};
        int64_t made = edit_distance(compared_characters(args[0]->bytes(i)), compared_characters(args[1]->bytes(i)), costs);
        if (made != int32_t(made)) throw ValueError{"22003", "integer out of range"};
        return int32_t(made);
    });
}
SABOT_KERNEL(text_damerau_levenshtein) {
    return map_value<int64_t>(args, o, ctx, [&](int64_t i) {
        return exchange_distance(compared_characters(args[0]->bytes(i)), compared_characters(args[1]->bytes(i)));
    });
}

/// The class of a letter's sound, '0' for none; what is no ASCII letter is a class of its own.
inline char sound_of(char c) {
    char upper = c >= 'a' && c <= 'z' ? char(c - 32) : c;
    switch (upper) {
        case 'B': case 'F': case 'P': case 'V': return '1';
        case 'C': case 'G': case 'J': case 'K': case 'Q': case 'S': case 'X': case 'Z': return '2';
        case 'D': case 'T': return '3';
        case 'L': return '4';
        case 'M': case 'N': return '5';
        case 'R': return '6';
        default: return upper >= 'A' && upper <= 'Z' ? '0' : c;
    }
}

/// The first letter and three digits; empty for a text without letters.
inline std::string soundex(std::string_view s) {
    auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    size_t at = 0;
    while (at < s.size() && !letter(s[at])) at++;
    if (at == s.size()) return "";
    std::string out(1, s[at] >= 'a' ? char(s[at] - 32) : s[at]);
    for (at++; at < s.size() && out.size() < 4; at++) {
        char sound = sound_of(s[at]);
        if (letter(s[at]) && sound != '0' && sound != sound_of(s[at - 1])) out.push_back(sound);
    }
    out.resize(4, '0');
    return out;
}

SABOT_KERNEL(text_soundex) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) { out = soundex(args[0]->bytes(i)); });
}
SABOT_KERNEL(text_difference) {
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        std::string a = soundex(args[0]->bytes(i)), b = soundex(args[1]->bytes(i));
        a.resize(4);
        b.resize(4);
        return int32_t((a[0] == b[0]) + (a[1] == b[1]) + (a[2] == b[2]) + (a[3] == b[3]));
    });
}

}  // namespace sabot
