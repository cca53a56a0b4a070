// How statistics are kept over restarts (bytes.hpp has the numbers):
//
//   parts  = head all *bucket
//   head   = version cursor names(agents) names(operations)
//   cursor = varint(size) bytes       ; how far in the log all parts are
//   bucket = varint(index) sums       ; index: time / width of the bucket
//
// A bucket's part is named after its index modulo the number of buckets that
// there may be, so that the number of parts is fixed.
#include "trace/statistics.hpp"

#include <fmt/format.h>

#include <utility>

namespace meshtrace {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::string_view head_name = "head";
constexpr std::string_view all_name = "all";

statistics_part part_of(std::string name, byte_writer& bytes) {
  return {std::move(name), bytes.take()};
}

} // namespace

std::vector<std::string> statistics::part_names() const {
  std::vector<std::string> result{std::string{head_name},
                                  std::string{all_name}};
  for (auto* buckets : {&hour_, &day_})
    for (auto& name : buckets->part_names())
      result.push_back(std::move(name));
  return result;
}

std::vector<statistics_part>
statistics::save(std::string_view cursor, bool all) {
  std::vector<statistics_part> result;
  byte_writer head{1024};
  head.byte(version);
  head.varint(cursor.size());
  head.raw(cursor);
  agents_.write(head);
  operations_.write(head);
  result.push_back(part_of(std::string{head_name}, head));
  byte_writer sums{1024};
  all_.write(sums);
  result.push_back(part_of(std::string{all_name}, sums));
  hour_.save(all, result);
  day_.save(all, result);
  return result;
}

expected<std::string>
statistics::load(const std::vector<statistics_part>& parts) {
  std::string cursor;
  for (auto& [name, bytes] : parts) {
    if (bytes.empty())
      continue;
    byte_reader from{bytes};
    if (name == head_name) {
      if (const auto found = from.byte(); found != version)
        return failure(fmt::format("saved statistics have version {}, this "
                                   "meshtrace reads {}",
                                   found, version));
      cursor = from.raw(from.varint());
      agents_.read(from);
      operations_.read(from);
    } else if (name == all_name) {
      all_.read(from);
    } else {
      (name.rfind("hour/", 0) == 0 ? hour_ : day_).load(from);
    }
    if (from.failed() || from.left() != 0)
      return failure(fmt::format("saved statistics are damaged: {}", name));
  }
  return cursor;
}

} // namespace meshtrace
