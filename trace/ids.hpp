#pragma once

#include "trace/arena.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshtrace {

/// Most bytes that a trace, span or parent id may have.
inline constexpr std::size_t max_id_bytes = 128;

/// Without the blanks (space, tab, CR, LF) at both ends.
std::string_view trimmed(std::string_view text);

/// Whether a publisher's text means "no value": empty, `null` or `None` in any
/// case. Blanks around it do not count.
bool is_absent(std::string_view text);

/// The canonical spelling of a trace, span or parent id: trimmed; dashes
/// dropped and lower-cased if that leaves 32 or 16 hex digits; otherwise as it
/// was sent. Returns nothing for what can be no id: not 1 to 128 bytes, or
/// bytes outside 0x21-0x7E. The result points into `id` or into `memory`.
std::optional<std::string_view>
canonical_id(std::string_view id, arena& memory);

/// The same for callers without an arena.
std::optional<std::string> canonical_id(std::string_view id);

/// The partition of a trace: xxh3_64 of its canonical id modulo `partitions`.
std::uint32_t partition_of(std::string_view trace_id, std::uint32_t partitions);

/// `hash` as 16 lower-case hex digits.
std::string hex16(std::uint64_t hash);

} // namespace meshtrace
