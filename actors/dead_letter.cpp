#include "actors/dead_letter.hpp"

#include "trace/text.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iterator>

namespace meshtrace {

namespace {

/// The start of what the entry says, for a person who looks for its sender.
std::string excerpt(const dead_entry& entry) {
  constexpr std::size_t most_fields = 8;
  constexpr std::size_t most_bytes = 60;
  std::string result;
  std::size_t shown = 0;
  for (auto& [name, value] : entry.fields) {
    if (shown++ == most_fields) {
      result += " ...";
      break;
    }
    fmt::format_to(std::back_inserter(result), " {}={}",
                   escaped(cut_utf8(name, most_bytes)),
                   escaped(cut_utf8(value, most_bytes)));
  }
  return result;
}

} // namespace

dead_letter_actor::behavior_type
dead_letter(dead_letter_actor::stateful_pointer<dead_letter_state> self,
            const std::vector<std::string>& streams,
            const acknowledger_actor& acknowledger, metrics* counters) {
  return {
    [=](const std::vector<dead_entry>& entries) {
      entries_durable done;
      for (auto& entry : entries) {
        counters->dead[static_cast<std::size_t>(entry.reason)]->Increment();
        done.entries.push_back(entry.ref);
        if (!self->state.limiter.allows(self->clock().now()))
          continue;
        const auto kept_back = self->state.limiter.take_kept_back();
        spdlog::warn("dead-letter: {} in {} at {}-{} ({} lines kept back):{}",
                     to_string(entry.reason), streams[entry.ref.stream],
                     entry.ref.id.ms, entry.ref.id.seq, kept_back,
                     excerpt(entry));
      }
      self->send(acknowledger, std::move(done));
      return batch_joined{entries.size()};
    },
  };
}

} // namespace meshtrace
