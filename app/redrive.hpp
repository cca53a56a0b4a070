#pragma once

#include "redis/endpoint.hpp"
#include "trace/error.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace meshtrace {

struct redrive_options {
  redis::endpoint redis;
  /// TRACE_DEAD_LETTER_STREAM.
  std::string from;
  /// TRACE_STREAMS: nothing is put into any other.
  std::vector<std::string> streams;
  /// TRACE_REDIS_TIMEOUT.
  std::chrono::milliseconds timeout{2000};
  /// Only letters with this reason; empty for all.
  std::string reason;
  /// Most letters that are put back, the oldest first.
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
};

/// What became of the letters that were there at the start.
struct redrive_report {
  /// Put back, by the stream that they came from.
  std::map<std::string, std::uint64_t> put_back;
  /// Left: they came from a stream that is not read.
  std::uint64_t of_unknown_stream = 0;
  /// Left: no dead letter of ours, or one without a single field.
  std::uint64_t unusable = 0;
  /// Why it ended before its end; empty if it did not.
  std::string problem;

  std::uint64_t total() const;
};

/// Puts dead letters back to the streams that they came from, each as the entry
/// that it was, and only then deletes it. Cut off in between, it leaves letters
/// that are put back once more by the next try, which joining does not mind.
/// Does not mind either that meshtrace runs, and looks at no letter that came
/// after it began.
redrive_report redrive(const redrive_options& options);

/// The report in lines for people.
std::string to_text(const redrive_report& report);

} // namespace meshtrace
