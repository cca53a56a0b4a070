#include "actors/acknowledger.hpp"

#include "actors/mailbox_size.hpp"
#include "redis/stream_commands.hpp"
#include "trace/text.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

namespace meshtrace {

void acknowledger_state::add(const entries_durable& entries) {
  for (auto& ref : entries.entries)
    if (ref.stream < by_stream.size()
        && ref.generation == generations[ref.stream])
      by_stream[ref.stream].push_back(ref);
}

void acknowledger_state::renew(const stream_renewed& news) {
  if (news.stream >= by_stream.size())
    return;
  generations[news.stream] = news.generation;
  by_stream[news.stream].clear();
}

std::vector<entry_ref> acknowledger_state::next() const {
  for (auto& refs : by_stream)
    if (!refs.empty())
      return {refs.end()
                - static_cast<std::ptrdiff_t>(std::min(refs.size(), most_ids)),
              refs.end()};
  return {};
}

entries_acknowledged
acknowledger_state::confirm(const std::vector<entry_ref>& sent) {
  if (sent.empty())
    return {};
  auto& refs = by_stream[sent.front().stream];
  refs.resize(refs.size() - sent.size());
  std::map<std::uint32_t, std::uint32_t> by_delivery;
  for (auto& ref : sent)
    ++by_delivery[ref.delivery];
  entries_acknowledged result;
  for (auto [delivery, count] : by_delivery)
    result.counts.push_back(
      {sent.front().stream, sent.front().generation, delivery, count});
  return result;
}

std::uint64_t acknowledger_state::waiting() const {
  std::uint64_t result = 0;
  for (auto& refs : by_stream)
    result += refs.size();
  return result;
}

namespace {

using self_pointer = acknowledger_actor::stateful_pointer<acknowledger_state>;

/// How long entries may wait for company.
constexpr std::chrono::milliseconds gather_pause{2};

class worker {
public:
  worker(self_pointer self, const acknowledger_options& options,
         status_board_actor board, metrics* counters)
    : self_(self), options_(options), board_(std::move(board)),
      counters_(counters), mailbox_(counters->mailbox("acknowledger", 0)) {
    // nop
  }

  /// Sees to it that what waits is sent soon.
  void wake(std::chrono::milliseconds pause = gather_pause) {
    if (std::exchange(self_->state.ticking, true))
      return;
    self_->delayed_send(self_, pause, caf::tick_atom_v);
  }

  void tick() {
    auto& state = self_->state;
    state.ticking = false;
    mailbox_.Set(static_cast<double>(mailbox_size(self_)));
    while (state.waiting() > 0) {
      if (auto sent = send_next(); !sent) {
        fail(sent.error().reason);
        return;
      }
    }
    state.pause.reset();
    state.last_error.clear();
    tell();
    if (state.drained)
      state.drained->deliver(caf::ok_atom_v);
  }

private:
  expected<void> send_next() {
    auto& state = self_->state;
    const auto link = redis::open_or_reuse(state.connection, options_.redis,
                                           options_.timeout);
    if (!link)
      return tl::unexpected(link.error());
    const auto refs = state.next();
    std::vector<redis::entry_id> ids;
    ids.reserve(refs.size());
    for (auto& ref : refs)
      ids.push_back({ref.id.ms, ref.id.seq});
    const auto start = std::chrono::steady_clock::now();
    const auto count
      = redis::acknowledge(**link, options_.streams[refs.front().stream],
                           options_.group, ids, options_.timeout);
    if (!count)
      return tl::unexpected<error>(count.error());
    const std::chrono::duration<double> took
      = std::chrono::steady_clock::now() - start;
    counters_->acknowledge_seconds.Observe(took.count());
    state.acknowledged += refs.size();
    counters_->acknowledged.Increment(static_cast<double>(refs.size()));
    const auto news = state.confirm(refs);
    for (auto& reader : state.readers)
      self_->send(reader, news);
    return {};
  }

  void fail(const std::string& reason) {
    auto& state = self_->state;
    state.last_error = reason;
    if (state.failures.allows(self_->clock().now()))
      spdlog::error("acknowledger: {}; {} entries wait, will try again",
                    escaped(reason), state.waiting());
    tell();
    if (state.drained) // what is not acknowledged now is read again
      state.drained->deliver(caf::ok_atom_v);
    else
      wake(state.pause.next());
  }

  void tell() {
    auto& state = self_->state;
    self_->send(board_, acknowledger_status{state.connection.has_value()
                                              && !state.connection->broken(),
                                            state.last_error, state.waiting(),
                                            state.acknowledged});
  }

  self_pointer self_;
  acknowledger_options options_;
  status_board_actor board_;
  metrics* counters_;
  metrics::gauge& mailbox_;
};

} // namespace

acknowledger_actor::behavior_type
acknowledger(self_pointer self, const acknowledger_options& options,
             const status_board_actor& board, metrics* counters) {
  self->state.by_stream.resize(options.streams.size());
  self->state.generations.resize(options.streams.size());
  auto work = std::make_shared<worker>(self, options, board, counters);
  return {
    [self, work](const entries_durable& entries) {
      self->state.add(entries);
      work->wake();
    },
    [self](const stream_renewed& news) {
      self->state.renew(news);
      return caf::ok_atom_v;
    },
    [self](follow_atom, const stream_reader_actor& reader) {
      self->state.readers.push_back(reader);
    },
    [work](caf::tick_atom) { work->tick(); },
    [self, work](drain_atom) -> caf::result<caf::ok_atom> {
      auto answer = self->make_response_promise<caf::ok_atom>();
      self->state.drained = answer;
      work->tick();
      return answer;
    },
  };
}

} // namespace meshtrace
