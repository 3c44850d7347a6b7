// A bad value inside a scalar routine; kernels turn it into a row error.
#pragma once

#include <string>

namespace sabot {

struct ValueError {
    const char* sqlstate;
    std::string message;
};

}  // namespace sabot
