// Errors of operators as a weighted chunk: sqlstate text, message text.
#pragma once

#include "row_codec.hpp"
#include "value_error.hpp"

namespace sabot {

class ErrorRows {
  public:
    void add(const ValueError& e, int64_t weight) {
        state_.append_bytes(e.sqlstate);
        message_.append_bytes(e.message);
        weights_.push_back(weight);
    }
    Chunk finish() {
        if (weights_.empty()) return {};
        Chunk out{int64_t(weights_.size()), {state_.finish(), message_.finish()}, weights_buffer(weights_)};
        weights_.clear();
        return out;
    }

  private:
    ColumnBuilder state_{Kind::Text}, message_{Kind::Text};
    std::vector<int64_t> weights_;
};

}  // namespace sabot
