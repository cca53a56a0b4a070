#include "actors/stream_session.hpp"

#include "redis/stream_info.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace meshtrace {

namespace {

/// How long Redis may wait for an entry: long when nothing happens, short
/// while traces wait for stream time to go on.
constexpr std::chrono::milliseconds idle_block{250};
constexpr std::chrono::milliseconds lively_block{20};

constexpr std::chrono::seconds clock_period{1};
constexpr std::chrono::seconds visit_period{1};

/// A reply should not be larger than this; COUNT is lowered for large entries.
constexpr std::size_t reply_bytes_wanted = std::size_t{8} << 20;

/// The first read asks for no more, since nobody knows how large entries are.
constexpr std::size_t first_count = 16;

/// Memory that a batch may keep for its next use.
constexpr std::size_t batch_bytes_kept = std::size_t{4} << 20;

} // namespace

stream_session::stream_session(stream_session_options options)
  : options_(std::move(options)),
    count_(std::min(options_.batch_size, first_count)) {
  for (auto& [name, index] : options_.streams) {
    auto& x = streams_.emplace_back();
    x.name = name;
    x.index = index;
  }
}

expected<session_step> stream_session::step() {
  auto result = next();
  if (result) {
    result->renewed = std::exchange(renewed_, {});
    result->trimmed = std::exchange(trimmed_, {});
  }
  return result;
}

expected<session_step> stream_session::next() {
  if (!connection_ || connection_->broken())
    return connect();
  if (!synchronised_ || clock::now() - synchronised_->second > clock_period)
    if (auto ok = synchronise_clock(); !ok)
      return tl::unexpected(ok.error());
  if (clock::now() - visited_at_ > visit_period) {
    if (auto ok = visit_all(); !ok)
      return tl::unexpected(ok.error());
    if (!renewed_.empty()) // nothing is read before everybody knows
      return session_step{};
  }
  for (auto& x : streams_)
    if (x.replay_after)
      return replay_page(x);
  return read_new();
}

// -- connecting ---------------------------------------------------------------

expected<session_step> stream_session::connect() {
  connection_.reset();
  for (auto& x : streams_)
    x.caught_up = false;
  auto opened = redis::connection::open(options_.redis, options_.timeout);
  if (!opened)
    return tl::unexpected(opened.error());
  connection_ = std::move(*opened);
  session_step result;
  result.connected = true;
  if (auto ok = synchronise_clock(); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = visit_all(); !ok) {
    connection_.reset();
    return tl::unexpected(ok.error());
  }
  for (auto& x : streams_)
    x.replay_after = stream_entry_id{};
  return result;
}

expected<void> stream_session::synchronise_clock() {
  const auto ms = redis::server_time(*connection_, options_.timeout);
  if (!ms) {
    connection_.reset();
    return tl::unexpected<error>(ms.error());
  }
  // Taken after the answer: our idea of the time is late, never early.
  synchronised_ = {static_cast<stream_ms>(*ms), clock::now()};
  return {};
}

expected<session_step>
stream_session::recover(const redis::command_failure& failure) {
  using kind = redis::command_error;
  if (failure.kind == kind::connection) {
    connection_.reset();
    count_ = std::max<std::size_t>(1, count_ / 8); // too large a reply, perhaps
  }
  if (failure.kind != kind::no_group && failure.kind != kind::stream_gone)
    return tl::unexpected<error>(failure);
  session_step result;
  if (auto ok = visit_all(); !ok)
    return tl::unexpected(ok.error());
  return result;
}

// -- reading ------------------------------------------------------------------

void stream_session::replay(std::uint16_t index) {
  for (auto& x : streams_)
    if (x.index == index && !x.replay_after)
      x.replay_after = stream_entry_id{};
}

expected<session_step> stream_session::replay_page(stream& x) {
  const auto after = to_text(*x.replay_after);
  const std::array<redis::stream_from, 1> from{{{x.name, after}}};
  auto batch = free_batch();
  const auto pages = redis::read_group(
    *connection_, {options_.group, options_.consumer, from, count_, {}},
    batch->memory, options_.timeout);
  if (!pages)
    return recover(pages.error());
  session_step result;
  if (pages->empty() || pages->front().entries.empty()) {
    x.replay_after.reset();
    return result;
  }
  const auto entries = pages->front().entries;
  if (const auto last = redis::as_entry(entries.back()))
    x.replay_after = to_id(last->id);
  take(x, entries, true, *batch, result);
  return finish(std::move(result), std::move(batch));
}

expected<session_step> stream_session::read_new() {
  std::vector<redis::stream_from> from;
  for (auto& x : streams_)
    from.push_back({x.name, ">"});
  const auto wait = block();
  const auto before = redis_now();
  auto batch = free_batch();
  const auto pages = redis::read_group(
    *connection_, {options_.group, options_.consumer, from, count_, wait},
    batch->memory, options_.timeout + wait);
  if (!pages)
    return recover(pages.error());
  // What is surely true of the moment in which Redis looked: it came after our
  // question, after the wait where nothing came, and after what did come. Our
  // clock says nothing about it: we may have been stopped since.
  auto time = before.value_or(0) + (pages->empty() ? wait.count() : 0);
  session_step result;
  std::size_t largest = 0;
  reply_bytes_ = 0;
  for (auto& x : streams_)
    x.caught_up = true;
  for (auto& page : *pages) {
    const auto x = std::find_if(streams_.begin(), streams_.end(),
                                [&](auto& s) { return s.name == page.stream; });
    if (x == streams_.end())
      continue;
    largest = std::max(largest, page.entries.size());
    x->caught_up = page.entries.size() < count_;
    take(*x, page.entries, false, *batch, result);
    time = std::max(time, static_cast<stream_ms>(x->group.last_delivered().ms));
  }
  for (auto& x : streams_)
    if (x.caught_up)
      x.now = time;
    else if (x.group.last_delivered().ms > 0)
      x.now = static_cast<stream_ms>(x.group.last_delivered().ms);
  adapt_count(largest);
  return finish(std::move(result), std::move(batch));
}

session_step
stream_session::finish(session_step step, std::shared_ptr<event_batch> batch) {
  if (step.delivered > 0)
    last_entry_ = clock::now();
  if (!batch->events.empty())
    step.batch = std::move(batch);
  return step;
}

/// Fuller batches when there is much to read, and smaller ones where the
/// entries are large.
void stream_session::adapt_count(std::size_t largest_page) {
  if (reply_bytes_ > reply_bytes_wanted)
    count_ = std::max<std::size_t>(1, count_ / 4);
  else if (largest_page >= count_)
    count_ = std::min(count_ * 2, options_.batch_max);
  else if (largest_page < count_ / 4)
    count_ = std::max(count_ / 2, options_.batch_size);
}

std::chrono::milliseconds stream_session::block() const {
  const bool lively = clock::now() - last_entry_ < options_.lively_for;
  return lively ? lively_block : idle_block;
}

std::shared_ptr<event_batch> stream_session::free_batch() {
  auto i = std::find_if(pool_.begin(), pool_.end(),
                        [](auto& x) { return x.use_count() == 1; });
  if (i == pool_.end()) // as many as the window has room for
    i = pool_.insert(pool_.end(), std::make_shared<event_batch>());
  std::atomic_thread_fence(std::memory_order_acquire); // after their reads
  (*i)->memory.reset(batch_bytes_kept);
  (*i)->events.clear();
  return *i;
}

void stream_session::take(stream& x, std::span<const redis::reply> entries,
                          bool replayed, event_batch& batch,
                          session_step& step) {
  struct {
    stream_entry_id first;
    stream_entry_id last;
    std::uint64_t count = 0;
    std::optional<std::uint64_t> before;
  } run;
  const auto close_run = [&] {
    if (run.count > 0)
      x.held.add(next_delivery_++, run.first, run.last, run.count, run.before);
    run.count = 0;
  };
  batch.events.reserve(batch.events.size() + entries.size());
  for (auto& reply : entries) {
    const auto entry = redis::as_entry(reply);
    if (!entry)
      continue; // not the shape of an entry: XREADGROUP has no other
    const auto id = to_id(entry->id);
    if (replayed && x.held.holds(id)) {
      close_run();
      continue;
    }
    if (run.count++ == 0) {
      run.first = id;
      run.before = replayed ? std::nullopt : x.group.number();
    }
    run.last = id;
    x.group.deliver(id, replayed);
    ++x.movements;
    ++step.delivered;
    const entry_ref ref{x.index, x.group.generation(), next_delivery_, id};
    if (entry->deleted)
      step.gone.push_back(ref);
    else
      take_fields(ref, entry->fields, batch, step);
  }
  close_run();
}

void stream_session::take_fields(const entry_ref& ref,
                                 std::span<const redis::reply> fields,
                                 event_batch& batch, session_step& step) {
  const auto pairs = batch.memory.make<field>(fields.size() / 2);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {fields[2 * i].text, fields[2 * i + 1].text};
    reply_bytes_ += pairs[i].value.size();
  }
  const auto event = decode(pairs, options_.limits, batch.memory, step.mended);
  if (event) {
    batch.events.push_back({ref, *event});
    return;
  }
  dead_entry dead{ref, event.error(), {}};
  for (auto& [name, value] : pairs)
    dead.fields.emplace_back(name, value);
  step.dead.push_back(std::move(dead));
}

// -- what is known ------------------------------------------------------------

void stream_session::note_acknowledged(const entries_acknowledged& news) {
  for (auto& x : streams_)
    for (auto& count : news.counts)
      if (count.stream == x.index && count.generation == x.group.generation()) {
        x.held.acknowledge(count.delivery, count.entries);
        x.movements += count.entries;
      }
}

void stream_session::note_pending(const pending_report& report,
                                  clock::time_point at) {
  constexpr std::chrono::seconds patience{2};
  for (auto& x : streams_) {
    if (x.index != report.stream)
      continue;
    // The report is older than what we know by now. So a number says something
    // only while nothing moves, the lowest entry always does.
    const bool lowest_lost = report.lowest && !x.held.holds(*report.lowest);
    const bool more = report.count > x.held.size();
    const bool still = x.stranded && x.stranded->second == x.movements;
    if (x.replay_after || (!lowest_lost && !more)) {
      x.stranded.reset();
    } else if (!x.stranded || (!lowest_lost && !still)) {
      x.stranded = {at, x.movements};
    } else if (at - x.stranded->first >= patience) {
      x.stranded.reset();
      x.replay_after = stream_entry_id{};
    }
  }
}

std::optional<stream_ms> stream_session::redis_now() const {
  if (!synchronised_)
    return std::nullopt;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(
    clock::now() - synchronised_->second);
  return synchronised_->first + since.count();
}

std::optional<stream_ms> stream_session::now() const {
  std::optional<stream_ms> result;
  for (auto& x : streams_) {
    if (x.replay_after || !x.now)
      return std::nullopt;
    if (!result || *x.now < *result)
      result = x.now;
  }
  return result;
}

bool stream_session::is_replaying() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [](auto& x) { return x.replay_after.has_value(); });
}

std::uint64_t stream_session::held() const {
  std::uint64_t result = 0;
  for (auto& x : streams_)
    result += x.held.size();
  return result;
}

} // namespace meshtrace
