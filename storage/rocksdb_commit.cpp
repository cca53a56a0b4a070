#include "storage/rocksdb_commit.hpp"

#include "storage/checkpoint_codec.hpp"
#include "storage/log_codec.hpp"
#include "storage/revision.hpp"
#include "storage/rocksdb_keys.hpp"
#include "storage/summary.hpp"

#include <fmt/format.h>

namespace meshtrace {

namespace keys = rocksdb_keys;

prepared_revision::prepared_revision(written_trace from)
  : written(std::move(from)) {
  const trace_view view{*written.content};
  record = encode_record(view, written.head);
  head = head_of(view, written.head);
  said = contribution_of(view);
}

expected<void> rocksdb_commit::look_up(std::span<const trace_write> batch) {
  const auto count = batch.size();
  std::vector<rocksdb::Slice> ids;
  ids.reserve(count);
  for (auto& x : batch)
    ids.push_back(slice_of(x.content->id()));
  std::vector<rocksdb::PinnableSlice> values(count);
  std::vector<rocksdb::Status> statuses(count);
  db_.db().MultiGet({}, db_[family::ids], count, ids.data(), values.data(),
                    statuses.data());
  numbers_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!statuses[i].ok() && !statuses[i].IsNotFound())
      return db_.failed(statuses[i]);
    numbers_.push_back(keys::read64(view_of(values[i])));
  }
  return {};
}

/// A record that cannot be read must not stop what comes: it counts as gone.
expected<std::optional<rocksdb_commit::present>>
rocksdb_commit::find(const std::string& id, std::size_t index) {
  if (!written_.empty())
    if (const auto i = written_.find(id); i != written_.end())
      return i->second;
  const auto number = numbers_[index];
  if (number == 0)
    return std::nullopt;
  std::string record;
  const auto status = db_.get(family::records, keys::of_number(number), record);
  if (status.IsNotFound())
    return std::nullopt;
  if (!status.ok() && !status.IsCorruption())
    return db_.failed(status);
  auto stored = status.ok() ? decode_record(record)
                            : expected<stored_trace>{db_.failed(status)};
  if (stored)
    return present{number, std::move(*stored), record.size()};
  give_up(number, fmt::format("trace {}: {}", id, stored.error().reason));
  return std::nullopt;
}

void rocksdb_commit::give_up(std::uint64_t number, const std::string& why) {
  batch_.Delete(db_[family::records], keys::of_number(number));
  totals_.remove(0, false);
  damage_.push_back(why);
}

expected<written_trace>
rocksdb_commit::apply(const trace_write& write, std::size_t index,
                      std::optional<prepared_revision> ready,
                      std::int64_t now) {
  const auto& id = write.content->id();
  if (write.checkpointed)
    if (auto removed = remove_checkpoint(id); !removed)
      return tl::unexpected(removed.error());
  const auto before = find(id, index);
  if (!before)
    return tl::unexpected(before.error());
  if (*before)
    return update(**before, write, now);
  if (!ready)
    ready.emplace(first_revision(write, now));
  const auto number = totals_.next++;
  batch_.Put(db_[family::ids], id, keys::of_number(number));
  put(number, *ready);
  append_log(write, *ready, nullptr);
  ++totals_.traces;
  return std::move(ready->written);
}

written_trace
rocksdb_commit::update(const present& before, const trace_write& write,
                       std::int64_t now) {
  using change = joined_revision::change;
  auto joined = join_revision(before.stored, write, now, options_.of_span);
  if (joined.what == change::none)
    return std::move(joined.written);
  const auto& id = write.content->id();
  const prepared_revision next{std::move(joined.written)};
  const trace_view old{*before.stored.content};
  if (old.end != next.head.end)
    batch_.Delete(db_[family::ends], keys::of_order(old.end.raw, id));
  if (old.duration != next.head.duration)
    batch_.Delete(db_[family::durations], keys::of_order(old.duration.raw, id));
  totals_.remove(before.bytes, old.is_whole());
  ++totals_.traces;
  const auto number = before.number;
  put(number, next);
  if (joined.what == change::content) {
    const auto replaced = contribution_of(old);
    append_log(write, next, &replaced);
  }
  return next.written;
}

void rocksdb_commit::put(std::uint64_t number, const prepared_revision& next) {
  const auto& id = next.written.content->id();
  const auto summary
    = encode_summary(summary_of(number, next.head, next.said, state_.names));
  batch_.Put(db_[family::records], keys::of_number(number), next.record);
  batch_.Put(db_[family::ends], keys::of_order(next.head.end.raw, id), summary);
  batch_.Put(db_[family::durations], keys::of_order(next.head.duration.raw, id),
             summary);
  totals_.bytes += next.record.size();
  totals_.whole += next.head.whole ? 1 : 0;
  if (numbers_.size() > 1)
    written_[id]
      = {number, {next.written.content, next.written.head}, next.record.size()};
}

void rocksdb_commit::append_log(const trace_write& write,
                                const prepared_revision& next,
                                const contribution* replaced) {
  const bool said = options_.contributions;
  batch_.Put(db_[family::log],
             keys::of_log(write.partition, ++log_ends_[write.partition]),
             encode_log_entry(next.written.content->id(),
                              next.written.head.revision,
                              said ? &next.said : nullptr,
                              said ? replaced : nullptr, state_.names));
}

expected<void> rocksdb_commit::remove_checkpoint(const std::string& id) {
  const auto key = keys::of_checkpoint(id);
  std::string value;
  const auto status = db_.get(family::checkpoints, key, value);
  if (status.IsNotFound() || !removed_checkpoints_.insert(id).second)
    return {};
  if (!status.ok())
    return db_.failed(status);
  batch_.Delete(db_[family::checkpoints], key);
  const auto head = read_checkpoint_head(value);
  if (!head || head->partition >= checkpoints_.size()) {
    damage_.push_back(fmt::format("the checkpoint of trace {} is damaged", id));
    return {};
  }
  batch_.Delete(db_[family::checkpoints],
                keys::of_due(head->partition, head->due, id));
  auto& count = checkpoints_[head->partition];
  count -= count > 0 ? 1 : 0;
  return {};
}

/// Whatever refers to a name is written with it or after it.
void rocksdb_commit::put_names() {
  const auto end = static_cast<std::uint32_t>(state_.names.size());
  for (auto i = state_.names_saved; i < end; ++i)
    batch_.Put(keys::of_name(i), *state_.names.name_of(i));
}

rocksdb::Status rocksdb_commit::finish() {
  if (batch_.Count() == 0)
    return rocksdb::Status::OK();
  const auto names = static_cast<std::uint32_t>(state_.names.size());
  put_names();
  batch_.Put(slice_of(keys::totals_key), encode_totals(totals_));
  const auto status = db_.write(batch_);
  if (!status.ok())
    return status;
  state_.totals = totals_;
  state_.names_saved = names;
  state_.checkpoints = std::move(checkpoints_);
  for (std::size_t i = 0; i < log_ends_.size(); ++i)
    state_.logs[i].end = log_ends_[i];
  return status;
}

} // namespace meshtrace
