#include "bench/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace meshtrace::bench {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::uint64_t agents = 48;

constexpr std::array<std::string_view, 12> roles{
  "weather", "calendar", "billing", "search", "planner",   "translator",
  "reports", "currency", "mailer",  "vision", "archivist", "gateway"};

constexpr std::array<std::string_view, 10> functions{
  "get_current_time", "validate_data", "generate_report",    "analyze",
  "fetch_rates",      "book_room",     "proxy_call_wrapper", "summarize",
  "POST /api/plan",   "route:chat"};

constexpr std::array<std::string_view, 6> errors{
  "connection refused",
  "no rate for \"XAU\"",
  "HTTP 503 from upstream; retry after 2s",
  "schl\xc3\xbcssel fehlt: \xe2\x9c\x97",
  "line one\nline two\ttabbed",
  "C:\\data\\missing.csv not found"};

constexpr std::array<std::string_view, 3> models{
  "claude-sonnet-4", "gpt-4o-mini", "llama-3.1-70b"};
constexpr std::array<std::string_view, 3> providers{"anthropic", "openai",
                                                    "local"};

template <class List>
std::string pick(random& dice, const List& list) {
  return std::string{list[dice.below(list.size())]};
}

/// How finely the writer's clock counts.
std::int64_t tick_of(flavour writer) {
  switch (writer) {
  case flavour::go:
    return 1;
  case flavour::python_first:
  case flavour::python:
    return 100;
  default:
    return ns_per_ms;
  }
}

/// In which steps the writer tells durations.
std::int64_t duration_step_of(flavour writer) {
  switch (writer) {
  case flavour::python_first:
  case flavour::python:
    return 10'000; // two decimals of a millisecond
  default:
    return ns_per_ms;
  }
}

flavour pick_writer(random& dice, protocol speaks) {
  if (speaks == protocol::a || (speaks == protocol::mixed && dice.chance(0.35)))
    return flavour::go;
  constexpr std::array<flavour, 5> b{flavour::python, flavour::python,
                                     flavour::python_first, flavour::typescript,
                                     flavour::java};
  return b[dice.below(b.size())];
}

void set_agent(random& dice, span_plan& span) {
  span.agent = dice.below(agents);
  const auto role = roles[span.agent % roles.size()];
  span.agent_name = fmt::format("{}-agent-{}", role, span.agent / roles.size());
  span.agent_id = fmt::format("{}-{:08x}", span.agent_name,
                              random(span.agent).next() >> 32);
  span.ip_address
    = fmt::format("10.42.{}.{}", span.agent / 16, span.agent + 10);
}

/// Lays the span inside its parent, on the grid of its writer's clock.
void set_times(random& dice, span_plan& span, std::int64_t from,
               std::int64_t length) {
  const auto tick = tick_of(span.writer);
  auto start = from + dice.between(0, length / 4);
  start -= start % tick;
  if (span.writer == flavour::typescript && dice.chance(0.1))
    start -= start % ns_per_s; // written without decimals then
  auto duration = dice.between(length / 50, length - length / 3);
  span.says_duration = span.writer != flavour::go || dice.chance(0.75);
  if (span.says_duration)
    duration -= duration % duration_step_of(span.writer);
  span.start_ns = start;
  span.end_ns = start + duration;
}

void set_details(random& dice, span_plan& span) {
  span.operation = pick(dice, functions);
  span.args_count = dice.between(0, 6);
  const bool go = span.writer == flavour::go;
  if (go || span.writer == flavour::java)
    span.capability = span.operation.substr(0, span.operation.find(' '));
  if (go && dice.chance(0.3))
    span.target_agent = fmt::format("{}-agent-0", pick(dice, roles));
  if (go || (span.writer != flavour::python_first && dice.chance(0.4))) {
    span.request_bytes = dice.between(0, 9'000);
    span.response_bytes = dice.between(2, 90'000);
  }
}

void fail(random& dice, span_plan& span) {
  span.success = false;
  span.error_message = pick(dice, errors);
  if (span.writer == flavour::java)
    span.error_type = "java.lang.IllegalStateException";
}

void ask_model(random& dice, span_plan& span) {
  const auto i = dice.below(models.size());
  span.operation = "chat_completion";
  span.llm = llm_use{std::string{models[i]}, std::string{providers[i]},
                     dice.between(20, 4'000), dice.between(1, 1'200)};
}

span_plan make_span(random& dice, const plan_options& options,
                    const trace_plan& trace, std::int64_t trace_start) {
  span_plan span;
  span.writer = pick_writer(dice, options.speaks);
  span.id = fmt::format("{:016x}", dice.next() | 1);
  if (span.writer == flavour::python_first)
    span.id += fmt::format("{:016x}", dice.next());
  set_agent(dice, span);
  set_details(dice, span);
  if (trace.spans.empty()) {
    const auto length = dice.between(2, 2'500) * ns_per_ms;
    set_times(dice, span, trace_start + dice.between(0, ns_per_ms), length);
  } else {
    span.parent = dice.below(trace.spans.size());
    const auto& parent = trace.spans[*span.parent];
    set_times(dice, span, parent.start_ns, parent.end_ns - parent.start_ns);
  }
  return span;
}

} // namespace

trace_plan make_trace(const plan_options& options, std::uint64_t index) {
  random dice{options.seed, index};
  trace_plan trace;
  trace.id = fmt::format("{:016x}{:016x}", dice.next() | 1, dice.next());
  const auto start
    = options.start_ns + static_cast<std::int64_t>(index) * 10 * ns_per_ms;
  const auto count = dice.between(static_cast<std::int64_t>(options.min_spans),
                                  static_cast<std::int64_t>(options.max_spans));
  trace.spans.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    trace.spans.push_back(make_span(dice, options, trace, start));
  if (dice.chance(options.failures)) {
    fail(dice, trace.spans[dice.below(trace.spans.size())]);
    if (dice.chance(0.5) && trace.spans.front().success)
      fail(dice, trace.spans.front());
  }
  if (dice.chance(options.llm))
    ask_model(dice, trace.spans[dice.below(trace.spans.size())]);
  return trace;
}

const char* runtime_of(flavour writer) {
  switch (writer) {
  case flavour::go:
    return "go";
  case flavour::python:
    return "python";
  case flavour::typescript:
    return "typescript";
  case flavour::java:
    return "java";
  case flavour::python_first:
    return "";
  }
  return "";
}

} // namespace meshtrace::bench
