// One stored trace (see text_codec.hpp for texts, bytes.hpp for numbers):
//
//   record   = version id head spans checksum
//   version  = %x01
//   id       = text
//   head     = flags reason revision first commit [end] [start] shown
//   flags    = byte      ; bits 0-1 outcome, 2 whole, 3 truncated, 4 end, 5
//                        ; start is there
//   reason   = byte
//   revision = varint
//   first    = fixed64                ; first_commit_time
//   commit   = scaled                 ; commit_time - first
//   end      = scaled                 ; end - first
//   start    = scaled                 ; start - (end, else first)
//   shown    = varint                 ; spans as a view counts them
//   spans    = varint(count) *span    ; ascending by (id, function)
//   span     = id flags texts numbers [function] [revision]
//              *text *number [attributes]
//   flags    = byte      ; bits 0-1 outcome, 2 started, 3 ended, 4 attributes
//                        ; were cut, 5 function, 6 attributes, 7 revision
//   texts    = varint                 ; bit n: text_field n is there
//   numbers  = varint                 ; bit 0 start, bit n + 1: number_field n
//   number   = scaled for times and durations, zigzag for counts, in the order
//              start, duration, end, then as enumerated; start is told from the
//              start of the trace (its end, its first commit), end from start
//              + duration, absent ones as zero
//   revision = varint                 ; absent: 1
//   attributes = varint(count) *(text text)   ; ascending by name
//   checksum = fixed32                ; low half of xxh3_64 of all before
//
// Differences wrap, so that every number comes back. Enums only grow: a bit
// that this version does not know is an error, not a guess.
#include "storage/record.hpp"

#include "storage/record_layout.hpp"
#include "storage/record_reader.hpp"
#include "storage/record_writer.hpp"

#include <fmt/format.h>

#include <xxhash.h>

namespace meshtrace {

using namespace record_layout;

namespace {

std::uint32_t checksum_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

/// The record without its checksum, or what is wrong with it as a whole.
expected<std::string_view> checked(std::string_view record) {
  if (record.size() <= checksum_bytes)
    return failure(fmt::format("record of {} bytes is cut", record.size()));
  if (const auto first = static_cast<unsigned char>(record[0]);
      first != version)
    return failure(fmt::format("record has version {}, this meshtrace reads {}",
                               first, version));
  const auto content = record.substr(0, record.size() - checksum_bytes);
  byte_reader checksum{record.substr(content.size())};
  if (checksum.fixed32() != checksum_of(content))
    return failure(fmt::format("record of {} bytes is damaged: wrong checksum",
                               record.size()));
  return content;
}

tl::unexpected<error> bad_record(std::string_view record) {
  return failure(fmt::format("record of {} bytes does not follow the grammar "
                             "of version {}",
                             record.size(), version));
}

} // namespace

record_head head_of(const trace_view& view, const envelope& head) {
  return {head,         view.start,      view.end,           view.duration,
          view.success, view.is_whole(), view.spans().size()};
}

std::string encode_record(const trace_view& view, const envelope& head) {
  const auto& content = view.content();
  const auto x = head_of(view, head);
  record_writer out{content.spans().size()};
  out.write_id(content.id());
  out.write_head(x, content.truncated());
  out.write_spans(content, base_of(x), true);
  return out.take_with_checksum();
}

std::string encode_content(const trace& content) {
  record_writer out{content.spans().size()};
  out.write_id(content.id());
  out.write_spans(content, 0, false);
  return out.take();
}

expected<stored_trace> decode_record(std::string_view record) {
  const auto bytes = checked(record);
  if (!bytes)
    return tl::unexpected(bytes.error());
  // The id comes first, but the trace that it names holds all other texts.
  auto content = std::make_shared<trace>(record_id(record));
  byte_reader in{bytes->substr(1)};
  text_decoder texts{in, content->memory()};
  texts.read();
  const auto [x, truncated] = read_head(in);
  span_reader{in, texts}.read_spans(*content, base_of(x));
  if (in.failed())
    return bad_record(record);
  content->set_truncated(truncated);
  return stored_trace{std::move(content), x.head};
}

expected<record_head> read_head(std::string_view record) {
  const auto bytes = checked(record);
  if (!bytes)
    return tl::unexpected(bytes.error());
  byte_reader in{bytes->substr(1)};
  text_decoder::skip_new(in);
  const auto result = read_head(in);
  if (in.failed())
    return bad_record(record);
  return result.head;
}

std::string record_id(std::string_view record) {
  if (record.empty())
    return {};
  arena memory{256};
  byte_reader in{record.substr(1)};
  return std::string{text_decoder{in, memory}.read()};
}

} // namespace meshtrace
