"""Odd, hostile and late entries, and pools of other sizes than the default."""

import time

import pytest
import redis

from support.events import (NS_PER_S, STREAMS, Span, end_event,
                            execution_event, new_trace_id, publish,
                            start_event)
from support.halves import Halves
from support.load import Load, drained, metrics, total
from support.waiting import SLOW, wait_for

MIB = 1024 * 1024


def new_span(**fields):
    return Span(new_trace_id(), "00000000000000a1",
                start=int(time.time()) * NS_PER_S, **fields)


def without(event, field):
    return {key: value for key, value in event.items() if key != field}


def no_traces():
    """Entries of which no trace can be made, by the reason to be counted."""
    good = start_event(new_span())
    return {
        "no_trace_id": [{"hello": "world"}, {"": ""},
                        without(good, "trace_id"), {**good, "trace_id": "  "},
                        {bytes(range(256)): bytes(range(255, -1, -1))},
                        {f"field_{n}": n for n in range(2000)},
                        {"huge": "x" * (5 * MIB)}],
        "bad_trace_id": [{**good, "trace_id": "x" * 129},
                         {**good, "trace_id": b"\xff\xfe\x00\x01"},
                         {**good, "trace_id": "with a blank"}],
        "unknown_event_type": [{**good, "event_type": "span_middle"},
                               {**good, "event_type": b"\x00"}],
    }


def test_poison_is_counted_and_does_not_stall(meshtrace, redis_server):
    poison = no_traces()
    client = redis_server.client
    for entries in poison.values():
        publish(client, STREAMS[0], *entries)
        publish(client, STREAMS[1], *entries)
    halves = Halves()
    halves.send_first(client)
    halves.send_second(client)
    halves.wait_whole(meshtrace)
    drained(redis_server)
    found = metrics(meshtrace)
    for reason, entries in poison.items():
        name = f'meshtrace_dead_total{{reason="{reason}"}}'
        assert found[name] == 2 * len(entries), reason
    assert total(meshtrace, "meshtrace_dead_total") \
        == 2 * sum(map(len, poison.values()))
    assert len(meshtrace.rest.all_traces(state="all")) == len(halves.traces)
    assert max(map(len, meshtrace.stderr().splitlines())) < 4096


def test_odd_entries_still_make_traces(new_meshtrace, redis_server):
    """Each is a span of its own trace, however odd the rest of it is."""
    meshtrace = new_meshtrace(redis_server.url, TRACE_PARENT_WAIT="1s",
                              TRACE_TIMEOUT="2s").start()
    odd = {
        "numbers": {"duration_ms": "1e999", "end_time": "nan",
                    "start_time": "-inf"},
        "huge value": {"note": "y" * (5 * MIB)},
        "many fields": {f"field_{n}": n for n in range(2000)},
        "binary": {"function_name": bytes(range(256)), b"\xff\x00": b"\xfe"},
        "own parent": {"parent_span": "00000000000000a1"},
        "bad parent": {"parent_span": "z" * 200},
        "no span id": {"span_id": ""},
        "markup": {"function_name": "\x1b[2J\n</script>\"\\"},
    }
    spans = {name: new_span() for name in odd}
    binary = redis.Redis(port=redis_server.port)
    for name, fields in odd.items():
        publish(binary, STREAMS[0],
                {**execution_event(spans[name]), **fields})
    for name, span in spans.items():
        trace = wait_for(f"a trace of {name}",
                         lambda s=span: meshtrace.rest.trace(s.trace), 5)
        assert trace["span_count"] == 1, name
    drained(redis_server)
    assert meshtrace.rest.get("/trace/list", state="all", limit=100)["count"] \
        == len(odd)
    assert meshtrace.rest.trace(spans["markup"].trace)["spans"][0] \
        ["operation"] == "\x1b[2J\n</script>\"\\"
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.send_second(redis_server.client)
    halves.wait_whole(meshtrace)


def test_a_late_event_makes_revision_2(meshtrace, redis_server):
    root, late = new_span(duration_ms=50), None
    late = Span(root.trace, "00000000000000b2", root.span, agent="late-agent",
                start=root.start, success=False)
    client = redis_server.client
    publish(client, STREAMS[0], start_event(root), end_event(root))
    wait_for("complete",
             lambda: meshtrace.rest.state(root.trace) == "complete", 3)
    assert meshtrace.rest.trace(root.trace)["revision"] == 1
    time.sleep(3)
    publish(client, STREAMS[1], execution_event(late))

    def revised():
        trace = meshtrace.rest.trace(root.trace)
        return trace if trace["revision"] == 2 else None

    trace = wait_for("revision 2", revised, 3)
    assert trace["state"] == "complete"
    assert trace["success"] is False
    assert [span["span_id"] for span in trace["spans"]] \
        == [root.span, late.span]
    assert [found["trace_id"] for found in meshtrace.rest.all_traces()] \
        == [root.trace]

    def counted_once():
        stats = meshtrace.rest.stats()
        return (stats["total_traces"], stats["failed_traces"],
                stats["success_traces"], stats["total_spans"]) == (1, 1, 0, 2)

    wait_for("stats count it once, as failed", counted_once, 2)
    # The same event again changes nothing.
    publish(client, STREAMS[1], execution_event(late))
    drained(redis_server)
    time.sleep(1.2 * SLOW)
    assert meshtrace.rest.trace(root.trace)["revision"] == 2
    assert meshtrace.rest.stats()["total_traces"] == 1
    drained(redis_server)


POOLS = [
    {"TRACE_CORRELATORS": 8, "TRACE_STORES": 3, "TRACE_READERS": 2,
     "TRACE_WORKERS": 3, "TRACE_HTTP_THREADS": 2},
    {"TRACE_CORRELATORS": 1, "TRACE_STORES": 1, "TRACE_READERS": 1,
     "TRACE_WORKERS": 1, "TRACE_HTTP_THREADS": 1, "TRACE_WINDOW": 1,
     "TRACE_BATCH_SIZE": 1, "TRACE_BATCH_MAX": 7},
]


@pytest.mark.parametrize("pools", POOLS, ids=["many", "one"])
def test_pool_sizes_do_not_change_what_comes_out(new_meshtrace, redis_server,
                                                 pools):
    service = new_meshtrace(redis_server.url, **pools).start()
    load = Load(redis_server.url, rounds=1, traces=400, rate=0)
    load.start()
    load.finish()
    load.verify(service)
    drained(redis_server)
    wait_for("stats", lambda: service.rest.stats()["total_traces"] == 400, 2)
    assert service.rest.status()["correlator"]["shards"] \
        == pools["TRACE_CORRELATORS"]


def test_max_stored_keeps_the_newest(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, TRACE_STORE="memory",
                            TRACE_MAX_STORED=50).start()
    load = Load(redis_server.url, rounds=1, traces=400, rate=0)
    load.start()
    load.finish()
    drained(redis_server)
    wait_for("stats", lambda: service.rest.stats()["total_traces"] == 400, 5)
    wait_for("50 are kept",
             lambda: service.rest.status()["store"]["traces"] == 50, 5)
    assert len(service.rest.all_traces()) == 50

    # What was dropped is not made again of events that come late.
    again = Load(redis_server.url, rounds=1, traces=400, rate=0)
    again.start()
    again.finish()
    drained(redis_server)
    late = 'meshtrace_dropped_total{reason="late_after_retention"}'
    wait_for("late ones are counted", lambda: metrics(service)[late] >= 350, 5)
    assert service.rest.status()["correlator"]["active_traces"] == 0
    assert service.rest.status()["store"]["traces"] == 50
    assert service.rest.stats()["total_traces"] == 400
