"""The trace of docs/analysis.md through the real service."""

import pathlib
import time

from support.events import (NS_PER_MS, STREAMS, Span, entries, new_trace_id,
                            publish)
from support.waiting import wait_for

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "analysis.md"


def table(name):
    """The rows under `<!-- name -->`, without head and ruler."""
    lines = iter(DOCUMENT.read_text(encoding="utf-8").splitlines())
    assert f"<!-- {name} -->" in lines
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def document_spans(trace, base):
    tokens = ("llm_input_tokens", "llm_output_tokens", "llm_total_tokens")
    for (span, parent, agent, host, operation, start, end, said,
         target) in table("spans"):
        extra = {"agent_ip": host}
        if target != "-":
            extra["target_agent"] = target
        extra.update((name, number) for name, number
                     in zip(tokens, said.split("/")) if number != "-")
        yield Span(trace, span, "" if parent == "-" else parent, agent,
                   operation, base + int(start) * NS_PER_MS,
                   int(end) - int(start), extra=extra)


def rows(items, *names):
    """Numbers as the document has them: whole milliseconds."""
    def text(value):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return [[text(item[name]) for name in names] for item in items]


def test_the_documented_trace(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, TRACE_PARENT_WAIT="3s").start()
    trace = new_trace_id()
    base = int(time.time()) * 1000 * NS_PER_MS
    spans = list(document_spans(trace, base))
    for span in reversed(spans):  # agents publish children first
        publish(redis_server.client, STREAMS[1], *entries(span, "b"))
    path = f"/trace/{trace}"
    wait_for("all spans are there",
             lambda: (service.rest.trace(trace) or {}).get("span_count")
             == len(spans), 5)

    def check(state):
        found = service.rest.get(path + "/analysis", adjust="true")
        assert found["state"] == state
        assert rows(found["critical_path"]["spans"], "span_id", "self_ms") \
            == table("critical path")
        assert rows(found["self_times"], "span_id", "duration_ms",
                    "self_ms") == table("self times")
        assert rows(found["repeated_calls"], "agent_name", "operation",
                    "count", "total_ms", "under_one_parent", "parent_span") \
            == table("repeated calls")
        assert [[x["agent_name"], str(x["span_count"]), f"{x['busy_ms']:g}",
                 f"{x['waiting_ms']:g}",
                 "/".join(map(str, x["tokens"].values()))]
                for x in found["agents"]] == table("agents")
        assert [[", ".join(x["agents"]), str(x["count"]), x["span_id"]]
                for x in found["loops"]] == table("loops")
        assert found["missing_parents"] == [
            {"span_id": "p9", "likely_agent": "payments", "child_count": 1,
             "children": ["d1"], "agents": ["payments"]}]
        assert found["never_reported"] == ["bank"]
        assert found["tokens"] == {"input": 1250, "output": 170,
                                   "total": 1420}

    check("active")
    wait_for("the trace completes",
             lambda: service.rest.state(trace) == "incomplete", 15)
    check("incomplete")

    raw = service.rest.get(path)
    assert raw == service.rest.get(path, adjust="false")
    assert "adjusted" not in raw and "warnings" not in raw["spans"][0]
    assert raw["duration_ms"] == 2470
    adjusted = service.rest.get(path, adjust="true")
    assert adjusted["duration_ms"] == 1000
    skews = {row[0]: float(row[3]) for row in table("clocks")}
    assert {x["span_id"]: x["clock_skew_ms"] for x in adjusted["spans"]} \
        == skews
    assert {x["span_id"] for x in adjusted["spans"] if x["warnings"]} \
        == {row[0] for row in table("clocks") if row[4] == "yes"}


def test_what_has_no_analysis(meshtrace):
    answer = meshtrace.rest.raw(f"/trace/{new_trace_id()}/analysis")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "trace_not_found"
    answer = meshtrace.rest.raw("/trace/x/analysis", adjust="perhaps")
    assert answer.status_code == 400
    assert answer.json()["error"]["parameter"] == "adjust"
    index = meshtrace.rest.get("/")
    assert "/trace/{trace_id}/analysis" in [x["path"] for x in index["routes"]]
