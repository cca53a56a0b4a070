"""The target of OTLP of `otlp_server.py` as a child process."""

import json
import pathlib
import socket
import subprocess

from .fetched import python_with_otlp
from .waiting import free_port, wait_for

SERVER = pathlib.Path(__file__).with_name("otlp_server.py")


class OtlpTarget:
    """Speaks gRPC at one port and HTTP at another; options as there."""

    def __init__(self, folder, **options):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.python = python_with_otlp()
        self.options = options
        self.grpc_port = free_port()
        self.http_port = free_port()
        self.out = folder / "requests.jsonl"
        self.process = None

    def port(self, protocol):
        return self.grpc_port if protocol == "grpc" else self.http_port

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.python, SERVER, str(self.grpc_port), str(self.http_port),
                 str(self.out), json.dumps(self.options)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for("the target listens", self.listens, 20)
        return self

    def listens(self):
        assert self.process.poll() is None, self.log()
        try:
            for port in (self.grpc_port, self.http_port):
                socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            return False
        return True

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)

    def requests(self):
        """Every request so far, in order."""
        if not self.out.exists():
            return []
        text = self.out.read_text(encoding="utf-8")
        whole = text[:text.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def spans(self):
        """The spans of all requests that were taken."""
        return [span for request in self.requests() if request["taken"]
                for span in request["spans"]]

    def wait_for_spans(self, count, seconds=20):
        try:
            wait_for(f"{count} spans", lambda: len(self.spans()) >= count,
                     seconds)
        except AssertionError as problem:
            raise AssertionError(f"{problem}, but {len(self.spans())} in "
                                 f"{len(self.requests())} requests; its log:\n"
                                 f"{self.log()}") from None
        return self.spans()
