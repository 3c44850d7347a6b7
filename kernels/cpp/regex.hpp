// Matching of PostgreSQL's regular expressions.
//
// A match starts as early as possible; its end, and then from left to right the end of every part, is the longest
// or the shortest possible one by the preference of that part. So a match is found in two stages: simulating the
// pattern's automaton (K. Thompson, "Regular expression search algorithm", CACM 11/6, 1968) gives the borders, and
// `dissect` gives the groups by asking the automata of the parts about borders inside. Without back references
// no step is ever undone, so time is polynomial; with them a limit of steps holds.
#pragma once

#include <set>

#include "regex_parse.hpp"

namespace sabot::regex {

enum class Code : uint8_t { Char, Split, Jump, Assert, Look };

struct Instruction {
    Code code;
    int x = 0, y = 0;  // Char: set; Split, Jump: targets; Assert: kind; Look: index
};

struct LookProgram {
    const Tree* tree;
    bool ahead, negative;
};

class Pattern {
  public:
    Pattern(std::string_view pattern, Options options) {
        Parser parser(pattern, options);
        tree_ = parser.parse();
        sets_ = std::move(parser.sets);
        groups_ = parser.groups;
        compile(*tree_);
        emit({Code::Jump, size(), 0});  // so that the end of the main program is no other program's begin
        find_first();
    }

    int groups() const { return groups_; }

  private:
    template <class Char>
    friend class Matcher;

    int size() const { return int(program_.size()); }
    int emit(Instruction i) {
        if (program_.size() > 200000) bad("regular expression is too complex");
        program_.push_back(i);
        return size() - 1;
    }

    void compile(Tree& t) {
        int begin = size();
        switch (t.type) {
            case Type::Empty: break;
            case Type::Set: emit({Code::Char, t.set, 0}); break;
            case Type::Concat:
                for (auto& c : t.children) compile(*c);
                break;
            case Type::Group: compile(*t.children[0]); break;
            case Type::Alternate: {
                std::vector<int> jumps;
                for (size_t k = 0; k < t.children.size(); ++k) {
                    bool last = k + 1 == t.children.size();
                    int split = last ? -1 : emit({Code::Split, size() + 1, 0});
                    compile(*t.children[k]);
                    if (last) break;
                    jumps.push_back(emit({Code::Jump, 0, 0}));
                    program_[split].y = size();
                }
                for (int j : jumps) program_[j].x = size();
                break;
            }
            case Type::Repeat: repeat(t); break;
            case Type::BackReference: {  // any text here; dissect compares
                if (any_set_ < 0) {
                    Set any;
                    any.negated = true;
                    any.finish();
                    any_set_ = int(sets_.size());
                    sets_.push_back(any);
                }
                int split = emit({Code::Split, size() + 1, 0});
                emit({Code::Char, any_set_, 0});
                emit({Code::Jump, split, 0});
                program_[split].y = size();
                break;
            }
            case Type::Assert: emit({Code::Assert, int(t.assertion), 0}); break;
            case Type::Look: {
                int skip = emit({Code::Jump, 0, 0});
                compile(*t.children[0]);
                emit({Code::Jump, size(), 0});
                program_[skip].x = size();
                looks_.push_back({t.children[0].get(), t.ahead, t.negative});
                emit({Code::Look, int(looks_.size()) - 1, 0});
                break;
            }
        }
        t.begin = begin;
        t.end = size();
    }
    // The body's borders are those of its last copy, and so are the borders inside the body.
    void repeat(Tree& t) {
        Tree& body = *t.children[0];
        for (int k = 0; k < t.min; ++k) compile(body);
        if (t.max == kUnlimited) {
            int split = emit({Code::Split, size() + 1, 0});
            compile(body);
            emit({Code::Jump, split, 0});
            program_[split].y = size();
        } else {
            std::vector<int> splits;
            for (int k = t.min; k < t.max; ++k) {
                splits.push_back(emit({Code::Split, size() + 1, 0}));
                compile(body);
            }
            for (int s : splits) program_[s].y = size();
        }
    }

    // Which ASCII characters can begin a match; all of them when the match may be empty.
    void find_first() {
        std::vector<int> todo{tree_->begin};
        std::vector<bool> seen(program_.size() + 1);
        while (!todo.empty()) {
            int pc = todo.back();
            todo.pop_back();
            if (pc == tree_->end) { empty_ = true; continue; }
            if (seen[pc]) continue;
            seen[pc] = true;
            auto& i = program_[pc];
            switch (i.code) {
                case Code::Char:
                    for (int c = 0; c < 128; ++c) first_[c] |= sets_[i.x].ascii[c];
                    break;
                case Code::Split: todo.push_back(i.x); todo.push_back(i.y); break;
                case Code::Jump: todo.push_back(i.x); break;
                default: todo.push_back(pc + 1);
            }
        }
    }

    std::vector<Instruction> program_;
    std::vector<Set> sets_;
    std::vector<LookProgram> looks_;
    TreePtr tree_;
    int groups_ = 0, any_set_ = -1;
    bool first_[128] = {}, empty_ = false;
};

struct Range {
    int begin = -1, end = -1;
};

// Matches one pattern against texts of one character width (bytes for ASCII, code points otherwise).
template <class Char>
class Matcher {
  public:
    explicit Matcher(const Pattern& pattern) : p_(pattern) {}

    void reset(const Char* text, int length) {
        text_ = text;
        n_ = length;
        steps_ = 0;
    }

    // Is there a match at all?
    bool found() {
        if (p_.tree_->refers) {
            std::vector<Range> groups;
            return match(0, groups, true);
        }
        return search(0, true) >= 0;
    }

    // The first match from `from` on: groups[0] is the whole; false for none.
    bool match(int from, std::vector<Range>& groups, bool captures) {
        groups.assign(size_t(p_.groups_) + 1, {});
        const Tree& t = *p_.tree_;
        if (!t.refers) {
            int begin = search(from, false);
            if (begin < 0) return false;
            int end = -1;
            run(t.begin, t.end, begin, n_, [&](int at) {
                end = at;
                return t.preference == Preference::Shortest;
            });
            groups[0] = {begin, end};
            groups_ = &groups;
            if (captures && t.captures) dissect(t, begin, end);
            return true;
        }
        groups_ = &groups;
        for (int begin = from; begin <= n_; ++begin) {
            auto ends = ends_of(t, begin, n_);
            for (int end : ends) {
                groups.assign(size_t(p_.groups_) + 1, {});
                groups[0] = {begin, end};
                if (dissect(t, begin, end)) return true;
            }
        }
        return false;
    }

  private:
    struct Threads {
        std::vector<int> pcs, starts, mark;
        int generation = 0;
        void clear(size_t size) {
            if (mark.size() < size) mark.assign(size, 0);
            pcs.clear();
            starts.clear();
            ++generation;
        }
    };
    struct Lists {
        Threads now, next;
        std::vector<int> stack;
    };

    void step(int64_t n = 1) {
        if ((steps_ += n) > kStepLimit) throw ValueError{"54000", "regular expression takes too many steps"};
    }

    static bool word(uint32_t c) { return c < 128 ? c == '_' || alnum_char(c) : in_class(c, Class::Word); }
    bool assertion(Assertion a, int at) const {
        bool before = at > 0 && word(text_[at - 1]), after = at < n_ && word(text_[at]);
        switch (a) {
            case Assertion::LineStart: return at == 0 || text_[at - 1] == '\n';
            case Assertion::LineEnd: return at == n_ || text_[at] == '\n';
            case Assertion::TextStart: return at == 0;
            case Assertion::TextEnd: return at == n_;
            case Assertion::WordStart: return !before && after;
            case Assertion::WordEnd: return before && !after;
            case Assertion::WordEdge: return before != after;
            case Assertion::NotWordEdge: return before == after;
        }
        return false;
    }
    bool look(const LookProgram& l, int at) {
        bool hit = false;
        if (l.ahead) {
            run(l.tree->begin, l.tree->end, at, n_, [&](int) { return hit = true; });
        } else {
            for (int from = at; from >= 0 && !hit; --from)
                run(l.tree->begin, l.tree->end, from, at, [&](int end) { return hit = end == at; });
        }
        return hit != l.negative;
    }

    // Adds what is reachable from `pc` without a character; true when `end` is.
    bool add(Lists& lists, Threads& threads, int pc, int end, int at, int start) {
        bool accepted = false;
        lists.stack.push_back(pc);
        while (!lists.stack.empty()) {
            int k = lists.stack.back();
            lists.stack.pop_back();
            if (threads.mark[k] == threads.generation) continue;
            threads.mark[k] = threads.generation;
            if (k == end) {
                accepted = true;
                continue;
            }
            auto& i = p_.program_[k];
            switch (i.code) {
                case Code::Char:
                    threads.pcs.push_back(k);
                    threads.starts.push_back(start);
                    break;
                case Code::Split:
                    lists.stack.push_back(i.y);
                    lists.stack.push_back(i.x);
                    break;
                case Code::Jump: lists.stack.push_back(i.x); break;
                case Code::Assert:
                    if (assertion(Assertion(i.x), at)) lists.stack.push_back(k + 1);
                    break;
                case Code::Look: {
                    auto kept = std::move(lists.stack);
                    bool yes = look(p_.looks_[i.x], at);
                    lists.stack = std::move(kept);
                    if (yes) lists.stack.push_back(k + 1);
                    break;
                }
            }
        }
        return accepted;
    }

    Lists& enter() {
        if (depth_ == lists_.size()) lists_.push_back(std::make_unique<Lists>());
        return *lists_[depth_++];
    }

    // Calls visit(end) for each end of a match of [pc, end) that starts at `from` and ends by `limit`, rising.
    template <class F>
    void run(int pc, int end, int from, int limit, F&& visit) {
        Lists& lists = enter();
        struct Leave { size_t& d; ~Leave() { --d; } } leave{depth_};
        size_t size = p_.program_.size() + 1;
        lists.now.clear(size);
        if (add(lists, lists.now, pc, end, from, 0) && visit(from)) return;
        for (int at = from; at < limit && !lists.now.pcs.empty(); ++at) {
            uint32_t c = text_[at];
            lists.next.clear(size);
            bool accepted = false;
            step(int64_t(lists.now.pcs.size()));
            for (int k : lists.now.pcs)
                if (p_.sets_[p_.program_[k].x].has(c)) accepted |= add(lists, lists.next, k + 1, end, at + 1, 0);
            std::swap(lists.now, lists.next);
            if (accepted && visit(at + 1)) return;
        }
    }

    // Start of the leftmost match from `from` on, -1 for none. `any`: one match is as good as another.
    int search(int from, bool any) {
        const Tree& t = *p_.tree_;
        Lists& lists = enter();
        struct Leave { size_t& d; ~Leave() { --d; } } leave{depth_};
        size_t size = p_.program_.size() + 1;
        int best = -1;
        lists.now.clear(size);
        for (int at = from;; ++at) {
            if (best < 0) {
                if (lists.now.pcs.empty() && !p_.empty_)
                    while (at < n_ && text_[at] < 128 && !p_.first_[text_[at]]) ++at;
                if (add(lists, lists.now, t.begin, t.end, at, at)) best = at;
                if (best == at) {  // earlier threads may still win
                    while (!lists.now.starts.empty() && lists.now.starts.back() >= best) drop(lists.now);
                }
            }
            if (best >= 0 && (any || lists.now.pcs.empty())) return best;
            if (at >= n_) return best;
            uint32_t c = text_[at];
            lists.next.clear(size);
            step(int64_t(lists.now.pcs.size()));
            for (size_t j = 0; j < lists.now.pcs.size(); ++j) {
                int k = lists.now.pcs[j], start = lists.now.starts[j];
                if (!p_.sets_[p_.program_[k].x].has(c)) continue;
                if (add(lists, lists.next, k + 1, t.end, at + 1, start) && (best < 0 || start < best)) {
                    best = start;
                    if (any) return best;
                    break;  // the other threads started no earlier
                }
            }
            if (best >= 0)
                while (!lists.next.starts.empty() && lists.next.starts.back() >= best) drop(lists.next);
            std::swap(lists.now, lists.next);
        }
    }
    static void drop(Threads& t) {
        t.pcs.pop_back();
        t.starts.pop_back();
    }

    // All ends of `t` from `begin` on, the preferred one first.
    std::vector<int> ends_of(const Tree& t, int begin, int limit) {
        std::vector<int> ends;
        run(t.begin, t.end, begin, limit, [&](int at) {
            ends.push_back(at);
            return false;
        });
        if (t.preference != Preference::Shortest) std::reverse(ends.begin(), ends.end());
        return ends;
    }
    bool matches_exactly(int pc, int end_pc, int begin, int end) {
        bool hit = false;
        run(pc, end_pc, begin, end, [&](int at) { return hit = at == end; });
        return hit;
    }

    // Sets the groups of `t`, which is known to match [begin, end) (up to back references).
    bool dissect(const Tree& t, int begin, int end) {
        step();
        if (!t.captures) return true;
        switch (t.type) {
            case Type::Group:
                if (!dissect(*t.children[0], begin, end)) return false;
                (*groups_)[size_t(t.group)] = {begin, end};
                return true;
            case Type::BackReference: {
                Range g = (*groups_)[size_t(t.group)];
                if (g.begin < 0 || g.end - g.begin != end - begin) return false;
                for (int k = 0; k < end - begin; ++k)
                    if (!same(text_[g.begin + k], text_[begin + k])) return false;
                return true;
            }
            case Type::Alternate:
                for (auto& c : t.children)
                    if (matches_exactly(c->begin, c->end, begin, end) && dissect(*c, begin, end)) return true;
                return false;
            case Type::Concat: return sequence(t, 0, begin, end);
            case Type::Repeat: return iterate(t, begin, end);
            default: return true;
        }
    }

    bool same(uint32_t a, uint32_t b) const { return a == b || (fold_ && lower_char(a) == lower_char(b)); }

    bool sequence(const Tree& t, size_t k, int begin, int end) {
        const Tree& c = *t.children[k];
        if (k + 1 == t.children.size()) {
            if (t.refers && !matches_exactly(c.begin, c.end, begin, end)) return false;
            return dissect(c, begin, end);
        }
        if (!t.refers) {
            bool more = false;
            for (size_t j = k; j < t.children.size(); ++j) more |= t.children[j]->captures;
            if (!more) return true;
        }
        int rest = t.children[k + 1]->begin;
        if (c.type == Type::Set && !t.refers) return sequence(t, k + 1, begin + 1, end);
        auto ends = ends_of(c, begin, end);
        for (int middle : ends) {
            if (ends.size() > 1 && !matches_exactly(rest, t.end, middle, end)) continue;
            auto saved = t.refers ? *groups_ : std::vector<Range>();
            if (dissect(c, begin, middle) && sequence(t, k + 1, middle, end)) return true;
            if (!t.refers) return false;
            *groups_ = std::move(saved);
        }
        return false;
    }

    bool iterate(const Tree& t, int begin, int end) {
        const Tree& body = *t.children[0];
        if (t.max == 0) return true;
        if (t.min == 0 && begin == end) {  // a body that prefers more but may be empty takes part once
            if (body.preference != Preference::Shortest && matches_exactly(body.begin, body.end, begin, end)) dissect(body, begin, end);
            return true;
        }
        std::vector<int> borders{begin};
        std::set<std::pair<int, int>> failed;
        return iterations(t, body, begin, end, borders, failed);
    }
    bool iterations(const Tree& t, const Tree& body, int at, int end, std::vector<int>& borders,
                    std::set<std::pair<int, int>>& failed) {
        int done = int(borders.size()) - 1;
        step();
        if (at == end && done >= std::max(1, t.min)) {
            auto saved = t.refers ? *groups_ : std::vector<Range>();
            bool good = true;
            for (size_t k = 0; good && k + 1 < borders.size(); ++k) {
                for_groups(body, [&](int g) { (*groups_)[size_t(g)] = {}; });
                good = dissect(body, borders[k], borders[k + 1]);
            }
            if (!good && t.refers) *groups_ = std::move(saved);
            return good;
        }
        if (t.max != kUnlimited && done >= t.max) return false;
        int counted = t.max == kUnlimited ? std::min(done, t.min) : done;
        if (!t.refers && failed.count({counted, at})) return false;
        for (int next : ends_of(body, at, end)) {
            if (next == at && done >= t.min && !(done == 0 && at == end)) continue;
            borders.push_back(next);
            if (iterations(t, body, next, end, borders, failed)) return true;
            borders.pop_back();
        }
        if (!t.refers) failed.insert({counted, at});
        return false;
    }
    template <class F>
    static void for_groups(const Tree& t, F&& f) {
        if (t.type == Type::Group) f(t.group);
        for (auto& c : t.children) for_groups(*c, f);
    }

  public:
    void set_fold(bool fold) { fold_ = fold; }

  private:
    static constexpr int64_t kStepLimit = 50'000'000;

    const Pattern& p_;
    const Char* text_ = nullptr;
    int n_ = 0;
    int64_t steps_ = 0;
    bool fold_ = false;
    std::vector<Range>* groups_ = nullptr;
    std::vector<std::unique_ptr<Lists>> lists_;
    size_t depth_ = 0;
};

// A compiled pattern with matchers and buffers, for texts in UTF-8; offsets are in characters of the text.
class Regex {
  public:
    Regex(std::string_view pattern, Options options)
        : pattern_(pattern, options), narrow_(pattern_), wide_(pattern_) {
        narrow_.set_fold(options.fold);
        wide_.set_fold(options.fold);
    }
    int groups() const { return pattern_.groups(); }

    void set_text(std::string_view text) {
        text_ = text;
        if ((ascii_ = is_ascii(text))) {
            narrow_.reset(reinterpret_cast<const uint8_t*>(text.data()), int(text.size()));
            length_ = int(text.size());
            return;
        }
        codes_.clear();
        offsets_.clear();
        for (size_t i = 0; i < text.size();) {
            offsets_.push_back(int(i));
            codes_.push_back(utf8_next(text, i));
        }
        offsets_.push_back(int(text.size()));
        length_ = int(codes_.size());
        wide_.reset(codes_.data(), length_);
    }
    int length() const { return length_; }
    bool found() { return ascii_ ? narrow_.found() : wide_.found(); }
    bool match(int from, bool captures) {
        return ascii_ ? narrow_.match(from, ranges, captures) : wide_.match(from, ranges, captures);
    }
    std::string_view part(int begin, int end) const {
        size_t from = ascii_ ? size_t(begin) : size_t(offsets_[begin]), to = ascii_ ? size_t(end) : size_t(offsets_[end]);
        return text_.substr(from, to - from);
    }

    std::vector<Range> ranges;  // of the last match; [0] is the whole

  private:
    Pattern pattern_;
    Matcher<uint8_t> narrow_;
    Matcher<uint32_t> wide_;
    std::string_view text_;
    std::vector<uint32_t> codes_;
    std::vector<int> offsets_;
    bool ascii_ = true;
    int length_ = 0;
};

}  // namespace sabot::regex
