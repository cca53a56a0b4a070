#include "actors/position_notes.hpp"

#include <algorithm>

namespace meshtrace {

position_notes::position_notes(const std::string& group,
                               const std::vector<std::string>& streams) {
  for (auto& stream : streams)
    known_.emplace(stream, known{position_key(group, stream), {}});
}

std::vector<std::string> position_notes::keys() const {
  std::vector<std::string> result;
  for (auto& [stream, x] : known_)
    result.push_back(x.key);
  return result;
}

position_notes::readings position_notes::read(const std::vector<note>& notes) {
  saved(notes);
  readings result;
  for (auto& [stream, x] : known_)
    if (!x.value.empty())
      result.emplace_back(stream, read_position(x.value));
  return result;
}

std::vector<note> position_notes::changed(const positions& all) const {
  std::vector<note> result;
  for (auto& [stream, position] : all) {
    const auto i = known_.find(stream);
    auto value = to_note(position);
    if (i != known_.end() && i->second.value != value)
      result.push_back({i->second.key, std::move(value)});
  }
  return result;
}

void position_notes::saved(const std::vector<note>& notes) {
  for (auto& [stream, x] : known_)
    for (auto& each : notes)
      if (each.key == x.key)
        x.value = each.value;
}

} // namespace meshtrace
