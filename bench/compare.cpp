// The oracle: what the API has to say about a trace, worked out from the plan
// and from api.md alone, with none of the service's own code.
#include "bench/compare.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace meshtrace::bench {

namespace {

using rapidjson::Value;

constexpr std::int64_t ns_per_s = 1'000'000'000;

std::string to_text(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  value.Accept(writer);
  return buffer.GetString();
}

std::string_view view(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

/// Checks the members of one object and collects what is wrong.
class checker {
public:
  checker(std::string where, const Value& object,
          std::vector<std::string>& problems)
    : where_(std::move(where)), object_(object), problems_(problems) {}

  /// Text; an empty one has to come back as null.
  void text(const char* name, std::string_view wanted) {
    const auto* value = find(name);
    if (value == nullptr)
      return;
    if (wanted.empty() ? !value->IsNull()
                       : !value->IsString() || view(*value) != wanted)
      differs(name, *value, wanted.empty() ? "null" : wanted);
  }

  void boolean(const char* name, bool wanted) {
    const auto* value = find(name);
    if (value != nullptr && (!value->IsBool() || value->GetBool() != wanted))
      differs(name, *value, wanted ? "true" : "false");
  }

  void integer(const char* name, std::optional<std::int64_t> wanted) {
    const auto* value = find(name);
    if (value == nullptr)
      return;
    if (wanted ? !value->IsInt64() || value->GetInt64() != *wanted
               : !value->IsNull())
      differs(name, *value, wanted ? std::to_string(*wanted) : "null");
  }

  /// A duration in milliseconds, right to the microsecond.
  void milliseconds(const char* name, std::int64_t wanted_ns) {
    const auto* value = find(name);
    if (value == nullptr)
      return;
    const auto wanted = static_cast<double>(wanted_ns) / 1e6;
    if (!value->IsNumber() || std::abs(value->GetDouble() - wanted) > 0.0010001)
      differs(name, *value, fmt::format("{:.6f}", wanted));
  }

  const Value* find(const char* name) {
    if (object_.IsObject()) {
      const auto at = object_.FindMember(name);
      if (at != object_.MemberEnd())
        return &at->value;
    }
    problems_.push_back(fmt::format("{}: no {}", where_, name));
    return nullptr;
  }

  void
  differs(std::string_view name, const Value& is, std::string_view wanted) {
    problems_.push_back(fmt::format("{}: {} is {}, expected {}", where_, name,
                                    to_text(is), wanted));
  }

private:
  std::string where_;
  const Value& object_;
  std::vector<std::string>& problems_;
};

/// What no field of a span has a place for and must not be lost.
void check_attributes(const span_plan& span, checker& check,
                      std::vector<std::string>& problems) {
  if (span.writer == flavour::go)
    return;
  const auto* attributes = check.find("attributes");
  if (attributes == nullptr)
    return;
  checker inner{fmt::format("span {} attributes", span.id), *attributes,
                problems};
  inner.text("agent_namespace", "default");
  inner.text("args_count", std::to_string(span.args_count));
  if (span.writer == flavour::typescript)
    inner.text("dependencies", R"(["dep_a","dep_b"])");
}

void check_span(const trace_plan& plan, const span_plan& span,
                const Value& json, std::vector<std::string>& problems) {
  checker check{"span " + span.id, json, problems};
  check.text("trace_id", plan.id);
  check.text("parent_span", span.parent ? plan.spans[*span.parent].id : "");
  check.text("agent_name", span.agent_name);
  check.text("agent_id", span.agent_id);
  check.text("ip_address", span.ip_address);
  check.text("operation", span.operation);
  check.text("start_time", rfc3339(span.start_ns));
  check.text("end_time", rfc3339(span.end_ns));
  check.milliseconds("duration_ms", span.end_ns - span.start_ns);
  check.boolean("success", span.success);
  check.text("error_message", span.error_message);
  check.text("error_type", span.error_type);
  check.text("capability", span.capability);
  check.text("target_agent", span.target_agent);
  check.text("runtime", runtime_of(span.writer));
  check.integer("request_bytes", span.request_bytes);
  check.integer("response_bytes", span.response_bytes);
  const auto& use = span.llm;
  check.text("llm_model", use ? use->model : "");
  check.text("llm_provider", use ? use->provider : "");
  using count = std::optional<std::int64_t>;
  check.integer("llm_input_tokens", use ? count{use->input_tokens} : count{});
  check.integer("llm_output_tokens", use ? count{use->output_tokens} : count{});
  check.integer("llm_total_tokens",
                use ? count{use->input_tokens + use->output_tokens} : count{});
  check_attributes(span, check, problems);
}

/// Every planned span once, no other, in start order with ties by id.
void check_spans(const trace_plan& plan, const Value& spans,
                 std::vector<std::string>& problems) {
  std::map<std::string_view, const span_plan*> missing;
  std::vector<std::pair<std::int64_t, std::string_view>> order;
  for (const auto& span : plan.spans) {
    missing.emplace(span.id, &span);
    order.emplace_back(span.start_ns, span.id);
  }
  std::sort(order.begin(), order.end());
  std::size_t place = 0;
  for (const auto& json : spans.GetArray()) {
    const auto id = json.IsObject() && json.HasMember("span_id")
                        && json["span_id"].IsString()
                      ? view(json["span_id"])
                      : std::string_view{};
    const auto at = missing.find(id);
    if (at == missing.end()) {
      problems.push_back(fmt::format("unexpected span {}", to_text(json)));
      continue;
    }
    check_span(plan, *at->second, json, problems);
    missing.erase(at);
    if (place >= order.size() || order[place++].second != id)
      problems.push_back(fmt::format("span {} is not in start order", id));
  }
  for (const auto& [id, span] : missing)
    problems.push_back(fmt::format("span {} is missing", id));
}

void check_summary(const trace_plan& plan, checker& check) {
  const auto& root = plan.spans.front();
  auto start = root.start_ns;
  auto end = root.end_ns;
  std::int64_t failed = 0;
  std::set<std::string> agents;
  for (const auto& span : plan.spans) {
    start = std::min(start, span.start_ns);
    end = std::max(end, span.end_ns);
    failed += span.success ? 0 : 1;
    agents.insert(span.agent_name);
  }
  check.text("trace_id", plan.id);
  check.text("start_time", rfc3339(start));
  check.text("end_time", rfc3339(end));
  check.milliseconds("duration_ms", end - start);
  check.boolean("success", failed == 0);
  check.boolean("truncated", false);
  check.integer("span_count", static_cast<std::int64_t>(plan.spans.size()));
  check.integer("error_count", failed);
  check.integer("orphan_span_count", 0);
  check.integer("agent_count", static_cast<std::int64_t>(agents.size()));
  check.text("root_agent", root.agent_name);
  check.text("root_operation", root.operation);
  const auto* list = check.find("agents");
  if (list == nullptr)
    return;
  const auto same = [](const Value& is, const std::string& wanted) {
    return is.IsString() && view(is) == wanted;
  };
  if (!list->IsArray()
      || !std::equal(list->Begin(), list->End(), agents.begin(), agents.end(),
                     same))
    check.differs("agents", *list, fmt::format("{}", fmt::join(agents, ", ")));
}

} // namespace

std::vector<std::string>
compare(const trace_plan& plan, std::string_view json, bool must_be_complete) {
  std::vector<std::string> problems;
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) {
    problems.emplace_back("the answer is no JSON object");
    return problems;
  }
  checker check{"trace", document, problems};
  if (must_be_complete)
    check.text("state", "complete");
  check_summary(plan, check);
  if (const auto* spans = check.find("spans")) {
    if (spans->IsArray())
      check_spans(plan, *spans, problems);
    else
      check.differs("spans", *spans, "a list");
  }
  return problems;
}

std::string rfc3339(std::int64_t ns) {
  const auto seconds = static_cast<std::time_t>(ns / ns_per_s);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(seconds),
                     ns % ns_per_s);
}

} // namespace meshtrace::bench
