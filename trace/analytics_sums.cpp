// How analytics are kept over restarts (bytes.hpp has the numbers):
//
//   parts  = head *(all *bucket)      ; for each kind in its order
//   head   = version cursor *names    ; the keys of each kind, recent_names.cpp
//   cursor = varint(size) bytes       ; how far in the log all parts are
//   all    = rows                     ; analytics_rows.cpp
//   bucket = varint(index) rows       ; index: time / width of the bucket
//
// Keys that were forgotten may still be in parts that did not change since.
#include "trace/analytics_sums.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::string_view head_name = "head";

} // namespace

analytics_sums::analytics_sums(const analytics_limits& limits)
  : tables_{{{analytics_kind::edges, limits.edges},
             {analytics_kind::agents, limits.agents},
             {analytics_kind::models, limits.models},
             {analytics_kind::operations, limits.operations}}} {
  // nop
}

void analytics_sums::apply(const contribution* added,
                           const contribution* replaced, std::int64_t now) {
  for (auto& table : tables_)
    table.apply(added, replaced, now);
}

analytics_report analytics_sums::report(const analytics_query& query) const {
  return tables_[static_cast<std::size_t>(query.kind)].report(query);
}

std::uint64_t analytics_sums::forgotten() const {
  std::uint64_t result = 0;
  for (auto& table : tables_)
    result += table.forgotten();
  return result;
}

std::vector<std::string> analytics_sums::part_names() const {
  std::vector<std::string> result{std::string{head_name}};
  for (auto& table : tables_)
    for (auto& name : table.part_names())
      result.push_back(name);
  return result;
}

std::vector<statistics_part>
analytics_sums::save(std::string_view cursor, bool all) {
  byte_writer head{1024};
  head.byte(version);
  head.varint(cursor.size());
  head.raw(cursor);
  for (auto& table : tables_)
    table.save_keys(head);
  std::vector<statistics_part> result{{std::string{head_name}, head.take()}};
  for (auto& table : tables_)
    table.save(all, result);
  return result;
}

expected<std::string>
analytics_sums::load(const std::vector<statistics_part>& parts) {
  std::string cursor;
  for (auto& [name, bytes] : parts) {
    if (bytes.empty())
      continue;
    byte_reader from{bytes};
    if (name == head_name) {
      if (const auto found = from.byte(); found != version)
        return failure(fmt::format("saved analytics have version {}, this "
                                   "meshtrace reads {}",
                                   found, version));
      cursor = from.raw(from.varint());
      for (auto& table : tables_)
        table.load_keys(from);
    } else if (std::none_of(
                 tables_.begin(), tables_.end(),
                 [&, part = std::string_view{name}](analytics_table& table) {
                   return table.load(part, from);
                 })) {
      from.fail();
    }
    if (from.failed() || from.left() != 0)
      return failure(fmt::format("saved analytics are damaged: {}", name));
  }
  for (auto& table : tables_)
    table.finish_load();
  return cursor;
}

} // namespace meshtrace
