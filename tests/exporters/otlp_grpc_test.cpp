#include "exporters/grpc_credentials.hpp"
#include "exporters/otlp_grpc.hpp"
#include "tests/exporters/otlp_samples.hpp"

#include <doctest/doctest.h>

#include <future>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <map>
#include <mutex>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;
using verdict = send_result::verdict;

namespace {

/// What a call brought.
struct received {
  std::string method;
  std::multimap<std::string, std::string> metadata;
  std::string bytes;
};

/// A server of gRPC that knows no service and answers all calls alike.
class generic_server : grpc::CallbackGenericService {
public:
  generic_server() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    REQUIRE(server_ != nullptr);
  }

  ~generic_server() override {
    server_->Shutdown(std::chrono::system_clock::now());
  }

  target_options target() const {
    target_options result;
    result.url = "http://127.0.0.1:" + std::to_string(port_) + "/ignored";
    result.headers = {{"X-Tenant", "one"}, {"bad name", "x"}};
    return result;
  }

  received last() const {
    const std::lock_guard guard{mutex_};
    return last_;
  }

  // Set before a call and not during it.
  grpc::Status status;
  std::string answer;
  bool hangs = false;
  std::promise<void> hanging;

private:
  class call : public grpc::ServerGenericBidiReactor {
  public:
    call(generic_server& owner, grpc::GenericCallbackServerContext* context)
      : owner_(owner), context_(context) {
      StartRead(&request_);
    }

    void OnReadDone(bool ok) override {
      if (!ok)
        return Finish(grpc::Status::CANCELLED);
      owner_.note(*context_, request_);
      if (owner_.hangs)
        return owner_.hanging.set_value();
      if (!owner_.status.ok())
        return Finish(owner_.status);
      const grpc::Slice slice{owner_.answer};
      response_ = grpc::ByteBuffer{&slice, 1};
      StartWriteAndFinish(&response_, grpc::WriteOptions{}, grpc::Status::OK);
    }

    void OnCancel() override {
      if (owner_.hangs)
        Finish(grpc::Status::CANCELLED);
    }

    void OnDone() override {
      delete this;
    }

  private:
    generic_server& owner_;
    grpc::GenericCallbackServerContext* context_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
  };

  grpc::ServerGenericBidiReactor*
  CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new call{*this, context}; // deletes itself
  }

  void note(const grpc::GenericCallbackServerContext& context,
            const grpc::ByteBuffer& request) {
    received got{context.method(), {}, {}};
    for (const auto& [name, value] : context.client_metadata())
      got.metadata.emplace(std::string{name.data(), name.size()},
                           std::string{value.data(), value.size()});
    std::vector<grpc::Slice> slices;
    static_cast<void>(request.Dump(&slices));
    for (const auto& x : slices)
      got.bytes.append(reinterpret_cast<const char*>(x.begin()), x.size());
    const std::lock_guard guard{mutex_};
    last_ = std::move(got);
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  mutable std::mutex mutex_;
  received last_;
};

otlp_options options_for(target_options target) {
  otlp_options result;
  result.target = std::move(target);
  return result;
}

send_result send_one(otlp_grpc& sender) {
  const auto group = one_resource({execution("00000000000000a1")});
  return sender.send({&group, 1});
}

} // namespace

TEST_SUITE_BEGIN("otlp grpc");

TEST_CASE("a request is a call of Export with the headers as metadata") {
  generic_server server;
  for (bool gzip : {true, false}) {
    auto target = server.target();
    target.gzip = gzip;
    otlp_grpc sender{options_for(target)};
    const auto result = send_one(sender);
    CHECK(result.what == verdict::delivered);
    CHECK(result.reason.empty());
    const auto got = server.last();
    CHECK(got.method
          == "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    CHECK(got.metadata.count("x-tenant") == 1);
    protozero::pbf_reader request{got.bytes};
    CHECK(request.next(1));
  }
}

TEST_CASE("what a target left out is told and not sent again") {
  generic_server server;
  protozero::pbf_writer response{server.answer};
  {
    protozero::pbf_writer partial{response, 1};
    partial.add_int64(1, 2);
    partial.add_string(2, "too old");
  }
  otlp_grpc sender{options_for(server.target())};
  const auto result = send_one(sender);
  CHECK(result.what == verdict::delivered);
  CHECK(result.refused_spans == 2);
  CHECK(result.reason == "too old");
}

TEST_CASE("an error of the target is judged, its words are told") {
  generic_server server;
  server.status = {grpc::StatusCode::INVALID_ARGUMENT, "a bad\nspan"};
  otlp_grpc sender{options_for(server.target())};
  const auto result = send_one(sender);
  CHECK(result.what == verdict::refused);
  CHECK(result.reason.ends_with("answers INVALID_ARGUMENT: a bad\\nspan"));
}

TEST_CASE("a target that is down takes it later") {
  target_options target;
  {
    const generic_server gone;
    target = gone.target();
  }
  otlp_grpc sender{options_for(target)};
  const auto result = send_one(sender);
  CHECK(result.what == verdict::later);
  CHECK(result.reason.find("UNAVAILABLE") != std::string::npos);
}

TEST_CASE("an interrupt ends a call under way and all later ones") {
  generic_server server;
  server.hangs = true;
  otlp_grpc sender{options_for(server.target())};
  auto result
    = std::async(std::launch::async, [&] { return send_one(sender); });
  server.hanging.get_future().wait();
  sender.interrupt();
  CHECK(result.get().what == verdict::later);
  CHECK(send_one(sender).what == verdict::later);
}

TEST_CASE("codes mean what the specification says") {
  using code = grpc::StatusCode;
  for (auto x : {code::CANCELLED, code::DEADLINE_EXCEEDED, code::ABORTED,
                 code::OUT_OF_RANGE, code::UNAVAILABLE, code::DATA_LOSS})
    CHECK(judge_grpc_status(x, "", "").what == verdict::later);
  for (auto x : {code::INVALID_ARGUMENT, code::INTERNAL, code::UNKNOWN,
                 code::NOT_FOUND, code::RESOURCE_EXHAUSTED})
    CHECK(judge_grpc_status(x, "", "").what == verdict::refused);
  for (auto x :
       {code::UNAUTHENTICATED, code::PERMISSION_DENIED, code::UNIMPLEMENTED})
    CHECK(judge_grpc_status(x, "", "").what == verdict::refused_whole);
}

TEST_CASE("an exhausted target that says when is asked again then") {
  std::string details;
  {
    protozero::pbf_writer status{details};
    protozero::pbf_writer any{status, 3};
    any.add_string(1, "type.googleapis.com/google.rpc.RetryInfo");
    protozero::pbf_writer info{any, 2};
    protozero::pbf_writer delay{info, 1};
    delay.add_int64(1, 3);
  }
  const auto result
    = judge_grpc_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "", details);
  CHECK(result.what == verdict::later);
  CHECK(result.pause == 3s);
}

TEST_CASE("addresses are made of URLs") {
  CHECK(grpc_address("http://host:1234/v1/traces") == "host:1234");
  CHECK(grpc_address("https://user:word@host") == "host:4317");
  CHECK(grpc_address("http://[::1]") == "[::1]:4317");
  CHECK(grpc_address("http://[::1]:99/") == "[::1]:99");
}

TEST_CASE("metadata that gRPC would end the process over is left out") {
  const header_fields fields{{"Good", "x"},
                             {"bad!", "x"},
                             {"grpc-timeout", "x"},
                             {"line", "a\nb"},
                             {"", "x"}};
  CHECK(metadata_of(fields) == header_fields{{"good", "x"}});
}

TEST_CASE("a file that cannot be read is said at the start") {
  target_options target;
  target.url = "https://localhost";
  target.tls.ca = "/nowhere/ca.pem";
  CHECK_THROWS_WITH_AS(grpc_credentials(target),
                       "cannot read the PEM file /nowhere/ca.pem",
                       std::runtime_error);
}

TEST_SUITE_END();
