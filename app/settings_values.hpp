#pragma once

#include "trace/error.hpp"
#include "trace/ids.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// `true`, `1`, `yes`, `on` and their opposites, in any case.
expected<bool> read_boolean(std::string_view text);

/// A whole number in decimal digits.
expected<std::uint64_t> read_integer(std::string_view text);

/// Bytes: a whole number, or one with `KiB`, `MiB` or `GiB` behind it.
expected<std::uint64_t> read_size(std::string_view text);

/// In the greatest unit that divides it, `512MiB`.
std::string show_size(std::uint64_t bytes);

/// As Go prints it, without the zeros at the end: `24h`, not `24h0m0s`.
std::string show_duration(std::chrono::nanoseconds duration);

/// The parts between commas without the blanks around them. An empty part and
/// one that comes twice are errors.
expected<std::vector<std::string>> read_list(std::string_view text);

std::string show_list(const std::vector<std::string>& items);

/// Whether each byte is a visible ASCII character (0x21 to 0x7e).
bool is_visible(std::string_view text);

} // namespace meshtrace
