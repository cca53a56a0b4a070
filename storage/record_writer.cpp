#include "storage/record_writer.hpp"

#include "storage/record_layout.hpp"

#include <xxhash.h>

namespace meshtrace {

using namespace record_layout;

namespace {

unsigned bit(bool set, unsigned mask) {
  return set ? mask : 0;
}

} // namespace

void record_writer::write_id(std::string_view id) {
  out_.byte(version);
  texts_.write(id);
}

void record_writer::write_head(const record_head& x, bool truncated) {
  const auto& head = x.head;
  out_.byte(static_cast<std::uint8_t>(
    static_cast<unsigned>(x.success) | bit(x.whole, head_bit::whole)
    | bit(truncated, head_bit::truncated)
    | bit(x.end.has_value(), head_bit::end)
    | bit(x.start.has_value(), head_bit::start)));
  out_.byte(static_cast<std::uint8_t>(head.reason));
  out_.varint(head.revision);
  const auto first = head.first_commit_time;
  out_.fixed64(static_cast<std::uint64_t>(first));
  out_.scaled(wrapping_sub(head.commit_time, first));
  if (x.end.has_value())
    out_.scaled(wrapping_sub(*x.end, first));
  if (x.start.has_value())
    out_.scaled(wrapping_sub(*x.start, x.end.has_value() ? *x.end : first));
  out_.varint(x.span_count);
}

void record_writer::write_spans(const trace& content, std::int64_t base,
                                bool with_revisions) {
  out_.varint(content.spans().size());
  for (auto* x : content.sorted_spans())
    write_span(*x, base, with_revisions ? x->revision : 1);
}

std::string record_writer::take_with_checksum() {
  const auto bytes = out_.view();
  out_.fixed32(
    static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size())));
  return take();
}

void record_writer::write_span(const span& x, std::int64_t base,
                               std::uint32_t revision) {
  texts_.write(x.id);
  out_.byte(static_cast<std::uint8_t>(
    static_cast<unsigned>(x.success) | bit(x.started, span_bit::started)
    | bit(x.ended, span_bit::ended) | bit(x.attributes_cut, span_bit::cut)
    | bit(!x.function.empty(), span_bit::function)
    | bit(!x.attributes.empty(), span_bit::attributes)
    | bit(revision != 1, span_bit::revision)));
  write_presence(x);
  if (!x.function.empty())
    texts_.write(x.function);
  if (revision != 1)
    out_.varint(revision);
  for (auto& text : x.text)
    if (!text.empty())
      texts_.write(text);
  write_numbers(x, base);
  if (x.attributes.empty())
    return;
  out_.varint(x.attributes.size());
  for (auto& [name, value] : x.attributes) {
    texts_.write(name);
    texts_.write(value);
  }
}

void record_writer::write_presence(const span& x) {
  std::uint64_t texts = 0;
  for (std::size_t i = 0; i < text_fields; ++i)
    texts |= std::uint64_t{!x.text[i].empty()} << i;
  out_.varint(texts);
  std::uint64_t numbers = x.start_time.has_value() ? 1 : 0;
  for (std::size_t i = 0; i < number_fields; ++i)
    numbers |= std::uint64_t{x.number[i].has_value()} << (i + 1);
  out_.varint(numbers);
}

void record_writer::write_numbers(const span& x, std::int64_t base) {
  if (x.start_time.has_value())
    out_.scaled(wrapping_sub(*x.start_time, base));
  if (const auto duration = x[number_field::duration]; duration.has_value())
    out_.scaled(*duration);
  if (const auto end = x[number_field::end_time]; end.has_value())
    out_.scaled(wrapping_sub(*end, expected_end(x, base)));
  for (std::size_t i = 0; i < number_fields; ++i)
    if (x.number[i].has_value() && !is_time(i))
      out_.zigzag(*x.number[i]);
}

} // namespace meshtrace
