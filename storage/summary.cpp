// What an index says of a trace (see bytes.hpp for numbers):
//
//   summary = varint(number) flags [end] [start] shown varint(count) *name
//   flags   = byte    ; bits 0-1 outcome, 2 whole, 3 named, 4 end, 5 start
//   end     = scaled
//   start   = scaled  ; start - (end, else 0)
//   shown   = varint  ; spans as a view counts them
//   name    = varint  ; the number of an agent or operation
#include "storage/summary.hpp"

#include "trace/bytes.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

constexpr unsigned outcome_bits = 3, whole_bit = 1u << 2, named_bit = 1u << 3,
                   end_bit = 1u << 4, start_bit = 1u << 5;

unsigned bit(bool set, unsigned mask) {
  return set ? mask : 0;
}

} // namespace

trace_summary summary_of(std::uint64_t number, const record_head& head,
                         const contribution& said, name_table& names) {
  trace_summary result;
  result.number = number;
  result.head = head;
  const auto add = [&](const std::string& name) {
    const auto known = names.number_of(name);
    result.named = result.named && known;
    if (known)
      result.names.push_back(*known);
  };
  for (auto& agent : said.agents)
    add(agent);
  for (auto& part : said.operations)
    add(part.operation);
  if (!result.named)
    result.names.clear();
  return result;
}

std::string encode_summary(const trace_summary& x) {
  const auto& head = x.head;
  byte_writer out{48};
  out.varint(x.number);
  out.byte(static_cast<std::uint8_t>(
    static_cast<unsigned>(head.success) | bit(head.whole, whole_bit)
    | bit(x.named, named_bit) | bit(head.end.has_value(), end_bit)
    | bit(head.start.has_value(), start_bit)));
  if (head.end.has_value())
    out.scaled(*head.end);
  if (head.start.has_value())
    out.scaled(wrapping_sub(*head.start, head.end.has_value() ? *head.end : 0));
  out.varint(head.span_count);
  out.varint(x.names.size());
  for (const auto name : x.names)
    out.varint(name);
  return out.take();
}

bool decode_summary(std::string_view bytes, trace_summary& to) {
  byte_reader in{bytes};
  to.number = in.varint();
  auto& head = to.head;
  const unsigned flags = in.byte();
  head.success = static_cast<outcome>(
    std::min(flags & outcome_bits, static_cast<unsigned>(outcome::failure)));
  head.whole = (flags & whole_bit) != 0;
  to.named = (flags & named_bit) != 0;
  head.end = head.start = {};
  if ((flags & end_bit) != 0)
    head.end = {in.scaled()};
  if ((flags & start_bit) != 0)
    head.start
      = {wrapping_add(in.scaled(), head.end.has_value() ? *head.end : 0)};
  head.duration = elapsed(head.start, head.end);
  head.span_count = in.varint();
  const auto count = in.varint();
  to.names.clear();
  if (count > in.left())
    return false;
  for (std::uint64_t i = 0; i < count; ++i)
    to.names.push_back(static_cast<std::uint32_t>(in.varint()));
  return !in.failed() && in.left() == 0;
}

} // namespace meshtrace
