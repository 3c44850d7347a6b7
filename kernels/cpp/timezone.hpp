// Time zones: IANA zones from TZif files (RFC 8536), POSIX TZ strings, abbreviations, fixed offsets.
//
// Files come from $TZDIR or /usr/share/zoneinfo. Zones are loaded once and never freed; offsets are seconds
// east of UTC.
#pragma once

#include <dirent.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "datetime.hpp"

namespace sabot {

class TimeZone {
  public:
    static TimeZone fixed(std::string name, int32_t offset) {
        TimeZone z;
        z.name_ = std::move(name);
        z.first_ = offset;
        return z;
    }
    const std::string& name() const { return name_; }
    bool is_fixed() const { return times_.empty(); }

    // Offset in force at a UTC time.
    int32_t offset_at(int64_t micros) const {
        if (times_.empty()) return first_;
        int64_t s = fold(floor_div(micros, kSecond));
        size_t i = size_t(std::upper_bound(times_.begin(), times_.end(), s) - times_.begin());
        return i == 0 ? first_ : offsets_[i - 1];
    }
    // Abbreviation in force at a UTC time; empty when there is none.
    std::string_view abbreviation_at(int64_t micros) const {
        if (times_.empty()) return name_;
        int64_t s = fold(floor_div(micros, kSecond));
        size_t i = size_t(std::upper_bound(times_.begin(), times_.end(), s) - times_.begin());
        return i == 0 ? std::string_view(first_name_) : std::string_view(names_[i - 1]);
    }
    // Offset of a local time. In a gap the offset before it, in an overlap the one after: standard time.
    int32_t offset_of_local(int64_t local_micros) const {
        if (times_.empty()) return first_;
        int64_t real = floor_div(local_micros, kSecond), s = fold(real);
        size_t i = size_t(std::upper_bound(times_.begin(), times_.end(), s - 86400) - times_.begin());
        int32_t before = i == 0 ? first_ : offsets_[i - 1];
        if (i == times_.size()) return before;
        int64_t boundary = times_[i];
        int32_t after = offsets_[i];
        int64_t early = s - before, late = s - after;
        if (early < boundary && late < boundary) return before;
        if (early > boundary && late >= boundary) return after;
        return early > late ? before : after;
    }
    int64_t to_local(int64_t utc) const { return finite_time(utc) ? utc + offset_at(utc) * kSecond : utc; }
    int64_t to_utc(int64_t local) const {
        if (!finite_time(local)) return local;
        return checked_timestamp(i128(local) - offset_of_local(local) * kSecond);
    }

    static std::optional<TimeZone> parse_tzif(const std::string& name, const std::string& bytes);
    static std::optional<TimeZone> parse_posix(const std::string& name, const std::string& text);

  private:
    static constexpr int64_t kCycle = 146097ll * 86400;  // 400 years
    // Times past the table are moved back by whole 400-year cycles.
    int64_t fold(int64_t s) const {
        if (!cyclic_ || s < times_.back()) return s;
        return s - ((s - times_.back()) / kCycle + 1) * kCycle;
    }
    void push(int64_t time, int32_t offset, const std::string& name) {
        times_.push_back(time);
        offsets_.push_back(offset);
        names_.push_back(name);
    }
    bool extend_with_rule(const std::string& footer);

    std::string name_, first_name_;
    int32_t first_ = 0;
    bool cyclic_ = false;
    std::vector<int64_t> times_;  // UTC seconds of the transitions
    std::vector<int32_t> offsets_;
    std::vector<std::string> names_;
};

namespace detail {

// A POSIX TZ string: "EST5EDT,M3.2.0,M11.1.0".
struct PosixRule {
    std::string standard, daylight;
    int32_t offset = 0, daylight_offset = 0;
    struct Day { char form = 0; int month = 0, week = 0, day = 0; int32_t time = 7200; } start, end;

    static bool name(const char*& p, std::string& out) {
        const char* from = p;
        if (*p == '<') {
            const char* close = std::strchr(p, '>');
            if (!close) return false;
            out.assign(p + 1, close);
            p = close + 1;
            return true;
        }
        while (std::isalpha(static_cast<unsigned char>(*p))) ++p;
        out.assign(from, p);
        return p - from >= 3;
    }
    static bool clock(const char*& p, int32_t& out) {
        int sign = 1;
        if (*p == '+' || *p == '-') sign = *p++ == '-' ? -1 : 1;
        if (!std::isdigit(static_cast<unsigned char>(*p))) return false;
        int32_t parts[3] = {0, 0, 0};
        for (int i = 0; i < 3; ++i) {
            if (i > 0) {
                if (*p != ':') break;
                ++p;
            }
            while (std::isdigit(static_cast<unsigned char>(*p)) && parts[i] < 1000) parts[i] = parts[i] * 10 + (*p++ - '0');
        }
        out = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
        return parts[0] <= 167 && parts[1] < 60 && parts[2] < 60;
    }
    static bool number(const char*& p, int& out) {
        if (!std::isdigit(static_cast<unsigned char>(*p))) return false;
        out = 0;
        while (std::isdigit(static_cast<unsigned char>(*p)) && out < 1000) out = out * 10 + (*p++ - '0');
        return true;
    }
    static bool date(const char*& p, Day& d) {
        if (*p++ != ',') return false;
        if (*p == 'M') {
            d.form = *p++;
            if (!number(p, d.month) || *p++ != '.' || !number(p, d.week) || *p++ != '.' || !number(p, d.day)) return false;
            if (d.month < 1 || d.month > 12 || d.week < 1 || d.week > 5 || d.day > 6) return false;
        } else {
            d.form = '0';
            if (*p == 'J') d.form = *p++;
            if (!number(p, d.day)) return false;
        }
        if (*p == '/') return clock(++p, d.time);
        return true;
    }
    bool parse(const std::string& text) {
        const char* p = text.c_str();
        if (!name(p, standard) || !clock(p, offset)) return false;
        offset = -offset;
        if (!*p) return true;
        if (!name(p, daylight)) return false;
        daylight_offset = offset + 3600;
        if (*p && *p != ',') {
            if (!clock(p, daylight_offset)) return false;
            daylight_offset = -daylight_offset;
        }
        if (!*p) {  // the rule of the United States
            const char* rule = ",M3.2.0,M11.1.0";
            return date(rule, start) && date(rule, end);
        }
        return date(p, start) && date(p, end) && !*p;
    }
    static int64_t local_seconds(const Day& d, int64_t year) {
        int64_t first = days_from_civil(year, 1, 1), days;
        if (d.form == 'M') {
            int64_t month = days_from_civil(year, d.month, 1);
            int64_t day = (d.day - weekday(month) + 7) % 7 + (d.week - 1) * 7;
            while (day >= days_in_month(year, d.month)) day -= 7;
            days = month + day;
        } else if (d.form == 'J') {
            days = first + d.day - 1 + (leap_year(year) && d.day >= 60);
        } else {
            days = first + d.day;
        }
        return days * 86400 + d.time;
    }
};

inline int64_t big_endian(const char* p, int n) {
    uint64_t v = n == 4 && (p[0] & 0x80) ? ~uint64_t(0) : 0;
    for (int i = 0; i < n; ++i) v = (v << 8) | uint8_t(p[i]);
    return int64_t(v);
}

}  // namespace detail

// Adds the transitions of a rule for 400 years and more after the last one known.
inline bool TimeZone::extend_with_rule(const std::string& footer) {
    detail::PosixRule rule;
    if (!rule.parse(footer)) return false;
    if (rule.daylight.empty()) {
        if (times_.empty()) {
            first_ = rule.offset;
            first_name_ = rule.standard;
        }
        return true;
    }
    int64_t known = times_.empty() ? INT64_MIN : times_.back();
    int64_t from = times_.empty() ? 1900 : civil_from_days(floor_div(known, 86400)).year;
    for (int64_t year = from; year <= std::max<int64_t>(from, 2038) + 401; ++year) {
        int64_t start = detail::PosixRule::local_seconds(rule.start, year) - rule.offset;
        int64_t end = detail::PosixRule::local_seconds(rule.end, year) - rule.daylight_offset;
        auto put = [&](int64_t at, bool daylight) {
            if (at > known) push(at, daylight ? rule.daylight_offset : rule.offset, daylight ? rule.daylight : rule.standard);
        };
        if (start < end) { put(start, true); put(end, false); }
        else { put(end, false); put(start, true); }
    }
    cyclic_ = true;
    return true;
}

inline std::optional<TimeZone> TimeZone::parse_posix(const std::string& name, const std::string& text) {
    TimeZone z;
    z.name_ = name;
    if (!z.extend_with_rule(text)) return std::nullopt;
    if (!z.times_.empty()) {
        z.first_ = z.offsets_[1];
        z.first_name_ = z.names_[1];
    }
    return z;
}

inline std::optional<TimeZone> TimeZone::parse_tzif(const std::string& name, const std::string& bytes) {
    if (bytes.size() < 44 || bytes.compare(0, 4, "TZif") != 0) return std::nullopt;
    auto count = [&](size_t at, int k) { return size_t(detail::big_endian(bytes.data() + at + 20 + 4 * k, 4)); };
    size_t at = 0;
    int width = 4;
    if (bytes[4] >= '2') {  // skip the 32-bit block
        at = 44 + count(0, 3) * 5 + count(0, 4) * 6 + count(0, 5) + count(0, 2) * 8 + count(0, 1) + count(0, 0);
        width = 8;
    }
    if (bytes.size() < at + 44) return std::nullopt;
    size_t utc = count(at, 0), std_ = count(at, 1), leap = count(at, 2), n = count(at, 3), types = count(at, 4),
           chars = count(at, 5);
    const char* p = bytes.data() + at + 44;
    const char* end = bytes.data() + bytes.size();
    size_t body = n * width + n + types * 6 + chars + leap * (width + 4) + std_ + utc;
    if (size_t(end - p) < body || types == 0) return std::nullopt;
    const char *index = p + n * width, *info = index + n, *text = info + types * 6;
    TimeZone z;
    z.name_ = name;
    auto offset = [&](size_t k) { return int32_t(detail::big_endian(info + 6 * k, 4)); };
    auto label = [&](size_t k) { return std::string(text + uint8_t(info[6 * k + 5])); };
    z.first_ = offset(0);
    z.first_name_ = label(0);
    for (size_t i = 0; i < n; ++i) {
        size_t k = uint8_t(index[i]);
        if (k >= types) return std::nullopt;
        z.push(detail::big_endian(p + i * width, width), offset(k), label(k));
    }
    if (width == 8) {
        const char* footer = p + body;
        if (footer < end && *footer == '\n') {
            const char* stop = std::find(footer + 1, end, '\n');
            std::string rule(footer + 1, stop);
            if (!rule.empty() && rule.find(',') != std::string::npos) z.extend_with_rule(rule);
            else if (z.times_.empty() && !rule.empty()) z.extend_with_rule(rule);
        }
    }
    return z;
}

namespace detail {

inline std::string lower_ascii(std::string_view s) {
    std::string r(s);
    for (char& c : r)
        if (c >= 'A' && c <= 'Z') c = char(c + 32);
    return r;
}
inline std::string zone_directory() {
    const char* d = std::getenv("TZDIR");
    return d && *d ? d : "/usr/share/zoneinfo";
}
// The file of a zone, whatever the case of its name; empty when there is none. Gives the true name back.
inline std::string zone_file(const std::string& wanted, std::string& true_name) {
    std::string path = zone_directory();
    true_name.clear();
    size_t from = 0;
    while (from <= wanted.size()) {
        size_t slash = std::min(wanted.find('/', from), wanted.size());
        std::string part = wanted.substr(from, slash - from), found;
        if (part.empty() || part[0] == '.') return {};
        DIR* d = opendir(path.c_str());
        if (!d) return {};
        while (dirent* e = readdir(d)) {
            if (lower_ascii(e->d_name) != lower_ascii(part)) continue;
            found = e->d_name;
            if (found == part) break;
        }
        closedir(d);
        if (found.empty()) return {};
        path += "/" + found;
        true_name += (true_name.empty() ? "" : "/") + found;
        from = slash + 1;
    }
    return path;
}
inline std::optional<std::string> read_file(const std::string& path) {
    FILE* f = std::fopen(path.c_str(), "rb");
    if (!f) return std::nullopt;
    std::string out;
    char block[4096];
    size_t n;
    while ((n = std::fread(block, 1, sizeof block, f)) > 0) out.append(block, n);
    std::fclose(f);
    return out;
}

struct Abbreviation { const char* name; int32_t minutes; };
// Abbreviations that PostgreSQL accepts by default and that mean one offset.
inline constexpr Abbreviation kAbbreviations[] = {
    {"acdt", 630}, {"acst", 570}, {"adt", -180}, {"aedt", 660}, {"aest", 600}, {"akdt", -480}, {"akst", -540},
    {"ast", -240}, {"awst", 480}, {"bdst", 120}, {"bst", 60}, {"cadt", 630}, {"cast", 570}, {"cdt", -300},
    {"cest", 120}, {"cet", 60}, {"cetdst", 120}, {"chadt", 825}, {"chast", 765}, {"chst", 600}, {"clst", -180},
    {"cst", -360}, {"east", -360}, {"eat", 180}, {"edt", -240}, {"eest", 180}, {"eet", 120}, {"eetdst", 180},
    {"est", -300}, {"fet", 180}, {"gft", -180}, {"gmt", 0}, {"hkt", 480}, {"hst", -600}, {"idt", 180},
    {"ict", 420}, {"ist", 120}, {"jst", 540}, {"kdt", 600}, {"kst", 540}, {"lhdt", 660}, {"mdt", -360},
    {"mest", 120}, {"met", 60}, {"metdst", 120}, {"mmt", 390}, {"msk", 180}, {"msd", 240}, {"mst", -420},
    {"mvt", 300}, {"ndt", -150}, {"nft", -210}, {"nst", -210}, {"nzdt", 780}, {"nzst", 720}, {"pdt", -420},
    {"pgt", 600}, {"pht", 480}, {"pkt", 300}, {"pst", -480}, {"sadt", 630}, {"sast", 120}, {"sct", 240},
    {"uct", 0}, {"ut", 0}, {"utc", 0}, {"wadt", 480}, {"wast", 420}, {"west", 60}, {"wet", 0}, {"wetdst", 60},
    {"z", 0}, {"zulu", 0},
};
inline std::optional<int32_t> abbreviation_offset(std::string_view name) {
    std::string low = lower_ascii(name);
    for (auto& a : kAbbreviations)
        if (low == a.name) return a.minutes * 60;
    return std::nullopt;
}

}  // namespace detail

// A zone by name: "Europe/Vienna", "UTC", "PST", POSIX "EST5EDT", "<+08>-08", "+08" (west is positive in these).
// nullptr for an unknown one. Looked up once per name.
inline const TimeZone* find_zone(std::string_view wanted) {
    static std::mutex lock;
    static auto& cache = *new std::unordered_map<std::string, std::unique_ptr<TimeZone>>();
    std::string name(wanted);
    std::lock_guard guard(lock);
    auto known = cache.find(name);
    if (known != cache.end()) return known->second.get();
    auto keep = [&](std::optional<TimeZone> z) {
        auto& slot = cache[name];
        if (z) slot = std::make_unique<TimeZone>(std::move(*z));
        return slot.get();
    };
    std::string low = detail::lower_ascii(name);
    if (low == "utc" || low == "gmt" || low == "z" || low == "zulu" || low == "uct" || low == "etc/utc")
        return keep(TimeZone::fixed(low == "etc/utc" ? "Etc/UTC" : low == "gmt" ? "GMT" : "UTC", 0));
    std::string true_name, path = detail::zone_file(name, true_name);
    if (!path.empty())
        if (auto bytes = detail::read_file(path))
            if (auto z = TimeZone::parse_tzif(true_name, *bytes)) return keep(std::move(z));
    if (!name.empty() && (name[0] == '+' || name[0] == '-')) {
        const char* p = name.c_str();
        int32_t offset;
        if (detail::PosixRule::clock(p, offset) && !*p) return keep(TimeZone::fixed(name, -offset));
        return keep(std::nullopt);
    }
    if (auto offset = detail::abbreviation_offset(name)) {
        std::string upper = name;
        for (char& c : upper) c = char(std::toupper(c));
        return keep(TimeZone::fixed(upper, *offset));
    }
    return keep(TimeZone::parse_posix(name, name));
}
// What SET TIME ZONE stores for its text: the true name of a zone; hours ("-8", "5.5", east is positive) become
// POSIX zones, as PostgreSQL shows them. Empty for an unknown one.
inline std::string zone_setting(const std::string& text) {
    char* end = nullptr;
    double hours = std::strtod(text.c_str(), &end);
    if (end != text.c_str() && !*end) {
        if (!(std::fabs(hours) <= 167)) return {};
        int minutes = int(std::lround(std::fabs(hours) * 60));
        char clock[16], name[48];
        std::snprintf(clock, sizeof clock, minutes % 60 ? "%02d:%02d" : "%02d", minutes / 60, minutes % 60);
        std::snprintf(name, sizeof name, "<%c%s>%c%s", hours < 0 ? '-' : '+', clock, hours < 0 ? '+' : '-', clock);
        return name;
    }
    const TimeZone* z = find_zone(text);
    return z ? z->name() : std::string();
}
inline const TimeZone& utc_zone() {
    static const TimeZone& zone = *find_zone("UTC");
    return zone;
}

}  // namespace sabot
