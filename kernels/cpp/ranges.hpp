// Values of range and multirange types as CODED bytes (coded.hpp), and what is computed with their bounds alone.
//
//   range       'r', the kind of its bounds, one body; multirange: 'R', the kind, the bodies in order
//   body        0 for the empty range, else
//               lower bound   1 none, or 2, key, 0 inclusive or 1 exclusive
//               upper bound   1, key, 0 exclusive or 1 inclusive, or 2 none
//   key         the order key of row_codec.hpp: bytes compare as bounds do, whatever their type
//   tail        of numeric only: the display scales of the bounds (2 bytes each, two for a body), the tail's length (4)
//
// Equality, order and hash look at what is before the tail (`coded_value` in rows.hpp).
#pragma once

#include "datetime.hpp"
#include "numeric_text.hpp"
#include "row_codec.hpp"
#include "value_error.hpp"

namespace sabot::ranges {

struct Bound {
    bool infinite = true, inclusive = false;
    uint16_t scale = 0;
    std::string key;
};
struct Range {
    bool empty = false;
    Bound lower, upper;
};
using Ranges = std::vector<Range>;

struct RangeKind {
    char code;
    Kind kind;
    const char* range;
    const char* multirange;
};
inline constexpr RangeKind kRangeKinds[] = {
    {'4', Kind::Int4, "int4range", "int4multirange"}, {'8', Kind::Int8, "int8range", "int8multirange"},
    {'n', Kind::Numeric, "numrange", "nummultirange"}, {'t', Kind::Timestamp, "tsrange", "tsmultirange"},
    {'z', Kind::Timestamptz, "tstzrange", "tstzmultirange"}, {'d', Kind::Date, "daterange", "datemultirange"},
};
inline const RangeKind* kind_named(std::string_view name) {
    for (auto& k : kRangeKinds)
        if (name == k.range || name == k.multirange) return &k;
    return nullptr;
}
inline Kind kind_of(char code) {
    for (auto& k : kRangeKinds)
        if (code == k.code) return k.kind;
    return Kind::Null;
}
inline bool discrete(char code) { return code == '4' || code == '8' || code == 'd'; }

// ---- bounds

inline std::string key_of(int64_t v, char code) {
    std::string key;
    if (code == '4' || code == 'd') detail::put_big_endian(key, uint32_t(int32_t(v)) ^ 0x80000000u);
    else detail::put_big_endian(key, uint64_t(v) ^ (uint64_t(1) << 63));
    return key;
}
inline Bound bound_at(int64_t v, char code, bool inclusive) { return {false, inclusive, 0, key_of(v, code)}; }
inline Bound numeric_bound(std::string_view v, bool inclusive) {
    Bound b{false, inclusive, NumericView(v).scale, {}};
    detail::put_numeric_key(b.key, v);
    return b;
}
inline Bound bound_from(const Column& c, int64_t row, char code, bool inclusive) {
    switch (c.kind) {
        case Kind::Numeric: return numeric_bound(c.bytes(row), inclusive);
        case Kind::Int4: case Kind::Date: return bound_at(c.value<int32_t>(row), code, inclusive);
        default: return bound_at(c.value<int64_t>(row), code, inclusive);
    }
}
inline int64_t integer_of(const Bound& b) {
    uint64_t v = 0;
    for (char c : b.key) v = v << 8 | uint8_t(c);
    return b.key.size() == 4 ? int64_t(int32_t(uint32_t(v) ^ 0x80000000u)) : int64_t(v ^ (uint64_t(1) << 63));
}
inline std::string numeric_of(const Bound& b) {
    uint8_t rank = uint8_t(b.key[0]);
    if (rank == 0 || rank > 3) return numeric_special(rank == 0 ? kNumNegInf : rank == 4 ? kNumInf : kNumNaN);
    if (rank == 2) return numeric_encode128(false, b.scale, 0);
    uint8_t flip = rank == 1 ? 0xff : 0;
    uint32_t exponent = 0;
    for (size_t k = 1; k < 5; ++k) exponent = exponent << 8 | uint8_t(b.key[k] ^ flip);
    int64_t whole = int32_t(exponent ^ 0x80000000u);  // digits before the point
    std::string digits;
    for (size_t k = 5; k + 1 < b.key.size(); ++k) {
        int pair = uint8_t(b.key[k] ^ flip) - 1;
        digits.push_back(char('0' + pair / 10));
        digits.push_back(char('0' + pair % 10));
    }
    if (whole < 0) digits.insert(0, size_t(-whole), '0');
    size_t point = size_t(std::max<int64_t>(whole, 0));
    digits.resize(point + b.scale, '0');
    return numeric_from_text((flip ? "-" : "") + digits.substr(0, point) + "." + digits.substr(point) + (digits.empty() ? "0" : ""));
}

// Order of two bounds of which each is a lower or an upper one.
inline int compare_bounds(const Bound& a, bool a_lower, const Bound& b, bool b_lower) {
    if (a.infinite || b.infinite) {
        if (a.infinite && b.infinite) return a_lower == b_lower ? 0 : a_lower ? -1 : 1;
        return a.infinite ? (a_lower ? -1 : 1) : (b_lower ? 1 : -1);
    }
    if (int c = a.key.compare(b.key)) return c < 0 ? -1 : 1;
    // The place beside the value: an exclusive lower bound is after it, an exclusive upper bound before it.
    int at = a.inclusive ? 0 : a_lower ? 1 : -1, to = b.inclusive ? 0 : b_lower ? 1 : -1;
    return (at > to) - (at < to);
}
inline int lowers(const Range& a, const Range& b) { return compare_bounds(a.lower, true, b.lower, true); }
inline int uppers(const Range& a, const Range& b) { return compare_bounds(a.upper, false, b.upper, false); }
inline int lower_upper(const Range& a, const Range& b) { return compare_bounds(a.lower, true, b.upper, false); }

// ---- making ranges

// A bound of a discrete type one value up; the infinities of dates stay.
inline bool step_up(Bound& b, char code) {
    int64_t v = integer_of(b);
    if (code == 'd') {
        if (v == kDateInfinity || v == kDateNegInfinity) return false;
        if (!date_in_range(v + 1)) throw ValueError{"22008", "date out of range"};
    } else if (v == (code == '4' ? int64_t(INT32_MAX) : INT64_MAX)) {
        throw ValueError{"22003", code == '4' ? "integer out of range" : "bigint out of range"};
    }
    b.key = key_of(v + 1, code);
    return true;
}
inline Range made(Range r, char code) {
    if (r.empty) return {true, {}, {}};
    if (r.lower.infinite) r.lower = {};
    if (r.upper.infinite) r.upper = {};
    bool finite = !r.lower.infinite && !r.upper.infinite;
    int order = finite ? r.lower.key.compare(r.upper.key) : -1;
    if (order > 0) throw ValueError{"22000", "range lower bound must be less than or equal to range upper bound"};
    if (order == 0 && !(r.lower.inclusive && r.upper.inclusive)) return {true, {}, {}};
    if (!discrete(code)) return r;
    if (!r.lower.infinite && !r.lower.inclusive && step_up(r.lower, code)) r.lower.inclusive = true;
    if (!r.upper.infinite && r.upper.inclusive && step_up(r.upper, code)) r.upper.inclusive = false;
    if (finite && r.lower.key >= r.upper.key && !(r.lower.inclusive && r.upper.inclusive)) return {true, {}, {}};
    return r;
}

// ---- bytes

inline void put_body(std::string& out, std::string& tail, const Range& r) {
    if (r.empty) {
        out.push_back(0);
    } else {
        out.push_back(r.lower.infinite ? 1 : 2);
        if (!r.lower.infinite) out.append(r.lower.key).push_back(!r.lower.inclusive);
        out.push_back(r.upper.infinite ? 2 : 1);
        if (!r.upper.infinite) out.append(r.upper.key).push_back(r.upper.inclusive);
    }
    detail::put(tail, r.lower.scale);
    detail::put(tail, r.upper.scale);
}
inline std::string encoded(const Ranges& all, char code, bool multi) {
    std::string out{multi ? 'R' : 'r', code}, tail;
    for (auto& r : all) put_body(out, tail, r);
    if (code == 'n') {
        detail::put(tail, uint32_t(tail.size() + 4));
        out += tail;
    }
    return out;
}
inline size_t key_size(const char* p, char code) {
    if (code != 'n') return code == '4' || code == 'd' ? 4 : 8;
    uint8_t rank = uint8_t(*p);
    if (rank != 1 && rank != 3) return 1;
    char end = rank == 1 ? char(0xff) : 0;
    size_t n = 5;
    while (p[n] != end) ++n;
    return n + 1;
}
// The ranges of a value; an empty range gives none when it is asked for as a set.
inline Ranges decoded(std::string_view b, bool as_set = false) {
    char code = b[1];
    auto value = coded_value(b);
    const char *p = value.data() + 2, *end = value.data() + value.size(), *tail = end;
    Ranges out;
    auto read = [&](Bound& bound, bool lower) {
        bound.infinite = *p++ == (lower ? 1 : 2);
        if (!bound.infinite) {
            size_t n = key_size(p, code);
            bound.key.assign(p, n);
            p += n;
            bound.inclusive = (*p++ != 0) != lower;
        }
        if (code == 'n') bound.scale = detail::get<uint16_t>(tail);
    };
    while (p < end) {
        Range r;
        if (*p == 0) {
            ++p;
            r.empty = true;
            if (code == 'n') tail += 4;
        } else {
            read(r.lower, true);
            read(r.upper, false);
        }
        if (!(r.empty && as_set)) out.push_back(std::move(r));
    }
    return out;
}

// ---- sets of ranges: the ranges of a multirange in order, one that is not empty, or a single value

inline bool overlap(const Range& a, const Range& b) { return lower_upper(a, b) <= 0 && lower_upper(b, a) <= 0; }
inline bool touch(const Bound& upper, const Bound& lower) {
    return !upper.infinite && !lower.infinite && upper.key == lower.key && upper.inclusive != lower.inclusive;
}
inline bool adjacent(const Ranges& a, const Ranges& b) {
    if (a.empty() || b.empty()) return false;
    return touch(a.back().upper, b.front().lower) || touch(b.back().upper, a.front().lower);
}
inline bool contains(const Ranges& a, const Ranges& b) {
    size_t k = 0;
    for (auto& r : b) {
        while (k < a.size() && uppers(a[k], r) < 0) ++k;
        if (k == a.size() || lowers(a[k], r) > 0) return false;
    }
    return true;
}
inline bool overlaps(const Ranges& a, const Ranges& b) {
    for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        if (overlap(a[i], b[j])) return true;
        if (uppers(a[i], b[j]) < 0) ++i;
        else ++j;
    }
    return false;
}
inline bool before(const Ranges& a, const Ranges& b) {
    return !a.empty() && !b.empty() && compare_bounds(a.back().upper, false, b.front().lower, true) < 0;
}
inline bool not_right_of(const Ranges& a, const Ranges& b) { return !a.empty() && !b.empty() && uppers(a.back(), b.back()) <= 0; }
inline bool not_left_of(const Ranges& a, const Ranges& b) { return !a.empty() && !b.empty() && lowers(a.front(), b.front()) >= 0; }

// In order, joined where they meet.
inline Ranges united(Ranges all) {
    std::erase_if(all, [](const Range& r) { return r.empty; });
    std::stable_sort(all.begin(), all.end(), [](const Range& a, const Range& b) {
        int c = lowers(a, b);
        return c ? c < 0 : uppers(a, b) < 0;
    });
    Ranges out;
    for (auto& r : all) {
        if (!out.empty() && (overlap(out.back(), r) || touch(out.back().upper, r.lower))) {
            if (uppers(out.back(), r) < 0) out.back().upper = r.upper;
        } else {
            out.push_back(r);
        }
    }
    return out;
}
inline Ranges common(const Ranges& a, const Ranges& b, char code) {
    Ranges out;
    for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        if (overlap(a[i], b[j]))
            out.push_back(made({false, lowers(a[i], b[j]) >= 0 ? a[i].lower : b[j].lower,
                                uppers(a[i], b[j]) <= 0 ? a[i].upper : b[j].upper}, code));
        if (uppers(a[i], b[j]) < 0) ++i;
        else ++j;
    }
    std::erase_if(out, [](const Range& r) { return r.empty; });
    return out;
}
inline Bound other_side(Bound b) {
    b.inclusive = !b.inclusive;
    return b;
}
inline Ranges without(const Ranges& a, const Ranges& b, char code) {
    Ranges out;
    for (auto r : a) {
        bool left = true;
        for (auto& cut : b) {
            if (!left) break;
            if (!overlap(r, cut)) continue;
            if (lowers(r, cut) < 0) out.push_back(made({false, r.lower, other_side(cut.lower)}, code));
            left = uppers(r, cut) > 0;
            if (left) r = {false, other_side(cut.upper), r.upper};
        }
        if (left) out.push_back(made(r, code));
    }
    std::erase_if(out, [](const Range& r) { return r.empty; });
    return out;
}
inline Range hull(const Ranges& all) {
    if (all.empty()) return {true, {}, {}};
    Range r = all.front();
    for (auto& x : all) {
        if (lowers(x, r) < 0) r.lower = x.lower;
        if (uppers(x, r) > 0) r.upper = x.upper;
    }
    return r;
}

}  // namespace sabot::ranges
