// What each SDK puts into an entry (shared/reference/wire-format.md 1.2-1.5):
//
//   A  go          start = event_type span_start, end = span_end | error;
//                  times as decimals, durations whole ms, "" where nothing is
//                  said, always the same 16 fields (plus those of a model)
//   B  python      True/False, "null", two decimals of a millisecond
//      first SDK   the same with dashes in ids and without runtime
//      typescript  true/false, "12.00", whole seconds without decimals
//      java        1.7535764345E9, durations whole ms
#include "bench/encodings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace::bench {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_s = 1'000'000'000;

using fields = std::vector<std::pair<std::string_view, std::string>>;

std::string number(std::int64_t value) {
  return fmt::format_int(value).str();
}

std::string optional_number(const std::optional<std::int64_t>& value) {
  return value ? number(*value) : std::string{};
}

void add_llm(fields& out, const span_plan& span) {
  if (!span.llm)
    return;
  const auto& use = *span.llm;
  out.emplace_back("llm_model", use.model);
  out.emplace_back("llm_provider", use.provider);
  out.emplace_back("llm_input_tokens", number(use.input_tokens));
  out.emplace_back("llm_output_tokens", number(use.output_tokens));
  out.emplace_back("llm_total_tokens",
                   number(use.input_tokens + use.output_tokens));
}

// -- protocol A ---------------------------------------------------------------

event go_event(const trace_plan& trace, const span_plan& span, bool end) {
  event result;
  result.sent_ns = end ? span.end_ns : span.start_ns;
  auto& out = result.fields;
  out.reserve(end && span.llm ? 22 : 17);
  const char* type = end ? (span.success ? "span_end" : "error") : "span_start";
  out.emplace_back("trace_id", trace.id);
  out.emplace_back("span_id", span.id);
  out.emplace_back("parent_span",
                   span.parent ? trace.spans[*span.parent].id : "");
  out.emplace_back("agent_name", span.agent_name);
  out.emplace_back("agent_id", span.agent_id);
  out.emplace_back("ip_address", span.ip_address);
  out.emplace_back("operation", span.operation);
  out.emplace_back("event_type", type);
  out.emplace_back("timestamp", seconds_text(result.sent_ns, 9, 0));
  out.emplace_back("duration_ms", end && span.says_duration ? number(
                                    (span.end_ns - span.start_ns) / ns_per_ms)
                                                            : "");
  out.emplace_back("success", end ? (span.success ? "true" : "false") : "");
  out.emplace_back("capability", span.capability);
  out.emplace_back("target_agent", span.target_agent);
  out.emplace_back("runtime", "go");
  out.emplace_back("request_bytes", optional_number(span.request_bytes));
  out.emplace_back("response_bytes",
                   end ? optional_number(span.response_bytes) : "");
  if (end && !span.success)
    out.emplace_back("error_message", span.error_message);
  if (end)
    add_llm(out, span);
  return result;
}

// -- protocol B ---------------------------------------------------------------

bool is_python(flavour writer) {
  return writer == flavour::python || writer == flavour::python_first;
}

std::string time_text(flavour writer, std::int64_t ns) {
  if (is_python(writer))
    return seconds_text(ns, 7, 1);
  if (writer == flavour::typescript)
    return seconds_text(ns, 3, 0);
  return java_seconds(ns);
}

std::string duration_text(flavour writer, std::int64_t ns) {
  const auto hundredths = ns / 10'000;
  if (writer == flavour::java)
    return number(ns / ns_per_ms);
  if (writer == flavour::typescript)
    return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
  auto text = fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
  if (text.back() == '0') // repr of a float: 12.3, 12.0
    text.pop_back();
  return text;
}

std::string id_text(flavour writer, std::string_view id) {
  return writer == flavour::python_first ? dashed(id) : std::string{id};
}

void add_agent(fields& out, const span_plan& span) {
  const auto port = number(9'000 + static_cast<std::int64_t>(span.agent));
  out.emplace_back("agent_id", span.agent_id);
  out.emplace_back("agent_name", span.agent_name);
  out.emplace_back("agent_hostname", span.agent_name + "-0");
  out.emplace_back("agent_ip", span.ip_address);
  out.emplace_back("agent_port", port);
  out.emplace_back("agent_namespace", "default");
  out.emplace_back("agent_endpoint",
                   fmt::format("http://{}:{}", span.ip_address, port));
}

void add_times(fields& out, const span_plan& span) {
  out.emplace_back("start_time", time_text(span.writer, span.start_ns));
  out.emplace_back("end_time", time_text(span.writer, span.end_ns));
  out.emplace_back("duration_ms",
                   duration_text(span.writer, span.end_ns - span.start_ns));
}

void add_outcome(fields& out, const span_plan& span) {
  if (is_python(span.writer))
    out.emplace_back("success", span.success ? "True" : "False");
  else
    out.emplace_back("success", span.success ? "true" : "false");
  if (!span.success)
    out.emplace_back("error", span.error_message);
  else if (span.writer != flavour::java)
    out.emplace_back("error", "null");
  if (!span.error_type.empty())
    out.emplace_back("error_type", span.error_type);
}

/// What only some SDKs send and what no field of a span has a place for.
void add_extras(fields& out, const span_plan& span) {
  out.emplace_back("args_count", number(span.args_count));
  if (span.writer == flavour::java) {
    out.emplace_back("capability", span.capability);
    out.emplace_back("result_type", "null");
    out.emplace_back("java_version", "17.0.12");
    out.emplace_back("agent_runtime", "java");
  } else {
    const bool python = is_python(span.writer);
    out.emplace_back("kwargs_count", "0");
    out.emplace_back("result_type", python ? "None" : "object");
    out.emplace_back("dependencies",
                     python ? R"(["dep_a", "dep_b"])" : R"(["dep_a","dep_b"])");
    out.emplace_back("injected_dependencies", "2");
    out.emplace_back("mesh_positions", python ? "[0, 1]" : "[]");
  }
  if (span.writer != flavour::python_first)
    out.emplace_back("runtime", runtime_of(span.writer));
  if (span.request_bytes)
    out.emplace_back("request_bytes", number(*span.request_bytes));
  if (span.response_bytes)
    out.emplace_back("response_bytes", number(*span.response_bytes));
  add_llm(out, span);
}

event execution_event(const trace_plan& trace, const span_plan& span,
                      random& dice) {
  event result;
  result.sent_ns = span.end_ns + dice.between(10'000, 900'000);
  auto& out = result.fields;
  out.reserve(36);
  out.emplace_back("trace_id", id_text(span.writer, trace.id));
  out.emplace_back("span_id", id_text(span.writer, span.id));
  out.emplace_back("parent_span", "null");
  if (span.parent) {
    // Callers hand their id on as they spell it.
    const auto& parent = trace.spans[*span.parent];
    out.back().second = id_text(parent.writer, parent.id);
  }
  out.emplace_back("function_name", span.operation);
  add_agent(out, span);
  add_times(out, span);
  add_outcome(out, span);
  add_extras(out, span);
  out.emplace_back("published_at", time_text(span.writer, result.sent_ns));
  dice.shuffle(out); // the core library sends a hash map
  return result;
}

} // namespace

std::vector<event> encode(const trace_plan& trace, random& dice) {
  std::vector<event> result;
  result.reserve(trace.spans.size() * 2);
  for (auto i = trace.spans.size(); i-- > 0;) { // the root last
    const auto& span = trace.spans[i];
    if (span.writer == flavour::go) {
      result.push_back(go_event(trace, span, false));
      result.push_back(go_event(trace, span, true));
    } else {
      result.push_back(execution_event(trace, span, dice));
    }
  }
  std::stable_sort(
    result.begin(), result.end() - 1,
    [](const event& a, const event& b) { return a.sent_ns < b.sent_ns; });
  return result;
}

std::string seconds_text(std::int64_t ns, int decimals, int least) {
  auto digits = fmt::format("{:09}", ns % ns_per_s);
  digits.resize(static_cast<std::size_t>(decimals));
  while (digits.size() > static_cast<std::size_t>(least)
         && digits.back() == '0')
    digits.pop_back();
  const auto whole = fmt::format_int(ns / ns_per_s).str();
  return digits.empty() ? whole : whole + '.' + digits;
}

std::string java_seconds(std::int64_t ns) {
  const auto whole = fmt::format_int(ns / ns_per_s).str();
  auto digits = whole.substr(1) + fmt::format("{:09}", ns % ns_per_s);
  while (digits.size() > 1 && digits.back() == '0')
    digits.pop_back();
  return fmt::format("{}.{}E{}", whole[0], digits, whole.size() - 1);
}

std::string dashed(std::string_view id) {
  if (id.size() != 32)
    return std::string{id};
  return fmt::format("{}-{}-{}-{}-{}", id.substr(0, 8), id.substr(8, 4),
                     id.substr(12, 4), id.substr(16, 4), id.substr(20));
}

} // namespace meshtrace::bench
