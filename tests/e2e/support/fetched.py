"""What tests need that is no Debian package: fetched or built once, with pinned
versions and hashes, into a cache. Where it cannot be had, the test is skipped
with the reason."""

import fcntl
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

import pytest

E2E = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS = E2E / "requirements.txt"
JAEGER_MODULE = E2E / "support" / "jaeger"
MESHCTL_MODULE = E2E / "support" / "meshctl"
JAEGER_PACKAGE = "github.com/jaegertracing/jaeger/cmd/all-in-one"
#: The first that knows the `tool` line of go.mod.
LEAST_GO = (1, 24)


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(base) / "meshtrace"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def once(name, make):
    """The path `name` in the cache; `make(path)` makes it where it is not
    there. Never half of it, and not twice at the same time."""
    folder = cache_folder()
    with open(folder / f".{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / name
        if ready.exists():
            return ready
        scratch = pathlib.Path(tempfile.mkdtemp(dir=folder))
        try:
            make(scratch / "made")
            (scratch / "made").rename(ready)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return ready


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def run(command, what, seconds, **options):
    """Runs a tool that fetches; skips the test where it cannot."""
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=seconds, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as problem:
        pytest.skip(f"{what}: {problem}")
    output = (done.stdout + done.stderr)[-2000:]
    # What came is not what was pinned: that is no reason to look away.
    assert "MISMATCH" not in output.upper() and "DO NOT MATCH" not in output \
        and "EINTEGRITY" not in output, output
    if done.returncode != 0:
        pytest.skip(f"{what}: {output[-500:]}")


def python_with_otlp():
    """A Python that has the official definitions of OTLP."""
    def make(folder):
        run(["/usr/bin/python3", "-m", "venv", str(folder)],
            "no virtual environment", 120)
        run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet",
             "--disable-pip-version-check", "--retries", "1",
             "--only-binary", ":all:", "--require-hashes", "-r",
             str(REQUIREMENTS)],
            "pip cannot install tests/e2e/requirements.txt", 180)

    folder = once(f"python-{digest(REQUIREMENTS)}", make)
    return folder / "bin" / "python"


def go_version():
    go = shutil.which("go")
    if go is None:
        return None
    text = subprocess.run([go, "env", "GOVERSION"], text=True, check=False,
                          capture_output=True, cwd="/").stdout
    found = re.match(r"go(\d+)\.(\d+)", text)
    return found and (int(found[1]), int(found[2]))


def jaeger():
    """Jaeger's all-in-one, built from its source: some minutes, once."""
    def make(program):
        version = go_version()
        if version is None or version < LEAST_GO:
            pytest.skip(f"Jaeger is built with go >= {LEAST_GO[0]}."
                        f"{LEAST_GO[1]}, here is {version or 'none'}")
        run(["nice", "go", "build", "-o", str(program), JAEGER_PACKAGE],
            "Jaeger cannot be built", 1500, cwd=JAEGER_MODULE,
            env={**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
                 "GOFLAGS": "-mod=readonly"})

    return once(f"jaeger-{digest(JAEGER_MODULE / 'go.sum')}", make)


def meshctl():
    """The mesh's own client as it is published. npm alone fetches it, and
    nothing else here needs npm, so that no machine is made to have it."""
    def make(program):
        if shutil.which("npm") is None:
            pytest.skip("meshctl is fetched by npm, which is not installed")
        if platform.machine() != "x86_64":
            pytest.skip(f"meshctl is pinned for x86_64, not "
                        f"{platform.machine()}")
        folder = program.parent / "npm"
        shutil.copytree(MESHCTL_MODULE, folder)
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            "npm cannot install meshctl", 200, cwd=folder)
        (folder / "node_modules" / "@mcpmesh" / "cli-linux-x64" / "bin"
         / "meshctl").rename(program)

    return once(f"meshctl-{digest(MESHCTL_MODULE / 'package-lock.json')}",
                make)
