// Aggregate functions whose state is a fixed-size struct per group and that are linear: an update adds weight
// times a value, so a retraction is an addition of weight -1. NULL arguments are skipped (SQL's strictness).
//
// Every sum is exact (128 bits, NumericSum, ExactSum), so that the result is a function of the multiset of
// inputs: neither order nor cutting nor retraction leaves a trace.
#pragma once

#include <memory>

#include "exact_sum.hpp"
#include "numeric_sum.hpp"
#include "ordered_multiset.hpp"

namespace sabot {

// One aggregate call as the kernels see it; columns are positions in the input chunk.
struct CallSpec {
    std::string function;
    std::vector<int64_t> args;
    std::vector<Type> arg_types;
    Type result;
    bool distinct = false;
    int64_t filter = -1;
    std::vector<OrderColumn> order;
    std::vector<Type> order_types;
    std::vector<double> fractions;  // percentile_*: NaN stands for NULL
    bool fraction_list = false;
    std::string delimiter;          // string_agg with a constant delimiter
    std::vector<uint8_t> raw_json;  // json aggregates, per argument: the text is JSON already
    bool append_only = false;
};

class Accumulator {
  public:
    virtual ~Accumulator() = default;
    virtual size_t size() const = 0;
    virtual void construct(uint8_t* state) const = 0;
    virtual void destroy(uint8_t* state, uint64_t slot) const = 0;
    // Adds rows [from, to) of `in` with `weights` (0: not at all); states[row] + offset is the group's state.
    virtual void update(const Chunk& in, int64_t from, int64_t to, const int64_t* weights, uint8_t* const* states, size_t offset,
                        const uint32_t* slots) const = 0;
    // Appends the result; throws ValueError before appending.
    virtual void finish(const uint8_t* state, ColumnBuilder& out) const = 0;
    virtual void save(const uint8_t* state, std::string& out) const = 0;
    virtual void load(uint8_t* state, std::string_view bytes) const = 0;
};

namespace acc {

struct Args {
    const Column* x = nullptr;
    const Column* y = nullptr;
};

inline double as_double(const Column& c, int64_t row) {
    switch (c.kind) {
        case Kind::Float8: return c.value<double>(row);
        case Kind::Float4: return c.value<float>(row);
        case Kind::Int2: return c.value<int16_t>(row);
        case Kind::Int4: return c.value<int32_t>(row);
        case Kind::Int8: return double(c.value<int64_t>(row));
        case Kind::Numeric: return numeric_to_double(c.bytes(row));
        default: return 0;
    }
}
inline void append_double(ColumnBuilder& out, double v) {
    if (out.type().kind == Kind::Float4) out.append(float(v));
    else out.append(v);
}
inline void append_int128(ColumnBuilder& out, i128 v) {
    switch (out.type().kind) {
        case Kind::Numeric: return out.append_bytes(numeric_from_int128(v));
        case Kind::Float8: return out.append(double(v));
        case Kind::Int4:
            if (v != int32_t(v)) throw ValueError{"22003", "integer out of range"};
            return out.append(int32_t(v));
        default:
            if (v != int64_t(v)) throw ValueError{"22003", "bigint out of range"};
            return out.append(int64_t(v));
    }
}

struct Count {
    int64_t n = 0;
    void add(const Args&, int64_t, int64_t w) { n += w; }
    void finish(const CallSpec&, ColumnBuilder& out) const { out.append(n); }
};

template <class T>
struct IntSum {
    i128 sum = 0;
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        sum += i128(a.x->value<T>(i)) * w;
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        if (n == 0) return out.append_null();
        if (call.function == "sum") return append_int128(out, sum);
        if (out.type().kind == Kind::Float8) return out.append(double(sum) / double(n));
        out.append_bytes(numeric_div(numeric_from_int128(sum), numeric_from_int(n)));
    }
};

struct Decimals {
    NumericSum sum;
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        sum.add(a.x->bytes(i), w);
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        if (n == 0) return out.append_null();
        out.append_bytes(call.function == "sum" ? sum.sum() : sum.avg(n));
    }
    void save(std::string& out) const {
        detail::put(out, n);
        out += sum.serialize();
    }
    void load(std::string_view b) {
        const char* p = b.data();
        n = detail::get<int64_t>(p);
        sum = NumericSum::deserialize(b.substr(8));
    }
};

struct Floats {
    ExactSum sum;
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        sum.add(as_double(*a.x, i), w);
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        if (n == 0) return out.append_null();
        double v = sum.value();
        bool finite = sum.special() == 0;
        if (finite && (std::isinf(v) || (out.type().kind == Kind::Float4 && std::isinf(float(v)))))
            throw ValueError{"22003", "value out of range: overflow"};
        append_double(out, call.function == "sum" ? v : v / double(n));
    }
    void save(std::string& out) const {
        detail::put(out, n);
        out += sum.serialize();
    }
    void load(std::string_view b) {
        const char* p = b.data();
        n = detail::get<int64_t>(p);
        sum = ExactSum::deserialize(b.substr(8));
    }
};

// 256-bit integers, summed as numerics.
inline std::string int256_numeric(const Int256& v) {
    bool minus = v.limbs[3] >> 63;
    detail::Limbs l;
    uint64_t carry = 1;
    for (uint64_t x : v.limbs) {
        if (minus) {
            x = ~x + carry;
            carry = carry && x == 0;
        }
        l.push_back(uint32_t(x));
        l.push_back(uint32_t(x >> 32));
    }
    big::trim(l);
    return numeric_encode(minus, 0, l);
}
struct WideInts : Decimals {
    void add(const Args& a, int64_t i, int64_t w) {
        sum.add(int256_numeric(a.x->value<Int256>(i)), w);
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        if (n == 0) return out.append_null();
        if (call.function == "avg") {
            auto mean = sum.avg(n);
            return out.type().kind == Kind::Float8 ? out.append(numeric_to_double(mean)) : out.append_bytes(mean);
        }
        auto total = sum.sum();
        if (out.type().kind == Kind::Numeric) return out.append_bytes(total);
        NumericView v(total);
        Int256 r{};
        if (v.size > 32) throw ValueError{"22003", "rw_int256 out of range"};
        std::memcpy(r.limbs, v.magnitude, v.size);
        if (r.limbs[3] >> 63) throw ValueError{"22003", "rw_int256 out of range"};
        if (v.tag == kNumNegative) {
            uint64_t carry = 1;
            for (auto& x : r.limbs) {
                x = ~x + carry;
                carry = carry && x == 0;
            }
        }
        out.append(r);
    }
};

struct Intervals {
    i128 micros = 0;
    int64_t days = 0, months = 0, n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        const Interval& v = a.x->value<Interval>(i);
        micros += i128(v.micros) * w;
        days += v.days * w;
        months += v.months * w;
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        if (n == 0) return out.append_null();
        if (micros != int64_t(micros) || days != int32_t(days) || months != int32_t(months))
            throw ValueError{"22008", "interval out of range"};
        Interval total{int64_t(micros), int32_t(days), int32_t(months)};
        out.append(call.function == "sum" ? total : divided(total, double(n)));
    }
    // The fraction of a month spills into days of 1/30 month, that of a day into time, rounded to microseconds.
    static Interval divided(const Interval& v, double by) {
        auto micro = [](double x) { return std::rint(x * 1e6) / 1e6; };
        Interval r{0, int32_t(v.days / by), int32_t(v.months / by)};
        double spill_days = micro((v.months / by - r.months) * 30);
        double seconds = micro((v.days / by - r.days + spill_days - int(spill_days)) * 86400);
        if (std::fabs(seconds) >= 86400) {
            r.days += int(seconds / 86400);
            seconds -= int(seconds / 86400) * 86400.0;
        }
        r.days += int(spill_days);
        r.micros = int64_t(std::rint(double(v.micros) / by + seconds * 1e6));
        return r;
    }
};

struct Bools {
    int64_t yes = 0, no = 0;
    void add(const Args& a, int64_t i, int64_t w) { (a.x->value<uint8_t>(i) ? yes : no) += w; }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        if (yes == 0 && no == 0) return out.append_null();
        out.append(uint8_t(call.function == "bool_or" ? yes > 0 : no == 0));
    }
};

// How many values have each bit: enough for and, or and xor under retraction.
template <class T>
struct Bits {
    int64_t n = 0;
    int64_t ones[sizeof(T) * 8] = {};
    void add(const Args& a, int64_t i, int64_t w) {
        auto v = std::make_unsigned_t<T>(a.x->value<T>(i));
        n += w;
        for (; v; v &= v - 1) ones[std::countr_zero(v)] += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        if (n == 0) return out.append_null();
        bool all = call.function == "bit_and", any = call.function == "bit_or";
        std::make_unsigned_t<T> v = 0;
        for (size_t b = 0; b < sizeof(T) * 8; ++b)
            if (all ? ones[b] == n : any ? ones[b] > 0 : ones[b] & 1) v |= std::make_unsigned_t<T>(1) << b;
        out.append(T(v));
    }
};

struct Moments {  // what a name asks for: variance or its root, of a sample or the population
    static bool root(const std::string& f) { return f.starts_with("stddev"); }
    static bool sample(const std::string& f) { return !f.ends_with("_pop"); }
};

template <class T>
struct IntMoments {
    i128 sum = 0, squares = 0;
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        i128 v = a.x->value<T>(i);
        sum += v * w;
        squares += v * v * w;
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        bool sample = Moments::sample(call.function);
        if (n < (sample ? 2 : 1)) return out.append_null();
        auto v = numeric_variance(numeric_from_int128(sum), numeric_from_int128(squares), n, sample, Moments::root(call.function));
        if (out.type().kind == Kind::Float8) out.append(numeric_to_double(v));
        else out.append_bytes(v);
    }
};

struct DecimalMoments {
    NumericSum sum, squares;
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        if (a.x->kind == Kind::Int8) {
            auto v = numeric_from_int(a.x->value<int64_t>(i));
            sum.add(v, w);
            squares.add(numeric_mul(v, v), w);
        } else {
            auto v = a.x->bytes(i);
            sum.add(v, w);
            squares.add(numeric_mul(v, v), w);
        }
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        bool sample = Moments::sample(call.function);
        if (n < (sample ? 2 : 1)) return out.append_null();
        auto v = numeric_variance(sum.sum(), squares.sum(), n, sample, Moments::root(call.function));
        if (out.type().kind == Kind::Float8) out.append(numeric_to_double(v));
        else out.append_bytes(v);
    }
    void save(std::string& out) const {
        auto a = sum.serialize();
        detail::put(out, n);
        detail::put(out, int64_t(a.size()));
        out += a;
        out += squares.serialize();
    }
    void load(std::string_view b) {
        const char* p = b.data();
        n = detail::get<int64_t>(p);
        size_t size = size_t(detail::get<int64_t>(p));
        sum = NumericSum::deserialize(b.substr(16, size));
        squares = NumericSum::deserialize(b.substr(16 + size));
    }
};

// n * sum(xy) - sum(x) * sum(y), exact until the last rounding, over n.
inline double centred(const ExactSum& xy, const ExactSum& x, const ExactSum& y, int64_t n) {
    return subtract(multiply(binary_of(n), xy.exact()), multiply(x.exact(), y.exact())).to_double() / double(n);
}

struct FloatMoments {
    ExactSum sum, squares;
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        double v = as_double(*a.x, i);
        sum.add(v, w);
        squares.add_product(v, v, w);
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        bool sample = Moments::sample(call.function);
        if (n < (sample ? 2 : 1)) return out.append_null();
        double v = std::nan("");
        if (sum.special() == 0) {
            v = centred(squares, sum, sum, n) / double(sample ? n - 1 : n);
            if (std::isinf(v)) throw ValueError{"22003", "value out of range: overflow"};
        }
        append_double(out, Moments::root(call.function) ? std::sqrt(v) : v);
    }
    void save(std::string& out) const {
        detail::put(out, n);
        for (auto* s : {&sum, &squares}) {
            auto b = s->serialize();
            detail::put(out, int64_t(b.size()));
            out += b;
        }
    }
    void load(std::string_view b) {
        const char* p = b.data();
        n = detail::get<int64_t>(p);
        for (auto* s : {&sum, &squares}) {
            size_t size = size_t(detail::get<int64_t>(p));
            *s = ExactSum::deserialize({p, size});
            p += size;
        }
    }
};

// corr, covar_*, regr_*: the first argument is Y, the second X.
struct Regression {
    ExactSum sx, sy, sxx, syy, sxy;
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t w) {
        double y = as_double(*a.x, i), x = as_double(*a.y, i);
        sx.add(x, w);
        sy.add(y, w);
        sxx.add_product(x, x, w);
        syy.add_product(y, y, w);
        sxy.add_product(x, y, w);
        n += w;
    }
    void finish(const CallSpec& call, ColumnBuilder& out) const {
        const std::string& f = call.function;
        if (f == "regr_count") return out.append(n);
        if (n < (f == "covar_samp" ? 2 : 1)) return out.append_null();
        if (f == "regr_avgx") return out.append(sx.value() / double(n));
        if (f == "regr_avgy") return out.append(sy.value() / double(n));
        bool odd_x = sx.special() != 0, odd_y = sy.special() != 0;
        double nan = std::nan("");
        double xx = odd_x ? nan : centred(sxx, sx, sx, n), yy = odd_y ? nan : centred(syy, sy, sy, n);
        double xy = odd_x || odd_y ? nan : centred(sxy, sx, sy, n);
        if (f == "regr_sxx") return out.append(xx);
        if (f == "regr_syy") return out.append(yy);
        if (f == "regr_sxy") return out.append(xy);
        if (f == "covar_pop") return out.append(xy / double(n));
        if (f == "covar_samp") return out.append(xy / double(n - 1));
        if (f == "corr") return xx == 0 || yy == 0 ? out.append_null() : out.append(xy / std::sqrt(xx * yy));
        if (xx == 0) return out.append_null();
        if (f == "regr_r2") return out.append(yy == 0 ? 1.0 : (xy * xy) / (xx * yy));
        if (f == "regr_slope") return out.append(xy / xx);
        out.append((sy.value() - sx.value() * xy / xx) / double(n));  // regr_intercept
    }
    void save(std::string& out) const {
        detail::put(out, n);
        for (auto* s : {&sx, &sy, &sxx, &syy, &sxy}) {
            auto b = s->serialize();
            detail::put(out, int64_t(b.size()));
            out += b;
        }
    }
    void load(std::string_view b) {
        const char* p = b.data();
        n = detail::get<int64_t>(p);
        for (auto* s : {&sx, &sy, &sxx, &syy, &sxy}) {
            size_t size = size_t(detail::get<int64_t>(p));
            *s = ExactSum::deserialize({p, size});
            p += size;
        }
    }
};

// min and max of an input that never retracts: one value.
template <class T, bool least>
struct Extreme {
    T value{};
    int64_t n = 0;
    void add(const Args& a, int64_t i, int64_t) {
        T v = a.x->value<T>(i);
        if (n == 0 || (least ? v < value : v > value)) value = v;
        n = 1;
    }
    void finish(const CallSpec&, ColumnBuilder& out) const {
        if (n) out.append(value);
        else out.append_null();
    }
};
template <bool least>
struct AnyExtreme {
    std::string key, value;  // order key and encoded value
    void add(const Args& a, int64_t i, int64_t) {
        std::string k;
        append_order_key(*a.x, i, false, false, k);
        if (!key.empty() && (least ? k >= key : k <= key)) return;
        key.swap(k);
        value.clear();
        encode_value(*a.x, i, value);
    }
    void finish(const CallSpec&, ColumnBuilder& out) const {
        if (key.empty()) out.append_null();
        else decode_value(value.data(), out);
    }
    void save(std::string& out) const {
        detail::put(out, uint32_t(key.size()));
        out += key;
        out += value;
    }
    void load(std::string_view b) {
        const char* p = b.data();
        uint32_t n = detail::get<uint32_t>(p);
        key = std::string(b.substr(4, n));
        value = std::string(b.substr(4 + n));
    }
};

template <class S>
class Linear : public Accumulator {
  public:
    explicit Linear(const CallSpec& call) : call_(call) {}
    size_t size() const override { return sizeof(S); }
    void construct(uint8_t* s) const override { new (s) S(); }
    void destroy(uint8_t* s, uint64_t) const override { reinterpret_cast<S*>(s)->~S(); }
    void update(const Chunk& in, int64_t from, int64_t to, const int64_t* w, uint8_t* const* states, size_t offset,
                const uint32_t*) const override {
        Args a;
        bool nulls = false;
        if (!call_.args.empty()) a.x = in.columns[call_.args[0]].get();
        if (call_.args.size() > 1) a.y = in.columns[call_.args[1]].get();
        for (auto* c : {a.x, a.y}) nulls |= c && c->may_have_nulls();
        if (!nulls) {
            for (int64_t i = from; i < to; ++i)
                if (w[i]) reinterpret_cast<S*>(states[i] + offset)->add(a, i, w[i]);
            return;
        }
        for (int64_t i = from; i < to; ++i)
            if (w[i] && a.x->valid(i) && (!a.y || a.y->valid(i))) reinterpret_cast<S*>(states[i] + offset)->add(a, i, w[i]);
    }
    void finish(const uint8_t* s, ColumnBuilder& out) const override { reinterpret_cast<const S*>(s)->finish(call_, out); }
    void save(const uint8_t* s, std::string& out) const override {
        if constexpr (std::is_trivially_copyable_v<S>) out.append(reinterpret_cast<const char*>(s), sizeof(S));
        else reinterpret_cast<const S*>(s)->save(out);
    }
    void load(uint8_t* s, std::string_view b) const override {
        if constexpr (std::is_trivially_copyable_v<S>) std::memcpy(s, b.data(), sizeof(S));
        else reinterpret_cast<S*>(s)->load(b);
    }

  private:
    CallSpec call_;
};

template <class S>
std::unique_ptr<Accumulator> linear(const CallSpec& call) { return std::make_unique<Linear<S>>(call); }

template <bool least>
std::unique_ptr<Accumulator> extreme(const CallSpec& call) {
    switch (call.arg_types[0].kind) {
        case Kind::Int2: return linear<Extreme<int16_t, least>>(call);
        case Kind::Int4: case Kind::Date: return linear<Extreme<int32_t, least>>(call);
        case Kind::Int8: case Kind::Time: case Kind::Timestamp: case Kind::Timestamptz: case Kind::Oid:
            return linear<Extreme<int64_t, least>>(call);
        default: return linear<AnyExtreme<least>>(call);
    }
}

}  // namespace acc

// The accumulator of a call, or null when its state is an ordered multiset (ordered_aggregates.hpp).
inline std::unique_ptr<Accumulator> linear_accumulator(const CallSpec& call) {
    using namespace acc;
    const std::string& f = call.function;
    Kind k = call.arg_types.empty() ? Kind::Null : call.arg_types[0].kind;
    if (f == "count" || f == "count_star" || f == "approx_count_distinct") return linear<Count>(call);
    if (f == "sum" || f == "avg") switch (k) {
        case Kind::Int2: return linear<IntSum<int16_t>>(call);
        case Kind::Int4: return linear<IntSum<int32_t>>(call);
        case Kind::Int8: return linear<IntSum<int64_t>>(call);
        case Kind::Float4: case Kind::Float8: return linear<Floats>(call);
        case Kind::Numeric: return linear<Decimals>(call);
        case Kind::Interval: return linear<Intervals>(call);
        case Kind::Int256: return linear<WideInts>(call);
        default: return nullptr;
    }
    if (f == "bool_and" || f == "bool_or" || f == "every") return linear<Bools>(call);
    if (f == "bit_and" || f == "bit_or" || f == "bit_xor") switch (k) {
        case Kind::Int2: return linear<Bits<int16_t>>(call);
        case Kind::Int4: return linear<Bits<int32_t>>(call);
        case Kind::Int8: return linear<Bits<int64_t>>(call);
        default: return nullptr;
    }
    if (f.starts_with("stddev") || f.starts_with("var")) switch (k) {
        case Kind::Int2: return linear<IntMoments<int16_t>>(call);
        case Kind::Int4: return linear<IntMoments<int32_t>>(call);
        case Kind::Int8: case Kind::Numeric: return linear<DecimalMoments>(call);
        case Kind::Float4: case Kind::Float8: return linear<FloatMoments>(call);
        default: return nullptr;
    }
    if (f == "corr" || f.starts_with("covar_") || f.starts_with("regr_")) return linear<Regression>(call);
    if (call.append_only && f == "min") return extreme<true>(call);
    if (call.append_only && f == "max") return extreme<false>(call);
    return nullptr;
}

}  // namespace sabot
