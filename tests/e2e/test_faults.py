"""Redis goes away, comes back, forgets and freezes; every trace stays whole."""

import os
import random
import signal
import time

import pytest
import requests

from support.events import STREAMS
from support.halves import Halves
from support.load import GROUP, Load, drained, total
from support.redis_server import RedisServer
from support.waiting import wait_for

#: More than any load here has: nothing may be dropped while it is checked.
KEEP_ALL = {"TRACE_MAX_STORED": 100000}


def is_ready(service, ready=True):
    wait_for(f"ready is {ready}", lambda: service.ready() == ready, 10)


def test_redis_is_absent_at_start(new_meshtrace, tmp_path):
    server = RedisServer(tmp_path / "late")
    service = new_meshtrace(server.url).start(ready=False)
    wait_for("REST is up", lambda: _answers(service), 2)
    consumer = wait_for("the error is told", lambda: _told(service), 5)
    assert consumer["connection_state"] == "connecting"
    assert str(server.port) in consumer["last_error"]
    answer = requests.get(service.url + "/readyz", timeout=5)
    assert answer.status_code == 503
    assert str(server.port) in answer.text
    assert service.rest.get("/trace/list")["traces"] == []
    time.sleep(1.5)
    errors = [line for line in service.stderr().splitlines()
              if " ERROR " in line]
    assert len(errors) <= 2, "one line at the first failure, then one a minute"
    try:
        server.start()
        service.wait_ready(8)
        consumer = service.rest.status()["consumer"]
        assert consumer["connection_state"] == "connected"
        halves = Halves()
        halves.send_first(server.client)
        halves.send_second(server.client)
        halves.wait_whole(service)
        drained(server)
    finally:
        service.stop()
        server.kill()


def test_redis_is_killed_under_load(new_meshtrace, durable_redis):
    service = new_meshtrace(durable_redis.url, **KEEP_ALL).start()
    load = Load(durable_redis.url)
    load.start()
    wait_for("one round", lambda: load.rounds_done >= 1, 30)
    time.sleep(0.1)
    durable_redis.kill()
    time.sleep(0.3)
    durable_redis.start()
    # Once more, when the service is behind by a whole round at least.
    service.process.send_signal(signal.SIGSTOP)
    try:
        behind = load.rounds_done + 2
        wait_for("it is behind", lambda: load.rounds_done >= behind, 30)
        durable_redis.kill()
        durable_redis.start()
    finally:
        service.process.send_signal(signal.SIGCONT)
    load.finish()
    load.verify(service)
    drained(durable_redis)
    is_ready(service)


def test_connections_are_cut_in_mid_reply(new_meshtrace, redis_server, proxy):
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    service = new_meshtrace(proxy.url, **KEEP_ALL).start()
    load = Load(redis_server.url, rounds=6, traces=150)
    load.start()
    cuts = 0
    while load.is_alive():
        proxy.cut_after(dice.randint(1, 200_000))
        cuts += 1
        time.sleep(0.4)
    proxy.cut_after(100)
    load.finish()
    assert cuts > 3
    load.verify(service)
    drained(redis_server)
    assert proxy.connections > 5, "nothing was cut"


def test_every_client_is_killed(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    load = Load(redis_server.url, rounds=4)
    load.start()
    for rounds in (1, 2, 3):
        wait_for(f"{rounds} rounds", lambda n=rounds: load.rounds_done >= n, 30)
        redis_server.client.client_kill_filter(_type="normal", skipme=True)
    load.finish()
    load.verify(service)
    drained(redis_server)


@pytest.mark.parametrize("how", ["pause", "freeze"])
def test_redis_does_not_answer_for_a_while(new_meshtrace, redis_server, how):
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    load = Load(redis_server.url, rounds=4)
    load.start()
    wait_for("one round", lambda: load.rounds_done >= 1, 30)
    if how == "pause":
        redis_server.client.client_pause(2000)
        time.sleep(2)
    else:
        os.kill(redis_server.process.pid, signal.SIGSTOP)
        try:
            time.sleep(3)
            assert service.rest.get("/trace/list", state="all")["total"] > 0
        finally:
            os.kill(redis_server.process.pid, signal.SIGCONT)
    load.finish()
    load.verify(service)
    drained(redis_server)
    is_ready(service)


def lose_stream(server):
    assert server.client.delete(STREAMS[1]) == 1


def lose_groups(server):
    for stream in STREAMS:
        assert server.client.xgroup_destroy(stream, GROUP) == 1


def lose_everything(server):
    assert server.client.flushall()


def lose_server(server):
    server.kill()
    server.start()


@pytest.mark.parametrize(
    "lose", [lose_stream, lose_groups, lose_everything, lose_server])
def test_redis_forgets_when_drained(new_meshtrace, redis_server, lose):
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    before = Load(redis_server.url, rounds=1)
    before.start()
    before.finish()
    before.verify(service)
    drained(redis_server)
    joined = total(service, "meshtrace_joined_total")
    lose(redis_server)

    after = Load(redis_server.url, rounds=2, first_seed=200)
    after.start()
    after.finish()
    after.verify(service)
    before.verify(service)
    drained(redis_server)
    is_ready(service)
    assert total(service, "meshtrace_joined_total") > joined
    assert service.rest.stats()["total_traces"] == 300


@pytest.mark.parametrize(
    "lose", [lose_stream, lose_groups, lose_everything, lose_server])
def test_redis_forgets_with_active_traces(new_meshtrace, redis_server, lose):
    """What was read is in memory, and the rest comes."""
    halves = Halves()
    service = new_meshtrace(redis_server.url).start()
    halves.send_first(redis_server.client)
    halves.wait_active(service)
    lose(redis_server)
    halves.send_second(redis_server.client)
    halves.wait_whole(service)
    drained(redis_server)
    is_ready(service)


def test_groups_are_lost_under_load(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, **KEEP_ALL).start()
    load = Load(redis_server.url, rounds=3)
    load.start()
    for rounds in (1, 2):
        wait_for(f"{rounds} rounds", lambda n=rounds: load.rounds_done >= n, 30)
        time.sleep(0.1)
        lose_groups(redis_server)
    load.finish()
    load.verify(service)
    drained(redis_server)


def test_ready_means_that_everything_is_read(new_meshtrace, redis_server):
    """With `newest`, what comes before the group is there is never read."""
    old = Halves()
    old.send_first(redis_server.client)
    service = new_meshtrace(redis_server.url,
                            TRACE_START_FROM="newest").start()
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.send_second(redis_server.client)
    halves.wait_whole(service, 5)
    assert len(service.rest.all_traces(state="all")) == len(halves.traces)


def test_over_a_unix_socket(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.unix_url, **KEEP_ALL).start()
    load = Load(redis_server.unix_url, rounds=2)
    load.start()
    load.finish()
    load.verify(service)
    drained(redis_server)


def _answers(service):
    try:
        return requests.get(service.url + "/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def _told(service):
    consumer = service.rest.status()["consumer"]
    return consumer if consumer.get("last_error") else None
