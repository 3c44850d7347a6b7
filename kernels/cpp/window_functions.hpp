// Window functions of one row: ranks, neighbours and picks from a frame. Aggregates over frames are in window.hpp.
#pragma once

#include "window_frame.hpp"

namespace sabot {

struct WindowCallSpec {
    CallSpec call;
    FrameSpec frame;
    bool ignore_nulls = false;
    bool constant_offset = false;  // lag, lead: `offset` holds for all rows
    int64_t offset = 1;
};

enum class WindowFunction : uint8_t {
    RowNumber, Rank, DenseRank, PercentRank, CumeDist, Ntile, Lag, Lead, First, Last, Nth, Aggregate
};
inline WindowFunction window_function(const std::string& f) {
    if (f == "row_number") return WindowFunction::RowNumber;
    if (f == "rank") return WindowFunction::Rank;
    if (f == "dense_rank") return WindowFunction::DenseRank;
    if (f == "percent_rank") return WindowFunction::PercentRank;
    if (f == "cume_dist") return WindowFunction::CumeDist;
    if (f == "ntile") return WindowFunction::Ntile;
    if (f == "lag") return WindowFunction::Lag;
    if (f == "lead") return WindowFunction::Lead;
    if (f == "first_value") return WindowFunction::First;
    if (f == "last_value") return WindowFunction::Last;
    if (f == "nth_value") return WindowFunction::Nth;
    return WindowFunction::Aggregate;
}

// The frame holds everything before the row, and the row.
inline bool from_start(const FrameSpec& f) {
    return f.mode != FrameMode::Session && f.start == FrameBound::UnboundedPreceding && f.exclude == FrameExclude::None &&
           f.end != FrameBound::Preceding;
}

inline int64_t integer_of(const Column& c, int64_t row) {
    return c.kind == Kind::Int8 ? c.value<int64_t>(row) : c.kind == Kind::Int2 ? c.value<int16_t>(row) : c.value<int32_t>(row);
}
// The row `offset` away, not counting NULLs of `c` if so told; -1 outside.
inline int64_t shifted(const Piece& p, const Column& c, int64_t i, int64_t offset, bool ignore_nulls) {
    int64_t n = p.size();
    if (!ignore_nulls || offset == 0) return offset >= n - i || -offset > i ? -1 : i + offset;
    int64_t step = offset > 0 ? 1 : -1;
    for (int64_t left = std::abs(offset), j = i + step; j >= 0 && j < n; j += step)
        if (c.valid(j) && --left == 0) return j;
    return -1;
}
// The n-th row of a frame, from its start or end; -1 if there is none.
inline int64_t pick(const WindowCallSpec& c, const Piece& p, const Column& value, int64_t i, int64_t s, int64_t e, int64_t n, bool from_end) {
    auto out = excluded(c.frame.exclude, p, i, s, e);
    if (out.empty() && !c.ignore_nulls) return n > e - s ? -1 : from_end ? e - n : s + n - 1;
    int64_t step = from_end ? -1 : 1;
    for (int64_t j = from_end ? e - 1 : s; j >= s && j < e; j += step) {
        bool gone = c.ignore_nulls && !value.valid(j);
        for (auto& [a, b] : out) gone |= j >= a && j < b;
        if (!gone && --n == 0) return j;
    }
    return -1;
}

// Appends the value of row i; throws ValueError before appending.
inline void append_window_value(WindowFunction f, const WindowCallSpec& c, const Piece& p, const RangeValues& range, int64_t i,
                                ColumnBuilder& out) {
    auto arg = [&](size_t a) -> const Column& { return *p.rows.columns[size_t(c.call.args[a])]; };
    switch (f) {
        case WindowFunction::RowNumber: return out.append(p.base + i + 1);
        case WindowFunction::Rank: return out.append(p.base + p.group_start[i] + 1);
        case WindowFunction::DenseRank: return out.append(p.keys + p.group[size_t(i)] + 1);
        case WindowFunction::PercentRank:
            return out.append(p.total <= 1 ? 0.0 : double(p.base + p.group_start[i]) / double(p.total - 1));
        case WindowFunction::CumeDist: return out.append(double(p.base + p.group_end[i]) / double(p.total));
        case WindowFunction::Ntile: {
            if (!arg(0).valid(i)) return out.append_null();
            int64_t buckets = integer_of(arg(0), i), at = p.base + i;
            if (buckets <= 0) throw ValueError{"22014", "argument of ntile must be greater than zero"};
            int64_t size = p.total / buckets, larger = p.total % buckets;  // the first ones have a row more
            int64_t bucket = at < larger * (size + 1) ? at / (size + 1) : larger + (at - larger * (size + 1)) / size;
            return out.append(int32_t(bucket + 1));
        }
        case WindowFunction::Lag: case WindowFunction::Lead: {
            int64_t offset = c.offset;
            if (!c.constant_offset && c.call.args.size() > 1) {
                if (!arg(1).valid(i)) return out.append_null();
                offset = std::clamp<int64_t>(integer_of(arg(1), i), -(int64_t(1) << 62), int64_t(1) << 62);
            }
            if (f == WindowFunction::Lag) offset = -offset;
            int64_t j = shifted(p, arg(0), i, offset, c.ignore_nulls);
            if (j >= 0) return out.append_from(arg(0), j);
            return c.call.args.size() > 2 ? out.append_from(arg(2), i) : out.append_null();
        }
        default: break;
    }
    if (f == WindowFunction::First && from_start(c.frame) && !c.ignore_nulls)
        return out.append_from(*p.first[size_t(c.call.args[0])], 0);
    int64_t wanted = 1;
    if (f == WindowFunction::Nth) {
        if (!arg(1).valid(i)) return out.append_null();
        wanted = integer_of(arg(1), i);
        if (wanted <= 0) throw ValueError{"22016", "argument of nth_value must be greater than zero"};
    }
    auto [s, e] = frame_of(c.frame, p, range, i);
    int64_t j = pick(c, p, arg(0), i, s, e, wanted, f == WindowFunction::Last);
    if (j < 0) out.append_null();
    else out.append_from(arg(0), j);
}

}  // namespace sabot
