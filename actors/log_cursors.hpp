#pragma once

#include "messages/keeping.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// How far one follower of the log has come in each partition, and which
/// partitions may have more for it.
class log_cursors {
public:
  /// Begins after these numbers, one for each partition.
  void start(std::vector<std::uint64_t> numbers);

  bool started() const {
    return !cursors_.empty();
  }

  /// These partitions have new entries.
  void note(const log_advanced& news);

  /// The last numbers of the partitions' logs.
  void note_ends(const std::vector<std::uint64_t>& ends);

  /// Takes the next partition that may have more, and says what to read of it.
  /// It comes again only with news, or by `look_again`.
  std::optional<log_read> take(std::uint32_t limit);

  /// Entries up to `number` are in hand: the next `take` reads on from there.
  void note_read(std::uint32_t partition, std::uint64_t number);

  /// The partition may still have more.
  void look_again(std::uint32_t partition);

  /// Everything up to `number` is dealt with.
  void advance(std::uint32_t partition, std::uint64_t number);

  /// The numbers as text, one for each partition, for `decode_cursors`.
  std::string encode() const;

  /// Entries known to be there and not dealt with.
  std::uint64_t lag() const;

  /// No partition is known to have more.
  bool idle() const {
    return queue_.empty();
  }

private:
  std::vector<std::uint64_t> cursors_;
  /// Never before the cursors.
  std::vector<std::uint64_t> read_;
  std::vector<std::uint64_t> ends_;
  /// Partitions to read, each once, and whether they are in the queue.
  std::deque<std::uint32_t> queue_;
  std::vector<bool> queued_;
};

/// What `log_cursors::encode` wrote; empty where `text` is no such thing.
std::vector<std::uint64_t> decode_cursors(std::string_view text);

} // namespace meshtrace
