#include "redis/dead_letters.hpp"

#include <array>

namespace meshtrace::redis {

namespace {

/// The names of the pairs that are ours, in their order.
constexpr std::array<std::string_view, 3> own_names
  = {"reason", "source_stream", "source_id"};

} // namespace

std::optional<dead_letter> as_dead_letter(const stream_entry& entry) {
  if (entry.fields.size() < 2 * own_names.size())
    return std::nullopt;
  for (std::size_t i = 0; i < own_names.size(); ++i)
    if (entry.fields[2 * i].text != own_names[i])
      return std::nullopt;
  return dead_letter{entry.id, entry.fields[1].text, entry.fields[3].text,
                     entry.fields[5].text,
                     entry.fields.subspan(2 * own_names.size())};
}

void append_dead_letter(connection& to, std::string_view stream,
                        std::size_t most, const new_dead_letter& letter) {
  const auto limit = std::to_string(most);
  const std::array values{letter.reason, letter.source_stream,
                          letter.source_id};
  std::vector<std::string_view> argv{"XADD", stream, "MAXLEN", "~", limit, "*"};
  argv.reserve(argv.size() + 2 * (own_names.size() + letter.fields.size()));
  for (std::size_t i = 0; i < own_names.size(); ++i) {
    argv.push_back(own_names[i]);
    argv.push_back(values[i]);
  }
  for (const auto& [name, value] : letter.fields) {
    argv.emplace_back(name);
    argv.emplace_back(value);
  }
  to.append(argv);
}

void append_redrive(connection& to, const dead_letter& letter) {
  std::vector<std::string_view> argv{"XADD", letter.source_stream, "*"};
  argv.reserve(argv.size() + letter.fields.size());
  for (const auto& text : letter.fields)
    argv.push_back(text.text);
  to.append(argv);
}

answer<std::span<const reply>>
read_range(connection& of, std::string_view stream, const range_request& what,
           arena& memory, std::chrono::milliseconds timeout) {
  const auto count = std::to_string(what.count);
  const auto result
    = what.newest_first
        ? ask(of, {"XREVRANGE", stream, what.last, what.first, "COUNT", count},
              memory, timeout)
        : ask(of, {"XRANGE", stream, what.first, what.last, "COUNT", count},
              memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  if (!(*result)->is_array())
    return unexpected_reply(what.newest_first ? "XREVRANGE" : "XRANGE");
  return (*result)->items;
}

answer<std::uint64_t> delete_entries(connection& of, std::string_view stream,
                                     std::span<const entry_id> ids,
                                     std::chrono::milliseconds timeout) {
  if (ids.empty())
    return 0;
  std::vector<std::string> texts;
  for (const auto id : ids)
    texts.push_back(to_string(id));
  std::vector<std::string_view> argv{"XDEL", stream};
  argv.insert(argv.end(), texts.begin(), texts.end());
  arena memory{256};
  const auto result = ask(of, argv, memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  const auto count = (*result)->number();
  if (!count || *count < 0)
    return unexpected_reply("XDEL");
  return static_cast<std::uint64_t>(*count);
}

std::size_t bytes_of(std::span<const reply> fields) {
  std::size_t result = 0;
  for (const auto& text : fields)
    result += text.text.size();
  return result;
}

} // namespace meshtrace::redis
