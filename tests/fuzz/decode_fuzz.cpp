// Stream entries from strangers. The input is text, so that its parts can be
// mixed well: entries are divided by 0x1D, the fields of one by 0x1E, name and
// value by 0x1F.
#include "storage/record.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/trace_dump.hpp"
#include "trace/arena.hpp"
#include "trace/decode.hpp"
#include "trace/trace.hpp"
#include "trace/trace_json.hpp"
#include "trace/view.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace meshtrace;

namespace {

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> result;
  for (;;) {
    const auto end = text.find(by);
    result.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return result;
    text.remove_prefix(end + 1);
  }
}

std::vector<field> fields_of(std::string_view entry) {
  std::vector<field> result;
  for (const auto part : split(entry, '\x1E')) {
    const auto mark = std::min(part.find('\x1F'), part.size());
    result.push_back(
      {part.substr(0, mark), part.substr(std::min(mark + 1, part.size()))});
  }
  return result;
}

/// Small, so that limits are met. Where they are, order counts.
constexpr span_limits of_span{8, 64};
constexpr trace_limits limits{of_span, 100, 1 << 20};

using traces = std::map<std::string, std::shared_ptr<trace>, std::less<>>;

void join(traces& to, const span_event& event) {
  auto& content = to[std::string{event.trace_id}];
  if (!content)
    content = std::make_shared<trace>(event.trace_id);
  content->join(event, limits);
}

void check_record(const trace& content) {
  const trace_view view{content};
  const envelope head{1, completion_reason::timeout, 5, 7};
  const auto record = encode_record(view, head);
  const auto back = decode_record(record);
  FUZZ_REQUIRE(back.has_value());
  FUZZ_REQUIRE(test::dump(*back->content) == test::dump(content));
  FUZZ_REQUIRE(back->head == head);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  arena memory{4096};
  decode_counts counts;
  std::vector<span_event> events;
  for (const auto entry : split(input, '\x1D'))
    if (const auto event = decode(fields_of(entry), of_span, memory, counts))
      events.push_back(*event);
  traces forwards;
  traces backwards;
  for (const auto& event : events) {
    join(forwards, event);
    join(forwards, event);
  }
  for (auto i = events.rbegin(); i != events.rend(); ++i)
    join(backwards, *i);
  for (auto& [id, content] : forwards) {
    FUZZ_REQUIRE(!id.empty() && id.size() <= 128);
    if (!content->truncated())
      FUZZ_REQUIRE(test::dump(*content) == test::dump(*backwards[id]));
    check_record(*content);
  }
  return 0;
}
