// Sequences: shared counters, and what each session has drawn from them.
//
// The truth while a server runs is here; the server writes the state of a touched sequence to its row before it
// answers the statement, so a value that was given out is never given again. A program names the session by a handle
// (a plain number, so that it can be a literal of a plan).
#pragma once

#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "kernel_api.hpp"
#include "kernel_map.hpp"

namespace sabot {

struct Sequence {
    std::string name;
    int64_t increment = 1, least = 1, most = INT64_MAX;
    bool cycle = false;
    int64_t last = 1, log_count = 0;
    bool called = false;
};

// The sequences of one server.
class SequenceTable {
  public:
    void define(int64_t id, Sequence s) {
        std::lock_guard<std::mutex> hold(lock_);
        sequences_[id] = std::move(s);
    }
    void forget(int64_t id) {
        std::lock_guard<std::mutex> hold(lock_);
        sequences_.erase(id);
    }
    Sequence state(int64_t id) {
        std::lock_guard<std::mutex> hold(lock_);
        return find(id);
    }
    int64_t next(int64_t id) {
        std::lock_guard<std::mutex> hold(lock_);
        Sequence& s = find(id);
        int64_t value = s.last;
        if (s.called) {
            bool up = s.increment > 0;
            int64_t most = up ? s.most : s.least;
            int64_t moved;
            bool past = __builtin_add_overflow(s.last, s.increment, &moved) || (up ? moved > most : moved < most);
            if (past && !s.cycle)
                throw ValueError{"2200H", "nextval: reached " + std::string(up ? "maximum" : "minimum") +
                                              " value of sequence \"" + s.name + "\" (" + std::to_string(most) + ")"};
            value = past ? (up ? s.least : s.most) : moved;
        }
        s.log_count = s.called && s.log_count > 0 ? s.log_count - 1 : 32;
        s.last = value;
        s.called = true;
        return value;
    }
    void set(int64_t id, int64_t value, bool called) {
        std::lock_guard<std::mutex> hold(lock_);
        Sequence& s = find(id);
        if (value < s.least || value > s.most)
            throw ValueError{"22003", "setval: value " + std::to_string(value) + " is out of bounds for sequence \"" + s.name +
                                          "\" (" + std::to_string(s.least) + ".." + std::to_string(s.most) + ")"};
        s.last = value;
        s.called = called;
        s.log_count = 0;
    }
    std::string name(int64_t id) {
        std::lock_guard<std::mutex> hold(lock_);
        return find(id).name;
    }

  private:
    Sequence& find(int64_t id) {
        auto found = sequences_.find(id);
        if (found == sequences_.end())
            throw ValueError{"42809", "relation with OID " + std::to_string(id) + " is not a sequence"};
        return found->second;
    }
    std::mutex lock_;
    std::unordered_map<int64_t, Sequence> sequences_;
};

// What one session knows: the last value of each sequence it drew from.
struct SequenceSession {
    std::shared_ptr<SequenceTable> table;
    std::mutex lock;
    std::unordered_map<int64_t, int64_t> drawn;
    int64_t latest = 0;  // the sequence of lastval(); 0: none
    std::vector<int64_t> touched;

    void touch(int64_t id) {
        if (std::find(touched.begin(), touched.end(), id) == touched.end()) touched.push_back(id);
    }
    int64_t next(int64_t id) {
        std::lock_guard<std::mutex> hold(lock);
        int64_t value = table->next(id);
        drawn[id] = value;
        latest = id;
        touch(id);
        return value;
    }
    int64_t set(int64_t id, int64_t value, bool called) {
        std::lock_guard<std::mutex> hold(lock);
        table->set(id, value, called);
        if (called) drawn[id] = value;
        touch(id);
        return value;
    }
    int64_t current(int64_t id) {
        std::lock_guard<std::mutex> hold(lock);
        std::string name = table->name(id);
        auto found = drawn.find(id);
        if (found == drawn.end())
            throw ValueError{"55000", "currval of sequence \"" + name + "\" is not yet defined in this session"};
        return found->second;
    }
    int64_t last() {
        std::lock_guard<std::mutex> hold(lock);
        if (latest == 0) throw ValueError{"55000", "lastval is not yet defined in this session"};
        return drawn[latest];
    }
    std::vector<int64_t> take_touched() {
        std::lock_guard<std::mutex> hold(lock);
        return std::exchange(touched, {});
    }
    void forget_drawn() {
        std::lock_guard<std::mutex> hold(lock);
        drawn.clear();
        latest = 0;
    }
};

// Open sessions by handle.
class SequenceSessions {
  public:
    int64_t open(std::shared_ptr<SequenceSession> session) {
        std::lock_guard<std::mutex> hold(lock_);
        sessions_[++last_] = std::move(session);
        return last_;
    }
    void close(int64_t handle) {
        std::lock_guard<std::mutex> hold(lock_);
        sessions_.erase(handle);
    }
    std::shared_ptr<SequenceSession> at(int64_t handle) {
        std::lock_guard<std::mutex> hold(lock_);
        auto found = sessions_.find(handle);
        if (found == sessions_.end()) throw ValueError{"0A000", "sequences are not available here"};
        return found->second;
    }

  private:
    std::mutex lock_;
    std::map<int64_t, std::shared_ptr<SequenceSession>> sessions_;
    int64_t last_ = 0;
};
inline SequenceSessions& sequence_sessions() {
    static SequenceSessions sessions;
    return sessions;
}

namespace sequence {

// Arguments: session handle, sequence OID, …
template <class F>
ColumnPtr per_row(const Columns& args, EvalContext& ctx, F&& f) {
    std::shared_ptr<SequenceSession> session;
    return map_values<int64_t>(Kind::Int8, args, ctx, [&](int64_t i) -> int64_t {
        if (!session) session = sequence_sessions().at(args[0]->value<int64_t>(i));
        return f(*session, i);
    });
}
inline ColumnPtr nextval(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return per_row(args, ctx, [&](SequenceSession& s, int64_t i) { return s.next(args[1]->value<int64_t>(i)); });
}
inline ColumnPtr currval(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return per_row(args, ctx, [&](SequenceSession& s, int64_t i) { return s.current(args[1]->value<int64_t>(i)); });
}
inline ColumnPtr lastval(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return per_row(args, ctx, [&](SequenceSession& s, int64_t) { return s.last(); });
}
inline ColumnPtr setval(const Columns& args, const CallOptions&, EvalContext& ctx) {
    return per_row(args, ctx, [&](SequenceSession& s, int64_t i) {
        bool called = args.size() < 4 || args[3]->value<uint8_t>(i);
        return s.set(args[1]->value<int64_t>(i), args[2]->value<int64_t>(i), called);
    });
}

}  // namespace sequence

inline std::vector<KernelEntry> sequence_kernels() {
    return {
        {"sequence.nextval", sequence::nextval}, {"sequence.currval", sequence::currval},
        {"sequence.lastval", sequence::lastval}, {"sequence.setval", sequence::setval},
    };
}

}  // namespace sabot
