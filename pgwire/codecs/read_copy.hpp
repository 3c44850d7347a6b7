// COPY input, in pieces of any size, to typed columns.
#pragma once

#include "read_binary.hpp"
#include "write_rows.hpp"

namespace sabot::wire {

// Takes input in pieces of any size; complete rows go to `cells`.
class CopyScanner {
  public:
    CopyScanner(CopyStyle style, bool header, std::vector<std::string> names, std::vector<WireType> types,
                const std::vector<Type>& kinds, size_t max_row_bytes, InputSettings settings)
        : style_(std::move(style)), header_(header), names_(std::move(names)), types_(std::move(types)),
          max_row_bytes_(max_row_bytes), settings_(settings) {
        for (auto& kind : kinds) cells_.emplace_back(kind);
    }

    int64_t rows() const { return rows_; }
    int64_t bytes() const { return bytes_; }
    int64_t line() const { return line_; }  // of the row read last, from 1: where an error is
    const std::string& column() const { return column_; }  // and the column, if it is in one

    void feed(std::string_view data) {
        if (ended_) {
            if (style_.form == CopyStyle::kBinary && !data.empty())
                throw ValueError{"22P04", "received copy data after EOF marker"};
            return;
        }
        pending_.append(data);
        bytes_ += int64_t(data.size());
        if (style_.form == CopyStyle::kBinary) scan_binary();
        else scan_lines();
        if (pending_.size() > max_row_bytes_)
            throw ValueError{"54000", "a row of COPY exceeds the limit of " + std::to_string(max_row_bytes_) + " bytes"};
    }

    void finish() {
        if (ended_) return;
        if (style_.form == CopyStyle::kBinary) {
            if (!pending_.empty() || !started_) throw ValueError{"22P04", "unexpected EOF in COPY data"};
            return;
        }
        if (quoted_) throw ValueError{"22P04", "unterminated CSV quoted field"};
        if (!pending_.empty()) row({pending_.data(), pending_.size()});
        pending_.clear();
    }

    // The rows so far; the scanner goes on empty.
    Chunk take() {
        Chunk chunk;
        chunk.length = rows_;
        for (auto& cell : cells_) chunk.columns.push_back(cell.finish());
        rows_ = bytes_ = 0;
        return chunk;
    }

  private:
    void scan_lines() {
        size_t begin = 0, i = scanned_, n = pending_.size();
        const char* p = pending_.data();
        const bool csv = style_.form == CopyStyle::kCsv;
        const char escape = style_.escape == style_.quote ? '\0' : style_.escape;
        while (i < n && !ended_) {
            char c = p[i];
            if (csv) {
                if (quoted_ && escape && c == escape) escaped_ = !escaped_;
                if (c == style_.quote && !escaped_) quoted_ = !quoted_;
                if (c != escape || !escape) escaped_ = false;
                if (c != '\n' || quoted_) {
                    if (c == '\n') ++newlines_;
                    ++i;
                    continue;
                }
            } else if (c == '\\') {
                if (i + 1 == n) break;  // what it escapes is still to come
                newlines_ += p[i + 1] == '\n';
                i += 2;
                continue;
            } else if (c != '\n') {
                ++i;
                continue;
            }
            size_t end = i;
            if (end > begin && p[end - 1] == '\r') --end;
            row({p + begin, end - begin});
            begin = ++i;
        }
        pending_.erase(0, begin);
        scanned_ = i - begin;
    }

    void row(std::string_view line) {
        line_ += 1 + newlines_;
        newlines_ = 0;
        if (header_) {
            header_ = false;
            return;
        }
        if (line == "\\.") {
            ended_ = true;
            return;
        }
        check_utf8(line);
        column_.clear();
        if (style_.form == CopyStyle::kCsv) csv_row(line);
        else text_row(line);
        ++rows_;
    }

    void put(size_t k, std::string_view text, bool null) {
        if (k >= cells_.size()) throw ValueError{"22P04", "extra data after last expected column"};
        if (null) return cells_[k].append_null();
        try {
            get_text(cells_[k], types_[k], text, settings_);
        } catch (...) {
            column_ = names_[k];
            throw;
        }
    }
    void check_count(size_t k) const {
        if (k < cells_.size()) throw ValueError{"22P04", "missing data for column \"" + names_[k] + "\""};
    }

    void text_row(std::string_view line) {
        if (cells_.empty() && line.empty()) return;
        size_t k = 0, i = 0, n = line.size();
        while (true) {
            size_t from = i;
            bool escapes = false;
            for (; i < n && line[i] != style_.delimiter; ++i)
                if (line[i] == '\\' && i + 1 < n) {
                    escapes = true;
                    ++i;
                }
            std::string_view raw = line.substr(from, i - from);
            bool null = raw == style_.null;
            if (escapes && !null) {
                unescape(raw);
                raw = scratch_;
            }
            put(k++, raw, null);
            if (i >= n) break;
            ++i;
        }
        check_count(k);
    }

    void unescape(std::string_view raw) {
        scratch_.clear();
        bool numeric = false;
        auto octal = [](char c) { return c >= '0' && c <= '7'; };
        auto hex = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; };
        for (size_t i = 0; i < raw.size(); ++i) {
            char c = raw[i];
            if (c != '\\' || i + 1 == raw.size()) {
                scratch_.push_back(c);
                continue;
            }
            c = raw[++i];
            switch (c) {
                case 'b': scratch_.push_back('\b'); break;
                case 'f': scratch_.push_back('\f'); break;
                case 'n': scratch_.push_back('\n'); break;
                case 'r': scratch_.push_back('\r'); break;
                case 't': scratch_.push_back('\t'); break;
                case 'v': scratch_.push_back('\v'); break;
                case 'x':
                    if (i + 1 < raw.size() && hex(raw[i + 1]) >= 0) {
                        int v = hex(raw[++i]);
                        if (i + 1 < raw.size() && hex(raw[i + 1]) >= 0) v = v * 16 + hex(raw[++i]);
                        scratch_.push_back(char(v));
                        numeric = true;
                    } else {
                        scratch_.push_back(c);
                    }
                    break;
                default:
                    if (octal(c)) {
                        int v = c - '0';
                        for (int d = 0; d < 2 && i + 1 < raw.size() && octal(raw[i + 1]); ++d) v = v * 8 + raw[++i] - '0';
                        scratch_.push_back(char(v));
                        numeric = true;
                    } else {
                        scratch_.push_back(c);
                    }
            }
        }
        if (numeric) check_utf8(scratch_);
    }

    void csv_row(std::string_view line) {
        if (cells_.empty() && line.empty()) return;
        size_t k = 0, i = 0, n = line.size();
        while (true) {
            scratch_.clear();
            bool was_quoted = false, inside = false;
            for (; i < n; ++i) {
                char c = line[i];
                if (inside) {
                    if (c == style_.escape && i + 1 < n && (line[i + 1] == style_.quote || line[i + 1] == style_.escape)) {
                        scratch_.push_back(line[++i]);
                        continue;
                    }
                    if (c == style_.quote) inside = false;
                    else scratch_.push_back(c);
                } else if (c == style_.delimiter) {
                    break;
                } else if (c == style_.quote) {
                    was_quoted = inside = true;
                } else {
                    scratch_.push_back(c);
                }
            }
            if (inside) throw ValueError{"22P04", "unterminated CSV quoted field"};
            put(k++, scratch_, !was_quoted && scratch_ == style_.null);
            if (i >= n) break;
            ++i;
        }
        check_count(k);
    }

    void scan_binary() {
        static constexpr char kSignature[] = "PGCOPY\n\377\r\n";  // and its zero byte: 11 bytes
        size_t at = 0;
        auto left = [&] { return pending_.size() - at; };
        auto integer = [&](size_t offset) {
            uint32_t v;
            std::memcpy(&v, pending_.data() + offset, 4);
            return int32_t(big_endian(v));
        };
        if (!started_) {
            size_t known = std::min<size_t>(pending_.size(), 11);
            if (std::memcmp(pending_.data(), kSignature, known) != 0)
                throw ValueError{"22P04", "COPY file signature not recognized"};
            if (pending_.size() < 19) return;
            uint32_t flags = uint32_t(integer(11));
            if (flags & (1u << 16)) throw ValueError{"22P04", "invalid COPY file header (WITH OIDS)"};
            if (flags >> 16) throw ValueError{"22P04", "unrecognized critical flags in COPY file header"};
            int32_t extension = integer(15);
            if (extension < 0) throw ValueError{"22P04", "invalid COPY file header (missing length)"};
            if (left() < 19 + size_t(extension)) return;
            at = 19 + size_t(extension);
            started_ = true;
        }
        while (left() >= 2) {
            uint16_t raw;
            std::memcpy(&raw, pending_.data() + at, 2);
            int count = int16_t(big_endian(raw));
            if (count == -1) {
                ended_ = true;
                if (left() > 2) throw ValueError{"22P04", "received copy data after EOF marker"};
                at += 2;
                break;
            }
            if (count != int(cells_.size()))
                throw ValueError{"22P04", "row field count is " + std::to_string(count) + ", expected " +
                                              std::to_string(cells_.size())};
            size_t end = at + 2;
            bool whole = true;
            for (int k = 0; k < count && whole; ++k) {
                if (pending_.size() < end + 4) whole = false;
                else {
                    int32_t n = integer(end);
                    if (n < -1) throw ValueError{"22P04", "invalid field size"};
                    end += 4 + size_t(std::max(n, 0));
                    whole = end <= pending_.size();
                }
            }
            if (!whole) break;
            ++line_;
            Input in(pending_.data() + at + 2, end - at - 2);
            for (size_t k = 0; k < cells_.size(); ++k) get_field(cells_[k], types_[k], in);
            ++rows_;
                at = end;
        }
        pending_.erase(0, at);
    }

    CopyStyle style_;
    bool header_;
    std::vector<std::string> names_;
    std::vector<WireType> types_;
    size_t max_row_bytes_;
    InputSettings settings_;
    std::vector<ColumnBuilder> cells_;
    std::string pending_, scratch_, column_;
    size_t scanned_ = 0;  // bytes of pending_ already searched for the end of a row
    int64_t rows_ = 0, bytes_ = 0, line_ = 0, newlines_ = 0;
    bool quoted_ = false, escaped_ = false, started_ = false, ended_ = false;
};

}  // namespace sabot::wire
