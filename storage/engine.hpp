#pragma once

#include "trace/completion.hpp"
#include "trace/contribution.hpp"
#include "trace/error.hpp"
#include "trace/filter.hpp"
#include "trace/trace.hpp"
#include "trace/view.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// A trace as the store has it.
struct stored_trace {
  trace_ptr content;
  envelope head;
};

/// One completed trace, or its next revision, to be written.
struct trace_write {
  trace_ptr content;
  std::uint32_t partition = 0;
  completion_reason reason = completion_reason::none;
  /// The revision that `content` was joined on; 0 if the store had none.
  std::uint32_t base_revision = 0;
  /// The engine has a checkpoint of it, which the write makes superfluous.
  bool checkpointed = false;
};

/// An active trace as it is kept so that its entries can be acknowledged: not
/// complete, not in the log, not in any list.
struct checkpoint {
  /// Joined with what is stored.
  trace_ptr content;
  /// Of what is stored; revision 0: nothing.
  envelope head;
  /// What is stored has no open span, orphan or missing root.
  bool stored_whole = false;
  std::uint32_t partition = 0;
  /// Stream times of the first event that no revision has, and of the last
  /// that changed something.
  stream_ms first_seen = 0;
  stream_ms last_change = 0;
  /// Stream time to look whether it is complete, if nothing comes.
  stream_ms due = 0;
};

/// Which checkpoints to load: those of `partitions` due until `until`.
struct checkpoint_query {
  std::vector<std::uint32_t> partitions;
  stream_ms until = std::numeric_limits<stream_ms>::max();
  /// `checkpoint_page::next` of the page before; empty: from the start.
  std::string after;
  std::size_t limit = 1000;
  /// Bytes of content (`trace::bytes`) after which a page ends.
  std::size_t max_bytes = std::size_t{16} << 20;
};

struct checkpoint_page {
  /// By partition as asked, then by `due`.
  std::vector<checkpoint> checkpoints;
  /// Where the next page starts; empty: there is none.
  std::string next;
  /// All checkpoints of the asked-for partitions, due or not, loaded or not.
  std::uint64_t total = 0;
};

/// Something small that a part of the service wants to find again: positions,
/// cursors, sums. `value` is empty where there is none.
struct note {
  std::string key;
  std::string value;

  bool operator==(const note&) const = default;
};

/// What became of a write. Where the content said nothing new, `revision` is
/// the one that was there before.
struct written_trace {
  /// As stored: the content with the revision numbers of its spans.
  trace_ptr content;
  envelope head;
};

/// Which completed traces to list: those of `states` that match `filter`, in
/// `order`, greatest first.
struct store_query {
  enum class states : std::uint8_t { all, complete, incomplete };

  trace_filter filter;
  states state = states::all;
  trace_order order = trace_order::end_time;
  /// Only traces that sort after this one (the cursor of the page before).
  std::optional<order_key> after;
  /// Traces to leave out: a correlator has a newer version of them.
  std::set<std::string> without;
  std::size_t offset = 0;
  std::size_t limit = 20;
  /// Most records to look at (TRACE_SEARCH_BUDGET).
  std::size_t budget = 100'000;
};

struct store_page {
  std::vector<stored_trace> traces;
  /// False if the budget ended the search; `last_seen` says where.
  bool complete = true;
  std::optional<order_key> last_seen;
};

/// How many traces the store holds, and how old they are.
struct store_totals {
  std::uint64_t traces = 0;
  std::uint64_t complete = 0;
  std::uint64_t incomplete = 0;
  /// Bytes of the records and of what finds them.
  std::uint64_t bytes = 0;
  /// End times of the first and the last one, nanoseconds since 1970.
  optional_int oldest;
  optional_int newest;
};

/// One entry of a partition's log: "this trace got this revision".
struct log_entry {
  /// From 1, without gaps, in the order in which they become visible.
  std::uint64_t number = 0;
  std::string trace_id;
  std::uint32_t revision = 0;
  /// Null where statistics are off.
  std::shared_ptr<const contribution> added;
  /// What the revision before had added; null where the store had none: at
  /// revision 1, and after the trace was dropped.
  std::shared_ptr<const contribution> replaced;
};

struct log_page {
  std::uint32_t partition = 0;
  std::vector<log_entry> entries;
  /// Entries after the asked-for number that the log no longer has.
  std::uint64_t lost = 0;
};

/// What one round of retention dropped and left.
struct retention_report {
  std::uint64_t by_age = 0;
  std::uint64_t by_age_bytes = 0;
  std::uint64_t by_size = 0;
  std::uint64_t by_size_bytes = 0;
  store_totals left;
};

/// Keeps completed traces: finds them, lists them, tells what came when.
/// All members may be called from any thread. Content with the same id is
/// joined with what is there, so that overlapping writers make one trace.
class engine {
public:
  virtual ~engine() = default;

  /// The value of TRACE_STORE.
  virtual std::string_view name() const = 0;

  /// Writes all of `batch` or nothing. A trace that is there with another
  /// revision than `base_revision` is joined with the write. `now` is wall
  /// time, nanoseconds since 1970. Each revision is appended to the log of its
  /// partition. Visible to `find` and `search` when this returns; durable, and
  /// visible to `read_log`, after the next `sync`.
  virtual expected<std::vector<written_trace>>
  commit(std::span<const trace_write> batch, std::int64_t now) = 0;

  /// Whether what is written outlives the process. Where it does not, there
  /// are no checkpoints: writing one is an error, and none is ever found.
  virtual bool durable() const = 0;

  /// Makes durable what was written before this call. Blocks for as long as
  /// the disk takes; a failure leaves open what of it is durable.
  virtual expected<void> sync() = 0;

  /// Writes all of `batch` or nothing, each in the place of an earlier
  /// checkpoint of its trace. A later `commit` with `checkpointed` removes it.
  virtual expected<void> save_checkpoints(std::span<const checkpoint> batch)
    = 0;

  virtual expected<std::optional<checkpoint>>
  find_checkpoint(std::string_view trace_id) = 0;

  virtual expected<checkpoint_page>
  load_checkpoints(const checkpoint_query& query) = 0;

  /// Writes all of `notes` or nothing; an empty value removes one. They are
  /// durable with the next `sync`, never before what was committed earlier.
  virtual expected<void> save_notes(std::span<const note> notes) = 0;

  /// The value for each key, in order.
  virtual expected<std::vector<note>>
  find_notes(std::span<const std::string> keys) = 0;

  /// Writes everything to the new folder `directory`, as of now, while the
  /// engine works on.
  virtual expected<void> backup(const std::string& directory) = 0;

  /// The trace with this canonical id.
  virtual expected<std::optional<stored_trace>> find(std::string_view trace_id)
    = 0;

  virtual expected<store_page> search(const store_query& query) = 0;

  virtual store_totals totals() = 0;

  /// The log of `partition` after `number`, at most `limit` entries.
  virtual expected<log_page>
  read_log(std::uint32_t partition, std::uint64_t number, std::size_t limit)
    = 0;

  /// The last number of each partition's log, by partition.
  virtual std::vector<std::uint64_t> log_ends() = 0;

  /// Drops what is older than the retention or beyond the size and returns
  /// what was dropped since the last call, evictions by `commit` included.
  virtual expected<retention_report> enforce_retention(std::int64_t now) = 0;

  /// Whether this id was dropped within the last hour: its late events make no
  /// new trace.
  virtual bool was_dropped(std::string_view trace_id, std::int64_t now) = 0;
};

} // namespace meshtrace
