// Regular expression functions: ~, regexp_*, substring and SIMILAR TO.
#pragma once

#include "regex.hpp"
#include "text.hpp"

namespace sabot {

struct RegexFlags {
    regex::Options options;
    bool global = false;
};

inline RegexFlags regex_flags(std::string_view flags) {
    RegexFlags f;
    auto& o = f.options;
    for (size_t i = 0; i < flags.size();) {
        size_t next = utf8_advance(flags, i, 1);
        switch (flags[i]) {
            case 'g': f.global = true; break;
            case 'c': o.fold = false; break;
            case 'i': o.fold = true; break;
            case 'm': case 'n': o.dot_newline = false; o.line_anchors = true; break;
            case 'p': o.dot_newline = false; o.line_anchors = false; break;
            case 'q': o.literal = true; break;
            case 's': o.dot_newline = true; o.line_anchors = false; break;
            case 't': o.expanded = false; break;
            case 'w': o.dot_newline = true; o.line_anchors = true; break;
            case 'x': o.expanded = true; break;
            case 'b': case 'e':
                throw ValueError{"0A000", std::string("regular expression option \"") + flags[i] + "\" is not supported"};
            default:
                throw ValueError{"22023",
                                 "invalid regular expression option: \"" + std::string(flags.substr(i, next - i)) + "\""};
        }
        i = next;
    }
    return f;
}

// The compiled pattern of the current row; compiled anew only when pattern or flags change.
class RegexCache {
  public:
    regex::Regex& get(std::string_view pattern, const regex::Options& options) {
        uint32_t bits = uint32_t(options.fold) | uint32_t(options.expanded) << 1 | uint32_t(options.literal) << 2 |
                        uint32_t(options.dot_newline) << 3 | uint32_t(options.line_anchors) << 4;
        if (!last_ || pattern != pattern_ || bits != bits_) {
            std::string key(pattern);
            key.push_back(char(bits));
            if (known_.size() > 256) known_.clear();
            auto& slot = known_[key];
            if (!slot) slot = std::make_unique<regex::Regex>(pattern, options);
            last_ = slot.get();
            pattern_ = pattern;
            bits_ = bits;
        }
        return *last_;
    }

  private:
    std::unordered_map<std::string, std::unique_ptr<regex::Regex>> known_;
    regex::Regex* last_ = nullptr;
    std::string pattern_;
    uint32_t bits_ = 0;
};

struct RegexArguments {
    const Columns& args;
    std::string_view flags(size_t k, int64_t i) const { return args.size() > k ? args[k]->bytes(i) : std::string_view(); }
    int number(size_t k, int64_t i, int otherwise, const char* name, int least) const {
        if (args.size() <= k) return otherwise;
        int v = args[k]->value<int32_t>(i);
        if (v < least)
            throw ValueError{"22023", std::string("invalid value for parameter \"") + name + "\": " + std::to_string(v)};
        return v;
    }
};
inline void refuse_global(const RegexFlags& f, const char* function) {
    if (f.global) throw ValueError{"22023", std::string(function) + "() does not support the \"global\" option"};
}

template <bool fold, bool negated>
ColumnPtr regex_operator(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    RegexCache cache;
    regex::Options options;
    options.fold = fold;
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        auto& r = cache.get(args[1]->bytes(i), options);
        r.set_text(args[0]->bytes(i));
        return uint8_t(r.found() != negated);
    });
}
SABOT_KERNEL(regexp_like) {
    RegexCache cache;
    return map_value<uint8_t>(args, o, ctx, [&](int64_t i) {
        auto f = regex_flags(RegexArguments{args}.flags(2, i));
        refuse_global(f, "regexp_like");
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        return uint8_t(r.found());
    });
}

inline void append_groups(const regex::Regex& r, ColumnBuilder& to) {
    if (!r.groups()) to.append_bytes(r.part(r.ranges[0].begin, r.ranges[0].end));
    for (int g = 1; g <= r.groups(); ++g) {
        auto& range = r.ranges[g];
        if (range.begin < 0) to.append_null();
        else to.append_bytes(r.part(range.begin, range.end));
    }
}

// Calls f() for each match from character `from` on, until it returns false. `degenerate`: also empty matches at the
// end of the text and right after the match before (split ignores those).
template <class F>
void each_match(regex::Regex& r, int from, bool captures, bool degenerate, F&& f) {
    int last_end = 0;
    while (from <= r.length() && r.match(from, captures)) {
        auto whole = r.ranges[0];
        if ((degenerate || (whole.begin < r.length() && whole.end > last_end)) && !f()) return;
        last_end = whole.end;
        from = whole.end + (whole.begin == whole.end);
    }
}

SABOT_KERNEL(regexp_match) {
    RegexCache cache;
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto f = regex_flags(RegexArguments{args}.flags(2, i));
        refuse_global(f, "regexp_match");
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        if (!r.match(0, true)) return false;
        append_groups(r, to);
        return true;
    });
}
// One text[] per match.
SABOT_KERNEL(regexp_matches) {
    RegexCache cache;
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto f = regex_flags(RegexArguments{args}.flags(2, i));
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        each_match(r, 0, true, true, [&] {
            append_groups(r, to.child(0));
            to.close_row();
            return f.global;
        });
        return true;
    });
}
SABOT_KERNEL(regexp_split) {
    RegexCache cache;
    return map_list(args, o, ctx, [&](int64_t i, ColumnBuilder& to) {
        auto f = regex_flags(RegexArguments{args}.flags(2, i));
        refuse_global(f, "regexp_split_to_array");
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        int from = 0;
        each_match(r, 0, false, false, [&] {
            to.append_bytes(r.part(from, r.ranges[0].begin));
            from = r.ranges[0].end;
            return true;
        });
        to.append_bytes(r.part(from, r.length()));
        return true;
    });
}

inline void append_replacement(std::string& out, std::string_view by, const regex::Regex& r) {
    for (size_t k = 0; k < by.size(); ++k) {
        if (by[k] != '\\' || k + 1 == by.size()) { out.push_back(by[k]); continue; }
        char c = by[k + 1];
        int group = c == '&' ? 0 : c >= '1' && c <= '9' ? c - '0' : -1;
        if (group < 0) {
            out.push_back('\\');
            k += c == '\\';
            continue;
        }
        ++k;
        if (group <= r.groups() && r.ranges[group].begin >= 0) out += r.part(r.ranges[group].begin, r.ranges[group].end);
    }
}
// Replaces the n-th match from character `from` on; n = 0 replaces all.
inline void append_regexp_replace(std::string& out, regex::Regex& r, std::string_view by, int from, int n) {
    bool captures = by.find('\\') != by.npos;
    int copied = 0, seen = 0;
    while (from <= r.length() && r.match(from, captures)) {
        auto whole = r.ranges[0];
        from = whole.end + (whole.begin == whole.end);
        if (n > 0 && ++seen != n) continue;
        out += r.part(copied, whole.begin);
        append_replacement(out, by, r);
        copied = whole.end;
        if (n > 0) break;
    }
    out += r.part(copied, r.length());
}
// regexp_replace(text, pattern, replacement [, flags])
SABOT_KERNEL(regexp_replace) {
    RegexCache cache;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        auto flags = RegexArguments{args}.flags(3, i);
        if (!flags.empty() && flags[0] >= '0' && flags[0] <= '9')
            throw ValueError{"22023", "invalid regular expression option: \"" + std::string(flags.substr(0, 1)) + "\""};
        auto f = regex_flags(flags);
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        append_regexp_replace(out, r, args[2]->bytes(i), 0, f.global ? 0 : 1);
    });
}
// regexp_replace(text, pattern, replacement, start [, N [, flags]])
SABOT_KERNEL(regexp_replace_from) {
    RegexCache cache;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        RegexArguments a{args};
        int start = a.number(3, i, 1, "start", 1), n = a.number(4, i, 1, "n", 0);
        auto f = regex_flags(a.flags(5, i));
        if (args.size() < 5 && f.global) n = 0;
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        append_regexp_replace(out, r, args[2]->bytes(i), start - 1, n);
    });
}

// regexp_count(text, pattern [, start [, flags]])
SABOT_KERNEL(regexp_count) {
    RegexCache cache;
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        RegexArguments a{args};
        int start = a.number(2, i, 1, "start", 1), count = 0;
        auto f = regex_flags(a.flags(3, i));
        refuse_global(f, "regexp_count");
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        each_match(r, start - 1, false, true, [&] { return ++count, true; });
        return count;
    });
}

// The n-th match from `start`, of it group `sub`; false if there is none.
inline bool nth_match(regex::Regex& r, int start, int n, int sub, regex::Range& range) {
    bool found = false;
    int seen = 0;
    each_match(r, start - 1, sub > 0, true, [&] {
        if (++seen < n) return true;
        found = sub <= r.groups();
        if (found) range = r.ranges[sub];
        return false;
    });
    return found && range.begin >= 0;
}
// regexp_instr(text, pattern [, start [, N [, endoption [, flags [, subexpr]]]]])
SABOT_KERNEL(regexp_instr) {
    RegexCache cache;
    return map_value<int32_t>(args, o, ctx, [&](int64_t i) {
        RegexArguments a{args};
        int start = a.number(2, i, 1, "start", 1), n = a.number(3, i, 1, "n", 1), end = a.number(4, i, 0, "endoption", 0);
        if (end > 1) throw ValueError{"22023", "invalid value for parameter \"endoption\": " + std::to_string(end)};
        int sub = a.number(6, i, 0, "subexpr", 0);
        auto f = regex_flags(a.flags(5, i));
        refuse_global(f, "regexp_instr");
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        regex::Range range;
        return nth_match(r, start, n, sub, range) ? (end ? range.end : range.begin) + 1 : 0;
    });
}
// regexp_substr(text, pattern [, start [, N [, flags [, subexpr]]]])
SABOT_KERNEL(regexp_substr) {
    RegexCache cache;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        RegexArguments a{args};
        int start = a.number(2, i, 1, "start", 1), n = a.number(3, i, 1, "n", 1), sub = a.number(5, i, 0, "subexpr", 0);
        auto f = regex_flags(a.flags(4, i));
        refuse_global(f, "regexp_substr");
        auto& r = cache.get(args[1]->bytes(i), f.options);
        r.set_text(args[0]->bytes(i));
        regex::Range range;
        if (!nth_match(r, start, n, sub, range)) return false;
        out = r.part(range.begin, range.end);
        return true;
    });
}

// The first group of the first match, or all of it if there is no group.
inline bool append_regex_substring(std::string& out, regex::Regex& r, std::string_view text) {
    r.set_text(text);
    if (!r.match(0, r.groups() > 0)) return false;
    auto& range = r.ranges[r.groups() > 0];
    if (range.begin < 0) return false;
    out = r.part(range.begin, range.end);
    return true;
}
SABOT_KERNEL(regex_substring) {
    RegexCache cache;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        return append_regex_substring(out, cache.get(args[1]->bytes(i), {}), args[0]->bytes(i));
    });
}

// A SIMILAR TO pattern as a regular expression; `escape` is one character or empty (none).
inline void append_similar(std::string& out, std::string_view p, std::string_view escape) {
    if (utf8_length(escape) > 1) throw ValueError{"22025", "invalid escape string"};
    out = "^(?:";
    bool escaped = false, in_class = false;
    int separators = 0;
    for (size_t i = 0; i < p.size();) {
        size_t next = utf8_advance(p, i, 1);
        auto c = p.substr(i, next - i);
        i = next;
        if (escaped) {
            if (c == "\"" && !in_class) {
                if (separators == 0) out += "){1,1}?(";
                else if (separators == 1) out += "){1,1}(?:";
                else
                    throw ValueError{"2200C",
                                     "SQL regular expression may not contain more than two escape-double-quote separators"};
                ++separators;
            } else {
                out.push_back('\\');
                out += c;
            }
            escaped = false;
        } else if (!escape.empty() && c == escape) {
            escaped = true;
        } else if (in_class) {
            if (c == "\\") out.push_back('\\');
            out += c;
            if (c == "]") in_class = false;
        } else if (c == "[") {
            out += c;
            in_class = true;
        } else if (c == "%") {
            out += ".*";
        } else if (c == "_") {
            out.push_back('.');
        } else if (c == "(") {
            out += "(?:";
        } else {
            if (c == "\\" || c == "." || c == "^" || c == "$") out.push_back('\\');
            out += c;
        }
    }
    out += ")$";
}
SABOT_KERNEL(similar_to_escape) {
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        append_similar(out, args[0]->bytes(i), args.size() > 1 ? args[1]->bytes(i) : "\\");
    });
}
// The older form, in which no escape is the backslash.
SABOT_KERNEL(similar_escape) {
    return map_text({args[0]}, o, ctx, [&](int64_t i, std::string& out) {
        append_similar(out, args[0]->bytes(i), args[1]->valid(i) ? args[1]->bytes(i) : "\\");
    });
}
// substring(text SIMILAR pattern ESCAPE escape)
SABOT_KERNEL(similar_substring) {
    RegexCache cache;
    std::string pattern;
    return map_text(args, o, ctx, [&](int64_t i, std::string& out) {
        append_similar(pattern, args[1]->bytes(i), args[2]->bytes(i));
        return append_regex_substring(out, cache.get(pattern, {}), args[0]->bytes(i));
    });
}

inline std::vector<KernelEntry> regex_kernels() {
    return {
        {"regex.matches", regex_operator<false, false>}, {"regex.not_matches", regex_operator<false, true>},
        {"regex.imatches", regex_operator<true, false>}, {"regex.not_imatches", regex_operator<true, true>},
        {"regex.like", regexp_like}, {"regex.match", regexp_match}, {"regex.all_matches", regexp_matches},
        {"regex.split", regexp_split}, {"regex.replace", regexp_replace}, {"regex.replace_from", regexp_replace_from},
        {"regex.count", regexp_count}, {"regex.instr", regexp_instr}, {"regex.substr", regexp_substr},
        {"regex.substring", regex_substring}, {"regex.similar_to_escape", similar_to_escape},
        {"regex.similar_escape", similar_escape},
        {"regex.similar_substring", similar_substring},
    };
}

}  // namespace sabot
