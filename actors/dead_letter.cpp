#include "actors/dead_letter.hpp"

#include "actors/dead_letter_pages.hpp"
#include "redis/dead_letters.hpp"
#include "redis/stream_info.hpp"
#include "trace/text.hpp"

#include <caf/event_based_actor.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace meshtrace {

namespace {

using self_pointer = dead_letter_actor::stateful_pointer<dead_letter_state>;

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

/// What Redis said to a write of several letters.
struct chunk_answer {
  std::vector<bool> written;
  /// Dropped by the limit of the stream meanwhile.
  std::uint64_t trimmed = 0;
  std::optional<error> problem;
};

class writer {
public:
  writer(self_pointer self, dead_letter_options options,
         acknowledger_actor acknowledger, status_board_actor board,
         metrics* counters)
    : self_(self), options_(std::move(options)),
      acknowledger_(std::move(acknowledger)), board_(std::move(board)),
      counters_(counters) {
    // nop
  }

  caf::result<batch_joined> take(std::vector<dead_entry> entries) {
    if (entries.empty())
      return batch_joined{0};
    auto& state = self_->state;
    auto answer = self_->make_response_promise<batch_joined>();
    state.promises.emplace(state.add(std::move(entries)), answer);
    if (!state.pausing || state.draining)
      write();
    return answer;
  }

  void tick() {
    self_->state.pausing = false;
    write();
  }

  void drain() {
    self_->state.draining = true;
    if (self_->state.pausing)
      give_up();
  }

  caf::result<dead_letters_page> show(const dead_letters_query& query) {
    const auto refused = [](const std::string& reason) {
      return caf::make_error(caf::sec::runtime_error,
                             "dead letters cannot be read: " + reason);
    };
    const auto link = redis::open_or_reuse(self_->state.connection,
                                           options_.redis, options_.timeout);
    if (!link)
      return refused(link.error().reason);
    auto page
      = read_dead_letters(**link, options_.stream, query, options_.timeout);
    if (!page)
      return refused(page.error().reason);
    return std::move(*page);
  }

private:
  void write() {
    auto& state = self_->state;
    while (const auto count = state.next()) {
      const auto link = redis::open_or_reuse(state.connection, options_.redis,
                                             options_.timeout);
      if (!link)
        return fail(link.error().reason);
      const auto said = write_chunk(**link, count);
      counters_->dead_letters_trimmed.Increment(
        static_cast<double>(said.trimmed));
      note_written(state.confirm(said.written));
      if (said.problem)
        return fail(said.problem->reason);
    }
    state.pause.reset();
    state.last_error.clear();
    tell();
  }

  /// Writes the first `count` letters in one round trip. The lengths before
  /// and after say what the limit of the stream dropped; what others write or
  /// delete in this moment makes that a little wrong.
  chunk_answer write_chunk(redis::connection& link, std::size_t count) {
    const auto& waiting = self_->state.waiting;
    link.append({"XLEN", options_.stream});
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [_, entry] = waiting[i];
      redis::append_dead_letter(
        link, options_.stream, options_.most,
        {to_string(entry.reason), options_.streams[entry.ref.stream],
         redis::to_string({entry.ref.id.ms, entry.ref.id.seq}), entry.fields});
    }
    link.append({"XLEN", options_.stream});
    chunk_answer result;
    if (auto sent = redis::send(link, options_.timeout); !sent) {
      result.problem = sent.error();
      return result;
    }
    arena memory{256};
    const auto before = receive_length(link);
    std::int64_t added = 0;
    for (std::size_t i = 0; i < count; ++i) {
      memory.reset();
      const auto reply = redis::receive(link, "XADD", memory, options_.timeout);
      result.written.push_back(reply.has_value());
      added += reply ? 1 : 0;
      if (!reply && !result.problem)
        result.problem = reply.error();
    }
    const auto after = receive_length(link);
    if (before && after)
      result.trimmed = static_cast<std::uint64_t>(
        std::max<std::int64_t>(*before + added - *after, 0));
    return result;
  }

  /// Absent where Redis does not tell, which spoils nothing but a figure.
  std::optional<std::int64_t> receive_length(redis::connection& link) {
    arena memory{256};
    const auto reply = redis::receive(link, "XLEN", memory, options_.timeout);
    return reply ? (*reply)->number() : std::nullopt;
  }

  void note_written(const dead_letter_state::confirmed& done) {
    entries_durable durable;
    for (auto& entry : done.entries) {
      counters_->dead[static_cast<std::size_t>(entry.reason)]->Increment();
      durable.entries.push_back(entry.ref);
      log(entry);
    }
    if (!durable.entries.empty())
      self_->send(acknowledger_, std::move(durable));
    answer(done.batches);
  }

  void log(const dead_entry& entry) {
    auto& limiter = self_->state.limiter;
    if (!limiter.allows(self_->clock().now()))
      return;
    const auto kept_back = limiter.take_kept_back();
    spdlog::warn("dead-letter: {} in {} at {}-{} ({} lines kept back):{}",
                 to_string(entry.reason), options_.streams[entry.ref.stream],
                 entry.ref.id.ms, entry.ref.id.seq, kept_back, excerpt(entry));
  }

  void answer(const std::vector<dead_letter_state::answered>& batches) {
    auto& promises = self_->state.promises;
    for (auto& [batch, entries] : batches)
      if (auto promise = promises.extract(batch))
        promise.mapped().deliver(batch_joined{entries});
  }

  void fail(const std::string& reason) {
    auto& state = self_->state;
    counters_->dead_letter_failures.Increment();
    state.last_error = reason;
    if (state.failures.allows(self_->clock().now()))
      spdlog::error("dead-letter: {}; {} entries wait, will try again",
                    escaped(reason), state.waiting.size());
    tell();
    if (state.draining)
      return give_up();
    state.pausing = true;
    self_->delayed_send(self_, state.pause.next(), caf::tick_atom_v);
  }

  /// What is not acknowledged is read again by the next start.
  void give_up() {
    answer(self_->state.give_up());
  }

  void tell() {
    const auto& state = self_->state;
    self_->send(board_,
                dead_letter_status{state.waiting.size(), state.last_error});
  }

  self_pointer self_;
  dead_letter_options options_;
  acknowledger_actor acknowledger_;
  status_board_actor board_;
  metrics* counters_;
};

} // namespace

dead_letter_actor::behavior_type
dead_letter(self_pointer self, const dead_letter_options& options,
            const acknowledger_actor& acknowledger,
            const status_board_actor& board, metrics* counters) {
  auto work
    = std::make_shared<writer>(self, options, acknowledger, board, counters);
  return {
    [work](std::vector<dead_entry>& entries) {
      return work->take(std::move(entries));
    },
    [work](const dead_letters_query& query) { return work->show(query); },
    [work](caf::tick_atom) { work->tick(); },
    [work](drain_atom) {
      work->drain();
      return caf::ok_atom_v;
    },
  };
}

} // namespace meshtrace
