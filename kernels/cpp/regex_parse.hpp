// PostgreSQL's advanced regular expressions: text to a tree.
//
// Grammar after the PostgreSQL manual, section 9.7.3: atoms, bounds, bracket expressions, escapes, lookaround,
// directors (***= ***:) and embedded options. The tree keeps the manual's notion of a preference for longest
// or shortest matches, on which matching (regex.hpp) is built.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "utf8.hpp"
#include "value_error.hpp"

namespace sabot::regex {

struct Options {
    bool fold = false;         // i
    bool expanded = false;     // x
    bool literal = false;      // q
    bool dot_newline = true;   // . and [^] match a newline (off: p, n)
    bool line_anchors = false; // ^ and $ at lines (w, n)
};

enum class Class : uint8_t { Alpha, Digit, Alnum, Upper, Lower, Space, Blank, Punct, Print, Graph, Cntrl, XDigit, Word };

inline bool in_class(uint32_t c, Class k) {
    locale_t l = unicode_locale();
    wint_t w = wint_t(c);
    switch (k) {
        case Class::Alpha: return iswalpha_l(w, l);
        case Class::Digit: return iswdigit_l(w, l);
        case Class::Alnum: return iswalnum_l(w, l);
        case Class::Upper: return iswupper_l(w, l);
        case Class::Lower: return iswlower_l(w, l);
        case Class::Space: return iswspace_l(w, l);
        case Class::Blank: return c == ' ' || c == '\t';
        case Class::Punct: return iswpunct_l(w, l);
        case Class::Print: return iswprint_l(w, l);
        case Class::Graph: return iswgraph_l(w, l);
        case Class::Cntrl: return iswcntrl_l(w, l);
        case Class::XDigit: return iswxdigit_l(w, l);
        case Class::Word: return c == '_' || iswalnum_l(w, l);
    }
    return false;
}

// A set of characters. `ascii` is complete for codes below 128 once `finish` has run.
struct Set {
    std::vector<std::pair<uint32_t, uint32_t>> ranges;
    std::vector<std::pair<Class, bool>> classes;  // with true: what is not in the class
    bool negated = false, no_newline = false, fold = false;
    bool ascii[128] = {};

    bool slow(uint32_t c) const {
        if (no_newline && c == '\n') return false;
        auto inside = [&](uint32_t v) {
            for (auto& r : ranges)
                if (v >= r.first && v <= r.second) return true;
            for (auto& k : classes)
                if (in_class(v, k.first) != k.second) return true;
            return false;
        };
        bool found = inside(c) || (fold && (inside(lower_char(c)) || inside(upper_char(c))));
        return found != negated;
    }
    void finish() { for (uint32_t c = 0; c < 128; ++c) ascii[c] = slow(c); }
    bool has(uint32_t c) const { return c < 128 ? ascii[c] : slow(c); }
};

enum class Type : uint8_t { Empty, Set, Concat, Alternate, Repeat, Group, BackReference, Assert, Look };
enum class Assertion : uint8_t { LineStart, LineEnd, TextStart, TextEnd, WordStart, WordEnd, WordEdge, NotWordEdge };
enum class Preference : uint8_t { None, Longest, Shortest };
constexpr int kUnlimited = -1;

struct Tree {
    Type type = Type::Empty;
    Preference preference = Preference::None;
    bool captures = false;  // holds a capturing group or a back reference
    bool refers = false;    // holds a back reference
    int set = -1;           // Set
    int group = -1;         // Group, BackReference
    int min = 0, max = 0;   // Repeat
    bool ahead = true, negative = false;  // Look
    Assertion assertion = Assertion::LineStart;
    std::vector<std::unique_ptr<Tree>> children;
    // Filled by the compiler: where this node's program starts and ends.
    int begin = 0, end = 0;
};
using TreePtr = std::unique_ptr<Tree>;

[[noreturn]] inline void bad(const std::string& why) { throw ValueError{"2201B", "invalid regular expression: " + why}; }

class Parser {
  public:
    Parser(std::string_view pattern, Options options) : options_(options) {
        for (size_t i = 0; i < pattern.size();) text_.push_back(utf8_next(pattern, i));
    }

    TreePtr parse() {
        if (starts("***=")) {
            at_ = 4;
            options_.literal = true;
        } else if (starts("***:")) {
            at_ = 4;
        } else if (starts("***")) {
            bad("quantifier operand invalid");
        }
        if (!options_.literal && peek(0) == '(' && peek(1) == '?' && in_class(peek(2), Class::Alpha)) embedded_options();
        if (options_.literal) {
            auto all = make(Type::Concat);
            for (; at_ < text_.size(); ++at_) all->children.push_back(character(text_[at_]));
            return all;
        }
        auto tree = alternation(0);
        if (at_ < text_.size()) bad("parentheses () not balanced");
        return tree;
    }

    std::vector<Set> sets;
    int groups = 0;
    const Options& options() const { return options_; }

  private:
    static constexpr uint32_t kEnd = 0xffffffff;

    uint32_t peek(size_t k = 0) const { return at_ + k < text_.size() ? text_[at_ + k] : kEnd; }
    bool starts(const char* s) const {
        for (size_t k = 0; s[k]; ++k)
            if (peek(k) != uint32_t(s[k])) return false;
        return true;
    }
    static TreePtr make(Type type) {
        auto t = std::make_unique<Tree>();
        t->type = type;
        return t;
    }
    TreePtr from_set(Set s) {
        s.fold = options_.fold;
        s.finish();
        auto t = make(Type::Set);
        t->set = int(sets.size());
        sets.push_back(std::move(s));
        return t;
    }
    TreePtr character(uint32_t c) {
        Set s;
        s.ranges.push_back({c, c});
        return from_set(std::move(s));
    }
    TreePtr assertion(Assertion a) {
        auto t = make(Type::Assert);
        t->assertion = a;
        return t;
    }
    TreePtr class_atom(Class k, bool negated) {
        Set s;
        s.classes.push_back({k, negated});
        return from_set(std::move(s));
    }

    void embedded_options() {
        at_ += 2;
        for (; at_ < text_.size() && in_class(peek(), Class::Alpha); ++at_) switch (peek()) {
            case 'b': bad("invalid embedded option");
            case 'c': options_.fold = false; break;
            case 'e': break;
            case 'i': options_.fold = true; break;
            case 'm': case 'n': options_.dot_newline = false; options_.line_anchors = true; break;
            case 'p': options_.dot_newline = false; options_.line_anchors = false; break;
            case 'q': options_.literal = true; break;
            case 's': options_.dot_newline = true; options_.line_anchors = false; break;
            case 't': options_.expanded = false; break;
            case 'w': options_.dot_newline = true; options_.line_anchors = true; break;
            case 'x': options_.expanded = true; break;
            default: bad("invalid embedded option");
        }
        if (peek() != ')') bad("invalid embedded option");
        ++at_;
    }

    void skip_blanks() {
        for (;;) {
            if (starts("(?#")) {
                while (at_ < text_.size() && peek() != ')') ++at_;
                if (at_ < text_.size()) ++at_;
                continue;
            }
            if (!options_.expanded) return;
            if (peek() != kEnd && in_class(peek(), Class::Space)) { ++at_; continue; }
            if (peek() == '#') {
                while (at_ < text_.size() && peek() != '\n') ++at_;
                continue;
            }
            return;
        }
    }

    TreePtr alternation(int depth) {
        if (depth > 200) bad("regular expression is too complex");
        auto first = branch(depth);
        if (peek() != '|') return first;
        auto t = make(Type::Alternate);
        t->preference = Preference::Longest;
        t->children.push_back(std::move(first));
        while (peek() == '|') {
            ++at_;
            t->children.push_back(branch(depth));
        }
        for (auto& c : t->children) inherit(*t, *c);
        return t;
    }
    static void inherit(Tree& t, const Tree& c) {
        t.captures |= c.captures;
        t.refers |= c.refers;
    }

    TreePtr branch(int depth) {
        auto t = make(Type::Concat);
        for (;;) {
            skip_blanks();
            uint32_t c = peek();
            if (c == kEnd || c == '|' || (c == ')' && depth > 0)) break;
            auto part = quantified(depth);
            if (t->preference == Preference::None) t->preference = part->preference;
            inherit(*t, *part);
            t->children.push_back(std::move(part));
        }
        if (t->children.empty()) return make(Type::Empty);
        if (t->children.size() == 1) return std::move(t->children[0]);
        return t;
    }

    TreePtr quantified(int depth) {
        auto a = atom(depth);
        skip_blanks();
        int min, max;
        switch (peek()) {
            case '*': min = 0; max = kUnlimited; ++at_; break;
            case '+': min = 1; max = kUnlimited; ++at_; break;
            case '?': min = 0; max = 1; ++at_; break;
            case '{':
                ++at_;
                bound(min, max);
                break;
            default: return a;
        }
        bool shortest = peek() == '?';
        bool exact = text_[at_ - 1] == '}' && exact_;
        if (shortest) ++at_;
        skip_blanks();
        if (peek() == '*' || peek() == '+' || peek() == '?' || (peek() == '{' && in_class(peek(1), Class::Digit)))
            bad("quantifier operand invalid");
        if (a->type == Type::Assert || a->type == Type::Look) bad("quantifier operand invalid");
        auto preference = exact ? a->preference : shortest ? Preference::Shortest : Preference::Longest;
        if (min == 0 || !a->captures || a->refers) return repeat(std::move(a), min, max, preference);
        // Groups keep their last iteration, so only the last one has to be taken apart: x{m,n} is x{m-1,n-1}x.
        auto t = make(Type::Concat);
        t->preference = preference;
        inherit(*t, *a);
        t->children.push_back(repeat(without_groups(*a), min - 1, max == kUnlimited ? max : max - 1, preference));
        t->children.push_back(std::move(a));
        return t;
    }
    static TreePtr repeat(TreePtr body, int min, int max, Preference preference) {
        auto t = make(Type::Repeat);
        t->min = min;
        t->max = max;
        t->preference = preference;
        inherit(*t, *body);
        t->children.push_back(std::move(body));
        return t;
    }
    static TreePtr without_groups(const Tree& t) {
        if (t.type == Type::Group) return without_groups(*t.children[0]);
        auto copy = make(t.type);
        copy->preference = t.preference;
        copy->set = t.set;
        copy->min = t.min;
        copy->max = t.max;
        copy->ahead = t.ahead;
        copy->negative = t.negative;
        copy->assertion = t.assertion;
        for (auto& c : t.children) copy->children.push_back(without_groups(*c));
        return copy;
    }

    int number() {
        if (!(peek() >= '0' && peek() <= '9')) bad("invalid repetition count(s)");
        int v = 0;
        while (peek() >= '0' && peek() <= '9') {
            v = v * 10 + int(peek() - '0');
            if (v > 255) bad("invalid repetition count(s)");
            ++at_;
        }
        return v;
    }
    void bound(int& min, int& max) {
        min = max = number();
        exact_ = true;
        if (peek() == ',') {
            ++at_;
            exact_ = false;
            max = peek() == '}' ? kUnlimited : number();
            if (max != kUnlimited && min > max) bad("invalid repetition count(s)");
        }
        if (peek() == kEnd) bad("braces {} not balanced");
        if (peek() != '}') bad("invalid repetition count(s)");
        ++at_;
    }

    TreePtr atom(int depth) {
        uint32_t c = peek();
        ++at_;
        switch (c) {
            case '(': return group(depth);
            case '[': return bracket();
            case '.': {
                Set s;
                s.negated = true;
                s.no_newline = !options_.dot_newline;
                return from_set(std::move(s));
            }
            case '^': return assertion(options_.line_anchors ? Assertion::LineStart : Assertion::TextStart);
            case '$': return assertion(options_.line_anchors ? Assertion::LineEnd : Assertion::TextEnd);
            case '\\': return escape();
            case '*': case '+': case '?': bad("quantifier operand invalid");
            case ')': bad("parentheses () not balanced");
            case '{':
                if (in_class(peek(), Class::Digit)) bad("quantifier operand invalid");
                return character('{');
            default: return character(c);
        }
    }

    TreePtr group(int depth) {
        if (peek() != '?') {
            if (in_look_) {  // groups inside lookaround do not capture
                auto body = alternation(depth + 1);
                close();
                return body;
            }
            auto t = make(Type::Group);
            t->group = ++groups;
            auto body = alternation(depth + 1);
            close();
            t->preference = body->preference;
            inherit(*t, *body);
            t->captures = true;
            t->children.push_back(std::move(body));
            return t;
        }
        ++at_;
        if (peek() == ':') {
            ++at_;
            auto body = alternation(depth + 1);
            close();
            return body;
        }
        bool ahead = true;
        if (peek() == '<') {
            ahead = false;
            ++at_;
        }
        if (peek() != '=' && peek() != '!') bad("quantifier operand invalid");
        auto t = make(Type::Look);
        t->ahead = ahead;
        t->negative = peek() == '!';
        ++at_;
        bool before = in_look_;
        in_look_ = true;
        t->children.push_back(alternation(depth + 1));
        in_look_ = before;
        if (t->children[0]->refers) bad("invalid backreference number");
        close();
        return t;
    }
    void close() {
        if (peek() != ')') bad("parentheses () not balanced");
        ++at_;
    }

    // Value of one escaped character (after the backslash), or kEnd if the escape isn't a character.
    uint32_t character_escape() {
        uint32_t c = peek();
        auto hex = [&](int digits) {
            uint32_t v = 0;
            int n = 0;
            for (; n < digits && peek() != kEnd && peek() < 128 && in_class(peek(), Class::XDigit); ++n, ++at_) {
                uint32_t d = peek();
                v = v * 16 + (d <= '9' ? d - '0' : (d | 32) - 'a' + 10);
            }
            if (n < digits) bad("invalid escape \\ sequence");
            if (v > 0x10ffff) bad("invalid escape \\ sequence");
            return v;
        };
        ++at_;
        switch (c) {
            case 'a': return 7;
            case 'b': return 8;
            case 'B': return '\\';
            case 'c':
                if (peek() == kEnd) bad("invalid escape \\ sequence");
                return text_[at_++] & 31;
            case 'e': return 27;
            case 'f': return 12;
            case 'n': return 10;
            case 'r': return 13;
            case 't': return 9;
            case 'v': return 11;
            case 'u': return hex(4);
            case 'U': return hex(8);
            case 'x': {
                uint32_t v = 0;
                int n = 0;
                for (; peek() != kEnd && peek() < 128 && in_class(peek(), Class::XDigit); ++n, ++at_) {
                    uint32_t d = peek();
                    v = v * 16 + (d <= '9' ? d - '0' : (d | 32) - 'a' + 10);
                    if (v > 0x10ffff) bad("invalid escape \\ sequence");
                }
                if (!n) bad("invalid escape \\ sequence");
                return v;
            }
            default: break;
        }
        if (c == '0') return octal(0, 2);
        if (c < 128 && in_class(c, Class::Alnum)) {
            --at_;
            return kEnd;
        }
        return c;
    }
    uint32_t octal(uint32_t v, int digits) {
        for (int n = 0; n < digits && peek() >= '0' && peek() <= '7'; ++n, ++at_) v = v * 8 + (peek() - '0');
        return v;
    }

    TreePtr escape() {
        if (peek() == kEnd) bad("invalid escape \\ sequence");
        uint32_t c = peek();
        switch (c) {
            case 'd': ++at_; return class_atom(Class::Digit, false);
            case 'D': ++at_; return class_atom(Class::Digit, true);
            case 's': ++at_; return class_atom(Class::Space, false);
            case 'S': ++at_; return class_atom(Class::Space, true);
            case 'w': ++at_; return class_atom(Class::Word, false);
            case 'W': ++at_; return class_atom(Class::Word, true);
            case 'A': ++at_; return assertion(Assertion::TextStart);
            case 'Z': ++at_; return assertion(Assertion::TextEnd);
            case 'm': ++at_; return assertion(Assertion::WordStart);
            case 'M': ++at_; return assertion(Assertion::WordEnd);
            case 'y': ++at_; return assertion(Assertion::WordEdge);
            case 'Y': ++at_; return assertion(Assertion::NotWordEdge);
            default: break;
        }
        if (c >= '1' && c <= '9') {
            size_t from = at_;
            int v = 0;
            while (peek() >= '0' && peek() <= '9' && v < 1000) v = v * 10 + int(text_[at_++] - '0');
            if (at_ - from == 1 || v <= groups) {
                if (v > groups || in_look_) bad("invalid backreference number");
                auto t = make(Type::BackReference);
                t->group = v;
                t->captures = t->refers = true;
                return t;
            }
            at_ = from;
            if (c >= '8') bad("invalid escape \\ sequence");
            return character(octal(0, 3));
        }
        uint32_t v = character_escape();
        if (v == kEnd) bad("invalid escape \\ sequence");
        return character(v);
    }

    static bool class_by_name(const std::string& name, Class& k) {
        static const std::pair<const char*, Class> names[] = {
            {"alpha", Class::Alpha}, {"digit", Class::Digit}, {"alnum", Class::Alnum}, {"upper", Class::Upper},
            {"lower", Class::Lower}, {"space", Class::Space}, {"blank", Class::Blank}, {"punct", Class::Punct},
            {"print", Class::Print}, {"graph", Class::Graph}, {"cntrl", Class::Cntrl}, {"xdigit", Class::XDigit},
            {"word", Class::Word}};
        for (auto& n : names)
            if (name == n.first) {
                k = n.second;
                return true;
            }
        return false;
    }
    std::string bracket_name(uint32_t kind) {
        at_ += 2;
        std::string name;
        while (peek() != kEnd && !(peek() == kind && peek(1) == ']')) utf8_append(name, text_[at_++]);
        if (peek() == kEnd) bad("brackets [] not balanced");
        at_ += 2;
        return name;
    }

    TreePtr bracket() {
        if (starts("[:<:]]")) { at_ += 6; return assertion(Assertion::WordStart); }
        if (starts("[:>:]]")) { at_ += 6; return assertion(Assertion::WordEnd); }
        Set s;
        if (peek() == '^') {
            s.negated = true;
            s.no_newline = !options_.dot_newline;
            ++at_;
        }
        for (bool first = true;; first = false) {
            uint32_t c = peek();
            if (c == kEnd) bad("brackets [] not balanced");
            if (c == ']' && !first) { ++at_; break; }
            if (c == '[' && peek(1) == ':') {
                Class k;
                if (!class_by_name(bracket_name(':'), k)) bad("invalid character class");
                if (options_.fold && (k == Class::Upper || k == Class::Lower)) k = Class::Alpha;
                s.classes.push_back({k, false});
                continue;
            }
            if (c == '\\') {
                uint32_t e = peek(1);
                Class k = (e | 32) == 'd' ? Class::Digit : (e | 32) == 's' ? Class::Space : Class::Word;
                if (e == 'd' || e == 's' || e == 'w' || e == 'D' || e == 'S' || e == 'W') {
                    at_ += 2;
                    s.classes.push_back({k, e < 'a'});
                    continue;
                }
            }
            uint32_t low = bracket_character(), high = low;
            if (peek() == '-' && peek(1) != ']' && peek(1) != kEnd) {
                ++at_;
                if (peek() == '[' && peek(1) == ':') bad("invalid character range");
                high = bracket_character();
                if (high < low) bad("invalid character range");
            }
            s.ranges.push_back({low, high});
        }
        return from_set(std::move(s));
    }
    uint32_t bracket_character() {
        uint32_t c = peek();
        if (c == kEnd) bad("brackets [] not balanced");
        if (c == '[' && (peek(1) == '.' || peek(1) == '=')) {
            std::string name = bracket_name(peek(1));
            size_t i = 0;
            uint32_t v = name.empty() ? kEnd : utf8_next(name, i);
            if (name.empty() || i != name.size()) bad("invalid collating element");
            return v;
        }
        ++at_;
        if (c != '\\') return c;
        if (peek() == kEnd) bad("invalid escape \\ sequence");
        if (peek() >= '1' && peek() <= '7') return octal(0, 3);
        uint32_t v = character_escape();
        if (v == kEnd) bad("invalid escape \\ sequence");
        return v;
    }

    std::vector<uint32_t> text_;
    Options options_;
    size_t at_ = 0;
    bool exact_ = false, in_look_ = false;
};

}  // namespace sabot::regex
