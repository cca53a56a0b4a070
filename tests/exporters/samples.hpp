#pragma once

#include "storage/engine.hpp"
#include "tests/trace/entries.hpp"

#include <string_view>
#include <vector>

namespace meshtrace::test {

/// What these entries make, as the store would have it.
inline stored_trace
stored(const std::vector<entry>& entries, std::uint32_t revision = 1,
       completion_reason reason = completion_reason::root_closed) {
  return {joined(entries), {revision, reason, 0, 0}};
}

/// A span that went well; times in seconds, as publishers write them.
inline entry
done(std::string_view id, std::string_view agent, std::string_view operation,
     std::string_view start, std::string_view end) {
  return {{"trace_id", "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8"},
          {"span_id", std::string{id}},
          {"agent_name", std::string{agent}},
          {"function_name", std::string{operation}},
          {"start_time", std::string{start}},
          {"end_time", std::string{end}},
          {"success", "true"}};
}

/// The trace of the documented example.
inline stored_trace report_trace(std::uint32_t revision = 1) {
  const auto tool = [](entry x, std::string_view capability) {
    return with(std::move(x), {{"capability", std::string{capability}}});
  };
  return stored({tool(done("c3", "fastmcp-service", "tool:validate_data",
                           "1753576434.504000", "1753576434.512000"),
                      "validate_data"),
                 tool(done("b2", "fastmcp-service", "tool:get_current_time",
                           "1753576434.501000", "1753576434.503000"),
                      "get_current_time"),
                 tool(done("a1", "dependent-service", "tool:generate_report",
                           "1753576434.500000", "1753576434.515129"),
                      "generate_report")},
                revision);
}

} // namespace meshtrace::test
