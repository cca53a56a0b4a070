#pragma once

#include "trace/arena.hpp"
#include "trace/decode.hpp"
#include "trace/trace.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::test {

/// The seed of random tests: MESHTRACE_SEED, else a new one every run. Tests
/// print it.
std::uint64_t random_seed();

/// Makes random events and traces of both protocols, a pure function of the
/// seed. Values come from small vocabularies, so that filters find something.
/// Missing parents, cycles, shared span ids, open spans, absent times and
/// extreme numbers are all among them.
class trace_maker {
public:
  static constexpr std::int64_t first_time = 1'767'225'600'000'000'000;

  explicit trace_maker(std::uint64_t seed) : dice(seed) {
    // nop
  }

  /// A canonical trace id that was not made before.
  std::string id();

  /// All events of one trace, in any order, some of them twice. They live as
  /// long as the maker.
  std::vector<span_event> events(std::string_view trace_id, std::size_t spans);

  /// A trace with a new id, of one to nine spans, now and then of more than
  /// forty.
  std::shared_ptr<trace> make();

  /// A whole trace of one span of agent `weather` that starts and ends at
  /// these times.
  std::shared_ptr<trace>
  simple(std::string_view trace_id, std::int64_t start, std::int64_t end);

  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>{0, count - 1}(dice);
  }
  bool one_in(std::size_t count) {
    return below(count) == 0;
  }
  std::string_view any_of(std::span<const std::string_view> list) {
    return list[below(list.size())];
  }

  // What values come from.
  static const std::span<const std::string_view> agents, operations, models,
    errors, names, values;

  std::mt19937_64 dice;

private:
  std::int64_t number();
  void set_texts(span_values& x);
  void add_three_events(std::vector<span_event>& to, span_event event);
  void add_execution(std::vector<span_event>& to, span_event event);
  std::span<const attribute> attributes();

  arena memory_;
  std::uint64_t made_ = 0;
};

/// The join of these events of one trace.
std::shared_ptr<trace>
join_events(std::string_view trace_id, std::span<const span_event> events);

} // namespace meshtrace::test
