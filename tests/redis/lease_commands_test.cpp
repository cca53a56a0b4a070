#include "redis/lease_commands.hpp"
#include "tests/redis/redis_fixture.hpp"

#include <doctest/doctest.h>

namespace meshtrace::redis {

namespace {

using namespace std::chrono_literals;

constexpr auto life = 30s;

struct fixture : test::redis_fixture {
  std::string holder() {
    return lease_holder(link, "lease", limit).value();
  }

  std::int64_t life_left() {
    return run({"PTTL", "lease"}).integer;
  }

  lease_standing acquire(std::string_view token) {
    return acquire_lease(link, "lease", token, life, limit).value();
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a lease has one holder, and names it to others") {
  CHECK(holder().empty());
  const auto first = acquire("a");
  CHECK(first.ours);
  CHECK(life_left() > 20000);
  CHECK(life_left() <= 30000);
  const auto second = acquire("other");
  CHECK_FALSE(second.ours);
  CHECK(second.holder == "a");
  CHECK(holder() == "a");
}

TEST_CASE_FIXTURE(fixture, "acquiring again renews: the answer may be lost") {
  CHECK(acquire("me").ours);
  run({"PEXPIRE", "lease", "5000"});
  CHECK(acquire("me").ours);
  CHECK(life_left() > 20000);
}

TEST_CASE_FIXTURE(fixture, "only the holder renews a lease") {
  const auto renew = [this](std::string_view token) {
    return renew_lease(link, "lease", token, life, limit).value();
  };
  const auto vacant = renew("me");
  CHECK_FALSE(vacant.ours);
  CHECK(vacant.holder.empty());
  CHECK(holder().empty()); // renewing does not acquire
  acquire("me");
  run({"PEXPIRE", "lease", "5000"});
  const auto foreign = renew("other");
  CHECK_FALSE(foreign.ours);
  CHECK(foreign.holder == "me");
  CHECK(life_left() <= 5000);
  CHECK(renew("me").ours);
  CHECK(life_left() > 20000);
}

TEST_CASE_FIXTURE(fixture, "a lease is taken over from its known holder only") {
  const auto take = [this](std::string_view from, std::string_view token) {
    return take_over_lease(link, "lease", from, token, life, limit).value();
  };
  CHECK_FALSE(take("old", "new").ours); // nobody holds it
  CHECK(holder().empty());
  acquire("third");
  const auto foreign = take("old", "new");
  CHECK_FALSE(foreign.ours);
  CHECK(foreign.holder == "third");
  CHECK(holder() == "third");
  run({"PEXPIRE", "lease", "5000"});
  CHECK(take("third", "new").ours);
  CHECK(holder() == "new");
  CHECK(life_left() > 20000);
  // The answer may have been lost: taking over again renews.
  run({"PEXPIRE", "lease", "5000"});
  CHECK(take("third", "new").ours);
  CHECK(life_left() > 20000);
}

TEST_CASE_FIXTURE(fixture, "only the holder gives a lease back") {
  const auto release = [this](std::string_view token) {
    return release_lease(link, "lease", token, limit).value();
  };
  CHECK_FALSE(release("me"));
  acquire("me");
  CHECK_FALSE(release("other"));
  CHECK(holder() == "me");
  CHECK(release("me"));
  CHECK(holder().empty());
}

TEST_CASE_FIXTURE(fixture, "a key of another type is a failure") {
  run({"XADD", "lease", "1-1", "f", "v"});
  CHECK_FALSE(acquire_lease(link, "lease", "me", life, limit));
  CHECK_FALSE(renew_lease(link, "lease", "me", life, limit));
  CHECK_FALSE(take_over_lease(link, "lease", "a", "me", life, limit));
  CHECK_FALSE(release_lease(link, "lease", "me", limit));
  const auto get = lease_holder(link, "lease", limit);
  REQUIRE_FALSE(get);
  CHECK(get.error().kind == command_error::wrong_type);
}

TEST_CASE_FIXTURE(fixture, "alive keys live for their time") {
  REQUIRE(mark_alive(link, "g:alive:b", 20s, limit));
  const auto left = run({"PTTL", "g:alive:b"}).integer;
  CHECK(left > 10000);
  CHECK(left <= 20000);
  const std::vector<std::string> keys{"g:alive:a", "g:alive:b", "g:alive:c"};
  CHECK(keys_exist(link, keys, limit).value()
        == std::vector<bool>{false, true, false});
  CHECK(keys_exist(link, {}, limit)->empty());
}

} // namespace meshtrace::redis
