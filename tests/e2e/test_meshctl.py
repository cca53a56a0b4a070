"""The mesh's own command line client, unchanged, prints our traces."""

import json
import subprocess

import pytest
from support.events import (NS_PER_MS, STREAMS, Span, end_event, entries,
                            execution_event, new_trace_id, publish,
                            random_trace, seeded_dice, start_event)
from support.meshctl_tree import Meshctl, printed_tree, tree_lines
from support.waiting import SLOW, free_port, wait_for


@pytest.fixture(name="service")
def service_fixture(new_meshtrace, redis_server):
    return new_meshtrace(redis_server.url, TRACE_PARENT_WAIT="1s",
                         TRACE_ROOT_QUIET="200ms").start()


@pytest.fixture(name="ctl")
def ctl_fixture(service):
    return Meshctl(service.url + "/api")


def publish_spans(redis_server, spans, protocol="b"):
    publish(redis_server.client, STREAMS[1],
            *[event for span in spans for event in entries(span, protocol)])


def completed(service, spans):
    """What our own API says once all is there."""
    def ready():
        trace = service.rest.trace(spans[0].trace)
        whole = trace and trace["span_count"] == len(spans)
        return whole and trace["state"] != "active" and trace
    return wait_for(f"{spans[0].trace} is completed", ready, 15)


def call(agents=("planner", "weather"), **of_callee):
    """A caller, the wrapper of its call, the callee and one more span."""
    trace = new_trace_id()
    first = Span(trace, "a" * 16, agent=agents[0], operation="plan_trip",
                 duration_ms=1541)
    wrapper = Span(trace, "b" * 16, parent=first.span, agent=agents[0],
                   operation="proxy_call_wrapper", duration_ms=80,
                   start=first.start + NS_PER_MS)
    callee = Span(trace, "c" * 16, parent=wrapper.span, agent=agents[1],
                  operation="get_weather", duration_ms=60,
                  start=first.start + 2 * NS_PER_MS, **of_callee)
    last = Span(trace, "d" * 16, parent=first.span, agent=agents[0],
                operation="_internal_note", duration_ms=0,
                start=first.start + 99 * NS_PER_MS)
    return [first, wrapper, callee, last]


def test_the_tree_is_printed(service, redis_server, ctl):
    spans = call()
    publish_spans(redis_server, spans)
    trace = completed(service, spans)
    done = ctl.trace(spans[0].trace)
    assert done.returncode == 0, done.stderr
    assert printed_tree(done.stdout) == [
        "└─ plan_trip (planner) [1541ms] ✓",
        "   └─ get_weather (weather) [60ms] ✓"]
    assert printed_tree(done.stdout) == tree_lines(trace)
    assert f"Call Tree for trace {spans[0].trace}" in done.stdout
    assert "Summary: 4 spans across 2 agents | 1.54s | ✓" in done.stdout
    assert "Agents: planner, weather" in done.stdout
    shown = ctl.trace(spans[0].trace, "--show-internal")
    assert printed_tree(shown.stdout) == tree_lines(trace, internal=True)
    assert len(printed_tree(shown.stdout)) == 4


def test_a_failed_span(service, redis_server, ctl):
    spans = call(success=False, error="disk full")
    publish_spans(redis_server, spans, "a")
    trace = completed(service, spans)
    done = ctl.trace(spans[0].trace)
    assert done.returncode == 0
    assert printed_tree(done.stdout) == tree_lines(trace)
    assert "get_weather (weather) [60ms] ✗" in done.stdout
    assert "Error: disk full" in done.stderr
    assert "| ✗" in done.stdout


def test_random_trees(service, redis_server, ctl):
    dice = seeded_dice()
    traces = [random_trace(dice, Span("", "").start) for _ in range(10)]
    for spans in traces:
        for span in dice.sample(spans[1:], len(spans[1:]) // 4):
            span.operation = f"proxy_call_wrapper_{span.operation}"
        publish_spans(redis_server, spans, dice.choice("ab"))
    for spans in traces:
        trace = completed(service, spans)
        done = ctl.trace(spans[0].trace)
        assert printed_tree(done.stdout) == tree_lines(trace)
        shown = ctl.trace(spans[0].trace, "--show-internal")
        assert printed_tree(shown.stdout) == tree_lines(trace, internal=True)


def test_json(service, redis_server, ctl):
    spans = call(success=False, error="disk full")
    publish_spans(redis_server, spans)
    trace = completed(service, spans)
    done = ctl.trace(spans[0].trace, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["TraceID"] == spans[0].trace
    assert (told["SpanCount"], told["AgentCount"]) == (4, 2)
    assert told["Agents"] == trace["agents"]
    assert told["Success"] is False
    assert told["Duration"] == 1541 * NS_PER_MS
    assert told["StartTime"] == trace["start_time"]
    assert told["EndTime"] == trace["end_time"]
    for theirs, ours in zip(told["Spans"], trace["spans"], strict=True):
        assert theirs["SpanID"] == ours["span_id"]
        # meshctl leaves out what is null.
        assert theirs.get("ParentSpan") == ours["parent_span"]
        assert theirs.get("ErrorMessage") == ours["error_message"]
        assert theirs["AgentName"] == ours["agent_name"]
        assert theirs["AgentID"] == ours["agent_id"]
        assert theirs["IPAddress"] == ours["ip_address"]
        assert theirs["Operation"] == ours["operation"]
        assert theirs["StartTime"] == ours["start_time"]
        assert theirs["EndTime"] == ours["end_time"]
        assert theirs["DurationMS"] == int(ours["duration_ms"])
        assert theirs["Success"] == ours["success"]
        assert theirs["Runtime"] == ours["runtime"]


def test_an_unknown_trace(ctl):
    done = ctl.trace("0123456789abcdef0123456789abcdef")
    assert done.returncode == 1
    assert "not found" in done.stderr
    assert "Underlying error" not in done.stderr, "404 is no error to it"
    assert "retrying" not in done.stderr
    again = ctl.trace("0123456789abcdef0123456789abcdef", retries=1)
    assert again.returncode == 1
    assert "Trace not yet available, retrying (1/1)" in again.stderr


def test_it_waits_for_a_trace_that_is_under_way(service, redis_server, ctl):
    spans = call()
    publish(redis_server.client, STREAMS[1], start_event(spans[0]))
    wait_for("the trace is active",
             lambda: service.rest.state(spans[0].trace) == "active")
    assert ctl.trace(spans[0].trace).returncode == 1
    with subprocess.Popen(ctl.command(spans[0].trace, "--retries", "20"),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as waiting:
        assert "retrying" in waiting.stderr.readline()
        publish(redis_server.client, STREAMS[1], end_event(spans[0]),
                *[execution_event(span) for span in spans[1:]])
        out, _ = waiting.communicate(timeout=30 * SLOW)
    assert waiting.returncode == 0
    assert "└─ plan_trip (planner) [1541ms] ✓" in out


def test_a_missing_parent(service, redis_server, ctl):
    spans = call()
    publish_spans(redis_server, spans[1:])
    trace = completed(service, spans[1:])
    assert trace["state"] == "incomplete"
    shown = ctl.trace(spans[0].trace, "--show-internal")
    assert printed_tree(shown.stdout) == tree_lines(trace, internal=True)
    assert len(printed_tree(shown.stdout)) == 3


def test_cycles_are_printed(service, redis_server, ctl):
    spans = call()
    spans[0].parent = spans[2].span  # its own grandchild
    spans[3].parent = spans[3].span  # itself
    for span in spans:
        span.operation = f"in_a_circle_{span.span[0]}"
    publish_spans(redis_server, spans)
    trace = completed(service, spans)
    done = ctl.trace(spans[0].trace)
    assert done.returncode == 0, done.stderr
    assert printed_tree(done.stdout) == tree_lines(
        trace, cut=(spans[0].span, spans[3].span))
    assert len(printed_tree(done.stdout)) == 4


def test_several_functions_of_one_span_id(service, redis_server, ctl):
    spans = call()
    spans[2].span = spans[1].span
    spans[2].parent = spans[1].parent = spans[0].span
    publish_spans(redis_server, spans)
    trace = completed(service, spans)
    shown = ctl.trace(spans[0].trace, "--show-internal")
    assert printed_tree(shown.stdout) == tree_lines(trace, internal=True)
    assert len(printed_tree(shown.stdout)) == 4


def test_odd_ids(service, redis_server, ctl):
    spans = call()
    publish_spans(redis_server, spans)
    completed(service, spans)
    trace = spans[0].trace
    dashed = "-".join((trace[:8], trace[8:12], trace[12:16], trace[16:20],
                       trace[20:])).upper()
    done = ctl.trace(dashed)
    assert "get_weather (weather) [60ms] ✓" in done.stdout
    # meshctl puts the id into the path as it is.
    for odd in ("a/b", "a b", "ünï", "a%20b", "%", "x" * 200, "../list", "*",
                "nothing?limit=1", "nothing#here", "\u202e", "'; --"):
        done = ctl.trace(odd)
        assert done.returncode == 1, (odd, done.stdout)
        assert "not found" in done.stderr, odd
    own = [Span("an/odd:id", "s", operation="work", agent="a")]
    publish_spans(redis_server, own)
    wait_for("the odd id is there", lambda: service.rest.raw(
        "/trace/an%2Fodd:id").status_code == 200)
    wait_for("meshctl sees it where it is escaped", lambda: ctl.trace(
        "an%2Fodd:id").returncode == 0)
    assert service.ready()


def test_the_token_in_the_url(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, TRACE_HTTP_TOKEN="s3cret",
                            TRACE_ROOT_QUIET="200ms").start()
    spans = call()
    publish_spans(redis_server, spans)
    address = f"127.0.0.1:{service.port}/api"
    ctl = Meshctl(f"http://meshctl:s3cret@{address}")
    done = ctl.trace(spans[0].trace, retries=15)
    assert "get_weather (weather) [60ms] ✓" in done.stdout, done.stderr
    for url in (f"http://{address}", f"http://meshctl:wrong@{address}"):
        refused = Meshctl(url).trace(spans[0].trace)
        assert refused.returncode == 1
        assert "registry returned status 401" in refused.stderr
        assert "s3cret" not in refused.stderr


def test_with_tracing_off(new_meshtrace):
    service = new_meshtrace(f"redis://127.0.0.1:{free_port()}",
                            MCP_MESH_DISTRIBUTED_TRACING_ENABLED="false")
    service.start()
    done = Meshctl(service.url + "/api").trace("a" * 32)
    assert done.returncode == 1
    assert "not found" in done.stderr
