#include "http/query.hpp"

#include <chrono>
#include <limits>

// date-time = 4DIGIT "-" 2DIGIT "-" 2DIGIT ("T" / "t" / " ")
//             2DIGIT ":" 2DIGIT ":" 2DIGIT ["." 1*9DIGIT]
//             ("Z" / "z" / ("+" / " " / "-") 2DIGIT ":" 2DIGIT)

namespace meshtrace {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;

/// Takes the text apart from the left; remembers whether anything was wrong.
class reader {
public:
  explicit reader(std::string_view text) : rest_{text} {}

  /// Exactly `digits` digits, at most `greatest`.
  int number(int digits, int least, int greatest) {
    int result = 0;
    for (; digits > 0; --digits) {
      const auto c = take();
      good_ = good_ && c >= '0' && c <= '9';
      result = good_ ? result * 10 + (c - '0') : 0;
    }
    good_ = good_ && result >= least && result <= greatest;
    return result;
  }

  /// One character out of `legal`, which is returned.
  char one_of(std::string_view legal) {
    const auto c = take();
    good_ = good_ && legal.find(c) != std::string_view::npos;
    return c;
  }

  /// The optional decimals of a second, in nanoseconds.
  std::int64_t fraction() {
    if (!rest_.starts_with('.'))
      return 0;
    take();
    std::int64_t result = 0;
    int digits = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
         ++digits) {
      const auto c = take();
      result = digits < 9 ? result * 10 + (c - '0') : result;
    }
    good_ = good_ && digits >= 1 && digits <= 9;
    for (; digits < 9; ++digits)
      result *= 10;
    return result;
  }

  /// Seconds east of UTC.
  std::int64_t offset() {
    const auto sign = one_of("Zz+- ");
    if (sign == 'Z' || sign == 'z')
      return 0;
    const auto hours = number(2, 0, 23);
    one_of(":");
    const auto seconds = (hours * 60 + number(2, 0, 59)) * 60;
    return sign == '-' ? -seconds : seconds;
  }

  bool good() const {
    return good_ && rest_.empty();
  }

private:
  char take() {
    if (rest_.empty()) {
      good_ = false;
      return '\0';
    }
    const auto c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
  bool good_ = true;
};

/// Seconds and the nanoseconds within as one number, the nearest that fits.
std::int64_t saturated(std::int64_t seconds, std::int64_t ns) {
  using limits = std::numeric_limits<std::int64_t>;
  if (seconds > limits::max() / ns_per_s - 1)
    return limits::max();
  if (seconds < limits::min() / ns_per_s + 1)
    return limits::min();
  return seconds * ns_per_s + ns;
}

} // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  reader in{text};
  const auto year = in.number(4, 0, 9999);
  in.one_of("-");
  const auto month = static_cast<unsigned>(in.number(2, 1, 12));
  in.one_of("-");
  const auto day = static_cast<unsigned>(in.number(2, 1, 31));
  in.one_of("Tt ");
  std::int64_t seconds = in.number(2, 0, 23) * 3600;
  in.one_of(":");
  seconds += in.number(2, 0, 59) * 60;
  in.one_of(":");
  const auto second = in.number(2, 0, 60);
  auto ns = in.fraction();
  const std::chrono::year_month_day date{
    std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  seconds += second - in.offset();
  if (!in.good() || !date.ok())
    return std::nullopt;
  const std::int64_t days
    = std::chrono::sys_days{date}.time_since_epoch().count();
  seconds += days * seconds_per_day;
  if (second == 60) {
    if (seconds % seconds_per_day != 0) // only the last second of a UTC day
      return std::nullopt;
    --seconds;
    ns = ns_per_s - 1;
  }
  return saturated(seconds, ns);
}

} // namespace meshtrace
