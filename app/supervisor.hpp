#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <string>
#include <vector>

namespace meshtrace {

/// An actor that the service cannot do without, with its name for the log.
struct vital_part {
  std::string name;
  caf::strong_actor_ptr actor;
};

/// Watches `parts` and calls `on_loss` when one of them ends while the service
/// runs: a batch may then never be answered, so the process has to end; what is
/// not acknowledged is read again after the restart.
caf::behavior
supervisor(caf::event_based_actor* self, const std::vector<vital_part>& parts,
           std::function<void(const std::string&)> on_loss);

} // namespace meshtrace
