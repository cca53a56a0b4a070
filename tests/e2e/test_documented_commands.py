"""The commands of the documented page, as printed, with curl and jq."""

import json
import shutil
import subprocess

import pytest

from support.events import (NS_PER_S, STREAMS, Span, entries, new_trace_id,
                            publish)
from support.waiting import wait_for

#: 2026-11-23T04:00:00Z and an hour later.
EARLY = 1_795_406_400
LATE = EARLY + 3_600

QUICK = Span(new_trace_id(), "00000000000000a1", agent="fastmcp-service",
             operation="get_current_time", start=EARLY * NS_PER_S,
             duration_ms=15)
SLOW = Span(new_trace_id(), "00000000000000b1", agent="dependent-service",
            operation="generate_report", start=LATE * NS_PER_S,
            duration_ms=2_500)
BROKEN = Span(new_trace_id(), "00000000000000c1", agent="fastmcp-service",
              operation="validate_data", start=(LATE + 60) * NS_PER_S,
              duration_ms=8, success=False, error="no such table")
ALL = (QUICK, SLOW, BROKEN)


@pytest.fixture(name="run")
def run_fixture(meshtrace, redis_server):
    """Runs a command line against a service that has three traces."""
    for tool in ("curl", "jq"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    for number, span in enumerate(ALL):
        publish(redis_server.client, STREAMS[number % 2],
                *entries(span, "ab"[number % 2]))
    wait_for("three complete traces",
             lambda: meshtrace.rest.stats()["total_traces"] == len(ALL), 5)

    def run(command):
        line = command.replace("http://localhost:8000", meshtrace.url)
        done = subprocess.run(["bash", "-o", "pipefail", "-c", line],
                              capture_output=True, text=True, timeout=20,
                              check=False)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout

    return run


def ids(*spans):
    return sorted(span.trace for span in spans)


def found(run, query):
    """The ids that a search finds, with its count checked."""
    text = run(f"curl -s 'http://localhost:8000/trace/search?{query}' | jq .")
    answer = json.loads(text)
    assert answer["enabled"] is True
    assert answer["count"] == len(answer["traces"])
    return sorted(trace["trace_id"] for trace in answer["traces"])


def test_status(run):
    status = "curl -s http://localhost:8000/trace/status | jq "
    assert run(status + ".enabled") == "true\n"
    assert run(status + ".correlator.active_traces") == "0\n"
    consumer = json.loads(run(status + ".consumer"))
    assert consumer["connection_state"] == "connected"
    assert consumer["events_read"] == 5
    assert sorted(stream["stream_name"] for stream in consumer["streams"]) \
        == sorted(STREAMS)


def test_list(run):
    lines = run("curl -s 'http://localhost:8000/trace/list?limit=100' "
                "| jq -c '.traces[]'").splitlines()
    traces = [json.loads(line) for line in lines]
    # Newest end first.
    assert [trace["trace_id"] for trace in traces] \
        == [BROKEN.trace, SLOW.trace, QUICK.trace]
    assert all(len(trace["spans"]) == 1 for trace in traces)


def test_one_trace(run):
    trace = json.loads(run(
        f"curl -s http://localhost:8000/trace/{BROKEN.trace} | jq ."))
    assert trace["trace_id"] == BROKEN.trace
    assert trace["success"] is False
    assert trace["spans"][0]["error_message"] == "no such table"


def test_stats(run):
    stats = "curl -s http://localhost:8000/trace/stats | jq "
    assert run(stats + ".total_traces") == "3\n"
    assert run(stats + ".success_traces") == "2\n"


@pytest.mark.parametrize("query, expected", [
    ("min_duration_ms=1000", (SLOW,)),
    ("success=false", (BROKEN,)),
    ("success=true", (QUICK, SLOW)),
    ("agent_name=fastmcp-service", (QUICK, BROKEN)),
    ("agent_name=nobody", ()),
    ("operation=report", (SLOW,)),
    ("start_time=2026-11-23T04:30:00Z", (SLOW, BROKEN)),
    # As people type it, the + unescaped.
    ("start_time=2026-11-23T06:30:00+02:00", (SLOW, BROKEN)),
    ("end_time=2026-11-23T04:30:00Z", (QUICK,)),
    ("agent_name=fastmcp-service&success=true&limit=5", (QUICK,)),
])
def test_search(run, query, expected):
    assert found(run, query) == ids(*expected)


def test_a_typo_is_an_error_and_not_the_wrong_traces(run):
    text = run("curl -s 'http://localhost:8000/trace/search?sucess=false' "
               "| jq -r .error.code,.error.parameter")
    assert text == "unknown_parameter\nsucess\n"
