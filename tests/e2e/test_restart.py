"""meshtrace ends, in order or not, and comes back with what was active."""

import json
import signal
import time

import pytest

from support.events import STREAMS
from support.halves import Halves
from support.load import GROUP, Load, drained, run_publish
from support.waiting import SLOW, wait_for

STOP_WITHIN = 10


@pytest.fixture(name="store", params=["rocksdb", "memory"])
def store_fixture(request):
    return request.param


@pytest.fixture
def new_service(new_meshtrace, store):
    """`new_meshtrace` with each store in turn."""
    return lambda url, **settings: new_meshtrace(url, TRACE_STORE=store,
                                                 **settings)


def pending(server):
    return sum(server.pending(stream, GROUP) for stream in STREAMS)


@pytest.mark.parametrize("while_down", [False, True],
                         ids=["rest-after-start", "rest-while-down"])
def test_killed_with_active_traces(new_service, redis_server, store,
                                   while_down):
    halves = Halves()
    service = new_service(redis_server.url).start()
    halves.send_first(redis_server.client)
    halves.wait_active(service)
    service.kill()
    if store == "memory":
        assert pending(redis_server) == len(halves.first())
    if while_down:
        halves.send_second(redis_server.client)
    service.start()
    if not while_down:
        halves.wait_active(service)
        halves.send_second(redis_server.client)
    halves.wait_whole(service)
    drained(redis_server)
    wait_for("each is counted once", lambda: service.rest.stats()
             ["total_traces"] == len(halves.traces), 2)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stopped_with_active_traces(new_service, redis_server, store, how):
    halves = Halves()
    service = new_service(redis_server.url,
                            TRACE_EXPORTER_TYPE="console").start()
    halves.send_first(redis_server.client)
    halves.wait_active(service)
    began = time.monotonic()
    assert service.stop(how) == 0
    assert time.monotonic() - began < STOP_WITHIN * SLOW
    assert "TRACE " not in service.stdout(), "the stop completed a trace"
    assert pending(redis_server) == (
        len(halves.first()) if store == "memory" else 0)
    assert redis_server.client.get(f"{GROUP}:single") is None

    service.start()
    halves.wait_active(service)
    assert service.rest.stats()["total_traces"] == 0
    halves.send_second(redis_server.client)
    halves.wait_whole(service)
    drained(redis_server)


def test_stopped_while_redis_is_away(new_service, durable_redis):
    halves = Halves()
    service = new_service(durable_redis.url).start()
    halves.send_first(durable_redis.client)
    halves.wait_active(service)
    durable_redis.kill()
    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < STOP_WITHIN * SLOW
    durable_redis.start()
    service.start()
    halves.wait_active(service)
    halves.send_second(durable_redis.client)
    halves.wait_whole(service)
    drained(durable_redis)


def test_stopped_under_load_loses_no_trace(new_service, redis_server):
    """Also where the store forgets at a stop: what was exported before does
    not, and what was not is read again."""
    service = new_service(redis_server.url, TRACE_EXPORTER_TYPE="console",
                            TRACE_PRETTY_OUTPUT="false").start()
    load = Load(redis_server.url, rounds=4, traces=150)
    load.start()
    for rounds in (1, 2, 3):
        wait_for(f"{rounds} rounds", lambda n=rounds: load.rounds_done >= n, 20)
        assert service.stop() == 0
        service.start()
    load.finish()
    drained(redis_server)

    expected = set()
    for seed in load.seeds:
        done = run_publish("--seed", seed, "--print-ids", "--verify",
                           service.url, *load.arguments)
        expected |= {word for word in done.stdout.split() if len(word) == 32}
    assert len(expected) == 600

    def exported():
        return {json.loads(line)["trace_id"]
                for line in service.stdout().splitlines()
                if line.startswith("{") and line.endswith("}")}

    wait_for("every trace is exported", lambda: expected <= exported(), 5)
