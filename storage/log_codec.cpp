// One entry of a log (see bytes.hpp for numbers):
//
//   entry        = flags text(id) varint(revision) [contribution]
//   [contribution] flags        = byte     ; bit 0 added is there, 1 replaced
//   text         = varint(size) bytes
//   contribution = flags [end] [start] [duration] varint(spans)
//                  varint(count) *name varint(count) *operation
//   flags        = byte     ; bits 0-1 outcome, 2 incomplete, 3 end, 4 start,
//                           ; 5 duration
//   end, start, duration = scaled      ; start: - (end, else 0)
//   name         = varint(number + 1)  ; in the name table
//                / varint(0) text
//   operation    = name varint(count) varint(errors)
//                  varint(durations) *scaled
#include "storage/log_codec.hpp"

#include "trace/bytes.hpp"

#include <fmt/format.h>

namespace meshtrace {

namespace {

constexpr unsigned added_bit = 1, replaced_bit = 2, outcome_bits = 3,
                   incomplete_bit = 1u << 2, end_bit = 1u << 3,
                   start_bit = 1u << 4, duration_bit = 1u << 5;

unsigned bit(bool set, unsigned mask) {
  return set ? mask : 0;
}

void write_text(byte_writer& out, std::string_view text) {
  out.varint(text.size());
  out.raw(text);
}

void write_name(byte_writer& out, const std::string& name, name_table& names) {
  const auto number = names.number_of(name);
  out.varint(number ? std::uint64_t{*number} + 1 : 0);
  if (!number)
    write_text(out, name);
}

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
  for (auto& part : x.operations) {
    write_name(out, part.operation, names);
    out.varint(part.count);
    out.varint(part.errors);
    out.varint(part.durations.size());
    for (const auto duration : part.durations)
      out.scaled(duration);
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

contribution::operation_part
read_operation(byte_reader& in, const name_table& names) {
  contribution::operation_part result;
  result.operation = read_name(in, names);
  result.count = static_cast<std::uint32_t>(in.varint());
  result.errors = static_cast<std::uint32_t>(in.varint());
  const auto durations = read_count(in);
  result.durations.reserve(durations);
  for (std::uint64_t i = 0; i < durations; ++i)
    result.durations.push_back(in.scaled());
  return result;
}

std::shared_ptr<const contribution>
read_contribution(byte_reader& in, const name_table& names) {
  auto result = std::make_shared<contribution>();
  const unsigned flags = in.byte();
  if ((flags & outcome_bits) > static_cast<unsigned>(outcome::failure))
    in.fail();
  result->success = static_cast<outcome>(flags & outcome_bits);
  result->incomplete = (flags & incomplete_bit) != 0;
  if ((flags & end_bit) != 0)
    result->end = {in.scaled()};
  if ((flags & start_bit) != 0)
    result->start
      = {wrapping_add(in.scaled(), result->end.has_value() ? *result->end : 0)};
  if ((flags & duration_bit) != 0)
    result->duration = {in.scaled()};
  result->span_count = static_cast<std::uint32_t>(in.varint());
  const auto agents = read_count(in);
  for (std::uint64_t i = 0; i < agents && !in.failed(); ++i)
    result->agents.push_back(read_name(in, names));
  const auto operations = read_count(in);
  for (std::uint64_t i = 0; i < operations && !in.failed(); ++i)
    result->operations.push_back(read_operation(in, names));
  return result;
}

} // namespace

std::string encode_log_entry(std::string_view trace_id, std::uint32_t revision,
                             const contribution* added,
                             const contribution* replaced, name_table& names) {
  byte_writer out{160};
  out.byte(static_cast<std::uint8_t>(bit(added != nullptr, added_bit)
                                     | bit(replaced != nullptr, replaced_bit)));
  write_text(out, trace_id);
  out.varint(revision);
  if (added != nullptr)
    write_contribution(out, *added, names);
  if (replaced != nullptr)
    write_contribution(out, *replaced, names);
  return out.take();
}

expected<log_entry>
decode_log_entry(std::string_view bytes, std::uint64_t number,
                 const name_table& names) {
  byte_reader in{bytes};
  const unsigned flags = in.byte();
  log_entry result;
  result.number = number;
  result.trace_id = in.raw(in.varint());
  result.revision = static_cast<std::uint32_t>(in.varint());
  if ((flags & added_bit) != 0)
    result.added = read_contribution(in, names);
  if ((flags & replaced_bit) != 0)
    result.replaced = read_contribution(in, names);
  if (in.failed() || in.left() != 0)
    return failure(fmt::format("log entry {} is damaged", number));
  return result;
}

} // namespace meshtrace
