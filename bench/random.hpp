#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace meshtrace::bench {

/// Random numbers that are the same on every machine and with every standard
/// library, which <random>'s distributions are not (SplitMix64).
class random {
public:
  explicit random(std::uint64_t seed) : state_(seed) {}

  /// The numbers of stream `index` under `seed`, independent of all others.
  random(std::uint64_t seed, std::uint64_t index)
    : state_(random(seed).next() + index * 0xd1342543de82ef95ULL) {
    state_ = next();
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    auto z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// A number in [0, limit), 0 if limit is 0.
  std::uint64_t below(std::uint64_t limit) {
    return limit == 0 ? 0 : next() % limit;
  }

  /// A number in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low
           + static_cast<std::int64_t>(
             below(static_cast<std::uint64_t>(high - low) + 1));
  }

  bool chance(double probability) {
    constexpr double scale = 1.0 / 9007199254740992.0; // 2^53
    return static_cast<double>(next() >> 11) * scale < probability;
  }

  template <class T>
  void shuffle(std::vector<T>& values) {
    for (auto i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[below(i)]);
  }

private:
  std::uint64_t state_;
};

} // namespace meshtrace::bench
