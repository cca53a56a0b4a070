"""Entries of which no trace can be made: kept, shown, put back. And backups."""

import json
import subprocess
import time

import pytest
import redis
import requests

from support.events import (NS_PER_S, STREAMS, Span, execution_event,
                            new_trace_id, publish, start_event)
from support.halves import Halves
from support.load import drained, metrics, total
from support.waiting import SLOW, free_port, wait_for

MIB = 1024 * 1024
DEAD = "mesh:trace:dead"


def new_span():
    return Span(new_trace_id(), "00000000000000a1",
                start=int(time.time()) * NS_PER_S, duration_ms=5)


def poison():
    """Entries by the reason that is given for them."""
    good = start_event(new_span())
    return {
        "no_trace_id": [
            {bytes(range(256)): bytes(range(255, -1, -1))},  # binary junk
            {"": ""},  # empty name and value
            {"huge": "x" * (5 * MIB)},
            {"hello": "world"},  # no trace id
            {"reason": "mine", "source_stream": "s", "source_id": "9-9",
             "a b\n": "c"},  # odd names, and ours
            {f"field_{n}": n for n in range(10_000)}],
        "bad_trace_id": [{**good, "trace_id": b"\xff\xfe\x00\x01"}],
        "unknown_event_type": [{**good, "event_type": "span_middle"}],
    }


POISON = sum(map(len, poison().values()))


def raw_entries(server, stream):
    """Id and the pairs of each entry, as bytes and with repeated names."""
    client = redis.Redis(port=server.port)
    client.set_response_callback("XRANGE", lambda reply, **_: reply)
    return [(key.decode(), list(zip(texts[::2], texts[1::2])))
            for key, texts in client.execute_command("XRANGE", stream, "-",
                                                     "+")]


def publish_poison(server, stream):
    """Returns the pairs of each entry by stream and id, as they should come
    out: ours first."""
    client = redis.Redis(port=server.port)
    expected = {}
    for reason, entries in poison().items():
        for key in publish(client, stream, *entries):
            expected[stream, key.decode()] = reason
    return {
        where: [(b"reason", reason.encode()),
                (b"source_stream", where[0].encode()),
                (b"source_id", where[1].encode())]
        + dict(raw_entries(server, stream))[where[1]]
        for where, reason in expected.items()}


def letters(server):
    """The dead letters by the stream and id of their entries; every copy of
    one says the same."""
    found = {}
    for _, pairs in raw_entries(server, DEAD):
        where = (pairs[1][1].decode(), pairs[2][1].decode())
        assert found.setdefault(where, pairs) == pairs
    return found


def run(service, *words):
    return subprocess.run([service.binary, *words], env=service.environment,
                          cwd=service.folder, capture_output=True, text=True,
                          timeout=30 * SLOW, check=False)


def books_balance(service):
    found = metrics(service)
    assert found["meshtrace_deliveries_total"] == sum(
        total(service, f"meshtrace_{name}_total")
        for name in ("joined", "duplicates", "dead", "dropped"))


def test_poison_is_kept_with_its_reason_and_all_it_said(meshtrace,
                                                        redis_server):
    expected = {}
    for stream in STREAMS:
        expected.update(publish_poison(redis_server, stream))
    halves = Halves()
    halves.send_first(redis_server.client)
    halves.send_second(redis_server.client)
    halves.wait_whole(meshtrace)
    drained(redis_server)
    assert letters(redis_server) == expected
    assert redis_server.client.xlen(DEAD) == 2 * POISON
    books_balance(meshtrace)
    for reason, entries in poison().items():
        assert metrics(meshtrace)[f'meshtrace_dead_total{{reason="{reason}"}}'
                                  ] == 2 * len(entries)


def test_dead_letters_are_shown(meshtrace, redis_server):
    empty = meshtrace.rest.get("/dead-letters")
    assert empty == {"enabled": True, "dead_letters": [], "count": 0,
                     "total": 0, "complete": True}
    expected = publish_poison(redis_server, STREAMS[0])
    drained(redis_server)
    page = meshtrace.rest.get("/dead-letters", limit=100)
    assert (page["count"], page["total"], page["complete"]) \
        == (POISON, POISON, True)
    shown = page["dead_letters"]
    assert [one["id"] for one in shown] \
        == [key for key, _ in reversed(raw_entries(redis_server, DEAD))]
    assert {(one["stream"], one["entry_id"]) for one in shown} \
        == set(expected)
    hello = [one for one in shown
             if one["fields"] == [{"name": "hello", "value": "world"}]]
    assert [one["truncated"] for one in hello] == [False]
    huge = [one for one in shown if one["fields"][0]["name"] == "huge"]
    assert huge[0]["truncated"] and len(huge[0]["fields"][0]["value"]) == 1024
    for reason, entries in poison().items():
        page = meshtrace.rest.get("/dead-letters", reason=reason)
        assert page["count"] == len(entries)
        assert {one["reason"] for one in page["dead_letters"]} == {reason}
    assert meshtrace.rest.get("/dead-letters", limit=2)["count"] == 2
    assert meshtrace.rest.raw("/dead-letters", reason="x").status_code == 400


def test_nothing_is_acknowledged_that_is_not_kept(new_meshtrace,
                                                  redis_server):
    """Redis refuses dead letters; the process is killed; Redis is mended."""
    client = redis_server.client
    client.set(DEAD, "in the way")
    first = new_meshtrace(redis_server.url).start()
    expected = publish_poison(redis_server, STREAMS[0])

    def red():
        answer = first.rest.raw("/readyz")
        return answer.status_code == 503 and answer.text

    assert "dead letters cannot be written: Redis refuses XADD: WRONGTYPE" \
        in wait_for("readyz is red", red, 5)
    assert redis_server.pending(STREAMS[0], "meshtrace") == POISON
    assert first.rest.raw("/dead-letters").status_code == 503
    first.kill()

    second = new_meshtrace(redis_server.url).start(ready=False)
    wait_for("the second refuses too", lambda: "dead-letter: " in
             second.stderr(), 15)
    client.delete(DEAD)
    wait_for("all are kept", lambda: set(letters(redis_server))
             == set(expected), 10)
    drained(redis_server)
    assert letters(redis_server) == expected
    second.wait_ready()
    books_balance(second)
    assert metrics(second)["meshtrace_dead_letter_failures_total"] > 0


def test_a_stop_does_not_wait_for_a_refusing_redis(new_meshtrace,
                                                   redis_server):
    service = new_meshtrace(redis_server.url).start()
    redis_server.client.set(DEAD, "in the way")
    publish_poison(redis_server, STREAMS[0])
    wait_for("it is refused", lambda: "dead-letter: Redis refuses" in
             service.stderr(), 5)
    begin = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begin < 4 * SLOW
    assert redis_server.pending(STREAMS[0], "meshtrace") == POISON


def mend(server, span):
    """What an operator does: gives the letters that say hello a trace."""
    client = redis.Redis(port=server.port)
    for key, pairs in raw_entries(server, DEAD):
        if (b"hello", b"world") in pairs:
            added = [text for pair in pairs for text in pair]
            for name, value in execution_event(span).items():
                added += [name, value]
            client.execute_command("XADD", DEAD, "*", *added)
            client.xdel(DEAD, key)


def test_redrive_puts_back_what_was_mended(meshtrace, redis_server):
    client = redis_server.client
    before = publish_poison(redis_server, STREAMS[0])
    drained(redis_server)
    client.xadd(DEAD, {"reason": "no_trace_id", "source_stream": "gone",
                       "source_id": "1-1", "a": "b"})
    span = new_span()
    mend(redis_server, span)

    only = run(meshtrace, "redrive", "--reason", "bad_trace_id")
    assert (only.returncode, only.stderr) == (0, "")
    assert "put back 1 dead letters\n  1 to " + STREAMS[0] in only.stdout
    drained(redis_server)

    everything = run(meshtrace, "redrive")
    assert everything.returncode == 0, everything.stderr
    assert f"put back {POISON} dead letters" in everything.stdout
    assert "left 1 that came from a stream" in everything.stdout
    trace = wait_for("the mended one is a trace",
                     lambda: meshtrace.rest.trace(span.trace), 5)
    assert trace["spans"][0]["attributes"]["hello"] == "world"
    drained(redis_server)
    # All others are as dead as before, with what they said.
    wait_for("the others are back",
             lambda: client.xlen(DEAD) == POISON - 1 + 1, 5)
    originals = sorted(pairs[3:] for pairs in before.values()
                       if pairs[3:] != [(b"hello", b"world")])
    assert sorted(pairs[3:] for pairs in letters(redis_server).values()
                  if pairs[1][1] != b"gone") == originals
    books_balance(meshtrace)


def test_redrive_has_a_limit_and_says_why_it_failed(meshtrace, redis_server):
    publish_poison(redis_server, STREAMS[0])
    drained(redis_server)
    meshtrace.stop()
    some = run(meshtrace, "redrive", "--limit", "3")
    assert "put back 3 dead letters" in some.stdout
    assert redis_server.client.xlen(DEAD) == POISON - 3
    wrong = run(meshtrace, "redrive", "--reason", "because")
    assert wrong.returncode == 2 and "--reason must be one of" in wrong.stderr
    away = run(meshtrace, "redrive", "--redis-url",
               f"redis://127.0.0.1:{free_port()}")
    assert away.returncode == 1
    assert "redrive ended early: " in away.stderr


def test_the_stream_of_dead_letters_must_be_another(new_meshtrace,
                                                    redis_server):
    service = new_meshtrace(redis_server.url,
                            TRACE_DEAD_LETTER_STREAM=STREAMS[0])
    result = run(service)
    assert result.returncode == 2
    assert "must not be one of TRACE_STREAMS" in result.stderr


@pytest.mark.parametrize("token", ["", "secret"])
def test_backup_says_why_there_is_none(new_meshtrace, redis_server, token):
    """The memory store has none; the way there and back works."""
    service = new_meshtrace(redis_server.url, TRACE_STORE="memory",
                            TRACE_HTTP_TOKEN=token).start()
    result = run(service, "backup", "copy")
    assert result.returncode == 1
    assert "no backup was made: the memory store has nothing" in result.stderr
    assert result.stdout == ""
    assert f"no backup to {service.folder}/copy" in service.stderr()
    url = service.url + "/admin/backup"
    body = json.dumps({"directory": str(service.folder / "copy")})
    as_json = {"Content-Type": "application/json"}
    if token:
        assert run(service, "backup", "copy", "--trace-http-token=wrong"
                   ).returncode == 1
        assert requests.post(url, body, headers=as_json,
                             timeout=5).status_code == 401
        as_json["Authorization"] = f"Bearer {token}"
    answer = requests.post(url, body, headers=as_json, timeout=5)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "backup_failed"
    service.stop()
    assert "/admin/backup: " in run(service, "backup", "copy").stderr
