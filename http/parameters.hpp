#pragma once

#include "http/error_json.hpp"
#include "http/query.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meshtrace {

/// What the text of a parameter means, and so how it is read.
enum class value_kind : std::uint8_t {
  text,    ///< Anything but nothing.
  id,      ///< Trace or span id in any spelling, read as the canonical one.
  integer, ///< `least..greatest`.
  whole_number, ///< Any that fits 64 bits.
  boolean,      ///< true/false/1/0/yes/no/on/off.
  go_boolean,   ///< What Go's strconv.ParseBool knows.
  time,         ///< RFC 3339, read as nanoseconds since 1970 in UTC.
  duration_ms,  ///< Milliseconds with decimals, read as nanoseconds.
  choice,       ///< One of `choices`.
  key_value     ///< `key:value`, the key not empty; stays one text.
};

/// One parameter of a route: the source of its check, of its error messages
/// and of its documentation. All texts live as long as the program.
struct parameter {
  std::string_view name;
  value_kind kind = value_kind::text;
  std::string_view description;
  /// What counts where it is not given; empty if then there is no value.
  std::string_view fallback = {};
  std::int64_t least = 0;
  std::int64_t greatest = 0;
  std::span<const std::string_view> choices = {};
  bool repeatable = false;
  /// Where parameters are read leniently: more than `greatest` is `greatest`.
  bool clamped = false;
};

/// The legal values in words: `1..100`, `one of end_time, duration`.
std::string legal_text(const parameter& expected);

/// The parameters of one request, checked and read. Asking for one as another
/// type than the table says is a bug and finds nothing.
class arguments {
public:
  using value = std::variant<std::string, std::int64_t, bool>;

  struct argument {
    std::string_view name;
    value content;
  };

  std::optional<std::string_view> text(std::string_view name) const;
  std::vector<std::string_view> texts(std::string_view name) const;
  /// Integers as they are; times and durations in nanoseconds.
  std::optional<std::int64_t> number(std::string_view name) const;
  std::optional<bool> flag(std::string_view name) const;

  void add(std::string_view name, value content);

  /// In the order given, then what fell back.
  const std::vector<argument>& all() const {
    return all_;
  }

private:
  template <class T>
  const T* find(std::string_view name) const;

  std::vector<argument> all_;
};

/// Reads one value; the error names the parameter and what would be legal.
api_expected<arguments::value>
read_value(const parameter& expected, std::string_view text);

/// Reads all parameters of a request into `into`. One that `known` does not
/// have is an error, so that a typo never answers with the wrong traces, and
/// so is one given twice that is not repeatable.
api_expected<void>
read_arguments(std::span<const parameter> known,
               const std::vector<query_pair>& given, arguments& into);

/// Reads them as the mesh's dashboard does: the first of a name counts; what
/// is empty or cannot be read is as if it had not been given; what is unknown
/// is nothing.
void read_lenient_arguments(std::span<const parameter> known,
                            const std::vector<query_pair>& given,
                            arguments& into);

} // namespace meshtrace
