// What a revision adds, in a log (see bytes.hpp for numbers):
//
//   contribution = flags [end] [start] [duration] varint(spans)
//                  varint(count) *name varint(count) *operation [detail]
//   flags        = byte     ; bits 0-1 outcome, 2 incomplete, 3 end, 4 start,
//                           ; 5 duration
//   end, start, duration = scaled      ; start: - (end, else 0)
//   name         = varint(number + 1)  ; in the name table
//                / varint(0) text
//   operation    = name varint(count) varint(errors) durations  ; not detailed
//                / name varint(agent) kind varint(count) durations
//   agent        = its place among the names of agents + 1, 0 for nobody
//   kind         = byte     ; bits 0-1 outcome, 2-3 kind of the spans
//   durations    = varint(count) *scaled
//   detail       = varint(count) *edge varint(count) *usage
//                  varint(count) *model
//   edge         = varint(agent) name name varint(calls << 1 | reached)
//                  varint(errors) durations             ; callee, function
//   usage        = varint(agent) tokens varint(request) varint(response)
//   model        = name name varint(calls) varint(errors) durations tokens
//   tokens       = varint(input) varint(output) varint(total)
//
#include "storage/contribution_codec.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

constexpr unsigned outcome_bits = 3, incomplete_bit = 1u << 2,
                   end_bit = 1u << 3, start_bit = 1u << 4,
                   duration_bit = 1u << 5;

unsigned bit(bool set, unsigned mask) {
  return set ? mask : 0;
}

void write_name(byte_writer& out, const std::string& name, name_table& names) {
  const auto number = names.number_of(name);
  out.varint(number ? std::uint64_t{*number} + 1 : 0);
  if (!number) {
    out.varint(name.size());
    out.raw(name);
  }
}

void write_durations(byte_writer& out, const std::vector<std::int64_t>& all) {
  out.varint(all.size());
  for (const auto duration : all)
    out.scaled(duration);
}

/// One of the agents that stand before it in the contribution.
void write_agent(byte_writer& out, const std::string& agent,
                 const contribution& in) {
  const auto found
    = std::lower_bound(in.agents.begin(), in.agents.end(), agent);
  const bool known = found != in.agents.end() && *found == agent;
  const auto place = found - in.agents.begin() + 1;
  out.varint(known ? static_cast<std::uint64_t>(place) : 0);
}

void write_operation(byte_writer& out, const contribution::operation_part& x,
                     const contribution& in, name_table& names) {
  write_name(out, x.operation, names);
  if (in.detailed) {
    write_agent(out, x.agent, in);
    out.byte(static_cast<std::uint8_t>(static_cast<unsigned>(x.success)
                                       | static_cast<unsigned>(x.kind) << 2));
  }
  out.varint(x.count);
  if (!in.detailed)
    out.varint(x.errors);
  write_durations(out, x.durations);
}

void write_tokens(byte_writer& out, const contribution::token_counts& x) {
  for (const auto count : {x.input, x.output, x.total})
    out.varint(count);
}

void write_detail(byte_writer& out, const contribution& x, name_table& names) {
  out.varint(x.edges.size());
  for (auto& edge : x.edges) {
    write_agent(out, edge.caller, x);
    write_name(out, edge.callee, names);
    write_name(out, edge.function, names);
    out.varint(std::uint64_t{edge.calls} << 1 | (edge.reached ? 1 : 0));
    out.varint(edge.errors);
    write_durations(out, edge.durations);
  }
  out.varint(x.usage.size());
  for (auto& used : x.usage) {
    write_agent(out, used.agent, x);
    write_tokens(out, used.tokens);
    out.varint(used.request_bytes);
    out.varint(used.response_bytes);
  }
  out.varint(x.models.size());
  for (auto& model : x.models) {
    write_name(out, model.model, names);
    write_name(out, model.provider, names);
    out.varint(model.calls);
    out.varint(model.errors);
    write_durations(out, model.durations);
    write_tokens(out, model.tokens);
  }
}

/// A count of things of at least one byte each.
std::uint64_t read_count(byte_reader& in) {
  const auto count = in.varint();
  if (count <= in.left())
    return count;
  in.fail();
  return 0;
}

std::string read_name(byte_reader& in, const name_table& names) {
  const auto number = in.varint();
  if (number == 0)
    return std::string{in.raw(in.varint())};
  const auto* name = names.name_of(number - 1);
  if (name == nullptr) {
    in.fail();
    return {};
  }
  return *name;
}

std::uint32_t read_small(byte_reader& in) {
  return static_cast<std::uint32_t>(in.varint());
}

std::vector<std::int64_t> read_durations(byte_reader& in) {
  std::vector<std::int64_t> result;
  const auto count = read_count(in);
  result.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i)
    result.push_back(in.scaled());
  return result;
}

std::string read_agent(byte_reader& in, const contribution& of) {
  const auto place = in.varint();
  if (place == 0)
    return {};
  if (place <= of.agents.size())
    return of.agents[place - 1];
  in.fail();
  return {};
}

outcome read_outcome(byte_reader& in, unsigned flags) {
  if ((flags & outcome_bits) > static_cast<unsigned>(outcome::failure))
    in.fail();
  return static_cast<outcome>(flags & outcome_bits);
}

contribution::operation_part
read_operation(byte_reader& in, const contribution& of,
               const name_table& names) {
  contribution::operation_part result;
  result.operation = read_name(in, names);
  if (of.detailed) {
    result.agent = read_agent(in, of);
    const unsigned flags = in.byte();
    result.success = read_outcome(in, flags);
    result.kind = static_cast<span_kind>(flags >> 2);
    if (result.kind < span_kind::internal || result.kind > span_kind::client)
      in.fail();
  }
  result.count = read_small(in);
  if (!of.detailed)
    result.errors = read_small(in);
  else if (result.success == outcome::failure)
    result.errors = result.count;
  result.durations = read_durations(in);
  return result;
}

contribution::token_counts read_tokens(byte_reader& in) {
  contribution::token_counts result;
  for (auto* count : {&result.input, &result.output, &result.total})
    *count = in.varint();
  return result;
}

contribution::edge_part
read_edge(byte_reader& in, const contribution& of, const name_table& names) {
  contribution::edge_part result;
  result.caller = read_agent(in, of);
  result.callee = read_name(in, names);
  result.function = read_name(in, names);
  const auto calls = in.varint();
  result.reached = (calls & 1) != 0;
  result.calls = static_cast<std::uint32_t>(calls >> 1);
  result.errors = read_small(in);
  result.durations = read_durations(in);
  return result;
}

contribution::agent_part read_usage(byte_reader& in, const contribution& of) {
  contribution::agent_part result;
  result.agent = read_agent(in, of);
  result.tokens = read_tokens(in);
  result.request_bytes = in.varint();
  result.response_bytes = in.varint();
  return result;
}

contribution::model_part read_model(byte_reader& in, const name_table& names) {
  contribution::model_part result;
  result.model = read_name(in, names);
  result.provider = read_name(in, names);
  result.calls = read_small(in);
  result.errors = read_small(in);
  result.durations = read_durations(in);
  result.tokens = read_tokens(in);
  return result;
}

/// As many as it says, each by `read_one`.
template <class T, class F>
void read_list(byte_reader& in, std::vector<T>& to, F read_one) {
  const auto count = read_count(in);
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i)
    to.push_back(read_one());
}

} // namespace

void write_contribution(byte_writer& out, const contribution& x,
                        name_table& names) {
  out.byte(static_cast<std::uint8_t>(
    static_cast<unsigned>(x.success) | bit(x.incomplete, incomplete_bit)
    | bit(x.end.has_value(), end_bit) | bit(x.start.has_value(), start_bit)
    | bit(x.duration.has_value(), duration_bit)));
  if (x.end.has_value())
    out.scaled(*x.end);
  if (x.start.has_value())
    out.scaled(wrapping_sub(*x.start, x.end.has_value() ? *x.end : 0));
  if (x.duration.has_value())
    out.scaled(*x.duration);
  out.varint(x.span_count);
  out.varint(x.agents.size());
  for (auto& agent : x.agents)
    write_name(out, agent, names);
  out.varint(x.operations.size());
  for (auto& part : x.operations)
    write_operation(out, part, x, names);
  if (x.detailed)
    write_detail(out, x, names);
}

std::shared_ptr<const contribution>
read_contribution(byte_reader& in, bool detailed, const name_table& names) {
  auto result = std::make_shared<contribution>();
  auto& x = *result;
  x.detailed = detailed;
  const unsigned flags = in.byte();
  x.success = read_outcome(in, flags);
  x.incomplete = (flags & incomplete_bit) != 0;
  if ((flags & end_bit) != 0)
    x.end = {in.scaled()};
  if ((flags & start_bit) != 0)
    x.start = {wrapping_add(in.scaled(), x.end.has_value() ? *x.end : 0)};
  if ((flags & duration_bit) != 0)
    x.duration = {in.scaled()};
  x.span_count = read_small(in);
  read_list(in, x.agents, [&] { return read_name(in, names); });
  read_list(in, x.operations, [&] { return read_operation(in, x, names); });
  if (!detailed)
    return result;
  read_list(in, x.edges, [&] { return read_edge(in, x, names); });
  read_list(in, x.usage, [&] { return read_usage(in, x); });
  read_list(in, x.models, [&] { return read_model(in, names); });
  return result;
}

} // namespace meshtrace
