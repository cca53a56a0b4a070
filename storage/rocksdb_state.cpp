// totals = varint(traces) varint(whole) varint(bytes) varint(first)
//          varint(next)
#include "storage/rocksdb_state.hpp"

#include "storage/rocksdb_keys.hpp"
#include "trace/bytes.hpp"

#include <fmt/format.h>

namespace meshtrace {

namespace keys = rocksdb_keys;

namespace {

std::string varint_text(std::uint64_t value) {
  byte_writer out{10};
  out.varint(value);
  return out.take();
}

/// Calls `each(key behind the prefix, value)` for what begins with `prefix`.
template <class Function>
expected<void> for_each(rocksdb_database& in, family over,
                        std::string_view prefix, Function each) {
  const auto i = in.iterate(over);
  for (i->Seek(slice_of(prefix));
       i->Valid() && i->key().starts_with(slice_of(prefix)); i->Next())
    each(view_of(i->key()).substr(prefix.size()), view_of(i->value()));
  if (!i->status().ok())
    return in.failed(i->status());
  return {};
}

/// The number under `key`, or `otherwise` where there is none yet.
expected<std::uint64_t> number_at(rocksdb_database& from, std::string_view key,
                                  std::uint64_t otherwise) {
  std::string value;
  const auto status = from.get(family::common, key, value);
  if (status.IsNotFound())
    return otherwise;
  if (!status.ok())
    return from.failed(status);
  return byte_reader{value}.varint();
}

expected<void>
check_folder(rocksdb_database& folder, const rocksdb_options& options) {
  const auto format = number_at(folder, keys::format_key, keys::format);
  if (!format)
    return tl::unexpected(format.error());
  if (*format != keys::format)
    return failure(fmt::format(
      "{} has format {}, this meshtrace reads and writes {}: run the version "
      "that made it, or choose another folder",
      options.directory, *format, keys::format));
  const auto partitions
    = number_at(folder, keys::partitions_key, options.partitions);
  if (!partitions)
    return tl::unexpected(partitions.error());
  if (*partitions != options.partitions)
    return failure(fmt::format("{} was made with {} partitions: set "
                               "TRACE_PARTITIONS={}, or choose another folder",
                               options.directory, *partitions, *partitions));
  rocksdb::WriteBatch batch;
  batch.Put(slice_of(keys::format_key), varint_text(keys::format));
  batch.Put(slice_of(keys::partitions_key), varint_text(options.partitions));
  if (const auto status = folder.write(batch); !status.ok())
    return folder.failed(status);
  return {};
}

expected<rocksdb_totals> load_totals(rocksdb_database& from) {
  std::string value;
  const auto status = from.get(family::common, keys::totals_key, value);
  if (status.IsNotFound())
    return rocksdb_totals{};
  if (!status.ok())
    return from.failed(status);
  byte_reader in{value};
  rocksdb_totals result;
  for (auto* x : {&result.traces, &result.whole, &result.bytes, &result.first,
                  &result.next})
    *x = in.varint();
  if (in.failed())
    return failure("the totals of the store are damaged");
  return result;
}

/// The last entry of a log is never cut, so that numbers go on.
expected<rocksdb_log_range>
load_log(rocksdb_database& from, std::uint32_t partition) {
  rocksdb_log_range result;
  const auto first = keys::of_log(partition, 0);
  const auto prefix = std::string_view{first}.substr(0, 4);
  const auto i = from.iterate(family::log);
  i->Seek(first);
  if (i->Valid() && i->key().starts_with(slice_of(prefix))) {
    result.gone = keys::read64(view_of(i->key()).substr(4)) - 1;
    i->SeekForPrev(keys::of_log(partition, ~std::uint64_t{0}));
    if (i->Valid())
      result.end = result.synced = keys::read64(view_of(i->key()).substr(4));
  }
  if (!i->status().ok())
    return from.failed(i->status());
  return result;
}

expected<void> load_lists(rocksdb_database& from, rocksdb_state& to) {
  auto done = for_each(
    from, family::common, keys::name_prefix,
    [&](std::string_view, std::string_view name) { to.names.number_of(name); });
  to.names_saved = static_cast<std::uint32_t>(to.names.size());
  if (done)
    done = for_each(from, family::checkpoints, keys::due_prefix,
                    [&](std::string_view key, std::string_view) {
                      const auto partition = keys::read64(key) >> 32;
                      if (partition < to.checkpoints.size())
                        ++to.checkpoints[partition];
                    });
  if (done)
    done
      = for_each(from, family::common, keys::drop_prefix,
                 [&](std::string_view key, std::string_view hashes) {
                   const auto second
                     = static_cast<std::int64_t>(keys::read64(key));
                   for (byte_reader in{hashes}; in.left() >= 8;)
                     to.dropped.add_hash(in.fixed64(), second * 1'000'000'000);
                 });
  return done;
}

} // namespace

std::string encode_totals(const rocksdb_totals& x) {
  byte_writer out{32};
  for (const auto value : {x.traces, x.whole, x.bytes, x.first, x.next})
    out.varint(value);
  return out.take();
}

expected<std::unique_ptr<rocksdb_state>>
load_state(rocksdb_database& from, const rocksdb_options& options) {
  if (auto legal = check_folder(from, options); !legal)
    return tl::unexpected(legal.error());
  auto result = std::make_unique<rocksdb_state>();
  const auto totals = load_totals(from);
  if (!totals)
    return tl::unexpected(totals.error());
  result->totals = *totals;
  result->checkpoints.resize(options.partitions);
  for (std::uint32_t p = 0; p < options.partitions; ++p) {
    const auto log = load_log(from, p);
    if (!log)
      return tl::unexpected(log.error());
    result->logs.push_back(*log);
  }
  if (auto loaded = load_lists(from, *result); !loaded)
    return tl::unexpected(loaded.error());
  return result;
}

} // namespace meshtrace
