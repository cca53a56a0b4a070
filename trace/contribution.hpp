#pragma once

#include "trace/span_kind.hpp"
#include "trace/view.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// What one revision of a trace adds to statistics and analytics. The next
/// revision's contribution replaces it: counts are subtracted in the minute of
/// `end`. Durations are nanoseconds, of the spans that have one.
struct contribution {
  /// Sizes and tokens beyond this are not believed, so that no sum overflows.
  static constexpr std::uint64_t most_amount = 1'000'000'000'000'000;

  /// The spans that have all of this in common.
  struct operation_part {
    std::string operation;
    std::uint32_t count = 0;
    /// `count` or none, where the contribution is `detailed`.
    std::uint32_t errors = 0;
    std::vector<std::int64_t> durations = {};
    /// Empty where nobody said it.
    std::string agent = {};
    span_kind kind = span_kind::internal;
    outcome success = outcome::unknown;

    bool operator==(const operation_part&) const = default;
  };

  /// Calls from one agent to another: spans whose parent span belongs to
  /// another agent. A call failed if the callee or the caller's
  /// `proxy_call_wrapper` around it says so.
  struct edge_part {
    std::string caller;
    std::string callee;
    /// The callee's operation.
    std::string function;
    /// False for failed `proxy_call_wrapper` spans without a span of another
    /// agent below: callee and function are what the caller asked for, as far
    /// as it says, and the durations are the caller's.
    bool reached = true;
    std::uint32_t calls = 0;
    std::uint32_t errors = 0;
    std::vector<std::int64_t> durations = {};

    bool operator==(const edge_part&) const = default;
  };

  /// Tokens are those of the spans none of whose descendants says tokens: a
  /// caller repeats what its provider says.
  struct token_counts {
    std::uint64_t input = 0;
    std::uint64_t output = 0;
    /// input + output where nobody says a total.
    std::uint64_t total = 0;

    bool operator==(const token_counts&) const = default;
  };

  /// What the spans of one agent used, beside time.
  struct agent_part {
    std::string agent;
    token_counts tokens;
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;

    bool operator==(const agent_part&) const = default;
  };

  /// Calls of a language model: spans that name it and none of whose
  /// descendants names any.
  struct model_part {
    std::string model;
    std::string provider;
    std::uint32_t calls = 0;
    std::uint32_t errors = 0;
    std::vector<std::int64_t> durations = {};
    token_counts tokens = {};

    bool operator==(const model_part&) const = default;
  };

  optional_int start;
  optional_int end;
  optional_int duration;
  outcome success = outcome::unknown;
  bool incomplete = false;
  std::uint32_t span_count = 0;
  /// Sorted, each once.
  std::vector<std::string> agents;
  /// Sorted by operation, then agent, kind and success.
  std::vector<operation_part> operations;
  /// False for what was written to a log before there were analytics: then
  /// operations have only counts, errors and durations, and what follows is
  /// empty.
  bool detailed = false;
  /// Each list is sorted by its names, and what is zero is left out.
  std::vector<edge_part> edges;
  std::vector<agent_part> usage;
  std::vector<model_part> models;

  bool operator==(const contribution&) const = default;
};

contribution contribution_of(const trace_view& view);

} // namespace meshtrace
