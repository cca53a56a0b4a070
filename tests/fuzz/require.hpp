#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the run, so that libFuzzer keeps the input, where a promise is broken.
#define FUZZ_REQUIRE(condition)                                                \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__,    \
                   #condition);                                                \
      std::abort();                                                            \
    }                                                                          \
  } while (false)
