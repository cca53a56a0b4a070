"""Wrong, too large and too slow requests; a taken port; tracing off."""

import json
import socket
import time

import pytest
import requests

from support.meshtrace import Meshtrace
from support.waiting import SLOW, free_port

UNKNOWN = "0123456789abcdef0123456789abcdef"


def check_error(answer, status, code=None, parameter=None):
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["Content-Type"].startswith("application/json")
    error = answer.json()["error"]
    assert error["message"]
    if code:
        assert error["code"] == code
    assert error.get("parameter") == parameter
    return error


def exchange(port, request, seconds=10):
    """Sends bytes as they are; returns (status, body) until the close."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as at:
        at.sendall(request)
        at.shutdown(socket.SHUT_WR)
        answer = b""
        while data := at.recv(65536):
            answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("path, code, parameter", [
    ("/trace/list?limit=0", "invalid_parameter", "limit"),
    ("/trace/list?limit=101", "invalid_parameter", "limit"),
    ("/trace/list?limit=ten", "invalid_parameter", "limit"),
    ("/trace/list?offset=-1", "invalid_parameter", "offset"),
    ("/trace/list?state=done", "invalid_parameter", "state"),
    ("/trace/list?limt=5", "unknown_parameter", "limt"),
    ("/trace/search?start_time=yesterday", "invalid_parameter", "start_time"),
    ("/trace/search?success=maybe", "invalid_parameter", "success"),
    ("/trace/search?min_duration_ms=-1", "invalid_parameter",
     "min_duration_ms"),
    ("/trace/search?cursor=nonsense", "invalid_parameter", "cursor"),
    ("/trace/search?agent=a", "unknown_parameter", "agent"),
    ("/trace/stats?window=1y", "invalid_parameter", "window"),
])
def test_wrong_parameters(shared, path, code, parameter):
    check_error(requests.get(shared.url + path, timeout=5), 400, code,
                parameter)


@pytest.mark.parametrize("path", ["/nope", "/trace", "/trace/list/more",
                                  "/../etc/passwd", "/trace/%00"])
def test_unknown_routes(shared, path):
    status, body = exchange(shared.port, f"GET {path} HTTP/1.1\r\nHost: x\r\n"
                            "Connection: close\r\n\r\n".encode())
    assert status in (404, 400)
    assert json.loads(body)["error"]["message"]


def test_an_unknown_trace(shared):
    answer = requests.get(f"{shared.url}/trace/{UNKNOWN.upper()}", timeout=5)
    check_error(answer, 404, "trace_not_found")
    assert answer.json()["trace_id"] == UNKNOWN


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/trace/list", "/healthz",
                                  f"/trace/{UNKNOWN}"])
def test_wrong_methods(shared, method, path):
    answer = requests.request(method, shared.url + path, timeout=5)
    check_error(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_too_large_requests(shared):
    small = requests.get(shared.url + "/trace/list", timeout=5,
                         headers={"X-Note": "x" * 4096})
    assert small.status_code == 200
    check_error(requests.get(shared.url + "/trace/search",
                             params={"operation": "x" * 9000}, timeout=5), 414)
    check_error(requests.get(shared.url + "/trace/list", timeout=5,
                             headers={"X-Note": "x" * 20_000}), 431)
    check_error(requests.get(shared.url + "/trace/list", timeout=5,
                             headers={f"X-{n}": "y" * 200
                                      for n in range(90)}), 431)
    check_error(requests.post(shared.url + "/trace/list", timeout=5,
                              data=b"z" * 100_000), 413)
    assert shared.ready()


def test_what_is_not_http(shared):
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00", b"hello\r\n\r\n",
                    b"GET / HTTP/9.9\r\n\r\n", bytes(range(256)) * 8,
                    b"GET /trace/list HTTP/1.1\r\nContent-Length: -5\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", shared.port),
                                      timeout=5) as at:
            at.sendall(garbage)
            at.shutdown(socket.SHUT_WR)
            while at.recv(65536):
                pass
    assert shared.ready()


def test_slow_clients_do_not_disturb_others(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, TRACE_HTTP_THREADS=1,
                            TRACE_HTTP_TIMEOUT="1s").start()
    halves = [b"GET /trace/list HTTP/1.1\r\nHost: x", b"G", b"",
              b"GET /trace/list HTTP/1.1\r\nX-Part: ",
              b"POST /trace/list HTTP/1.1\r\nHost: x\r\n"
              b"Content-Length: 1000\r\n\r\nhalf"]
    slow = []
    for half in halves:
        at = socket.create_connection(("127.0.0.1", service.port), timeout=40)
        at.sendall(half)
        slow.append(at)
    for _ in range(50):
        began = time.monotonic()
        assert service.rest.get("/trace/list")["count"] == 0
        assert time.monotonic() - began < 0.5 * SLOW
    for at in slow:  # The service gives each of them 30 s for its request.
        while at.recv(65536):
            pass
        at.close()
    assert service.ready()


def test_a_client_that_does_not_read(new_meshtrace, redis_server):
    service = new_meshtrace(redis_server.url, TRACE_HTTP_THREADS=1).start()
    with socket.create_connection(("127.0.0.1", service.port)) as deaf:
        deaf.settimeout(1)
        try:
            for _ in range(2000):
                deaf.sendall(b"GET /trace/status HTTP/1.1\r\nHost: x\r\n\r\n")
        except OSError:
            pass  # It need not take them all.
        for _ in range(20):
            began = time.monotonic()
            assert service.rest.get("/trace/list")["count"] == 0
            assert time.monotonic() - began < 1 * SLOW


def test_a_taken_port_is_a_start_error(new_meshtrace, redis_server):
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        service = new_meshtrace(redis_server.url, PORT=port)
        service.start(ready=False)
        assert service.process.wait(10 * SLOW) not in (0, None)
    errors = [line for line in service.stderr().splitlines()
              if " ERROR " in line]
    assert len(errors) == 1
    assert f"port {port}" in errors[0]
    assert "PORT" in errors[0]
    assert service.stdout() == ""


def test_tracing_off(new_meshtrace):
    service = new_meshtrace(f"redis://127.0.0.1:{free_port()}",
                            MCP_MESH_DISTRIBUTED_TRACING_ENABLED="false")
    service.start()
    rest = service.rest
    assert rest.raw("/readyz").status_code == 200
    status = rest.status()
    assert status["enabled"] is False
    assert status["consumer"]["connection_state"] == "disabled"
    assert status["consumer"]["streams"] == []
    assert status["correlator"]["active_traces"] == 0
    assert status["store"]["traces"] == 0
    assert rest.get("/trace/info")["enabled"] is False
    listed = rest.get("/trace/list")
    assert listed["enabled"] is False
    assert (listed["traces"], listed["total"], listed["count"]) == ([], 0, 0)
    found = rest.get("/trace/search", success="false")
    assert found["enabled"] is False
    assert (found["traces"], found["count"]) == ([], 0)
    stats = rest.stats()
    assert stats["enabled"] is False
    assert (stats["total_traces"], stats["agents_involved"]) == (0, [])
    check_error(rest.raw(f"/trace/{UNKNOWN}"), 404, "trace_not_found")
    lines = [line for line in service.stderr().splitlines()
             if "MCP_MESH_DISTRIBUTED_TRACING_ENABLED" in line]
    assert len(lines) == 1, "one line says how to turn it on"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One service with tracing off for all that only asks."""
    service = Meshtrace(tmp_path_factory.mktemp("shared"),
                        f"redis://127.0.0.1:{free_port()}",
                        MCP_MESH_DISTRIBUTED_TRACING_ENABLED="false").start()
    yield service
    code = service.stop()
    assert code == 0, service.stderr()
    assert not service.sanitizer_reports()
