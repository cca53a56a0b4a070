#pragma once

#include "exporters/target.hpp"

namespace meshtrace {

/// What the Zipkin exporter needs to know.
struct zipkin_options {
  target_options target;
  batch_options batch;
};

} // namespace meshtrace
