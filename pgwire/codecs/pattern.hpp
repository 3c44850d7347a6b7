// Texts that differ in constants only: a statement with parameters in the place of its constants.
//
// Taken are whole numbers and strings where a parameter means what the constant means, once the planner has found its type:
// behind a comparison, numbers also behind + - * and a name, and the values of an INSERT of one row; whatever follows must end the
// constant's part in the expression. All others stay. A text that may hide something is none: comments, parameters,
// several statements, strings with a prefix, FOR.
#pragma once

#include "key_run.hpp"

namespace sabot::wire {

// A constant and how it stands: c compared, a in arithmetic, v in VALUES are numbers; s compared, w in VALUES are strings.
struct Constant {
    char kind;
    std::string text;
};

namespace runs {

class PatternScanner {
  public:
    PatternScanner(std::string_view text, std::string& pattern, std::vector<Constant>& found)
        : text_(text), out_(pattern), found_(found) {}

    bool scan() {
        out_.clear();
        found_.clear();
        if (text_.size() > kLongestText) return false;
        skip_space();
        insert_ = word_at(text_, at_, "insert");
        if (!insert_ && !word_at(text_, at_, "select") && !word_at(text_, at_, "update") && !word_at(text_, at_, "delete"))
            return false;
        while (at_ < text_.size())
            if (!step()) return false;
        return !found_.empty();
    }

  private:
    enum Before { kNothing, kCompared, kComputed, kValue };  // what a constant here would stand behind

    bool step() {
        char c = text_[at_];
        if (is_space(c)) {
            copy(1);
            return true;
        }
        if (c == '$' || c == '\\') return false;
        if (c == ';') return rest_is_space(at_ + 1) && (copy(text_.size() - at_), true);
        if (is_operator(c)) return operators();
        Before before = before_;
        before_ = kNothing;
        name_ = false;
        if (c == '\'') return string(before);
        if (is_digit(c)) return number(before, 0);
        if (is_word(c)) return word();
        if (c == '"') return quoted();
        if (c == '(') {
            bool row = after_values_;
            after_values_ = false;
            ++depth_;
            if (row) values_depth_ = depth_;
            before_ = row ? kValue : kNothing;
        } else if (c == ')') {
            if (depth_ == values_depth_ && values_depth_) {
                values_depth_ = 0;
                if (next_char(at_ + 1) == ',') return false;  // several rows
            }
            --depth_;
        } else if (c == '[') {
            ++depth_;
        } else if (c == ']') {
            --depth_;
        } else if (c == ',') {
            before_ = values_depth_ && depth_ == values_depth_ ? kValue : kNothing;
        }
        operand_ = c == ')' || c == ']';
        copy(1);
        return true;
    }

    bool operators() {
        size_t end = at_;
        while (end < text_.size() && is_operator(text_[end])) ++end;
        std::string_view run = text_.substr(at_, end - at_);
        if (run.find("--") != run.npos || run.find("/*") != run.npos) return false;
        bool binary = operand_, name = name_;
        operand_ = name_ = false;
        bool apart = before_ == kValue || (before_ != kNothing && is_space(text_[at_ - 1]));
        if (run == "-" && !binary && apart && end < text_.size() && is_digit(text_[end])) {
            Before before = before_;  // a sign
            before_ = kNothing;
            at_ = end;
            return number(before, 1);
        }
        before_ = kNothing;
        if (binary) {
            for (auto known : {"=", "<", ">", "<=", ">=", "<>", "!="})
                if (run == known) before_ = kCompared;
            for (auto known : {"+", "-", "*"})
                if (run == known && name) before_ = kComputed;
        }
        copy(run.size());
        return true;
    }

    // The digits here; `sign` is 1 behind a minus that is not copied yet.
    bool number(Before before, size_t sign) {
        size_t end = at_;
        while (end < text_.size() && is_digit(text_[end])) ++end;
        bool whole = end - at_ <= 18 && (end == text_.size() || !(is_word(text_[end]) || text_[end] == '.'));
        if (end < text_.size() && (is_word(text_[end]) || text_[end] == '.'))
            while (end < text_.size() && (is_word(text_[end]) || text_[end] == '.')) ++end;
        if (end < text_.size() && end > 0 && (text_[end - 1] | 0x20) == 'e') return false;  // 1e+5
        operand_ = true;
        if (before == kNothing || !whole || (at_ > sign && text_[at_ - sign - 1] == '.') || !ends_at(end, before)) {
            if (sign) out_.push_back('-');
            copy(end - at_);
            return true;
        }
        add(before == kCompared ? 'c' : before == kComputed ? 'a' : 'v', (sign ? "-" : "") + std::string(text_.substr(at_, end - at_)));
        at_ = end;
        return true;
    }

    bool string(Before before) {
        if (at_ && is_word(text_[at_ - 1])) return false;  // E'…' and its like
        std::string value;
        size_t end = at_ + 1;
        for (;; ++end) {
            if (end >= text_.size() || text_[end] == '\0') return false;
            if (text_[end] != '\'') {
                value.push_back(text_[end]);
            } else if (end + 1 < text_.size() && text_[end + 1] == '\'') {
                value.push_back('\'');
                ++end;
            } else {
                break;
            }
        }
        ++end;
        operand_ = true;
        if ((before != kCompared && before != kValue) || !ends_at(end, before)) {
            if (next_char(end) == '\'') return false;  // continued on another line
            copy(end - at_);
            return true;
        }
        add(before == kCompared ? 's' : 'w', std::move(value));
        at_ = end;
        return true;
    }

    bool word() {
        if (word_at(text_, at_, "for")) return false;
        after_values_ = insert_ && word_at(text_, at_, "values");
        operand_ = !after_values_;
        for (auto key : {"where", "and", "or", "not", "set", "select", "on", "when", "then", "else", "by", "having", "limit", "offset", "returning",
                         "in", "between", "like", "ilike", "as", "from", "distinct", "all", "interval", "values", "is", "case", "end"})
            if (word_at(text_, at_, key)) operand_ = std::string_view(key) == "end";
        name_ = operand_;
        size_t end = at_;
        while (end < text_.size() && is_word(text_[end])) ++end;
        copy(end - at_);
        return true;
    }

    bool quoted() {
        size_t end = text_.find('"', at_ + 1);
        if (end == text_.npos || (at_ && is_word(text_[at_ - 1]))) return false;
        operand_ = name_ = true;
        copy(end + 1 - at_);
        return true;
    }

    // Whether an expression may go on at `end` without touching the constant before it.
    bool ends_at(size_t end, Before before) const {
        while (end < text_.size() && is_space(text_[end])) ++end;
        if (end == text_.size()) return before != kValue;
        char c = text_[end];
        if (before == kValue) return c == ',' || c == ')';
        if (c == ')' || c == ',' || c == ';') return true;
        for (auto word : {"and", "or", "where", "returning", "order", "group", "having", "limit", "offset", "union", "from", "then", "else", "end"})
            if (word_at(text_, end, word)) return true;
        return false;
    }

    void add(char kind, std::string text) {
        found_.push_back({kind, std::move(text)});
        if (!out_.empty() && !is_space(out_.back()) && out_.back() != '(') out_.push_back(' ');
        out_ += "$" + std::to_string(found_.size());
        operand_ = true;
    }
    void copy(size_t n) {
        out_.append(text_.substr(at_, n));
        at_ += n;
    }
    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    char next_char(size_t at) const {
        while (at < text_.size() && is_space(text_[at])) ++at;
        return at < text_.size() ? text_[at] : '\0';
    }
    bool rest_is_space(size_t at) const { return next_char(at) == '\0' && text_.find('\0', at) == text_.npos; }
    static bool is_operator(char c) { return std::string_view("+-*/<>=~!@#%^&|`?:").find(c) != std::string_view::npos; }

    std::string_view text_;
    std::string& out_;
    std::vector<Constant>& found_;
    size_t at_ = 0;
    Before before_ = kNothing;
    bool operand_ = false;       // an operator here has a left operand
    bool name_ = false;          // … which is a name: constants among themselves may fail before any row is read
    bool insert_ = false, after_values_ = false;
    int depth_ = 0, values_depth_ = 0;
};

}  // namespace runs

// The statement with parameters for its constants, and these; false where there is none, or the text may hide something.
inline bool without_constants(std::string_view text, std::string& pattern, std::vector<Constant>& found) {
    return runs::PatternScanner(text, pattern, found).scan();
}

}  // namespace sabot::wire
