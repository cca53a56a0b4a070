#include "app/redrive.hpp"

#include "redis/dead_letters.hpp"
#include "trace/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace meshtrace {

namespace {

/// Letters of the first page, then as many as fit into about `wanted_bytes`.
constexpr std::size_t first_count = 8;
constexpr std::size_t most_count = 1000;
constexpr std::size_t wanted_bytes = std::size_t{1} << 20;

class redriving {
public:
  explicit redriving(const redrive_options& options) : options_(options) {
    range_.count = first_count;
  }

  redrive_report run() {
    auto done = find_end();
    while (done && *done)
      done = next_page();
    if (!done)
      report_.problem = done.error().reason;
    return std::move(report_);
  }

private:
  /// The last letter of now is the last that is looked at: what meshtrace
  /// cannot understand after all comes back behind it. Returns whether there
  /// is any.
  expected<bool> find_end() {
    auto opened = redis::connection::open(options_.redis, options_.timeout);
    if (!opened)
      return tl::unexpected(opened.error());
    link_ = std::move(*opened);
    const auto last = redis::read_range(
      *link_, options_.from, {"-", "+", 1, true}, memory_, options_.timeout);
    if (!last)
      return tl::unexpected<error>(last.error());
    const auto entry
      = last->empty() ? std::nullopt : redis::as_entry(last->front());
    if (entry)
      range_.last = redis::to_string(entry->id);
    return entry.has_value();
  }

  /// Returns whether there may be more.
  expected<bool> next_page() {
    const auto left = options_.limit - report_.total();
    if (left == 0)
      return false;
    memory_.reset(wanted_bytes);
    const auto page = redis::read_range(*link_, options_.from, range_, memory_,
                                        options_.timeout);
    if (!page)
      return tl::unexpected<error>(page.error());
    std::vector<redis::dead_letter> chosen;
    std::size_t bytes = 0;
    for (auto& reply : *page) {
      const auto entry = redis::as_entry(reply);
      if (!entry)
        continue;
      range_.first = "(" + redis::to_string(entry->id);
      bytes += redis::bytes_of(entry->fields);
      if (chosen.size() < left)
        choose(*entry, chosen);
    }
    const bool more = page->size() == range_.count;
    if (bytes > 4 * wanted_bytes)
      range_.count = 1;
    else if (bytes < wanted_bytes)
      range_.count = std::min(range_.count * 2, most_count);
    return put_back(chosen).map([&] { return more; });
  }

  void choose(const redis::stream_entry& entry,
              std::vector<redis::dead_letter>& into) {
    const auto letter = redis::as_dead_letter(entry);
    if (letter && !options_.reason.empty() && letter->reason != options_.reason)
      return;
    if (!letter || letter->fields.empty())
      ++report_.unusable;
    else if (std::ranges::count(options_.streams, letter->source_stream) == 0)
      ++report_.of_unknown_stream;
    else
      into.push_back(*letter);
  }

  expected<void> put_back(const std::vector<redis::dead_letter>& letters) {
    if (letters.empty())
      return {};
    for (auto& letter : letters)
      redis::append_redrive(*link_, letter);
    if (auto sent = redis::send(*link_, options_.timeout); !sent)
      return tl::unexpected<error>(sent.error());
    std::optional<error> problem;
    std::vector<redis::entry_id> done;
    for (auto& letter : letters) {
      arena scratch{256};
      const auto reply
        = redis::receive(*link_, "XADD", scratch, options_.timeout);
      if (reply) {
        done.push_back(letter.id);
        ++report_.put_back[std::string{letter.source_stream}];
      } else if (!problem) {
        problem = reply.error();
      }
    }
    const auto deleted
      = redis::delete_entries(*link_, options_.from, done, options_.timeout);
    if (!problem && !deleted)
      problem = deleted.error();
    if (problem)
      return tl::unexpected(*problem);
    return {};
  }

  const redrive_options& options_;
  std::optional<redis::connection> link_;
  redis::range_request range_;
  arena memory_;
  redrive_report report_;
};

} // namespace

std::uint64_t redrive_report::total() const {
  std::uint64_t result = 0;
  for (auto& [_, count] : put_back)
    result += count;
  return result;
}

redrive_report redrive(const redrive_options& options) {
  return redriving{options}.run();
}

std::string to_text(const redrive_report& report) {
  auto result = fmt::format("put back {} dead letters\n", report.total());
  for (auto& [stream, count] : report.put_back)
    result += fmt::format("  {} to {}\n", count, escaped(stream));
  if (report.of_unknown_stream > 0)
    result += fmt::format("left {} that came from a stream which is not one of "
                          "TRACE_STREAMS\n",
                          report.of_unknown_stream);
  if (report.unusable > 0)
    result += fmt::format("left {} that are no dead letters of meshtrace or "
                          "have no fields\n",
                          report.unusable);
  return result;
}

} // namespace meshtrace
