#include "actors/trim_plan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace meshtrace;

namespace {

constexpr stream_ms now = 1'000'000;
constexpr stream_ms retention = 100'000;

redis::stream_info stream(std::uint64_t length) {
  return {length, {990'000, 0}, length, redis::entry_id{1, 0}};
}

group_needs group(const std::string& name, std::uint64_t last,
                  std::optional<stream_ms> idle = 0) {
  return {name, {last, 0}, {}, 0, idle};
}

using names = std::vector<std::string>;

} // namespace

TEST_SUITE_BEGIN("trim plan");

TEST_CASE("what is older than the retention goes, once it is read") {
  trim_planner x{{"us", retention, 0}};
  CHECK(x.plan(stream(9), {group("us", 990'000)}, now).too_old
        == stream_entry_id{900'000, 0});
  CHECK(x.plan(stream(9), {group("us", 880'000)}, now).too_old
        == stream_entry_id{880'000, 1});
  auto pending = group("us", 990'000);
  pending.lowest_pending = stream_entry_id{700'000, 3};
  CHECK(x.plan(stream(9), {pending}, now).too_old
        == stream_entry_id{700'000, 3});
}

TEST_CASE("without our group, or for ever, nothing is too old") {
  trim_planner x{{"us", retention, 5}};
  const auto plan = x.plan(stream(9'999), {group("them", 990'000)}, now);
  CHECK(plan.too_old == stream_entry_id{});
  CHECK(plan.most == 0);
  trim_planner always{{"us", 0, 0}};
  CHECK(always.plan(stream(9), {group("us", 990'000)}, now).too_old
        == stream_entry_id{});
}

TEST_CASE("another group that is behind holds trimming up while it moves") {
  trim_planner x{{"us", retention, 0}};
  auto them = group("them", 500'000, 99'000);
  auto plan = x.plan(stream(9), {group("us", 990'000), them}, now);
  CHECK(plan.too_old == stream_entry_id{500'000, 1});
  CHECK(plan.standing.empty());
  them.idle = 101'000;
  plan = x.plan(stream(9), {group("us", 990'000), them}, now + 2000);
  CHECK(plan.too_old == stream_entry_id{902'000, 0});
  CHECK(plan.standing == names{"them"});
}

TEST_CASE("acknowledging is moving") {
  trim_planner x{{"us", retention, 0}};
  auto them = group("them", 500'000, 200'000);
  them.pending = 7;
  CHECK(x.plan(stream(9), {group("us", 990'000), them}, now).standing
        == names{"them"});
  them.pending = 6;
  CHECK(x.plan(stream(9), {group("us", 990'000), them}, now).standing.empty());
  CHECK(x.plan(stream(9), {group("us", 990'000), them}, now + retention)
          .standing.empty());
  CHECK(x.plan(stream(9), {group("us", 990'000), them}, now + retention + 1)
          .standing
        == names{"them"});
}

TEST_CASE("a group that nobody has read with yet has the time to begin") {
  trim_planner x{{"us", retention, 0}};
  const auto them = group("them", 0, {});
  CHECK(x.plan(stream(9), {group("us", 990'000), them}, now).too_old
        == stream_entry_id{0, 1});
  CHECK(x.plan(stream(9), {group("us", 990'000), them}, now + retention + 1)
          .standing
        == names{"them"});
}

TEST_CASE("a group that has read everything stands in nobody's way") {
  trim_planner x{{"us", retention, 0}};
  CHECK(x.plan(stream(9),
               {group("us", 990'000), group("them", 990'000, 500'000)},
               now + 500'000)
          .standing.empty());
}

TEST_CASE("a long stream loses what nobody needs, at twice the length more") {
  trim_planner x{{"us", 0, 1000}};
  CHECK_FALSE(x.is_too_long(1100));
  CHECK(x.is_too_long(1101));
  auto plan = x.plan(stream(1500), {group("us", 400)}, now);
  CHECK(plan.surplus == 500);
  CHECK(plan.unneeded == stream_entry_id{400, 1});
  CHECK(plan.most == 0);
  plan = x.plan(stream(2101), {group("us", 400)}, now);
  CHECK(plan.most == 2000);
}

TEST_SUITE_END();
