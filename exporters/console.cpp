#include "exporters/console.hpp"

#include "exporters/console_text.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace meshtrace {

namespace {

/// Waits until `descriptor` takes PIPE_BUF bytes without blocking, or says why
/// not (an errno). One that cannot be polled, such as a file, always does.
int wait_writable(int descriptor, std::chrono::milliseconds patience) {
  pollfd wanted{descriptor, POLLOUT, 0};
  const auto ready = ::poll(&wanted, 1, static_cast<int>(patience.count()));
  if (ready < 0)
    return errno;
  return ready == 0 ? EAGAIN : 0;
}

/// Writes the front of `rest` and cuts it off. Returns 0 when nothing is left,
/// else the errno. At most PIPE_BUF bytes at a time: more could block on a
/// pipe that is ready.
int write_out(int descriptor, std::string& rest,
              std::chrono::milliseconds patience) {
  std::size_t done = 0;
  int problem = 0;
  while (done < rest.size() && problem == 0) {
    problem = wait_writable(descriptor, patience);
    if (problem == EINTR)
      problem = 0;
    else if (problem == 0) {
      const auto size = std::min<std::size_t>(rest.size() - done, PIPE_BUF);
      const auto n = ::write(descriptor, rest.data() + done, size);
      if (n >= 0)
        done += static_cast<std::size_t>(n);
      else if (errno != EINTR)
        problem = errno;
    }
  }
  rest.erase(0, done);
  return problem;
}

bool is_for_good(int problem) {
  return problem == EPIPE || problem == EBADF || problem == EINVAL;
}

} // namespace

console::console(const console_options& options) : options_(options) {
  // nop
}

export_result console::export_trace(const stored_trace& trace) {
  const auto& id = trace.content->id();
  if (rest_.empty() || id != tried_id_
      || trace.head.revision != tried_revision_) {
    rest_ += options_.pretty ? pretty_block(trace) : json_line(trace);
    tried_id_ = id;
    tried_revision_ = trace.head.revision;
  }
  const auto problem = write_out(options_.descriptor, rest_, options_.patience);
  if (problem == 0)
    return export_ok{};
  if (is_for_good(problem)) {
    rest_.clear();
    return reject{
      {id}, "nobody reads stdout: " + std::generic_category().message(problem)};
  }
  if (problem == EAGAIN)
    return retry_after{{}, "whoever reads stdout is too slow"};
  return retry_after{{},
                     "stdout cannot be written: "
                       + std::generic_category().message(problem)};
}

} // namespace meshtrace
