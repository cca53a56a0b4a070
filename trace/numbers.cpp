#include "trace/numbers.hpp"

#include "trace/ids.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace meshtrace {

namespace {

__extension__ using uint128 = unsigned __int128;

/// Decimal text taken apart: value = digits * 10^exponent.
struct decimal {
  bool negative = false;
  uint128 digits = 0;
  int exponent = 0;
  bool cut = false; // digits other than zero followed that are not kept
};

constexpr int max_digits = 30;        // 10^30 fits 128 bits with room to spare
constexpr int max_exponent = 100'000; // beyond is no number anyone means

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the optional sign from the front of `text`.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '-' && text.front() != '+'))
    return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

/// Reads the exponent that follows `e`; nothing if there is no whole number.
std::optional<int> read_exponent(std::string_view text) {
  const auto negative = take_sign(text);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  int result = 0;
  for (auto c : text)
    result = std::min(result * 10 + (c - '0'), max_exponent);
  return negative ? -result : result;
}

std::optional<decimal> read_decimal(std::string_view text) {
  decimal result;
  text = trimmed(text);
  result.negative = take_sign(text);
  int digits = 0;     // significant ones kept
  bool any = false;   // at least one digit stands there
  bool point = false; // left of us
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto c = text.front();
    if (c == '.' && !point) {
      point = true;
    } else if (is_digit(c)) {
      any = true;
      const bool keep = digits < max_digits;
      if (keep) {
        result.digits = result.digits * 10 + static_cast<unsigned>(c - '0');
        digits += result.digits != 0 ? 1 : 0;
      }
      result.cut = result.cut || (!keep && c != '0');
      result.exponent += (point ? -1 : 0) + (keep ? 0 : 1);
    } else {
      break;
    }
  }
  if (!any)
    return std::nullopt;
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E')
      return std::nullopt;
    const auto exponent = read_exponent(text.substr(1));
    if (!exponent)
      return std::nullopt;
    result.exponent += *exponent;
  }
  return result;
}

/// The value times 10^shift, cut to an integer. `exact` is set to false where
/// something other than zero was cut off.
std::optional<std::int64_t> scaled(decimal x, int shift, bool& exact) {
  exact = !x.cut;
  int exponent = x.exponent + shift;
  constexpr auto limit
    = static_cast<uint128>(std::numeric_limits<std::int64_t>::max());
  for (; exponent < 0 && x.digits != 0; ++exponent) {
    exact = exact && x.digits % 10 == 0;
    x.digits /= 10;
  }
  for (; exponent > 0 && x.digits != 0; --exponent) {
    if (x.digits > limit / 10)
      return std::nullopt;
    x.digits *= 10;
  }
  if (x.digits > limit)
    return std::nullopt;
  const auto value = static_cast<std::int64_t>(x.digits);
  return x.negative ? -value : value;
}

constexpr std::int64_t year_2000_s = 946'684'800;
constexpr std::int64_t year_2100_s = 4'102'444'800;
constexpr std::int64_t ns_per_s = 1'000'000'000;

bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) {
                      return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
                    });
}

} // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text, int shift) {
  bool exact;
  const auto number = read_decimal(text);
  return number ? scaled(*number, shift, exact) : std::nullopt;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const auto number = read_decimal(text);
  if (!number)
    return std::nullopt;
  // The ranges of s, ms, us and ns from 2000 to 2100 do not overlap.
  bool exact;
  for (int shift : {9, 6, 3, 0}) {
    const auto ns = scaled(*number, shift, exact);
    if (ns && *ns >= year_2000_s * ns_per_s && *ns < year_2100_s * ns_per_s)
      return ns;
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  const auto ns = parse_decimal(text, 6);
  return ns && *ns >= 0 ? ns : std::nullopt;
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  bool exact = true;
  const auto number = read_decimal(text);
  const auto value = number ? scaled(*number, 0, exact) : std::nullopt;
  return value && exact && *value >= 0 ? value : std::nullopt;
}

std::optional<bool> parse_bool(std::string_view text) {
  text = trimmed(text);
  constexpr std::array<std::string_view, 6> yes
    = {"true", "1", "yes", "on", "t", "y"};
  constexpr std::array<std::string_view, 6> no
    = {"false", "0", "no", "off", "f", "n"};
  const auto matches = [&](auto word) {
    return equals_lower(text, word);
  };
  if (std::any_of(yes.begin(), yes.end(), matches))
    return true;
  if (std::any_of(no.begin(), no.end(), matches))
    return false;
  return std::nullopt;
}

} // namespace meshtrace
