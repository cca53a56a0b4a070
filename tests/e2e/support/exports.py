"""Traces to be exported, and what has to have arrived of them."""

import calendar
import json
import random
import re
import time

from .events import NS_PER_S, STREAMS, entries, publish, random_trace
from .waiting import wait_for

ZIPKIN = "/api/v2/spans"
OTLP = "/v1/traces"


def make_traces(count, seed=7, most_spans=6):
    """Traces by id; a few of their spans fail."""
    dice = random.Random(f"{seed}-{time.time_ns()}")
    base = int(time.time()) * NS_PER_S
    made = (random_trace(dice, base, most_spans) for _ in range(count))
    return {spans[0].trace: spans for spans in made}


def send(client, traces):
    dice = random.Random(1)
    for spans in traces.values():
        publish(client, dice.choice(STREAMS),
                *(event for span in reversed(spans)
                  for event in entries(span, "b")))


def wait_complete(service, traces, seconds=30):
    """The service has these traces, whole; returns them as REST shows them.

    Each is asked for by itself: a list may show what the store has a moment
    before the correlator knows of it."""
    wait_for(f"{len(traces)} traces are complete", lambda: {
        trace["trace_id"]: trace["span_count"]
        for trace in service.rest.all_traces(state="complete")}.items() >= {
            key: len(spans) for key, spans in traces.items()}.items(), seconds)
    return {key: wait_for(f"{key} is complete", lambda k=key: next(
        (trace for trace in [service.rest.trace(k)]
         if trace["state"] == "complete"), None)) for key in traces}


def exporter(service, name):
    return next(item for item in service.rest.status()["exporters"]
                if item["name"] == name)


def wait_exported(service, names, seconds=40):
    """Every log entry is dealt with. The status is up to a second old: what it
    says counts once it has not changed for longer."""
    def settled():
        before = [exporter(service, name) for name in names]
        if any(item["lag_traces"] for item in before):
            return False
        time.sleep(1.5)
        return before == [exporter(service, name) for name in names]

    wait_for(f"{names} have no lag", settled, seconds)


def wait_same(read, expected, seconds=20):
    """`read()` gives `expected` in the end."""
    def same():
        try:
            return read() == expected
        except (AssertionError, ValueError):  # in the middle of being written
            return False

    try:
        wait_for("the same", same, seconds)
    except AssertionError:
        found = read()
        other = {key: (found.get(key), expected.get(key))
                 for key in {*found, *expected}
                 if found.get(key) != expected.get(key)}
        raise AssertionError(
            f"{len(other)} differ, such as {list(other.items())[:1]}") from None


def expected_spans(traces):
    """What a target that takes spans has to have, in bad_target's words."""
    return {key: {span["span_id"]: {
        "trace": key, "span": span["span_id"],
        "parent": span["parent_span"] or "", "operation": span["operation"],
        "agent": span["agent_name"], "success": span["success"],
        "error": span["error_message"] or "",
        "start_us": to_us(span["start_time"]),
        "duration_us": int(span["duration_ms"] * 1000)}
        for span in trace["spans"]} for key, trace in traces.items()}


def to_us(text):
    """RFC 3339 with nine decimals as microseconds since 1970."""
    whole, decimals = text.rstrip("Z").split(".")
    moment = time.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(moment) * 1_000_000 + int(decimals[:6])


def folder_traces(folder):
    """The traces in a folder of JSON files; each has just one file."""
    found = {}
    for path in folder.glob("trace_*.json"):
        trace = json.loads(path.read_text())
        assert trace["trace_id"] not in found, path
        found[trace["trace_id"]] = trace
    return found


def line_traces(folder):
    """The latest revision of each trace in a folder of lines; every line is
    whole."""
    found = {}
    for path in sorted(folder.glob("traces*.jsonl")):
        text = path.read_text()
        assert not text or text.endswith("\n"), path
        for line in text.splitlines():
            trace = json.loads(line)
            before = found.get(trace["trace_id"])
            if before is None or before["revision"] <= trace["revision"]:
                found[trace["trace_id"]] = trace
    return found


def console_traces(service):
    """What the console exporter wrote with TRACE_PRETTY_OUTPUT=false. A kill
    may cut a line, which the next process then continues."""
    found = {}
    for line in service.stdout().splitlines():
        starts = list(re.finditer(r'\{"trace_id":"[^"]*","state":', line))
        if starts and line.endswith("}"):
            trace = json.loads(line[starts[-1].start():])
            found[trace["trace_id"]] = trace
    return found
