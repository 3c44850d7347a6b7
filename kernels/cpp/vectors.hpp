// Vectors of real numbers as pgvector has them: '[1,2,3]'. Kept as CODED values: 'V', then each number in four bytes whose order is
// that of the numbers, so that vectors sort number by number.
#pragma once

#include <bit>
#include <cmath>
#include <vector>

#include "coded.hpp"

namespace sabot::vectors {

inline constexpr size_t kMostDimensions = 16000;
using Numbers = std::vector<float>;

inline size_t dimensions(std::string_view b) { return (b.size() - 1) / 4; }
inline float number_at(std::string_view b, size_t k) {
    auto code = uint32_t(coded::get_number(b, 1 + 4 * k, 4));
    return std::bit_cast<float>(code & 0x80000000u ? code & 0x7fffffffu : ~code);
}
inline Numbers decoded(std::string_view b) {
    Numbers out(dimensions(b));
    for (size_t k = 0; k < out.size(); ++k) out[k] = number_at(b, k);
    return out;
}
// The value; an error for what no element or no vector may be.
inline std::string encoded(const Numbers& numbers) {
    if (numbers.empty()) throw ValueError{"22000", "vector must have at least 1 dimension"};
    if (numbers.size() > kMostDimensions)
        throw ValueError{"54000", "vector cannot have more than " + std::to_string(kMostDimensions) + " dimensions"};
    std::string out = "V";
    out.reserve(1 + 4 * numbers.size());
    for (float f : numbers) {
        if (std::isnan(f)) throw ValueError{"22000", "NaN not allowed in vector"};
        if (std::isinf(f)) throw ValueError{"22000", "infinite value not allowed in vector"};
        auto bits = std::bit_cast<uint32_t>(f == 0 ? 0.0f : f);
        coded::put_number(out, bits & 0x80000000u ? ~bits : bits | 0x80000000u, 4);
    }
    return out;
}

// `read` turns the text of one number into a float, or throws.
template <class F>
std::string from_text(std::string_view text, F&& read) {
    auto bad = [&]() { return ValueError{"22P02", "invalid input syntax for type vector: \"" + std::string(text) + "\""}; };
    auto trim = [](std::string_view s) {
        while (!s.empty() && std::isspace(uint8_t(s.front()))) s.remove_prefix(1);
        while (!s.empty() && std::isspace(uint8_t(s.back()))) s.remove_suffix(1);
        return s;
    };
    auto s = trim(text);
    if (s.size() < 2 || s.front() != '[' || s.back() != ']') throw bad();
    s = s.substr(1, s.size() - 2);
    Numbers out;
    if (trim(s).empty()) return encoded(out);
    while (true) {
        size_t comma = std::min(s.find(','), s.size());
        auto one = trim(s.substr(0, comma));
        if (one.empty()) throw bad();
        try {
            out.push_back(read(one));
        } catch (const ValueError& e) {
            if (std::string_view(e.sqlstate) == "22003") throw ValueError{"22003", "\"" + std::string(one) + "\" is out of range for type vector"};
            throw bad();
        }
        if (comma == s.size()) return encoded(out);
        s.remove_prefix(comma + 1);
    }
}

inline void same_dimensions(const Numbers& a, const Numbers& b) {
    if (a.size() != b.size())
        throw ValueError{"22000", "different vector dimensions " + std::to_string(a.size()) + " and " + std::to_string(b.size())};
}

enum Distance { kEuclidean, kCosine, kTaxicab, kInnerProduct, kNegativeInnerProduct };

// Sums are kept in single precision, as pgvector does.
inline double distance(const Numbers& a, const Numbers& b, int which) {
    same_dimensions(a, b);
    float sum = 0, squares_a = 0, squares_b = 0;
    for (size_t k = 0; k < a.size(); ++k) {
        switch (which) {
            case kEuclidean: sum += (a[k] - b[k]) * (a[k] - b[k]); break;
            case kTaxicab: sum += std::fabs(a[k] - b[k]); break;
            default: sum += a[k] * b[k];
        }
        squares_a += a[k] * a[k];
        squares_b += b[k] * b[k];
    }
    switch (which) {
        case kEuclidean: return std::sqrt(double(sum));
        case kNegativeInnerProduct: return -double(sum);
        case kCosine: {
            double similarity = double(sum) / std::sqrt(double(squares_a) * double(squares_b));
            return 1.0 - std::min(1.0, std::max(-1.0, similarity));
        }
        default: return double(sum);
    }
}

inline double norm(const Numbers& a) {
    double sum = 0;
    for (float f : a) sum += double(f) * double(f);
    return std::sqrt(sum);
}

}  // namespace sabot::vectors
