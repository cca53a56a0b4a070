#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// With ASCII letters in lower case.
std::string lower(std::string_view text);

/// `TRACE_BATCH_SIZE` as a key of the file: `trace_batch_size`.
std::string file_key(std::string_view name);

/// `TRACE_BATCH_SIZE` as a flag: `--trace-batch-size`.
std::string flag_name(std::string_view name);

/// `; did you mean X?` with the candidate that is written most alike, or
/// nothing if none is near enough to be a slip of the fingers.
std::string
suggestion(std::string_view text, const std::vector<std::string>& candidates);

/// `text` between double quotes for a message: escaped and at most 200 bytes.
std::string in_quotes(std::string_view text);

} // namespace meshtrace
