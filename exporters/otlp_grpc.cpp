#include "exporters/otlp_grpc.hpp"

#include "exporters/grpc_credentials.hpp"
#include "exporters/http_sender.hpp"
#include "exporters/otlp_protobuf.hpp"
#include "trace/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <mutex>
#include <utility>
#include <vector>

namespace meshtrace {

namespace {

constexpr const char* export_method
  = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr std::string_view default_port = "4317";
/// The feed has its own pauses: gRPC's must not make a try one that is none.
constexpr int most_reconnect_ms = 500;
/// What of a target's words is quoted.
constexpr std::size_t most_quoted_bytes = 200;

std::shared_ptr<grpc::Channel> connect(const target_options& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, most_reconnect_ms);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, most_reconnect_ms);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, most_reconnect_ms);
  return grpc::CreateCustomChannel(grpc_address(target.url),
                                   grpc_credentials(target), arguments);
}

std::string text_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string result;
  if (buffer.Valid() && buffer.Dump(&slices).ok())
    for (const auto& x : slices)
      result.append(reinterpret_cast<const char*>(x.begin()), x.size());
  return result;
}

std::string_view name_of(grpc::StatusCode code) {
  static constexpr std::array<std::string_view, 17> names
    = {"OK",
       "CANCELLED",
       "UNKNOWN",
       "INVALID_ARGUMENT",
       "DEADLINE_EXCEEDED",
       "NOT_FOUND",
       "ALREADY_EXISTS",
       "PERMISSION_DENIED",
       "RESOURCE_EXHAUSTED",
       "FAILED_PRECONDITION",
       "ABORTED",
       "OUT_OF_RANGE",
       "UNIMPLEMENTED",
       "INTERNAL",
       "UNAVAILABLE",
       "DATA_LOSS",
       "UNAUTHENTICATED"};
  const auto i = static_cast<std::size_t>(code);
  return i < names.size() ? names[i] : "an unknown code";
}

} // namespace

/// One call at a time over one channel, which another thread may interrupt.
class otlp_grpc::channel {
public:
  explicit channel(const target_options& target)
    : target_(target), where_(url_for_people(target.url)),
      metadata_(metadata_of(target.headers)), stub_(connect(target)) {
    // nop
  }

  ~channel() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok))
      ; // nothing is under way; gRPC wants its queues empty
  }

  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  send_result call(const std::string& bytes) {
    grpc::ClientContext context;
    prepare(context);
    if (!begin(context))
      return {send_result::verdict::later, where_ + ": the service stops"};
    const grpc::Slice slice{bytes};
    const grpc::ByteBuffer request{&slice, 1};
    grpc::ByteBuffer answer;
    grpc::Status status;
    const auto call
      = stub_.PrepareUnaryCall(&context, export_method, request, &queue_);
    call->StartCall();
    call->Finish(&answer, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok); // the deadline ends it at the latest
    end();
    if (status.ok())
      return judge_otlp_answer(read_otlp_protobuf_answer(text_of(answer)));
    return judge_grpc_status(status.error_code(), reason_of(status),
                             status.error_details());
  }

  void interrupt() {
    const std::lock_guard guard{mutex_};
    interrupted_ = true;
    if (current_ != nullptr)
      current_->TryCancel();
  }

private:
  void prepare(grpc::ClientContext& context) const {
    context.set_deadline(std::chrono::system_clock::now() + target_.timeout);
    if (target_.gzip)
      context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    for (const auto& [name, value] : metadata_)
      context.AddMetadata(name, value);
  }

  /// From now on `interrupt` cancels this call; false if it came before.
  bool begin(grpc::ClientContext& context) {
    const std::lock_guard guard{mutex_};
    current_ = interrupted_ ? nullptr : &context;
    return !interrupted_;
  }

  void end() {
    const std::lock_guard guard{mutex_};
    current_ = nullptr;
  }

  std::string reason_of(const grpc::Status& status) {
    const std::lock_guard guard{mutex_};
    if (interrupted_)
      return where_ + ": the service stops";
    return fmt::format(
      "{} answers {}: {}", where_, name_of(status.error_code()),
      escaped(cut_utf8(status.error_message(), most_quoted_bytes)));
  }

  const target_options target_;
  const std::string where_;
  const header_fields metadata_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::mutex mutex_;
  /// The call under way; not owned. Both are guarded by `mutex_`.
  grpc::ClientContext* current_ = nullptr;
  bool interrupted_ = false;
};

otlp_grpc::otlp_grpc(const otlp_options& options)
  : version_(options.version),
    channel_(std::make_unique<channel>(options.target)) {
  // nop
}

otlp_grpc::~otlp_grpc() = default;

send_result otlp_grpc::send(std::span<const otlp_resource> resources) {
  return channel_->call(to_otlp_protobuf(resources, version_));
}

void otlp_grpc::interrupt() {
  channel_->interrupt();
}

send_result
judge_grpc_status(int code, std::string reason, std::string_view details) {
  using verdict = send_result::verdict;
  send_result result{verdict::refused, std::move(reason)};
  const auto retry_after = read_otlp_protobuf_refusal(details).retry_after;
  switch (code) {
  case grpc::StatusCode::CANCELLED:
  case grpc::StatusCode::DEADLINE_EXCEEDED:
  case grpc::StatusCode::ABORTED:
  case grpc::StatusCode::OUT_OF_RANGE:
  case grpc::StatusCode::UNAVAILABLE:
  case grpc::StatusCode::DATA_LOSS:
    result.what = verdict::later;
    break;
  case grpc::StatusCode::RESOURCE_EXHAUSTED:
    // Without a time it may mean that the message is too large.
    if (retry_after)
      result.what = verdict::later;
    break;
  case grpc::StatusCode::UNAUTHENTICATED:
  case grpc::StatusCode::PERMISSION_DENIED:
  case grpc::StatusCode::UNIMPLEMENTED:
    result.what = verdict::refused_whole;
    break;
  default:
    break;
  }
  if (result.what == verdict::later)
    result.pause = retry_after.value_or(std::chrono::milliseconds{0});
  return result;
}

std::string grpc_address(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto user = url.rfind('@'); user != std::string_view::npos)
    url.remove_prefix(user + 1);
  const auto after_address = url.rfind(']'); // of IPv6
  const auto port = url.find(
    ':', after_address == std::string_view::npos ? 0 : after_address);
  std::string result{url};
  if (port == std::string_view::npos)
    result.append(":").append(default_port);
  return result;
}

} // namespace meshtrace
