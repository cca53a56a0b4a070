"""The main job: from a real Redis to whole traces over REST."""

import os
import subprocess
import threading
import time

from support.events import (NS_PER_S, STREAMS, Span, end_event, entries,
                            new_trace_id, publish, random_trace, seeded_dice,
                            start_event)
from support.waiting import SLOW, wait_for

TRACES = 400
WINDOW = 40
GROUP = "meshtrace"
COMPLETE_WITHIN = 1.5
VISIBLE_WITHIN = 0.5


def make_load(dice):
    """Traces by id, and their events in the order of sending: shuffled within
    windows of traces, a fifth with one event twice, over both streams."""
    base = int(time.time()) * NS_PER_S
    traces, load = {}, []
    for _ in range(TRACES // WINDOW):
        window = []
        for _ in range(WINDOW):
            spans = random_trace(dice, base)
            traces[spans[0].trace] = spans
            events = [event for span in spans
                      for event in entries(span, dice.choice("ab"))]
            if dice.random() < 0.2:
                events.append(dice.choice(events))
            window += events
        dice.shuffle(window)
        load += window
    return traces, load


class Watcher(threading.Thread):
    """Notes when each trace was first seen complete with all its spans."""

    def __init__(self, rest, traces):
        super().__init__(daemon=True)
        self.rest = rest
        self.sizes = {key: len(spans) for key, spans in traces.items()}
        self.seen = {}
        self.problem = None
        self.enough = threading.Event()

    def run(self):
        try:
            while not self.enough.is_set() and len(self.seen) < len(self.sizes):
                for trace in self.rest.all_traces(state="complete"):
                    key = trace["trace_id"]
                    if trace["span_count"] == self.sizes.get(key):
                        self.seen.setdefault(key, time.monotonic())
                time.sleep(0.02)
        except Exception as problem:  # told by the test, which reads it
            self.problem = problem


def send(dice, client, load):
    """Publishes; returns when the last event of each trace was sent."""
    last = {}
    for at in range(0, len(load), 20):
        part = load[at:at + 20]
        cut = dice.randint(0, len(part))
        publish(client, STREAMS[0], *part[:cut])
        publish(client, STREAMS[1], *part[cut:])
        now = time.monotonic()
        last.update((event["trace_id"], now) for event in part)
        time.sleep(0.005)
    return last


def check_trace(trace, spans):
    found = {span["span_id"]: span for span in trace["spans"]}
    assert len(trace["spans"]) == len(spans)
    assert set(found) == {span.span for span in spans}
    assert trace["state"] == "complete"
    assert trace["success"] == all(span.success for span in spans)
    assert trace["root_operation"] == spans[0].operation
    assert trace["agents"] == sorted({span.agent for span in spans})
    for span in spans:
        other = found[span.span]
        assert (other["parent_span"] or "") == span.parent
        assert other["operation"] == span.operation
        assert other["agent_name"] == span.agent
        assert other["success"] == span.success
        assert other["duration_ms"] == span.duration_ms
        assert other["start_time"].endswith(f".{span.start % NS_PER_S:09}Z")
        assert other["error_message"] == (None if span.success else "it broke")


def test_400_random_traces_come_back_whole(meshtrace, redis_server):
    dice = seeded_dice()
    traces, load = make_load(dice)
    watcher = Watcher(type(meshtrace.rest)(meshtrace.url), traces)
    watcher.start()
    last = send(dice, redis_server.client, load)
    watcher.join((COMPLETE_WITHIN + 5) * SLOW)
    watcher.enough.set()
    assert watcher.problem is None, watcher.problem
    assert set(watcher.seen) == set(traces)
    late = {key: watcher.seen[key] - last[key] for key in traces
            if watcher.seen[key] - last[key] > COMPLETE_WITHIN * SLOW}
    assert not late, f"complete after more than {COMPLETE_WITHIN} s: {late}"
    for key, spans in traces.items():
        check_trace(meshtrace.rest.trace(key), spans)

    good = sum(all(span.success for span in spans)
               for spans in traces.values())
    totals = {"total_traces": TRACES, "success_traces": good,
              "failed_traces": TRACES - good, "incomplete_traces": 0,
              "total_spans": sum(map(len, traces.values()))}

    def stats_follow():
        stats = meshtrace.rest.stats()
        return {key: stats[key] for key in totals} == totals

    wait_for(f"stats {totals}", stats_follow, 2)
    for stream in STREAMS:
        wait_for(f"nothing pending in {stream}",
                 lambda s=stream: redis_server.pending(s, GROUP) == 0, 2)
        assert redis_server.unread(stream, GROUP) == 0


def test_an_active_trace_is_visible_at_once(meshtrace, redis_server):
    span = Span(new_trace_id(), "a1b2c3d4e5f60718",
                start=int(time.time()) * NS_PER_S)
    # The way there and back is the service's, not the first connection's.
    meshtrace.rest.get("/trace/status")
    sent = time.monotonic()
    publish(redis_server.client, STREAMS[1], start_event(span))
    wait_for("the trace is visible",
             lambda: meshtrace.rest.trace(span.trace), VISIBLE_WITHIN, 0.01)
    assert time.monotonic() - sent <= VISIBLE_WITHIN * SLOW
    trace = meshtrace.rest.trace(span.trace)
    assert trace["state"] == "active"
    assert trace["success"] is None
    active = meshtrace.rest.get("/trace/list", state="active")["traces"]
    assert [t["trace_id"] for t in active] == [span.trace]
    assert meshtrace.rest.get("/trace/list")["traces"] == []

    publish(redis_server.client, STREAMS[0], end_event(span))
    wait_for("the trace completes",
             lambda: meshtrace.rest.state(span.trace) == "complete", 1.5)
    assert meshtrace.rest.trace(span.trace)["completion_reason"] \
        == "root_closed"


def test_every_encoding_comes_back_to_the_nanosecond(meshtrace, redis_server):
    """bench/publish writes as every SDK does and is its own oracle."""
    done = subprocess.run(
        [os.environ["PUBLISH_BINARY"], "--redis", redis_server.url, "--streams",
         ",".join(STREAMS), "--traces", "300", "--seed", "42", "--shuffle",
         "--duplicates", "0.2", "--failures", "0.2", "--llm", "0.3",
         "--verify", meshtrace.url, "--wait", str(10 * SLOW)],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verified 300 traces, 0 missing, 0 wrong" in done.stdout
    assert meshtrace.rest.stats()["incomplete_traces"] == 0
