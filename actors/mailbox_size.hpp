#pragma once

#include <cstddef>

namespace caf {
class scheduled_actor;
} // namespace caf

namespace meshtrace {

/// How many messages wait for `self`, about. For `self` alone to ask, from one
/// of its handlers.
std::size_t mailbox_size(caf::scheduled_actor* self);

} // namespace meshtrace
