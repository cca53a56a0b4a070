"""Spans, and the entries in which agents send them.

Written from the description of the wire format alone; knows neither the
service nor bench/publish.
"""

import dataclasses
import os
import random
import uuid

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

#: The documented stream and the one that agents really write.
STREAMS = ("mcp-mesh:traces", "mesh:trace")


@dataclasses.dataclass
class Span:
    """What one span says. Times are nanoseconds since 1970."""

    trace: str
    span: str
    parent: str = ""
    agent: str = "agent-one"
    operation: str = "work"
    start: int = 1_790_000_000 * NS_PER_S
    duration_ms: int = 10
    success: bool = True
    error: str = ""
    #: Written into the entries as they are.
    extra: dict = dataclasses.field(default_factory=dict)

    @property
    def end(self):
        return self.start + self.duration_ms * NS_PER_MS


def seconds(ns, digits=9):
    """Decimal seconds without zeros at the end."""
    whole, rest = divmod(ns, NS_PER_S)
    decimals = f"{rest:09}"[:digits].rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def start_event(span):
    entry = {"trace_id": span.trace, "span_id": span.span,
             "agent_name": span.agent, "agent_id": f"{span.agent}-0001",
             "ip_address": "10.1.2.3", "operation": span.operation,
             "event_type": "span_start", "timestamp": seconds(span.start),
             "runtime": "go"}
    if span.parent:
        entry["parent_span"] = span.parent
    return entry


def end_event(span):
    entry = start_event(span)
    entry.update(event_type="span_end" if span.success else "error",
                 timestamp=seconds(span.end),
                 duration_ms=str(span.duration_ms),
                 success="true" if span.success else "false", **span.extra)
    if not span.success:
        entry["error_message"] = span.error or "it broke"
    return entry


def execution_event(span, language="python"):
    """One entry for the whole span, spelled as the language's SDK does."""
    python = language == "python"
    yes, no = ("True", "False") if python else ("true", "false")
    entry = {"trace_id": span.trace, "span_id": span.span,
             "parent_span": span.parent or "null",
             "function_name": span.operation,
             "start_time": seconds(span.start), "end_time": seconds(span.end),
             "duration_ms": f"{span.duration_ms}.0" if python
             else str(span.duration_ms),
             "success": yes if span.success else no,
             "error": "null" if span.success else span.error or "it broke",
             "agent_name": span.agent, "agent_id": f"{span.agent}-0001",
             "agent_ip": "10.1.2.3", "agent_namespace": "default",
             "args_count": "1", "runtime": language,
             "published_at": seconds(span.end + NS_PER_MS), **span.extra}
    return entry


def entries(span, protocol):
    """What is published for the span: protocol `a` or `b`."""
    if protocol == "a":
        return [start_event(span), end_event(span)]
    return [execution_event(span)]


def publish(client, stream, *items):
    """Adds entries in one round trip; returns their ids."""
    pipe = client.pipeline(transaction=False)
    for item in items:
        pipe.xadd(stream, item)
    return pipe.execute()


def new_trace_id():
    return uuid.uuid4().hex


def random_trace(dice, start, most_spans=12):
    """A rooted trace of 1 to `most_spans` spans; the first is the root."""
    trace = f"{dice.getrandbits(128):032x}"
    spans = []
    for number in range(dice.randint(1, most_spans)):
        spans.append(Span(
            trace=trace, span=f"{dice.getrandbits(64):016x}",
            parent=dice.choice(spans).span if spans else "",
            agent=f"agent-{dice.randint(0, 9)}",
            operation=f"step_{number}",
            start=start + number * NS_PER_MS + dice.randint(0, 999_999),
            duration_ms=dice.randint(20, 60) if number else 100,
            success=dice.random() > 0.03))
    return spans


def seeded_dice():
    """Random numbers whose seed stands in the output of a failed test;
    MESHTRACE_SEED takes it again."""
    seed = int(os.environ.get("MESHTRACE_SEED",
                              random.SystemRandom().getrandbits(32)))
    print(f"seed {seed}")
    return random.Random(seed)
