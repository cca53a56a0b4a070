#include "app/settings_names.hpp"

#include "trace/text.hpp"

#include <algorithm>
#include <numeric>

namespace meshtrace {

namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_quote = 200;

// Insertions, deletions and replacements from one text to the other
// (Levenshtein), one row of the table at a time.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const auto replaced = diagonal + (from[i] == to[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

} // namespace

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string file_key(std::string_view name) {
  return lower(name);
}

std::string flag_name(std::string_view name) {
  auto result = "--" + lower(name);
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

std::string
suggestion(std::string_view text, const std::vector<std::string>& candidates) {
  if (text.size() > longest_name)
    return {};
  // Lower case, because a key written as the variable is the likeliest slip.
  auto least = std::max<std::size_t>(2, text.size() / 4) + 1;
  const std::string* nearest = nullptr;
  for (const auto& candidate : candidates)
    if (const auto far = distance(lower(text), lower(candidate)); far < least) {
      least = far;
      nearest = &candidate;
    }
  return nullptr == nearest ? std::string{}
                            : "; did you mean " + *nearest + "?";
}

std::string in_quotes(std::string_view text) {
  const auto cut = cut_utf8(text, longest_quote);
  return '"' + escaped(cut) + (cut.size() < text.size() ? "...\"" : "\"");
}

} // namespace meshtrace
