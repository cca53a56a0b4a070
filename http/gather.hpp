#pragma once

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace meshtrace {

/// What several actors answered to one question, in the order in which their
/// answers came.
template <class Answer>
struct gathered {
  std::vector<Answer> answers;
  /// Why the others did not.
  std::vector<caf::error> errors;
};

/// Asks all of `whom` and calls `done` once with what they said, at the latest
/// after `timeout`. (CAF 0.17 has no fan_out_request.)
template <class Answer, class Self, class Handle, class Message, class F>
void gather(Self* self, const std::vector<Handle>& whom, caf::timespan timeout,
            const Message& question, F done) {
  struct collection {
    gathered<Answer> so_far;
    std::size_t missing;
    F done;

    void note_one() {
      if (--missing == 0)
        done(std::move(so_far));
    }
  };
  if (whom.empty())
    return done(gathered<Answer>{});
  auto all = std::make_shared<collection>(
    collection{{}, whom.size(), std::move(done)});
  for (auto& each : whom)
    self->request(each, timeout, question)
      .then(
        [all](const Answer& answer) {
          all->so_far.answers.push_back(answer);
          all->note_one();
        },
        [all](const caf::error& reason) {
          all->so_far.errors.push_back(reason);
          all->note_one();
        });
}

} // namespace meshtrace
