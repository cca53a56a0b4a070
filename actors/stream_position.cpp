#include "actors/stream_position.hpp"

#include "trace/text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace meshtrace {

namespace {

constexpr std::string_view version = "1";
constexpr std::size_t parts_of_note = 6;

std::string optional_text(std::optional<std::uint64_t> number) {
  return number ? std::to_string(*number) : "-";
}

template <class T>
bool read(std::string_view text, T& to) {
  const auto* end = text.data() + text.size();
  const auto [at, code] = std::from_chars(text.data(), end, to);
  return code == std::errc{} && at == end;
}

bool read(std::string_view text, std::optional<std::uint64_t>& to) {
  if (text == "-")
    return true;
  to.emplace();
  return read(text, *to);
}

bool read(std::string_view text, stream_entry_id& to) {
  const auto id = redis::parse_entry_id(text);
  if (id)
    to = to_id(*id);
  return id.has_value();
}

} // namespace

stream_entry_id before(stream_entry_id id) {
  if (id.seq > 0)
    return {id.ms, id.seq - 1};
  if (id.ms > 0)
    return {id.ms - 1, std::numeric_limits<std::uint64_t>::max()};
  return id;
}

std::string position_key(std::string_view group, std::string_view stream) {
  return fmt::format("position/{} {}", group, stream);
}

std::string to_note(const stream_position& x) {
  return fmt::format("{} {} {} {} {} {}", version, x.generation, to_text(x.id),
                     optional_text(x.number), optional_text(x.entries_added),
                     to_text(x.last_generated));
}

expected<stream_position> read_position(std::string_view note) {
  std::array<std::string_view, parts_of_note> parts;
  auto rest = note;
  for (auto& part : parts) {
    part = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  stream_position result;
  if (!rest.empty() || parts[0] != version || !read(parts[1], result.generation)
      || !read(parts[2], result.id) || !read(parts[3], result.number)
      || !read(parts[4], result.entries_added)
      || !read(parts[5], result.last_generated))
    return tl::unexpected(
      error{"a position that this version cannot read: " + escaped(note)});
  return result;
}

} // namespace meshtrace
