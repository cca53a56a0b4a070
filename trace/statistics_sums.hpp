#pragma once

#include "trace/contribution.hpp"
#include "trace/histogram.hpp"
#include "trace/recent_names.hpp"
#include "trace/statistics_report.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace meshtrace {

/// The names of a contribution as numbers, 0 for a name that was forgotten.
struct contribution_names {
  std::vector<std::uint64_t> agents;
  std::vector<std::uint64_t> operations;
};

/// What some contributions sum up to. What was added can be taken out again;
/// counts never go below zero, also where their beginning was not seen.
class statistics_sums {
public:
  void add(const contribution& x, const contribution_names& names);
  void subtract(const contribution& x, const contribution_names& names);
  void merge(const statistics_sums& other);

  bool empty() const {
    return total_ == 0;
  }

  /// Drops what belongs to forgotten names, once that may be the greater part.
  void tidy(const recent_names& agents, const recent_names& operations);

  void write(byte_writer& to) const;
  /// Replaces everything. What are no sums makes `from` fail.
  void read(byte_reader& from);

  /// Names that take room here, those of the forgotten included.
  std::size_t names_held() const {
    return agents_.size() + operations_.size();
  }

  statistics_report
  report(const recent_names& agents, const recent_names& operations) const;

private:
  struct operation_sums {
    std::uint64_t count = 0;
    std::uint64_t errors = 0;
    histogram durations;
  };

  std::vector<operation_statistics>
  top_operations(const recent_names& names) const;

  std::uint64_t total_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t incomplete_ = 0;
  std::uint64_t spans_ = 0;
  histogram durations_;
  /// Traces by number of the agent.
  std::unordered_map<std::uint64_t, std::uint64_t> agents_;
  /// By number of the operation.
  std::unordered_map<std::uint64_t, operation_sums> operations_;
  /// Of all that was ever added: revisions only extend a trace, so that what
  /// they replace lies within. Begins again when nothing is left.
  optional_int first_;
  optional_int last_;
};

} // namespace meshtrace
