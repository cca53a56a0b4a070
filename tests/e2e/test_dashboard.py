"""The mesh's dashboard API: its exact shapes and its lenience."""

import os
import re

import pytest
from support.events import (NS_PER_S, STREAMS, Span, end_event, entries,
                            new_trace_id, publish, random_trace, seeded_dice,
                            start_event)
from support.meshtrace import Meshtrace
from support.redis_server import RedisServer
from support.waiting import free_port, wait_for

UNKNOWN = "0123456789abcdef0123456789abcdef"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
TRACE_KEYS = ["TraceID", "Spans", "StartTime", "EndTime", "Duration",
              "Success", "SpanCount", "AgentCount", "Agents"]
SPAN_KEYS = ["TraceID", "SpanID", "ParentSpan", "AgentName", "AgentID",
             "IPAddress", "Operation", "StartTime", "EndTime", "DurationMS",
             "Success", "ErrorMessage", "Capability", "TargetAgent", "Runtime"]
RECENT_KEYS = ["trace_id", "root_agent", "root_operation", "duration_ms",
               "start_time", "span_count", "agent_count", "success", "agents"]
TRACES = 30


@pytest.fixture(scope="module", name="full_redis")
def full_redis_fixture(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("full") / "redis").start()
    yield server
    server.kill()


@pytest.fixture(scope="module", name="full")
def full_fixture(tmp_path_factory, full_redis):
    """A service with traces in its store; `.all` is what /trace/list says."""
    if "MESHTRACE_BINARY" not in os.environ:
        pytest.skip("MESHTRACE_BINARY is not set")
    service = Meshtrace(tmp_path_factory.mktemp("full") / "meshtrace",
                        full_redis.url, TRACE_ROOT_QUIET="200ms").start()
    try:
        service.all = fill(service, full_redis)
        yield service
    finally:
        code = service.stop()
    assert code == 0, service.stderr()
    assert not service.sanitizer_reports()


def fill(service, redis):
    """Publishes traces; returns what /trace/list says of them."""
    dice = seeded_dice()
    base = Span("", "").start
    for number in range(TRACES):
        spans = random_trace(dice, base + number * NS_PER_S)
        spans[0].operation = f"root_{number % 3}"
        spans[0].success = number % 4 != 0
        spans[0].duration_ms = 100 + number
        publish(redis.client, STREAMS[1],
                *[x for span in spans for x in entries(span, "b")])
    wait_for("all are completed",
             lambda: service.rest.get("/trace/list")["total"] == TRACES, 20)
    return sorted(service.rest.get("/trace/list", limit=100)["traces"],
                  key=lambda x: (x["end_time"], x["trace_id"]), reverse=True)


def ids(answer):
    return [x.get("TraceID") or x["trace_id"] for x in answer["traces"]]


def same_head(theirs, ours):
    assert list(theirs) == TRACE_KEYS
    assert theirs["TraceID"] == ours["trace_id"]
    assert theirs["StartTime"] == ours["start_time"]
    assert theirs["EndTime"] == ours["end_time"]
    assert TIME.fullmatch(theirs["StartTime"])
    assert isinstance(theirs["Duration"], int)
    assert theirs["Duration"] == round(ours["duration_ms"] * 1_000_000)
    assert theirs["Success"] is (ours["success"] is not False)
    assert theirs["SpanCount"] == ours["span_count"]
    assert theirs["AgentCount"] == len(theirs["Agents"])
    assert theirs["Agents"] == ours["agents"]


def test_one_trace(full):
    for ours in full.all[:10]:
        theirs = full.rest.get(f"/api/trace/{ours['trace_id']}")
        same_head(theirs, ours)
        for shown, span in zip(theirs["Spans"], ours["spans"], strict=True):
            assert list(shown) == SPAN_KEYS
            assert shown["TraceID"] == span["trace_id"]
            assert shown["SpanID"] == span["span_id"]
            assert shown["ParentSpan"] == span["parent_span"]
            assert shown["AgentName"] == span["agent_name"]
            assert shown["Operation"] == span["operation"]
            assert shown["StartTime"] == span["start_time"]
            assert shown["EndTime"] == span["end_time"]
            assert shown["DurationMS"] == int(span["duration_ms"])
            assert isinstance(shown["DurationMS"], int)
            assert shown["Success"] == span["success"]
            assert shown["ErrorMessage"] == span["error_message"]
            assert shown["Capability"] is None


def test_list(full):
    answer = full.rest.get("/api/trace/list")
    assert list(answer) == ["count", "enabled", "limit", "offset", "total",
                            "traces"]
    assert {k: v for k, v in answer.items() if k != "traces"} == {
        "count": 20, "enabled": True, "limit": 20, "offset": 0,
        "total": TRACES}
    for theirs, ours in zip(answer["traces"], full.all):
        same_head(theirs, ours)
        assert theirs["Spans"] is None
    found = []
    for offset in range(0, TRACES + 7, 7):
        found += ids(full.rest.get("/api/trace/list", limit=7, offset=offset))
    assert found == [x["trace_id"] for x in full.all]
    assert full.rest.get("/api/trace/list", offset=10 ** 15)["traces"] == []


def test_recent(full):
    answer = full.rest.get("/api/trace/recent", limit=5)
    assert list(answer) == ["count", "enabled", "limit", "traces"]
    assert (answer["count"], answer["enabled"], answer["limit"]) == (5, True,
                                                                     5)
    for theirs, ours in zip(answer["traces"], full.all[:5], strict=True):
        assert list(theirs) == RECENT_KEYS
        assert theirs == {
            "trace_id": ours["trace_id"], "root_agent": ours["root_agent"],
            "root_operation": ours["root_operation"],
            "duration_ms": int(ours["duration_ms"]),
            "start_time": ours["start_time"],
            "span_count": ours["span_count"],
            "agent_count": ours["agent_count"],
            "success": ours["success"] is not False, "agents": ours["agents"]}
        assert isinstance(theirs["duration_ms"], int)


def check_search(full, holds, **criteria):
    answer = full.rest.get("/api/trace/search", limit=100, **criteria)
    assert list(answer) == ["count", "criteria", "enabled", "traces"]
    assert answer["criteria"]["limit"] == 100
    assert list(answer["criteria"]) == [*criteria, "limit"]
    assert ids(answer) == [x["trace_id"] for x in full.all if holds(x)]
    assert answer["count"] == len(answer["traces"])
    assert all(x["Spans"] is None for x in answer["traces"])
    return answer["count"]


def test_search(full):
    middle = full.all[TRACES // 2]
    some = [
        check_search(full, lambda x: "agent-3" in x["agents"],
                     agent_name="agent-3"),
        check_search(full, lambda x: x["root_operation"] == "root_1",
                     operation="root_1"),
        check_search(full, lambda x: x["success"] is False, success="false"),
        check_search(full, lambda x: x["success"] is not False, success="T"),
        check_search(full, lambda x: x["start_time"] >= middle["start_time"],
                     start_time=middle["start_time"]),
        check_search(full, lambda x: x["end_time"] <= middle["end_time"],
                     end_time=middle["end_time"]),
        check_search(full, lambda x: 110 <= int(x["duration_ms"]) <= 120,
                     min_duration_ms=110, max_duration_ms=120),
        check_search(full, lambda x: x["success"] is False
                     and x["root_operation"] == "root_0", operation="root_0",
                     success="0"),
    ]
    assert all(0 < count < TRACES for count in some), some
    check_search(full, lambda x: False, operation="root")
    check_search(full, lambda x: False,
                 parent_span_id=full.all[0]["spans"][0]["span_id"])


@pytest.mark.parametrize("query", [
    "", "limit=0", "limit=101", "limit=-1", "limit=ten", "limit=", "limit=1.5",
    "limit=%zz", "nonsense=1", "success=maybe", "success=yes", "agent_name=",
    "start_time=yesterday", "end_time=2026-13-40T00:00:00Z", "operation=",
    "min_duration_ms=1.5", "max_duration_ms=abc", "&&==&", "limit=x&limit=3",
    "state=active", "cursor=x", "fields=summary", "sort=duration",
    "trace_id=x", "offset=-1", "offset=x", "%ff=%fe"])
def test_what_cannot_be_read_is_not_there(full, query):
    wanted = [x["trace_id"] for x in full.all[:20]]
    for path in ("list", "search"):
        answer = full.rest.get(f"/api/trace/{path}?{query}")
        assert ids(answer) == wanted, path
    assert full.rest.get(f"/api/trace/search?{query}")["criteria"] == {
        "limit": 20}
    one = full.rest.raw(f"/api/trace/{wanted[0]}?{query}")
    assert one.status_code == 200


@pytest.mark.parametrize("limit, used", [
    ("0", 20), ("-3", 20), ("x", 20), ("", 20), ("101", 100), ("99999", 100),
    ("100", 100), ("7", 7)])
def test_the_limit_of_recent(full, limit, used):
    answer = full.rest.get(f"/api/trace/recent?limit={limit}")
    assert answer["limit"] == used
    assert answer["count"] == min(used, TRACES)


def test_what_is_not_there(full):
    for odd in (UNKNOWN, "a%20b", "x" * 300, "%00", "%F0%9F%98%80"):
        answer = full.rest.raw(f"/api/trace/{odd}")
        assert answer.status_code == 404
        assert list(answer.json()) == ["error", "trace_id"]
        assert answer.json()["error"] == "trace not found"
    assert full.rest.raw(f"/api/trace/{UNKNOWN.upper()}").json() == {
        "error": "trace not found", "trace_id": UNKNOWN}
    for path in ("/api", "/api/", "/api/agents", "/api/jobs/1", "/api/trace",
                 "/api/trace/a/b"):
        answer = full.rest.raw(path)
        assert answer.status_code == 404
        assert answer.json() == {"error": "API endpoint not found"}


def test_health(full):
    about = full.rest.get("/api/ui-health")
    assert list(about) == ["registry_url", "service", "status", "uptime_secs",
                           "version"]
    assert (about["service"], about["status"]) == ("meshtrace", "healthy")
    assert isinstance(about["uptime_secs"], int)
    probe = full.rest.get("/api/health")
    assert list(probe) == ["service", "status", "timestamp", "uptime_seconds",
                           "version"]
    assert probe["status"] == "healthy"


def test_our_own_routes_stay_strict(full):
    assert full.rest.raw("/trace/list?limit=0").status_code == 400
    assert full.rest.raw("/trace/search?nonsense=1").status_code == 400


def test_a_trace_is_there_once_it_is_completed(meshtrace, redis_server):
    span = Span(new_trace_id(), "a" * 16)
    publish(redis_server.client, STREAMS[1], start_event(span))
    wait_for("the trace is active",
             lambda: meshtrace.rest.state(span.trace) == "active")
    assert meshtrace.rest.raw(f"/api/trace/{span.trace}").status_code == 404
    assert meshtrace.rest.get("/api/trace/list")["total"] == 0
    assert meshtrace.rest.get("/api/trace/recent")["traces"] == []
    assert meshtrace.rest.get("/api/trace/search")["traces"] == []
    publish(redis_server.client, STREAMS[1], end_event(span))
    wait_for("the dashboard sees it", lambda: meshtrace.rest.raw(
        f"/api/trace/{span.trace}").status_code == 200)
    assert meshtrace.rest.get("/api/trace/recent")["count"] == 1


def test_the_token_holds(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, TRACE_HTTP_TOKEN="key").start()
    for path in ("/api/trace/list", "/api/health", "/api/ui-health",
                 f"/api/trace/{UNKNOWN}", "/api/nothing"):
        answer = service.rest.raw(path)
        assert answer.status_code == 401
        assert isinstance(answer.json()["error"], str)
    session = service.rest.session
    session.headers["Authorization"] = "Bearer key"
    assert service.rest.get("/api/trace/list")["count"] == 0
    del session.headers["Authorization"]
    session.auth = ("anybody", "key")
    assert service.rest.get("/api/trace/list")["count"] == 0
    assert service.rest.raw("/trace/list").status_code == 401


def test_tracing_off(new_meshtrace):
    service = new_meshtrace(f"redis://127.0.0.1:{free_port()}",
                            MCP_MESH_DISTRIBUTED_TRACING_ENABLED="false")
    rest = service.start().rest
    assert rest.get("/api/trace/recent?limit=5") == {
        "count": 0, "enabled": False, "limit": 0, "traces": []}
    assert rest.get("/api/trace/list?limit=5") == {
        "enabled": False, "total": 0, "traces": []}
    assert rest.get("/api/trace/search?success=x") == {
        "count": 0, "enabled": False, "traces": []}
    answer = rest.raw(f"/api/trace/{UNKNOWN}")
    assert answer.status_code == 404
    assert answer.json() == {"enabled": False, "error": "tracing not enabled"}
    assert rest.get("/api/ui-health")["status"] == "healthy"
