#include "tests/support/trace_maker.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

namespace meshtrace::test {

namespace {

constexpr std::array<std::string_view, 5> agent_list
  = {"weather", "calendar", "billing", "billing-2", "unknown"};
constexpr std::array<std::string_view, 6> operation_list
  = {"get",    "get_time",           "book",
     "abcd12", "line one\nline two", std::string_view{"\xff\0bad", 5}};
constexpr std::array<std::string_view, 3> model_list
  = {"small-1", "small-2", "large"};
constexpr std::array<std::string_view, 3> error_list
  = {"connection refused", "connection reset by peer", "no such city"};
constexpr std::array<std::string_view, 6> name_list
  = {"args", "hostname", "namespace", "port", "region", "zone"};
constexpr std::array<std::string_view, 5> value_list
  = {"1", "2", "default", "7f3a", "a value of more than twenty-four bytes"};

constexpr std::int64_t ns_per_ms = 1'000'000;

std::string_view
hex_text(std::mt19937_64& dice, std::size_t digits, arena& memory) {
  std::string text;
  while (text.size() < digits)
    text += "0123456789abcdef"[dice() % 16];
  return memory.copy(text);
}

} // namespace

const std::span<const std::string_view> trace_maker::agents = agent_list;
const std::span<const std::string_view> trace_maker::operations
  = operation_list;
const std::span<const std::string_view> trace_maker::models = model_list;
const std::span<const std::string_view> trace_maker::errors = error_list;
const std::span<const std::string_view> trace_maker::names = name_list;
const std::span<const std::string_view> trace_maker::values = value_list;

std::uint64_t random_seed() {
  const auto* text = std::getenv("MESHTRACE_SEED");
  return text == nullptr ? std::random_device{}()
                         : std::strtoull(text, nullptr, 10);
}

std::string trace_maker::id() {
  const auto number = std::to_string(made_++);
  if (one_in(5))
    return "Request-" + number; // not everybody sends hex
  const auto digits = one_in(4) ? std::size_t{16} : std::size_t{32};
  auto result = std::string{hex_text(dice, digits, memory_)};
  return result.replace(0, number.size(), number);
}

std::vector<span_event>
trace_maker::events(std::string_view trace_id, std::size_t spans) {
  std::vector<span_event> result;
  std::vector<std::string_view> ids;
  for (std::size_t i = 0; i < spans; ++i)
    ids.push_back(one_in(8) ? memory_.copy("span-" + std::to_string(i))
                            : hex_text(dice, 16, memory_));
  for (std::size_t i = 0; i < spans; ++i) {
    span_event event;
    event.trace_id = memory_.copy(trace_id);
    event.values.id = ids[i];
    if (i > 0 && !one_in(10)) // any other one: some go round in circles
      event.values[text_field::parent_span] = ids[below(one_in(9) ? spans : i)];
    else if (one_in(7))
      event.values[text_field::parent_span] = "nobody";
    set_texts(event.values);
    if (one_in(2))
      add_three_events(result, event);
    else
      add_execution(result, event);
  }
  for (auto again = below(3); again > 0; --again)
    result.push_back(result[below(result.size())]);
  std::shuffle(result.begin(), result.end(), dice);
  return result;
}

void trace_maker::set_texts(span_values& x) {
  x[text_field::agent_name] = any_of(agents);
  x[text_field::operation] = any_of(operations);
  if (!one_in(3))
    x[text_field::agent_id] = memory_.copy(
      std::string{x[text_field::agent_name]} + "-" + std::to_string(below(4)));
  if (one_in(3))
    x[text_field::capability] = x[text_field::operation];
  if (one_in(5))
    x[text_field::llm_model] = any_of(models);
  for (std::size_t i = 0; i < text_fields; ++i)
    if (x.text[i].empty() && i > 0 && one_in(12))
      x.text[i] = any_of(values);
  if (!one_in(6))
    x.start_time
      = {first_time + static_cast<std::int64_t>(below(60'000)) * ns_per_ms
         + static_cast<std::int64_t>(one_in(2) ? 0 : below(1'000'000))};
  for (auto field :
       {number_field::request_bytes, number_field::response_bytes,
        number_field::llm_input_tokens, number_field::llm_output_tokens,
        number_field::llm_total_tokens})
    if (one_in(4))
      x[field] = {number()};
}

/// Small mostly, sometimes what barely fits.
std::int64_t trace_maker::number() {
  return one_in(20) ? std::numeric_limits<std::int64_t>::max()
                    : static_cast<std::int64_t>(below(100'000));
}

void trace_maker::add_three_events(std::vector<span_event>& to,
                                   span_event event) {
  auto end = event;
  event.values.started = true;
  end.values.ended = true;
  end.values.start_time = {};
  const auto start = event.values.start_time;
  const auto length = static_cast<std::int64_t>(below(5'000)) * ns_per_ms;
  if (start.has_value() && !one_in(6))
    end.values[number_field::end_time] = {*start + length};
  if (!one_in(3))
    end.values[number_field::duration] = {length};
  end.values.success = one_in(6) ? outcome::failure : outcome::success;
  if (end.values.success == outcome::failure)
    end.values[text_field::error_message] = any_of(errors);
  end.attributes = attributes();
  if (!one_in(12))
    to.push_back(end);
  if (!one_in(8) || to.empty())
    to.push_back(event);
}

void trace_maker::add_execution(std::vector<span_event>& to, span_event event) {
  auto& x = event.values;
  x.started = true;
  x.ended = true;
  x.function = x[text_field::operation];
  x.success = one_in(5)   ? outcome::failure
              : one_in(9) ? outcome::unknown
                          : outcome::success;
  x[number_field::duration] = {static_cast<std::int64_t>(below(300)) * 10'000};
  if (x.start_time.has_value() && !one_in(5))
    x[number_field::end_time] = {*x.start_time + *x[number_field::duration]};
  event.attributes = attributes();
  x.attributes_cut = one_in(30);
  to.push_back(event);
  if (one_in(9)) { // another function under the same span id
    x.function = any_of(operations);
    x[text_field::operation] = x.function;
    to.push_back(event);
  }
}

std::span<const attribute> trace_maker::attributes() {
  const auto list = memory_.make<attribute>(name_list.size());
  std::size_t used = 0;
  for (auto name : name_list)
    if (one_in(4))
      list[used++] = {name, any_of(values)};
  return list.first(used);
}

std::shared_ptr<trace> trace_maker::make() {
  const auto name = id();
  const auto spans = one_in(25) ? 40 + below(20) : 1 + below(9);
  return join_events(name, events(name, spans));
}

std::shared_ptr<trace>
trace_maker::simple(std::string_view trace_id, std::int64_t start,
                    std::int64_t end) {
  span_event event;
  event.trace_id = trace_id;
  auto& x = event.values;
  x.id = "root";
  x[text_field::agent_name] = "weather";
  x[text_field::operation] = "get";
  x.start_time = {start};
  x[number_field::end_time] = {end};
  x.success = outcome::success;
  x.started = x.ended = true;
  return join_events(trace_id, {&event, 1});
}

std::shared_ptr<trace>
join_events(std::string_view trace_id, std::span<const span_event> events) {
  auto result = std::make_shared<trace>(trace_id);
  for (auto& x : events)
    result->join(x, {});
  return result;
}

} // namespace meshtrace::test
