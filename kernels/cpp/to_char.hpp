// Kernels of the formatting functions.
#pragma once

#include "date_parse.hpp"
#include "number_format.hpp"

namespace sabot {

inline std::vector<KernelEntry> format_kernels() {
    return {
        {"format.to_char_time", to_char_time}, {"format.to_char_number", to_char_number}, {"format.to_date", to_date},
        {"format.to_timestamp", to_timestamp}, {"format.to_number", to_number},
    };
}

}  // namespace sabot
