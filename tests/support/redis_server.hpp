#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace meshtrace::test {

/// A real redis-server of our own, on a free port of 127.0.0.1 and a unix
/// socket, in a folder of its own that goes with it. It keeps nothing over a
/// restart unless `args` say so, e.g. {"--appendonly", "yes"}. Started by the
/// thread that makes it; it ends with that thread at the latest.
/// Everything throws `std::runtime_error` when the server does not do it.
class redis_server {
public:
  explicit redis_server(std::vector<std::string> args = {});
  ~redis_server();

  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;

  /// Starts the stopped server again, at the same port. Returns when it
  /// answers, its data set read.
  void start();

  /// Ends the server as SIGTERM does; what `args` keep is kept.
  void stop();

  /// Ends the server as a power cut does.
  void kill();

  /// Stops the process in its tracks: it neither answers nor closes anything.
  void freeze();
  void thaw();

  bool running() const {
    return pid_ > 0;
  }

  std::uint16_t port() const {
    return port_;
  }

  /// `redis://127.0.0.1:port` with the password, if `args` set one.
  std::string url() const;

  /// `unix:///.../redis.sock`, likewise.
  std::string unix_url() const;

  /// Folder of the server's files, the log `redis.log` among them.
  const std::filesystem::path& folder() const {
    return folder_;
  }

private:
  void launch();
  bool wait_until_ready();
  void end(int signal);
  std::string login() const;

  std::vector<std::string> args_;
  std::string password_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// A port of 127.0.0.1 that nobody listens on at the moment.
std::uint16_t free_port();

} // namespace meshtrace::test
