"""Traces that are sent in two halves, with something happening between."""

import time

from .events import (NS_PER_MS, NS_PER_S, STREAMS, Span, end_event,
                     execution_event, new_trace_id, publish, start_event)
from .waiting import wait_for


class Halves:
    """`count` traces of a root and two children, over both streams.

    After the first half the roots and the second children are open; the
    second half closes them.
    """

    def __init__(self, count=40):
        base = int(time.time()) * NS_PER_S
        self.traces = {}
        for number in range(count):
            trace = new_trace_id()
            start = base + number * NS_PER_MS
            self.traces[trace] = [
                Span(trace, "00000000000000a1", operation="root", start=start,
                     duration_ms=100),
                Span(trace, "00000000000000b2", "00000000000000a1",
                     agent="agent-two", start=start + 5 * NS_PER_MS),
                Span(trace, "00000000000000c3", "00000000000000b2",
                     agent="agent-three", start=start + 7 * NS_PER_MS)]

    def first(self):
        return [event for root, child, last in self.traces.values()
                for event in (start_event(root), execution_event(child),
                              start_event(last))]

    def second(self):
        return [event for root, _, last in self.traces.values()
                for event in (end_event(last), end_event(root))]

    def send_first(self, client):
        self._send(client, self.first())

    def send_second(self, client):
        self._send(client, self.second())

    def wait_active(self, service, seconds=10):
        count = len(self.traces)
        wait_for(f"{count} active traces", lambda: service.rest.status()
                 ["correlator"]["active_traces"] == count, seconds)

    def wait_whole(self, service, seconds=10):
        """All complete, whole, once and in their first revision."""
        wait_for("all traces complete", lambda: all(
            service.rest.state(key) == "complete" for key in self.traces),
            seconds)
        for key, spans in self.traces.items():
            trace = service.rest.trace(key)
            assert {span["span_id"]: span["parent_span"] or ""
                    for span in trace["spans"]} \
                == {span.span: span.parent for span in spans}
            assert trace["revision"] == 1, trace
            assert trace["completion_reason"] == "root_closed"
            assert trace["success"] is True
        listed = [trace["trace_id"] for trace in service.rest.all_traces()]
        assert sorted(set(listed) & set(self.traces)) == sorted(self.traces)
        assert len(listed) == len(set(listed))

    @staticmethod
    def _send(client, events):
        publish(client, STREAMS[0], *events[::2])
        publish(client, STREAMS[1], *events[1::2])
