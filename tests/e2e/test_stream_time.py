"""Stream time is what the reader saw, not what its own clock says."""

import os
import signal
import time

import pytest


@pytest.mark.parametrize("attempt", range(3))
def test_a_process_that_stood_still_completes_nothing_early(
        meshtrace, redis_server, attempt):
    client = redis_server.client
    trace = f"{attempt:032x}".replace("0", "a")
    client.xadd("mesh:trace", {
        "trace_id": trace, "span_id": "1" * 16, "parent_span": "null",
        "function_name": "root", "agent_name": "a", "success": "True",
        "start_time": "1764000000.0", "end_time": "1764000001.0"})
    time.sleep(0.15)
    os.kill(meshtrace.process.pid, signal.SIGSTOP)
    time.sleep(0.2)
    client.xadd("mesh:trace", {
        "trace_id": trace, "span_id": "2" * 16, "parent_span": "1" * 16,
        "function_name": "child", "agent_name": "b", "success": "True",
        "start_time": "1764000000.1", "end_time": "1764000000.9"})
    time.sleep(1.0)
    os.kill(meshtrace.process.pid, signal.SIGCONT)
    deadline = time.monotonic() + 5
    answer = {}
    while time.monotonic() < deadline and answer.get("state") != "complete":
        time.sleep(0.05)
        answer = meshtrace.rest.trace(trace) or {}
    assert answer["state"] == "complete"
    assert answer["span_count"] == 2
    assert answer["revision"] == 1
