#include "exporters/registry.hpp"

#include <doctest/doctest.h>

using namespace meshtrace;

TEST_SUITE_BEGIN("exporter registry");

TEST_CASE("every name makes an exporter of that name") {
  REQUIRE_FALSE(exporter_names().empty());
  for (auto name : exporter_names()) {
    const auto made = make_exporter(name, {});
    REQUIRE(made != nullptr);
    CHECK(made->name() == name);
  }
}

TEST_CASE("none and unknown names make nothing") {
  CHECK(make_exporter("none", {}) == nullptr);
  CHECK(make_exporter("consoles", {}) == nullptr);
}

TEST_SUITE_END();
