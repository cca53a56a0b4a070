"""Traces in a real Jaeger, read back through its own API."""

import time

import pytest
from support.events import (NS_PER_S, STREAMS, entries, publish, random_trace,
                            seeded_dice)
from support.jaeger_server import Jaeger
from support.waiting import wait_for

TRACES = 50


@pytest.fixture
def jaeger(tmp_path):
    server = Jaeger(tmp_path / "jaeger")
    yield server.start()
    server.kill()


def tags_of(span):
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def micros(ns):
    return ns // 1000


def check_trace(theirs, ours, published):
    """`theirs` is Jaeger's, `ours` what our API shows."""
    found = {span["spanID"]: span for span in theirs["spans"]}
    assert len(theirs["spans"]) == len(found) == len(published)
    assert {x["span_id"] for x in ours["spans"]} == set(found)
    assert not theirs.get("warnings")
    for span in published:
        other = found[span.span]
        tags = tags_of(other)
        process = theirs["processes"][other["processID"]]
        parents = [x["spanID"] for x in other["references"]]
        assert parents == ([span.parent] if span.parent else [])
        assert all(x["refType"] == "CHILD_OF" for x in other["references"])
        # The made-up spans need not lie within their parents.
        assert all(x.startswith("clock skew")
                   for x in other["warnings"] or []), other["warnings"]
        assert other["operationName"] == span.operation
        assert process["serviceName"] == span.agent
        assert other["startTime"] == micros(span.start)
        assert other["duration"] == micros(span.end - span.start)
        assert tags.get("error", False) == (not span.success)
        assert tags["otel.status_code"] == ("OK" if span.success else "ERROR")
        if not span.success:
            assert tags["otel.status_description"] == "it broke"
        if not span.parent:
            assert tags["span.kind"] == "server"


@pytest.mark.parametrize("protocol", ("grpc", "http/protobuf", "http/json"))
def test_jaeger_has_every_trace(protocol, new_meshtrace, redis_server, jaeger):
    service = new_meshtrace(
        redis_server.url, TRACE_EXPORTER_TYPE="otlp",
        TELEMETRY_ENDPOINT=f"127.0.0.1:{jaeger.otlp_port(protocol)}",
        TELEMETRY_PROTOCOL=protocol).start()
    dice = seeded_dice()
    base = int(time.time()) * NS_PER_S
    traces = [random_trace(dice, base) for _ in range(TRACES)]
    for spans in traces:
        events = [event for span in spans
                  for event in entries(span, dice.choice("ab"))]
        publish(redis_server.client, STREAMS[1], *events)

    def arrived(spans):
        trace = jaeger.trace(spans[0].trace)
        return trace and len(trace["spans"]) >= len(spans) and trace

    for spans in traces:
        theirs = wait_for(f"Jaeger has {spans[0].trace}; its log:\n"
                          f"{jaeger.log()}", lambda s=spans: arrived(s), 20)
        check_trace(theirs, service.rest.trace(spans[0].trace), spans)
    assert set(jaeger.services()) == {
        span.agent for spans in traces for span in spans}
