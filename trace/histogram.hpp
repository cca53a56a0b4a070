#pragma once

#include "trace/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meshtrace {

/// How often durations (nanoseconds) of every size occurred, to within 1 %, and
/// their exact average. Each power of two is divided into 64 cells, and only
/// cells in use take room (8 bytes), so that there can be many histograms.
/// What was added can be taken out again. Negative durations count as zero.
class histogram {
public:
  void add(std::int64_t duration) {
    change(duration, 1);
  }

  /// Takes out what was added before. What was not is left alone.
  void subtract(std::int64_t duration) {
    change(duration, -1);
  }

  void merge(const histogram& other);

  std::uint64_t count() const {
    return count_;
  }

  /// 0 where there is none.
  double average() const;

  /// The least duration that at least `q` (0..1) of all do not exceed, with an
  /// error of less than 1 %; 0 where there is none.
  double quantile(double q) const;

  /// Memory held beside the object itself, in bytes.
  std::size_t bytes() const {
    return cells_.capacity() * sizeof(cell);
  }

  /// For a later `read`, by this version of the code or the next ones.
  void write(byte_writer& to) const;
  /// Replaces everything. What is no histogram makes `from` fail.
  void read(byte_reader& from);

private:
  /// Durations of a hundred years do not overflow it.
  __extension__ using wide_int = __int128;

  /// Index and count in one word: durations of 63 bits have fewer than 2^12
  /// indexes, and nobody sees 2^52 durations.
  class cell {
  public:
    static constexpr std::uint64_t most_index = 0xFFF;
    static constexpr std::uint64_t most_count = 0xF'FFFF'FFFF'FFFF;

    cell(std::uint64_t index, std::uint64_t count)
      : word_(index << 52 | count) {
      // nop
    }

    std::uint64_t index() const {
      return word_ >> 52;
    }
    std::uint64_t count() const {
      return word_ & most_count;
    }
    void add(std::uint64_t count) {
      word_ += count;
    }
    void subtract_one() {
      --word_;
    }

  private:
    std::uint64_t word_;
  };

  void change(std::int64_t duration, int by);

  /// Sorted by index; none is empty.
  std::vector<cell> cells_;
  std::uint64_t count_ = 0;
  wide_int sum_ = 0;
};

} // namespace meshtrace
