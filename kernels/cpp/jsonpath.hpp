// jsonpath: text to a tree, and the tree as text in PostgreSQL's form.
#pragma once

#include <climits>
#include <memory>
#include <optional>

#include "json_value.hpp"
#include "regex.hpp"

namespace sabot::jsonpath {

enum class Op : uint8_t {
    Null, True, False, Number, String, Variable, Root, Current, Last,        // what a path starts with
    Key, AnyKey, AnyArray, Index, Any, Filter, Method, Datetime,             // accessors: hang on `next` of what they apply to
    Or, And, Not, IsUnknown, Equal, NotEqual, Less, Greater, LessEqual, GreaterEqual, StartsWith, LikeRegex, Exists,
    Add, Sub, Mul, Div, Mod, Plus, Minus,
};

struct Node;
using NodePtr = std::shared_ptr<Node>;
struct Node {
    Op op;
    std::string text;                                   // key, string, number, variable, method, pattern
    std::string flags;                                  // like_regex
    uint32_t first = 0, last = 0;                       // ** {first to last}; UINT32_MAX is "last"
    NodePtr left, right, next;
    std::vector<std::pair<NodePtr, NodePtr>> subscripts;
    std::shared_ptr<regex::Regex> pattern;
};
struct Path {
    NodePtr root;
    bool lax = true;
};

inline bool is_predicate(const Node& n) { return n.op >= Op::Or && n.op <= Op::Exists && !n.next; }
inline const char* symbol_of(Op op) {
    switch (op) {
        case Op::Or: return "||";
        case Op::And: return "&&";
        case Op::Equal: return "==";
        case Op::NotEqual: return "!=";
        case Op::Less: return "<";
        case Op::Greater: return ">";
        case Op::LessEqual: return "<=";
        case Op::GreaterEqual: return ">=";
        case Op::Add: case Op::Plus: return "+";
        case Op::Sub: case Op::Minus: return "-";
        case Op::Mul: return "*";
        case Op::Div: return "/";
        case Op::Mod: return "%";
        default: return "";
    }
}

// The options of like_regex as XQuery has them.
inline regex::Options regex_options(std::string_view flags) {
    regex::Options o;
    auto has = [&](char c) { return flags.find(c) != flags.npos; };
    o.fold = has('i');
    o.literal = has('q');
    o.dot_newline = has('s');
    o.line_anchors = has('m');
    if (has('x') && !has('q'))
        throw ValueError{"0A000", "XQuery \"x\" flag (expanded regular expressions) is not implemented"};
    return o;
}

class Parser {
  public:
    explicit Parser(std::string_view text) : s_(text) { advance(); }

    Path parse() {
        Path path;
        if (kind_ == Token::End) throw ValueError{"22P02", "invalid input syntax for type jsonpath: \"" + std::string(s_) + "\""};
        if (word("strict")) path.lax = false;
        else word("lax");
        path.root = either();
        if (kind_ != Token::End) bad();
        return path;
    }

  private:
    enum class Token : uint8_t { End, Symbol, Word, String, Variable, Number };

    [[noreturn]] void bad() const {
        if (kind_ == Token::End) throw ValueError{"42601", "syntax error at end of jsonpath input"};
        throw ValueError{"42601", "syntax error at or near \"" + std::string(s_.substr(from_, at_ - from_)) + "\" of jsonpath input"};
    }
    static bool special(char c) { return std::string_view("?%$.[]{}()|&!=<>@#,*:-+/\\\"").find(c) != std::string_view::npos; }
    static bool digit(char c) { return c >= '0' && c <= '9'; }

    void escape(std::string& out) {  // at_ is behind the backslash
        if (at_ == s_.size()) throw ValueError{"42601", "unexpected end after backslash of jsonpath input"};
        auto hex = [&](size_t n) {
            uint32_t v = 0;
            auto part = s_.substr(at_, n);
            auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), v, 16);
            if (part.size() < n || error != std::errc() || end != part.data() + n)
                throw ValueError{"42601", "invalid Unicode escape sequence of jsonpath input"};
            at_ += n;
            return v;
        };
        char c = s_[at_++];
        switch (c) {
            case 'b': out += '\b'; return;
            case 'f': out += '\f'; return;
            case 'n': out += '\n'; return;
            case 'r': out += '\r'; return;
            case 't': out += '\t'; return;
            case 'v': out += '\v'; return;
            case 'x': out += char(hex(2)); return;
            case 'u': {
                auto unit = [&]() -> uint32_t {
                    if (at_ < s_.size() && s_[at_] == '{') {
                        size_t close = s_.find('}', at_);
                        if (close == s_.npos || close - at_ > 7 || close == at_ + 1)
                            throw ValueError{"42601", "invalid Unicode escape sequence of jsonpath input"};
                        ++at_;
                        uint32_t v = hex(close - at_);
                        ++at_;
                        return v;
                    }
                    return hex(4);
                };
                uint32_t v = unit();
                if (v >= 0xd800 && v < 0xdc00) {
                    if (s_.substr(at_, 2) != "\\u") throw ValueError{"22P02", "invalid input syntax for type jsonpath"};
                    at_ += 2;
                    uint32_t low = unit();
                    if (low < 0xdc00 || low > 0xdfff) throw ValueError{"22P02", "invalid input syntax for type jsonpath"};
                    v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
                } else if (v >= 0xdc00 && v < 0xe000) {
                    throw ValueError{"22P02", "invalid input syntax for type jsonpath"};
                }
                if (v == 0) throw ValueError{"22P05", "unsupported Unicode escape sequence"};
                utf8_append(out, v);
                return;
            }
            default: out += c;
        }
    }
    void quoted() {  // at_ is behind the quote
        while (at_ < s_.size() && s_[at_] != '"') {
            char c = s_[at_++];
            if (c == '\\') escape(text_);
            else text_ += c;
        }
        if (at_ == s_.size()) throw ValueError{"42601", "unterminated quoted string of jsonpath input"};
        ++at_;
    }
    void plain() {
        while (at_ < s_.size() && !json_blank(s_[at_])) {
            if (s_[at_] == '\\') {
                ++at_;
                escape(text_);
            } else if (special(s_[at_])) {
                break;
            } else {
                text_ += s_[at_++];
            }
        }
    }
    void number() {
        auto digits = [&] { while (at_ < s_.size() && digit(s_[at_])) ++at_; };
        if (s_[at_] == '0' && at_ + 1 < s_.size() && digit(s_[at_ + 1])) junk();
        digits();
        if (at_ < s_.size() && s_[at_] == '.') {
            ++at_;
            digits();
        }
        if (at_ < s_.size() && (s_[at_] | 32) == 'e') {
            ++at_;
            if (at_ < s_.size() && (s_[at_] == '+' || s_[at_] == '-')) ++at_;
            if (at_ == s_.size() || !digit(s_[at_])) junk();
            digits();
        }
        if (at_ < s_.size() && !json_blank(s_[at_]) && !special(s_[at_])) junk();
        text_ = s_.substr(from_, at_ - from_);
    }
    [[noreturn]] void junk() {
        ++at_;
        throw ValueError{"42601", "trailing junk after numeric literal at or near \"" + std::string(s_.substr(from_, at_ - from_)) + "\" of jsonpath input"};
    }
    void advance() {
        text_.clear();
        for (;;) {
            while (at_ < s_.size() && json_blank(s_[at_])) ++at_;
            if (s_.substr(at_, 2) != "/*") break;
            size_t end = s_.find("*/", at_ + 2);
            if (end == s_.npos) throw ValueError{"42601", "unexpected end of comment of jsonpath input"};
            at_ = end + 2;
        }
        from_ = at_;
        if (at_ == s_.size()) {
            kind_ = Token::End;
            return;
        }
        char c = s_[at_];
        bool fraction = c == '.' && at_ + 1 < s_.size() && digit(s_[at_ + 1]);
        if (digit(c) || fraction) {
            kind_ = Token::Number;
            number();
        } else if (c == '"') {
            kind_ = Token::String;
            ++at_;
            quoted();
        } else if (c == '$' && at_ + 1 < s_.size() && (s_[at_ + 1] == '"' || s_[at_ + 1] == '\\' || (!special(s_[at_ + 1]) && !json_blank(s_[at_ + 1])))) {
            kind_ = Token::Variable;
            ++at_;
            if (s_[at_] == '"') {
                ++at_;
                quoted();
            } else {
                plain();
            }
        } else if (special(c) && c != '\\') {
            kind_ = Token::Symbol;
            for (std::string_view two : {"**", "&&", "||", "==", "!=", "<>", "<=", ">="})
                if (s_.substr(at_, 2) == two) {
                    text_ = two;
                    at_ += 2;
                    return;
                }
            text_ = c;
            ++at_;
        } else {
            kind_ = Token::Word;
            plain();
        }
    }
    bool symbol(std::string_view what) {
        if (kind_ != Token::Symbol || text_ != what) return false;
        advance();
        return true;
    }
    bool is_word(std::string_view what) const {
        if (kind_ != Token::Word || text_.size() != what.size()) return false;
        if (what == "true" || what == "false" || what == "null") return text_ == what;  // as in JSON, in lower case
        for (size_t i = 0; i < what.size(); ++i)
            if ((text_[i] >= 'A' && text_[i] <= 'Z' ? text_[i] + 32 : text_[i]) != what[i]) return false;
        return true;
    }
    bool word(std::string_view what) {
        if (!is_word(what)) return false;
        advance();
        return true;
    }
    void need(std::string_view what) {
        if (!symbol(what)) bad();
    }
    std::string taken() {
        std::string t = text_;
        advance();
        return t;
    }
    static NodePtr make(Op op, NodePtr left = {}, NodePtr right = {}) {
        auto n = std::make_shared<Node>();
        n->op = op;
        n->left = std::move(left);
        n->right = std::move(right);
        return n;
    }
    static NodePtr make(Op op, std::string text) {
        auto n = make(op);
        n->text = std::move(text);
        return n;
    }

    // Predicates and values share the rules of precedence; a place that wants one of them checks.
    NodePtr either() {
        auto n = conjunction();
        while (kind_ == Token::Symbol && text_ == "||") {
            predicate(n);
            advance();
            n = make(Op::Or, n, predicate(conjunction()));
        }
        return n;
    }
    NodePtr conjunction() {
        auto n = comparison();
        while (kind_ == Token::Symbol && text_ == "&&") {
            predicate(n);
            advance();
            n = make(Op::And, n, predicate(comparison()));
        }
        return n;
    }
    NodePtr predicate(NodePtr n) {
        if (!is_predicate(*n)) bad();
        return n;
    }
    NodePtr value(NodePtr n) {
        if (is_predicate(*n)) bad();
        return n;
    }
    NodePtr comparison() {
        if (symbol("!")) {
            if (is_word("exists")) return make(Op::Not, exists());
            need("(");
            auto inner = predicate(either());
            need(")");
            return make(Op::Not, inner);
        }
        if (is_word("exists")) return exists();
        auto n = sum();
        if (kind_ == Token::Symbol) {
            static constexpr std::pair<std::string_view, Op> known[] = {
                {"==", Op::Equal}, {"!=", Op::NotEqual}, {"<>", Op::NotEqual}, {"<", Op::Less}, {">", Op::Greater}, {"<=", Op::LessEqual}, {">=", Op::GreaterEqual}, {"=", Op::Equal}};
            for (auto& [text, op] : known)
                if (text_ == text) {
                    value(n);
                    advance();
                    return make(op, n, value(sum()));
                }
        }
        if (is_predicate(*n)) return n;
        if (word("starts")) {
            if (!word("with")) bad();
            if (kind_ == Token::String) return make(Op::StartsWith, n, make(Op::String, taken()));
            if (kind_ == Token::Variable) return make(Op::StartsWith, n, make(Op::Variable, taken()));
            bad();
        }
        if (word("like_regex")) {
            if (kind_ != Token::String) bad();
            auto made = make(Op::LikeRegex, n);
            made->text = taken();
            if (word("flag")) {
                if (kind_ != Token::String) bad();
                std::string given = taken();
                for (char c : given)
                    if (std::string_view("ismxq").find(c) == std::string_view::npos)
                        throw ValueError{"42601", "invalid input syntax for type jsonpath"};
                for (char c : std::string_view("ismxq"))
                    if (given.find(c) != given.npos) made->flags += c;
            }
            made->pattern = std::make_shared<regex::Regex>(made->text, regex_options(made->flags));
            return made;
        }
        return n;
    }
    NodePtr exists() {
        advance();
        need("(");
        auto inner = value(either());
        need(")");
        return make(Op::Exists, inner);
    }
    NodePtr sum() {
        auto n = product();
        while (kind_ == Token::Symbol && (text_ == "+" || text_ == "-")) {
            value(n);
            Op op = text_ == "+" ? Op::Add : Op::Sub;
            advance();
            n = make(op, n, value(product()));
        }
        return n;
    }
    NodePtr product() {
        auto n = unary();
        while (kind_ == Token::Symbol && (text_ == "*" || text_ == "/" || text_ == "%")) {
            value(n);
            Op op = text_ == "*" ? Op::Mul : text_ == "/" ? Op::Div : Op::Mod;
            advance();
            n = make(op, n, value(unary()));
        }
        return n;
    }
    NodePtr unary() {
        if (kind_ == Token::Symbol && (text_ == "+" || text_ == "-")) {
            bool minus = text_ == "-";
            advance();
            auto n = value(unary());
            if (n->op == Op::Number && !n->next) {
                if (minus) n->text = numeric_to_text(numeric_neg(numeric_from_text(n->text)));
                return n;
            }
            return make(minus ? Op::Minus : Op::Plus, n);
        }
        return accessors();
    }
    NodePtr accessors() {
        auto n = primary();
        Node* end = n.get();
        while (end->next) end = end->next.get();
        while (auto a = accessor()) {
            end->next = a;
            end = a.get();
        }
        return n;
    }
    NodePtr primary() {
        switch (kind_) {
            case Token::String: return make(Op::String, taken());
            case Token::Variable: return make(Op::Variable, taken());
            case Token::Number: {
                std::string text = taken();
                return make(Op::Number, numeric_to_text(numeric_from_text(text)));
            }
            case Token::Symbol:
                if (symbol("$")) return make(Op::Root);
                if (kind_ == Token::Symbol && text_ == "@") {
                    if (!filters_) throw ValueError{"42601", "@ is not allowed in root expressions"};
                    advance();
                    return make(Op::Current);
                }
                if (symbol("(")) {
                    auto inner = either();
                    need(")");
                    if (is_predicate(*inner) && is_word("is")) {
                        advance();
                        if (!word("unknown")) bad();
                        return make(Op::IsUnknown, inner);
                    }
                    return inner;
                }
                bad();
            case Token::Word:
                if (word("null")) return make(Op::Null);
                if (word("true")) return make(Op::True);
                if (word("false")) return make(Op::False);
                if (is_word("last")) {
                    if (!subscripts_) throw ValueError{"42601", "LAST is allowed only in array subscripts"};
                    advance();
                    return make(Op::Last);
                }
                bad();
            default: bad();
        }
    }
    uint32_t level() {
        if (word("last")) return UINT32_MAX;
        uint32_t v = 0;
        if (kind_ != Token::Number) bad();
        auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), v);
        if (error != std::errc() || *end) bad();
        advance();
        return v;
    }
    NodePtr accessor() {
        if (kind_ != Token::Symbol) return {};
        if (symbol("?")) {
            need("(");
            ++filters_;
            auto inner = predicate(either());
            --filters_;
            need(")");
            return make(Op::Filter, inner);
        }
        if (symbol("[")) {
            if (symbol("*")) {
                need("]");
                return make(Op::AnyArray);
            }
            auto n = make(Op::Index);
            ++subscripts_;
            do {
                auto from = value(either());
                n->subscripts.emplace_back(from, word("to") ? value(either()) : NodePtr());
            } while (symbol(","));
            --subscripts_;
            need("]");
            return n;
        }
        if (!symbol(".")) return {};
        if (symbol("*")) return make(Op::AnyKey);
        if (symbol("**")) {
            auto n = make(Op::Any);
            n->last = UINT32_MAX;
            if (symbol("{")) {
                n->first = n->last = level();
                if (word("to")) n->last = level();
                need("}");
            }
            return n;
        }
        if (kind_ == Token::String) return make(Op::Key, taken());
        if (kind_ != Token::Word) bad();
        for (const char* method : {"type", "size", "abs", "floor", "ceiling", "double", "keyvalue", "datetime"}) {
            if (!is_word(method)) continue;
            std::string key = taken();
            if (!symbol("(")) return make(Op::Key, key);
            if (kind_ == Token::String && std::string_view(method) == "datetime")
                throw ValueError{"0A000", "jsonpath's .datetime() with a template is not supported"};
            need(")");
            return make(std::string_view(method) == "datetime" ? Op::Datetime : Op::Method, std::string(method));
        }
        return make(Op::Key, taken());
    }

    std::string_view s_;
    size_t at_ = 0, from_ = 0;
    Token kind_ = Token::End;
    std::string text_;
    int filters_ = 0, subscripts_ = 0;
};

inline Path parse(std::string_view text) { return Parser(text).parse(); }

inline int priority(Op op) {
    switch (op) {
        case Op::Or: return 0;
        case Op::And: return 1;
        case Op::Equal: case Op::NotEqual: case Op::Less: case Op::Greater: case Op::LessEqual: case Op::GreaterEqual: case Op::StartsWith: return 2;
        case Op::Add: case Op::Sub: return 3;
        case Op::Mul: case Op::Div: case Op::Mod: return 4;
        case Op::Plus: case Op::Minus: return 5;
        default: return 6;
    }
}
inline void print(std::string& out, const Node& n, bool in_key, bool brackets) {
    auto side = [&](const NodePtr& child) { print(out, *child, false, priority(child->op) <= priority(n.op)); };
    auto level = [&](uint32_t v) { out += v == UINT32_MAX ? "last" : std::to_string(v); };
    auto open = [&] { if (brackets) out += '('; };
    auto close = [&] { if (brackets) out += ')'; };
    switch (n.op) {
        case Op::Null: out += "null"; break;
        case Op::True: out += "true"; break;
        case Op::False: out += "false"; break;
        case Op::Number: out += n.next ? "(" + n.text + ")" : n.text; break;
        case Op::String: append_json_string(out, n.text); break;
        case Op::Variable: out += '$'; append_json_string(out, n.text); break;
        case Op::Root: out += '$'; break;
        case Op::Current: out += '@'; break;
        case Op::Last: out += "last"; break;
        case Op::Key: if (in_key) out += '.'; append_json_string(out, n.text); break;
        case Op::AnyKey: if (in_key) out += '.'; out += '*'; break;
        case Op::AnyArray: out += "[*]"; break;
        case Op::Index:
            out += '[';
            for (size_t i = 0; i < n.subscripts.size(); ++i) {
                if (i) out += ',';
                print(out, *n.subscripts[i].first, false, false);
                if (n.subscripts[i].second) {
                    out += " to ";
                    print(out, *n.subscripts[i].second, false, false);
                }
            }
            out += ']';
            break;
        case Op::Any:
            if (in_key) out += '.';
            out += "**";
            if (n.first == 0 && n.last == UINT32_MAX) break;
            out += '{';
            level(n.first);
            if (n.first != n.last) {
                out += " to ";
                level(n.last);
            }
            out += '}';
            break;
        case Op::Filter: out += "?("; print(out, *n.left, false, false); out += ')'; break;
        case Op::Not: out += "!("; print(out, *n.left, false, false); out += ')'; break;
        case Op::IsUnknown: out += '('; print(out, *n.left, false, false); out += ") is unknown"; break;
        case Op::Exists: out += "exists ("; print(out, *n.left, false, false); out += ')'; break;
        case Op::Method: case Op::Datetime: out += "." + n.text + "()"; break;
        case Op::LikeRegex:
            open();
            side(n.left);
            out += " like_regex ";
            append_json_string(out, n.text);
            if (!n.flags.empty()) out += " flag \"" + n.flags + "\"";
            close();
            break;
        case Op::Plus: case Op::Minus:
            open();
            out += symbol_of(n.op);
            side(n.left);
            close();
            break;
        default:
            open();
            side(n.left);
            out += n.op == Op::StartsWith ? " starts with " : std::string(" ") + symbol_of(n.op) + " ";
            side(n.right);
            close();
    }
    if (n.next) print(out, *n.next, true, true);
}
inline std::string to_text(const Path& path) {
    std::string out = path.lax ? "" : "strict ";
    print(out, *path.root, false, true);
    return out;
}

}  // namespace sabot::jsonpath
