#pragma once

#include "trace/span.hpp"
#include "trace/trace.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Why a trace was called complete (design 2.3). The names are metric labels.
enum class completion_reason : std::uint8_t {
  none,
  root_closed,
  parent_missing,
  timeout,
  memory,
};

std::string_view to_string(completion_reason reason);

/// What a reader sees of a trace's state.
enum class trace_state : std::uint8_t { active, complete, incomplete };

std::string_view to_string(trace_state state);

/// What is known of a trace beside its content.
struct envelope {
  /// 0 until the first commit.
  std::uint32_t revision = 0;
  completion_reason reason = completion_reason::none;
  /// Nanoseconds since 1970 UTC of the first commit and of this revision's.
  std::int64_t first_commit_time = 0;
  std::int64_t commit_time = 0;

  bool operator==(const envelope&) const = default;
};

/// What the correction of clock skew has to say of a span (skew.hpp).
enum class skew_note : std::uint8_t {
  none,
  /// Its times were moved.
  moved,
  /// They would have been, but by more than is believed.
  too_far,
  /// Its parent is not here to compare with.
  parent_missing,
  /// It is its own ancestor: it was compared with nobody.
  parent_cycle,
  /// It has no times to compare.
  no_time,
};

/// One span as it is shown. `id` is unique in its trace.
struct span_view {
  std::string_view id;
  const span* content = nullptr;
  optional_int start;
  optional_int end;
  optional_int duration;
  /// Nanoseconds that were added to `start` and `end`; with `too_far`, that
  /// were not.
  std::int64_t skew = 0;
  skew_note note = skew_note::none;
};

/// Everything that follows from a trace's content: made when it is read, never
/// stored. Refers to the trace, which must outlive it.
class trace_view {
public:
  explicit trace_view(const trace& content);

  trace_view(const trace_view&) = delete;
  trace_view& operator=(const trace_view&) = delete;

  const trace& content() const {
    return content_;
  }

  /// In start order (no start last), ties by id.
  const std::vector<span_view>& spans() const {
    return spans_;
  }

  /// The span without parent with the least (start, id), else the least span
  /// whose parent is not here; null where every span is in a cycle.
  const span_view* root() const {
    return root_;
  }

  /// Sorted, each once.
  const std::vector<std::string_view>& agents() const {
    return agents_;
  }

  /// What to do with a span: nanoseconds to add where the note is `moved`.
  struct move {
    std::int64_t skew = 0;
    skew_note note = skew_note::none;
  };

  /// For `correct_skew`: moves spans in time, one entry for each of `spans()`,
  /// and makes everything anew that follows from their times. Pointers into
  /// `spans()` are no longer valid.
  void adjust(const std::vector<move>& moves);

  /// Times may be others than those that were sent.
  bool adjusted() const {
    return adjusted_;
  }

  optional_int start;
  optional_int end;
  /// end - start; absent where one is or it would be negative.
  optional_int duration;
  outcome success = outcome::unknown;
  std::size_t error_count = 0;
  /// Spans whose named parent is not in the trace.
  std::size_t orphan_count = 0;
  std::size_t open_count = 0;
  /// Some span has no parent.
  bool has_root = false;

  /// Nothing is open, no parent is missing, there is a root.
  bool is_whole() const {
    return open_count == 0 && orphan_count == 0 && has_root;
  }

  /// The state to show; `uncommitted` while something is in no revision yet.
  trace_state state(bool uncommitted) const;

private:
  void resolve_shared_ids();
  const span& merge_parts(const span& execution, const span& plain);
  void summarise();

  const trace& content_;
  std::vector<span_view> spans_;
  bool adjusted_ = false;
  const span_view* root_ = nullptr;
  std::vector<std::string_view> agents_;
  /// Where parts of one span id are joined or renamed for reading.
  std::deque<trace> merged_;
  std::deque<std::string> names_;
};

} // namespace meshtrace
