#pragma once

#include "trace/view.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meshtrace {

/// Who is whose parent in a trace, by place in `view.spans()`. Parents may go
/// round in circles. Refers to the view, which must outlive it.
class span_parents {
public:
  static constexpr std::uint32_t nobody = 0xFFFF'FFFF;

  explicit span_parents(const trace_view& view);

  /// `nobody` where there is none, or it is not here.
  std::uint32_t parent(std::size_t i) const {
    return parents_[i];
  }

  /// Null where there is none, or it is not here.
  const span* parent_of(std::size_t i) const {
    return parents_[i] == nobody ? nullptr : view_.spans()[parents_[i]].content;
  }

  /// Which spans have some span below them for which `says(span)` holds. In a
  /// circle of parents everybody is below everybody, itself included; a span
  /// that names itself as parent is not below itself.
  template <class F>
  std::vector<bool> above(F says) const {
    std::vector<bool> result(parents_.size());
    for (std::uint32_t i = 0; i < parents_.size(); ++i)
      if (parents_[i] != i && says(*view_.spans()[i].content))
        for (auto up = parents_[i]; up != nobody && !result[up]; up
                                                                 = parents_[up])
          result[up] = true;
    return result;
  }

private:
  const trace_view& view_;
  std::vector<std::uint32_t> parents_;
};

} // namespace meshtrace
