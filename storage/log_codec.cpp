// One entry of a log (see bytes.hpp for numbers):
//
//   entry = flags text(id) varint(revision) [contribution] [contribution]
//   flags = byte              ; bit 0 added is there, 1 replaced, 2 both are
//                             ; detailed
//   text  = varint(size) bytes
//
// Entries that are not detailed are those of versions before there were
// analytics.
#include "storage/log_codec.hpp"

#include "storage/contribution_codec.hpp"

#include <fmt/format.h>

namespace meshtrace {

namespace {

constexpr unsigned added_bit = 1, replaced_bit = 2, detailed_bit = 4;

unsigned bit(bool set, unsigned mask) {
  return set ? mask : 0;
}

} // namespace

std::string encode_log_entry(std::string_view trace_id, std::uint32_t revision,
                             const contribution* added,
                             const contribution* replaced, name_table& names) {
  byte_writer out{160};
  const auto* any = added != nullptr ? added : replaced;
  out.byte(static_cast<std::uint8_t>(
    bit(added != nullptr, added_bit) | bit(replaced != nullptr, replaced_bit)
    | bit(any != nullptr && any->detailed, detailed_bit)));
  out.varint(trace_id.size());
  out.raw(trace_id);
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
  if ((flags & ~(added_bit | replaced_bit | detailed_bit)) != 0)
    in.fail();
  log_entry result;
  result.number = number;
  result.trace_id = in.raw(in.varint());
  result.revision = static_cast<std::uint32_t>(in.varint());
  if ((flags & added_bit) != 0)
    result.added = read_contribution(in, (flags & detailed_bit) != 0, names);
  if ((flags & replaced_bit) != 0)
    result.replaced = read_contribution(in, (flags & detailed_bit) != 0, names);
  if (in.failed() || in.left() != 0)
    return failure(fmt::format("log entry {} is damaged", number));
  return result;
}

} // namespace meshtrace
