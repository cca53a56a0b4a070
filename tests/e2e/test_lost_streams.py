"""Streams and groups that are lost or trimmed: what Redis still has is read,
what it has no more is counted."""

import subprocess
import time

import pytest

from support.events import (STREAMS, Span, end_event, execution_event,
                            new_trace_id, publish, start_event)
from support.halves import Halves
from support.load import GROUP, drained, has_groups, total
from support.waiting import wait_for

#: The stream of the tests that need only one.
STREAM = STREAMS[1]
KEEP_ALL = {"TRACE_MAX_STORED": 100000}


def whole_traces(count, **more):
    """Events that are a complete trace each."""
    return [execution_event(Span(new_trace_id(), "00000000000000a1",
                                 start=time.time_ns(), **more))
            for _ in range(count)]


def ids(events):
    return {event["trace_id"] for event in events}


def stored(service):
    return {trace["trace_id"] for trace in service.rest.all_traces()}


def wait_stored(service, events, seconds=10):
    missing = ids(events)
    wait_for(f"{len(missing)} traces are stored",
             lambda: missing <= stored(service), seconds)


def stream_status(service, name=STREAM):
    return next(stream for stream in service.rest.status()["consumer"]["streams"]
                if stream["stream_name"] == name)


def trimmed_unread(service):
    return total(service, "meshtrace_trimmed_unread_total")


def settled(service, server):
    """Everything is acknowledged, and the position says so."""
    drained(server)
    last = server.client.xinfo_groups(STREAM)[0]["last-delivered-id"]
    wait_for("the position is at the end",
             lambda: stream_status(service)["position"] == last, 5)


def have_again(server):
    wait_for("the groups are made again", lambda: has_groups(server), 10)


def lost(server, how):
    if how == "del":
        server.client.delete(*STREAMS)
    elif how == "flushall":
        server.client.flushall()
    else:
        for stream in STREAMS:
            server.client.xgroup_destroy(stream, GROUP)


@pytest.mark.parametrize("how", ["del", "flushall", "destroy"])
def test_lost_between_the_halves(new_meshtrace, redis_server, how):
    """The first halves are read and held; with the stream go their entries,
    not the traces."""
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    before = whole_traces(50)
    publish(redis_server.client, STREAM, *before)
    wait_stored(service, before)
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.wait_active(service)
    lost(redis_server, how)
    halves.send_second(redis_server.client)
    halves.wait_whole(service, 15)
    after = whole_traces(50)
    publish(redis_server.client, STREAM, *after)
    wait_stored(service, after)
    drained(redis_server)
    assert len(stored(service)) == 100 + len(halves.traces)
    assert total(service, "meshtrace_redis_groups_renewed_total") \
        >= len(STREAMS)
    assert trimmed_unread(service) == 0
    wait_for("ready again", service.ready, 5)


def test_a_destroyed_group_reads_only_what_was_not_durable(new_meshtrace,
                                                           redis_server):
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    before = whole_traces(300)
    publish(redis_server.client, STREAM, *before)
    wait_stored(service, before)
    settled(service, redis_server)
    redis_server.client.xgroup_destroy(STREAM, GROUP)
    have_again(redis_server)
    after = whole_traces(20)
    publish(redis_server.client, STREAM, *after)
    wait_stored(service, after)
    assert total(service, "meshtrace_deliveries_total") == 320
    assert total(service, "meshtrace_duplicates_total") == 0


def test_a_deleted_stream_that_grew_longer_meanwhile(new_meshtrace,
                                                     redis_server):
    """Neither its ids nor its count of entries show that it is a new one."""
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    before = whole_traces(10)
    publish(redis_server.client, STREAM, *before)
    wait_stored(service, before)
    settled(service, redis_server)
    after = whole_traces(100)
    with redis_server.client.pipeline(transaction=True) as pipe:
        pipe.delete(STREAM)
        for event in after:
            pipe.xadd(STREAM, event)
        pipe.execute()
    wait_stored(service, after)
    drained(redis_server)
    assert total(service, "meshtrace_deliveries_total") == 110
    assert trimmed_unread(service) == 0


def test_what_producers_trim_unread_is_counted(new_meshtrace, redis_server):
    """A producer with MAXLEN is faster than a service that stands still, and
    what it cut is counted once, restarts and the lag of Redis included."""
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    wait_for("the groups are there", lambda: has_groups(redis_server), 5)
    first = whole_traces(10)
    publish(redis_server.client, STREAM, *first)
    wait_stored(service, first)
    settled(service, redis_server)
    assert service.stop() == 0
    events = whole_traces(3000)
    pipe = redis_server.client.pipeline(transaction=False)
    for event in events:
        pipe.xadd(STREAM, event, maxlen=500, approximate=True)
    pipe.execute()
    left = redis_server.client.xlen(STREAM)
    assert left < 1000
    service.start()
    wait_stored(service, events[-left:])
    wait_for("it is counted",
             lambda: trimmed_unread(service) == len(events) - left, 5)
    wait_for("status says it", lambda: stream_status(service)
             ["trimmed_unread"] == len(events) - left, 3)
    assert total(service, "meshtrace_deliveries_total") == left
    wait_for("no lag is left", lambda: stream_status(service)["lag"] == 0, 5)
    assert service.stop() == 0
    service.start()
    late = whole_traces(5)
    publish(redis_server.client, STREAM, *late)
    wait_stored(service, late)
    time.sleep(1.5)
    assert trimmed_unread(service) == 0, "counted a second time"


def test_old_entries_are_trimmed_unless_a_group_needs_them(new_meshtrace,
                                                           redis_server):
    client = redis_server.client
    old = [f"{int(time.time() * 1000) - 3_600_000}-{n}" for n in range(1000)]
    for entry in old:
        client.xadd(STREAM, execution_event(
            Span(new_trace_id(), "00000000000000a1")), id=entry)
    client.xgroup_create(STREAM, "moving", "0")
    client.xreadgroup("moving", "them", {STREAM: ">"}, count=300)
    client.xack(STREAM, "moving", *old[:250])
    fresh = whole_traces(20)
    publish(client, STREAM, *fresh)
    service = new_meshtrace(redis_server.url, MCP_MESH_TRACE_RETENTION="8s",
                            **KEEP_ALL).start()
    # Redis trims whole nodes of up to a hundred entries.
    wait_for("what nobody needs is trimmed",
             lambda: 1020 - 250 <= client.xlen(STREAM) <= 1020 - 150, 6)
    assert stream_status(service)["standing_groups"] == []
    assert client.xpending(STREAM, "moving")["min"] == old[250]
    # It does not move any more: after the retention it is named and ignored.
    wait_for("it is named", lambda: stream_status(service)["standing_groups"]
             == ["moving"], 15)
    wait_for("its entries go", lambda: client.xlen(STREAM) <= 120, 5)
    assert total(service, "meshtrace_stream_trimmed_total") >= 900
    assert total(service, "meshtrace_stream_forced_total") == 0
    assert trimmed_unread(service) == 0
    assert service.ready()


def test_a_stream_that_is_too_long(new_meshtrace, redis_server):
    client = redis_server.client
    client.xgroup_create(STREAM, "behind", "0", mkstream=True)
    service = new_meshtrace(redis_server.url, TRACE_STREAM_MAXLEN=500,
                            **KEEP_ALL).start()
    events = whole_traces(900)
    publish(client, STREAM, *events)
    wait_stored(service, events)
    time.sleep(2.5)
    assert client.xlen(STREAM) == 900, "another group has not read it"
    more = whole_traces(900)
    publish(client, STREAM, *more)
    wait_stored(service, more)
    wait_for("twice the length", lambda: client.xlen(STREAM) <= 1100, 5)
    assert total(service, "meshtrace_stream_forced_total") \
        == 1800 - client.xlen(STREAM)
    client.xgroup_destroy(STREAM, "behind")
    wait_for("the length", lambda: client.xlen(STREAM) <= 600, 5)


def takes_rocksdb(service):
    """Whether this build has the durable engine."""
    environment = {**service.environment, "TRACE_STORE": "rocksdb"}
    return subprocess.run([service.binary, "--check-config"], env=environment,
                          capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("start_from", ["oldest", "newest"])
def test_a_group_destroyed_while_nobody_ran(new_meshtrace, redis_server,
                                            start_from):
    """The store knows where to go on."""
    client = redis_server.client
    service = new_meshtrace(redis_server.url, TRACE_STORE="rocksdb",
                            TRACE_START_FROM=start_from)
    if not takes_rocksdb(service):
        pytest.skip("this build has no TRACE_STORE=rocksdb")
    service.start()
    before = whole_traces(300)
    publish(client, STREAM, *before)
    wait_stored(service, before)
    settled(service, redis_server)
    assert service.stop() == 0
    client.xgroup_destroy(STREAM, GROUP)
    meanwhile = whole_traces(40)
    publish(client, STREAM, *meanwhile)
    service.start()
    wait_stored(service, meanwhile)
    assert total(service, "meshtrace_deliveries_total") == 40
    assert total(service, "meshtrace_redis_groups_renewed_total") == 1
    # And what is trimmed before it comes back is counted by its number.
    settled(service, redis_server)
    assert service.stop() == 0
    client.xgroup_destroy(STREAM, GROUP)
    publish(client, STREAM, *whole_traces(30))
    client.xtrim(STREAM, maxlen=10, approximate=False)
    service.start()
    wait_for("it is counted", lambda: trimmed_unread(service) == 20, 5)
    wait_for("the rest", lambda: len(stored(service)) == 350, 5)


def test_a_stream_deleted_while_nobody_ran(new_meshtrace, redis_server):
    """The position of the old stream means nothing to the new one."""
    client = redis_server.client
    service = new_meshtrace(redis_server.url, TRACE_STORE="rocksdb",
                            TRACE_START_FROM="newest")
    if not takes_rocksdb(service):
        pytest.skip("this build has no TRACE_STORE=rocksdb")
    service.start()
    before = whole_traces(100)
    publish(client, STREAM, *before)
    wait_stored(service, before)
    settled(service, redis_server)
    root = Span(new_trace_id(), "00000000000000a1", start=time.time_ns())
    publish(client, STREAM, start_event(root))
    wait_for("it is active",
             lambda: service.rest.state(root.trace) == "active", 5)
    assert service.stop() == 0
    client.delete(STREAM)
    after = whole_traces(20)
    publish(client, STREAM, end_event(root), *after)
    service.start()
    wait_stored(service, after)
    wait_for("its first half came from the store",
             lambda: service.rest.state(root.trace) == "complete", 10)
