// Compiled without sanitizers (CMakeLists.txt): CAF's queue casts nodes in a
// way that UBSan's check of vtables does not follow. `flatten` keeps that code
// here.
#include "actors/mailbox_size.hpp"

#include <caf/scheduled_actor.hpp>

namespace meshtrace {

__attribute__((flatten)) std::size_t mailbox_size(caf::scheduled_actor* self) {
  return self->mailbox().size();
}

} // namespace meshtrace
