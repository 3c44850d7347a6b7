// Rows that enter and leave as time moves (temporal filters, emit on window close), and watermarks.
#pragma once

#include <queue>

#include "store_read.hpp"

namespace sabot {

// Microseconds of a date, timestamp or timestamptz; saturating, so that infinities stay at the ends.
inline int64_t micros_of(const Column& c, int64_t row) {
    if (c.kind == Kind::Int4) return c.value<int32_t>(row);  // watermarks may count integers
    if (c.kind == Kind::Int2) return c.value<int16_t>(row);
    if (c.kind != Kind::Date) return c.value<int64_t>(row);
    i128 v = i128(c.value<int32_t>(row)) * 86400000000ll;
    return v > INT64_MAX ? INT64_MAX : v < INT64_MIN ? INT64_MIN : int64_t(v);
}

// Shows each row while lower <= now < upper. Only rows with something still to happen are kept: those that
// wait for `lower`, and shown ones with a finite `upper`.
class TimeFilter {
  public:
    explicit TimeFilter(std::vector<Type> types) : width_(types.size()) {
        types.push_back(Type{Kind::Int8, {}, {}});
        types.push_back(Type{Kind::Int8, {}, {}});
        std::vector<int64_t> all(types.size());
        for (size_t k = 0; k < all.size(); ++k) all[k] = int64_t(k);
        store_ = std::make_unique<RowStore>(std::move(types), all, false);
        store_->on_move([this](uint32_t, uint32_t to) { schedule(to); });
    }

    int64_t now() const { return now_; }
    void set_now(int64_t now) { now_ = now; }

    // Moves time to `now` (never back), then takes a delta whose row i has bounds lower[i] <= t < upper[i]
    // (a null column: no bound; a NULL: the row is never shown). `drop_late`: changes of rows that are shown
    // already are ignored. `keep`: false in a one-shot step.
    Chunk step(const Chunk& rows, const Column* lower, const Column* upper, int64_t now, bool drop_late, bool keep) {
        std::vector<Chunk> out;
        advance(std::max(now, now_), out);
        std::vector<int64_t> shown, kept, lows, highs;
        for (int64_t i = 0; i < rows.length; ++i) {
            if ((lower && !lower->valid(i)) || (upper && !upper->valid(i))) continue;
            int64_t low = lower ? micros_of(*lower, i) : INT64_MIN;
            int64_t high = upper ? micros_of(*upper, i) : INT64_MAX;
            if (upper && high <= now_) continue;
            if (low <= now_ && !drop_late) shown.push_back(i);
            if (!keep || low >= high || (low <= now_ && high == INT64_MAX)) continue;
            kept.push_back(i);
            lows.push_back(low);
            highs.push_back(high);
        }
        if (!shown.empty()) out.push_back(take_chunk(rows, shown.data(), int64_t(shown.size())));
        if (!kept.empty()) {
            Chunk state = take_chunk(rows, kept.data(), int64_t(kept.size()));
            state.columns.push_back(int8_column(lows));
            state.columns.push_back(int8_column(highs));
            log_.add(state);
            enter(state);
        }
        store_->compact();
        return out.empty() ? Chunk{} : concat_chunks(out);
    }

    Chunk drain() { return log_.drain(); }
    // After `set_now`, or before: events are put in order when time moves.
    void restore(const Chunk& state) {
        enter(state);
        store_->compact();
    }
    int64_t rows() const { return store_->rows(); }
    int64_t bytes() const { return store_->bytes() + int64_t(events_.size() * sizeof(Event)); }

  private:
    using Event = std::pair<int64_t, uint32_t>;

    int64_t bound(uint32_t id, size_t which) const {
        return store_->arena().columns(id)[width_ + which]->value<int64_t>(Arena::offset(id));
    }
    // When the row next enters or leaves, as seen at now_.
    int64_t next_event(uint32_t id) const { return bound(id, 0) > now_ ? bound(id, 0) : bound(id, 1); }
    void schedule(uint32_t id) { events_.push({next_event(id), id}); }

    void enter(const Chunk& state) {
        std::vector<uint32_t> ids;
        store_->apply(state, false, &ids);
        for (uint32_t id : ids)
            if (id != kNoRow) schedule(id);
        if (events_.size() > size_t(store_->rows()) * 4 + 4096) {
            events_ = {};
            for (uint32_t id : store_->live_ids()) schedule(id);
        }
    }
    // An event is stale when its row is gone, or another row lives at its place with another time.
    void advance(int64_t now, std::vector<Chunk>& out) {
        std::vector<uint32_t> changed, done;
        std::vector<int64_t> weights;
        while (!events_.empty() && events_.top().first <= now) {
            auto [time, id] = events_.top();
            events_.pop();
            if (!store_->live(id) || next_event(id) != time) continue;
            if (!changed.empty() && changed.back() == id) continue;  // scheduled twice
            changed.push_back(id);
        }
        std::sort(changed.begin(), changed.end());
        changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
        std::vector<uint32_t> moved;
        for (uint32_t id : changed) {
            bool was = bound(id, 0) <= now_, is = bound(id, 0) <= now && now < bound(id, 1);
            if (bound(id, 1) == INT64_MAX) is = true;
            if (was != is) {
                moved.push_back(id);
                weights.push_back(store_->arena().weight(id) * (is ? 1 : -1));
            }
            if (!is || bound(id, 1) == INT64_MAX) done.push_back(id);
        }
        if (!moved.empty()) {
            Chunk rows = store_->arena().gather_rows(moved);
            rows.columns.resize(width_);
            rows.weights = weights_unless_ones(weights);
            out.push_back(rows);
        }
        now_ = now;
        for (uint32_t id : changed)
            if (next_event(id) > now) schedule(id);
        if (!done.empty()) {
            Chunk gone = negate(gather_weighted(*store_, done));
            log_.add(gone);
            store_->apply(gone, false);
            store_->compact();
        }
    }

    size_t width_;
    std::unique_ptr<RowStore> store_;
    ChangeLog log_;
    std::priority_queue<Event, std::vector<Event>, std::greater<Event>> events_;
    int64_t now_ = INT64_MIN;
};

// Rows that are not behind the watermark, which each row's `delayed` raises for the rows after it.
inline Chunk watermark_filter(const Chunk& rows, const Column& time, const Column& delayed, int64_t& watermark) {
    std::vector<int64_t> kept;
    kept.reserve(rows.length);
    for (int64_t i = 0; i < rows.length; ++i) {
        if (!time.valid(i) || micros_of(time, i) >= watermark) kept.push_back(i);
        if (delayed.valid(i)) watermark = std::max(watermark, micros_of(delayed, i));
    }
    return int64_t(kept.size()) == rows.length ? rows : take_chunk(rows, kept.data(), int64_t(kept.size()));
}

// A time column in microseconds, raised by `plus` (saturating); NULLs stay.
inline ColumnPtr later(const Column& time, int64_t plus) {
    ColumnBuilder b(Kind::Int8);
    for (int64_t i = 0; i < time.length; ++i) {
        if (!time.valid(i)) {
            b.append_null();
            continue;
        }
        int64_t v = micros_of(time, i);
        b.append<int64_t>(v > INT64_MAX - plus ? INT64_MAX : v + plus);
    }
    return b.finish();
}

}  // namespace sabot
