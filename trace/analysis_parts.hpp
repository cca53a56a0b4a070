#pragma once

#include "trace/analysis.hpp"
#include "trace/interval.hpp"
#include "trace/span_forest.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// The single questions of an analysis; `analyse` asks them all. Inside of
/// trace/ only.
namespace meshtrace::analysis_parts {

/// A trace as all parts of its analysis see it.
struct subject {
  explicit subject(const trace_view& from);

  const span& content(std::size_t i) const {
    return *view.spans()[i].content;
  }
  /// The name of its agent, else its agent's id, else empty.
  std::string_view agent(std::size_t i) const;

  const trace_view& view;
  span_forest forest;
  /// As `extent` says, one a span.
  std::vector<std::optional<interval>> extents;
};

std::vector<span_time> find_self_times(const subject& of);
std::vector<missing_parent> find_missing_parents(const subject& of);
std::vector<unanswered_call> find_unanswered_calls(const subject& of);
std::vector<std::string_view>
find_never_reported(const subject& of,
                    const std::vector<unanswered_call>& calls);
std::vector<repeated_call>
find_repeated_calls(const subject& of,
                    const std::vector<unanswered_call>& unanswered);
/// Sets `truncated` where a loop may reach further back than `most` agents.
std::vector<agent_loop>
find_loops(const subject& of, std::size_t most, bool& truncated);
std::vector<agent_part> sum_agents(const subject& of);

/// The tokens that count for each span: its own, unless a span below it has
/// some, so that a caller and the provider it called are not both counted.
std::vector<token_sums> counted_tokens(const subject& of);

} // namespace meshtrace::analysis_parts
