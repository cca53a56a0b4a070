"""The metrics: legal, and the books balance."""

import shutil
import subprocess

import pytest

from support.events import (STREAMS, Span, end_event, execution_event,
                            new_trace_id, publish, start_event)
from support.load import GROUP, Load, drained, metrics, total
from support.waiting import wait_for

TERMS = ("joined", "duplicates", "dead", "dropped")


def books(service):
    """What was delivered, and what became of it."""
    return (total(service, "meshtrace_deliveries_total"),
            sum(total(service, f"meshtrace_{term}_total") for term in TERMS))


def balanced(service):
    delivered, told = books(service)
    return delivered == told and delivered > 0


def test_promtool_finds_nothing_wrong(meshtrace, redis_server):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing: run deploy/install-packages.sh")
    load = Load(redis_server.url, rounds=1, traces=20)
    load.start()
    load.finish()
    drained(redis_server)
    meshtrace.rest.raw("/trace/list")
    text = meshtrace.rest.raw("/metrics").text
    done = subprocess.run([promtool, "check", "metrics"], input=text, text=True,
                          capture_output=True, timeout=20, check=False)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    traces = meshtrace.rest.all_traces()
    assert len(traces) == 20
    for trace in traces:
        assert trace["trace_id"] not in text


def test_books_balance_under_load(meshtrace, redis_server):
    load = Load(redis_server.url, rounds=2, traces=200)
    load.start()
    load.finish()
    drained(redis_server)
    wait_for("the books balance", lambda: balanced(meshtrace), 5)
    found = metrics(meshtrace)
    assert found["meshtrace_duplicates_total"] > 0
    assert total(meshtrace, "meshtrace_traces_completed_total") \
        == meshtrace.rest.stats()["total_traces"] == 400
    assert found["meshtrace_acknowledged_total"] \
        == found["meshtrace_deliveries_total"]
    wait_for("the levels are back at zero", lambda: all(
        total(meshtrace, f"meshtrace_{name}") == 0 for name in
        ("active_traces", "active_bytes", "unacknowledged_entries")), 5)
    wait_for("the store's level follows", lambda: total(
        meshtrace, "meshtrace_store_traces") == 400, 5)


def test_every_term_of_the_books_moves(new_meshtrace, redis_server):
    """Each kind of entry raises its own counter, and the sum stays right."""
    client = redis_server.client
    service = new_meshtrace(redis_server.url, TRACE_STORE="memory",
                            TRACE_MAX_STORED="1", TRACE_MAX_SPANS="2",
                            TRACE_CHECKPOINT="1h").start()

    def counted(name):
        return metrics(service).get(f"meshtrace_{name}", 0)

    def moves(name, *items):
        before = counted(name)
        publish(client, STREAMS[1], *items)
        wait_for(f"{name} moves", lambda: counted(name) == before + len(items),
                 5)
        wait_for("the books balance", lambda: balanced(service), 5)

    first = new_trace_id()
    root = execution_event(Span(first, "a1"))
    moves("joined_total", root)
    moves("duplicates_total", root)
    moves('dead_total{reason="no_trace_id"}', {"span_id": "1"})
    moves('dead_total{reason="bad_trace_id"}', {"trace_id": "x" * 200})
    moves('dead_total{reason="unknown_event_type"}',
          {"trace_id": first, "event_type": "nonsense"})
    full = new_trace_id()
    moves("joined_total", *(start_event(Span(full, f"b{i}")) for i in range(2)))
    moves('dropped_total{reason="trace_limit"}', start_event(Span(full, "b2")))
    publish(client, STREAMS[1], *(end_event(Span(full, f"b{i}"))
                                  for i in range(2)))
    wait_for("both are complete", lambda: service.rest.stats()
             ["total_traces"] == 2, 5)
    moves('dropped_total{reason="late_after_retention"}',
          execution_event(Span(first, "c3")))

    open_one = start_event(Span(new_trace_id(), "d4"))
    [entry] = publish(client, STREAMS[1], open_one)
    wait_for("it is pending",
             lambda: redis_server.pending(STREAMS[1], GROUP) == 1, 5)
    service.kill()
    client.xdel(STREAMS[1], entry)
    service.start()
    wait_for("what was trimmed is counted", lambda: counted(
        'dropped_total{reason="trimmed"}') == 1, 5)
    wait_for("the books balance", lambda: balanced(service), 5)
    drained(redis_server)
