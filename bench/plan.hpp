#pragma once

#include "bench/random.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace::bench {

/// Who writes a span. `go` speaks protocol A (start and end events), the
/// others protocol B (one execution event); `python_first` is the SDK with
/// dashes in its ids and no `runtime`.
enum class flavour : std::uint8_t {
  go,
  python_first,
  python,
  typescript,
  java
};

enum class protocol : std::uint8_t { a, b, mixed };

/// What the content of all traces depends on, besides the trace's index.
struct plan_options {
  std::uint64_t seed = 1;
  std::uint64_t min_spans = 1;
  std::uint64_t max_spans = 12;
  protocol speaks = protocol::mixed;
  /// Part of the traces in which a span fails.
  double failures = 0.1;
  /// Part of the traces with a span that asks a language model.
  double llm = 0.2;
  /// When trace 0 starts, nanoseconds since 1970 UTC. Each later one starts
  /// 10 ms after the one before it.
  std::int64_t start_ns = 1'767'225'600'000'000'000; // 2026-01-01
};

/// What a span asked of a language model.
struct llm_use {
  std::string model;
  std::string provider;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

/// The truth about one span: what its events say and what has to come back.
struct span_plan {
  flavour writer = flavour::go;
  /// Canonical; how it is spelled in an event is the encoding's affair.
  std::string id;
  /// Index of the parent in the trace, none for the root (index 0).
  std::optional<std::size_t> parent;
  /// Number of the agent, from which its name and address follow.
  std::uint64_t agent = 0;
  std::string agent_name;
  std::string agent_id;
  std::string ip_address;
  std::string operation;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  /// Whether the events name the duration or leave it to start and end.
  bool says_duration = true;
  bool success = true;
  std::string error_message;
  /// Empty where the writer names none.
  std::string error_type;
  std::string capability;
  std::string target_agent;
  std::optional<std::int64_t> request_bytes;
  std::optional<std::int64_t> response_bytes;
  std::optional<llm_use> llm;
  std::int64_t args_count = 0;
};

/// The truth about one trace.
struct trace_plan {
  /// Canonical.
  std::string id;
  std::vector<span_plan> spans;
};

/// Trace number `index`: a pure function of its arguments.
trace_plan make_trace(const plan_options& options, std::uint64_t index);

/// The name of the runtime that the writer sends, empty if it sends none.
const char* runtime_of(flavour writer);

} // namespace meshtrace::bench
