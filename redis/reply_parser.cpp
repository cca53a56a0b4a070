#include "redis/reply_parser.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <memory>
#include <new>

namespace meshtrace::redis {

namespace {

// hiredis keeps its empty buffer for the next reply up to this size. It holds
// a full batch, so that only an unusually large reply costs an allocation.
constexpr std::size_t kept_buffer_bytes = std::size_t{4} << 20;

/// Where hiredis' callbacks put what they are told.
struct builder {
  arena* memory = nullptr;
  std::size_t left = 0; ///< Bytes that the present reply may still take.
  bool too_large = false;

  bool take(std::size_t bytes) {
    too_large = bytes > left;
    left -= too_large ? 0 : bytes;
    return !too_large;
  }
};

builder& builder_of(const redisReadTask* task) {
  return *static_cast<builder*>(task->privdata);
}

/// A block for `count` replies, null when the whole reply gets too large. Not
/// initialised: nobody sees it before hiredis has had every item made.
reply* make_block(builder& build, std::size_t count) {
  const auto bytes = count * sizeof(reply);
  if (!build.take(bytes))
    return nullptr;
  return static_cast<reply*>(build.memory->allocate(bytes, alignof(reply)));
}

/// Puts `value` where the value of `task` belongs.
void* put(const redisReadTask* task, const reply& value) {
  if (task->parent == nullptr) {
    auto* at = make_block(builder_of(task), 1);
    return at == nullptr ? nullptr : std::construct_at(at, value);
  }
  const auto* parent = static_cast<const reply*>(task->parent->obj);
  // The block was made by create_array below; only readers see it as const.
  auto* items = const_cast<reply*>(parent->items.data());
  return std::construct_at(items + task->idx, value);
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) {
  auto& build = builder_of(task);
  if (!build.take(size))
    return nullptr;
  const auto type = task->type == REDIS_REPLY_ERROR    ? reply::kind::error
                    : task->type == REDIS_REPLY_STATUS ? reply::kind::status
                                                       : reply::kind::string;
  // hiredis moves its buffer, so that the text has to be copied.
  return put(task, {type, 0, build.memory->copy({text, size}), {}});
}

void* create_array(const redisReadTask* task, int elements) {
  const auto count = static_cast<std::size_t>(elements);
  auto* items = make_block(builder_of(task), count);
  if (items == nullptr)
    return nullptr;
  return put(task, {reply::kind::array, 0, {}, {items, count}});
}

void* create_integer(const redisReadTask* task, long long value) {
  return put(task, {reply::kind::integer, value, {}, {}});
}

void* create_nil(const redisReadTask* task) {
  return put(task, {});
}

void free_object(void*) {
  // The arena gives everything back at once.
}

redisReplyObjectFunctions functions
  = {create_string, create_array, create_integer, create_nil, free_object};

} // namespace

struct reply_parser::state {
  explicit state(std::size_t max_bytes)
    : limit(max_bytes), reader(redisReaderCreateWithFunctions(&functions)) {
    if (reader == nullptr)
      throw std::bad_alloc{};
    reader->maxbuf = kept_buffer_bytes;
    reader->privdata = &build;
  }

  ~state() {
    redisReaderFree(reader);
  }

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  tl::unexpected<error> too_large() const {
    return failure(fmt::format(
      "a reply of Redis is larger than {} bytes, ask for less at a time",
      limit));
  }

  std::size_t limit;
  builder build;
  redisReader* reader;
};

void reply_parser::state_deleter::operator()(state* x) const {
  delete x;
}

reply_parser::reply_parser(std::size_t max_bytes)
  : state_(new state(max_bytes)) {
  // nop
}

expected<void> reply_parser::feed(std::string_view bytes) {
  auto& reader = *state_->reader;
  if (reader.len - reader.pos + bytes.size() > state_->limit) {
    state_->build.too_large = true;
    return state_->too_large();
  }
  if (redisReaderFeed(&reader, bytes.data(), bytes.size()) != REDIS_OK)
    return failure(fmt::format("cannot keep what Redis sent: {}",
                               static_cast<const char*>(reader.errstr)));
  return {};
}

expected<const reply*> reply_parser::next(arena& memory) {
  auto& reader = *state_->reader;
  auto& build = state_->build;
  if (build.too_large)
    return state_->too_large();
  build.memory = &memory;
  if (reader.ridx == -1) // hiredis is between two replies
    build.left = state_->limit;
  void* root = nullptr;
  const auto result = redisReaderGetReply(&reader, &root);
  if (build.too_large)
    return state_->too_large();
  if (result != REDIS_OK)
    return failure(fmt::format("Redis does not speak its protocol: {}",
                               static_cast<const char*>(reader.errstr)));
  return static_cast<const reply*>(root);
}

} // namespace meshtrace::redis
