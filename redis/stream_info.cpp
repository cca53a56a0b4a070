#include "redis/stream_info.hpp"

#include <algorithm>

namespace meshtrace::redis {

namespace {

/// XINFO's maps: name, value, name, value, ... with names that come and go
/// from version to version.
class field_map {
public:
  explicit field_map(const reply& list) : items_(list.items) {
    // nop
  }

  /// The value of `name`, nil when there is none.
  const reply& operator[](std::string_view name) const {
    static const reply nothing;
    for (std::size_t i = 0; i + 1 < items_.size(); i += 2)
      if (items_[i].text == name)
        return items_[i + 1];
    return nothing;
  }

  std::optional<std::uint64_t> count(std::string_view name) const {
    const auto number = (*this)[name].number();
    if (!number || *number < 0)
      return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  }

  std::optional<entry_id> id(std::string_view name) const {
    return parse_entry_id((*this)[name].text);
  }

  std::string text(std::string_view name) const {
    return std::string{(*this)[name].text};
  }

private:
  std::span<const reply> items_;
};

std::optional<stream_info> read_stream(const field_map& fields) {
  const auto length = fields.count("length");
  const auto last = fields.id("last-generated-id");
  if (!length || !last)
    return std::nullopt;
  stream_info result{*length, *last, fields.count("entries-added"), {}};
  if (const auto& entry = fields["first-entry"]; !entry.items.empty())
    result.first_entry = parse_entry_id(entry.items[0].text);
  return result;
}

std::optional<group_info> read_group_info(const field_map& fields) {
  const auto pending = fields.count("pending");
  const auto last = fields.id("last-delivered-id");
  if (!pending || !last)
    return std::nullopt;
  return group_info{fields.text("name"),
                    fields.count("consumers").value_or(0),
                    *pending,
                    *last,
                    fields.count("entries-read"),
                    fields.count("lag")};
}

std::optional<consumer_info> read_consumer(const field_map& fields) {
  const auto pending = fields.count("pending");
  if (!pending)
    return std::nullopt;
  const auto idle = fields["idle"].number().value_or(0);
  return consumer_info{fields.text("name"), *pending,
                       std::chrono::milliseconds{idle}};
}

/// A list of maps, each read by `read_one`.
template <class T>
answer<std::vector<T>>
read_list(const reply& list, std::optional<T> (*read_one)(const field_map&),
          std::string_view command) {
  std::vector<T> result;
  for (const auto& item : list.items) {
    auto one = read_one(field_map{item});
    if (!one)
      return unexpected_reply(command);
    result.push_back(std::move(*one));
  }
  return result;
}

} // namespace

answer<std::optional<stream_info>>
info_stream(connection& of, std::string_view stream,
            std::chrono::milliseconds timeout) {
  arena memory;
  const auto result = ask(of, {"XINFO", "STREAM", stream}, memory, timeout);
  if (!result && result.error().kind == command_error::no_key)
    return std::optional<stream_info>{};
  if (!result)
    return tl::unexpected{result.error()};
  auto info = read_stream(field_map{**result});
  if (!info)
    return unexpected_reply("XINFO STREAM");
  return info;
}

answer<std::vector<group_info>>
info_groups(connection& of, std::string_view stream,
            std::chrono::milliseconds timeout) {
  arena memory;
  const auto result = ask(of, {"XINFO", "GROUPS", stream}, memory, timeout);
  if (!result && result.error().kind == command_error::no_key)
    return std::vector<group_info>{};
  if (!result)
    return tl::unexpected{result.error()};
  return read_list(**result, read_group_info, "XINFO GROUPS");
}

answer<std::vector<consumer_info>>
info_consumers(connection& of, std::string_view stream, std::string_view group,
               std::chrono::milliseconds timeout) {
  arena memory;
  const auto result
    = ask(of, {"XINFO", "CONSUMERS", stream, group}, memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  return read_list(**result, read_consumer, "XINFO CONSUMERS");
}

answer<std::uint64_t> stream_length(connection& of, std::string_view stream,
                                    std::chrono::milliseconds timeout) {
  return ask_number(of, {"XLEN", stream}, timeout).map([](std::int64_t n) {
    return static_cast<std::uint64_t>(n);
  });
}

answer<std::uint64_t>
server_time(connection& of, std::chrono::milliseconds timeout) {
  arena memory{256};
  const auto result = ask(of, {"TIME"}, memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  const auto parts = (*result)->items; // seconds and microseconds
  const auto seconds = parts.size() == 2 ? parts[0].number() : std::nullopt;
  const auto micros = parts.size() == 2 ? parts[1].number() : std::nullopt;
  if (!seconds || !micros)
    return unexpected_reply("TIME");
  return static_cast<std::uint64_t>(*seconds * 1000 + *micros / 1000);
}

} // namespace meshtrace::redis
