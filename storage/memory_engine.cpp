#include "storage/memory_engine.hpp"

#include "storage/record.hpp"
#include "storage/revision.hpp"
#include "storage/search_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace {

namespace {

/// The contributions of larger traces are made when they are asked for.
constexpr std::size_t small_trace = 64;

/// How many records a search takes under the lock at a time.
constexpr std::size_t first_slice = 32;
constexpr std::size_t largest_slice = 512;

expected<std::shared_ptr<const contribution>>
contribution_of_record(const packed_bytes& record) {
  const auto found = decode_record(record.view());
  if (!found)
    return tl::unexpected(found.error());
  return std::make_shared<const contribution>(
    contribution_of(trace_view{*found->content}));
}

/// A contribution that is not at hand is made from its record.
expected<log_entry> read_entry(const partition_logs::entry& from,
                               partition_logs::contributions& ready,
                               std::uint64_t number, bool contributions) {
  const auto head = read_head(from.record.view());
  if (!head)
    return tl::unexpected(head.error());
  log_entry result{number, record_id(from.record.view()), head->head.revision,
                   std::move(ready.added), std::move(ready.replaced)};
  const auto complete = [&](auto& part, const auto& record) -> expected<void> {
    if (!contributions || part || !record)
      return {};
    auto made = contribution_of_record(record);
    if (!made)
      return tl::unexpected(made.error());
    part = std::move(*made);
    return {};
  };
  if (auto done = complete(result.added, from.record); !done)
    return tl::unexpected(done.error());
  if (auto done = complete(result.replaced, from.record_before); !done)
    return tl::unexpected(done.error());
  return result;
}

} // namespace

memory_engine::memory_engine(const memory_options& options)
  : options_(options),
    logs_(options.partitions, {options.log_limit, options.log_max_bytes}) {
  // nop
}

// -- writing ------------------------------------------------------------------

expected<std::vector<written_trace>>
memory_engine::commit(std::span<const trace_write> batch, std::int64_t now) {
  if (auto legal = check_writes(batch, options_.partitions); !legal)
    return tl::unexpected(legal.error());
  // Most traces are new: they are made ready before the lock is taken.
  std::vector<std::optional<revision>> ready(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (batch[i].base_revision == 0)
      ready[i] = make_revision(first_revision(batch[i], now));
  std::vector<written_trace> result;
  result.reserve(batch.size());
  const std::lock_guard guard{mutex_};
  if (auto sound = check_stored(batch); !sound)
    return tl::unexpected(sound.error());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto written = apply(batch[i], ready[i], now);
    if (!written)
      return tl::unexpected(written.error());
    result.push_back(std::move(*written));
  }
  return result;
}

/// A record that cannot be read must be found before anything is written.
expected<void> memory_engine::check_stored(std::span<const trace_write> batch) {
  for (auto& x : batch)
    if (const auto* present = table_.find(x.content->id()))
      if (const auto head = read_head(present->record.view()); !head)
        return tl::unexpected(head.error());
  return {};
}

memory_engine::revision
memory_engine::make_revision(written_trace written) const {
  const trace_view view{*written.content};
  const memory_table::item stored{
    packed_bytes{encode_record(view, written.head)}, view.end.raw,
    view.duration.raw, view.is_whole()};
  return {std::move(written), stored, contribution_if_small(view)};
}

std::shared_ptr<const contribution>
memory_engine::contribution_if_small(const trace_view& view) const {
  if (!options_.contributions || view.spans().size() > small_trace)
    return nullptr;
  return std::make_shared<const contribution>(contribution_of(view));
}

expected<written_trace>
memory_engine::apply(const trace_write& write, std::optional<revision>& ready,
                     std::int64_t now) {
  if (const auto* present = table_.find(write.content->id())) {
    const auto before = decode_record(present->record.view());
    if (!before)
      return tl::unexpected(before.error());
    return update(*before, write, now);
  }
  if (!ready)
    ready = make_revision(first_revision(write, now));
  insert(*ready, write.partition, now);
  return std::move(ready->written);
}

void memory_engine::insert(const revision& next, std::uint32_t partition,
                           std::int64_t now) {
  table_.insert(next.written.content->id(), next.stored);
  logs_.append({partition, next.stored.record, {}}, {next.added, nullptr});
  while (table_.size() > 1
         && (table_.size() > options_.max_stored
             || table_.bytes() > options_.max_bytes))
    drop_oldest(now, evicted_, evicted_bytes_);
}

written_trace
memory_engine::update(const stored_trace& before, const trace_write& write,
                      std::int64_t now) {
  using change = joined_revision::change;
  auto joined = join_revision(before, write, now, options_.of_span);
  if (joined.what == change::none)
    return std::move(joined.written);
  auto next = make_revision(std::move(joined.written));
  const auto record_before = table_.find(before.content->id())->record;
  table_.replace(before.content->id(), next.stored);
  if (joined.what == change::content)
    logs_.append(
      {write.partition, next.stored.record, record_before},
      {next.added, contribution_if_small(trace_view{*before.content})});
  while (table_.size() > 1 && table_.bytes() > options_.max_bytes)
    drop_oldest(now, evicted_, evicted_bytes_);
  return std::move(next.written);
}

void memory_engine::drop_oldest(std::int64_t now, std::uint64_t& count,
                                std::uint64_t& bytes) {
  dropped_.add(record_id(table_.oldest().record.view()), now);
  bytes += table_.drop_oldest();
  ++count;
}

expected<retention_report> memory_engine::enforce_retention(std::int64_t now) {
  const std::lock_guard guard{mutex_};
  retention_report result;
  while (options_.retention > 0 && table_.size() > 0) {
    const auto oldest = read_head(table_.oldest().record.view());
    if (!oldest)
      return tl::unexpected(oldest.error());
    if (oldest->head.first_commit_time >= now - options_.retention)
      break;
    drop_oldest(now, result.by_age, result.by_age_bytes);
  }
  result.by_size = std::exchange(evicted_, 0);
  result.by_size_bytes = std::exchange(evicted_bytes_, 0);
  result.left = table_.totals();
  return result;
}

// -- what only a durable engine has -------------------------------------------

expected<void> memory_engine::save_checkpoints(std::span<const checkpoint>) {
  return failure("the memory store keeps no checkpoints");
}

expected<std::optional<checkpoint>>
memory_engine::find_checkpoint(std::string_view) {
  return std::nullopt;
}

expected<checkpoint_page>
memory_engine::load_checkpoints(const checkpoint_query&) {
  return checkpoint_page{};
}

expected<void> memory_engine::backup(const std::string&) {
  return failure("the memory store has nothing to back up; set "
                 "TRACE_STORE=rocksdb");
}

// -- notes --------------------------------------------------------------------

expected<void> memory_engine::save_notes(std::span<const note> notes) {
  const std::lock_guard guard{mutex_};
  for (auto& [key, value] : notes) {
    if (value.empty())
      notes_.erase(key);
    else
      notes_.insert_or_assign(key, value);
  }
  return {};
}

expected<std::vector<note>>
memory_engine::find_notes(std::span<const std::string> keys) {
  std::vector<note> result;
  result.reserve(keys.size());
  const std::lock_guard guard{mutex_};
  for (auto& key : keys) {
    const auto i = notes_.find(key);
    result.push_back({key, i == notes_.end() ? "" : i->second});
  }
  return result;
}

// -- reading ------------------------------------------------------------------

expected<std::optional<stored_trace>>
memory_engine::find(std::string_view trace_id) {
  packed_bytes record;
  {
    const std::lock_guard guard{mutex_};
    const auto* present = table_.find(trace_id);
    if (present == nullptr)
      return std::nullopt;
    record = present->record;
  }
  auto found = decode_record(record.view());
  if (!found)
    return tl::unexpected(found.error());
  return std::optional{std::move(*found)};
}

expected<store_page> memory_engine::search(const store_query& query) {
  search_run run{query};
  auto bounds = bounds_of(query);
  auto last_seen = query.after;
  for (auto size = first_slice; !run.done();
       size = std::min(2 * size, largest_slice)) {
    std::vector<packed_bytes> records;
    {
      const std::lock_guard guard{mutex_};
      records = table_.list(query.order, bounds, size);
    }
    for (std::size_t i = 0; i < records.size() && !run.done(); ++i) {
      if (run.spent())
        return run.take_cut(last_seen);
      if (auto looked = run.look_at(records[i].view()); !looked)
        return tl::unexpected(looked.error());
      if (i + 1 == records.size() || run.spent())
        last_seen = key_of(records[i].view(), query.order);
    }
    if (records.size() < size)
      break;
    bounds.after = last_seen;
  }
  return run.take();
}

store_totals memory_engine::totals() {
  const std::lock_guard guard{mutex_};
  return table_.totals();
}

expected<log_page>
memory_engine::read_log(std::uint32_t partition, std::uint64_t number,
                        std::size_t limit) {
  if (partition >= options_.partitions)
    return failure(
      fmt::format("no partition {} of {}", partition, options_.partitions));
  partition_logs::page page;
  {
    const std::lock_guard guard{mutex_};
    page = logs_.read(partition, number, limit);
  }
  log_page result{partition, {}, page.lost};
  result.entries.reserve(page.entries.size());
  for (auto& [x, ready] : page.entries) {
    auto entry = read_entry(x, ready, page.first + result.entries.size(),
                            options_.contributions);
    if (!entry)
      return tl::unexpected(entry.error());
    result.entries.push_back(std::move(*entry));
  }
  return result;
}

std::vector<std::uint64_t> memory_engine::log_ends() {
  const std::lock_guard guard{mutex_};
  return logs_.ends();
}

bool memory_engine::was_dropped(std::string_view trace_id, std::int64_t now) {
  const std::lock_guard guard{mutex_};
  return dropped_.contains(trace_id, now);
}

} // namespace meshtrace
