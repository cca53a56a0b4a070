"""The real binary as a child process."""

import os
import signal
import subprocess

import requests

from .rest import Rest
from .waiting import SLOW, free_port, wait_for


class Meshtrace:
    """One meshtrace with tracing on. Settings are its environment; none of the
    caller's own TRACE_* or MCP_MESH_* variables get through."""

    def __init__(self, folder, redis_url, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.binary = os.environ["MESHTRACE_BINARY"]
        self.port = int(settings.get("PORT", free_port()))
        self.url = f"http://127.0.0.1:{self.port}"
        self.rest = Rest(self.url)
        self.process = None
        self.environment = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("TRACE_", "MCP_MESH_", "TELEMETRY_"))}
        self.environment.update(
            MCP_MESH_DISTRIBUTED_TRACING_ENABLED="true", REDIS_URL=redis_url,
            HOST="127.0.0.1", PORT=str(self.port),
            TRACE_DATA_DIR=str(folder / "data"), TRACE_EXPORTER_TYPE="none",
            TRACE_CONSUMER_NAME=f"e2e-{self.port}")
        self.environment.update(
            {key: str(value) for key, value in settings.items()})

    def start(self, ready=True):
        """Starts it, by default until /readyz says 200."""
        with open(self.folder / "stdout", "ab") as out, \
                open(self.folder / "stderr", "ab") as log:
            self.process = subprocess.Popen(
                [self.binary], env=self.environment, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=out, stderr=log)
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=15):
        wait_for(f"meshtrace ready, its log:\n{self.stderr()[-2000:]}",
                 self.ready, seconds)

    def ready(self):
        assert self.process.poll() is None, \
            f"meshtrace ended with {self.process.returncode}:\n{self.stderr()}"
        try:
            return requests.get(self.url + "/readyz",
                                timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, how=signal.SIGTERM, seconds=12):
        """Ends it in order; returns its exit code."""
        if self.running():
            self.process.send_signal(how)
        try:
            return self.process.wait(seconds * SLOW)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"meshtrace did not stop in {seconds} s:\n"
                f"{self.stderr()[-2000:]}") from None

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.wait(20)

    def stdout(self):
        return self._text("stdout")

    def stderr(self):
        return self._text("stderr")

    def sanitizer_reports(self):
        """Lines in which ASan or UBSan complains."""
        return [line for line in self.stderr().splitlines()
                if "Sanitizer" in line or "runtime error:" in line]

    def _text(self, name):
        path = self.folder / name
        if not path.exists():
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
