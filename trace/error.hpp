#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace meshtrace {

/// Why something could not be done, in words that an operator can act on.
struct error {
  std::string reason;
};

/// A value, or the reason why there is none. Expected failures are values in
/// this project; exceptions are for "cannot start" only.
template <class T>
using expected = tl::expected<T, error>;

/// Makes the failed state of an `expected`.
inline tl::unexpected<error> failure(std::string reason) {
  return tl::unexpected<error>{error{std::move(reason)}};
}

} // namespace meshtrace
