#pragma once

#include "bench/plan.hpp"
#include "bench/schedule.hpp"
#include "trace/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace::bench {

/// What the command line of `publish` says.
struct publish_options {
  plan_options plan;
  schedule_options order;
  /// Where to publish; empty if nothing is to be published.
  std::string redis_url;
  std::vector<std::string> streams;
  /// Events per second, 0 for as many as Redis takes.
  std::uint64_t rate = 0;
  std::uint64_t maxlen = 0;
  bool print_ids = false;
  /// Which service to ask the traces back from; empty if none.
  std::string verify_url;
  double wait_seconds = 0;
  bool any_state = false;
  std::size_t connections = 4;
};

/// Reads the command line. The error's reason is what to print; it is the help
/// text with `help_asked` set where that was asked for.
expected<publish_options>
parse_options(int argc, const char* const* argv, bool& help_asked);

} // namespace meshtrace::bench
