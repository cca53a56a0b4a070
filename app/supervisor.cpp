#include "app/supervisor.hpp"

#include <caf/actor_system.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace meshtrace {

caf::behavior
supervisor(caf::event_based_actor* self, const std::vector<vital_part>& parts,
           std::function<void(const std::string&)> on_loss) {
  std::vector<std::pair<caf::actor_addr, std::string>> names;
  for (auto& part : parts) {
    const auto address = caf::actor_cast<caf::actor_addr>(part.actor);
    self->monitor(address);
    names.emplace_back(address, part.name);
  }
  self->set_down_handler(
    [self, names = std::move(names), on_loss](const caf::down_msg& down) {
      const auto i = std::find_if(names.begin(), names.end(), [&](auto& x) {
        return x.first == down.source;
      });
      const auto name = i == names.end() ? std::string{"a part"} : i->second;
      spdlog::critical("supervisor: {} has ended ({}); the process ends too, "
                       "what is not acknowledged is read again",
                       name, self->system().render(down.reason));
      on_loss(name);
    });
  return {
    [](caf::unit_t) {
      // nop: it only watches
    },
  };
}

} // namespace meshtrace
