#include "app/backup.hpp"
#include "app/command_line.hpp"
#include "app/log.hpp"
#include "app/redrive.hpp"
#include "app/service.hpp"
#include "trace/text.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <exception>

namespace {

using namespace meshtrace;

int run(const redrive_order& order) {
  const auto& config = order.config;
  redrive_options options;
  const auto where = redis::parse_url(config.redis_url);
  if (where)
    options.redis = *where;
  options.from = config.dead_letter_stream;
  options.streams = config.streams;
  options.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(
    config.redis_timeout);
  options.reason = order.reason;
  options.limit = order.limit.value_or(options.limit);
  const auto report = redrive(options);
  std::fputs(to_text(report).c_str(), stdout);
  if (report.problem.empty())
    return 0;
  std::fprintf(stderr, "meshtrace: redrive ended early: %s\n",
               escaped(report.problem).c_str());
  return 1;
}

int run(const backup_order& order) {
  backup_options options;
  options.host = order.config.host;
  options.port = order.config.port;
  options.token = order.config.http_token;
  options.directory = order.directory;
  if (const auto done = backup(options); !done) {
    std::fprintf(stderr, "meshtrace: no backup was made: %s\n",
                 escaped(done.error().reason).c_str());
    return 1;
  }
  std::fprintf(stdout, "the backup is in %s\n",
               escaped(order.directory).c_str());
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const auto command = load(argc, argv);
  std::fputs(command.output.c_str(), stdout);
  std::fputs(command.errors.c_str(), stderr);
  if (command.redrive || command.backup) {
    for (auto& warning : command.warnings)
      std::fprintf(stderr, "meshtrace: %s\n", warning.c_str());
    return command.redrive ? run(*command.redrive) : run(*command.backup);
  }
  if (!command.serve)
    return command.exit_code;
  const auto& config = *command.serve;
  start_logging(config.level, config.format);
  for (auto& warning : command.warnings)
    spdlog::warn("settings: {}", warning);
  try {
    return serve(config);
  } catch (const std::exception& e) {
    spdlog::critical("meshtrace cannot go on: {}", e.what());
    return 1;
  }
}
