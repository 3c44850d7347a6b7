// Frames of window functions: how far a row looks, and which rows of an ordered piece are in its frame.
#pragma once

#include "ordered_aggregates.hpp"
#include "timezone.hpp"

namespace sabot {

enum class FrameMode : uint8_t { Rows, Range, Groups, Session };
enum class FrameBound : uint8_t { UnboundedPreceding, Preceding, Current, Following, UnboundedFollowing };
enum class FrameExclude : uint8_t { None, CurrentRow, Group, Ties };

struct FrameSpec {
    FrameMode mode = FrameMode::Range;
    FrameBound start = FrameBound::UnboundedPreceding, end = FrameBound::Current;
    FrameExclude exclude = FrameExclude::None;
    int64_t start_rows = 0, end_rows = 0;  // rows and groups
    ColumnPtr start_offset, end_offset;    // range: one value; session: start_offset is the gap
    ColumnPtr start_reach, end_reach;      // offsets that bound how far the frames of neighbours may differ
};

// Calendar steps are not monotone (January 29 noon and January 30 + 1 month both give February 28), by less than
// four days: how far rows look is bounded with that much to spare. Frames themselves follow the definition row by
// row; PostgreSQL's scan never moves a frame's start back and can differ there.
inline ColumnPtr reach_of(const ColumnPtr& offset) {
    if (!offset || offset->kind != Kind::Interval) return offset;
    Interval v = offset->value<Interval>(0);
    if (v.months == 0 && v.days == 0) return offset;
    v.days += 4;
    FixedOut<Interval> out(Kind::Interval, 1);
    out.values[0] = v;
    return out.column;
}

// Values of the one ORDER BY column of a RANGE frame, with offsets added as PostgreSQL's in_range does.
class RangeValues {
  public:
    RangeValues() = default;
    // `descending`: "preceding" then means larger values.
    RangeValues(Kind kind, bool descending) : kind_(kind), descending_(descending) {}
    void set_zone(const TimeZone* zone) { zone_ = zone; }

    struct Value {
        bool null = true;
        i128 number = 0;     // integers, micros, interval spans
        double real = 0;
        std::string decimal;
    };

    Value at(const Column& c, int64_t row) const {
        Value v;
        v.null = !c.valid(row);
        if (v.null) return v;
        switch (c.kind) {
            case Kind::Int2: v.number = c.value<int16_t>(row); break;
            case Kind::Int4: v.number = c.value<int32_t>(row); break;
            case Kind::Date: v.number = timestamp_from_date(c.value<int32_t>(row)); break;
            case Kind::Float4: v.real = c.value<float>(row); break;
            case Kind::Float8: v.real = c.value<double>(row); break;
            case Kind::Numeric: v.decimal = std::string(c.bytes(row)); break;
            case Kind::Interval: v.number = interval_span(c.value<Interval>(row)); break;
            default: v.number = c.value<int64_t>(row); break;
        }
        return v;
    }
    // The value `offset` before (`preceding`) or after `v` in the order.
    // An infinite offset from the opposite infinity reaches all: the edge of a frame's `start` is then first, else last.
    Value moved(Value v, const Column& offset, bool preceding, bool start) const {
        bool minus = preceding != descending_;
        switch (kind_) {
            case Kind::Float4: case Kind::Float8: {
                double o = acc::as_double(offset, 0);
                if (std::isinf(o) && std::isinf(v.real) && (v.real > 0) == minus) {
                    v.real = start != descending_ ? -HUGE_VAL : HUGE_VAL;
                    return v;
                }
                v.real = minus ? v.real - o : v.real + o;
                return v;
            }
            case Kind::Numeric: {
                auto o = std::string(offset.bytes(0));
                if (o[0] == char(kNumInf) && v.decimal[0] == char(minus ? kNumInf : kNumNegInf)) {
                    v.decimal = std::string(1, char(start != descending_ ? kNumNegInf : kNumInf));
                    return v;
                }
                v.decimal = minus ? numeric_sub(v.decimal, o) : numeric_add(v.decimal, o);
                return v;
            }
            case Kind::Date: case Kind::Timestamp: case Kind::Timestamptz: {
                Interval o = offset.value<Interval>(0);
                if (minus) o = interval_neg(o);
                auto t = int64_t(v.number);
                bool zoned = kind_ == Kind::Timestamptz && zone_ && (o.months || o.days);
                if (zoned) v.number = timestamp_plus(zone_->to_utc(timestamp_plus(zone_->to_local(t), {0, o.days, o.months})), {o.micros, 0, 0});
                else v.number = timestamp_plus(t, o);
                return v;
            }
            case Kind::Time: {
                int64_t o = offset.value<Interval>(0).micros;
                v.number += minus ? -i128(o) : i128(o);
                return v;
            }
            case Kind::Interval: {
                i128 o = interval_span(offset.value<Interval>(0));
                v.number += minus ? -o : o;
                return v;
            }
            default: {
                i128 o = offset.kind == Kind::Int2 ? offset.value<int16_t>(0) : offset.kind == Kind::Int4 ? offset.value<int32_t>(0) : offset.value<int64_t>(0);
                v.number += minus ? -o : o;
                return v;
            }
        }
    }
    // < 0: a comes before b in the order. Neither is NULL.
    int compare(const Value& a, const Value& b) const {
        int r;
        switch (kind_) {
            case Kind::Float4: case Kind::Float8: r = compare_float(a.real, b.real); break;
            case Kind::Numeric: r = numeric_compare(a.decimal, b.decimal); break;
            default: r = a.number < b.number ? -1 : a.number > b.number;
        }
        return descending_ ? -r : r;
    }

  private:
    Kind kind_ = Kind::Int8;
    bool descending_ = false;
    const TimeZone* zone_ = nullptr;
};

// An ordered piece of a partition: rows [base, base + size) of `total`.
struct Piece {
    Chunk rows;                        // input columns, then the position in the partition (int8)
    int64_t base = 0, total = 0;
    int64_t keys = 0;                  // different order keys before that of the first row, where a function ranks by them
    std::vector<int64_t> group_start, group_end;  // peers of each row, in the piece
    std::vector<int64_t> group;        // number of each row's group in the piece
    std::vector<int64_t> groups;       // start of each group; one more for the end
    std::vector<RangeValues::Value> values;
    Columns first;                     // the partition's first row, where a function reads it
    int64_t size() const { return rows.length; }
};

// The frame of row i as [first, second) in the piece; exclusions are not applied.
inline std::pair<int64_t, int64_t> frame_of(const FrameSpec& f, const Piece& p, const RangeValues& range, int64_t i) {
    int64_t n = p.size(), s = 0, e = n;
    auto clamp = [n](int64_t v) { return std::min(std::max<int64_t>(v, 0), n); };
    if (f.mode == FrameMode::Rows) {
        if (f.start == FrameBound::Preceding) s = f.start_rows > i ? 0 : i - f.start_rows;
        else if (f.start == FrameBound::Current) s = i;
        else if (f.start == FrameBound::Following) s = f.start_rows > n - i ? n : i + f.start_rows;
        if (f.end == FrameBound::Preceding) e = f.end_rows > i ? 0 : i - f.end_rows + 1;
        else if (f.end == FrameBound::Current) e = i + 1;
        else if (f.end == FrameBound::Following) e = f.end_rows >= n - i ? n : i + f.end_rows + 1;
        return {s, std::max(s, e)};
    }
    if (f.mode == FrameMode::Groups) {
        auto last = int64_t(p.groups.size()) - 1, g = p.group[i];
        auto start_of = [&](int64_t k) { return k < 0 ? 0 : k >= last ? n : p.groups[size_t(k)]; };
        if (f.start == FrameBound::Preceding) s = f.start_rows > g ? 0 : start_of(g - f.start_rows);
        else if (f.start == FrameBound::Current) s = p.group_start[i];
        else if (f.start == FrameBound::Following) s = f.start_rows > last ? n : start_of(g + f.start_rows);
        if (f.end == FrameBound::Preceding) e = f.end_rows > g ? 0 : start_of(g - f.end_rows + 1);
        else if (f.end == FrameBound::Current) e = p.group_end[i];
        else if (f.end == FrameBound::Following) e = f.end_rows > last ? n : start_of(g + f.end_rows + 1);
        return {s, std::max(s, e)};
    }
    if (f.mode == FrameMode::Session) {
        auto joined = [&](int64_t a, int64_t b) {  // neighbours a < b
            if (p.values[a].null || p.values[b].null) return p.values[a].null && p.values[b].null;
            return range.compare(p.values[b], range.moved(p.values[a], *f.start_offset, false, false)) <= 0;
        };
        for (s = i; s > 0 && joined(s - 1, s);) --s;
        for (e = i + 1; e < n && joined(e - 1, e);) ++e;
        return {s, e};
    }
    auto& v = p.values;
    auto offset_bound = [&](FrameBound b, const ColumnPtr& offset, bool start) {
        if (v[i].null) return start ? p.group_start[i] : p.group_end[i];
        auto edge = range.moved(v[i], *offset, b == FrameBound::Preceding, start);
        int64_t lo = 0, hi = n;  // the values that are not NULL
        while (lo < n && v[size_t(lo)].null) lo = p.group_end[lo];
        while (hi > lo && v[size_t(hi - 1)].null) hi = p.group_start[hi - 1];
        while (lo < hi) {
            int64_t mid = (lo + hi) / 2;
            int c = range.compare(v[size_t(mid)], edge);
            if (start ? c < 0 : c <= 0) lo = mid + 1;
            else hi = mid;
        }
        return lo;
    };
    if (f.start == FrameBound::Current) s = p.group_start[i];
    else if (f.start == FrameBound::Preceding || f.start == FrameBound::Following) s = offset_bound(f.start, f.start_offset, true);
    if (f.end == FrameBound::Current) e = p.group_end[i];
    else if (f.end == FrameBound::Preceding || f.end == FrameBound::Following) e = offset_bound(f.end, f.end_offset, false);
    return {clamp(s), std::max(clamp(s), clamp(e))};
}

// Rows of the frame [s, e) of row i that EXCLUDE takes out: up to two spans.
inline std::vector<std::pair<int64_t, int64_t>> excluded(FrameExclude x, const Piece& p, int64_t i, int64_t s, int64_t e) {
    std::vector<std::pair<int64_t, int64_t>> out;
    auto cut = [&](int64_t a, int64_t b) {
        a = std::max(a, s);
        b = std::min(b, e);
        if (a < b) out.emplace_back(a, b);
    };
    if (x == FrameExclude::CurrentRow) cut(i, i + 1);
    if (x == FrameExclude::Group) cut(p.group_start[i], p.group_end[i]);
    if (x == FrameExclude::Ties) {
        cut(p.group_start[i], i);
        cut(i + 1, p.group_end[i]);
    }
    return out;
}

}  // namespace sabot
