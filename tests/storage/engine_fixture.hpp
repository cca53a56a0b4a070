#pragma once

#include "storage/engine.hpp"
#include "tests/support/trace_dump.hpp"
#include "tests/support/trace_maker.hpp"
#include "trace/ids.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace meshtrace::test {

/// What the suite asks of an engine that it is given.
struct engine_setup {
  static constexpr std::uint32_t partitions = 4;

  std::uint64_t max_bytes = std::uint64_t{1} << 30;
  std::int64_t retention = 0;
  bool contributions = true;
  std::size_t log_limit = 1'000'000;
};

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t engine_now
  = trace_maker::first_time + 3600 * second;

inline std::string numbered(int number) {
  return fmt::format("t{}", number);
}

inline trace_write write_of(trace_ptr content, std::uint32_t base = 0) {
  const auto partition = partition_of(content->id(), engine_setup::partitions);
  const auto reason = completion_reason::root_closed;
  return {std::move(content), partition, reason, base};
}

inline written_trace
commit_one(engine& store, trace_ptr content, std::uint32_t base = 0,
           std::int64_t now = engine_now) {
  const auto write = write_of(std::move(content), base);
  const auto result = store.commit({&write, 1}, now);
  REQUIRE(result);
  REQUIRE(result->size() == 1);
  return result->front();
}

inline stored_trace found(engine& store, std::string_view id) {
  const auto result = store.find(id);
  REQUIRE(result);
  REQUIRE(result->has_value());
  return **result;
}

inline bool is_there(engine& store, std::string_view id) {
  const auto result = store.find(id);
  REQUIRE(result);
  return result->has_value();
}

inline store_page searched(engine& store, const store_query& query) {
  auto result = store.search(query);
  REQUIRE(result);
  return std::move(*result);
}

inline std::vector<std::string> ids_of(const store_page& page) {
  std::vector<std::string> result;
  for (auto& x : page.traces)
    result.push_back(x.content->id());
  return result;
}

/// Revision numbers by span id and function.
inline std::map<std::string, std::uint32_t> span_revisions(const trace& from) {
  std::map<std::string, std::uint32_t> result;
  for (auto& x : from.spans())
    result[std::string{x.id} + '/' + std::string{x.function}] = x.revision;
  return result;
}

} // namespace meshtrace::test
