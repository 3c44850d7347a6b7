// jsonb_path_*, @? and @@. `ints`: (silent, with time zones); silence may also be an argument.
#pragma once

#include "json_kernels.hpp"
#include "jsonpath_run.hpp"
#include "kernel_map.hpp"

namespace sabot {

// The path of the current row; parsed anew only when the text changes.
class JsonpathCache {
  public:
    const jsonpath::Path& get(std::string_view text) {
        if (!path_.root || text != text_) {
            text_ = text;
            path_ = jsonpath::parse(text_);
        }
        return path_;
    }

  private:
    std::string text_;
    jsonpath::Path path_;
};

// Arguments of one row: target, path [, vars [, silent]].
template <class F>
auto with_jsonpath(const Columns& args, int64_t i, JsonpathCache& cache, bool silent, bool zoned, const TimeZone& zone, F&& f) {
    std::string_view vars = args.size() > 2 ? args[2]->bytes(i) : std::string_view("{}");
    if (args.size() > 3) silent = args[3]->value<uint8_t>(i);
    jsonpath::Run run(cache.get(args[1]->bytes(i)), args[0]->bytes(i), vars, silent, zoned, zone);
    return f(run, silent);
}

SABOT_KERNEL(jsonpath_from_text) {
    return map_strings(o.result.kind, args, ctx, [&](int64_t i, std::string& out) {
        out = jsonpath::to_text(jsonpath::parse(args[0]->bytes(i)));
        return true;
    });
}
template <class F>
ColumnPtr jsonpath_truth(const Columns& args, const CallOptions& o, EvalContext& ctx, F&& f) {
    JsonpathCache cache;
    return map_fixed<uint8_t>(Kind::Bool, args, ctx, [&](int64_t i, uint8_t& out) {
        try {
            jsonpath::Truth t = with_jsonpath(args, i, cache, o.ints[0], o.ints[1], session_zone(ctx), f);
            out = t == jsonpath::Truth::True;
            return t != jsonpath::Truth::Unknown;
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            return false;
        }
    });
}
SABOT_KERNEL(jsonb_path_exists) {
    return jsonpath_truth(args, o, ctx, [](jsonpath::Run& run, bool) { return run.exists(); });
}
SABOT_KERNEL(jsonb_path_match) {
    return jsonpath_truth(args, o, ctx, [](jsonpath::Run& run, bool silent) {
        jsonpath::Items found;
        run.query(found);
        if (found.size() == 1) {
            if (found[0].v == "true") return jsonpath::Truth::True;
            if (found[0].v == "false") return jsonpath::Truth::False;
            if (found[0].v == "null") return jsonpath::Truth::Unknown;
        }
        if (!silent) throw ValueError{"22038", "single boolean result is expected"};
        return jsonpath::Truth::Unknown;
    });
}
template <bool first>
ColumnPtr jsonb_path_found(const Columns& args, const CallOptions& o, EvalContext& ctx) {
    JsonpathCache cache;
    return map_strings(o.result.kind, args, ctx, [&](int64_t i, std::string& out) {
        return with_jsonpath(args, i, cache, o.ints[0], o.ints[1], session_zone(ctx), [&](jsonpath::Run& run, bool) {
            jsonpath::Items found;
            run.query(found);
            if (first) {
                if (!found.empty()) out = found[0].v;
                return !found.empty();
            }
            out = "[";
            bool none = true;
            for (auto& item : found) append_json_item(out, none, item.v);
            out += ']';
            return true;
        });
    });
}
// The items found as a list; the set-returning functions are made of it.
SABOT_KERNEL(jsonb_path_query) {
    JsonpathCache cache;
    ColumnBuilder out(o.result);
    auto valid = all_valid(args, ctx.length);
    for (int64_t i = 0; i < ctx.length; ++i) {
        if (!valid.empty() && !valid[i]) {
            out.append_null();
            continue;
        }
        std::vector<std::string> found;
        try {
            with_jsonpath(args, i, cache, o.ints[0], o.ints[1], session_zone(ctx), [&](jsonpath::Run& run, bool) {
                jsonpath::Items items;
                run.query(items);
                for (auto& item : items) found.emplace_back(item.v);
            });
        } catch (const ValueError& e) {
            ctx.fail(i, e.sqlstate, e.message);
            out.append_null();
            continue;
        }
        for (auto& item : found) out.child(0).append_bytes(item);
        out.close_row();
    }
    return out.finish();
}
inline std::vector<KernelEntry> jsonpath_kernels() {
    return {
        {"jsonpath.from_text", jsonpath_from_text}, {"jsonpath.exists", jsonb_path_exists}, {"jsonpath.match", jsonb_path_match},
        {"jsonpath.query", jsonb_path_query},
        {"jsonpath.query_array", jsonb_path_found<false>}, {"jsonpath.query_first", jsonb_path_found<true>},
    };
}

}  // namespace sabot
