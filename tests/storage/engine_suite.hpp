#pragma once

// The one test suite that every store engine passes. A test file of an engine
// defines a factory and names it once:
//
//   struct memory_factory {
//     static std::unique_ptr<engine> make(const engine_setup& setup);
//   };
//   MESHTRACE_ENGINE_SUITE(memory_factory);
//
// MESHTRACE_SEED repeats a run.

#include "tests/storage/engine_suite_log.hpp"
#include "tests/storage/engine_suite_search.hpp"
#include "tests/storage/engine_suite_threads.hpp"
#include "tests/storage/engine_suite_writing.hpp"

#define MESHTRACE_ENGINE_SUITE(Factory)                                        \
  TEST_CASE_TEMPLATE_INVOKE(engine_writing, Factory);                          \
  TEST_CASE_TEMPLATE_INVOKE(engine_joins, Factory);                            \
  TEST_CASE_TEMPLATE_INVOKE(engine_rejects, Factory);                          \
  TEST_CASE_TEMPLATE_INVOKE(engine_totals, Factory);                           \
  TEST_CASE_TEMPLATE_INVOKE(engine_retention, Factory);                        \
  TEST_CASE_TEMPLATE_INVOKE(engine_log, Factory);                              \
  TEST_CASE_TEMPLATE_INVOKE(engine_search, Factory);                           \
  TEST_CASE_TEMPLATE_INVOKE(engine_paging, Factory);                           \
  TEST_CASE_TEMPLATE_INVOKE(engine_threads, Factory)
