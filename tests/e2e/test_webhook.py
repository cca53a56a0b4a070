"""The webhook: who is called for what, how often, and what nobody sees."""

import time

import pytest

from support.events import (NS_PER_S, STREAMS, Span, execution_event,
                            new_trace_id, publish)
from support.http_target import HttpTarget
from support.waiting import SLOW, wait_for

SECRET = "hunter2-hunter2"


@pytest.fixture(name="target")
def target_fixture():
    server = HttpTarget()
    yield server
    server.close()


@pytest.fixture(name="calling")
def calling_fixture(new_meshtrace, redis_server, target):
    """Makes services that call `target`; nobody may see the secrets."""
    made = []

    def make(**settings):
        service = new_meshtrace(
            redis_server.url, TRACE_EXPORTER_TYPE="webhook",
            TRACE_WEBHOOK_URL=f"{target.url}/hook/{SECRET}",
            TRACE_WEBHOOK_HEADERS=f"Authorization=Bearer%20{SECRET}",
            TRACE_PARENT_WAIT="1s", **settings).start()
        made.append(service)
        return service

    yield make
    for service in made:
        assert SECRET not in service.stderr()
        assert SECRET not in service.stdout()
        if service.running():
            for path in ("/trace/status", "/metrics", "/trace/stats"):
                assert SECRET not in service.rest.raw(path).text, path


def send(redis_server, **fields):
    """One trace of one span; returns its id."""
    trace = new_trace_id()
    publish(redis_server.client, STREAMS[0], execution_event(
        Span(trace, "00000000000000a1", start=int(time.time()) * NS_PER_S,
             **fields)))
    return trace


def wait_calls(target, count, seconds=15):
    wait_for(f"{count} calls", lambda: len(target.bodies()) >= count, seconds)
    return target.bodies()


def webhook(meshtrace):
    return next(one for one in meshtrace.rest.status()["exporters"]
                if one["name"] == "webhook")


def wait_handled(meshtrace, count):
    wait_for(f"{count} traces handled",
             lambda: webhook(meshtrace)["exported_traces"] >= count)


def test_a_failed_trace_is_posted_as_the_api_shows_it(calling, redis_server,
                                                      target):
    meshtrace = calling()
    send(redis_server)
    failed = send(redis_server, success=False, error="no more disk")
    wait_calls(target, 1)
    wait_handled(meshtrace, 2)
    assert len(target.requests) == 1
    path, headers, body, _ = target.requests[0]
    assert path == f"/hook/{SECRET}"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Content-Type"] == "application/json"
    assert set(body) == {"event", "reasons", "held_back", "trace"}
    assert body["event"] == "trace.completed"
    assert body["reasons"] == ["failed"]
    assert body["held_back"] == 0
    assert body["trace"] == meshtrace.rest.trace(failed)
    assert body["trace"]["spans"][0]["error_message"] == "no more disk"


def test_the_filter_says_for_what(calling, redis_server, target):
    meshtrace = calling(TRACE_WEBHOOK_FILTER="incomplete,slow:2s")
    send(redis_server, success=False)
    send(redis_server, duration_ms=1999)
    slow = send(redis_server, duration_ms=2000)
    orphan = send(redis_server, parent="00000000000000ff", duration_ms=3000)
    wait_calls(target, 2)
    wait_handled(meshtrace, 4)
    assert {body["trace"]["trace_id"]: body["reasons"]
            for body in target.bodies()} \
        == {slow: ["slow"], orphan: ["incomplete", "slow"]}


def test_one_call_for_a_trace_and_reason(calling, redis_server, target):
    """A late span makes a revision; it is no second alert."""
    meshtrace = calling()
    trace = send(redis_server, success=False)
    wait_calls(target, 1)
    publish(redis_server.client, STREAMS[0], execution_event(
        Span(trace, "00000000000000a2", "00000000000000a1",
             start=int(time.time()) * NS_PER_S, success=False)))
    wait_for("the second revision", lambda: meshtrace.rest.trace(trace)
             and meshtrace.rest.trace(trace)["revision"] == 2)
    wait_handled(meshtrace, 2)
    assert len(target.bodies()) == 1


def test_a_full_minute_holds_back_and_says_how_many(calling, redis_server,
                                                    target):
    meshtrace = calling(TRACE_WEBHOOK_RATE="3")
    for _ in range(10):
        send(redis_server, success=False)
    wait_handled(meshtrace, 10)
    assert len(target.bodies()) == 3
    first = target.requests[0][3]
    time.sleep(max(0, first + 60.5 - time.monotonic()))
    send(redis_server, success=False)
    last = wait_calls(target, 4)[3]
    assert last["held_back"] == 7


def test_a_failing_target_is_called_again(calling, redis_server, target):
    target.script = [500, (404, {}, b"no such hook: " + SECRET.encode()),
                     (429, {"Retry-After": "2"}, b"")]
    meshtrace = calling()
    failed = [send(redis_server, success=False) for _ in range(3)]
    wait_calls(target, 6, 30)
    times = [when for _, _, _, when in target.requests]
    assert times[3] - times[2] >= 2
    bodies = target.bodies()
    assert bodies[0] == bodies[1] == bodies[2] == bodies[3]
    assert {body["trace"]["trace_id"] for body in bodies} == set(failed)
    wait_handled(meshtrace, 3)
    status = webhook(meshtrace)
    assert status["rejected"] == 0 and status["failed"] >= 3


def test_what_a_target_never_takes_is_rejected(calling, redis_server, target):
    target.script = [(400, {}, b"bad call of /hook/" + SECRET.encode())]
    meshtrace = calling()
    first = send(redis_server, success=False)
    wait_for("the rejection", lambda: webhook(meshtrace)["rejected"] == 1)
    second = send(redis_server, success=False)
    wait_calls(target, 2)
    assert [body["trace"]["trace_id"] for body in target.bodies()] \
        == [first, second]
    assert first in meshtrace.stderr()
    assert "answers 400" in meshtrace.stderr()


def test_a_stop_does_not_wait_for_a_hanging_target(calling, redis_server,
                                                   target):
    lock = target.lock
    meshtrace = calling(TRACE_EXPORT_TIMEOUT="30s")
    with lock:  # no request is answered meanwhile
        send(redis_server, success=False)
        wait_for("the trace", lambda: meshtrace.rest.all_traces())
        time.sleep(1)
        begin = time.monotonic()
        assert meshtrace.stop() == 0
        assert time.monotonic() - begin < 10 * SLOW
