#include "exporters/webhook_filter.hpp"

#include "trace/duration.hpp"
#include "trace/text.hpp"

namespace meshtrace {

namespace {

constexpr std::string_view slow_prefix = "slow:";

expected<void> read_term(std::string_view term, webhook_filter& to) {
  if (term == "failed")
    to.failed = true;
  else if (term == "incomplete")
    to.incomplete = true;
  else if (term.starts_with(slow_prefix)) {
    const auto least = parse_go_duration(term.substr(slow_prefix.size()));
    if (!least || *least <= std::chrono::nanoseconds{0})
      return failure("slow: wants a duration above zero, such as slow:1.5s");
    to.slow = *least;
  } else {
    return failure("there is no filter \"" + escaped(cut_utf8(term, 100))
                   + '"');
  }
  return {};
}

std::string_view without_blanks(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos)
    return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

} // namespace

std::string_view to_string(webhook_reason reason) {
  switch (reason) {
  case webhook_reason::failed:
    return "failed";
  case webhook_reason::incomplete:
    return "incomplete";
  case webhook_reason::slow:
    return "slow";
  }
  return "";
}

webhook_reasons webhook_filter::reasons(const trace_view& trace) const {
  webhook_reasons result;
  const auto add = [&](webhook_reason reason, bool holds) {
    result.set(static_cast<std::size_t>(reason), holds);
  };
  add(webhook_reason::failed, (all || failed) && trace.error_count > 0);
  add(webhook_reason::incomplete, (all || incomplete) && !trace.is_whole());
  add(webhook_reason::slow, slow.count() > 0 && trace.duration.has_value()
                              && *trace.duration >= slow.count());
  return result;
}

expected<webhook_filter> parse_webhook_filter(std::string_view text) {
  webhook_filter result;
  if (without_blanks(text) == "all") {
    result.all = true;
    return result;
  }
  while (true) {
    const auto comma = text.find(',');
    const auto term = without_blanks(text.substr(0, comma));
    if (auto read = read_term(term, result); !read)
      return failure(read.error().reason);
    if (comma == std::string_view::npos)
      return result;
    text.remove_prefix(comma + 1);
  }
}

std::string to_string(const webhook_filter& filter) {
  if (filter.all)
    return "all";
  std::string result;
  const auto add = [&](std::string_view term) {
    result.append(result.empty() ? "" : ",").append(term);
  };
  if (filter.failed)
    add("failed");
  if (filter.incomplete)
    add("incomplete");
  if (filter.slow.count() > 0)
    add(std::string{slow_prefix} + format_go_duration(filter.slow));
  return result;
}

} // namespace meshtrace
