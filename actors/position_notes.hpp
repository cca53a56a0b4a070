#pragma once

#include "actors/stream_position.hpp"
#include "storage/engine.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// What the store has of the positions of one reader, so that only news are
/// saved.
class position_notes {
public:
  using positions = std::vector<std::pair<std::string, stream_position>>;
  using readings
    = std::vector<std::pair<std::string, expected<stream_position>>>;

  position_notes() = default;
  position_notes(const std::string& group,
                 const std::vector<std::string>& streams);

  /// What to ask the store for.
  std::vector<std::string> keys() const;

  /// The answer, by stream; without those the store has nothing of.
  readings read(const std::vector<note>& notes);

  /// What to save: those of `all` that the store does not have like this.
  std::vector<note> changed(const positions& all) const;

  /// The store has these now.
  void saved(const std::vector<note>& notes);

private:
  struct known {
    std::string key;
    std::string value;
  };
  /// By stream.
  std::map<std::string, known, std::less<>> known_;
};

} // namespace meshtrace
