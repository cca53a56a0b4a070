#include "redis/stream_commands.hpp"

#include <fmt/format.h>

#include <array>

namespace meshtrace::redis {

namespace {

/// Ids as arguments of a command: their texts, kept in one block.
class id_arguments {
public:
  explicit id_arguments(std::span<const entry_id> ids) : texts_(ids.size()) {
    for (std::size_t i = 0; i < ids.size(); ++i)
      views_.push_back(format_entry_id(ids[i], texts_[i]));
  }

  void append_to(std::vector<std::string_view>& argv) const {
    argv.insert(argv.end(), views_.begin(), views_.end());
  }

private:
  std::vector<std::array<char, longest_entry_id>> texts_;
  std::vector<std::string_view> views_;
};

answer<std::uint64_t>
as_count(const answer<const reply*>& result, std::string_view command) {
  if (!result)
    return tl::unexpected{result.error()};
  const auto count = (*result)->number();
  if (!count || *count < 0)
    return unexpected_reply(command);
  return static_cast<std::uint64_t>(*count);
}

/// The ids in a reply whose items are ids, or arrays that begin with one.
answer<std::vector<entry_id>>
as_ids(const answer<const reply*>& result, std::string_view command) {
  if (!result)
    return tl::unexpected{result.error()};
  std::vector<entry_id> ids;
  ids.reserve((*result)->items.size());
  for (const auto& item : (*result)->items) {
    const auto& text
      = item.is_array() && !item.items.empty() ? item.items[0] : item;
    const auto id = parse_entry_id(text.text);
    if (!id)
      return unexpected_reply(command);
    ids.push_back(*id);
  }
  return ids;
}

} // namespace

answer<bool>
create_group(connection& to, std::string_view stream, std::string_view group,
             std::string_view start, std::chrono::milliseconds timeout,
             std::optional<std::uint64_t> entries_read) {
  arena memory{256};
  const auto number = std::to_string(entries_read.value_or(0));
  std::vector<std::string_view> argv{"XGROUP", "CREATE", stream,
                                     group,    start,    "MKSTREAM"};
  if (entries_read)
    argv.insert(argv.end(), {"ENTRIESREAD", number});
  const auto result = to.command(argv, memory, timeout);
  if (result && (*result)->text.starts_with("BUSYGROUP "))
    return false;
  if (const auto done = checked(result, "XGROUP CREATE"); !done)
    return tl::unexpected{done.error()};
  return true;
}

answer<void>
set_group(connection& of, std::string_view stream, std::string_view group,
          entry_id last, std::uint64_t entries_read,
          std::chrono::milliseconds timeout) {
  arena memory{256};
  const auto result = ask(of,
                          {"XGROUP", "SETID", stream, group, to_string(last),
                           "ENTRIESREAD", std::to_string(entries_read)},
                          memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  return {};
}

void append_read(connection& to, const read_request& what) {
  const auto count = std::to_string(what.count);
  const auto block = std::to_string(what.block.count());
  std::vector<std::string_view> argv{"XREADGROUP",  "GROUP", what.group,
                                     what.consumer, "COUNT", count};
  // To Redis, 0 means for ever.
  if (what.block.count() > 0)
    argv.insert(argv.end(), {"BLOCK", block});
  argv.push_back("STREAMS");
  for (const auto& from : what.streams)
    argv.push_back(from.stream);
  for (const auto& from : what.streams)
    argv.push_back(from.after);
  to.append(argv);
}

answer<std::span<const stream_page>>
receive_pages(connection& from, arena& memory,
              std::chrono::milliseconds timeout) {
  const auto result = receive(from, "XREADGROUP", memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  const auto streams = (*result)->items; // none for nil: nothing came
  const auto pages = memory.make<stream_page>(streams.size());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const auto& parts = streams[i].items;
    if (parts.size() != 2 || !parts[0].is_text() || !parts[1].is_array())
      return unexpected_reply("XREADGROUP");
    pages[i] = {parts[0].text, parts[1].items};
  }
  return std::span<const stream_page>{pages};
}

answer<std::span<const stream_page>>
read_group(connection& from, const read_request& what, arena& memory,
           std::chrono::milliseconds timeout) {
  append_read(from, what);
  if (const auto done = send(from, timeout); !done)
    return tl::unexpected{done.error()};
  return receive_pages(from, memory, timeout);
}

std::optional<stream_entry> as_entry(const reply& entry) {
  if (entry.items.size() != 2)
    return std::nullopt;
  const auto& head = entry.items[0];
  const auto& body = entry.items[1];
  const auto id = parse_entry_id(head.text);
  if (!id || body.items.size() % 2 != 0 || !(body.is_array() || body.is_nil()))
    return std::nullopt;
  return stream_entry{*id, body.is_nil(), body.items};
}

void append_ack(connection& to, std::string_view stream, std::string_view group,
                std::span<const entry_id> ids) {
  std::vector<std::string_view> argv{"XACK", stream, group};
  const id_arguments texts{ids};
  texts.append_to(argv);
  to.append(argv);
}

answer<std::uint64_t>
receive_ack(connection& from, std::chrono::milliseconds timeout) {
  arena memory{256};
  return as_count(receive(from, "XACK", memory, timeout), "XACK");
}

answer<std::uint64_t>
acknowledge(connection& to, std::string_view stream, std::string_view group,
            std::span<const entry_id> ids, std::chrono::milliseconds timeout) {
  if (ids.empty())
    return 0;
  append_ack(to, stream, group, ids);
  if (const auto done = send(to, timeout); !done)
    return tl::unexpected{done.error()};
  return receive_ack(to, timeout);
}

answer<pending_summary>
pending(connection& of, std::string_view stream, std::string_view group,
        std::chrono::milliseconds timeout) {
  arena memory;
  const auto result = ask(of, {"XPENDING", stream, group}, memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  // Total, least id, greatest id, consumers; all but the total nil if it is 0.
  const auto parts = (*result)->items;
  if (parts.size() != 4 || !parts[0].number())
    return unexpected_reply("XPENDING");
  pending_summary summary;
  summary.total = static_cast<std::uint64_t>(*parts[0].number());
  summary.lowest = parse_entry_id(parts[1].text);
  for (const auto& consumer : parts[3].items) {
    if (consumer.items.size() != 2 || !consumer.items[1].number())
      return unexpected_reply("XPENDING");
    summary.by_consumer.emplace(
      consumer.items[0].text,
      static_cast<std::uint64_t>(*consumer.items[1].number()));
  }
  return summary;
}

answer<std::vector<entry_id>>
pending_of(connection& of, std::string_view stream, std::string_view group,
           std::string_view consumer, entry_id after, std::size_t count,
           std::chrono::milliseconds timeout) {
  arena memory;
  // The bracket excludes the id itself.
  const auto start = fmt::format("({}", to_string(after));
  return as_ids(ask(of,
                    {"XPENDING", stream, group, start, "+",
                     std::to_string(count), consumer},
                    memory, timeout),
                "XPENDING");
}

answer<std::vector<entry_id>>
claim(connection& of, std::string_view stream, std::string_view group,
      std::string_view consumer, std::span<const entry_id> ids,
      std::chrono::milliseconds timeout) {
  if (ids.empty())
    return std::vector<entry_id>{};
  // Claimed whatever their idle time, because alive keys say who is dead.
  std::vector<std::string_view> argv{"XCLAIM", stream, group, consumer, "0"};
  const id_arguments texts{ids};
  texts.append_to(argv);
  argv.push_back("JUSTID");
  arena memory;
  return as_ids(ask(of, argv, memory, timeout), "XCLAIM");
}

answer<std::uint64_t>
trim_before(connection& of, std::string_view stream, entry_id from,
            std::uint64_t limit, std::chrono::milliseconds timeout) {
  arena memory{256};
  return as_count(ask(of,
                      {"XTRIM", stream, "MINID", "~", to_string(from), "LIMIT",
                       std::to_string(limit)},
                      memory, timeout),
                  "XTRIM");
}

answer<std::uint64_t>
trim_to(connection& of, std::string_view stream, std::uint64_t length,
        std::uint64_t limit, std::chrono::milliseconds timeout) {
  arena memory{256};
  return as_count(ask(of,
                      {"XTRIM", stream, "MAXLEN", "~", std::to_string(length),
                       "LIMIT", std::to_string(limit)},
                      memory, timeout),
                  "XTRIM");
}

answer<std::uint64_t>
delete_consumer(connection& of, std::string_view stream, std::string_view group,
                std::string_view consumer, std::chrono::milliseconds timeout) {
  arena memory{256};
  return as_count(ask(of, {"XGROUP", "DELCONSUMER", stream, group, consumer},
                      memory, timeout),
                  "XGROUP DELCONSUMER");
}

} // namespace meshtrace::redis
