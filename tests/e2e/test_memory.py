"""Whatever is sent, memory stays within what the settings say."""

import re
import time

import pytest

from support.events import STREAMS, Span, execution_event, new_trace_id
from support.load import total
from support.waiting import SLOW, wait_for

MIB = 1 << 20
BUDGET = 192 * MIB
ROCKSDB = 32 * MIB
LIMIT = BUDGET * 1.25 + ROCKSDB


def anonymous_bytes(service):
    """The peak is not kept by the kernel for anonymous memory alone."""
    with open(f"/proc/{service.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"RssAnon:\s+(\d+) kB", file.read())[1]) * 1024


def endless_ids():
    number = 0
    while True:
        number += 1
        yield {"trace_id": f"{number:032x}", "span_id": "1",
               "event_type": "span_start", "agent_name": "attacker",
               "operation": f"op-{number}", "timestamp": "1790000000.5"}


def endless_spans():
    trace = new_trace_id()
    number = 0
    while True:
        number += 1
        yield {"trace_id": trace, "span_id": f"{number:016x}",
               "event_type": "span_start", "agent_name": "attacker",
               "operation": "op", "timestamp": "1790000000.5"}


def huge_fields():
    while True:
        yield {"trace_id": new_trace_id(), "span_id": "1",
               "event_type": "span_start", "operation": "x" * 2 * MIB,
               "note": "y" * MIB}


def many_attributes():
    while True:
        yield {"trace_id": new_trace_id(), "span_id": "1",
               "event_type": "span_start",
               **{f"attribute_{i}": f"value {i}" for i in range(10_000)}}


@pytest.mark.parametrize("attack, count", [
    (endless_ids, 250_000), (endless_spans, 60_000), (huge_fields, 150),
    (many_attributes, 300)], ids=lambda x: getattr(x, "__name__", ""))
def test_attack(new_meshtrace, redis_server, attack, count):
    service = new_meshtrace(redis_server.url, TRACE_MEMORY_BUDGET=BUDGET,
                            TRACE_ROCKSDB_MEMORY=ROCKSDB).start()
    entries = attack()
    peak = 0
    sent = 0
    while sent < count:
        pipe = redis_server.client.pipeline(transaction=False)
        for _ in range(min(count - sent, 2000 if count > 1000 else 10)):
            pipe.xadd(STREAMS[1], next(entries))
            sent += 1
        pipe.execute()
        peak = max(peak, anonymous_bytes(service))

    def all_read():
        nonlocal peak
        peak = max(peak, anonymous_bytes(service))
        return total(service, "meshtrace_deliveries_total") >= count

    wait_for("everything is read", all_read, 60)
    ended = time.monotonic() + 3 * SLOW
    while time.monotonic() < ended:
        peak = max(peak, anonymous_bytes(service))
        time.sleep(0.05)
    print(f"peak {peak / MIB:.0f} MiB of {LIMIT / MIB:.0f} MiB")
    if SLOW == 1:  # sanitizers take memory of their own
        assert peak <= LIMIT

    # And it still does its work.
    trace = new_trace_id()
    redis_server.client.xadd(STREAMS[0],
                             execution_event(Span(trace, "a1")))
    wait_for("a trace of somebody else is whole",
             lambda: service.rest.state(trace) == "complete", 20)
