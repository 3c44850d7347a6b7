// How a session writes and reads values as text. kernels/styles.py names the values.
#pragma once

#include <cstdint>

namespace sabot {

enum class DateForm : uint8_t { Iso, Sql, Postgres, German };
enum class DateOrder : uint8_t { Mdy, Dmy, Ymd };
enum class IntervalStyle : uint8_t { Postgres, Verbose, SqlStandard, Iso8601 };

struct Styles {
    DateForm date_form = DateForm::Iso;
    DateOrder date_order = DateOrder::Mdy;
    IntervalStyle interval = IntervalStyle::Postgres;
    bool bytea_escape = false;
    int32_t extra_float_digits = 1;
};

inline Styles styles_of(int form, int order, int interval, bool escape, int digits) {
    return {DateForm(form), DateOrder(order), IntervalStyle(interval), escape, digits};
}

}  // namespace sabot
