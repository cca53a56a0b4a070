// Finding and listing.
#include "storage/rocksdb_database.hpp"
#include "storage/rocksdb_engine.hpp"
#include "storage/rocksdb_keys.hpp"
#include "storage/rocksdb_state.hpp"
#include "storage/search_run.hpp"
#include "storage/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace {

namespace keys = rocksdb_keys;

namespace {

/// Rules traces out by the names of their agents and operations.
class name_filter {
public:
  name_filter(const trace_filter& filter, const name_table& names)
    : known_(names.size()) {
    if (filter.agent_name)
      one_of(names.find(*filter.agent_name));
    if (filter.root_operation)
      one_of(names.find(*filter.root_operation));
    if (filter.operation)
      wanted_.push_back(names.containing(*filter.operation));
  }

  bool rules_out(const trace_summary& x) const {
    return x.named
           && std::any_of(wanted_.begin(), wanted_.end(), [&](auto& wanted) {
                return std::none_of(
                  x.names.begin(), x.names.end(), [&](auto i) {
                    // A name that is newer than the filter may be wanted.
                    return i < wanted.size() ? bool{wanted[i]} : true;
                  });
              });
  }

private:
  void one_of(std::optional<std::uint32_t> number) {
    auto& wanted = wanted_.emplace_back(known_);
    if (number && *number < known_)
      wanted[*number] = true;
  }

  std::size_t known_;
  /// By number of a name; one of each must be there.
  std::vector<std::vector<bool>> wanted_;
};

/// Goes back to the last key before `bound`, or to the last of all.
void seek_below(rocksdb::Iterator& i, const std::optional<order_key>& bound) {
  if (!bound)
    return i.SeekToLast();
  const auto key = keys::of_order(bound->value, bound->id);
  i.SeekForPrev(key);
  if (i.Valid() && i.key() == key)
    i.Prev();
}

/// Reads the record of a summary and takes it if it matches. Returns what is
/// wrong with a record that cannot be read, empty if nothing is.
expected<std::string>
take_record(rocksdb_database& db, const trace_summary& summary,
            const rocksdb::ReadOptions& how, search_run& run) {
  std::string record;
  const auto status
    = db.get(family::records, keys::of_number(summary.number), record, how);
  if (status.IsNotFound())
    return {};
  if (!status.ok() && !status.IsCorruption())
    return db.failed(status);
  const auto taken
    = status.ok() ? run.take_record(record) : expected<void>{db.failed(status)};
  return taken ? std::string{} : taken.error().reason;
}

order_key order_key_of(const rocksdb::Slice& key) {
  const auto bytes = view_of(key);
  return {keys::from_ordered(keys::read64(bytes)),
          std::string{bytes.substr(std::min<std::size_t>(8, bytes.size()))}};
}

} // namespace

expected<std::optional<stored_trace>>
rocksdb_engine::find(std::string_view trace_id) {
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  std::string number;
  std::string record;
  auto status = db->get(family::ids, trace_id, number);
  if (status.ok())
    status = db->get(family::records, number, record);
  if (status.IsNotFound())
    return std::nullopt;
  auto found = status.ok() ? decode_record(record)
                           : expected<stored_trace>{db->failed(status)};
  if (!found)
    return failure(fmt::format("trace {}: {}", trace_id, found.error().reason));
  return std::optional{std::move(*found)};
}

expected<store_page> rocksdb_engine::search(const store_query& query) {
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  search_run run{query};
  const auto bounds = bounds_of(query);
  const name_filter names{query.filter, state_->names};
  const rocksdb_snapshot view{db->db()};
  const auto i = db->iterate(
    query.order == trace_order::end_time ? family::ends : family::durations,
    view.how);
  auto last_seen = query.after;
  trace_summary summary;
  for (seek_below(*i, bounds.after); i->Valid() && !run.done(); i->Prev()) {
    const auto id = view_of(i->key()).substr(8);
    if (bounds.least
        && keys::read64(view_of(i->key())) < keys::ordered(*bounds.least))
      break;
    if (run.spent())
      return run.take_cut(last_seen);
    if (!decode_summary(view_of(i->value()), summary)) {
      report_damage(fmt::format("the index entry of trace {}", id));
      run.count_head();
    } else if (names.rules_out(summary) || !run.wants(summary.head, id)) {
      run.count_head();
    } else {
      run.count_record();
      const auto wrong = take_record(*db, summary, view.how, run);
      if (!wrong)
        return tl::unexpected(wrong.error());
      if (!wrong->empty())
        report_damage(fmt::format("trace {}: {}", id, *wrong));
    }
    if (run.spent())
      last_seen = order_key_of(i->key());
  }
  if (!i->status().ok())
    return db->failed(i->status());
  return run.take();
}

store_totals rocksdb_engine::totals() {
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  store_totals result;
  if (db == nullptr)
    return result;
  {
    const std::lock_guard guard{mutex_};
    result.traces = state_->totals.traces;
    result.complete = std::min(state_->totals.whole, result.traces);
    result.incomplete = result.traces - result.complete;
  }
  result.bytes = db->bytes();
  const auto i = db->iterate(family::ends);
  i->Seek(keys::of_order(optional_int::absent + 1, {}));
  if (!i->Valid())
    return result;
  result.oldest = {order_key_of(i->key()).value};
  i->SeekToLast();
  if (i->Valid())
    result.newest = {order_key_of(i->key()).value};
  return result;
}

} // namespace meshtrace
