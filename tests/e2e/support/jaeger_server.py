"""A real Jaeger, all in one process, that keeps traces in memory."""

import subprocess

import requests

from .fetched import jaeger
from .waiting import free_port, wait_for

#: Everything it would listen on at ports that others may hold.
TCP = ("admin.http", "collector.grpc-server", "collector.http-server",
       "collector.otlp.grpc", "collector.otlp.http", "http-server",
       "query.grpc-server", "query.http-server")
UDP = ("jaeger-binary", "jaeger-compact", "zipkin-compact")


class Jaeger:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.program = jaeger()
        self.ports = {name: free_port() for name in TCP}
        self.process = None
        self.session = requests.Session()

    def otlp_port(self, protocol):
        return self.ports["collector.otlp.grpc" if protocol == "grpc"
                          else "collector.otlp.http"]

    def start(self):
        options = [f"--{name}.host-port=127.0.0.1:{port}"
                   for name, port in self.ports.items()]
        options += [f"--processor.{name}.server-host-port=127.0.0.1:0"
                    for name in UDP]
        options.append("--reporter.grpc.host-port=127.0.0.1:"
                       f"{self.ports['collector.grpc-server']}")
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, *options], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.folder)
        wait_for("Jaeger answers", self.answers, 30)
        return self

    def answers(self):
        assert self.process.poll() is None, self.log()
        try:
            return self.session.get(self.url("/api/services"),
                                    timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def url(self, path):
        return f"http://127.0.0.1:{self.ports['query.http-server']}{path}"

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)

    def trace(self, trace_id):
        """What the API has of it, None if nothing (yet)."""
        answer = self.session.get(self.url(f"/api/traces/{trace_id}"),
                                  timeout=10)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text[:500]
        return answer.json()["data"][0]

    def services(self):
        return self.session.get(self.url("/api/services"),
                                timeout=10).json()["data"]
