#include "http/auth.hpp"

#include <doctest/doctest.h>

using namespace meshtrace;

TEST_CASE("without a token set everybody may ask") {
  CHECK(authorized("", ""));
  CHECK(authorized("Bearer anything", ""));
}

TEST_CASE("the token opens, however the scheme is spelled") {
  for (const auto* header :
       {"Bearer s3cret", "bearer s3cret", "BEARER  s3cret ", " Bearer s3cret"})
    CHECK(authorized(header, "s3cret"));
}

TEST_CASE("nothing else opens") {
  for (const auto* header :
       {"", "Bearer", "Bearer ", "s3cret", "Basic s3cret", "Bearers3cret",
        "Bearer s3cre", "Bearer s3crett", "Bearer S3CRET", "Bearer t3cret",
        "Bearer s3creT", "Bearer s3cret x", "Bear s3cret"})
    CHECK_FALSE(authorized(header, "s3cret"));
}
