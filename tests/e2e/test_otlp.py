"""OTLP against a target that decodes with the official definitions."""

import datetime
import re
import subprocess
import time

import pytest
from support.events import (NS_PER_MS, NS_PER_S, STREAMS, Span, end_event,
                            execution_event, new_trace_id, publish,
                            random_trace, seeded_dice, start_event)
from support.load import total
from support.otlp_target import OtlpTarget
from support.tcp_proxy import TcpProxy
from support.waiting import SLOW, wait_for

PROTOCOLS = ("grpc", "http/protobuf", "http/json")
INTERNAL, SERVER, CLIENT = 1, 2, 3
UNSET, OK, ERROR = 0, 1, 2


@pytest.fixture
def new_target(tmp_path):
    made = []

    def make(**options):
        made.append(OtlpTarget(tmp_path / f"target-{len(made)}", **options))
        return made[-1]

    yield make
    for target in made:
        target.kill()


def exporting(new_meshtrace, redis_server, target, protocol, port=None,
              scheme="http", **settings):
    port = port or target.port(protocol)
    return new_meshtrace(
        redis_server.url, TRACE_EXPORTER_TYPE="otlp",
        TELEMETRY_ENDPOINT=f"{scheme}://127.0.0.1:{port}",
        TELEMETRY_PROTOCOL=protocol, **settings).start()


def now():
    return int(time.time()) * NS_PER_S


def simple_traces(count):
    return [[Span(new_trace_id(), f"{n:015x}1", start=now(),
                  operation=f"op-{n}")] for n in range(count)]


def send(redis_server, traces):
    for spans in traces:
        publish(redis_server.client, STREAMS[1],
                *[execution_event(span) for span in spans])


def exporter_status(service):
    return service.rest.status()["exporters"][0]


def wait_exported(service, count):
    wait_for(f"{count} traces are exported", lambda: exporter_status(service)
             ["exported_traces"] == count)


def ns_of(text):
    """Nanoseconds of the API's times."""
    whole, rest = re.fullmatch(r"(.*)\.(\d{9})Z", text).groups()
    seconds = datetime.datetime.fromisoformat(whole + "+00:00").timestamp()
    return int(seconds) * NS_PER_S + int(rest)


# -- what every field becomes --------------------------------------------------

RENAMED = {"error_type": "error.type", "target_agent": "peer.service",
           "llm_model": "gen_ai.request.model",
           "llm_input_tokens": "gen_ai.usage.input_tokens",
           "llm_output_tokens": "gen_ai.usage.output_tokens",
           "llm_total_tokens": "mcp_mesh.llm_total_tokens",
           "agent_name": "gen_ai.agent.name", "agent_id": "gen_ai.agent.id",
           "capability": "mcp_mesh.capability",
           "request_bytes": "mcp_mesh.request_bytes",
           "response_bytes": "mcp_mesh.response_bytes"}
OF_THE_PROCESS = {"agent_namespace": "service.namespace",
                  "agent_hostname": "host.name", "pod_name": "k8s.pod.name"}
OF_THE_SPAN = {"tool_name": "gen_ai.tool.name",
               "http_method": "http.request.method", "path": "url.path",
               "status_code": "http.response.status_code"}


def odd_traces():
    """Whatever the wire format allows: ids, models, failures, calls."""
    start = now()

    def span(trace, own, parent="", **more):
        return Span(trace, own, parent, start=start + 12_345, **more)

    call = new_trace_id()
    model = {"llm_model": "claude-sonnet-4", "llm_provider": "Bedrock",
             "llm_input_tokens": "120", "llm_output_tokens": "45",
             "llm_total_tokens": "165"}
    rich = {"capability": "weather", "request_bytes": "1024",
            "response_bytes": "2048", "agent_hostname": "host-a",
            "pod_name": "pod-7", "tool_name": "get_weather",
            "status_code": "503", "http_method": "POST", "path": "/mcp",
            "call_attempts": "3", "dependencies": '["a", "b"]',
            "target_agent": "agent-two"}
    bad = "snow \N{SNOWMAN} and\nlines"
    traces = [
        [span(call, "00000000000000a1", agent="gateway", extra=rich),
         span(call, "00000000000000a2", "00000000000000a1", agent="gateway",
              operation="proxy_call_wrapper"),
         span(call, "00000000000000a3", "00000000000000a2", agent="worker",
              extra=model),
         span(call, "00000000000000a4", "00000000000000a3", agent="worker",
              success=False, error=bad, extra={"error_type": "ValueError"}),
         span(call, "00000000000000a5", "00000000000000a4", agent="other",
              success=False, error="plain")],
        [span("0123456789abcdef", "fedcba9876543210")],
        [span("caller-made-id", "span-one"),
         span("caller-made-id", "span-two", "span-one")],
        [span("0" * 32, "0" * 16), span("0" * 32, "1", "0" * 16)],
        [span("d3b07384-d9a0-4c9b-8f6e-1f2e3d4c5b6a",
              "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
         span("d3b07384-d9a0-4c9b-8f6e-1f2e3d4c5b6a", "00000000000000b1",
              "6ba7b810-9dad-11d1-80b4-00c04fd430c8")]]
    # Python's first SDK: two functions, one span id.
    shared = new_trace_id()
    traces.append([span(shared, "00000000000000c1", operation="first"),
                   span(shared, "00000000000000c1", operation="second")])
    return traces


def check_span(ours, theirs, trace):
    """`ours` as the API shows it, `theirs` as the target decoded it."""
    attributes, resource = theirs["attributes"], theirs["resource"]
    trace_id, span_id = ours["trace_id"], ours["span_id"]
    if re.fullmatch("[0-9a-f]{32}|[0-9a-f]{16}", trace_id) \
            and trace_id.strip("0"):
        assert theirs["trace_id"] == trace_id.zfill(32)
        assert "mcp_mesh.trace_id" not in attributes
    else:
        assert theirs["trace_id"].strip("0")
        assert attributes["mcp_mesh.trace_id"] == trace_id
    if re.fullmatch("[0-9a-f]{16}", span_id) and span_id.strip("0"):
        assert theirs["span_id"] == span_id
        assert "mcp_mesh.span_id" not in attributes
    else:
        assert theirs["span_id"].strip("0")
        assert attributes["mcp_mesh.span_id"] == span_id
    assert theirs["name"] == ours["operation"]
    assert theirs["scope"][0] == "mcp-mesh" and theirs["scope"][1]
    assert theirs["start"] == ns_of(ours["start_time"])
    assert theirs["end"] == ns_of(ours["end_time"])
    assert theirs["status"] == {True: OK, False: ERROR,
                                None: UNSET}[ours["success"]]
    assert theirs["message"] == (
        ours["error_message"] or "" if ours["success"] is False else "")
    assert resource["service.name"] == ours["agent_name"]
    assert resource["service.instance.id"] == ours["agent_id"]
    assert resource["process.runtime.name"] == ours["runtime"]
    assert resource["host.ip"] == [ours["ip_address"]]
    for field, key in RENAMED.items():
        if ours[field] is not None:
            assert attributes[key] == ours[field], field
    for field, value in ours["attributes"].items():
        if field in OF_THE_PROCESS:
            assert resource[OF_THE_PROCESS[field]] == value
        elif field in OF_THE_SPAN:
            assert str(attributes[OF_THE_SPAN[field]]) == value
        else:
            assert attributes[f"mcp_mesh.attribute.{field}"] == value
    assert trace["trace_id"] == trace_id


def key_of(span):
    """What tells spans apart in both worlds: the id, or what it was."""
    attributes = span["attributes"]
    return (attributes.get("mcp_mesh.trace_id", span["trace_id"].lstrip("0")),
            attributes.get("mcp_mesh.span_id", span["span_id"]))


def check_parents(ours, found):
    """Every parent is the span that the API says it is."""
    trace_id = ours["trace_id"]
    if trace_id.strip("0"):
        trace_id = trace_id.lstrip("0")
    for span in ours["spans"]:
        theirs = found[trace_id, span["span_id"]]
        parent = span["parent_span"]
        assert theirs["parent_id"] == (
            found[trace_id, parent]["span_id"] if parent else "")


@pytest.mark.parametrize("compression", ("gzip", "none"))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_everything_arrives_as_the_api_shows_it(
        protocol, compression, new_meshtrace, redis_server, new_target):
    target = new_target().start()
    between = TcpProxy(target.port(protocol))
    service = exporting(
        new_meshtrace, redis_server, target, protocol, between.port,
        TELEMETRY_COMPRESSION=compression,
        TELEMETRY_HEADERS="X-Scope-OrgID=team%20one,Authorization=Bearer%20x")
    dice = seeded_dice()
    traces = odd_traces() + [random_trace(dice, now()) for _ in range(100)]
    send(redis_server, traces)
    spans = target.wait_for_spans(sum(map(len, traces)))
    found = {key_of(span): span for span in spans}
    assert len(spans) == len(found) == sum(map(len, traces))
    for published in traces:
        trace = service.rest.trace(published[0].trace)
        for span in trace["spans"]:
            trace_id = trace["trace_id"]
            if trace_id.strip("0"):
                trace_id = trace_id.lstrip("0")
            check_span(span, found[trace_id, span["span_id"]], trace)
        check_parents(trace, found)
    check_meaning(traces[0], found)

    for request in target.requests():
        assert request["headers"]["x-scope-orgid"] == "team one"
        assert request["headers"]["authorization"] == "Bearer x"
        if protocol != "grpc":
            assert request["headers"][":path"] == "/v1/traces"
            if request["size"] > 2000:
                assert request["encoding"] == compression.replace("none", "")
    size = sum(request["size"] for request in target.requests())
    # gRPC's library does not say whether it unpacked something.
    assert between.sent < size / 2 if compression == "gzip" \
        else between.sent > size
    wait_exported(service, len(traces))
    between.close()


def check_meaning(call, found):
    root, proxy, callee, failed, other = (
        found[span.trace.lstrip("0"), span.span] for span in call)
    kinds = [x["kind"] for x in (root, proxy, callee, failed, other)]
    assert kinds == [SERVER, CLIENT, SERVER, INTERNAL, SERVER]
    assert root["attributes"]["gen_ai.operation.name"] == "execute_tool"
    assert root["attributes"]["http.response.status_code"] == 503
    assert proxy["attributes"]["mcp.method.name"] == "tools/call"
    assert callee["attributes"]["gen_ai.operation.name"] == "chat"
    assert callee["attributes"]["gen_ai.provider.name"] == "aws.bedrock"
    assert callee["attributes"]["mcp_mesh.llm_provider"] == "Bedrock"
    assert failed["attributes"]["error.type"] == "ValueError"
    assert failed["message"] == "snow \N{SNOWMAN} and\nlines"
    assert other["attributes"]["error.type"] == "_OTHER"


def test_open_orphaned_and_timeless_spans(new_meshtrace, redis_server,
                                          new_target):
    target = new_target().start()
    exporting(new_meshtrace, redis_server, target, "grpc", TRACE_TIMEOUT="1s",
              TRACE_PARENT_WAIT="1s")
    opened = Span(new_trace_id(), "00000000000000d1", start=now())
    timeless = Span(opened.trace, "00000000000000d2", opened.span)
    without_time = end_event(timeless)
    del without_time["timestamp"], without_time["duration_ms"]
    orphan = Span(new_trace_id(), "00000000000000d3", "00000000000000ff",
                  start=now())
    publish(redis_server.client, STREAMS[0], start_event(opened), without_time,
            execution_event(orphan))
    found = {x["span_id"]: x for x in target.wait_for_spans(3)}
    first, second, third = (found[x.span] for x in (opened, timeless, orphan))
    assert first["attributes"]["mcp_mesh.open"] is True
    assert first["end"] == first["start"] == opened.start
    assert first["status"] == UNSET
    assert second["attributes"]["mcp_mesh.time_unknown"] is True
    assert second["start"] == second["end"] == opened.start
    assert third["attributes"]["mcp_mesh.orphan"] is True
    assert third["parent_id"] == "00000000000000ff"


# -- targets that are slow, down or picky --------------------------------------


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_partial_success_is_not_sent_again(protocol, new_meshtrace,
                                             redis_server, new_target):
    target = new_target(plan=[{"partial": [1, "one is too old"]}]).start()
    service = exporting(new_meshtrace, redis_server, target, protocol)
    traces = simple_traces(3)
    send(redis_server, traces)
    target.wait_for_spans(3)
    wait_exported(service, 3)
    sent = [x["trace_id"] for x in target.spans()]
    assert sorted(sent) == sorted(spans[0].trace for spans in traces)
    status = exporter_status(service)
    assert status["retried"] == status["rejected"] == 0
    assert status["rejected_spans"] == 1
    assert total(service, "meshtrace_exporter_rejected_spans_total") == 1


@pytest.mark.parametrize("protocol,answers", [
    ("grpc", [{"code": "UNAVAILABLE"},
              {"code": "RESOURCE_EXHAUSTED", "retry": 1.5}]),
    ("http/protobuf", [{"status": 503}, {"status": 429, "retry_after": 2}]),
    ("http/json", [{"status": 502}, {"status": 503, "retry_after": 2}])])
def test_later_means_later(protocol, answers, new_meshtrace, redis_server,
                           new_target):
    target = new_target(plan=answers).start()
    service = exporting(new_meshtrace, redis_server, target, protocol)
    traces = simple_traces(20)
    send(redis_server, traces)
    target.wait_for_spans(20, 30)
    requests = target.requests()
    assert [x["taken"] for x in requests[:3]] == [False, False, True]
    asked = answers[1].get("retry_after", answers[1].get("retry"))
    assert requests[2]["time"] - requests[1]["time"] >= asked
    sent = [x["trace_id"] for x in target.spans()]
    assert sorted(sent) == sorted(spans[0].trace for spans in traces)
    wait_exported(service, 20)
    status = exporter_status(service)
    assert status["rejected"] == status["rejected_spans"] == 0
    assert status["failed"] >= 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_only_a_poisonous_span_is_missing(protocol, new_meshtrace, redis_server,
                                          new_target):
    target = new_target(poison="op-7").start()
    service = exporting(new_meshtrace, redis_server, target, protocol)
    traces = simple_traces(30)
    send(redis_server, traces)
    target.wait_for_spans(29)
    wait_exported(service, 29)
    assert sorted(x["name"] for x in target.spans()) == sorted(
        f"op-{n}" for n in range(30) if n != 7)
    status = exporter_status(service)
    assert status["rejected"] == 1
    assert traces[7][0].trace in service.stderr()
    assert "a span is poisonous" in service.stderr()


@pytest.mark.parametrize("protocol", ("grpc", "http/protobuf"))
def test_a_target_that_is_down_at_the_start(protocol, new_meshtrace,
                                            redis_server, new_target):
    target = new_target()
    service = exporting(new_meshtrace, redis_server, target, protocol)
    traces = simple_traces(50)
    send(redis_server, traces)
    wait_for("it is said", lambda: exporter_status(service).get("last_error"))
    assert f"127.0.0.1:{target.port(protocol)}" \
        in exporter_status(service)["last_error"]
    target.start()
    target.wait_for_spans(50, 30)
    sent = [x["trace_id"] for x in target.spans()]
    assert sorted(sent) == sorted(spans[0].trace for spans in traces)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_stop_does_not_wait_for_a_target_that_hangs(
        protocol, new_meshtrace, redis_server, new_target):
    target = new_target(plan=[{"hang": 60}]).start()
    service = exporting(new_meshtrace, redis_server, target, protocol,
                        TELEMETRY_TIMEOUT="1m")
    send(redis_server, simple_traces(1))
    wait_for("the target hangs", target.requests)
    begun = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begun < 8 * SLOW


# -- TLS -----------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key),
         "-out", str(cert)], check=True, capture_output=True)
    return {"cert": str(cert), "key": str(key)}


@pytest.mark.parametrize("protocol", ("grpc", "http/protobuf"))
def test_tls(protocol, new_meshtrace, redis_server, new_target, certificate):
    target = new_target(**certificate).start()
    trusting = exporting(new_meshtrace, redis_server, target, protocol,
                         scheme="https", TELEMETRY_TLS_CA=certificate["cert"])
    send(redis_server, simple_traces(1))
    target.wait_for_spans(1)
    assert trusting.stop() == 0

    doubting = exporting(new_meshtrace, redis_server, target, protocol,
                         scheme="https")
    send(redis_server, simple_traces(1))
    wait_for("it is said", lambda: exporter_status(doubting).get("last_error"))
    assert len(target.spans()) == 1
    assert doubting.stop() == 0

    careless = exporting(new_meshtrace, redis_server, target, protocol,
                         scheme="https", TELEMETRY_TLS_SKIP_VERIFY="true")
    send(redis_server, simple_traces(1))
    target.wait_for_spans(2)
    assert careless.stop() == 0


def test_a_lost_span_would_be_seen(new_meshtrace, redis_server, new_target):
    """1000 spans in requests of at most 16 KiB: none twice, none missing."""
    target = new_target().start()
    exporting(new_meshtrace, redis_server, target, "grpc",
              TRACE_EXPORT_BATCH_BYTES="16KiB")
    trace = new_trace_id()
    spans = [Span(trace, f"{n + 1:016x}", f"{1:016x}" if n else "",
                  start=now() + n * NS_PER_MS) for n in range(1000)]
    send(redis_server, [spans])
    target.wait_for_spans(1000)
    sent = sorted(x["span_id"] for x in target.spans())
    assert sent == sorted(span.span for span in spans)
    assert len(target.requests()) > 10
