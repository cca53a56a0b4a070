#pragma once

#include <caf/actor_system.hpp>
#include <caf/error.hpp>

#include <string>

namespace meshtrace {

/// What an operator should read of `problem`: the reason that one of our actors
/// gave, without what CAF puts around it.
inline std::string
reason_of(const caf::error& problem, const caf::actor_system& system) {
  const auto& context = problem.context();
  if (context.size() == 1 && context.match_element<std::string>(0))
    return context.get_as<std::string>(0);
  return system.render(problem);
}

} // namespace meshtrace
