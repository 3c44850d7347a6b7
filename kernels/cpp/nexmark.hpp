// The Nexmark auction benchmark's events, by column.
//
// Source: Tucker, Tufte, Papadimos, Maier, "NEXMark: A Benchmark for Queries over Data Streams" (2002), with the
// proportions, hot-key ratios and value ranges of the generators in use today: of 50 events 1 is a person, 3 are
// auctions, 46 bids. Every value is a function of (seed, event number, field): any range of events and any
// subset of columns can be made by itself.
#pragma once

#include <array>
#include <cmath>

#include "take.hpp"

namespace sabot::nexmark {

constexpr int64_t kPersons = 1, kAuctions = 3, kBids = 46, kTotal = 50;
constexpr int64_t kFirstPerson = 1000, kFirstAuction = 1000, kFirstCategory = 10, kCategories = 5;
constexpr int64_t kPersonLead = 10, kAuctionLead = 10, kHotEvery = 100, kColdChannels = 10000;

struct Config {
    uint64_t seed = 0;
    int64_t base_time_us = 1436918400000000;  // 2015-07-15 00:00:00
    int64_t gap_ns = 100000;
    int64_t hot_auction_ratio = 2, hot_seller_ratio = 4, hot_bidder_ratio = 4;
    int64_t active_people = 1000, in_flight_auctions = 100;
};

// kEvents is all three in one: the kind of the event and one row of its kind, NULL in the places of the others.
enum Table { kPerson = 0, kAuction = 1, kBid = 2, kEvents = 3 };

inline int64_t per_epoch(int table) {
    return table == kPerson ? kPersons : table == kAuction ? kAuctions : table == kBid ? kBids : kTotal;
}
inline int64_t first_of_epoch(int table) {
    return table == kPerson || table == kEvents ? 0 : table == kAuction ? kPersons : kPersons + kAuctions;
}

// Rows of a table among the events before `event`, and the event that is a table's row.
inline int64_t rows_before(int table, int64_t event) {
    int64_t in_epoch = event % kTotal - first_of_epoch(table);
    return event / kTotal * per_epoch(table) + std::clamp<int64_t>(in_epoch, 0, per_epoch(table));
}
inline int64_t event_of(int table, int64_t row) {
    return row / per_epoch(table) * kTotal + first_of_epoch(table) + row % per_epoch(table);
}

inline int64_t kind_of(int64_t in_epoch) { return in_epoch < kPersons ? kPerson : in_epoch < kPersons + kAuctions ? kAuction : kBid; }

// Draws of one field of one event.
class Random {
  public:
    Random(const Config& c, int64_t event, int field)
        : state_(mix64(c.seed + uint64_t(field) * 0x9e3779b97f4a7c15ull) ^ mix64(uint64_t(event) + 0x632be59bd9b4e019ull)) {}
    uint64_t next() {  // splitmix64
        uint64_t z = state_ += 0x9e3779b97f4a7c15ull;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }
    int64_t below(int64_t n) { return int64_t((u128(next()) * uint64_t(n)) >> 64); }
    double unit() { return double(next() >> 11) * 0x1p-53; }
    void letters(uint8_t* out, int64_t n) {
        int64_t i = 0;
        for (; i + 8 <= n; i += 8) eight(out + i);
        if (i < n) {
            uint8_t last[8];
            eight(last);
            std::memcpy(out + i, last, n - i);
        }
    }

  private:
    void eight(uint8_t* out) {
        // Each byte b becomes 'a' + b * 26 / 256; even and odd bytes in lanes of 16 bits.
        constexpr uint64_t kLanes = 0x00ff00ff00ff00ffull;
        uint64_t bytes = next();
        uint64_t even = ((bytes & kLanes) * 26 >> 8) & kLanes, odd = ((bytes >> 8 & kLanes) * 26) & ~kLanes;
        bytes = even + odd + 0x6161616161616161ull;
        std::memcpy(out, &bytes, 8);
    }
    uint64_t state_;
};

enum Field { kName = 1, kEmail, kCard, kCity, kState, kItem, kDescription, kInitial, kReserve, kExpires, kSeller,
             kCategory, kAuctionOf, kBidder, kPrice, kChannel, kUrl, kExtra };

inline int64_t last_person(int64_t event) { return event / kTotal * kPersons + std::min<int64_t>(event % kTotal, kPersons - 1); }
inline int64_t last_auction(int64_t event) { return rows_before(kAuction, event + 1) - 1; }

inline int64_t time_us(const Config& c, int64_t event) { return c.base_time_us + int64_t(i128(event) * c.gap_ns / 1000); }

inline int64_t some_person(const Config& c, int64_t event, Random& r) {
    int64_t people = last_person(event) + 1;
    int64_t active = std::min(people, c.active_people);
    return people - active + r.below(active + kPersonLead);
}
inline int64_t some_auction(const Config& c, int64_t event, Random& r) {
    int64_t last = std::max<int64_t>(last_auction(event), 0);
    int64_t first = std::max<int64_t>(last - c.in_flight_auctions, 0);
    return first + r.below(last - first + 1 + kAuctionLead);
}
inline int64_t price(Random& r) { return std::llround(std::pow(10.0, r.unit() * 6) * 100); }

inline int64_t bid_auction(const Config& c, int64_t event) {
    Random r(c, event, kAuctionOf);
    bool hot = r.below(c.hot_auction_ratio) > 0;
    return kFirstAuction + (hot ? std::max<int64_t>(last_auction(event), 0) / kHotEvery * kHotEvery : some_auction(c, event, r));
}
inline int64_t bidder(const Config& c, int64_t event) {
    Random r(c, event, kBidder);
    bool hot = r.below(c.hot_bidder_ratio) > 0;
    return kFirstPerson + (hot ? last_person(event) / kHotEvery * kHotEvery + 1 : some_person(c, event, r));
}
inline int64_t seller(const Config& c, int64_t event) {
    Random r(c, event, kSeller);
    bool hot = r.below(c.hot_seller_ratio) > 0;
    return kFirstPerson + (hot ? last_person(event) / kHotEvery * kHotEvery : some_person(c, event, r));
}
inline int64_t initial_bid(const Config& c, int64_t event) {
    Random r(c, event, kInitial);
    return price(r);
}
inline int64_t reserve(const Config& c, int64_t event) {
    Random r(c, event, kReserve);
    return initial_bid(c, event) + price(r);
}
// An auction lasts so long that about `in_flight_auctions` are open at a time.
inline int64_t expires_us(const Config& c, int64_t event) {
    Random r(c, event, kExpires);
    int64_t events = c.in_flight_auctions * kTotal / kAuctions;
    int64_t horizon_ms = std::max<int64_t>(int64_t(i128(events) * c.gap_ns / 1000000), 1);
    return time_us(c, event) + (1 + r.below(std::max<int64_t>(horizon_ms * 2, 1))) * 1000;
}

constexpr std::array<std::string_view, 11> kFirstNames{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate",
                                                       "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::array<std::string_view, 9> kLastNames{"Shultz", "Abrams", "Spencer", "White", "Bartels",
                                                     "Walton", "Smith", "Jones", "Noris"};
constexpr std::array<std::string_view, 10> kCities{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
                                                   "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"};
constexpr std::array<std::string_view, 6> kStates{"AZ", "CA", "ID", "OR", "WA", "WY"};
constexpr std::array<std::string_view, 4> kHotChannels{"Google", "Facebook", "Baidu", "Apple"};

inline void append(Bytes& b, std::string_view s) { b.append(s.data(), s.size()); }
inline void append_number(Bytes& b, uint64_t v) {
    char text[24];
    char* p = text + sizeof text;
    do *--p = char('0' + v % 10);
    while (v /= 10);
    b.append(p, size_t(text + sizeof text - p));
}
inline void append_letters(Bytes& b, Random& r, int64_t n) { r.letters(b.grow(size_t(n)), n); }
// Between 3 and `most` letters.
inline void append_word(Bytes& b, Random& r, int64_t most) { append_letters(b, r, 3 + r.below(most - 3)); }
// Letters that bring an event to its average size, give or take a fifth.
inline void append_extra(Bytes& b, const Config& c, int64_t event, int64_t average) {
    Random r(c, event, kExtra);
    int64_t delta = average / 5;
    append_letters(b, r, average - delta + r.below(2 * delta));
}
inline void append_url(Bytes& b, Random& r) {
    append(b, "https://www.nexmark.com/");
    for (int64_t word : {5, 7, 5}) {
        append_word(b, r, word);
        b.append("/", 1);
    }
    append(b, "item.htm?query=1");
}
// (hot, number) of a bid's channel; hot channels have one url each, the others one by number, nine of ten with an id.
inline std::pair<bool, int64_t> channel_of(const Config& c, int64_t event) {
    Random r(c, event, kChannel);
    bool hot = r.below(2) > 0;
    return {hot, r.below(hot ? int64_t(kHotChannels.size()) : kColdChannels)};
}

template <class F>
ColumnPtr int_column(Kind kind, const std::vector<int64_t>& events, F value) {
    FixedOut<int64_t> out(kind, int64_t(events.size()));
    for (size_t i = 0; i < events.size(); ++i) out.values[i] = value(events[i]);
    return out.column;
}
template <class F>
ColumnPtr text_column(const std::vector<int64_t>& events, int64_t average, F write) {
    auto c = make_column(Kind::Text, int64_t(events.size()));
    c->offsets = Buffer::allocate((events.size() + 1) * 4);
    auto o = reinterpret_cast<int32_t*>(c->offsets->data());
    Bytes bytes;
    bytes.reserve(events.size() * size_t(average));
    o[0] = 0;
    for (size_t i = 0; i < events.size(); ++i) {
        write(bytes, events[i]);
        if (bytes.size() > kMaxBytesPerColumn) throw std::length_error("column exceeds 2 GiB");
        o[i + 1] = int32_t(bytes.size());
    }
    c->data = bytes.finish();
    return c;
}

// Column `k` of a table in its standard order.
inline ColumnPtr column(const Config& c, int table, int k, const std::vector<int64_t>& events) {
    auto ints = [&](auto f) { return int_column(Kind::Int8, events, f); };
    auto times = [&](auto f) { return int_column(Kind::Timestamp, events, f); };
    auto pick = [&](const auto& words, int field) {
        return text_column(events, 10, [&](Bytes& b, int64_t e) { append(b, words[size_t(Random(c, e, field).below(int64_t(words.size())))]); });
    };
    auto words = [&](int field, int64_t most) {
        return text_column(events, most, [&, field, most](Bytes& b, int64_t e) {
            Random r(c, e, field);
            append_word(b, r, most);
        });
    };
    auto extra = [&](int64_t average) {
        return text_column(events, average, [&, average](Bytes& b, int64_t e) { append_extra(b, c, e, average); });
    };
    auto date_time = [&] { return times([&](int64_t e) { return time_us(c, e); }); };
    if (table == kPerson) switch (k) {
        case 0: return ints([&](int64_t e) { return kFirstPerson + last_person(e); });
        case 1: return text_column(events, 14, [&](Bytes& b, int64_t e) {
            Random r(c, e, kName);
            append(b, kFirstNames[size_t(r.below(kFirstNames.size()))]);
            b.append(" ", 1);
            append(b, kLastNames[size_t(r.below(kLastNames.size()))]);
        });
        case 2: return text_column(events, 16, [&](Bytes& b, int64_t e) {
            Random r(c, e, kEmail);
            append_word(b, r, 7);
            b.append("@", 1);
            append_word(b, r, 5);
            append(b, ".com");
        });
        case 3: return text_column(events, 19, [&](Bytes& b, int64_t e) {
            Random r(c, e, kCard);
            for (int group = 0; group < 4; ++group) {
                if (group) b.append(" ", 1);
                append(b, std::to_string(10000 + r.below(10000)).substr(1));
            }
        });
        case 4: return pick(kCities, kCity);
        case 5: return pick(kStates, kState);
        case 6: return date_time();
        case 7: return extra(138);
    }
    if (table == kAuction) switch (k) {
        case 0: return ints([&](int64_t e) { return kFirstAuction + last_auction(e); });
        case 1: return words(kItem, 20);
        case 2: return words(kDescription, 100);
        case 3: return ints([&](int64_t e) { return initial_bid(c, e); });
        case 4: return ints([&](int64_t e) { return reserve(c, e); });
        case 5: return date_time();
        case 6: return times([&](int64_t e) { return expires_us(c, e); });
        case 7: return ints([&](int64_t e) { return seller(c, e); });
        case 8: return ints([&](int64_t e) { return kFirstCategory + Random(c, e, kCategory).below(kCategories); });
        case 9: return extra(390);
    }
    if (table == kBid) switch (k) {
        case 0: return ints([&](int64_t e) { return bid_auction(c, e); });
        case 1: return ints([&](int64_t e) { return bidder(c, e); });
        case 2: return ints([&](int64_t e) { Random r(c, e, kPrice); return price(r); });
        case 3: return text_column(events, 12, [&](Bytes& b, int64_t e) {
            auto [hot, n] = channel_of(c, e);
            if (hot) return append(b, kHotChannels[size_t(n)]);
            append(b, "channel-");
            append_number(b, uint64_t(n));
        });
        case 4: return text_column(events, 70, [&](Bytes& b, int64_t e) {
            auto [hot, n] = channel_of(c, e);
            Random r(c, hot ? -1 - n : n, kUrl);
            append_url(b, r);
            if (!hot && r.below(10) > 0) {
                append(b, "&channel_id=");
                append_number(b, mix64(uint64_t(n)) >> 33);
            }
        });
        case 5: return date_time();
        case 6: return extra(68);
    }
    throw std::out_of_range("no such column");
}

// The rows of a table among the events [from, to), with the given standard columns.
inline Chunk generate(const Config& c, int table, int64_t from, int64_t to, const std::vector<int>& columns) {
    int64_t first = rows_before(table, from), n = rows_before(table, to) - first;
    std::vector<int64_t> events(n);
    for (int64_t i = 0; i < n; ++i) events[i] = event_of(table, first + i);
    Chunk out{n, {}, nullptr};
    for (int k : columns) out.columns.push_back(column(c, table, k, events));
    return out;
}

// A column of kEvents: of a table the row of these fields, in their standard positions and by these names; else the kind.
struct EventColumn {
    int table = kEvents;
    std::vector<int> fields;
    std::vector<std::string> names;
};

inline Chunk generate_events(const Config& c, int64_t from, int64_t to, const std::vector<EventColumn>& columns) {
    int64_t n = to - from;
    Chunk out{n, {}, nullptr};
    for (auto& wanted : columns) {
        if (wanted.table == kEvents) {
            FixedOut<int64_t> kinds(Kind::Int8, n);
            for (int64_t i = 0; i < n; ++i) kinds.values[i] = kind_of((from + i) % kTotal);
            out.columns.push_back(kinds.column);
            continue;
        }
        Chunk rows = generate(c, wanted.table, from, to, wanted.fields);
        auto row = make_column(Kind::Struct, rows.length);
        row->names = wanted.names;
        row->children = rows.columns;
        std::vector<int64_t> place(n, -1);
        for (int64_t i = 0, k = 0; i < n; ++i)
            if (kind_of((from + i) % kTotal) == wanted.table) place[i] = k++;
        out.columns.push_back(take(*row, place.data(), n));
    }
    return out;
}

}  // namespace sabot::nexmark
