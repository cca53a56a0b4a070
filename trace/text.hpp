#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace meshtrace {

/// How much a text says: 0 nothing (empty), 1 a placeholder that publishers
/// write when they do not know (`unknown`, `unknown-agent`), 2 a value.
int text_rank(std::string_view text);

/// Whether `candidate` wins over `present` in the join: higher rank first, then
/// bytewise greatest. A total order, so that any order of arrival agrees.
bool text_wins(std::string_view candidate, std::string_view present);

/// At most `limit` bytes of `text`, cut between two UTF-8 characters.
std::string_view cut_utf8(std::string_view text, std::size_t limit);

/// Bytes of the UTF-8 character at the start of `text`; 0 if there is none or
/// it is not well-formed (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text);

/// `text` as well-formed UTF-8: each bad byte becomes U+FFFD. Returns `text`
/// itself where nothing is wrong; otherwise `storage` holds the result.
std::string_view valid_utf8(std::string_view text, std::string& storage);

/// `text` on one line of a terminal or log: control characters, line and
/// paragraph separators, bidirectional controls and bad UTF-8 are written as
/// `\n`, `\x1b` or `\u202e`; a backslash is doubled.
std::string escaped(std::string_view text);

} // namespace meshtrace
