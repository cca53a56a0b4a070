#include "trace/decode.hpp"

#include "trace/ids.hpp"
#include "trace/numbers.hpp"
#include "trace/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <xxhash.h>

namespace meshtrace {

namespace {

/// Every field name that has a meaning of its own.
enum class known : std::uint8_t {
  trace_id,
  span_id,
  parent_span,
  event_type,
  agent_name,
  agent_id,
  ip_address,
  agent_ip,
  operation,
  function_name,
  error_message,
  error,
  error_type,
  capability,
  target_agent,
  runtime,
  llm_model,
  llm_provider,
  timestamp,
  start_time,
  end_time,
  duration_ms,
  request_bytes,
  response_bytes,
  llm_input_tokens,
  llm_output_tokens,
  llm_total_tokens,
  success,
  published_at,
};
constexpr std::size_t known_fields = 29;

constexpr std::array<std::string_view, known_fields> known_names = {
  "trace_id",         "span_id",           "parent_span",      "event_type",
  "agent_name",       "agent_id",          "ip_address",       "agent_ip",
  "operation",        "function_name",     "error_message",    "error",
  "error_type",       "capability",        "target_agent",     "runtime",
  "llm_model",        "llm_provider",      "timestamp",        "start_time",
  "end_time",         "duration_ms",       "request_bytes",    "response_bytes",
  "llm_input_tokens", "llm_output_tokens", "llm_total_tokens", "success",
  "published_at"};

constexpr std::size_t slots = 128;
constexpr std::uint8_t no_field = 0xFF;

/// Spreads the known names over `slots` without a collision (checked below).
constexpr std::size_t slot_of(std::string_view name) {
  const auto at = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i]));
  };
  const auto key = static_cast<std::uint32_t>(name.size()) | at(0) << 8
                   | at(name.size() / 3) << 16 | at(name.size() - 1) << 24;
  return (key * 0xc324c985U) >> 25;
}

struct name_table {
  std::array<std::uint8_t, slots> entries = {};
  bool collision = false;
};

constexpr name_table make_name_table() {
  name_table result;
  result.entries.fill(no_field);
  for (std::size_t i = 0; i < known_fields; ++i) {
    auto& entry = result.entries[slot_of(known_names[i])];
    result.collision = result.collision || entry != no_field;
    entry = static_cast<std::uint8_t>(i);
  }
  return result;
}

constexpr name_table names = make_name_table();
static_assert(!names.collision, "choose another factor in slot_of");

std::uint8_t find_known(std::string_view name) {
  if (name.size() < 2)
    return no_field;
  const auto i = names.entries[slot_of(name)];
  return i != no_field && known_names[i] == name ? i : no_field;
}

enum class event_kind : std::uint8_t { execution, span_start, span_end, error };

/// Takes one entry apart; see the grammar in the header.
class decoder {
public:
  decoder(const span_limits& limits, arena& memory, decode_counts& counts)
    : limits_(limits), memory_(memory), counts_(counts) {
    // nop
  }

  tl::expected<span_event, dead_reason> run(std::span<const field> entry) {
    if (entry.empty())
      return tl::unexpected(dead_reason::no_fields);
    sort_out(entry);
    if (is_absent(raw(known::trace_id)))
      return tl::unexpected(dead_reason::no_trace_id);
    const auto trace_id = canonical_id(raw(known::trace_id), memory_);
    if (!trace_id)
      return tl::unexpected(dead_reason::bad_trace_id);
    if (!read_kind())
      return tl::unexpected(dead_reason::unknown_event_type);
    event_.trace_id = *trace_id;
    read_text();
    read_times();
    read_numbers();
    read_ids();
    finish_attributes();
    return event_;
  }

private:
  std::string_view& raw(known name) {
    return raw_[static_cast<std::size_t>(name)];
  }

  /// The value of a known field as bounded text; empty if absent.
  std::string_view text(known name) {
    const auto value = raw(name);
    return value.empty() || is_absent(value) ? std::string_view{} : cut(value);
  }

  std::string_view cut(std::string_view value) {
    if (value.size() <= limits_.max_value_bytes)
      return value;
    ++counts_.cut_values;
    return cut_utf8(value, limits_.max_value_bytes);
  }

  void sort_out(std::span<const field> entry) {
    entry_size_ = entry.size();
    for (const auto& [name, value] : entry) {
      const auto i = find_known(name);
      if (i != no_field)
        raw_[i] = value;
      else if (!name.empty() && !is_absent(value))
        keep(name, value);
    }
  }

  /// Adds an attribute; `finish_attributes` makes the list fit the limits.
  /// Every attribute is a field of the entry, so there are never more.
  void keep(std::string_view name, std::string_view value) {
    if (attributes_.empty())
      attributes_ = memory_.make<attribute>(entry_size_);
    if (used_ < attributes_.size())
      attributes_[used_++]
        = {cut_utf8(name, limits_.max_value_bytes), cut(value)};
  }

  /// Keeps the text of a known field that could not be used as what it is.
  void keep_raw(known name) {
    keep(known_names[static_cast<std::size_t>(name)], raw(name));
  }

  bool read_kind() {
    const auto type = trimmed(raw(known::event_type));
    if (is_absent(type))
      kind_ = event_kind::execution;
    else if (type == "span_start")
      kind_ = event_kind::span_start;
    else if (type == "span_end")
      kind_ = event_kind::span_end;
    else if (type == "error")
      kind_ = event_kind::error;
    else
      return false;
    values().started
      = kind_ == event_kind::execution || kind_ == event_kind::span_start;
    values().ended = kind_ != event_kind::span_start;
    return true;
  }

  void read_text() {
    set(text_field::agent_name, known::agent_name);
    set(text_field::agent_id, known::agent_id);
    set(text_field::ip_address, known::ip_address, known::agent_ip);
    set(text_field::operation, known::operation, known::function_name);
    set(text_field::error_message, known::error_message, known::error);
    set(text_field::error_type, known::error_type);
    set(text_field::capability, known::capability);
    set(text_field::target_agent, known::target_agent);
    set(text_field::runtime, known::runtime);
    set(text_field::llm_model, known::llm_model);
    set(text_field::llm_provider, known::llm_provider);
    if (kind_ == event_kind::execution)
      values().function = values()[text_field::operation];
  }

  void set(text_field to, known from) {
    values()[to] = text(from);
  }

  /// The same with a second name that other publishers use. Where both are
  /// there and differ, the second is kept as an attribute.
  void set(text_field to, known from, known alias) {
    const auto value = text(from);
    const auto other = text(alias);
    values()[to] = value.empty() ? other : value;
    if (!value.empty() && !other.empty() && value != other)
      keep_raw(alias);
  }

  /// `parse(raw text)` where there is some; a text that does not parse is
  /// counted and kept as an attribute.
  template <class Parse>
  auto read(known name, Parse parse) -> decltype(parse(std::string_view{})) {
    const auto value = raw(name);
    if (value.empty() || is_absent(value))
      return {};
    auto result = parse(value);
    if (!result) {
      ++counts_.bad_fields;
      keep_raw(name);
    }
    return result;
  }

  void read_times() {
    auto& x = values();
    const auto stamp = read(known::timestamp, parse_timestamp);
    auto start = read(known::start_time, parse_timestamp);
    auto end = read(known::end_time, parse_timestamp);
    if (kind_ == event_kind::execution || kind_ == event_kind::span_start)
      start = start ? start : stamp;
    else
      end = end ? end : stamp;
    if (start)
      x.start_time.raw = *start;
    if (end)
      x[number_field::end_time].raw = *end;
    stamp_ = start ? *start : stamp.value_or(optional_int::absent);
  }

  void read_numbers() {
    auto& x = values();
    if (const auto ns = read(known::duration_ms, parse_duration_ms))
      x[number_field::duration].raw = *ns;
    set(number_field::request_bytes, known::request_bytes);
    set(number_field::response_bytes, known::response_bytes);
    set(number_field::llm_input_tokens, known::llm_input_tokens);
    set(number_field::llm_output_tokens, known::llm_output_tokens);
    set(number_field::llm_total_tokens, known::llm_total_tokens);
    const auto success = read(known::success, parse_bool);
    if (kind_ == event_kind::error)
      x.success = outcome::failure;
    else if (success)
      x.success = *success ? outcome::success : outcome::failure;
  }

  void set(number_field to, known from) {
    if (const auto count = read(from, parse_count))
      values()[to].raw = *count;
  }

  void read_ids() {
    auto& x = values();
    if (!is_absent(raw(known::parent_span))) {
      if (const auto parent = canonical_id(raw(known::parent_span), memory_)) {
        x[text_field::parent_span] = *parent;
      } else {
        ++counts_.bad_parents;
        keep_raw(known::parent_span);
      }
    }
    if (!is_absent(raw(known::span_id))) {
      if (const auto id = canonical_id(raw(known::span_id), memory_)) {
        x.id = *id;
        return;
      }
      ++counts_.bad_fields;
      keep_raw(known::span_id);
    }
    x.id = made_up_id();
  }

  /// An id for a span without one: the same for every copy of the event.
  std::string_view made_up_id() {
    auto& x = values();
    std::string key{x[text_field::agent_id]};
    key += '\0';
    key += x[text_field::operation];
    key += '\0';
    key += std::to_string(stamp_);
    return memory_.copy(hex16(XXH3_64bits(key.data(), key.size())));
  }

  /// Sorts the attributes, lets the greatest value of a name win and keeps the
  /// bytewise smallest names, so that the result is the same in any order.
  void finish_attributes() {
    auto list = attributes_.first(used_);
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return a.name != b.name ? a.name < b.name : text_wins(a.value, b.value);
    });
    const auto end
      = std::unique(list.begin(), list.end(), [](const auto& a, const auto& b) {
          return a.name == b.name;
        });
    auto size = static_cast<std::size_t>(end - list.begin());
    if (size > limits_.max_attributes) {
      counts_.cut_attributes += size - limits_.max_attributes;
      size = limits_.max_attributes;
      values().attributes_cut = true;
    }
    event_.attributes = list.first(size);
  }

  span_values& values() {
    return event_.values;
  }

  const span_limits& limits_;
  arena& memory_;
  decode_counts& counts_;
  span_event event_;
  event_kind kind_ = event_kind::execution;
  std::array<std::string_view, known_fields> raw_ = {};
  std::span<attribute> attributes_;
  std::size_t entry_size_ = 0;
  std::size_t used_ = 0;
  std::int64_t stamp_ = optional_int::absent;
};

} // namespace

std::string_view to_string(dead_reason reason) {
  static constexpr std::array<std::string_view, dead_reasons> reason_names
    = {"no_fields", "no_trace_id", "bad_trace_id", "unknown_event_type"};
  return reason_names[static_cast<std::size_t>(reason)];
}

tl::expected<span_event, dead_reason>
decode(std::span<const field> entry, const span_limits& limits, arena& memory,
       decode_counts& counts) {
  return decoder{limits, memory, counts}.run(entry);
}

} // namespace meshtrace
