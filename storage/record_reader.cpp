#include "storage/record_reader.hpp"

#include "storage/record_layout.hpp"

#include <tuple>

namespace meshtrace {

using namespace record_layout;

namespace {

outcome read_outcome(byte_reader& in, unsigned flags) {
  if ((flags & outcome_bits) > static_cast<unsigned>(outcome::failure))
    in.fail();
  return static_cast<outcome>(flags & outcome_bits);
}

completion_reason read_reason(byte_reader& in) {
  const auto value = in.byte();
  if (value > static_cast<std::uint8_t>(completion_reason::memory))
    in.fail();
  return static_cast<completion_reason>(value);
}

std::uint32_t read_revision(byte_reader& in) {
  const auto value = in.varint();
  if (value > 0xFFFF'FFFF)
    in.fail();
  return static_cast<std::uint32_t>(value);
}

} // namespace

parsed_head read_head(byte_reader& in) {
  parsed_head result;
  auto& x = result.head;
  const unsigned flags = in.byte();
  if (flags > head_bit::all)
    in.fail();
  x.success = read_outcome(in, flags);
  x.whole = (flags & head_bit::whole) != 0;
  result.truncated = (flags & head_bit::truncated) != 0;
  x.head.reason = read_reason(in);
  x.head.revision = read_revision(in);
  const auto first = static_cast<std::int64_t>(in.fixed64());
  x.head.first_commit_time = first;
  x.head.commit_time = wrapping_add(first, in.scaled());
  if ((flags & head_bit::end) != 0)
    x.end = {wrapping_add(first, in.scaled())};
  if ((flags & head_bit::start) != 0)
    x.start = {wrapping_add(x.end.has_value() ? *x.end : first, in.scaled())};
  x.duration = elapsed(x.start, x.end);
  x.span_count = in.varint();
  return result;
}

void span_reader::read_spans(trace& to, std::int64_t base) {
  const auto count = in_.varint();
  if (count > in_.left() / least_span_bytes)
    in_.fail();
  for (std::uint64_t i = 0; i < count && !in_.failed(); ++i) {
    auto next = read_span(base);
    const auto ascends = [&](const span& before) {
      return std::tie(before.id, before.function)
             < std::tie(next.id, next.function);
    };
    if (!to.spans().empty() && !ascends(to.spans().back()))
      in_.fail();
    to.append(std::move(next));
  }
  if (in_.left() != 0)
    in_.fail();
}

span span_reader::read_span(std::int64_t base) {
  span x;
  x.id = texts_.read();
  const unsigned flags = in_.byte();
  x.success = read_outcome(in_, flags);
  x.started = (flags & span_bit::started) != 0;
  x.ended = (flags & span_bit::ended) != 0;
  x.attributes_cut = (flags & span_bit::cut) != 0;
  const auto texts = in_.varint();
  const auto numbers = in_.varint();
  if (texts >> text_fields != 0 || numbers >> (number_fields + 1) != 0)
    in_.fail();
  if ((flags & span_bit::function) != 0)
    x.function = texts_.read();
  x.revision = (flags & span_bit::revision) != 0 ? read_revision(in_) : 1;
  for (std::size_t i = 0; i < text_fields; ++i)
    if ((texts >> i & 1) != 0)
      x.text[i] = texts_.read();
  read_numbers(x, numbers, base);
  if ((flags & span_bit::attributes) != 0)
    read_attributes(x);
  return x;
}

void span_reader::read_numbers(span& x, std::uint64_t present,
                               std::int64_t base) {
  const auto has = [&](std::size_t i) {
    return (present >> (i + 1) & 1) != 0;
  };
  if ((present & 1) != 0)
    x.start_time = {wrapping_add(base, in_.scaled())};
  if (has(index_of(number_field::duration)))
    x[number_field::duration] = {in_.scaled()};
  if (has(index_of(number_field::end_time)))
    x[number_field::end_time]
      = {wrapping_add(expected_end(x, base), in_.scaled())};
  for (std::size_t i = 0; i < number_fields; ++i)
    if (has(i) && !is_time(i))
      x.number[i] = {in_.zigzag()};
}

void span_reader::read_attributes(span& x) {
  const auto count = in_.varint();
  if (count > in_.left() / least_attribute_bytes) {
    in_.fail();
    return;
  }
  x.attributes.reserve(count);
  for (std::uint64_t i = 0; i < count && !in_.failed(); ++i) {
    const auto name = texts_.read();
    x.attributes.push_back({name, texts_.read()});
    if (i > 0 && x.attributes[i - 1].name >= name)
      in_.fail();
  }
}

} // namespace meshtrace
