#include "actors/exporter_cursor.hpp"

#include "actors/wall_clock.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace meshtrace {

namespace {

/// A note that does not change is written again so often, to stay young.
constexpr std::chrono::hours save_again_after{1};

std::string note_key(const std::string& exporter) {
  return "cursor/" + exporter;
}

} // namespace

exporter_cursor::exporter_cursor(self_pointer self, trace_store_actor store,
                                 std::string exporter,
                                 const exporter_cursor_options& options)
  : self_(self), store_(std::move(store)), exporter_(std::move(exporter)),
    options_(options) {
  // nop
}

void exporter_cursor::restore(const std::vector<std::uint64_t>& ends,
                              std::function<void()> done,
                              error_handler failed) {
  if (!options_.durable) {
    start({}, ends);
    return done();
  }
  if (std::exchange(restoring_, true))
    return;
  self_->request(store_, options_.timeout, notes_find{{note_key(exporter_)}})
    .then(
      [this, ends, done = std::move(done)](const notes_found& found) {
        restoring_ = false;
        start(found.notes.front().value, ends);
        done();
      },
      [this, failed = std::move(failed)](const caf::error& e) {
        restoring_ = false;
        failed(e);
      });
}

void exporter_cursor::start(const std::string& note,
                            const std::vector<std::uint64_t>& ends) {
  if (!note.empty()) {
    auto saved = exporter_feed_state::read_note(note);
    const auto oldest
      = wall_now() - std::chrono::nanoseconds{options_.life}.count();
    if (saved && saved->cursors.size() == ends.size() && saved->time >= oldest)
      return self_->state.start(std::move(saved->cursors));
    spdlog::warn("exporter {}: what it had exported is not known any more; it "
                 "begins with {}",
                 exporter_,
                 options_.from_oldest ? "the oldest trace" : "what comes next");
  }
  if (options_.from_oldest)
    self_->state.start(std::vector<std::uint64_t>(ends.size(), 0), true);
  else
    self_->state.start(ends);
}

void exporter_cursor::save(std::function<void()> done, error_handler failed) {
  auto& state = self_->state;
  if (!options_.durable || saving_ || !state.cursors.started())
    return;
  const auto now = self_->clock().now();
  const auto cursors = state.cursors.encode();
  if (cursors == saved_ && now < save_again_)
    return;
  saving_ = true;
  save_again_ = now + save_again_after;
  self_
    ->request(store_, options_.timeout,
              notes_save{{{note_key(exporter_), state.write_note(wall_now())}}})
    .then(
      [this, cursors, done = std::move(done)](caf::ok_atom) {
        saving_ = false;
        saved_ = cursors;
        done();
      },
      [this, failed = std::move(failed)](const caf::error& e) {
        saving_ = false; // the next call tries again
        save_again_ = {};
        failed(e);
      });
}

} // namespace meshtrace
