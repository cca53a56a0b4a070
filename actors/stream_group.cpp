#include "actors/stream_group.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

/// How many entries the stream was given before its first one; absent where
/// Redis cannot tell. Deleted ones count as if they had been before the first.
std::optional<std::uint64_t> before_first(const redis::stream_info& stream) {
  if (!stream.entries_added || *stream.entries_added < stream.length)
    return std::nullopt;
  return *stream.entries_added - stream.length;
}

/// How many entries the stream was given up to what the group was given last
/// and what is gone right after that. Absent where entries on both sides are
/// left: nothing was trimmed then that the group has not been given.
std::optional<std::uint64_t>
passed(const redis::stream_info& stream, stream_entry_id last_delivered) {
  if (to_id(stream.last_generated) == last_delivered || !stream.first_entry)
    return stream.entries_added;
  if (last_delivered < to_id(*stream.first_entry))
    return before_first(stream);
  return std::nullopt;
}

} // namespace

void stream_group::restore(const stream_position& stored) {
  generation_ = stored.generation;
  last_delivered_ = stored.id;
  number_ = stored.number;
  position_ = stored;
}

bool stream_group::is_new(
  const std::optional<redis::stream_info>& stream) const {
  if (!position_)
    return false;
  if (!stream || to_id(stream->last_generated) < position_->last_generated)
    return true;
  return stream->entries_added && position_->entries_added
         && *stream->entries_added < *position_->entries_added;
}

stream_group::start
stream_group::where(const std::optional<redis::stream_info>& stream,
                    const held_entries& held, bool from_oldest) const {
  if (!stream)
    return {};
  if (!position_ && from_oldest)
    return {{}, before_first(*stream)};
  if (!position_)
    return {to_id(stream->last_generated), stream->entries_added};
  start beginning;
  if (stream->entries_added)
    beginning.number = 0;
  if (is_new(stream))
    return beginning;
  start result{position_->id, position_->number};
  const auto fresh = settled(held);
  if (!others_pending_ && result.id < fresh.id
      && (fresh.number || !result.number))
    result = fresh;
  // A new stream that has been given more than the old one betrays itself by
  // having lost less.
  const auto first = stream->first_entry;
  const auto lost = before_first(*stream);
  if (first && result.id < to_id(*first) && lost && result.number
      && *lost < *result.number)
    return beginning;
  return result;
}

void stream_group::begin(const start& from) {
  if (position_)
    ++generation_;
  last_delivered_ = from.id;
  number_ = from.number;
  left_out_ = 0;
  others_pending_ = false;
  position_ = stream_position{generation_, from.id, from.number, {}, {}};
}

std::uint64_t
stream_group::follow(const redis::stream_info& stream,
                     const redis::group_info& group,
                     std::optional<stream_entry_id> lowest_pending,
                     const held_entries& held) {
  last_delivered_ = to_id(group.last_delivered);
  number_ = group.entries_read;
  if (number_)
    *number_ += left_out_.value_or(0);
  std::uint64_t lost = 0;
  if (const auto right = passed(stream, last_delivered_)) {
    if (number_ && *number_ < *right)
      lost = *right - *number_;
    number_ = right;
    left_out_.reset();
    if (group.entries_read)
      left_out_ = *right - std::min(*right, *group.entries_read);
  }
  auto reached = settled(held);
  const auto in_redis
    = lowest_pending ? before(*lowest_pending) : last_delivered_;
  others_pending_ = in_redis < reached.id;
  if (others_pending_)
    reached = {in_redis, lowest_pending ? std::nullopt : number_};
  if (!position_)
    position_.emplace().generation = generation_;
  // One with a number is worth more: it tells what is trimmed meanwhile.
  if (reached.number || !position_->number || reached.id < position_->id) {
    position_->id = reached.id;
    position_->number = reached.number;
  }
  position_->entries_added = stream.entries_added;
  position_->last_generated = to_id(stream.last_generated);
  return lost;
}

std::optional<std::uint64_t> stream_group::correction() const {
  return left_out_ == 0 ? std::nullopt : number_;
}

void stream_group::corrected() {
  left_out_ = 0;
}

void stream_group::deliver(stream_entry_id id, bool again) {
  last_delivered_ = std::max(last_delivered_, id);
  if (!again && number_)
    ++*number_;
}

stream_group::start stream_group::settled(const held_entries& held) const {
  if (const auto lowest = held.lowest())
    return {before(*lowest), held.before_lowest()};
  return {last_delivered_, number_};
}

} // namespace meshtrace
