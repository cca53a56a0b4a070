#pragma once

#include "trace/arena.hpp"
#include "trace/decode.hpp"
#include "trace/span.hpp"
#include "trace/text_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace meshtrace {

/// One span of a trace as joined so far. Its views belong to the trace.
struct span : span_values {
  /// Sorted by name.
  std::vector<attribute> attributes;
  /// The revision of the trace that last changed this span; 0 since the last
  /// commit. Envelope, not content.
  std::uint32_t revision = 0;
};

/// Limits of one trace (TRACE_MAX_SPANS, TRACE_MAX_TRACE_BYTES).
struct trace_limits {
  span_limits of_span;
  std::size_t max_spans = 10'000;
  std::size_t max_bytes = std::size_t{8} << 20;
};

/// What a join did to a trace.
enum class join_result : std::uint8_t {
  /// Said nothing new.
  unchanged,
  changed,
  /// The trace is at its limit and has no such span: nothing was joined.
  dropped,
};

/// All spans of one trace id, joined from events by value alone: any order,
/// any repetition and any grouping of the same events gives the same content
/// (below the limits). Only values that some event said are in it; what follows
/// from them is computed by `trace_view` when read. Not thread-safe while it
/// is joined; a `shared_ptr<const trace>` may be read anywhere.
class trace {
public:
  /// An empty trace. `id` is canonical. `pool` may be null.
  explicit trace(std::string_view id, std::shared_ptr<text_pool> pool
                                      = nullptr);

  trace(const trace&) = delete;
  trace& operator=(const trace&) = delete;

  const std::string& id() const {
    return id_;
  }

  /// In the order of their first event: an arbitrary one.
  const std::vector<span>& spans() const {
    return spans_;
  }

  /// Spans or values were left out because of a limit.
  bool truncated() const {
    return truncated_;
  }
  void set_truncated(bool value) {
    truncated_ = value;
  }

  join_result join(const span_event& event, const trace_limits& limits);

  /// Joins everything that `other` says of the same id.
  join_result merge(const trace& other, const trace_limits& limits);

  /// A copy that shares nothing but the text pool.
  std::shared_ptr<trace> clone() const;

  /// A copy that shares the texts of `base` and keeps it alive: what it takes
  /// to number the spans of a trace that others read. It has no text pool, so
  /// that any thread may make and change it.
  static std::shared_ptr<trace> share(std::shared_ptr<const trace> base);

  /// For what reads stored records: where the texts of appended spans live.
  arena& memory() {
    return memory_;
  }

  /// Adds a span as it is, its texts in `memory()`, its attributes sorted. No
  /// span of its id and function may be there.
  void append(span ready);

  /// Gives every span that changed since the last commit this revision.
  void stamp(std::uint32_t revision);

  /// After a commit of an earlier copy as `revision`: the spans that are still
  /// as they were in `committed` get its revision numbers.
  void settle(const trace& committed);

  /// The spans in canonical order: by id, then function.
  std::vector<const span*> sorted_spans() const;

  /// Two parts of one span id are in it (see `span_values::function`).
  bool has_shared_ids() const {
    return shared_ids_;
  }

  bool contains_id(std::string_view span_id) const;

  /// Memory held, in bytes.
  std::size_t bytes() const;

private:
  /// Where spans are few, looking at each is faster than an index.
  static constexpr std::size_t index_above = 16;

  struct key {
    std::string_view id;
    std::string_view function;

    bool operator==(const key&) const = default;
  };
  struct key_hash {
    std::size_t operator()(const key& x) const;
  };

  span* find(std::string_view id, std::string_view function);
  span& add(std::string_view id, std::string_view function);
  void index_new_spans();
  join_result join(const span_values& from, const attribute* attributes,
                   std::size_t attribute_count, const trace_limits& limits);
  bool join_values(span& to, const span_values& from);
  bool join_attribute(span& to, const attribute& from, std::size_t most);

  /// A copy of `text` that lives as long as the trace.
  std::string_view keep(std::string_view text);
  /// The same for values that seldom repeat: not worth a place in the pool.
  std::string_view keep_rare(std::string_view text);

  std::string id_;
  std::shared_ptr<text_pool> pool_;
  /// Whose texts the spans of a shared copy use.
  std::shared_ptr<const trace> base_;
  arena memory_{512};
  std::vector<span> spans_;
  std::unordered_map<key, std::size_t, key_hash> by_key_;
  /// Span ids, counted once per id; kept where `by_key_` is.
  std::unordered_map<std::string_view, std::size_t> by_id_;
  /// Heap bytes of attributes and index.
  std::size_t extra_bytes_ = 0;
  bool shared_ids_ = false;
  bool truncated_ = false;
};

using trace_ptr = std::shared_ptr<const trace>;

} // namespace meshtrace
