// One checkpoint (see bytes.hpp for numbers):
//
//   checkpoint = version flags varint(partition) zigzag(due)
//                zigzag(first_seen - due) zigzag(last_change - due) record
//   version    = %x01
//   flags      = byte         ; bit 0: what is stored is whole
//   record     ; of the content, with the envelope of what is stored:
//   record.cpp
#include "storage/checkpoint_codec.hpp"

#include "storage/record.hpp"
#include "trace/bytes.hpp"

namespace meshtrace {

namespace {

constexpr std::uint8_t version = 1;

expected<checkpoint> read(byte_reader& in) {
  checkpoint result;
  if (in.byte() != version)
    return failure("a checkpoint is damaged or of a newer meshtrace");
  result.stored_whole = (in.byte() & 1) != 0;
  result.partition = static_cast<std::uint32_t>(in.varint());
  result.due = in.zigzag();
  result.first_seen = wrapping_add(result.due, in.zigzag());
  result.last_change = wrapping_add(result.due, in.zigzag());
  if (in.failed())
    return failure("a checkpoint is damaged");
  return result;
}

} // namespace

std::string encode_checkpoint(const checkpoint& x) {
  const auto record = encode_record(trace_view{*x.content}, x.head);
  byte_writer out{record.size() + 48};
  out.byte(version);
  out.byte(x.stored_whole ? 1 : 0);
  out.varint(x.partition);
  out.zigzag(x.due);
  out.zigzag(wrapping_sub(x.first_seen, x.due));
  out.zigzag(wrapping_sub(x.last_change, x.due));
  out.raw(record);
  return out.take();
}

expected<checkpoint> decode_checkpoint(std::string_view bytes) {
  byte_reader in{bytes};
  auto result = read(in);
  if (!result)
    return result;
  auto stored = decode_record(bytes.substr(bytes.size() - in.left()));
  if (!stored)
    return tl::unexpected(stored.error());
  result->content = std::move(stored->content);
  result->head = stored->head;
  return result;
}

expected<checkpoint> read_checkpoint_head(std::string_view bytes) {
  byte_reader in{bytes};
  return read(in);
}

} // namespace meshtrace
