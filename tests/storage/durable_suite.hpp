#pragma once

// What engines promise that keep traces over restarts. A factory for it has
//
//   static std::unique_ptr<engine>
//   make_at(const std::string& directory, const engine_setup& setup);
//
// which opens what an earlier engine has left in `directory`.
// MESHTRACE_SEED repeats a run.

#include "tests/storage/durable_suite_checkpoints.hpp"
#include "tests/storage/durable_suite_kill.hpp"
#include "tests/storage/durable_suite_reopen.hpp"

#define MESHTRACE_DURABLE_SUITE(Factory)                                       \
  TEST_CASE_TEMPLATE_INVOKE(durable_reopen, Factory);                          \
  TEST_CASE_TEMPLATE_INVOKE(durable_random, Factory);                          \
  TEST_CASE_TEMPLATE_INVOKE(durable_log, Factory);                             \
  TEST_CASE_TEMPLATE_INVOKE(durable_notes, Factory);                           \
  TEST_CASE_TEMPLATE_INVOKE(durable_backup, Factory);                          \
  TEST_CASE_TEMPLATE_INVOKE(durable_checkpoints, Factory);                     \
  TEST_CASE_TEMPLATE_INVOKE(durable_checkpoint_pages, Factory);                \
  TEST_CASE_TEMPLATE_INVOKE(durable_child, Factory);                           \
  TEST_CASE_TEMPLATE_INVOKE(durable_kill, Factory)
