#pragma once

#include "exporters/otlp_answer.hpp"
#include "exporters/otlp_model.hpp"
#include "exporters/send_result.hpp"

#include <optional>
#include <span>

namespace meshtrace {

/// One way to bring spans to a target of OTLP. Belongs to one thread, but for
/// `interrupt`.
class otlp_sender {
public:
  virtual ~otlp_sender() = default;

  /// Sends one request; blocks up to the target's timeout.
  virtual send_result send(std::span<const otlp_resource> resources) = 0;

  /// Makes a `send` in progress and all later ones return soon. From any
  /// thread.
  virtual void interrupt() = 0;
};

/// What becomes of a request that the target took. What it left out must not be
/// sent again, nor what it said unintelligibly: it has the request.
send_result judge_otlp_answer(std::optional<otlp_answer> answer);

} // namespace meshtrace
