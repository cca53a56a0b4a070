#include "app/command_line.hpp"
#include "app/log.hpp"
#include "app/service.hpp"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  using namespace meshtrace;
  const auto command = load(argc, argv);
  std::fputs(command.output.c_str(), stdout);
  std::fputs(command.errors.c_str(), stderr);
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
