#pragma once

#include "exporters/target.hpp"
#include "exporters/webhook_filter.hpp"

#include <cstddef>

namespace meshtrace {

/// What the webhook exporter needs to know.
struct webhook_options {
  /// Its URL is a secret: who knows it may call.
  target_options target;
  webhook_filter filter{.failed = true};
  /// Most calls within a minute; what is beyond is held back and counted.
  std::size_t per_minute = 60;
};

} // namespace meshtrace
