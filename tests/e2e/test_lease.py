"""One process per group reads; the entries of the dead are not lost."""

import signal
import socket
import time

import requests

from support.events import STREAMS
from support.halves import Halves
from support.load import GROUP, drained, has_groups
from support.waiting import SLOW, wait_for

AFTER_A_KILL = 12
AFTER_A_STOP = 2


def not_ready(service):
    """Why /readyz says 503, or None."""
    answer = requests.get(service.url + "/readyz", timeout=5)
    return answer.text if answer.status_code == 503 else None


def answering(service):
    try:
        return requests.get(service.url + "/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def standby(new_meshtrace, url, **settings):
    """A second process, up but kept from reading."""
    service = new_meshtrace(url, **settings).start(ready=False)
    wait_for("the second answers", lambda: answering(service), 5)
    return service


def consumers(server):
    return {info["name"] for stream in STREAMS
            for info in server.client.xinfo_consumers(stream, GROUP)}


def read_as_dead(client):
    for stream in STREAMS:
        client.xreadgroup(GROUP, "dead", {stream: ">"}, count=1000)


def test_entries_of_a_consumer_that_died_before(new_meshtrace, redis_server):
    halves = Halves()
    client = redis_server.client
    for stream in STREAMS:
        client.xgroup_create(stream, GROUP, "0", mkstream=True)
    halves.send_first(client)
    read_as_dead(client)
    assert redis_server.pending(STREAMS[0], GROUP) > 0
    service = new_meshtrace(redis_server.url).start()
    halves.wait_active(service)
    wait_for("the dead is deleted",
             lambda: "dead" not in consumers(redis_server), 15)
    halves.send_second(client)
    halves.wait_whole(service)
    drained(redis_server)


def test_entries_of_a_consumer_that_dies_meanwhile(meshtrace, redis_server):
    halves = Halves()
    client = redis_server.client
    wait_for("the groups are there", lambda: has_groups(redis_server), 5)
    for at, stream in enumerate(STREAMS):
        # Who waits for the stream is served after the transaction: too late.
        with client.pipeline(transaction=True) as pipe:
            for event in halves.first()[at::2]:
                pipe.xadd(stream, event)
            pipe.xreadgroup(GROUP, "dead", {stream: ">"}, count=1000)
            assert pipe.execute()[-1], "meshtrace was faster"
    halves.wait_active(meshtrace, 15)
    halves.send_second(client)
    halves.wait_whole(meshtrace)
    wait_for("the dead is deleted",
             lambda: "dead" not in consumers(redis_server), 15)
    drained(redis_server)


def test_a_second_process_stands_by_until_a_kill(new_meshtrace, redis_server):
    first = new_meshtrace(redis_server.url, TRACE_CONSUMER_NAME="one").start()
    second = standby(new_meshtrace, redis_server.url,
                     TRACE_CONSUMER_NAME="two")
    wait_for("the second says who holds the group", lambda: "held by one" in
             (not_ready(second) or ""), 5)
    assert "TRACE_CONSUMER_GROUP" in not_ready(second)

    halves = Halves()
    halves.send_first(redis_server.client)
    halves.wait_active(first)
    assert second.rest.status()["correlator"]["active_traces"] == 0
    first.kill()
    began = time.monotonic()
    halves.send_second(redis_server.client)
    second.wait_ready(AFTER_A_KILL)
    print(f"taken over after {time.monotonic() - began:.1f} s")
    halves.wait_whole(second)
    drained(redis_server)
    assert consumers(redis_server) == {"two"}


def test_a_stopped_process_hands_over_at_once(new_meshtrace, redis_server):
    """With a store of its own each: what is active must stay in Redis, where
    both find it. On disk it would wait for the first one's next start."""
    first = new_meshtrace(redis_server.url, TRACE_STORE="memory",
                          TRACE_CONSUMER_NAME="one").start()
    second = standby(new_meshtrace, redis_server.url, TRACE_STORE="memory",
                     TRACE_CONSUMER_NAME="two")
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.wait_active(first)
    first.process.send_signal(signal.SIGTERM)
    halves.send_second(redis_server.client)
    assert first.process.wait(10 * SLOW) == 0
    second.wait_ready(AFTER_A_STOP)
    halves.wait_whole(second)
    drained(redis_server)


def test_the_same_name_takes_over_at_once(new_meshtrace, redis_server):
    first = new_meshtrace(redis_server.url, TRACE_CONSUMER_NAME="same").start()
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.wait_active(first)
    second = new_meshtrace(redis_server.url, TRACE_CONSUMER_NAME="same")
    second.start(ready=False)
    halves.send_second(redis_server.client)
    second.wait_ready(5)
    wait_for("the old one stops reading", lambda: not_ready(first), 10)
    halves.wait_whole(second)
    later = Halves()
    later.send_first(redis_server.client)
    later.send_second(redis_server.client)
    later.wait_whole(second)
    assert not_ready(first), "the old one took the lease back"
    drained(redis_server)


def test_a_process_that_slept_gives_way(new_meshtrace, redis_server):
    """One that stood still longer than its lease wakes beside its heir."""
    first = new_meshtrace(redis_server.url, TRACE_CONSUMER_NAME="one").start()
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.wait_active(first)
    second = standby(new_meshtrace, redis_server.url,
                     TRACE_CONSUMER_NAME="two")
    first.process.send_signal(signal.SIGSTOP)
    try:
        second.wait_ready(AFTER_A_KILL)
        halves.wait_active(second)
    finally:
        first.process.send_signal(signal.SIGCONT)
    halves.send_second(redis_server.client)
    wait_for("the woken one says who holds the group", lambda: "held by two" in
             (not_ready(first) or ""), 5)
    halves.wait_whole(second)
    drained(redis_server)
    assert second.ready()


def test_a_failed_start_leaves_the_running_one_alone(new_meshtrace,
                                                     redis_server):
    """The same command typed twice: the port is taken, the name the same."""
    first = new_meshtrace(redis_server.url).start()
    again = new_meshtrace(redis_server.url, PORT=first.port)
    again.start(ready=False)
    assert again.process.wait(10 * SLOW) != 0
    assert f"port {first.port}" in again.stderr()
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.send_second(redis_server.client)
    halves.wait_whole(first, 5)
    assert first.ready()
    drained(redis_server)


def test_a_failed_start_takes_no_lease(new_meshtrace, redis_server):
    """Else the running one of that name would find a foreign token."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = new_meshtrace(redis_server.url, PORT=taken.getsockname()[1])
        service.start(ready=False)
        assert service.process.wait(10 * SLOW) != 0
    assert "holds the lease" not in service.stderr()
    assert redis_server.client.keys() == []
