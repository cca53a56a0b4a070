#pragma once

#include "bench/plan.hpp"
#include "bench/url.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace::bench {

struct verify_options {
  http_url service;
  std::uint64_t traces = 0;
  /// Ask again what is missing or wrong until this is over.
  std::chrono::milliseconds wait{0};
  bool must_be_complete = true;
  std::size_t connections = 4;
};

struct verify_result {
  std::uint64_t right = 0;
  std::uint64_t missing = 0;
  std::uint64_t wrong = 0;
  /// The first differences, a line each.
  std::vector<std::string> differences;

  bool ok() const {
    return missing == 0 && wrong == 0;
  }
};

/// Asks the service for every planned trace and compares.
verify_result verify(const plan_options& plan, const verify_options& options);

} // namespace meshtrace::bench
