// jsonpath: a path evaluated over canonical jsonb text. Lax and strict mode and three-valued predicates as in PostgreSQL.
#pragma once

#include <deque>

#include "datetime_input.hpp"
#include "jsonpath.hpp"
#include "numeric.hpp"
#include "text_output.hpp"

namespace sabot::jsonpath {

enum class Result : uint8_t { Ok, NotFound, Error };
enum class Truth : uint8_t { False, True, Unknown };
enum class Moment : uint8_t { None, Date, Time, Timetz, Timestamp, Timestamptz };

// A value on the way: a view of JSON text, or a moment made by datetime() (whose text is its JSON string).
struct Item {
    std::string_view v;
    Moment moment = Moment::None;
    int64_t at = 0;        // days of a date, microseconds otherwise; with a zone: in UTC
    int32_t offset = 0;    // of timetz, seconds east
    bool is_string() const { return json_is_string(v) && moment == Moment::None; }
};
using Items = std::vector<Item>;

inline const char* moment_name(Moment m) {
    static constexpr const char* names[] = {"", "date", "time without time zone", "time with time zone", "timestamp without time zone", "timestamp with time zone"};
    return names[int(m)];
}

// Where a nested object lies in PostgreSQL's binary jsonb: keyvalue() makes its ids of it.
class Layout {
  public:
    // Offset of the container that `inner` views, inside `outer`; -1 when it is not in there.
    static int64_t offset(std::string_view outer, std::string_view inner) {
        int64_t found = -1;
        size(outer, 0, inner.data(), found);
        return found;
    }

  private:
    static int64_t aligned(int64_t n) { return (n + 3) / 4 * 4; }
    static int64_t number_size(std::string_view text) {
        bool negative = text[0] == '-';
        if (negative) text.remove_prefix(1);
        size_t point = std::min(text.find('.'), text.size());
        std::string whole(text.substr(0, point)), fraction(point < text.size() ? text.substr(point + 1) : "");
        int64_t scale = int64_t(fraction.size());
        whole.insert(0, (4 - whole.size() % 4) % 4, '0');
        fraction.append((4 - fraction.size() % 4) % 4, '0');
        std::string digits = whole + fraction;
        int64_t count = int64_t(digits.size()) / 4, weight = int64_t(whole.size()) / 4 - 1, first = 0;
        auto zero = [&](int64_t i) { return digits.compare(size_t(i) * 4, 4, "0000") == 0; };
        while (first < count && zero(first)) ++first, --weight;
        while (count > first && zero(count - 1)) --count;
        bool brief = scale <= 63 && weight >= -64 && weight <= 63;
        return 4 + (brief ? 2 : 4) + 2 * (count - first);
    }
    // Bytes of the container's own data; `at` is where it starts.
    static int64_t size(std::string_view v, int64_t at, const char* wanted, int64_t& found) {
        if (v.data() == wanted) found = at;
        std::vector<std::string_view> keys, values;
        if (json_is_object(v)) json_members(v, [&](auto k, auto e) { return keys.push_back(k), values.push_back(e), true; });
        else json_elements(v, [&](auto e) { return values.push_back(e), true; });
        int64_t end = at + 4 + 4 * int64_t(keys.size() + values.size());
        for (auto k : keys) end += int64_t(json_unquoted(k).size());
        for (auto e : values) {
            if (json_is_string(e)) end += int64_t(json_unquoted(e).size());
            else if (json_is_number(e)) end = aligned(end) + number_size(e);
            else if (json_is_container(e)) end = aligned(end), end += size(e, end, wanted, found);
        }
        return end - at;
    }
};

class Run {
  public:
    Run(const Path& path, std::string_view root, std::string_view variables, bool silent, bool zoned, const TimeZone& zone)
        : path_(path), root_(root), variables_(variables), throws_(!silent), zoned_(zoned), zone_(zone) {
        if (!json_is_object(variables)) throw ValueError{"22023", "\"vars\" argument is not an object"};
        lenient_ = path.lax;
        current_ = {root};
        base_ = root;
    }

    // All items found; false when an error stopped it (silently).
    bool query(Items& found) { return item(*path_.root, {root_}, &found, path_.lax) != Result::Error; }
    Truth exists() {
        Items found;
        Result r = path_.lax ? item(*path_.root, {root_}, nullptr, true) : item(*path_.root, {root_}, &found, false);
        if (r == Result::Error) return Truth::Unknown;
        return (path_.lax ? r == Result::Ok : !found.empty()) ? Truth::True : Truth::False;
    }

  private:
    Result fail(const char* sqlstate, std::string message) {
        if (throws_) throw ValueError{sqlstate, std::move(message)};
        return Result::Error;
    }
    std::string_view keep(std::string text) { return made_.emplace_back(std::move(text)); }

    Result next(const Node& n, const Item& v, Items* found) { return next(n, v, found, path_.lax); }
    Result next(const Node& n, const Item& v, Items* found, bool unwrap) {
        if (n.next) return item(*n.next, v, found, unwrap);
        if (found) found->push_back(v);
        return Result::Ok;
    }
    // f(element) -> Result for all, stopping at an error, or at the first success when nothing is collected.
    template <class F>
    Result each(std::string_view array, Items* found, F&& f) {
        Result all = Result::NotFound;
        json_elements(array, [&](std::string_view e) {
            Result r = f(Item{e});
            if (r == Result::Error) return all = r, false;
            if (r == Result::Ok) {
                all = r;
                if (!found) return false;
            }
            return true;
        });
        return all;
    }
    Result unwrapped(const Node& n, const Item& v, Items* found) {
        return each(v.v, found, [&](const Item& e) { return item(n, e, found, false); });
    }

    Result item(const Node& n, const Item& v, Items* found, bool unwrap) {
        bool array = v.moment == Moment::None && json_is_array(v.v), object = v.moment == Moment::None && json_is_object(v.v);
        switch (n.op) {
            case Op::Null: return next(n, {"null"}, found);
            case Op::True: return next(n, {"true"}, found);
            case Op::False: return next(n, {"false"}, found);
            case Op::Number: return next(n, {n.text}, found);
            case Op::String: {
                std::string text;
                append_json_string(text, n.text);
                return next(n, {keep(std::move(text))}, found);
            }
            case Op::Variable: {
                auto value = json_member(variables_, n.text, true);
                if (value.empty()) throw ValueError{"42704", "could not find jsonpath variable \"" + n.text + "\""};
                auto saved = base_;
                auto number = base_number_;
                base_ = variables_;
                base_number_ = 1;
                Result r = next(n, {value}, found);
                base_ = saved;
                base_number_ = number;
                return r;
            }
            case Op::Root: {
                auto saved = base_;
                auto number = base_number_;
                base_ = root_;
                base_number_ = 0;
                Result r = next(n, {root_}, found);
                base_ = saved;
                base_number_ = number;
                return r;
            }
            case Op::Current: return next(n, current_, found);
            case Op::Last:
                return next(n, {keep(std::to_string(array_size_ - 1))}, found);
            case Op::Key:
                if (object) {
                    auto value = json_member(v.v, n.text, true);
                    if (!value.empty()) return next(n, {value}, found);
                    return lenient_ ? Result::NotFound : fail("2203A", "JSON object does not contain key \"" + n.text + "\"");
                }
                if (unwrap && array) return unwrapped(n, v, found);
                return lenient_ ? Result::NotFound : fail("2203A", "jsonpath member accessor can only be applied to an object");
            case Op::AnyKey:
                if (object) return below(n.next.get(), v, found, 1, 1, 1, false);
                if (unwrap && array) return unwrapped(n, v, found);
                return lenient_ ? Result::NotFound : fail("2203C", "jsonpath wildcard member accessor can only be applied to an object");
            case Op::AnyArray:
                if (array) return below(n.next.get(), v, found, 1, 1, 1, false);
                if (path_.lax) return next(n, v, found);
                return lenient_ ? Result::NotFound : fail("22039", "jsonpath wildcard array accessor can only be applied to an array");
            case Op::Any: {
                Result all = Result::NotFound;
                if (n.first == 0) {
                    bool saved = lenient_;
                    lenient_ = true;
                    all = next(n, v, found);
                    lenient_ = saved;
                    if (all == Result::Error || (all == Result::Ok && !found)) return all;
                }
                if (!array && !object) return all;
                Result r = below(n.next.get(), v, found, 1, n.first, n.last, true);
                return r == Result::NotFound ? all : r;
            }
            case Op::Index: return index(n, v, found, array);
            case Op::Filter: {
                if (unwrap && array) return unwrapped(n, v, found);
                Item saved = current_;
                current_ = v;
                Truth t = truth(*n.left, v);
                current_ = saved;
                return t == Truth::True ? next(n, v, found) : Result::NotFound;
            }
            case Op::Method: return method(n, v, found, unwrap);
            case Op::Datetime: return unwrap && array ? unwrapped(n, v, found) : datetime(n, v, found);
            case Op::Add: case Op::Sub: case Op::Mul: case Op::Div: case Op::Mod: return arithmetic(n, v, found);
            case Op::Plus: case Op::Minus: {
                Items operands;
                Result r = collect(*n.left, v, true, operands);
                if (r == Result::Error) return r;
                r = Result::NotFound;
                for (auto& x : operands) {
                    if (!is_number(x)) return fail("2203B", std::string("operand of unary jsonpath operator ") + symbol_of(n.op) + " is not a numeric value");
                    Item made = n.op == Op::Plus ? x : Item{keep(numeric_to_text(numeric_neg(number(x))))};
                    Result one = next(n, made, found);
                    if (one == Result::Error) return one;
                    if (one == Result::Ok) {
                        r = one;
                        if (!found) return r;
                    }
                }
                return r;
            }
            default: {
                Truth t = truth(n, v);
                return next(n, {t == Truth::Unknown ? "null" : t == Truth::True ? "true" : "false"}, found);
            }
        }
    }
    // The values `first` to `last` levels below a container, in document order.
    Result below(const Node* then, const Item& v, Items* found, uint32_t level, uint32_t first, uint32_t last, bool lenient) {
        Result all = Result::NotFound;
        if (level > last) return all;
        std::vector<std::string_view> values;
        if (json_is_object(v.v)) json_members(v.v, [&](auto, auto e) { return values.push_back(e), true; });
        else json_elements(v.v, [&](auto e) { return values.push_back(e), true; });
        for (auto e : values) {
            bool container = json_is_container(e);
            if (level >= first || (first == UINT32_MAX && last == UINT32_MAX && !container)) {
                Result r = Result::Ok;
                if (then) {
                    bool saved = lenient_;
                    if (lenient) lenient_ = true;
                    r = item(*then, {e}, found, path_.lax);
                    lenient_ = saved;
                } else if (found) {
                    found->push_back({e});
                }
                if (r == Result::Error) return r;
                if (r == Result::Ok) all = r;
                if (r == Result::Ok && !found) return r;
            }
            if (level < last && container) {
                Result r = below(then, {e}, found, level + 1, first, last, lenient);
                if (r == Result::Error) return r;
                if (r == Result::Ok) all = r;
                if (r == Result::Ok && !found) return r;
            }
        }
        return all;
    }
    Result index(const Node& n, const Item& v, Items* found, bool array) {
        if (!array && !path_.lax) return lenient_ ? Result::NotFound : fail("22039", "jsonpath array accessor can only be applied to an array");
        int64_t saved = array_size_, size = array ? json_count(v.v) : 1;
        array_size_ = size;
        Result all = Result::NotFound;
        auto run = [&]() -> Result {
            for (auto& [from_node, to_node] : n.subscripts) {
                int64_t from = 0, to = 0;
                if (Result r = subscript(*from_node, v, from); r != Result::Ok) return r;
                to = from;
                if (to_node)
                    if (Result r = subscript(*to_node, v, to); r != Result::Ok) return r;
                if (!lenient_ && (from < 0 || from > to || to >= size)) return fail("22033", "jsonpath array subscript is out of bounds");
                from = std::max<int64_t>(from, 0);
                to = std::min(to, size - 1);
                for (int64_t k = from; k <= to; ++k) {
                    Result r = next(n, array ? Item{json_element(v.v, k)} : v, found);
                    if (r == Result::Error) return r;
                    if (r == Result::Ok) all = r;
                    if (r == Result::Ok && !found) return r;
                }
            }
            return all;
        };
        Result r = run();
        array_size_ = saved;
        return r;
    }
    Result subscript(const Node& n, const Item& v, int64_t& out) {
        Items found;
        Result r = item(n, v, &found, path_.lax);
        if (r == Result::Error) return r;
        if (found.size() != 1 || !is_number(found[0])) return fail("22033", "jsonpath array subscript is not a single numeric value");
        auto value = numeric_to_int64(numeric_trunc(number(found[0]), 0));
        if (!value || *value > INT_MAX || *value < INT_MIN) return fail("22033", "jsonpath array subscript is out of integer range");
        out = *value;
        return Result::Ok;
    }

    static bool is_number(const Item& v) { return v.moment == Moment::None && json_is_number(v.v); }
    static std::string number(const Item& v) { return numeric_from_text(std::string(v.v)); }

    Result collect(const Node& n, const Item& v, bool unwrap, Items& out) {
        if (!unwrap || !path_.lax) return item(n, v, &out, path_.lax);
        Items seen;
        Result r = item(n, v, &seen, true);
        if (r == Result::Error) return r;
        for (auto& x : seen) {
            if (x.moment == Moment::None && json_is_array(x.v)) json_elements(x.v, [&](auto e) { return out.push_back({e}), true; });
            else out.push_back(x);
        }
        return Result::Ok;
    }
    Result quietly(const Node& n, const Item& v, bool unwrap, Items& out) {
        bool saved = throws_;
        throws_ = false;
        Result r = collect(n, v, unwrap, out);
        throws_ = saved;
        return r;
    }
    Result arithmetic(const Node& n, const Item& v, Items* found) {
        Items left, right;
        if (Result r = collect(*n.left, v, true, left); r == Result::Error) return r;
        if (Result r = collect(*n.right, v, true, right); r == Result::Error) return r;
        auto wrong = [&](const char* side) {
            return fail("22038", std::string(side) + " operand of jsonpath operator " + symbol_of(n.op) + " is not a single numeric value");
        };
        if (left.size() != 1 || !is_number(left[0])) return wrong("left");
        if (right.size() != 1 || !is_number(right[0])) return wrong("right");
        std::string a = number(left[0]), b = number(right[0]), r;
        try {
            switch (n.op) {
                case Op::Add: r = numeric_add(a, b); break;
                case Op::Sub: r = numeric_sub(a, b); break;
                case Op::Mul: r = numeric_mul(a, b); break;
                case Op::Div: r = numeric_div(a, b); break;
                default: r = numeric_mod(a, b);
            }
        } catch (const ValueError& e) {
            return fail(e.sqlstate, e.message);
        }
        return next(n, {keep(numeric_to_text(r))}, found);
    }
    Result method(const Node& n, const Item& v, Items* found, bool unwrap) {
        bool array = v.moment == Moment::None && json_is_array(v.v);
        const std::string& name = n.text;
        auto wrong = [&](const char* sqlstate, const char* what) {
            return fail(sqlstate, "jsonpath item method ." + name + "() can only be applied to " + what);
        };
        if (name == "type") {
            std::string text = "\"" + std::string(v.moment != Moment::None ? moment_name(v.moment) : json_type_name(v.v)) + "\"";
            return next(n, {keep(text)}, found);
        }
        if (name == "size") {
            if (!array && !path_.lax) return lenient_ ? Result::NotFound : wrong("22039", "an array");
            return next(n, {keep(std::to_string(array ? json_count(v.v) : 1))}, found);
        }
        if (unwrap && array) return unwrapped(n, v, found);
        if (name == "keyvalue") return key_values(n, v, found);
        if (name == "double") {
            if (is_number(v)) {
                if (std::isinf(numeric_to_double(number(v))))
                    return fail("22036", "numeric argument of jsonpath item method .double() is out of range for type double precision");
                return next(n, v, found);
            }
            if (!v.is_string()) return wrong("22036", "a string or numeric value");
            std::string text = json_unquoted(v.v);
            auto trimmed = std::string_view(text);
            while (!trimmed.empty() && json_blank(trimmed.front())) trimmed.remove_prefix(1);
            while (!trimmed.empty() && json_blank(trimmed.back())) trimmed.remove_suffix(1);
            if (trimmed.starts_with('+')) trimmed.remove_prefix(1);
            double d = 0;
            auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), d);
            if (error != std::errc() || end != trimmed.data() + trimmed.size() || !std::isfinite(d))
                return fail("22036", "string argument of jsonpath item method .double() is not a valid representation of a double precision number");
            return next(n, {keep(numeric_to_text(numeric_from_double(d)))}, found);
        }
        if (!is_number(v)) return wrong("22036", "a numeric value");
        std::string x = number(v);
        return next(n, {keep(numeric_to_text(name == "abs" ? numeric_abs(x) : numeric_floor_ceil(x, name == "ceiling")))}, found);
    }
    Result key_values(const Node& n, const Item& v, Items* found) {
        if (v.moment != Moment::None || !json_is_object(v.v)) return fail("2203C", "jsonpath item method .keyvalue() can only be applied to an object");
        int64_t offset = std::max<int64_t>(0, Layout::offset(base_, v.v));
        std::string id = std::to_string(base_number_ * 10000000000ll + offset);
        std::vector<std::string_view> made;
        json_members(v.v, [&](std::string_view k, std::string_view e) {
            made.push_back(keep("{\"id\": " + id + ", \"key\": " + std::string(k) + ", \"value\": " + std::string(e) + "}"));
            return true;
        });
        Result all = Result::NotFound;
        for (auto m : made) {
            auto saved = base_;
            auto saved_number = base_number_;
            base_ = m;
            base_number_ = ++generated_ + 1;
            Result r = next(n, {m}, found);
            base_ = saved;
            base_number_ = saved_number;
            if (r == Result::Error) return r;
            if (r == Result::Ok) all = r;
            if (r == Result::Ok && !found) return r;
        }
        return all;
    }

    Truth truth(const Node& n, const Item& v) {
        switch (n.op) {
            case Op::And: case Op::Or: {
                Truth decides = n.op == Op::And ? Truth::False : Truth::True;
                Truth a = truth(*n.left, v);
                if (a == decides) return a;
                Truth b = truth(*n.right, v);
                if (b == decides) return b;
                return a == Truth::Unknown || b == Truth::Unknown ? Truth::Unknown : a;
            }
            case Op::Not: {
                Truth a = truth(*n.left, v);
                return a == Truth::Unknown ? a : a == Truth::True ? Truth::False : Truth::True;
            }
            case Op::IsUnknown: return truth(*n.left, v) == Truth::Unknown ? Truth::True : Truth::False;
            case Op::Exists: {
                Items found;
                bool saved = throws_;
                throws_ = false;
                Result r = path_.lax ? item(*n.left, v, nullptr, true) : item(*n.left, v, &found, false);
                throws_ = saved;
                if (r == Result::Error) return Truth::Unknown;
                return (path_.lax ? r == Result::Ok : !found.empty()) ? Truth::True : Truth::False;
            }
            case Op::LikeRegex:
                return some(n, v, [&](const Item& a, const Item&) {
                    if (!a.is_string()) return Truth::Unknown;
                    std::string text = json_unquoted(a.v);
                    n.pattern->set_text(text);
                    return n.pattern->found() ? Truth::True : Truth::False;
                });
            case Op::StartsWith:
                return some(n, v, [&](const Item& a, const Item& b) {
                    if (!a.is_string() || !b.is_string()) return Truth::Unknown;
                    return json_unquoted(a.v).starts_with(json_unquoted(b.v)) ? Truth::True : Truth::False;
                });
            default: return some(n, v, [&](const Item& a, const Item& b) { return compared(n.op, a, b); });
        }
    }
    // A predicate over all pairs of operands: lax mode is content with one that holds, strict mode wants no error.
    template <class F>
    Truth some(const Node& n, const Item& v, F&& holds) {
        Items left, right;
        if (quietly(*n.left, v, true, left) == Result::Error) return Truth::Unknown;
        if (!n.right) right.push_back({"null"});
        else if (quietly(*n.right, v, n.op != Op::StartsWith, right) == Result::Error) return Truth::Unknown;
        bool unknown = false, any = false;
        for (auto& a : left)
            for (auto& b : right) {
                Truth t = holds(a, b);
                if (t == Truth::Unknown) {
                    if (!path_.lax) return t;
                    unknown = true;
                } else if (t == Truth::True) {
                    if (path_.lax) return t;
                    any = true;
                }
            }
        return any ? Truth::True : unknown ? Truth::Unknown : Truth::False;
    }
    static Truth as_truth(Op op, int c) {
        bool t = false;
        switch (op) {
            case Op::Equal: t = c == 0; break;
            case Op::NotEqual: t = c != 0; break;
            case Op::Less: t = c < 0; break;
            case Op::Greater: t = c > 0; break;
            case Op::LessEqual: t = c <= 0; break;
            default: t = c >= 0;
        }
        return t ? Truth::True : Truth::False;
    }
    Truth compared(Op op, const Item& a, const Item& b) {
        auto kind = [](const Item& x) { return x.moment != Moment::None ? 'd' : is_number(x) ? '0' : x.v[0] == 'f' ? 't' : x.v[0]; };
        char x = kind(a), y = kind(b);
        if (x != y) {
            if (x == 'n' || y == 'n') return op == Op::NotEqual ? Truth::True : Truth::False;
            return Truth::Unknown;
        }
        switch (x) {
            case 'n': return as_truth(op, 0);
            case 't': return as_truth(op, int(a.v[0] == 't') - int(b.v[0] == 't'));
            case '0': return as_truth(op, numeric_compare(number(a), number(b)));
            case '"': return as_truth(op, json_unquoted(a.v).compare(json_unquoted(b.v)));
            case 'd': return moments(op, a, b);
            default: return Truth::Unknown;
        }
    }

    Truth moments(Op op, const Item& a, const Item& b) {
        auto clock = [](Moment m) { return m == Moment::Time || m == Moment::Timetz; };
        if (clock(a.moment) != clock(b.moment)) return Truth::Unknown;
        auto has_zone = [](Moment m) { return m == Moment::Timetz || m == Moment::Timestamptz; };
        bool mixed = has_zone(a.moment) != has_zone(b.moment);
        if (mixed && !zoned_) {
            const Item& plain = has_zone(a.moment) ? b : a;
            const Item& other = has_zone(a.moment) ? a : b;
            throw ValueError{"0A000", std::string("cannot convert value from ") + short_name(plain.moment) + " to " + short_name(other.moment) + " without time zone usage"};
        }
        if (mixed && clock(a.moment)) throw ValueError{"0A000", "jsonpath's comparison of times with and without time zone is not supported"};
        auto micros = [&](const Item& x) -> int64_t {
            int64_t t = x.moment == Moment::Date ? x.at * 86400000000ll : x.at;
            if (x.moment == Moment::Timetz) return t - x.offset * 1000000ll;
            return !mixed || has_zone(x.moment) ? t : zone_.to_utc(t);
        };
        int64_t x = micros(a), y = micros(b);
        if (x == y && a.moment == Moment::Timetz && b.moment == Moment::Timetz && a.offset != b.offset) return as_truth(op, a.offset > b.offset ? -1 : 1);
        return as_truth(op, x < y ? -1 : x > y ? 1 : 0);
    }
    static const char* short_name(Moment m) {
        static constexpr const char* names[] = {"", "date", "time", "timetz", "timestamp", "timestamptz"};
        return names[int(m)];
    }
    // datetime(): the ISO forms of date, time and timestamp.
    Result datetime(const Node& n, const Item& v, Items* found) {
        if (!v.is_string()) return fail("22031", "jsonpath item method .datetime() can only be applied to a string");
        std::string text = json_unquoted(v.v);
        Item made;
        if (!read_moment(text, made)) return fail("22031", "datetime format is not recognized: \"" + text + "\"");
        std::string out = "\"";
        if (made.moment == Moment::Date) append_date(out, int32_t(made.at));
        else if (made.moment == Moment::Time || made.moment == Moment::Timetz) append_time(out, made.at);
        else append_timestamp(out, made.at + (made.moment == Moment::Timestamptz ? made.offset * 1000000ll : 0));
        if (size_t blank = out.find(' '); blank != out.npos) out[blank] = 'T';
        if (made.moment == Moment::Timetz || made.moment == Moment::Timestamptz) {
            int minutes = std::abs(made.offset) / 60;
            out += made.offset < 0 ? '-' : '+';
            append_padded(out, minutes / 60, 2);
            out += ':';
            append_padded(out, minutes % 60, 2);
        }
        out += '"';
        made.v = keep(std::move(out));
        return next(n, made, found);
    }
    static bool read_moment(std::string_view s, Item& out) {
        size_t at = 0;
        auto number = [&](int& v, size_t most) {
            size_t from = at;
            v = 0;
            while (at < s.size() && at - from < most && detail::is_digit(s[at])) v = v * 10 + (s[at++] - '0');
            return at > from;
        };
        auto sign = [&](char c) { return at < s.size() && s[at] == c && ++at; };
        int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
        bool date = s.size() > 4 && s.find('-', 1) == 4, time = false, zone = false;
        int32_t offset = 0;
        if (date) {
            if (!number(year, 4) || !sign('-') || !number(month, 2) || !sign('-') || !number(day, 2)) return false;
            if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
            if (at < s.size() && !sign(' ') && !sign('T')) return false;
            time = at < s.size();
        } else {
            time = true;
        }
        if (time) {
            if (!number(hour, 2) || !sign(':') || !number(minute, 2) || !sign(':') || !number(second, 2)) return false;
            if (hour > 23 || minute > 59 || second > 59) return false;
            if (sign('.')) {
                size_t from = at;
                if (!number(micros, 6)) return false;
                for (size_t k = at - from; k < 6; ++k) micros *= 10;
            }
            if (at < s.size() && (s[at] == '+' || s[at] == '-')) {
                bool negative = s[at++] == '-';
                int hours = 0, minutes = 0;
                if (!number(hours, 2)) return false;
                if (sign(':') && !number(minutes, 2)) return false;
                zone = true;
                offset = (hours * 60 + minutes) * 60 * (negative ? -1 : 1);
            }
        }
        if (at != s.size()) return false;
        int64_t clock = ((hour * 60ll + minute) * 60 + second) * 1000000 + micros, days = date ? days_from_civil(year, month, day) : 0;
        out.offset = offset;
        if (date && !time) out.moment = Moment::Date, out.at = days;
        else if (!date) out.moment = zone ? Moment::Timetz : Moment::Time, out.at = clock;
        else out.moment = zone ? Moment::Timestamptz : Moment::Timestamp, out.at = days * 86400000000ll + clock - offset * 1000000ll;
        return true;
    }

    const Path& path_;
    std::string_view root_, variables_;
    bool throws_, zoned_;
    const TimeZone& zone_;
    bool lenient_ = true;
    Item current_;
    std::string_view base_;
    int64_t base_number_ = 0, generated_ = 0, array_size_ = 0;
    std::deque<std::string> made_;
};

}  // namespace sabot::jsonpath
