#include "exporters/console_text.hpp"

#include "trace/text.hpp"
#include "trace/trace_json.hpp"
#include "trace/view.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>
#include <vector>

namespace meshtrace {

namespace {

struct agent_block {
  std::string_view name;
  std::vector<const span_view*> spans;
};

/// In the order of their first span.
std::vector<agent_block> by_agent(const trace_view& view) {
  std::vector<agent_block> result;
  std::unordered_map<std::string_view, std::size_t> index;
  for (auto& x : view.spans()) {
    auto name = (*x.content)[text_field::agent_name];
    if (name.empty())
      name = "unknown";
    const auto [i, is_new] = index.emplace(name, result.size());
    if (is_new)
      result.push_back({name, {}});
    result[i->second].spans.push_back(&x);
  }
  return result;
}

std::string counted(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string in_parentheses(optional_int duration) {
  return duration.has_value() ? fmt::format(" ({})", short_duration(*duration))
                              : std::string{};
}

std::string verdict(const trace_view& view, const envelope& head) {
  if (view.error_count > 0)
    return "FAILED";
  if (view.is_whole())
    return "SUCCESS";
  return fmt::format("INCOMPLETE ({})", to_string(head.reason));
}

void append_error(std::string& out, const span& x) {
  for (auto field : {text_field::error_type, text_field::error_message})
    if (!x[field].empty())
      out += ": " + escaped(x[field]);
}

void append_span(std::string& out, const span_view& view) {
  const auto& x = *view.content;
  const bool failed = x.success == outcome::failure;
  const bool open = x.open() && !failed;
  const auto operation = x[text_field::operation];
  out += failed ? "    ❌ " : open ? "    ⏳ " : "    ✅ ";
  out += operation.empty() ? "unknown" : escaped(operation);
  if (const auto capability = x[text_field::capability]; !capability.empty())
    out += " [" + escaped(capability) + "]";
  out += open ? " (open)" : in_parentheses(view.duration);
  if (failed)
    append_error(out, x);
  out += '\n';
}

} // namespace

std::string short_duration(std::int64_t duration) {
  constexpr std::int64_t us = 1000;
  constexpr std::int64_t ms = 1000 * us;
  constexpr std::int64_t s = 1000 * ms;
  if (duration < ms)
    return fmt::format("{}µs", duration / us);
  if (duration < s)
    return fmt::format("{}ms", duration / ms);
  const auto hundredths = duration / (10 * ms) + (duration / (5 * ms)) % 2;
  return fmt::format("{}.{:02}s", hundredths / 100, hundredths % 100);
}

std::string pretty_block(const stored_trace& trace) {
  const trace_view view{*trace.content};
  const auto agents = by_agent(view);
  auto out = "🔗 TRACE " + escaped(trace.content->id().substr(0, 8));
  if (trace.head.revision > 1)
    out += fmt::format(" r{}", trace.head.revision);
  out += in_parentheses(view.duration);
  out += fmt::format(" - {} ({} across {})\n", verdict(view, trace.head),
                     counted(view.spans().size(), "span"),
                     counted(agents.size(), "agent"));
  for (auto& agent : agents) {
    out += "  📍 Agent: " + escaped(agent.name) + '\n';
    for (auto* x : agent.spans)
      append_span(out, *x);
  }
  return out;
}

std::string json_line(const stored_trace& trace) {
  std::string out;
  append_trace_json(out, trace_view{*trace.content}, trace.head, false);
  out += '\n';
  return out;
}

} // namespace meshtrace
