#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// Asks for the newest dead letters.
struct dead_letters_query {
  std::size_t limit = 20;
  /// Only those with this reason; empty for all.
  std::string reason;
};

/// A dead letter for people: long ones are cut.
struct shown_dead_letter {
  /// Its id in the stream of dead letters.
  std::string id;
  std::string reason;
  /// Where it came from, as it was written down then.
  std::string source_stream;
  std::string source_id;
  /// What the entry said, names and values as they were, any bytes.
  std::vector<std::pair<std::string, std::string>> fields;
  /// Some of its fields or bytes were left out here.
  bool cut = false;
};

struct dead_letters_page {
  /// Newest first.
  std::vector<shown_dead_letter> letters;
  /// How many the stream has, whatever their reason.
  std::uint64_t total = 0;
  /// Every letter was looked at, or as many found as were asked for.
  bool complete = true;
};

} // namespace meshtrace
