// Random traces of both protocols, in any order, repetition and grouping.
// MESHTRACE_SEED repeats a run; MESHTRACE_PROPERTY_MS makes it longer.
#include "tests/support/trace_dump.hpp"
#include "tests/trace/entries.hpp"
#include "trace/completion.hpp"
#include "trace/trace_json.hpp"

#include <chrono>
#include <cstdlib>
#include <random>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

using decodings = std::vector<std::unique_ptr<decoding>>;

const trace_limits limits{{4, 40}};

std::uint64_t
number_from_environment(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Makes entries whose values conflict often: every value comes from a few.
class generator {
public:
  explicit generator(std::uint64_t seed) : engine(seed) {
    // nop
  }

  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>{0, count - 1}(engine);
  }
  bool one_in(std::size_t count) {
    return below(count) == 0;
  }
  std::string any_of(std::initializer_list<const char*> values) {
    return values.begin()[below(values.size())];
  }

  /// All entries of one trace.
  std::vector<entry> entries() {
    std::vector<entry> result;
    // Few spans often, sometimes enough for the trace to keep an index.
    spans_ = 1 + below(one_in(4) ? 40 : 6);
    for (std::size_t i = 0; i < spans_; ++i)
      add_span(result, "s" + std::to_string(i));
    return result;
  }

  std::mt19937_64 engine;

private:
  void add_span(std::vector<entry>& to, const std::string& id) {
    const auto protocol = below(4);
    if (protocol != 0) // one function, or several under this id
      for (auto n = one_in(4) ? 1 + below(4) : 1; n > 0; --n)
        to.push_back(execution(id));
    if (protocol == 0 || protocol == 3)
      for (const auto* type : {"span_start", "span_end", "error"})
        if (!one_in(3))
          to.push_back(protocol_a(id, type));
  }

  entry execution(const std::string& id) {
    entry result = {{"function_name", any_of({"f", "g", "h", "null"})},
                    {"start_time", time()},
                    {"end_time", time()}};
    return finish(std::move(result), id);
  }

  entry protocol_a(const std::string& id, const char* type) {
    entry result = {{"event_type", type},
                    {"timestamp", time()},
                    {"operation", any_of({"f", "g", "other"})}};
    return finish(std::move(result), id);
  }

  std::string time() {
    return any_of({"1753576434.1", "1753576434.2", "1753576434200",
                   "1.7535764343E9", "1753576435", "null", "NaN", "1e300"});
  }

  entry finish(entry result, const std::string& id) {
    result.emplace_back("trace_id", "t1");
    if (!one_in(30)) // else it is made up
      result.emplace_back("span_id", id);
    if (!one_in(4))
      result.emplace_back("parent_span",
                          one_in(20) ? any_of({"gone", "a b", "null"})
                                     : "s" + std::to_string(below(spans_)));
    maybe(result, "agent_name",
          {"calc", "report", "unknown", "unknown-agent", "null"});
    maybe(result, "agent_id", {"a1", "unknown", "None", "a2"});
    maybe(result, "ip_address", {"10.0.0.1", "10.0.0.2"});
    maybe(result, "agent_ip", {"10.0.0.1", "host"});
    maybe(result, "success", {"True", "false", "null", "odd", "1"});
    maybe(result, "error", {"null", "boom", "b\xC3\xA9\xFF", "unknown"});
    maybe(result, "error_message", {"no", "boom", ""});
    maybe(result, "duration_ms", {"0.87", "12", "1e3", "-3.2", "9e12"});
    maybe(result, "llm_model", {"big", "small", "null"});
    maybe(result, "llm_input_tokens", {"1", "12.0", "12.5", "900"});
    maybe(result, "runtime", {"go", "python", "unknown"});
    maybe(result, "capability", {"math"});
    maybe(result, "published_at", {"1753576499", "1753576500"});
    for (const auto* name : {"a", "b", "c", "d", "e", "f", "\xFF"})
      maybe(result, name,
            {"x", "y", "unknown",
             "a long value \xE2\x82\xAC\xE2\x82\xAC of "
             "many bytes, more than forty"});
    std::shuffle(result.begin(), result.end(), engine);
    return result;
  }

  void maybe(entry& to, const char* name,
             std::initializer_list<const char*> values) {
    if (one_in(3))
      to.emplace_back(name, any_of(values));
  }

  std::size_t spans_ = 1;
};

decodings decoded(const std::vector<entry>& entries) {
  decodings result;
  for (auto& x : entries)
    result.push_back(std::make_unique<decoding>(x, limits.of_span));
  return result;
}

/// `entries` in another order, some of them repeated with their fields in
/// another order, as Rust's hash maps write them.
std::vector<entry> disturbed(const std::vector<entry>& entries, generator& r) {
  auto result = entries;
  for (auto& x : entries)
    while (r.one_in(3)) {
      auto& copy = result.emplace_back(x);
      std::shuffle(copy.begin(), copy.end(), r.engine);
    }
  std::shuffle(result.begin(), result.end(), r.engine);
  return result;
}

/// Joins the events in up to six parts and merges the parts in any order.
std::shared_ptr<trace> in_parts(const decodings& events, generator& r,
                                const std::shared_ptr<text_pool>& pool) {
  std::vector<std::shared_ptr<trace>> parts(1 + r.below(6));
  for (auto& x : parts)
    x = std::make_shared<trace>("t1", r.one_in(2) ? pool : nullptr);
  for (auto& x : events)
    parts[r.below(parts.size())]->join(x->event(), limits);
  while (parts.size() > 1) {
    std::shuffle(parts.begin(), parts.end(), r.engine);
    const auto last = r.one_in(4) ? parts.back()->clone() : parts.back();
    parts.pop_back();
    parts.front()->merge(*last, limits);
  }
  return parts.front();
}

std::string json(const trace& content) {
  std::string result;
  append_trace_json(result, trace_view{content}, {}, false);
  return result;
}

void check_one(generator& r, const std::shared_ptr<text_pool>& pool) {
  const auto entries = r.entries();
  trace expected{"t1"};
  for (auto& x : decoded(entries))
    expected.join(x->event(), limits);
  const auto content = dump(expected);
  const auto shown = json(expected);
  for (int round = 0; round < 4; ++round) {
    const auto events = decoded(disturbed(entries, r));
    const auto actual = in_parts(events, r, pool);
    REQUIRE(dump(*actual) == content);
    REQUIRE(json(*actual) == shown);
    REQUIRE(pending_reason(*actual) == pending_reason(expected));
    REQUIRE(actual->has_shared_ids() == expected.has_shared_ids());
    REQUIRE(std::all_of(events.begin(), events.end(), [&](auto& x) {
      return actual->join(x->event(), limits) == join_result::unchanged;
    }));
    REQUIRE(actual->merge(expected, limits) == join_result::unchanged);
  }
}

} // namespace

TEST_CASE("any order, repetition and grouping of events joins to the same") {
  const auto seed
    = number_from_environment("MESHTRACE_SEED", std::random_device{}());
  const std::chrono::milliseconds time_box{
    number_from_environment("MESHTRACE_PROPERTY_MS", 3'000)};
  MESSAGE("MESHTRACE_SEED=" << seed);
  INFO("MESHTRACE_SEED=" << seed);
  generator r{seed};
  const auto pool = std::make_shared<text_pool>();
  const auto start = std::chrono::steady_clock::now();
  std::size_t traces = 0;
  do {
    check_one(r, pool);
    ++traces;
  } while (std::chrono::steady_clock::now() - start < time_box);
  MESSAGE(traces << " traces");
}
