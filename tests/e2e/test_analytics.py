"""Analytics equal what the traces themselves say, also after a crash."""

import collections
import math
import time

import pytest

from support.events import (NS_PER_MS, NS_PER_S, STREAMS, Span,
                            execution_event, publish, seeded_dice)
from support.load import drained, metrics
from support.waiting import wait_for

MODELS = ("large", "acme/small")
WINDOWS = {"5m": 5 * 60, "1h": 3600, "24h": 24 * 3600, "all": None}


def random_trace(dice, end):
    """Agents that call each other, by proxy or not, some of them in vain."""
    trace = f"{dice.getrandbits(128):032x}"
    spans = []

    def span(parent, agent, operation, **extra):
        spans.append(Span(
            trace=trace, span=f"{dice.getrandbits(64):016x}",
            parent=parent.span if parent else "", agent=agent,
            operation=operation, success=dice.random() > 0.15,
            start=end - dice.randint(0, 900) * NS_PER_MS,
            duration_ms=dice.randint(1, 5000),
            extra={k: str(v) for k, v in extra.items()}))
        spans[-1].start = end - spans[-1].duration_ms * NS_PER_MS
        return spans[-1]

    def tokens():
        return dict(llm_model=dice.choice(MODELS),
                    llm_input_tokens=dice.randint(0, 1000),
                    llm_output_tokens=dice.randint(0, 1000))

    tops = [span(None, "planner", "plan")]
    for _ in range(dice.randint(0, 6)):
        caller = dice.choice(tops)
        callee = f"agent-{dice.randint(0, 4)}"
        extra = tokens() if dice.random() < 0.5 else {}
        if dice.random() < 0.3:
            tops.append(span(caller, callee, f"tool_{dice.randint(0, 2)}",
                             **extra))
            continue
        proxy = span(caller, caller.agent, "proxy_call_wrapper",
                     target_agent=callee, capability="wanted",
                     request_bytes=dice.randint(0, 5000), **extra)
        if dice.random() < 0.8:
            tops.append(span(proxy, callee, f"tool_{dice.randint(0, 2)}",
                             **(tokens() if dice.random() < 0.5 else {}),
                             response_bytes=dice.randint(0, 5000)))
        else:
            proxy.success = dice.random() < 0.3
    return spans


# -- brute force over /trace/{id} ----------------------------------------------


class Row:
    def __init__(self):
        self.sums = collections.Counter()
        self.durations = []

    def add(self, span, calls="calls", failed=False):
        self.sums[calls] += 1
        self.sums["errors"] += failed or span["success"] is False
        if span["duration_ms"] is not None:
            self.durations.append(span["duration_ms"])

    def quantile(self, q):
        rank = max(1, math.ceil(q * len(self.durations)))
        return sorted(self.durations)[rank - 1] if self.durations else 0


def below(spans, top):
    found, queue = [], [top["span_id"]]
    while queue:
        parent = queue.pop()
        for span in spans:
            if span["parent_span"] == parent:
                found.append(span)
                queue.append(span["span_id"])
    return found


def says_tokens(span):
    return any(span[f"llm_{kind}_tokens"] for kind in
               ("input", "output", "total"))


def add_tokens(row, span):
    given = {kind: span[f"llm_{kind}_tokens"] or 0
             for kind in ("input", "output", "total")}
    given["total"] = given["total"] or given["input"] + given["output"]
    for kind, count in given.items():
        row.sums[f"{kind}_tokens"] += count


def add_edges(tables, spans):
    by_id = {span["span_id"]: span for span in spans}
    reached = set()
    for span in spans:
        caller = by_id.get(span["parent_span"])
        if caller and caller["agent_name"] != span["agent_name"]:
            reached.add(caller["span_id"])
            tables["edges"][caller["agent_name"], span["agent_name"],
                            span["operation"]].add(
                span, failed=caller["operation"] == "proxy_call_wrapper"
                and caller["success"] is False)
    for span in spans:
        if span["operation"] == "proxy_call_wrapper" \
                and span["success"] is False \
                and span["span_id"] not in reached \
                and span["target_agent"] != span["agent_name"]:
            row = tables["edges"][span["agent_name"], span["target_agent"],
                                  span["capability"]]
            row.add(span)
            row.sums["unreached_calls"] += 1


def tables_of(traces):
    tables = {kind: collections.defaultdict(Row) for kind in
              ("edges", "agents", "models", "operations")}
    for trace in traces:
        spans = trace["spans"]
        add_edges(tables, spans)
        for span in spans:
            agent = tables["agents"][span["agent_name"],]
            agent.add(span, "spans")
            for side in ("request", "response"):
                agent.sums[f"{side}_bytes"] += span[f"{side}_bytes"] or 0
            tables["operations"][span["agent_name"],
                                 span["operation"]].add(span)
            descendants = below(spans, span)
            leaf = not any(map(says_tokens, descendants))
            if leaf:
                add_tokens(agent, span)
            if not span["llm_model"]:
                continue
            calls = not any(x["llm_model"] for x in descendants)
            if calls or (leaf and says_tokens(span)):
                model = tables["models"][span["llm_model"], ""]
                if calls:
                    model.add(span)
                if leaf:
                    add_tokens(model, span)
    return tables


NAMES = {"edges": ("caller", "callee", "function"), "agents": ("agent",),
         "models": ("model", "provider"), "operations": ("agent", "operation")}


def check(answer, kind, wanted):
    assert answer["enabled"] and not answer["truncated"]
    assert answer["count"] == len(answer["rows"]) == len(wanted)
    for row in answer["rows"]:
        exact = wanted[tuple(row[name] for name in NAMES[kind])]
        for field, value in row.items():
            if field.endswith("_ms") or field in NAMES[kind]:
                continue
            if field == "error_rate":
                value, calls = value / 100, max(1, exact.sums["calls"]
                                                or exact.sums["spans"])
                assert value == pytest.approx(exact.sums["errors"] / calls,
                                              abs=1e-5)
            else:
                assert value == exact.sums[field], (kind, row, field)
        for field, q in (("min_ms", 0), ("p50_ms", .5), ("p90_ms", .9),
                         ("p99_ms", .99), ("max_ms", 1)):
            assert row[field] == pytest.approx(exact.quantile(q), rel=0.02), \
                (kind, row, field)


def check_window(service, traces, window):
    """Minutes may turn between question and answer, so the traces end in the
    middle of windows: none is near an edge."""
    wanted = tables_of(traces)
    for kind in NAMES:
        answer = service.rest.get(f"/analytics/{kind}", window=window,
                                  limit=1000)
        assert answer["window"] == window
        check(answer, kind, wanted[kind])


@pytest.mark.parametrize("store", ["rocksdb"])
def test_rows_equal_the_traces(new_meshtrace, redis_server, store):
    dice = seeded_dice()
    service = new_meshtrace(redis_server.url, TRACE_STORE=store,
                            TRACE_PARENT_WAIT="1s",
                            TRACE_START_FROM="oldest").start()
    now = time.time_ns()
    ages = {"5m": 60, "1h": 1800, "24h": 12 * 3600, "all": 48 * 3600}
    made = collections.defaultdict(list)
    late = []
    for number in range(120):
        window = dice.choice(list(ages))
        spans = random_trace(dice, now - ages[window] * NS_PER_S)
        made[window].append(spans[0].trace)
        kept = spans[1:] if number % 4 == 0 and len(spans) > 2 else spans
        late += [span for span in spans if span not in kept]
        items = [execution_event(span) for span in kept]
        dice.shuffle(items)
        publish(redis_server.client, STREAMS[1], *items)
        if number == 60:
            service.kill()
            service.start()
    everything = [x for ids in made.values() for x in ids]
    wait_for("all have a revision", lambda: all(
        service.rest.state(x) in ("complete", "incomplete")
        for x in everything), 15)
    # Roots that come late make second revisions; then it dies.
    publish(redis_server.client, STREAMS[1], *map(execution_event, late))
    service.kill()
    service.start()
    wait_for("all are complete", lambda: all(
        service.rest.state(x) == "complete" for x in everything), 15)
    drained(redis_server)
    wait_for("statistics have all", lambda: service.rest.stats()
             ["total_traces"] == len(everything), 5)
    time.sleep(1.5)  # the last revisions are summed up within half a second

    seen = []
    for window in WINDOWS:
        seen += [service.rest.trace(x) for x in made[window]]
        check_window(service, seen, window)
    service.kill()
    service.start()
    wait_for("it is ready", lambda: service.rest.raw("/readyz").status_code
             == 200, 5)
    wait_for("statistics are back", lambda: service.rest.stats()
             ["total_traces"] == len(everything), 5)
    time.sleep(1.5)
    check_window(service, seen, "all")


def test_metrics_follow_and_limits_hold(meshtrace, redis_server):
    dice = seeded_dice()
    traces = [random_trace(dice, time.time_ns()) for _ in range(30)]
    for spans in traces:
        publish(redis_server.client, STREAMS[1],
                *map(execution_event, spans))
    count = sum(map(len, traces))

    def summed(name):
        return sum(value for key, value in metrics(meshtrace).items()
                   if key.split("{")[0] == name)

    wait_for("every span is counted", lambda: summed(
        "traces_spanmetrics_calls_total") == count, 5)
    assert summed("traces_spanmetrics_latency_count") == count
    edges = meshtrace.rest.get("/analytics/edges", limit=1000)["rows"]
    for name, field in (("request_total", "calls"),
                        ("request_failed_total", "errors")):
        assert summed(f"traces_service_graph_{name}") \
            == sum(row[field] for row in edges)
    assert summed("traces_service_graph_request_server_seconds_count") \
        == sum(row["calls"] - row["unreached_calls"] for row in edges)
    least = meshtrace.rest.get("/analytics/edges", limit=2, sort="p99_ms")
    assert least["truncated"] and least["count"] == 2
    assert [row["p99_ms"] for row in least["rows"]] == sorted(
        (row["p99_ms"] for row in edges), reverse=True)[:2]


def test_without_statistics_rows_are_empty(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url,
                            TRACE_ENABLE_STATS="false").start()
    for kind in NAMES:
        assert service.rest.get(f"/analytics/{kind}") == {
            "enabled": True, "window": "all", "rows": [], "count": 0,
            "truncated": False}
    wrong = service.rest.raw("/analytics/edges", window="2h")
    assert wrong.status_code == 400
    assert wrong.json()["error"]["parameter"] == "window"
