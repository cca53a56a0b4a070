#pragma once

#include "storage/record.hpp"
#include "storage/text_codec.hpp"

namespace meshtrace {

/// Writes the parts of one record, in this order.
class record_writer {
public:
  explicit record_writer(std::size_t spans) : out_(128 + spans * 160) {
    // nop
  }

  void write_id(std::string_view id);
  void write_head(const record_head& x, bool truncated);

  /// Times are told from `base`. Without revisions all spans are of the first.
  void
  write_spans(const trace& content, std::int64_t base, bool with_revisions);

  std::string take() {
    return out_.take();
  }
  std::string take_with_checksum();

private:
  void write_span(const span& x, std::int64_t base, std::uint32_t revision);
  void write_presence(const span& x);
  void write_numbers(const span& x, std::int64_t base);

  byte_writer out_;
  text_encoder texts_{out_};
};

} // namespace meshtrace
