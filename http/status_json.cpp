#include "http/status_json.hpp"

#include "http/json_writer.hpp"

#include <algorithm>
#include <string_view>

namespace meshtrace {

namespace {

void put_error(json_writer& out, const std::string& reason) {
  if (!reason.empty())
    out.put("last_error", reason);
}

/// The settings may name what nobody has reported about yet; it is there with
/// zeros.
template <class Status, class Named>
std::vector<Status>
with_missing(std::vector<Status> reported,
             const std::vector<std::string>& wanted, Named Status::*name) {
  for (auto& each : wanted)
    if (std::ranges::find(reported, each, name) == reported.end()) {
      Status unknown;
      unknown.*name = each;
      reported.push_back(std::move(unknown));
    }
  return reported;
}

/// What the readers say of a stream.
stream_progress
progress_of(const service_status& status, const std::string& stream) {
  for (auto& reader : status.readers)
    for (auto& x : reader.streams)
      if (x.stream == stream)
        return x;
  return {};
}

void put_stream(json_writer& out, const gateway_options& options,
                const stream_status& x, const stream_progress& progress) {
  out.open();
  out.put("stream_name", x.stream);
  out.put("stream_length", x.length);
  out.put("consumer_group", options.group);
  out.put("consumer_name", options.consumer);
  out.put("pending", x.pending);
  if (x.lag)
    out.put("lag", *x.lag);
  else
    out.put_null("lag");
  if (x.last_delivered_id.empty())
    out.put_null("last_delivered_id");
  else
    out.put("last_delivered_id", x.last_delivered_id);
  if (progress.position.empty())
    out.put_null("position");
  else
    out.put("position", progress.position);
  out.put("trimmed_unread", progress.trimmed_unread);
  out.open_list("standing_groups");
  for (auto& group : x.standing_groups)
    out.item(group);
  out.close_list();
  out.close();
}

/// The error that matters most: without the keeper's connection nothing works.
std::string consumer_error(const service_status& status) {
  if (!status.keeper.last_error.empty())
    return status.keeper.last_error;
  for (auto& reader : status.readers)
    if (!reader.last_error.empty())
      return reader.last_error;
  return status.acknowledger.last_error.empty()
           ? status.dead_letter.last_error
           : status.acknowledger.last_error;
}

void put_consumer(json_writer& out, const gateway_options& options,
                  const expected<service_status>& said) {
  const auto status = said.value_or(service_status{});
  std::uint64_t events = 0;
  for (auto& reader : status.readers)
    events += reader.events_read;
  out.open("consumer");
  out.put("connection_state", connection_state(options, status));
  out.open_list("streams");
  if (options.enabled)
    for (auto& x : with_missing(status.keeper.streams, options.streams,
                                &stream_status::stream))
      put_stream(out, options, x, progress_of(status, x.stream));
  out.close_list();
  out.put("events_read", events);
  out.put("events_per_second", status.events_per_second);
  put_error(out, said ? consumer_error(status) : said.error().reason);
  out.close();
}

void put_correlator(json_writer& out, const status_answers& parts,
                    std::int64_t now) {
  correlator_load sum;
  for (auto& x : parts.loads) {
    sum.active_traces += x.active_traces;
    sum.parked_traces += x.parked_traces;
    sum.active_spans += x.active_spans;
    sum.active_bytes += x.active_bytes;
    if (x.oldest && (!sum.oldest || *x.oldest < *sum.oldest))
      sum.oldest = x.oldest;
  }
  const auto now_ms = now / 1'000'000;
  const auto age = sum.oldest ? std::max<std::int64_t>(
                     now_ms - static_cast<std::int64_t>(*sum.oldest), 0)
                              : 0;
  out.open("correlator");
  out.put("active_traces", sum.active_traces);
  out.put("parked_traces", sum.parked_traces);
  out.put("active_spans", sum.active_spans);
  out.put("active_bytes", sum.active_bytes);
  out.put("oldest_trace_age_seconds", static_cast<double>(age) / 1000);
  out.put("shards", parts.correlators);
  put_error(out, parts.loads_error);
  out.close();
}

void put_time(json_writer& out, std::string_view name, optional_int time) {
  out.put_time(name, time.has_value() ? std::optional{*time} : std::nullopt);
}

void put_store(json_writer& out, const gateway_options& options,
               const status_answers& parts) {
  const auto totals = parts.totals.value_or(store_totals{});
  out.open("store");
  out.put("engine", options.engine);
  out.put("traces", totals.traces);
  out.put("bytes", totals.bytes);
  put_time(out, "oldest", totals.oldest);
  put_time(out, "newest", totals.newest);
  if (!parts.totals)
    put_error(out, parts.totals.error().reason);
  else if (parts.service)
    put_error(out, parts.service->store.last_error);
  out.close();
}

void put_exporters(json_writer& out, const gateway_options& options,
                   const expected<service_status>& said) {
  out.open_list("exporters");
  if (options.enabled) {
    const auto status = said.value_or(service_status{});
    for (auto& x : with_missing(status.exporters, options.exporters,
                                &exporter_status::name)) {
      out.open();
      out.put("name", x.name);
      out.put("exported_traces", x.exported_traces);
      out.put("failed", x.failed);
      out.put("retried", x.retried);
      out.put("rejected", x.rejected);
      out.put("rejected_spans", x.rejected_spans);
      out.put("held_back", x.held_back);
      out.put("lag_traces", x.lag_traces);
      put_error(out, x.last_error);
      out.close();
    }
  }
  out.close_list();
}

} // namespace

std::string_view
connection_state(const gateway_options& options, const service_status& status) {
  if (!options.enabled)
    return "disabled";
  const auto any = [&](std::string_view state) {
    return std::ranges::count(status.readers, state, &reader_status::state) > 0;
  };
  if (!status.keeper.connected || any("connecting"))
    return "connecting";
  return status.keeper.lease_held ? "connected" : "standby";
}

std::string
status_json(const gateway_options& options, const status_answers& parts,
            std::chrono::nanoseconds uptime, std::int64_t now) {
  json_writer out;
  out.open();
  out.put("enabled", options.enabled);
  out.put("version", options.version);
  out.put("uptime_seconds",
          std::chrono::duration_cast<std::chrono::seconds>(uptime).count());
  out.open("config");
  for (auto& [name, text] : options.config)
    out.put(name, text);
  out.close();
  put_consumer(out, options, parts.service);
  put_correlator(out, parts, now);
  put_store(out, options, parts);
  put_exporters(out, options, parts.service);
  out.open("cluster");
  out.put("enabled", false);
  out.close();
  out.put("complete",
          parts.service && parts.loads_error.empty() && parts.totals);
  out.close();
  return out.text();
}

} // namespace meshtrace
