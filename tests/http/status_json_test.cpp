#include "http/status_json.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>
#include <vector>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t now = 1'764'000'000'000'000'000;

gateway_options options() {
  gateway_options result;
  result.enabled = true;
  result.group = "meshtrace";
  result.consumer = "meshtrace-host-8000";
  result.streams = {"mcp-mesh:traces", "mesh:trace"};
  result.exporters = {"console"};
  result.engine = "memory";
  result.version = "1.2.3";
  result.config = {{"redis_url", "redis://***@host"}, {"odd", "\"\n\xff"}};
  return result;
}

service_status connected() {
  service_status result;
  result.keeper.connected = result.keeper.lease_held = true;
  result.readers.resize(2);
  result.readers[0].events_read = 5;
  result.readers[1].events_read = 7;
  result.events_per_second = 1.25;
  return result;
}

rapidjson::Document
status(const gateway_options& with, const status_answers& parts) {
  rapidjson::Document result;
  const auto text = status_json(with, parts, 12'700ms, now);
  const auto flags = rapidjson::kParseValidateEncodingFlag;
  REQUIRE_FALSE(result.Parse<flags>(text.c_str()).HasParseError());
  return result;
}

/// The names in a JSON object, in order.
std::vector<std::string> names(const rapidjson::Value& object) {
  std::vector<std::string> result;
  for (auto i = object.MemberBegin(); i != object.MemberEnd(); ++i)
    result.emplace_back(i->name.GetString());
  return result;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("status has the documented shape") {
  status_answers parts;
  parts.service = connected();
  parts.correlators = 2;
  const auto x = status(options(), parts);
  CHECK(names(x)
        == list{"enabled", "version", "uptime_seconds", "config", "consumer",
                "correlator", "store", "exporters", "cluster", "complete"});
  CHECK(
    names(x["consumer"])
    == list{"connection_state", "streams", "events_read", "events_per_second"});
  CHECK(names(x["consumer"]["streams"][0])
        == list{"stream_name", "stream_length", "consumer_group",
                "consumer_name", "pending", "lag", "last_delivered_id",
                "position", "trimmed_unread", "standing_groups"});
  CHECK(names(x["correlator"])
        == list{"active_traces", "parked_traces", "active_spans",
                "active_bytes", "oldest_trace_age_seconds", "shards"});
  CHECK(names(x["store"])
        == list{"engine", "traces", "bytes", "oldest", "newest"});
  CHECK(names(x["exporters"][0])
        == list{"name", "exported_traces", "failed", "retried", "rejected",
                "rejected_spans", "held_back", "lag_traces"});
  CHECK(x["enabled"].GetBool());
  CHECK(x["complete"].GetBool());
  CHECK(x["version"] == "1.2.3");
  CHECK(x["uptime_seconds"].GetInt() == 12);
  CHECK(x["config"]["redis_url"] == "redis://***@host");
}

TEST_CASE("status sums up what the parts say") {
  status_answers parts;
  auto service = connected();
  service.keeper.streams = {{"mesh:trace", 9, 3, 2, "1-0", {"old"}}};
  service.readers[1].streams = {{"mesh:trace", "0-9", 7}};
  service.exporters = {{"console", 4, 3, 2, 1, 8, 7, 6, "pipe"}};
  parts.service = service;
  parts.correlators = 2;
  parts.loads = {{1, 0, 10, 100, 0, 0, now / 1'000'000 - 500},
                 {2, 0, 20, 200, 0, 0, now / 1'000'000 - 2250}};
  store_totals totals;
  totals.traces = 8;
  totals.bytes = 800;
  totals.oldest = {now};
  parts.totals = totals;
  const auto x = status(options(), parts);
  CHECK(x["consumer"]["connection_state"] == "connected");
  CHECK(x["consumer"]["events_read"].GetInt() == 12);
  CHECK(x["consumer"]["events_per_second"].GetDouble() == 1.25);
  const auto& streams = x["consumer"]["streams"];
  REQUIRE(streams.Size() == 2);
  CHECK(streams[0]["stream_name"] == "mesh:trace");
  CHECK(streams[0]["stream_length"].GetInt() == 9);
  CHECK(streams[0]["consumer_group"] == "meshtrace");
  CHECK(streams[0]["consumer_name"] == "meshtrace-host-8000");
  CHECK(streams[0]["pending"].GetInt() == 3);
  CHECK(streams[0]["lag"].GetInt() == 2);
  CHECK(streams[0]["last_delivered_id"] == "1-0");
  CHECK(streams[0]["position"] == "0-9");
  CHECK(streams[0]["trimmed_unread"].GetInt() == 7);
  CHECK(streams[0]["standing_groups"][0] == "old");
  // Nobody has reported on this one.
  CHECK(streams[1]["stream_name"] == "mcp-mesh:traces");
  CHECK(streams[1]["lag"].IsNull());
  CHECK(streams[1]["position"].IsNull());
  CHECK(x["correlator"]["active_traces"].GetInt() == 3);
  CHECK(x["correlator"]["active_spans"].GetInt() == 30);
  CHECK(x["correlator"]["active_bytes"].GetInt() == 300);
  CHECK(x["correlator"]["oldest_trace_age_seconds"].GetDouble() == 2.25);
  CHECK(x["correlator"]["shards"].GetInt() == 2);
  CHECK(x["store"]["engine"] == "memory");
  CHECK(x["store"]["traces"].GetInt() == 8);
  CHECK(x["store"]["bytes"].GetInt() == 800);
  CHECK(x["store"]["oldest"] == "2025-11-24T16:00:00.000000000Z");
  CHECK(x["store"]["newest"].IsNull());
  REQUIRE(x["exporters"].Size() == 1);
  const auto& exporter = x["exporters"][0];
  CHECK(exporter["exported_traces"].GetInt() == 4);
  CHECK(exporter["failed"].GetInt() == 3);
  CHECK(exporter["retried"].GetInt() == 2);
  CHECK(exporter["rejected"].GetInt() == 1);
  CHECK(exporter["rejected_spans"].GetInt() == 8);
  CHECK(exporter["held_back"].GetInt() == 7);
  CHECK(exporter["lag_traces"].GetInt() == 6);
  CHECK(exporter["last_error"] == "pipe");
}

TEST_CASE("the state of the connection follows keeper, lease and readers") {
  auto service = connected();
  CHECK(connection_state(options(), service) == "connected");
  service.keeper.lease_held = false;
  CHECK(connection_state(options(), service) == "standby");
  service.readers[1].state = "connecting";
  CHECK(connection_state(options(), service) == "connecting");
  CHECK(connection_state(options(), {}) == "connecting");
  auto off = options();
  off.enabled = false;
  CHECK(connection_state(off, connected()) == "disabled");
}

TEST_CASE("a consumer's trouble is told, the keeper's first") {
  status_answers parts;
  auto service = connected();
  service.dead_letter.last_error = "full";
  const auto told = [&] {
    parts.service = service;
    return std::string{
      status(options(), parts)["consumer"]["last_error"].GetString()};
  };
  CHECK(told() == "full");
  service.acknowledger.last_error = "slow";
  CHECK(told() == "slow");
  service.readers[1].last_error = "cut";
  CHECK(told() == "cut");
  service.keeper.last_error = "refused";
  CHECK(told() == "refused");
}

TEST_CASE("a part that says nothing does not spoil the status") {
  status_answers parts;
  parts.service = failure("no board");
  parts.loads_error = "1 of the shards";
  parts.totals = failure("no store");
  const auto x = status(options(), parts);
  CHECK_FALSE(x["complete"].GetBool());
  CHECK(x["consumer"]["last_error"] == "no board");
  CHECK(x["consumer"]["streams"].Size() == 2);
  CHECK(x["correlator"]["last_error"] == "1 of the shards");
  CHECK(x["store"]["last_error"] == "no store");
  CHECK(x["store"]["traces"].GetInt() == 0);
  status_answers one;
  one.totals = failure("no store");
  CHECK_FALSE(status(options(), one)["complete"].GetBool());
}

TEST_CASE("a store that does not write says why") {
  status_answers parts;
  auto service = connected();
  service.store = {false, "disk full"};
  parts.service = service;
  CHECK(status(options(), parts)["store"]["last_error"] == "disk full");
}

TEST_CASE("with tracing off every key is there, with zeros and empty lists") {
  auto off = options();
  off.enabled = false;
  const auto x = status(off, {});
  CHECK_FALSE(x["enabled"].GetBool());
  CHECK(x["consumer"]["connection_state"] == "disabled");
  CHECK(x["consumer"]["streams"].Empty());
  CHECK(x["consumer"]["events_read"].GetInt() == 0);
  CHECK(x["correlator"]["active_traces"].GetInt() == 0);
  CHECK(x["correlator"]["oldest_trace_age_seconds"].GetDouble() == 0.0);
  CHECK(x["store"]["traces"].GetInt() == 0);
  CHECK(x["exporters"].Empty());
  CHECK(x["config"].MemberCount() == 2);
}
