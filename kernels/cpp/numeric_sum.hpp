// Sums and averages of numeric and integer values, exact under retraction.
//
// Counts are kept per display scale, so that after a retraction the sum's scale is that of the values still
// in: the same text as a sum from scratch. NaN and the infinities are counted, never added.
#pragma once

#include "numeric_math.hpp"

namespace sabot {

class NumericSum {
  public:
    void add(std::string_view numeric, int64_t weight) {
        NumericView v(numeric);
        if (!v.finite()) {
            (v.tag == kNumNaN ? nan_ : v.tag == kNumInf ? positive_ : negative_) += weight;
            return;
        }
        count_scale(v.scale, weight);
        if (v.size <= 8) {
            i128 x = i128(v.value128());
            add_scaled(v.tag == kNumNegative ? -x : x, v.scale, weight);
        } else {
            Decimal d = multiply(Decimal(v), Decimal(weight));
            spill();
            big_ = sabot::add(std::move(big_), std::move(d));
        }
    }
    void add_int(int64_t value, int64_t weight) {
        count_scale(0, weight);
        add_scaled(value, 0, weight);
    }
    void merge(const NumericSum& other) {
        nan_ += other.nan_;
        positive_ += other.positive_;
        negative_ += other.negative_;
        for (auto& [scale, count] : other.scales_) count_scale(scale, count);
        spill();
        big_ = sabot::add(std::move(big_), other.total());
    }
    // Nothing is in it: every value has been retracted.
    bool empty() const { return !nan_ && !positive_ && !negative_ && scales_.empty(); }

    // The sum of what is in; for an empty one 0 (SQL's NULL for no rows is the caller's).
    std::string sum() const {
        if (auto special = special_value()) return *special;
        return value().encode();
    }
    // sum / count; count is not 0.
    std::string avg(int64_t count) const {
        if (auto special = special_value()) return *special;
        return divide_selecting_scale(value(), Decimal(count)).encode();
    }
    std::string serialize() const {
        std::string out;
        auto put = [&](int64_t v) { out.append(reinterpret_cast<const char*>(&v), 8); };
        put(nan_);
        put(positive_);
        put(negative_);
        put(int64_t(scales_.size()));
        for (auto& [scale, count] : scales_) {
            put(scale);
            put(count);
        }
        Decimal d = total();
        put(d.scale);
        put(d.negative);
        out.append(reinterpret_cast<const char*>(d.magnitude.data()), d.magnitude.size() * 4);
        return out;
    }
    static NumericSum deserialize(std::string_view bytes) {
        NumericSum s;
        size_t at = 0;
        auto get = [&] {
            int64_t v;
            std::memcpy(&v, bytes.data() + at, 8);
            at += 8;
            return v;
        };
        s.nan_ = get();
        s.positive_ = get();
        s.negative_ = get();
        for (int64_t n = get(); n > 0; --n) {
            int32_t scale = int32_t(get());
            s.scales_.emplace_back(scale, get());
        }
        s.big_.scale = int(get());
        s.big_.negative = get() != 0;
        s.big_.magnitude.resize((bytes.size() - at) / 4);
        std::memcpy(s.big_.magnitude.data(), bytes.data() + at, bytes.size() - at);
        return s;
    }

  private:
    void count_scale(int32_t scale, int64_t weight) {
        for (size_t i = 0; i < scales_.size(); ++i) {
            if (scales_[i].first != scale) continue;
            if ((scales_[i].second += weight) == 0) {
                scales_[i] = scales_.back();
                scales_.pop_back();
            }
            return;
        }
        if (weight) scales_.emplace_back(scale, weight);
    }
    void add_scaled(i128 x, int scale, int64_t weight) {
        i128 product;
        if (__builtin_mul_overflow(x, i128(weight), &product)) return add_big(x, scale, weight);
        if (scale > small_scale_) {
            i128 shifted;
            if (scale - small_scale_ > 19 ||
                __builtin_mul_overflow(small_, i128(kPow10_64[scale - small_scale_]), &shifted))
                return add_big(x, scale, weight);
            small_ = shifted;
            small_scale_ = scale;
        } else if (scale < small_scale_) {
            if (small_scale_ - scale > 19 ||
                __builtin_mul_overflow(product, i128(kPow10_64[small_scale_ - scale]), &product))
                return add_big(x, scale, weight);
        }
        i128 sum;
        if (__builtin_add_overflow(small_, product, &sum)) return add_big(x, scale, weight);
        small_ = sum;
    }
    void add_big(i128 x, int scale, int64_t weight) {
        Decimal d{x < 0, scale, big::from128(x < 0 ? u128(0) - u128(x) : u128(x))};
        big_ = sabot::add(std::move(big_), multiply(d, Decimal(weight)));
    }
    void spill() {
        big_ = total();
        small_ = 0;
        small_scale_ = 0;
    }
    Decimal total() const {
        Decimal d{small_ < 0, small_scale_, big::from128(small_ < 0 ? u128(0) - u128(small_) : u128(small_))};
        return sabot::add(std::move(d), big_);
    }
    Decimal value() const {
        int scale = 0;
        for (auto& [s, count] : scales_) scale = std::max(scale, int(s));
        return rescale(total(), scale);
    }
    std::optional<std::string> special_value() const {
        if (nan_ > 0 || (positive_ > 0 && negative_ > 0)) return numeric_special(kNumNaN);
        if (positive_ > 0) return numeric_special(kNumInf);
        if (negative_ > 0) return numeric_special(kNumNegInf);
        return std::nullopt;
    }

    int64_t nan_ = 0, positive_ = 0, negative_ = 0;
    std::vector<std::pair<int32_t, int64_t>> scales_;  // display scale -> live values of it
    i128 small_ = 0;                                   // times 10^-small_scale_
    int small_scale_ = 0;
    Decimal big_;                                      // what did not fit small_
};

// Variance or standard deviation (`root`) from n, sum(x) and sum(x * x), as PostgreSQL computes it.
// `sample`: divided by n - 1. n is at least 1, at least 2 for a sample.
inline std::string numeric_variance(std::string_view sum, std::string_view sum_of_squares, int64_t n, bool sample,
                                    bool root) {
    NumericView x(sum), xx(sum_of_squares);
    if (!x.finite() || !xx.finite()) return numeric_special(kNumNaN);
    Decimal sx(x), count(n);
    Decimal square = multiply(sx, sx);
    square.negative = !square.negative;
    Decimal numerator = add(multiply(count, Decimal(xx)), square);
    if (numerator.zero() || numerator.negative) return numeric_from_int(0);
    Decimal denominator = multiply(count, Decimal(sample ? n - 1 : n));
    Decimal variance = divide_selecting_scale(numerator, denominator);
    return (root ? square_root(variance, variance.scale) : variance).encode();
}

}  // namespace sabot
