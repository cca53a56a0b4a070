"""An HTTP target that behaves as badly as a test wants, and remembers all.

In the test's process: `BadTarget`. As a process that can be killed and stopped:
`BadTargetProcess`, which runs this file.
"""

import collections
import contextlib
import gzip
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NEVER = 3600


class Answer:
    """Takes the request and answers with this status."""

    def __init__(self, status=202, body=b"{}", **headers):
        self.status = status
        self.body = body
        self.headers = {name.replace("_", "-"): str(value)
                        for name, value in headers.items()}


class Hang:
    """Takes the request and never answers."""


class CutReading:
    """Closes the connection after so many bytes of the body."""

    def __init__(self, size=100):
        self.size = size


class CutAnswer:
    """Takes the request and closes after half of a good answer."""


Received = collections.namedtuple(
    "Received", "path headers body status at")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one piece, or the client waits for our delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self):
        target = self.server.target
        size = int(self.headers.get("Content-Length", "0"))
        action = target.next_action()
        if isinstance(action, CutReading):
            self.rfile.read(min(size, action.size))
            target.record(self, b"", 0)
            self.cut()
            return
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            return
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if isinstance(action, Answer) and target.poison \
                and target.poison.encode() in body:
            action = Answer(400, b"poison in it")
        if isinstance(action, Hang):
            target.record(self, body, 0)
            target.released.wait(NEVER)
            self.cut()
            return
        if isinstance(action, CutAnswer):
            target.record(self, body, -1)
            self.wfile.write(b"HTTP/1.1 202 Accepted\r\n"
                             b"Content-Length: 100\r\n\r\n{")
            self.wfile.flush()
            self.cut()
            return
        target.record(self, body, action.status)
        self.send_response(action.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(action.body)))
        for name, value in action.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(action.body)

    def cut(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, target, port):
        self.target = target
        self.open = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request, client_address):
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass

    def cut_all(self):
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class BadTarget:
    """Accepts everything unless told otherwise; listens after `start()`.

    `plan(...)` says what the next requests get, one each; `always` what those
    after get. A body with `poison` in it gets 400 instead of what is good.
    """

    def __init__(self, port=None):
        self.port = port or reserve_port()
        self.received = []
        self.always = Answer()
        self.poison = None
        self.released = threading.Event()
        self._plan = collections.deque()
        self._lock = threading.Lock()
        self._server = None

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self):
        assert self._server is None
        self.released.clear()
        self._server = _Server(self, self.port)
        threading.Thread(target=self._server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def stop(self):
        """Refuses connections from now on, and cuts those there are."""
        if self._server is None:
            return
        server, self._server = self._server, None
        self.released.set()
        server.shutdown()
        server.server_close()
        server.cut_all()

    def plan(self, *actions):
        with self._lock:
            self._plan.extend(actions)

    def left(self):
        """How much of the plan is left."""
        with self._lock:
            return len(self._plan)

    def spans(self, path=None):
        """What it has accepted of a path, decoded, by trace and span id."""
        return decode_all(request for request in self.requests(path)
                          if 200 <= request.status < 300
                          or request.status == -1)

    def counts(self, path=None):
        """How often each (trace, span) came in accepted requests."""
        counts = collections.Counter()
        for request in self.requests(path):
            if 200 <= request.status < 300:
                counts.update((span["trace"], span["span"])
                              for span in decode(request))
        return counts

    def requests(self, path=None):
        with self._lock:
            return [request for request in self.received
                    if path is None or request.path == path]

    # -- for the handlers -----------------------------------------------------

    def next_action(self):
        with self._lock:
            return self._plan.popleft() if self._plan else self.always

    def record(self, handler, body, status):
        headers = {name.lower(): value
                   for name, value in handler.headers.items()}
        with self._lock:
            self.received.append(Received(handler.path, headers, body, status,
                                          time.monotonic()))


class BadTargetProcess:
    """A target that accepts everything, as a process of its own: `kill()` and
    `freeze()` do to it what the kernel does."""

    def __init__(self, folder, port=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port or reserve_port()
        self.process = None

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(self.port),
                 str(self.folder / "received")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            assert time.monotonic() < deadline, "the target does not start"
            time.sleep(0.05)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)

    def spans(self, path=None):
        """What it said to have accepted, over all its lives."""
        record = self.folder / "received"
        text = record.read_text() if record.exists() else ""
        found = []
        for line in text.splitlines():
            with contextlib.suppress(ValueError):  # half a line of a kill
                item = json.loads(line)
                if path is None or item["path"] == path:
                    found.append(Received(item["path"], {},
                                          item["body"].encode(), 202, 0))
        return decode_all(found)


def reserve_port():
    """A port that stays refused until we listen: no outgoing connection of this
    machine takes it by chance."""
    low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
              .read_text().split()[0])
    for port in range(low - 1 - os.getpid() % 5000, 1024, -7):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port
    raise AssertionError("no free port")


_given = set()


# -- what exporters send -------------------------------------------------------

def decode(request):
    """The spans of a request, whatever its format, in the same words."""
    message = json.loads(request.body)
    return list(_zipkin(message) if isinstance(message, list)
                else _otlp(message))


def decode_all(requests):
    """{trace id: {span id: span}}; what comes again must be the same."""
    found = {}
    for request in requests:
        for span in decode(request):
            spans = found.setdefault(span["trace"], {})
            before = spans.setdefault(span["span"], span)
            assert before == span, f"came twice, as {before} and as {span}"
    return found


def _zipkin(spans):
    for span in spans:
        tags = span.get("tags", {})
        yield {"trace": span["traceId"], "span": span["id"],
               "parent": span.get("parentId", ""), "operation": span["name"],
               "agent": span["localEndpoint"]["serviceName"],
               "success": "error" not in tags,
               "error": tags.get("error", ""),
               "start_us": span["timestamp"],
               "duration_us": span["duration"]}


def _otlp(message):
    for resource in message["resourceSpans"]:
        about = {item["key"]: item["value"]
                 for item in resource["resource"]["attributes"]}
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                start = int(span["startTimeUnixNano"])
                end = int(span["endTimeUnixNano"])
                status = span.get("status", {})
                yield {"trace": span["traceId"], "span": span["spanId"],
                       "parent": span.get("parentSpanId", ""),
                       "operation": span["name"],
                       "agent": about["service.name"]["stringValue"],
                       "success": status.get("code", 0) != 2,
                       "error": status.get("message", ""),
                       "start_us": start // 1000,
                       "duration_us": (end - start) // 1000}


class _Writer(BadTarget):
    """Writes each request down before it answers."""

    def __init__(self, port, record):
        super().__init__(port)
        self._record = open(record, "a", encoding="utf-8")

    def record(self, handler, body, status):
        with self._lock:
            self._record.write(json.dumps(
                {"path": handler.path, "body": body.decode()}) + "\n")
            self._record.flush()


if __name__ == "__main__":
    _Writer(int(sys.argv[1]), sys.argv[2]).start()
    signal.pause()
