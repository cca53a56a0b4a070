#pragma once

#include "messages/type_ids.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace meshtrace::test {

/// An actor system without threads: messages move only when a test says so and
/// the clock stands still until a test moves it. Derive fixtures from it.
class deterministic_system {
public:
  deterministic_system() = default;

  deterministic_system(const deterministic_system&) = delete;
  deterministic_system& operator=(const deterministic_system&) = delete;

  ~deterministic_system() {
    for (auto& actor : spawned_)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    sched.run();
  }

  /// Spawns an actor, runs its start-up code and ends it after the test.
  template <class F, class... Ts>
  auto spawn(F fun, Ts&&... xs) {
    auto handle = sys.spawn(fun, std::forward<Ts>(xs)...);
    spawned_.push_back(caf::actor_cast<caf::strong_actor_ptr>(handle));
    sched.run();
    return handle;
  }

  /// Ends an actor as if its process had died.
  template <class Handle>
  void kill(const Handle& who) {
    caf::anon_send_exit(caf::actor_cast<caf::actor>(who),
                        caf::exit_reason::kill);
    sched.run();
  }

  /// Delivers `xs...` and everything that follows from it.
  template <class Handle, class... Ts>
  void deliver(const Handle& to, Ts&&... xs) {
    self->send(to, std::forward<Ts>(xs)...);
    sched.run();
  }

  /// Moves the clock and delivers what falls due, one step at a time.
  void advance(caf::timespan by, caf::timespan step) {
    for (; by.count() > 0; by -= step) {
      sched.clock().advance_time(std::min(by, step));
      sched.run();
    }
  }

  /// Takes the next message of type `T` sent to the test itself, answers to
  /// `deliver` included.
  template <class T>
  std::optional<T> next() {
    std::optional<T> result;
    self->receive([&](T& x) { result = std::move(x); },
                  caf::after(std::chrono::seconds{0}) >> [] {});
    return result;
  }

  /// The test posing as an actor of type `Handle`.
  template <class Handle>
  Handle me() {
    return caf::actor_cast<Handle>(self);
  }

private:
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      add_message_types<caf::id_block::meshtrace>();
    }
  };

  config config_;

public:
  caf::actor_system sys{config_};
  caf::scoped_actor self{sys, true};
  caf::scheduler::test_coordinator& sched
    = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());

private:
  std::vector<caf::strong_actor_ptr> spawned_;
};

} // namespace meshtrace::test
