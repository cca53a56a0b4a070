#pragma once

#include "actors/status_board.hpp"
#include "actors/trace_store.hpp"
#include "http/gateway.hpp"
#include "storage/memory_engine.hpp"
#include "tests/http/traces.hpp"
#include "tests/support/deterministic_system.hpp"
#include "trace/ids.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace::test {

/// What an actor of the tests does with a question.
struct manners {
  /// Never answers.
  bool silent = false;
  /// Answers with this error.
  std::string failure = {};
  std::size_t asked = 0;

  template <class T, class Self>
  caf::result<T> answer(Self* self, T with) {
    ++asked;
    if (silent) { // CAF says nothing about a promise that is dropped
      auto never = self->template make_response_promise<T>();
      return never;
    }
    if (!failure.empty())
      return caf::make_error(caf::sec::runtime_error, failure);
    return with;
  }
};

/// A correlator that holds what the test gave it.
struct fake_correlator : manners {
  active_model active;
  correlator_load load;
};

inline correlator_actor::behavior_type
correlator_fake(correlator_actor::pointer self, fake_correlator* model) {
  return {
    [](const span_batch&) { return batch_joined{}; },
    [](const stream_clock&) {},
    [](const traces_due&) {},
    [](retry_atom) {},
    [](caf::tick_atom) {},
    [](drain_atom) { return caf::ok_atom_v; },
    [=](const active_lookup& x) {
      return model->answer(self, model->active.find(x.trace_id));
    },
    [=](const active_query& x) {
      return model->answer(self, model->active.search(x));
    },
    [=](load_atom) { return model->answer(self, model->load); },
  };
}

struct fake_analytics : manners {
  statistics_report report;
  std::optional<statistics_query> last_query;
  analytics_report rows;
  std::optional<analytics_query> last_rows_query;
};

inline analytics_actor::behavior_type
analytics_fake(analytics_actor::pointer self, fake_analytics* model) {
  return {
    [](const log_advanced&) {},
    [=](const statistics_query& x) {
      model->last_query = x;
      return model->answer(self, model->report);
    },
    [=](const analytics_query& x) {
      model->last_rows_query = x;
      return model->answer(self, model->rows);
    },
  };
}

struct fake_board : manners {
  service_status status;
};

inline status_board_actor::behavior_type
board_fake(status_board_actor::pointer self, fake_board* model) {
  return {
    [](const reader_status&) {},
    [](const keeper_status&) {},
    [](const acknowledger_status&) {},
    [](const exporter_status&) {},
    [](const dead_letter_status&) {},
    [](const store_health&) {},
    [=](status_atom) { return model->answer(self, model->status); },
  };
}

struct fake_dead_letters : manners {
  dead_letters_page page;
  std::optional<dead_letters_query> last_query;
};

inline dead_letter_actor::behavior_type
dead_letters_fake(dead_letter_actor::pointer self, fake_dead_letters* model) {
  return {
    [](const std::vector<dead_entry>&) { return batch_joined{}; },
    [=](const dead_letters_query& x) {
      model->last_query = x;
      return model->answer(self, model->page);
    },
    [](caf::tick_atom) {},
    [](drain_atom) { return caf::ok_atom_v; },
  };
}

/// A memory engine whose reads can be made to fail.
class fragile_engine : public memory_engine {
public:
  using memory_engine::memory_engine;

  std::string broken;
  /// A trace that no correlator has in memory.
  std::optional<checkpoint> parked;

  expected<std::optional<checkpoint>>
  find_checkpoint(std::string_view trace_id) override {
    return parked && parked->content->id() == trace_id ? parked : std::nullopt;
  }

  expected<std::optional<stored_trace>>
  find(std::string_view trace_id) override {
    if (!broken.empty())
      return failure(broken);
    return memory_engine::find(trace_id);
  }
  expected<store_page> search(const store_query& query) override {
    if (!broken.empty())
      return failure(broken);
    return memory_engine::search(query);
  }
  /// Where backups went; they fail while that is not set.
  std::optional<std::string> backup_folder;

  expected<void> backup(const std::string& directory) override {
    if (!backup_folder)
      return memory_engine::backup(directory);
    backup_folder = directory;
    return {};
  }
};

/// One request on its way: the test poses as the server.
struct asked {
  exchange_ptr waiting;
  std::shared_ptr<std::optional<http_response>> response;

  bool answered() const {
    return response->has_value();
  }
  int status() const {
    REQUIRE(answered());
    return (*response)->status;
  }
  const std::string& body() const {
    REQUIRE(answered());
    return (*response)->body;
  }
  std::string header(std::string_view name) const {
    REQUIRE(answered());
    for (auto& [key, text] : (*response)->headers)
      if (key == name)
        return text;
    return {};
  }
  rapidjson::Document json() const {
    rapidjson::Document result;
    const auto flags = rapidjson::kParseValidateEncodingFlag;
    REQUIRE_FALSE(result.Parse<flags>(body().c_str()).HasParseError());
    return result;
  }
  std::string error_code() const {
    const auto x = json();
    REQUIRE(x.HasMember("error"));
    return x["error"]["code"].GetString();
  }
  std::string error_message() const {
    return json()["error"]["message"].GetString();
  }
};

/// A gateway between the test, fake correlators and a real store.
struct gateway_fixture : deterministic_system {
  static constexpr std::uint32_t partitions = 8;
  static constexpr std::chrono::seconds timeout{4};

  static gateway_options usual_options() {
    gateway_options result;
    result.timeout = timeout;
    result.max_pending = 3;
    result.partitions = partitions;
    result.enabled = true;
    result.group = "group";
    result.consumer = "consumer";
    result.streams = {"mesh:trace"};
    result.exporters = {"console"};
    result.engine = "memory";
    result.version = "1.2.3";
    result.config = {{"trace_store", "memory"}};
    result.wall_clock = [] {
      return epoch * 1'000'000'000;
    };
    return result;
  }

  gateway_fixture() {
    board.status.keeper.connected = board.status.keeper.lease_held = true;
    board.status.readers = {{0, "reading", "", 0, 0, false}};
    for (auto& x : correlators)
      correlator_handles.push_back(spawn(correlator_fake, &x));
    board_handle = spawn(board_fake, &board);
    analytics_handle = spawn(analytics_fake, &analytics);
    dead_letters_handle = spawn(dead_letters_fake, &dead_letters);
    stores.push_back(spawn(trace_store, std::shared_ptr<engine>{keep},
                           store_syncer_actor{}, board_handle, &counters));
    start(usual_options());
  }

  /// A new gateway in place of the one before.
  void start(const gateway_options& options) {
    front
      = spawn(gateway, options, correlator_handles, stores, analytics_handle,
              dead_letters_handle, board_handle, &counters);
  }

  /// The model of the correlator that a trace belongs to.
  fake_correlator& correlator_of(std::string_view trace_id) {
    return correlators[partition_of(trace_id, partitions) % 2];
  }

  void add_active(trace_ptr content, envelope head = {}, bool whole = true) {
    correlator_of(content->id())
      .active.items.push_back({{content, head}, whole});
  }

  /// Asks and delivers everything that follows.
  asked get(const std::string& target, std::string authorization = {}) {
    const auto mark = target.find('?');
    http_request request{.method = "GET", .path = target.substr(0, mark)};
    if (mark != std::string::npos)
      request.query = target.substr(mark + 1);
    request.authorization = std::move(authorization);
    return ask(std::move(request));
  }

  asked ask(http_request request) {
    auto response = std::make_shared<std::optional<http_response>>();
    auto waiting = std::make_shared<exchange>(
      std::move(request), [response](http_response x) {
        REQUIRE_FALSE(response->has_value());
        *response = std::move(x);
      });
    deliver(front, waiting);
    return {std::move(waiting), std::move(response)};
  }

  double answers_counted(std::string_view route, int code) {
    return counters.http_requests(route, code).Value();
  }

  metrics counters;
  fake_correlator correlators[2];
  fake_board board;
  fake_analytics analytics;
  fake_dead_letters dead_letters;
  std::shared_ptr<fragile_engine> keep
    = std::make_shared<fragile_engine>(memory_options{});
  std::vector<correlator_actor> correlator_handles;
  std::vector<trace_store_actor> stores;
  status_board_actor board_handle;
  analytics_actor analytics_handle;
  dead_letter_actor dead_letters_handle;
  gateway_actor front;
};

} // namespace meshtrace::test
