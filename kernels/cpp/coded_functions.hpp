// Functions over CODED values (coded.hpp): time with time zone and network addresses; and checks of domains.
#pragma once

#include "cast.hpp"

namespace sabot {

namespace coded_functions {

using coded::Inet;
using coded::TimeTz;

// check.holds(value, condition): the value; a false condition is the row's error (texts: SQLSTATE, message).
inline ColumnPtr holds(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    const Column& condition = *args[1];
    bool failed = false;
    std::vector<uint8_t> keep;
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!condition.valid(i) || condition.value<uint8_t>(i)) continue;
        ctx.fail(i, o.texts[0].c_str(), o.texts[1]);
        failed = true;
    }
    if (!failed) return args[0];
    ColumnBuilder out(o.result);
    for (int64_t i = 0; i < ctx.length; ++i) {
        bool bad = condition.valid(i) && !condition.value<uint8_t>(i);
        if (bad || !args[0]->valid(i)) out.append_null();
        else out.append_from(*args[0], i);
    }
    return out.finish();
}

// ---- time with time zone

template <class F>
ColumnPtr map_timetz(const Columns& args, EvalContext& ctx, F&& f) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        out = coded::timetz_value(f(i));
        return true;
    });
}
inline TimeTz timetz_at(const Column& c, int64_t i) { return coded::timetz_of(c.bytes(i)); }

// time -> timetz: in the session's zone as of today.
inline ColumnPtr time_to_timetz(const Columns& args, const CallOptions&, EvalContext& ctx) {
    InputSettings s = input_settings(ctx);
    int64_t day = floor_div(s.zone->to_local(s.now), kDay);
    return map_timetz(args, ctx, [&](int64_t i) {
        int64_t local = day * kDay + args[0]->value<int64_t>(i);
        return TimeTz{args[0]->value<int64_t>(i), int32_t((s.zone->to_utc(local) - local) / kSecond)};
    });
}
inline ColumnPtr timestamptz_to_timetz(const Columns& args, const CallOptions&, EvalContext& ctx) {
    const TimeZone& zone = session_zone(ctx);
    return map_timetz(args, ctx, [&](int64_t i) {
        int64_t t = args[0]->value<int64_t>(i), local = zone.to_local(t);
        if (t == kTimeInfinity || t == kTimeNegInfinity) throw ValueError{"22008", "timestamp out of range"};
        return TimeTz{floor_mod(local, kDay), int32_t((t - local) / kSecond)};
    });
}
inline ColumnPtr timetz_to_time(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int64_t>(Kind::Time, args, ctx, [&](int64_t i) { return timetz_at(*args[0], i).micros; });
}
// timetz + interval (ints[0] = -1: minus): the time of day moves, the zone stays.
inline ColumnPtr timetz_plus(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_timetz(args, ctx, [&](int64_t i) {
        TimeTz t = timetz_at(*args[0], i);
        t.micros = floor_mod(t.micros + o.ints[0] * (args[1]->value<Interval>(i).micros % kDay), kDay);
        return t;
    });
}
inline TimeTz moved(TimeTz t, int32_t zone) {
    return {floor_mod(t.micros + int64_t(t.zone - zone) * kSecond, kDay), zone};
}
// timezone(text, timetz), with the zone's offset of now.
inline ColumnPtr timetz_at_zone(const Columns& args, const CallOptions&, EvalContext& ctx) {
    InputSettings s = input_settings(ctx);
    return map_timetz(args, ctx, [&](int64_t i) {
        std::string name(args[0]->bytes(i));
        const TimeZone* zone = find_zone(name);
        if (!zone) throw ValueError{"22023", "time zone \"" + name + "\" not recognized"};
        return moved(timetz_at(*args[1], i), int32_t((s.now - zone->to_local(s.now)) / kSecond));
    });
}
inline ColumnPtr timetz_at_interval(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_timetz(args, ctx, [&](int64_t i) {
        const Interval& v = args[0]->value<Interval>(i);
        if (v.months || v.days) throw ValueError{"22023", "interval time zone must not include months or days"};
        return moved(timetz_at(*args[1], i), int32_t(-v.micros / kSecond));
    });
}
// date + timetz: a moment.
inline ColumnPtr date_plus_timetz(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int64_t>(Kind::Timestamptz, args, ctx, [&](int64_t i) {
        int32_t day = args[0]->value<int32_t>(i);
        if (day == kDateInfinity) return kTimeInfinity;
        if (day == kDateNegInfinity) return kTimeNegInfinity;
        TimeTz t = timetz_at(*args[1], i);
        return checked_timestamp(i128(day) * kDay + t.micros + int64_t(t.zone) * kSecond);
    });
}
// Rounded to ints[0] digits of a second.
inline ColumnPtr timetz_typmod(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    int64_t unit = 1;
    for (int64_t k = o.ints[0]; k < 6; ++k) unit *= 10;
    return map_timetz(args, ctx, [&](int64_t i) {
        TimeTz t = timetz_at(*args[0], i);
        t.micros = (t.micros + unit / 2) / unit * unit;
        return t;
    });
}
// extract(field from timetz) as numeric; ints[0] = 1: as float8 (date_part).
inline ColumnPtr timetz_part(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    bool as_float = o.ints[0];
    auto value = [&](int64_t i, int& scale) -> int64_t {
        TimeTz t = timetz_at(*args[1], i);
        std::string field = detail::lower_ascii(args[0]->bytes(i));
        scale = 0;
        if (field == "hour" || field == "hours" || field == "h") return t.micros / kHour;
        if (field == "minute" || field == "minutes" || field == "m" || field == "min") return t.micros / kMinute % 60;
        if (field == "second" || field == "seconds" || field == "s" || field == "sec") { scale = 6; return t.micros % kMinute; }
        if (field == "millisecond" || field == "milliseconds" || field == "ms") { scale = 3; return t.micros % kMinute; }
        if (field == "microsecond" || field == "microseconds" || field == "us") return t.micros % kMinute;
        if (field == "timezone") return -t.zone;
        if (field == "timezone_hour") return -t.zone / 3600;
        if (field == "timezone_minute") return -t.zone / 60 % 60;
        if (field == "epoch") { scale = 6; return t.micros + int64_t(t.zone) * kSecond; }
        bool known = false;
        for (auto f : {"year", "month", "day", "dow", "doy", "week", "quarter", "century", "decade", "millennium", "isodow", "isoyear", "julian"})
            known |= field == f;
        throw ValueError{known ? "0A000" : "22023",
                         "unit \"" + field + "\" " + (known ? "not supported" : "not recognized") + " for type time with time zone"};
    };
    if (as_float)
        return map_values<double>(Kind::Float8, args, ctx, [&](int64_t i) {
            int scale = 0;
            auto v = double(value(i, scale));
            return scale == 6 ? v / 1e6 : scale == 3 ? v / 1e3 : v;
        });
    return map_strings(Kind::Numeric, args, ctx, [&](int64_t i, std::string& out) {
        int scale = 0;
        int64_t v = value(i, scale);
        out = numeric_encode128(v < 0, unsigned(scale), u128(v < 0 ? -v : v));
        return true;
    });
}

// ---- network addresses

inline Inet inet_at(const Column& c, int64_t i) { return coded::inet_of(c.bytes(i)); }
template <class F>
ColumnPtr map_inet(const Columns& args, EvalContext& ctx, F&& f) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        out = coded::inet_value(f(i));
        return true;
    });
}
inline ColumnPtr to_inet(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_inet(args, ctx, [&](int64_t i) {
        Inet v = inet_at(*args[0], i);
        v.cidr = false;
        return v;
    });
}
inline ColumnPtr to_cidr(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_inet(args, ctx, [&](int64_t i) {
        Inet v = inet_at(*args[0], i);
        uint8_t network[16];
        v.mask(network, v.bits);
        std::memcpy(v.address, network, 16);
        v.cidr = true;
        return v;
    });
}
// network, broadcast, netmask, hostmask by ints[0].
inline ColumnPtr inet_part(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_inet(args, ctx, [&](int64_t i) {
        Inet v = inet_at(*args[0], i), r = v;
        uint8_t made[16] = {};
        switch (o.ints[0]) {
            case 0: v.mask(made, v.bits); r.cidr = true; break;
            case 1: v.mask(made, v.bits, true); r.cidr = false; break;
            case 2: std::memset(v.address, 0xff, 16); v.mask(made, v.bits); r.bits = v.most(); r.cidr = false; break;
            default: std::memset(v.address, 0, 16); v.mask(made, v.bits, true); r.bits = v.most(); r.cidr = false; break;
        }
        std::memcpy(r.address, made, 16);
        return r;
    });
}
inline ColumnPtr inet_text(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_strings(Kind::Text, args, ctx, [&](int64_t i, std::string& out) {
        Inet v = inet_at(*args[0], i);
        switch (o.ints[0]) {
            case 0: v.bits = v.most(); coded::append_inet(out, v, false); break;  // host
            case 1: coded::append_inet(out, v, true); break;                      // text
            default: {                                                            // abbrev
                if (!v.cidr || v.family != 4) { coded::append_inet(out, v, v.cidr); break; }
                int octets = std::max(1, (v.bits + 7) / 8);
                for (int k = 0; k < octets; ++k) out += (k ? "." : "") + std::to_string(int(v.address[k]));
                out += "/" + std::to_string(v.bits);
            }
        }
        return true;
    });
}
inline ColumnPtr inet_number(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_values<int32_t>(Kind::Int4, args, ctx, [&](int64_t i) {
        Inet v = inet_at(*args[0], i);
        return o.ints[0] ? v.family : v.bits;
    });
}
inline ColumnPtr set_masklen(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_inet(args, ctx, [&](int64_t i) {
        Inet v = inet_at(*args[0], i);
        int32_t bits = args[1]->value<int32_t>(i);
        if (bits == -1) bits = v.most();
        if (bits < 0 || bits > v.most()) throw ValueError{"22023", "invalid mask length: " + std::to_string(bits)};
        v.bits = bits;
        if (v.cidr) {
            uint8_t network[16];
            v.mask(network, bits);
            std::memcpy(v.address, network, 16);
        }
        return v;
    });
}
// a contains b: by ints[0] 0 strictly, 1 or equal, 2 either way; 3 and 4: b contains a.
inline bool covers(const Inet& a, const Inet& b, bool equal) {
    if (a.family != b.family || (equal ? a.bits > b.bits : a.bits >= b.bits)) return false;
    uint8_t x[16] = {}, y[16] = {};
    a.mask(x, a.bits);
    b.mask(y, a.bits);
    return std::memcmp(x, y, a.size()) == 0;
}
inline ColumnPtr inet_contains(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_values<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i) -> uint8_t {
        Inet a = inet_at(*args[0], i), b = inet_at(*args[1], i);
        if (o.ints[0] == 2) return covers(a, b, true) || covers(b, a, true);
        if (o.ints[0] > 2) return covers(b, a, o.ints[0] == 4);
        return covers(a, b, o.ints[0] == 1);
    });
}
inline ColumnPtr inet_same_family(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i) -> uint8_t {
        return inet_at(*args[0], i).family == inet_at(*args[1], i).family;
    });
}
inline ColumnPtr inet_merge(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_inet(args, ctx, [&](int64_t i) {
        Inet a = inet_at(*args[0], i), b = inet_at(*args[1], i);
        if (a.family != b.family) throw ValueError{"22023", "cannot merge addresses from different families"};
        int bits = std::min(a.bits, b.bits);
        uint8_t x[16] = {}, y[16] = {};
        for (;; --bits) {
            a.mask(x, bits);
            b.mask(y, bits);
            if (std::memcmp(x, y, a.size()) == 0) break;
        }
        std::memcpy(a.address, x, 16);
        a.bits = bits;
        a.cidr = true;
        return a;
    });
}
// ~, &, | by ints[0].
inline ColumnPtr inet_bits(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_inet(args, ctx, [&](int64_t i) {
        Inet a = inet_at(*args[0], i);
        a.cidr = false;
        if (o.ints[0] == 0) {
            for (size_t k = 0; k < a.size(); ++k) a.address[k] = uint8_t(~a.address[k]);
            return a;
        }
        Inet b = inet_at(*args[1], i);
        if (a.family != b.family)
            throw ValueError{"22023", std::string("cannot ") + (o.ints[0] == 1 ? "AND" : "OR") + " inet values of different sizes"};
        for (size_t k = 0; k < a.size(); ++k)
            a.address[k] = o.ints[0] == 1 ? a.address[k] & b.address[k] : a.address[k] | b.address[k];
        a.bits = std::max(a.bits, b.bits);
        return a;
    });
}
inline Inet inet_moved(Inet v, int64_t by) {
    Inet before = v;
    int64_t carry = by;
    for (int k = int(v.size()) - 1; k >= 0; --k) {
        int64_t sum = int64_t(v.address[k]) + (carry & 0xff);
        carry = (carry >> 8) + (sum >> 8);
        v.address[k] = uint8_t(sum);
    }
    int r = std::memcmp(v.address, before.address, v.size());
    if (by >= 0 ? r < 0 : r > 0) throw ValueError{"22003", "result is out of range"};
    v.cidr = false;
    return v;
}
inline ColumnPtr inet_plus(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_inet(args, ctx, [&](int64_t i) {
        return inet_moved(inet_at(*args[0], i), o.ints[0] * args[1]->value<int64_t>(i));
    });
}
inline ColumnPtr inet_minus(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_values<int64_t>(Kind::Int8, args, ctx, [&](int64_t i) {
        Inet a = inet_at(*args[0], i), b = inet_at(*args[1], i);
        if (a.family != b.family) throw ValueError{"22023", "cannot subtract inet values of different sizes"};
        i128 x = 0, y = 0;
        bool far = false;
        for (size_t k = 0; k < a.size(); ++k) {
            if (a.size() - k > 8 && a.address[k] != b.address[k]) far = true;
            if (a.size() - k <= 8) {
                x = x << 8 | a.address[k];
                y = y << 8 | b.address[k];
            }
        }
        i128 r = x - y;
        if (far || r > INT64_MAX || r < INT64_MIN) throw ValueError{"22003", "result is out of range"};
        return int64_t(r);
    });
}

// ---- MAC addresses

inline ColumnPtr mac_convert(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        auto b = args[0]->bytes(i);
        if (o.ints[0] == 8) {
            out = "M";
            out.append(b.substr(1, 3)).append("\xff\xfe").append(b.substr(4));
            return true;
        }
        if (b.substr(4, 2) != "\xff\xfe")
            throw ValueError{"22003", "macaddr8 data out of range to convert to macaddr"};
        out = "m";
        out.append(b.substr(1, 3)).append(b.substr(6));
        return true;
    });
}
inline ColumnPtr mac_trunc(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        auto b = args[0]->bytes(i);
        out.assign(b.substr(0, 4)).append(b.size() - 4, '\0');
        return true;
    });
}
inline ColumnPtr mac_bits(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        auto a = args[0]->bytes(i);
        out = a;
        for (size_t k = 1; k < a.size(); ++k) {
            if (o.ints[0] == 0) out[k] = char(~a[k]);
            else out[k] = o.ints[0] == 1 ? char(a[k] & args[1]->bytes(i)[k]) : char(a[k] | args[1]->bytes(i)[k]);
        }
        return true;
    });
}
inline ColumnPtr mac_set7bit(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return map_strings(Kind::Coded, args, ctx, [&](int64_t i, std::string& out) {
        out = args[0]->bytes(i);
        out[1] = char(out[1] | 2);
        return true;
    });
}

}  // namespace coded_functions

inline std::vector<KernelEntry> coded_kernels() {
    using namespace coded_functions;
    return {
        {"check.holds", holds},
        {"timetz.from_time", time_to_timetz}, {"timetz.from_timestamptz", timestamptz_to_timetz},
        {"timetz.to_time", timetz_to_time}, {"timetz.plus", timetz_plus}, {"timetz.at_zone", timetz_at_zone},
        {"timetz.at_interval", timetz_at_interval}, {"timetz.with_date", date_plus_timetz},
        {"timetz.typmod", timetz_typmod}, {"timetz.part", timetz_part},
        {"inet.to_inet", to_inet}, {"inet.to_cidr", to_cidr}, {"inet.part", inet_part}, {"inet.text", inet_text},
        {"inet.number", inet_number}, {"inet.set_masklen", set_masklen}, {"inet.contains", inet_contains},
        {"inet.same_family", inet_same_family}, {"inet.merge", inet_merge},
        {"inet.bits", inet_bits}, {"inet.plus", inet_plus}, {"inet.minus", inet_minus},
        {"mac.convert", mac_convert}, {"mac.trunc", mac_trunc}, {"mac.bits", mac_bits}, {"mac.set7bit", mac_set7bit},
    };
}

}  // namespace sabot
