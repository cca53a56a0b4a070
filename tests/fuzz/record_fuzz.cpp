// What a disk may give back. The checksum is made right, or nothing behind it
// would ever be looked at.
#include "storage/log_codec.hpp"
#include "storage/record.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/trace_dump.hpp"
#include "trace/analytics_sums.hpp"
#include "trace/bytes.hpp"
#include "trace/statistics.hpp"
#include "trace/view.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <xxhash.h>

using namespace meshtrace;

namespace {

std::string with_checksum(std::string_view bytes) {
  byte_writer result{bytes.size() + 4};
  result.raw(bytes);
  result.fixed32(
    static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size())));
  return result.take();
}

void check(std::string_view record) {
  (void)read_head(record);
  (void)record_id(record);
  const auto found = decode_record(record);
  if (!found)
    return;
  const auto again = encode_record(trace_view{*found->content}, found->head);
  const auto back = decode_record(again);
  FUZZ_REQUIRE(back.has_value());
  FUZZ_REQUIRE(test::dump(*back->content) == test::dump(*found->content));
  FUZZ_REQUIRE(back->head == found->head);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  check(input);
  check(with_checksum(input));
  (void)decode_log_entry(input, 1, {});
  for (const auto* name : {"head", "edges/all", "models/day/1"}) {
    analytics_sums sums;
    if (sums.load({{name, std::string{input}}}))
      (void)sums.report({analytics_kind::models});
  }
  for (const auto* name : {"head", "all", "hour/1"}) {
    statistics sums;
    if (sums.load({{name, std::string{input}}}))
      (void)sums.report(statistics_window::hour, 0);
  }
  return 0;
}
