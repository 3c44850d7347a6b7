// What a client sends to run one statement, as it came: a run [Parse] Bind [Describe] Execute Sync, or a short Query.
//
// A run that is incomplete, or holds anything else, is none: nothing of it is consumed and the dialogue reads it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "wire_type.hpp"

namespace sabot::wire {

constexpr size_t kLongestText = 2000;  // bytes of a statement that is looked at

struct RunValue {
    const char* data = nullptr;
    int32_t size = -1;  // -1: NULL
    bool binary = false;
    std::string_view text() const { return {data, size_t(size)}; }
};

struct KeyRun {
    std::string_view parse;      // body of the Parse that it begins with; of length 0 without one
    std::string_view statement;  // name that Bind gives
    std::string_view results;    // result formats, as Bind has them: a count and codes
    std::vector<RunValue> values;
    bool describe = false;
    int format = 0;        // of all result columns, of a repeated statement
    bool limited = false;  // Execute asks for some rows only, of a repeated statement
    size_t size = 0;       // bytes of the whole run
};

namespace runs {

class RunReader {
  public:
    explicit RunReader(std::string_view in) : in_(in) {}
    size_t at() const { return at_; }
    char code() const { return at_ < in_.size() ? in_[at_] : 0; }
    // The body of the next message; false when it is not whole.
    bool message(std::string_view& body) {
        if (in_.size() - at_ < 5) return false;
        uint32_t length = number<uint32_t>(in_.data() + at_ + 1);
        if (length < 4 || length > in_.size() - at_ - 1) return false;
        body = in_.substr(at_ + 5, length - 4);
        at_ += length + 1;
        return true;
    }
    template <class T>
    static T number(const char* p) {
        T v;
        std::memcpy(&v, p, sizeof(T));
        return big_endian(v);
    }

  private:
    std::string_view in_;
    size_t at_ = 0;
};

// Cuts a zero-terminated string off; false when there is none.
inline bool cut_text(std::string_view& in, std::string_view& text) {
    size_t stop = in.find('\0');
    if (stop == std::string_view::npos) return false;
    text = in.substr(0, stop);
    in.remove_prefix(stop + 1);
    return true;
}

template <class T>
inline bool cut_number(std::string_view& in, T& v) {
    if (in.size() < sizeof(T)) return false;
    v = RunReader::number<T>(in.data());
    in.remove_prefix(sizeof(T));
    return true;
}

inline bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || uint8_t(c) >= 0x80;
}
inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether the word at `at` is this one, in any case; `word` is in lower case.
inline bool word_at(std::string_view text, size_t at, std::string_view word) {
    if (text.size() - at < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i)
        if ((text[at + i] | 0x20) != word[i]) return false;
    size_t end = at + word.size();
    return end == text.size() || !is_word(text[end]);
}

// A Bind to the unnamed portal.
inline bool read_bind(std::string_view body, KeyRun& run) {
    std::string_view portal;
    uint16_t formats, count, codes;
    if (!cut_text(body, portal) || !portal.empty() || !cut_text(body, run.statement)) return false;
    if (!cut_number(body, formats) || body.size() < size_t(formats) * 2) return false;
    std::string_view given = body.substr(0, size_t(formats) * 2);
    body.remove_prefix(given.size());
    if (!cut_number(body, count) || (formats > 1 && formats != count)) return false;
    run.values.clear();
    for (unsigned i = 0; i < count; ++i) {
        RunValue v;
        if (!cut_number(body, v.size) || v.size < -1) return false;
        if (v.size >= 0) {
            if (body.size() < size_t(v.size)) return false;
            v.data = body.data();
            body.remove_prefix(size_t(v.size));
        }
        if (formats) {
            uint16_t code = RunReader::number<uint16_t>(given.data() + (formats == 1 ? 0 : 2 * i));
            if (code > 1) return false;
            v.binary = code == 1;
        }
        run.values.push_back(v);
    }
    run.results = body;
    return cut_number(body, codes) && body.size() == size_t(codes) * 2;
}

}  // namespace runs

// Whether `in` begins with a whole run. All rows are asked for, of an unnamed portal, and nothing else happens in it.
inline bool read_run(std::string_view in, KeyRun& run) {
    runs::RunReader reader(in);
    std::string_view body;
    run.parse = {};
    if (reader.code() == 'P') {
        if (!reader.message(body) || body.empty() || body[0] != 0) return false;  // of the unnamed statement
        run.parse = body;
    }
    if (reader.code() != 'B' || !reader.message(body) || !runs::read_bind(body, run)) return false;
    if (run.statement.empty() == run.parse.empty()) return false;  // binds what it has parsed, or a named statement
    run.describe = reader.code() == 'D';
    if (run.describe && (!reader.message(body) || body != std::string_view("P\0", 2))) return false;
    if (reader.code() != 'E' || !reader.message(body) || body != std::string_view("\0\0\0\0\0", 5)) return false;
    if (reader.code() != 'S' || !reader.message(body) || !body.empty()) return false;
    run.size = reader.at();
    return true;
}

// Whether `in` begins with the same statement again: Bind, perhaps Describe, and Execute of the unnamed portal.
inline bool read_repeat(std::string_view in, std::string_view statement, KeyRun& run) {
    runs::RunReader reader(in);
    std::string_view body;
    if (reader.code() != 'B' || !reader.message(body) || !runs::read_bind(body, run) || run.statement != statement) return false;
    if (run.results.size() > 4) return false;
    run.format = run.results.size() == 4 ? runs::RunReader::number<uint16_t>(run.results.data() + 2) : 0;
    if (run.format > 1) return false;
    run.describe = reader.code() == 'D';
    if (run.describe && (!reader.message(body) || body != std::string_view("P\0", 2))) return false;
    if (reader.code() != 'E' || !reader.message(body) || body.size() != 5 || body[0] != 0) return false;
    run.limited = runs::RunReader::number<uint32_t>(body.data() + 1) != 0;
    run.size = reader.at();
    return true;
}

// Whether a statement may read a key: a short SELECT.
inline bool may_read(std::string_view text) {
    if (text.size() > kLongestText) return false;
    size_t at = 0;
    while (at < text.size() && runs::is_space(text[at])) ++at;
    return runs::word_at(text, at, "select");
}

// The text of a Query that is all of `in`; false for anything else.
inline bool read_query(std::string_view in, std::string_view& text) {
    runs::RunReader reader(in);
    std::string_view body;
    return reader.code() == 'Q' && reader.message(body) && reader.at() == in.size() && runs::cut_text(body, text) && body.empty();
}

}  // namespace sabot::wire
