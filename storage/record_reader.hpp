#pragma once

#include "storage/record.hpp"
#include "storage/text_codec.hpp"

namespace meshtrace {

struct parsed_head {
  record_head head;
  bool truncated = false;
};

/// Reads the head of a record behind its id.
parsed_head read_head(byte_reader& in);

/// Reads the spans of a record.
class span_reader {
public:
  /// `texts` has read the texts before the spans and keeps the new ones in the
  /// memory of the trace to read.
  span_reader(byte_reader& in, text_decoder& texts) : in_(in), texts_(texts) {
    // nop
  }

  /// Fails unless everything was read.
  void read_spans(trace& to, std::int64_t base);

private:
  span read_span(std::int64_t base);
  void read_numbers(span& x, std::uint64_t present, std::int64_t base);
  void read_attributes(span& x);

  byte_reader& in_;
  text_decoder& texts_;
};

} // namespace meshtrace
