#include "actors/dead_letter_pages.hpp"

#include "redis/dead_letters.hpp"
#include "redis/stream_info.hpp"
#include "trace/text.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

/// What one answer looks at in Redis, whatever its filter.
constexpr std::size_t most_entries = 20'000;
constexpr std::size_t most_bytes = std::size_t{64} << 20;
constexpr std::chrono::milliseconds most_time{1000};

/// What is shown of one letter.
constexpr std::size_t shown_fields = 100;
constexpr std::size_t shown_bytes = 1024;

/// Entries of the first page, then as many as fit into about `wanted_bytes`.
constexpr std::size_t first_count = 8;
constexpr std::size_t most_count = 1000;
constexpr std::size_t wanted_bytes = std::size_t{1} << 20;

std::string shown(std::string_view text, bool& cut) {
  cut = cut || text.size() > shown_bytes;
  return std::string{cut_utf8(text, shown_bytes)};
}

shown_dead_letter show(const redis::dead_letter& letter) {
  shown_dead_letter result;
  result.id = redis::to_string(letter.id);
  result.reason = letter.reason;
  result.source_stream = shown(letter.source_stream, result.cut);
  result.source_id = shown(letter.source_id, result.cut);
  const auto pairs = letter.fields.size() / 2;
  result.cut = result.cut || pairs > shown_fields;
  for (std::size_t i = 0; i < std::min(pairs, shown_fields); ++i)
    result.fields.emplace_back(
      shown(letter.fields[2 * i].text, result.cut),
      shown(letter.fields[2 * i + 1].text, result.cut));
  return result;
}

/// Goes through the stream from its end.
class scan {
public:
  scan(redis::connection& from, std::string_view stream,
       const dead_letters_query& query, std::chrono::milliseconds timeout)
    : from_(from), stream_(stream), query_(query), timeout_(timeout) {
    range_.newest_first = true;
    range_.count = first_count;
  }

  expected<dead_letters_page> run() {
    const auto length = redis::stream_length(from_, stream_, timeout_);
    if (!length)
      return tl::unexpected<error>(length.error());
    page_.total = *length;
    const auto end = std::chrono::steady_clock::now() + most_time;
    bool more = *length > 0;
    while (more && page_.letters.size() < query_.limit) {
      if (entries_ >= most_entries || bytes_ >= most_bytes
          || std::chrono::steady_clock::now() >= end) {
        page_.complete = false;
        break;
      }
      auto next = read_page();
      if (!next)
        return tl::unexpected(next.error());
      more = *next;
    }
    return std::move(page_);
  }

private:
  /// Returns whether there may be more.
  expected<bool> read_page() {
    memory_.reset(wanted_bytes);
    const auto found
      = redis::read_range(from_, stream_, range_, memory_, timeout_);
    if (!found)
      return tl::unexpected<error>(found.error());
    std::size_t bytes = 0;
    for (auto& reply : *found) {
      const auto entry = redis::as_entry(reply);
      if (!entry)
        continue;
      range_.last = "(" + redis::to_string(entry->id);
      bytes += redis::bytes_of(entry->fields);
      take(*entry);
    }
    entries_ += found->size();
    bytes_ += bytes;
    const bool more = found->size() == range_.count;
    if (bytes > 4 * wanted_bytes)
      range_.count = 1;
    else if (bytes < wanted_bytes)
      range_.count = std::min(range_.count * 2, most_count);
    return more;
  }

  void take(const redis::stream_entry& entry) {
    const auto letter = redis::as_dead_letter(entry);
    if (letter && page_.letters.size() < query_.limit
        && (query_.reason.empty() || letter->reason == query_.reason))
      page_.letters.push_back(show(*letter));
  }

  redis::connection& from_;
  std::string_view stream_;
  const dead_letters_query& query_;
  std::chrono::milliseconds timeout_;
  redis::range_request range_;
  arena memory_;
  dead_letters_page page_;
  std::size_t entries_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace

expected<dead_letters_page>
read_dead_letters(redis::connection& from, std::string_view stream,
                  const dead_letters_query& query,
                  std::chrono::milliseconds timeout) {
  return scan{from, stream, query, timeout}.run();
}

} // namespace meshtrace
