#include "trace/contribution.hpp"

#include "trace/span_parents.hpp"
#include "trace/text.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace meshtrace {

namespace {

using part = contribution;

std::uint64_t amount(const span& x, number_field field) {
  const auto said = x[field];
  return said.has_value() && *said > 0
           ? std::min(static_cast<std::uint64_t>(*said), part::most_amount)
           : 0;
}

bool says_tokens(const span& x) {
  return amount(x, number_field::llm_total_tokens) > 0
         || amount(x, number_field::llm_input_tokens) > 0
         || amount(x, number_field::llm_output_tokens) > 0;
}

bool says_model(const span& x) {
  return !x[text_field::llm_model].empty();
}

part::token_counts tokens_of(const span& x) {
  part::token_counts result{amount(x, number_field::llm_input_tokens),
                            amount(x, number_field::llm_output_tokens),
                            amount(x, number_field::llm_total_tokens)};
  if (result.total == 0)
    result.total = result.input + result.output;
  return result;
}

void add(part::token_counts& to, const part::token_counts& x) {
  to.input += x.input;
  to.output += x.output;
  to.total += x.total;
}

bool failed(const span& x) {
  return x.success == outcome::failure;
}

std::string_view agent_of(const span& x) {
  return x[text_field::agent_name];
}

/// Whether both say who they are, and are not the same.
bool crosses(const span& caller, const span& callee) {
  return !agent_of(caller).empty() && !agent_of(callee).empty()
         && agent_of(caller) != agent_of(callee);
}

void note(std::vector<std::int64_t>& durations, optional_int duration) {
  if (duration.has_value())
    durations.push_back(*duration);
}

/// Sorts `found` by what `key` says of each, in its order where that is equal,
/// and calls `f(x, is_first_of_its_key)` with each.
template <class T, class Key, class F>
void grouped(std::vector<T>& found, Key key, F f) {
  std::stable_sort(found.begin(), found.end(),
                   [&](const T& a, const T& b) { return key(a) < key(b); });
  const T* before = nullptr;
  for (auto& x : found) {
    f(x, before == nullptr || key(*before) != key(x));
    before = &x;
  }
}

// -- operations ---------------------------------------------------------------

struct seen_span {
  std::string_view operation;
  std::string_view agent;
  span_kind kind;
  outcome success;
  optional_int duration;
};

void add_operations(contribution& to, const trace_view& view,
                    const span_parents& parents) {
  std::vector<seen_span> seen;
  seen.reserve(view.spans().size());
  for (std::size_t i = 0; i < view.spans().size(); ++i) {
    const auto& x = *view.spans()[i].content;
    seen.push_back({x[text_field::operation], agent_of(x),
                    kind_of(x, parents.parent_of(i)), x.success,
                    view.spans()[i].duration});
  }
  const auto key = [](const seen_span& x) {
    return std::tie(x.operation, x.agent, x.kind, x.success);
  };
  grouped(seen, key, [&](const seen_span& x, bool is_new) {
    if (is_new)
      to.operations.push_back({std::string{x.operation},
                               0,
                               0,
                               {},
                               std::string{x.agent},
                               x.kind,
                               x.success});
    auto& group = to.operations.back();
    ++group.count;
    group.errors += x.success == outcome::failure ? 1u : 0u;
    note(group.durations, x.duration);
  });
}

// -- edges --------------------------------------------------------------------

struct seen_call {
  std::string_view caller;
  std::string_view callee;
  std::string_view function;
  bool reached;
  bool failed;
  optional_int duration;
};

std::string_view attribute_of(const span& x, std::string_view name) {
  for (auto& each : x.attributes)
    if (each.name == name)
      return each.value;
  return {};
}

/// What a proxy that reached nobody was to call. Only some publishers say it.
seen_call lost_call(const span& x, optional_int duration) {
  auto function = x[text_field::capability];
  if (function.empty())
    function = attribute_of(x, "tool_name");
  return {agent_of(x), x[text_field::target_agent], function, false, true,
          duration};
}

std::vector<seen_call>
calls_of(const trace_view& view, const span_parents& parents) {
  const auto& spans = view.spans();
  std::vector<seen_call> result;
  std::vector<bool> answered(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto* parent = parents.parent_of(i);
    const auto& x = *spans[i].content;
    if (parent == nullptr)
      continue;
    const bool calls = crosses(*parent, x);
    // Without a target, any span below may be the one that was called.
    if (calls || (*parent)[text_field::target_agent].empty())
      answered[parents.parent(i)] = true;
    if (calls)
      result.push_back({agent_of(*parent), agent_of(x),
                        x[text_field::operation], true,
                        failed(x) || (is_proxy(*parent) && failed(*parent)),
                        spans[i].duration});
  }
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto& x = *spans[i].content;
    if (!answered[i] && is_proxy(x) && failed(x) && !agent_of(x).empty()
        && x[text_field::target_agent] != agent_of(x))
      result.push_back(lost_call(x, spans[i].duration));
  }
  return result;
}

void add_edges(contribution& to, const trace_view& view,
               const span_parents& parents) {
  auto calls = calls_of(view, parents);
  const auto key = [](const seen_call& x) {
    return std::tie(x.caller, x.callee, x.function, x.reached);
  };
  grouped(calls, key, [&](const seen_call& x, bool is_new) {
    if (is_new)
      to.edges.push_back({std::string{x.caller}, std::string{x.callee},
                          std::string{x.function}, x.reached});
    auto& edge = to.edges.back();
    ++edge.calls;
    edge.errors += x.failed ? 1u : 0u;
    note(edge.durations, x.duration);
  });
}

// -- tokens and bytes ---------------------------------------------------------

void add_usage(contribution& to, const trace_view& view,
               const std::vector<bool>& tokens_below) {
  std::vector<std::size_t> users;
  const auto& spans = view.spans();
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto& x = *spans[i].content;
    if ((!tokens_below[i] && says_tokens(x))
        || amount(x, number_field::request_bytes) > 0
        || amount(x, number_field::response_bytes) > 0)
      users.push_back(i);
  }
  const auto key = [&](std::size_t i) {
    return agent_of(*spans[i].content);
  };
  grouped(users, key, [&](std::size_t i, bool is_new) {
    const auto& x = *spans[i].content;
    if (is_new)
      to.usage.push_back({std::string{agent_of(x)}, {}});
    auto& agent = to.usage.back();
    if (!tokens_below[i])
      add(agent.tokens, tokens_of(x));
    agent.request_bytes += amount(x, number_field::request_bytes);
    agent.response_bytes += amount(x, number_field::response_bytes);
  });
}

void add_models(contribution& to, const trace_view& view,
                const span_parents& parents,
                const std::vector<bool>& tokens_below) {
  const auto& spans = view.spans();
  const auto models_below = parents.above(says_model);
  std::vector<std::size_t> users;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto& x = *spans[i].content;
    if (says_model(x)
        && (!models_below[i] || (!tokens_below[i] && says_tokens(x))))
      users.push_back(i);
  }
  const auto key = [&](std::size_t i) {
    const auto& x = *spans[i].content;
    return std::tuple{x[text_field::llm_model], x[text_field::llm_provider]};
  };
  grouped(users, key, [&](std::size_t i, bool is_new) {
    const auto& x = *spans[i].content;
    if (is_new)
      to.models.push_back({std::string{x[text_field::llm_model]},
                           std::string{x[text_field::llm_provider]}});
    auto& model = to.models.back();
    if (!tokens_below[i])
      add(model.tokens, tokens_of(x));
    if (models_below[i])
      return;
    ++model.calls;
    model.errors += failed(x) ? 1u : 0u;
    note(model.durations, spans[i].duration);
  });
}

} // namespace

contribution contribution_of(const trace_view& view) {
  contribution result;
  result.start = view.start;
  result.end = view.end;
  result.duration = view.duration;
  result.success = view.success;
  result.incomplete = !view.is_whole();
  result.span_count = static_cast<std::uint32_t>(view.spans().size());
  result.agents.assign(view.agents().begin(), view.agents().end());
  result.detailed = true;
  const span_parents parents{view};
  add_operations(result, view, parents);
  add_edges(result, view, parents);
  const auto tokens_below = parents.above(says_tokens);
  add_usage(result, view, tokens_below);
  add_models(result, view, parents, tokens_below);
  return result;
}

} // namespace meshtrace
