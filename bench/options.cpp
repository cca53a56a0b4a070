#include "bench/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

namespace meshtrace::bench {

namespace {

/// `4` or `1..12`.
void read_range(const std::string& text, plan_options& plan) {
  constexpr std::uint64_t most = 100'000;
  const auto dots = text.find("..");
  const auto low = text.substr(0, dots);
  const auto high = dots == std::string::npos ? low : text.substr(dots + 2);
  const bool ok = CLI::detail::lexical_cast(low, plan.min_spans)
                  && CLI::detail::lexical_cast(high, plan.max_spans)
                  && plan.min_spans >= 1 && plan.min_spans <= plan.max_spans
                  && plan.max_spans <= most;
  if (!ok)
    throw CLI::ValidationError("--spans", text + " is no range such as 1..12");
}

/// `now` or seconds since 1970.
void read_start(const std::string& text, plan_options& plan) {
  using namespace std::chrono;
  auto seconds = duration_cast<std::chrono::seconds>(
                   system_clock::now().time_since_epoch())
                   .count();
  if (text != "now"
      && (!CLI::detail::lexical_cast(text, seconds) || seconds < 946'684'800
          || seconds > 4'102'444'800))
    throw CLI::ValidationError(
      "--start-time", text + " is neither `now` nor seconds since 1970");
  plan.start_ns = seconds * 1'000'000'000;
}

protocol read_protocol(const std::string& name) {
  if (name == "a")
    return protocol::a;
  return name == "b" ? protocol::b : protocol::mixed;
}

void add_content(CLI::App& app, publish_options& to) {
  auto& plan = to.plan;
  app.add_option("--traces", to.order.traces, "How many traces")
    ->default_val(to.order.traces);
  app.add_option("--seed", plan.seed, "Same seed, same traces")
    ->default_val(plan.seed);
  app.add_option_function<std::string>(
    "--spans", [&plan](const std::string& text) { read_range(text, plan); },
    "Spans per trace: N or A..B (1..12)");
  app
    .add_option_function<std::string>(
      "--protocol",
      [&plan](const std::string& name) { plan.speaks = read_protocol(name); },
      "Start and end events, execution events, or mixed")
    ->check(CLI::IsMember({"a", "b", "mixed"}));
  app.add_option("--failures", plan.failures, "Part of traces that fail")
    ->check(CLI::Range(0.0, 1.0))
    ->default_val(plan.failures);
  app.add_option("--llm", plan.llm, "Part of traces with a model's span")
    ->check(CLI::Range(0.0, 1.0))
    ->default_val(plan.llm);
  app.add_option_function<std::string>(
    "--start-time",
    [&plan](const std::string& text) { read_start(text, plan); },
    "When trace 0 starts: seconds since 1970 (2026-01-01), or now (cannot be "
    "verified in another run)");
}

void add_sending(CLI::App& app, publish_options& to) {
  app.add_option("--redis", to.redis_url,
                 "Publish here: redis://host:port or unix:///path "
                 "(redis://localhost:6379 unless --verify)");
  app.add_option("--streams", to.streams, "Streams, with commas")
    ->delimiter(',');
  app.add_option("--rate", to.rate, "Events per second, 0: as fast as it goes")
    ->default_val(to.rate);
  app
    .add_option("--interleave", to.order.interleave, "Traces under way at once")
    ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}))
    ->default_val(to.order.interleave);
  app.add_flag("--shuffle", to.order.shuffle, "Their events in any order");
  app
    .add_option("--duplicates", to.order.duplicates,
                "Part of traces of which one event is sent twice")
    ->check(CLI::Range(0.0, 1.0))
    ->default_val(to.order.duplicates);
  app.add_option("--maxlen", to.maxlen, "MAXLEN ~ N, 0: none")
    ->default_val(to.maxlen);
  app.add_flag("--print-ids", to.print_ids, "Print the trace ids, one a line");
}

void add_verifying(CLI::App& app, publish_options& to) {
  app.add_option("--verify", to.verify_url,
                 "Ask every trace back from this service, e.g. "
                 "http://localhost:8000 (with --redis: after publishing)");
  app
    .add_option("--wait", to.wait_seconds,
                "Seconds in which everything has to be there")
    ->check(CLI::Range(0.0, 86'400.0))
    ->default_val(to.wait_seconds);
  app
    .add_option_function<std::string>(
      "--state",
      [&to](const std::string& state) { to.any_state = state == "any"; },
      "State that a trace must have: complete or any")
    ->check(CLI::IsMember({"complete", "any"}));
  app.add_option("--connections", to.connections, "To the service")
    ->check(CLI::Range(1, 64))
    ->default_val(to.connections);
}

} // namespace

expected<publish_options>
parse_options(int argc, const char* const* argv, bool& help_asked) {
  publish_options result;
  CLI::App app{"Publishes made-up traces to Redis as agents do, and asks a "
               "meshtrace for them.\nExit: 0 all well, 1 a trace is missing "
               "or wrong, 2 wrong usage or nothing reached."};
  add_content(app, result);
  add_sending(app, result);
  add_verifying(app, result);
  help_asked = false;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    help_asked = true;
    return failure(app.help());
  } catch (const CLI::ParseError& problem) {
    return failure(fmt::format("publish: {}\nTry --help.\n", problem.what()));
  }
  if (result.redis_url.empty() && result.verify_url.empty())
    result.redis_url = "redis://localhost:6379";
  if (result.streams.empty())
    result.streams = {"mesh:trace"};
  result.order.streams = result.streams.size();
  return result;
}

} // namespace meshtrace::bench
