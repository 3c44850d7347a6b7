// JSON messages -> columns of declared types, in two steps per message: find where each column's value lies while
// checking the whole syntax (RFC 8259, UTF-8), then read those values with PostgreSQL's input rules, as its
// json_populate_record does: a scalar is read from its text, NULL for null or absent, the last of equal keys counts.
// A bad message leaves no row and one error; the others are unaffected.
#pragma once

#include "arena.hpp"
#include "text_input.hpp"
#include "utf8.hpp"

namespace sabot {

struct JsonType {
    Kind kind = Kind::Null;
    bool raw = false;       // json: the text as it stands
    bool map = false;       // a list of (key, value) read from an object
    int precision = -1, scale = 0;  // numeric(p,s)
    int64_t most = -1;      // varchar(n), char(n): characters
    bool pad = false;       // char(n): filled up with blanks
    bool bits = false;      // bit(n) with `pad`, bit varying(n)
    int64_t unit = 0;       // timestamps given as numbers: microseconds per unit; 0 refuses them, -1 guesses
    bool coded = false;     // as Debezium writes values: dates in days, times in microseconds, jsonb as a string
    std::vector<JsonType> children;
    std::vector<std::string> names;
};

// What a message is around its row: nothing, {"before", "after", "op"} (in "payload" or not), {"data", "type"}.
enum class Envelope : int { None, Debezium, Maxwell };

struct JsonError {
    int64_t message;
    std::string sqlstate, text;
};

namespace detail {

// Bytes of a value's text; `from` null when absent.
struct JsonSlice {
    const char* from = nullptr;
    const char* to = nullptr;
    std::string_view text() const { return {from, size_t(to - from)}; }
};

inline bool valid_utf8(std::string_view s) {
    if (is_ascii(s)) return true;
    auto p = reinterpret_cast<const uint8_t*>(s.data()), end = p + s.size();
    auto more = [&](int n, uint8_t low, uint8_t high) {
        if (end - p <= n || p[1] < low || p[1] > high) return false;
        for (int k = 2; k <= n; ++k)
            if ((p[k] & 0xc0) != 0x80) return false;
        p += n + 1;
        return true;
    };
    while (p < end) {
        uint8_t c = *p;
        if (c < 0x80) ++p;
        else if (c >= 0xc2 && c <= 0xdf) { if (!more(1, 0x80, 0xbf)) return false; }
        else if (c == 0xe0) { if (!more(2, 0xa0, 0xbf)) return false; }
        else if (c == 0xed) { if (!more(2, 0x80, 0x9f)) return false; }
        else if (c >= 0xe1 && c <= 0xef) { if (!more(2, 0x80, 0xbf)) return false; }
        else if (c == 0xf0) { if (!more(3, 0x90, 0xbf)) return false; }
        else if (c >= 0xf1 && c <= 0xf3) { if (!more(3, 0x80, 0xbf)) return false; }
        else if (c == 0xf4) { if (!more(3, 0x80, 0x8f)) return false; }
        else return false;
    }
    return true;
}

class JsonScanner {
  public:
    explicit JsonScanner(std::string_view text) : start_(text.data()), p_(start_), end_(start_ + text.size()) {}

    [[noreturn]] void bad() const {
        throw ValueError{"22P02", "invalid input syntax for type json at byte " + std::to_string(p_ - start_)};
    }
    char peek() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\n' || *p_ == '\r')) ++p_;
        if (p_ == end_) bad();
        return *p_;
    }
    bool at_end() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\n' || *p_ == '\r')) ++p_;
        return p_ == end_;
    }
    void expect(char c) {
        if (peek() != c) bad();
        ++p_;
    }
    // Past a string; its text without the quotes, escapes as they stand.
    std::string_view string() {
        expect('"');
        const char* from = p_;
        for (;;) {
            while (end_ - p_ >= 8) {
                constexpr uint64_t ones = 0x0101010101010101ull, high = 0x8080808080808080ull;
                uint64_t w;
                std::memcpy(&w, p_, 8);
                uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
                uint64_t hit = (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones * 0x20) & ~w)) & high;
                if (hit) {
                    p_ += __builtin_ctzll(hit) >> 3;
                    break;
                }
                p_ += 8;
            }
            if (p_ == end_) bad();
            char c = *p_;
            if (c == '"') {
                ++p_;
                return {from, size_t(p_ - 1 - from)};
            }
            if (uint8_t(c) < 0x20) bad();
            ++p_;
            if (c == '\\') escape();
        }
    }
    // Past any value.
    JsonSlice value(int depth = 0) {
        if (depth > 500) throw ValueError{"54001", "JSON is nested too deeply"};
        char c = peek();
        JsonSlice s{p_, p_};
        switch (c) {
            case '"': string(); break;
            case '{':
                members([&](std::string_view, JsonSlice) {}, depth);
                break;
            case '[':
                elements([&](JsonSlice) {}, depth);
                break;
            case 't': word("true"); break;
            case 'f': word("false"); break;
            case 'n': word("null"); break;
            default: number();
        }
        s.to = p_;
        return s;
    }
    template <class F>
    void members(F&& member, int depth = 0) {
        expect('{');
        if (peek() == '}') {
            ++p_;
            return;
        }
        for (;;) {
            if (peek() != '"') bad();
            auto key = string();
            expect(':');
            member(key, value(depth + 1));
            char c = peek();
            ++p_;
            if (c == '}') return;
            if (c != ',') {
                --p_;
                bad();
            }
        }
    }
    template <class F>
    void elements(F&& element, int depth = 0) {
        expect('[');
        if (peek() == ']') {
            ++p_;
            return;
        }
        for (;;) {
            element(value(depth + 1));
            char c = peek();
            ++p_;
            if (c == ']') return;
            if (c != ',') {
                --p_;
                bad();
            }
        }
    }

  private:
    void escape() {
        if (p_ == end_) bad();
        char c = *p_++;
        if (c == 'u') {
            for (int k = 0; k < 4; ++k, ++p_)
                if (p_ == end_ || !std::isxdigit(uint8_t(*p_))) bad();
        } else if (!c || !std::strchr("\"\\/bfnrt", c)) {
            --p_;
            bad();
        }
    }
    void word(std::string_view w) {
        if (size_t(end_ - p_) < w.size() || std::memcmp(p_, w.data(), w.size()) != 0) bad();
        p_ += w.size();
    }
    void digits() {
        if (p_ == end_ || !is_digit(*p_)) bad();
        while (p_ < end_ && is_digit(*p_)) ++p_;
    }
    void number() {
        if (*p_ == '-') ++p_;
        if (p_ < end_ && *p_ == '0') ++p_;
        else digits();
        if (p_ < end_ && *p_ == '.') {
            ++p_;
            digits();
        }
        if (p_ < end_ && (*p_ == 'e' || *p_ == 'E')) {
            ++p_;
            if (p_ < end_ && (*p_ == '+' || *p_ == '-')) ++p_;
            digits();
        }
    }
    const char* start_;
    const char* p_;
    const char* end_;
};

// The characters of a scanned string (quotes removed).
inline std::string json_unescape(std::string_view s) {
    std::string out;
    auto hex = [&](size_t at) {
        uint32_t v = 0;
        std::from_chars(s.data() + at, s.data() + at + 4, v, 16);
        return v;
    };
    auto bad = [](const char* why) { throw ValueError{"22P05", std::string("unsupported Unicode escape sequence: ") + why}; };
    for (size_t i = 0; i < s.size(); ++i) {
        if (s[i] != '\\') {
            out.push_back(s[i]);
            continue;
        }
        char c = s[++i];
        switch (c) {
            case 'b': out.push_back('\b'); break;
            case 'f': out.push_back('\f'); break;
            case 'n': out.push_back('\n'); break;
            case 'r': out.push_back('\r'); break;
            case 't': out.push_back('\t'); break;
            case 'u': {
                uint32_t v = hex(i + 1);
                i += 4;
                if (v == 0) bad("\\u0000 cannot be converted to text");
                if (v >= 0xdc00 && v <= 0xdfff) bad("low surrogate without a high one");
                if (v >= 0xd800 && v <= 0xdbff) {
                    if (i + 6 >= s.size() || s[i + 1] != '\\' || s[i + 2] != 'u') bad("high surrogate without a low one");
                    uint32_t low = hex(i + 3);
                    if (low < 0xdc00 || low > 0xdfff) bad("high surrogate without a low one");
                    v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
                    i += 6;
                }
                append_utf8(out, v);
                break;
            }
            default: out.push_back(c);
        }
    }
    return out;
}

// Position of a member's name among the columns: as written, else without regard to ASCII case; -1 if none.
class JsonNames {
  public:
    explicit JsonNames(const std::vector<std::string>& names) : names_(&names) {}
    // `hint`: where the next member is expected, moved on by a hit.
    int find(std::string_view key, size_t& hint) const {
        auto& names = *names_;
        if (hint < names.size() && names[hint] == key) return int(hint++);
        if (key.find('\\') != key.npos) {
            std::string plain = json_unescape(key);
            return plain.find('\\') == plain.npos ? find(plain, hint) : -1;
        }
        for (size_t k = 0; k < names.size(); ++k)
            if (names[k] == key) {
                hint = k + 1;
                return int(k);
            }
        for (size_t k = 0; k < names.size(); ++k)
            if (names[k].size() == key.size() && std::equal(key.begin(), key.end(), names[k].begin(), [](char a, char b) {
                    return lower(a) == lower(b);
                })) {
                hint = k + 1;
                return int(k);
            }
        return -1;
    }

  private:
    static char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }
    const std::vector<std::string>* names_;
};

inline void append_json(ColumnBuilder& out, const JsonType& t, JsonSlice v, const InputSettings& s);

inline void check_bits(const JsonType& t, std::string_view text) {
    if (size_t at = text.find_first_not_of("01"); at != text.npos)
        throw ValueError{"22P02", "\"" + std::string(text.substr(at, 1)) + "\" is not a valid binary digit"};
    int64_t n = int64_t(text.size());
    if (t.most < 0 || n == t.most || (!t.pad && n < t.most)) return;
    std::string size = "(" + std::to_string(t.most) + ")";
    if (t.pad) throw ValueError{"22026", "bit string length " + std::to_string(n) + " does not match type bit" + size};
    throw ValueError{"22001", "bit string too long for type bit varying" + size};
}

inline void append_json_scalar(ColumnBuilder& out, const JsonType& t, std::string_view text, const InputSettings& s) {
    if (t.bits) {
        check_bits(t, text);
        return out.append_bytes(text);
    }
    if (t.kind == Kind::Text) {
        if (t.most < 0 || (!t.pad && int64_t(text.size()) <= t.most)) return out.append_bytes(text);
        int64_t length = utf8_length(text);
        if (length > t.most) {  // blanks at the end may go
            size_t keep = utf8_advance(text, 0, t.most);
            if (text.find_first_not_of(' ', keep) != text.npos)
                throw ValueError{"22001", std::string("value too long for type character") + (t.pad ? "(" : " varying(") +
                                              std::to_string(t.most) + ")"};
            return out.append_bytes(text.substr(0, keep));
        }
        if (!t.pad || length == t.most) return out.append_bytes(text);
        return out.append_bytes(std::string(text) + std::string(size_t(t.most - length), ' '));
    }
    if (t.kind == Kind::Numeric && t.precision >= 0)
        return out.append_bytes(numeric_apply_typmod(numeric_input(text), t.precision, t.scale));
    append_parsed(out, text, s);
}

// Microseconds since 1970 of a whole number of units. A guess takes what falls between the years 1966 and 5138 in
// seconds, milliseconds or microseconds, and the rest as nanoseconds.
inline int64_t json_epoch(std::string_view text, int64_t unit) {
    int64_t v = integer_from_text<int64_t>(text, "timestamp"), micros;
    if (unit < 0) {
        int64_t size = v < 0 ? -(v + 1) : v;
        if (size >= 100000000000000000) return floor_div(v, 1000);
        unit = size < 100000000000 ? 1000000 : size < 100000000000000 ? 1000 : 1;
    }
    if (__builtin_mul_overflow(v, unit, &micros)) throw ValueError{"22008", "timestamp out of range: " + std::string(text)};
    return micros;
}

inline void append_json_list(ColumnBuilder& out, const JsonType& t, JsonSlice v, const InputSettings& s) {
    JsonScanner scan(v.text());
    auto& items = out.child(0);
    try {
        if (t.map) {
            if (*v.from != '{') throw ValueError{"22P02", "expected a JSON object"};
            scan.members([&](std::string_view key, JsonSlice value) {
                const JsonType& entry = t.children[0];
                try {
                    append_json_scalar(items.child(0), entry.children[0],
                                       key.find('\\') == key.npos ? std::string(key) : json_unescape(key), s);
                    append_json(items.child(1), entry.children[1], value, s);
                } catch (...) {
                    for (size_t k = 0; k < 2; ++k)
                        if (items.child(k).length() == items.length()) items.child(k).append_null();
                    items.close_row();
                    throw;
                }
                items.close_row();
            });
        } else {
            if (*v.from != '[') throw ValueError{"22P02", "expected a JSON array"};
            scan.elements([&](JsonSlice item) { append_json(items, t.children[0], item, s); });
        }
    } catch (...) {  // leave the builder consistent: the row will be left out
        out.close_row();
        throw;
    }
    out.close_row();
}

inline void append_json_struct(ColumnBuilder& out, const JsonType& t, JsonSlice v, const InputSettings& s) {
    int64_t row = out.length();
    try {
        if (*v.from != '{') throw ValueError{"22P02", "expected a JSON object"};
        std::vector<JsonSlice> fields(t.names.size());
        JsonNames names(t.names);
        size_t hint = 0;
        JsonScanner(v.text()).members([&](std::string_view key, JsonSlice value) {
            if (int k = names.find(key, hint); k >= 0) fields[size_t(k)] = value;
        });
        for (size_t k = 0; k < fields.size(); ++k) append_json(out.child(k), t.children[k], fields[k], s);
    } catch (...) {
        for (size_t k = 0; k < t.children.size(); ++k)
            if (out.child(k).length() == row) out.child(k).append_null();
        out.close_row();
        throw;
    }
    out.close_row();
}

inline bool append_coded(ColumnBuilder& out, const JsonType& t, JsonSlice v) {
    if (t.kind == Kind::Jsonb && *v.from == '"') {
        out.append_bytes(jsonb_from_text(json_unescape(v.text().substr(1, v.text().size() - 2))));
        return true;
    }
    if (*v.from == '"') return false;
    if (t.kind == Kind::Date) {
        out.append(integer_from_text<int32_t>(v.text(), "date"));
        return true;
    }
    if (t.kind == Kind::Time) {
        int64_t micros = integer_from_text<int64_t>(v.text(), "time");
        if (micros < 0 || micros > 86400000000ll) throw ValueError{"22008", "time out of range: " + std::string(v.text())};
        out.append(micros);
        return true;
    }
    return false;
}

// Appends exactly one value, also when it throws (then a meaningless one).
inline void append_json(ColumnBuilder& out, const JsonType& t, JsonSlice v, const InputSettings& s) {
    if (!v.from || *v.from == 'n') return out.append_null();
    if (t.kind == Kind::List && *v.from != '"') return append_json_list(out, t, v, s);
    if (t.kind == Kind::Struct && *v.from != '"') return append_json_struct(out, t, v, s);
    if (shape_of(t.kind) == Shape::List || t.kind == Kind::Struct) {  // the text form, in a builder of its own
        ColumnBuilder one(out.type());
        try {
            append_parsed(one, json_unescape(v.text().substr(1, v.text().size() - 2)), s);
        } catch (...) {
            out.append_null();
            throw;
        }
        return out.append_from(*one.finish(), 0);
    }
    int64_t row = out.length();
    try {
        if (t.coded && append_coded(out, t, v)) return;
        if (t.kind == Kind::Jsonb) return out.append_bytes(jsonb_from_text(v.text()));
        if (t.raw || *v.from != '"') {
            if (t.unit && (t.kind == Kind::Timestamp || t.kind == Kind::Timestamptz))
                return out.append(json_epoch(v.text(), t.unit));
            return append_json_scalar(out, t, v.text(), s);
        }
        auto inner = v.text().substr(1, v.text().size() - 2);
        if (!std::memchr(inner.data(), '\\', inner.size())) return append_json_scalar(out, t, inner, s);
        append_json_scalar(out, t, json_unescape(inner), s);
    } catch (...) {
        if (out.length() == row) out.append_null();
        throw;
    }
}

}  // namespace detail

inline Type builder_type(const JsonType& t) {
    Type out{t.kind, {}, t.names};
    for (auto& c : t.children) out.children.push_back(builder_type(c));
    return out;
}

// Reads messages into columns. `root` is a struct of the columns.
class JsonDecoder {
  public:
    JsonDecoder() = default;
    explicit JsonDecoder(JsonType root) : root_(std::move(root)) {}

    // Rows of the good messages; `kept` gets their positions, `errors` the others. In an envelope a deletion is a
    // row of weight -1.
    Chunk decode(const std::vector<std::string_view>& messages, std::vector<int64_t>& kept, std::vector<JsonError>& errors,
                 Envelope envelope = Envelope::None) const {
        std::vector<ColumnBuilder> builders;
        for (auto& t : root_.children) {
            builders.emplace_back(builder_type(t));
            builders.back().reserve(int64_t(messages.size()));
        }
        std::vector<int64_t> good;  // rows of the builders
        std::vector<int64_t> weights;
        std::vector<detail::JsonSlice> fields(root_.children.size());
        detail::JsonNames names(root_.names);
        InputSettings settings;
        int64_t rows = 0;
        for (size_t m = 0; m < messages.size(); ++m) {
            size_t built = 0;
            try {
                std::fill(fields.begin(), fields.end(), detail::JsonSlice{});
                int64_t weight = 1;
                find(envelope == Envelope::None ? messages[m] : unwrap(messages[m], envelope, weight), names, fields);
                for (; built < builders.size(); ++built)
                    detail::append_json(builders[built], root_.children[built], fields[built], settings);
                good.push_back(rows++);
                weights.push_back(weight);
                kept.push_back(int64_t(m));
            } catch (const ValueError& e) {
                std::string column = built < builders.size() && builders[built].length() > rows
                                         ? "column \"" + root_.names[built] + "\": " : "";
                errors.push_back({int64_t(m), e.sqlstate, column + e.message});
                bool started = false;
                for (auto& b : builders) started |= b.length() > rows;
                if (started) {
                    for (auto& b : builders)
                        if (b.length() == rows) b.append_null();
                    ++rows;
                }
            }
        }
        Chunk out{rows, {}, nullptr};
        for (auto& b : builders) out.columns.push_back(b.finish());
        if (int64_t(good.size()) != rows) out = take_chunk(out, good.data(), int64_t(good.size()));
        if (envelope != Envelope::None) out.weights = weights_unless_ones(weights);
        return out;
    }

  private:
    // The row in the envelope.
    static std::string_view unwrap(std::string_view message, Envelope envelope, int64_t& weight) {
        detail::JsonSlice payload, before, after, op;
        bool maxwell = envelope == Envelope::Maxwell;
        auto look = [&](std::string_view text) {
            detail::JsonScanner scan(text);
            scan.members([&](std::string_view key, detail::JsonSlice value) {
                if (key == (maxwell ? "data" : "after")) after = value;
                else if (key == (maxwell ? "type" : "op")) op = value;
                else if (key == "before") before = value;
                else if (key == "payload") payload = value;
            });
            if (!scan.at_end()) scan.bad();
        };
        look(message);
        if (!maxwell && payload.from && *payload.from == '{') look(payload.text());
        bool deleted = op.from && op.text() == (maxwell ? "\"delete\"" : "\"d\"");
        const detail::JsonSlice& row = deleted && !maxwell ? before : after;
        if (!row.from || *row.from != '{')
            throw ValueError{"22P02", maxwell ? "the message has no data" : deleted ? "the message has no row before the deletion"
                                                                                     : "the message has no row after the change"};
        weight = deleted ? -1 : 1;
        return row.text();
    }
    static void find(std::string_view message, const detail::JsonNames& names, std::vector<detail::JsonSlice>& fields) {
        if (!detail::valid_utf8(message)) throw ValueError{"22021", "invalid byte sequence for encoding \"UTF8\""};
        detail::JsonScanner scan(message);
        if (scan.peek() != '{') {
            scan.value();
            if (!scan.at_end()) scan.bad();
            throw ValueError{"22P02", "expected a JSON object"};
        }
        size_t hint = 0;
        scan.members([&](std::string_view key, detail::JsonSlice value) {
            if (int k = names.find(key, hint); k >= 0) fields[size_t(k)] = value;
        });
        if (!scan.at_end()) scan.bad();
    }
    JsonType root_;
};

// Lines of `text`, without their ends; the last counts as a line only with `final`. Gives the bytes used; blank
// lines are left out. `numbers` gets each line's number from 0.
inline size_t split_lines(std::string_view text, bool final, int64_t most, std::vector<std::string_view>& lines,
                          std::vector<int64_t>& numbers, int64_t& passed) {
    size_t at = 0;
    passed = 0;
    while (at < text.size() && int64_t(lines.size()) < most) {
        auto end = static_cast<const char*>(std::memchr(text.data() + at, '\n', text.size() - at));
        if (!end && !final) break;
        size_t to = end ? size_t(end - text.data()) : text.size();
        auto line = text.substr(at, to - at);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.find_first_not_of(" \t") != line.npos) {
            lines.push_back(line);
            numbers.push_back(passed);
        }
        ++passed;
        at = to + (end ? 1 : 0);
    }
    return at;
}

inline Chunk json_errors(const std::vector<JsonError>& errors) {
    FixedOut<int64_t> at(Kind::Int8, int64_t(errors.size()));
    ColumnBuilder state(Kind::Text), text(Kind::Text);
    for (size_t i = 0; i < errors.size(); ++i) {
        at.values[i] = errors[i].message;
        state.append_bytes(errors[i].sqlstate);
        text.append_bytes(errors[i].text);
    }
    return Chunk{int64_t(errors.size()), {at.column, state.finish(), text.finish()}, nullptr};
}

inline Chunk positions_chunk(const std::vector<int64_t>& positions) {
    FixedOut<int64_t> at(Kind::Int8, int64_t(positions.size()));
    std::copy(positions.begin(), positions.end(), at.values);
    return Chunk{int64_t(positions.size()), {at.column}, nullptr};
}

}  // namespace sabot
