#include "trace/analytics_parts.hpp"

#include "trace/bytes.hpp"
#include "trace/text.hpp"

#include <array>
#include <initializer_list>

namespace meshtrace {

namespace {

/// Of longer names only so many bytes count.
constexpr std::size_t most_name_bytes = 256;

/// Any bytes may be in names, so each goes behind its size.
std::string key_of(std::initializer_list<std::string_view> names) {
  byte_writer result{64};
  for (auto name : names) {
    const auto part = cut_utf8(name, most_name_bytes);
    result.varint(part.size());
    result.raw(part);
  }
  return result.take();
}

std::string_view known(std::string_view name) {
  return name.empty() ? std::string_view{"unknown"} : name;
}

void set(analytics_amounts& to, analytics_amount which, std::uint64_t value) {
  to[static_cast<std::size_t>(which)] = value;
}

analytics_amounts amounts_of(const contribution::token_counts& tokens) {
  analytics_amounts result = {};
  set(result, analytics_amount::input_tokens, tokens.input);
  set(result, analytics_amount::output_tokens, tokens.output);
  set(result, analytics_amount::total_tokens, tokens.total);
  return result;
}

std::vector<analytics_part> edges_of(const contribution& x) {
  std::vector<analytics_part> result;
  for (auto& edge : x.edges) {
    analytics_part part{
      key_of({edge.caller, known(edge.callee), known(edge.function)}),
      edge.calls,
      edge.errors,
      {},
      edge.durations};
    set(part.amounts, analytics_amount::unreached_calls,
        edge.reached ? 0 : edge.calls);
    result.push_back(std::move(part));
  }
  return result;
}

std::vector<analytics_part> agents_of(const contribution& x) {
  std::vector<analytics_part> result;
  for (auto& part : x.operations)
    result.push_back({key_of({known(part.agent)}),
                      part.count,
                      part.errors,
                      {},
                      part.durations});
  for (auto& used : x.usage) {
    auto amounts = amounts_of(used.tokens);
    set(amounts, analytics_amount::request_bytes, used.request_bytes);
    set(amounts, analytics_amount::response_bytes, used.response_bytes);
    result.push_back({key_of({known(used.agent)}), 0, 0, amounts});
  }
  return result;
}

std::vector<analytics_part> models_of(const contribution& x) {
  std::vector<analytics_part> result;
  for (auto& model : x.models)
    result.push_back({key_of({model.model, model.provider}), model.calls,
                      model.errors, amounts_of(model.tokens), model.durations});
  return result;
}

std::vector<analytics_part> operations_of(const contribution& x) {
  std::vector<analytics_part> result;
  for (auto& part : x.operations)
    result.push_back({key_of({known(part.agent), known(part.operation)}),
                      part.count,
                      part.errors,
                      {},
                      part.durations});
  return result;
}

} // namespace

std::vector<analytics_part>
parts_of(const contribution& x, analytics_kind kind) {
  if (!x.detailed)
    return {};
  switch (kind) {
  case analytics_kind::edges:
    return edges_of(x);
  case analytics_kind::agents:
    return agents_of(x);
  case analytics_kind::models:
    return models_of(x);
  case analytics_kind::operations:
    return operations_of(x);
  }
  return {};
}

std::string_view to_string(analytics_kind kind) {
  static constexpr std::array<std::string_view, analytics_kinds> names
    = {"edges", "agents", "models", "operations"};
  return names[static_cast<std::size_t>(kind)];
}

std::vector<std::string> names_of_key(std::string_view key) {
  byte_reader in{key};
  std::vector<std::string> result;
  while (in.left() > 0)
    result.emplace_back(in.raw(in.varint()));
  return result;
}

} // namespace meshtrace
