"""A real Zipkin, of Maven Central's `io.zipkin:zipkin-server`."""

import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest
import requests

from .waiting import free_port, wait_for

VERSION = "3.5.1"
SHA256 = "7ac633a6832647e71e50012a5e3e91fbc7054414955261724526030faf271d8d"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME",
                                    pathlib.Path.home() / ".cache"))


def jar():
    """The path of the exec jar, fetched once; skips the test if it cannot be
    had."""
    if shutil.which("java") is None:
        pytest.skip("there is no java to run Zipkin with")
    folder = CACHE / "meshtrace"
    path = folder / f"zipkin-server-{VERSION}-exec.jar"
    if not path.exists():
        fetch(folder, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest == SHA256, f"{path} is not what it was: {digest}"
    return path


def fetch(folder, path):
    if shutil.which("mvn") is None:
        pytest.skip("there is no mvn to fetch Zipkin with")
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"partial-{os.getpid()}"
    command = ["mvn", "-B", "-q", COPY, f"-DoutputDirectory={partial}",
               f"-Dartifact=io.zipkin:zipkin-server:{VERSION}:jar:exec"]
    try:
        done = subprocess.run(command, cwd=folder, timeout=120, check=False,
                              stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == 0:
            (partial / path.name).rename(path)
        else:
            pytest.skip(f"mvn cannot fetch zipkin-server {VERSION}: "
                        f"{done.stdout[-300:]}")
    except subprocess.TimeoutExpired:
        pytest.skip(f"mvn did not fetch zipkin-server {VERSION} in 120 s")
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class ZipkinServer:
    """Keeps spans in memory: a killed one has forgotten them."""

    def __init__(self, folder):
        self.jar = jar()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.spans_url = self.url + "/api/v2/spans"
        self.process = None

    def start(self):
        command = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar",
                   str(self.jar), "--armeria.ports[0].ip=127.0.0.1",
                   f"--armeria.ports[0].port={self.port}",
                   "--armeria.ports[0].protocols=http"]
        with open(self.folder / "zipkin.log", "ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=self.folder)
        wait_for("zipkin answering", self.answers, 90, 0.2)
        return self

    def answers(self):
        assert self.process.poll() is None, \
            (self.folder / "zipkin.log").read_text()[-2000:]
        try:
            return requests.get(self.url + "/health",
                                timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.wait(20)

    def get(self, path, **params):
        answer = requests.get(f"{self.url}/api/v2/{path}", params=params,
                              timeout=10)
        assert answer.status_code == 200, answer.text[:500]
        return answer.json()

    def trace(self, trace_id):
        """The spans of the trace by id; empty if there is none (yet)."""
        answer = requests.get(f"{self.url}/api/v2/trace/{trace_id}",
                              timeout=10)
        if answer.status_code == 404:
            return {}
        assert answer.status_code == 200, answer.text[:500]
        spans = answer.json()
        found = {span["id"]: span for span in spans}
        assert len(found) == len(spans), "a span is there twice"
        return found
