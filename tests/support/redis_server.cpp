#include "tests/support/redis_server.hpp"

#include "redis/connection.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace meshtrace::test {

namespace {

using namespace std::chrono_literals;

// Long, because the machine may run other tests and compilers as well.
constexpr auto start_limit = 20s;
constexpr auto stop_limit = 20s;
constexpr int start_tries = 5;

std::filesystem::path make_folder() {
  std::string name = "/tmp/meshtrace-redis-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error{"cannot make a folder in /tmp"};
  return name;
}

std::string log_of(const std::filesystem::path& folder) {
  std::ifstream in{folder / "redis.log"};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Waits until the process has ended; it stays a zombie.
bool ended_within(pid_t pid, std::chrono::milliseconds limit) {
  const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0)
    throw std::runtime_error{"pidfd_open failed"};
  pollfd what{fd, POLLIN, 0};
  const auto count = ::poll(&what, 1, static_cast<int>(limit.count()));
  ::close(fd);
  return count == 1;
}

[[noreturn]] void become_server(char* const* argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto null = ::open("/dev/null", O_RDWR);
  for (const auto fd : {0, 1, 2})
    ::dup2(null, fd);
  ::execvp(argv[0], argv);
  ::_exit(127);
}

} // namespace

redis_server::redis_server(std::vector<std::string> args)
  : args_(std::move(args)), folder_(make_folder()) {
  const auto at = std::find(args_.begin(), args_.end(), "--requirepass");
  if (at != args_.end() && std::next(at) != args_.end())
    password_ = *std::next(at);
  for (int i = 0; i < start_tries; ++i) {
    // Somebody else may take the port before the server does.
    port_ = free_port();
    launch();
    if (wait_until_ready())
      return;
  }
  const auto log = log_of(folder_);
  std::filesystem::remove_all(folder_);
  throw std::runtime_error{"redis-server does not start: " + log};
}

redis_server::~redis_server() {
  if (running())
    end(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void redis_server::start() {
  launch();
  if (!wait_until_ready())
    throw std::runtime_error{"redis-server does not start again: "
                             + log_of(folder_)};
}

void redis_server::stop() {
  end(SIGTERM);
}

void redis_server::kill() {
  end(SIGKILL);
}

void redis_server::freeze() {
  ::kill(pid_, SIGSTOP);
  // Done when the parent can see it, so that nothing is answered after this.
  ::waitpid(pid_, nullptr, WUNTRACED);
}

void redis_server::thaw() {
  ::kill(pid_, SIGCONT);
}

std::string redis_server::url() const {
  return fmt::format("redis://{}127.0.0.1:{}", login(), port_);
}

std::string redis_server::unix_url() const {
  return fmt::format("unix://{}{}", login(), (folder_ / "redis.sock").string());
}

std::string redis_server::login() const {
  return password_.empty() ? "" : fmt::format(":{}@", password_);
}

void redis_server::launch() {
  std::vector<std::string> command{"redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--unixsocket",
                                   (folder_ / "redis.sock").string(),
                                   "--dir",
                                   folder_.string(),
                                   "--logfile",
                                   (folder_ / "redis.log").string(),
                                   "--save",
                                   ""};
  command.insert(command.end(), args_.begin(), args_.end());
  std::vector<char*> argv;
  for (auto& argument : command)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0)
    throw std::runtime_error{"fork failed"};
  if (pid_ == 0)
    become_server(argv.data());
}

bool redis_server::wait_until_ready() {
  const auto where = redis::parse_url(unix_url());
  if (!where)
    throw std::runtime_error{where.error().reason};
  const auto end = std::chrono::steady_clock::now() + start_limit;
  while (std::chrono::steady_clock::now() < end) {
    arena memory;
    // An error reply says LOADING.
    if (auto link = redis::connection::open(*where, 1s))
      if (const auto pong = link->command({"PING"}, memory, 1s);
          pong && (*pong)->text == "PONG")
        return true;
    if (ended_within(pid_, 10ms))
      break;
  }
  this->end(SIGKILL);
  return false;
}

void redis_server::end(int signal) {
  if (!running())
    return;
  ::kill(pid_, signal);
  if (!ended_within(pid_, stop_limit))
    ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::uint16_t free_port() {
  asio::io_context io;
  const asio::ip::tcp::endpoint any{asio::ip::address_v4::loopback(), 0};
  return asio::ip::tcp::acceptor{io, any}.local_endpoint().port();
}

} // namespace meshtrace::test
