#include "trace/span_parents.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace meshtrace {

span_parents::span_parents(const trace_view& view)
  : view_(view), parents_(view.spans().size(), nobody) {
  const auto& spans = view.spans();
  std::vector<std::pair<std::string_view, std::uint32_t>> ids;
  ids.reserve(spans.size());
  for (std::uint32_t i = 0; i < spans.size(); ++i)
    ids.emplace_back(spans[i].id, i);
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto wanted = (*spans[i].content)[text_field::parent_span];
    if (wanted.empty())
      continue;
    const auto found = std::lower_bound(
      ids.begin(), ids.end(), wanted,
      [](const auto& x, std::string_view id) { return x.first < id; });
    if (found != ids.end() && found->first == wanted)
      parents_[i] = found->second;
  }
}

} // namespace meshtrace
