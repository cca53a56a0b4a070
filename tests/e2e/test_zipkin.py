"""Traces as a real Zipkin has them, against what meshtrace's API says."""

import time

import pytest

from support.events import (NS_PER_MS, NS_PER_S, STREAMS, Span,
                            execution_event, new_trace_id, publish,
                            random_trace, seeded_dice, start_event)
from support.waiting import wait_for
from support.zipkin_server import ZipkinServer


@pytest.fixture(name="zipkin", scope="module")
def zipkin_fixture(tmp_path_factory):
    server = ZipkinServer(tmp_path_factory.mktemp("zipkin"))
    yield server
    server.kill()


@pytest.fixture(name="exporting")
def exporting_fixture(new_meshtrace, redis_server, zipkin):
    """Makes services that export to `zipkin`, which is up if not told
    otherwise."""
    def make(zipkin_up=True, **settings):
        if zipkin_up and not zipkin.running():
            zipkin.start()
        return new_meshtrace(redis_server.url, TRACE_EXPORTER_TYPE="zipkin",
                             ZIPKIN_ENDPOINT=zipkin.spans_url,
                             TRACE_PARENT_WAIT="1s", **settings)
    return make


def now():
    return int(time.time()) * NS_PER_S


def send(redis_server, spans):
    publish(redis_server.client, STREAMS[1],
            *[execution_event(span) for span in spans])


def exported(meshtrace):
    """What the status says of the exporter."""
    return next(one for one in meshtrace.rest.status()["exporters"]
                if one["name"] == "zipkin")


def wait_whole(zipkin, traces, seconds=30):
    """Until Zipkin has as many spans of each trace as were sent."""
    for trace_id, spans in traces.items():
        wait_for(f"trace {trace_id} in zipkin",
                 lambda i=trace_id, n=len(spans): len(zipkin.trace(i)) == n,
                 seconds)


# Fields that OpenTelemetry has a name for.
CONVENTIONS = {"agent_hostname": "host.name",
               "agent_namespace": "service.namespace",
               "pod_ip": "k8s.pod.ip", "pod_name": "k8s.pod.name",
               "pod_namespace": "k8s.namespace.name"}


def compare(zipkin, meshtrace, trace_id):
    """Each span as in our API, in Zipkin's words."""
    ours = meshtrace.rest.trace(trace_id)
    theirs = zipkin.trace(trace_id)
    assert len(theirs) == ours["span_count"]
    for span in ours["spans"]:
        got = theirs[span["span_id"]]
        assert got["traceId"] == trace_id
        assert got.get("parentId") == span["parent_span"]
        assert got["name"] == span["operation"].lower()
        endpoint = got["localEndpoint"]
        assert endpoint["serviceName"] == span["agent_name"].lower()
        assert endpoint["ipv4"] == span["ip_address"]
        assert got["duration"] == max(round(span["duration_ms"] * 1000), 1)
        tags = got["tags"]
        assert tags.get("error") == (span["error_message"]
                                     if span["success"] is False else None)
        assert tags["otel.status_code"] == ("OK" if span["success"]
                                            else "ERROR")
        assert tags["gen_ai.agent.name"] == span["agent_name"]
        assert tags["gen_ai.agent.id"] == span["agent_id"]
        for name, value in span["attributes"].items():
            tag = CONVENTIONS.get(name, "mcp_mesh.attribute." + name)
            assert tags[tag] == value
    return theirs


def random_traces(dice, count):
    traces = [random_trace(dice, now()) for _ in range(count)]
    return {spans[0].trace: spans for spans in traces}


def test_down_at_the_start_then_everything_comes(exporting, redis_server,
                                                 zipkin):
    zipkin.kill()
    meshtrace = exporting(zipkin_up=False).start()
    traces = random_traces(seeded_dice(), 60)
    for spans in traces.values():
        send(redis_server, spans)
    wait_for("a failed try", lambda: exported(meshtrace)["failed"] > 0)
    assert "refused" in exported(meshtrace)["last_error"].lower() \
        or "connect" in exported(meshtrace)["last_error"].lower()
    zipkin.start()
    wait_whole(zipkin, traces, 60)
    for trace_id in traces:
        compare(zipkin, meshtrace, trace_id)
    assert exported(meshtrace)["rejected"] == 0
    services = {span.agent for spans in traces.values() for span in spans}
    assert set(zipkin.get("services")) >= services


def test_calls_between_agents_are_edges(exporting, redis_server, zipkin):
    """caller -> proxy -> callee, with an LLM's fields and a failure."""
    meshtrace = exporting().start()
    trace = new_trace_id()
    llm = {"llm_model": "large-1", "llm_provider": "acme",
           "llm_input_tokens": "120", "llm_output_tokens": "7",
           "capability": "summarize"}
    start = now()
    spans = [
        Span(trace, "00000000000000a1", agent="Planner", operation="Plan Trip",
             start=start, duration_ms=90),
        Span(trace, "00000000000000a2", "00000000000000a1", "Planner",
             "proxy_call_wrapper", start + 10 * NS_PER_MS, 60),
        Span(trace, "00000000000000a3", "00000000000000a2", "summarizer",
             "summarize", start + 20 * NS_PER_MS, 40, success=False,
             error="model says nö ✋", extra=llm),
        Span(trace, "00000000000000a4", "00000000000000a3", "summarizer",
             "prompt", start + 30 * NS_PER_MS, 1),
    ]
    send(redis_server, spans)
    wait_whole(zipkin, {trace: spans})
    got = compare(zipkin, meshtrace, trace)
    assert [got[f"00000000000000a{n}"].get("kind") for n in range(1, 5)] \
        == ["SERVER", "CLIENT", "SERVER", None]
    tags = got["00000000000000a3"]["tags"]
    assert tags["gen_ai.request.model"] == "large-1"
    assert tags["gen_ai.provider.name"] == "acme"
    assert tags["gen_ai.usage.input_tokens"] == "120"
    assert tags["gen_ai.usage.output_tokens"] == "7"
    assert tags["mcp_mesh.capability"] == "summarize"
    edges = zipkin.get("dependencies", endTs=int(time.time() * 1000) + 60_000,
                       lookback=3_600_000)
    edge = next(edge for edge in edges if edge["child"] == "summarizer")
    assert edge == {"parent": "planner", "child": "summarizer",
                    "callCount": 1, "errorCount": 1}


def test_odd_ids_and_values_get_through(exporting, redis_server, zipkin):
    exporting(TRACE_TIMEOUT="2s").start()
    short = "00000000000abcde"
    odd = f"order-{now()}"
    huge = Span(odd, "step~1", "root", extra={"note": "x" * 8000,
                                              "a.b": "c"}, start=now())
    send(redis_server, [
        Span(odd, "root", start=now(), agent="odd \x00\x1b\" agent"), huge,
        Span(short, "00000000000000b1", start=now(), duration_ms=0),
        Span("0" * 32, "0" * 16, start=now(), agent="zero")])
    publish(redis_server.client, STREAMS[0],
            start_event(Span(odd, "open", "root", start=now())))
    wait_whole(zipkin, {short: [1]})
    assert zipkin.trace(short)["00000000000000b1"]["duration"] == 1

    def found(query):
        return zipkin.get("traces", annotationQuery=query)

    wait_for("the odd trace", lambda: found(f"mcp_mesh.trace_id={odd}")
             and len(found(f"mcp_mesh.trace_id={odd}")[0]) == 3, 30)
    spans = {span["tags"]["mcp_mesh.span_id"]: span
             for span in found(f"mcp_mesh.trace_id={odd}")[0]}
    assert spans["step~1"]["parentId"] == spans["root"]["id"]
    assert spans["open"]["parentId"] == spans["root"]["id"]
    assert spans["open"]["tags"]["mcp_mesh.open"] == "true"
    assert "duration" not in spans["open"]
    assert spans["step~1"]["tags"]["mcp_mesh.attribute.note"] == "x" * 8000
    assert spans["step~1"]["tags"]["mcp_mesh.attribute.a.b"] == "c"
    assert len(found("mcp_mesh.trace_id=" + "0" * 32)[0]) == 1


def test_a_late_span_comes_alone(exporting, redis_server, zipkin):
    """A revision sends what changed, not the trace again."""
    meshtrace = exporting().start()
    trace = new_trace_id()
    root = "00000000000000c0"
    spans = [Span(trace, root, start=now()),
             Span(trace, "00000000000000c1", root, start=now()),
             Span(trace, "00000000000000c2", root, start=now())]
    send(redis_server, spans[:2])
    wait_whole(zipkin, {trace: spans[:2]})
    send(redis_server, spans[2:])
    wait_whole(zipkin, {trace: spans})
    compare(zipkin, meshtrace, trace)


def test_killed_and_back_in_the_middle(exporting, redis_server, zipkin):
    """What its memory lost is gone; everything after it comes."""
    meshtrace = exporting().start()
    dice = seeded_dice()
    before, during, after = (random_traces(dice, 20) for _ in range(3))
    for spans in before.values():
        send(redis_server, spans)
    wait_whole(zipkin, before)
    zipkin.kill()
    failed = exported(meshtrace)["failed"]
    for spans in during.values():
        send(redis_server, spans)
    wait_for("a failed try", lambda: exported(meshtrace)["failed"] > failed)
    zipkin.start()
    for spans in after.values():
        send(redis_server, spans)
    wait_whole(zipkin, {**during, **after}, 60)
    for trace_id in (*during, *after):
        compare(zipkin, meshtrace, trace_id)
    assert exported(meshtrace)["rejected"] == 0
