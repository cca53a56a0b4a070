#include "http/auth.hpp"

#include <doctest/doctest.h>

#include <string>

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

TEST_CASE("the token opens as a password, whoever it is") {
  CHECK(authorized_by_password("", ""));
  for (const auto* header : {"Basic dTpzM2NyZXQ=", "basic OnMzY3JldA==",
                             "BASIC  bm9ib2R5OnMzY3JldA=="})
    CHECK_MESSAGE(authorized_by_password(header, "s3cret"), header);
  CHECK(authorized_by_password("Basic dTphOmI=", "a:b"));
  for (const auto* header :
       {"", "Basic", "Basic ", "Basic s3cret", "Basic czNjcmV0", // no colon
        "Basic dTpzM2NyZXQ", "Basic dTpzM2NyZXR4", "Basic dTpTM0NSRVQ=",
        "Basic !!!!", "Basic ====", "Basic dTo=", "Bearer s3cret",
        "Bearer dTpzM2NyZXQ=", "Basic czNjcmV0OnU="})
    CHECK_FALSE_MESSAGE(authorized_by_password(header, "s3cret"), header);
  CHECK_FALSE(authorized_by_password("Basic " + std::string(16384, 'A'), "x"));
}

TEST_CASE("nothing else opens") {
  for (const auto* header :
       {"", "Bearer", "Bearer ", "s3cret", "Basic s3cret", "Bearers3cret",
        "Bearer s3cre", "Bearer s3crett", "Bearer S3CRET", "Bearer t3cret",
        "Bearer s3creT", "Bearer s3cret x", "Bear s3cret"})
    CHECK_FALSE(authorized(header, "s3cret"));
}
