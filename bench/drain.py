#!/usr/bin/python3
"""Measures how fast meshtrace drains a preloaded stream.

Beside it, alternating, runs the physical limit: a loop that only reads the
group and acknowledges (read_ack). What is measured and what it must reach is
said in the project's performance goals: from the first read to the last join
with 90 % of the traces committed; CPU of the service per event; anonymous
memory per 1000 completed traces. Everything runs on this machine, with a
redis-server of its own that keeps nothing on disk.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import redis

STREAM = "mesh:trace"
GROUP = "meshtrace-drain"
LIMIT_GROUP = "drain-limit"
SPANS = 4
POLL_SECONDS = 0.02
LIMIT_SECONDS = 300

# "must" of the memory engine; the other columns belong to later engines.
MUST = {"ratio": 0.75, "cpu_us": 1.2, "mb_per_1000": 0.45}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, seconds, ready):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    raise SystemExit(f"drain: {what} did not happen within {seconds} s")


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def redis_server(folder):
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1",
               "--save", "", "--appendonly", "no", "--dir", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)

    def answers():
        try:
            return client.ping()
        except redis.exceptions.ConnectionError:
            return False

    try:
        wait_for("redis-server answering", 10, answers)
        yield client, f"redis://127.0.0.1:{port}"
    finally:
        client.close()
        stop(process)


class Service:
    """A meshtrace process with exporter `none`, and what it says of itself."""

    def __init__(self, binary, url, folder, traces, extra):
        self.port = free_port()
        self.log = open(os.path.join(folder, "meshtrace.log"), "ab")
        env = dict(os.environ)
        env.update(
            REDIS_URL=url, HOST="127.0.0.1", PORT=str(self.port),
            TRACE_CONSUMER_GROUP=GROUP, TRACE_STREAMS=STREAM,
            TRACE_EXPORTER_TYPE="none", TRACE_STORE="memory",
            TRACE_MAX_STORED=str(traces + 1000), TRACE_MEMORY_BUDGET="8GiB",
            TRACE_DATA_DIR=os.path.join(folder, "data"),
            MCP_MESH_TRACE_RETENTION="0", TRACE_LOG_LEVEL="warn",
            MCP_MESH_DISTRIBUTED_TRACING_ENABLED="true")
        env.update(extra)
        self.process = subprocess.Popen(
            [binary], env=env, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log)

    def get(self, path):
        """The JSON answer, None while there is none."""
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError, ValueError):
            if self.process.poll() is not None:
                raise SystemExit("drain: meshtrace ended, see its log") from None
            return None

    def events_read(self):
        status = self.get("/trace/status")
        return status["consumer"]["events_read"] if status else 0

    def total_traces(self):
        stats = self.get("/trace/stats")
        return stats["total_traces"] if stats else 0

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def anonymous_mb(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup",
                  encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Anonymous:"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        stop(self.process)
        self.log.close()


def measure_limit(args, client, url):
    with contextlib.suppress(redis.exceptions.ResponseError):
        client.xgroup_destroy(STREAM, LIMIT_GROUP)
    client.xgroup_create(STREAM, LIMIT_GROUP, "0")
    out = subprocess.run(
        [args.read_ack, "--redis", url, "--stream", STREAM, "--group",
         LIMIT_GROUP], check=True, stdout=subprocess.PIPE, timeout=LIMIT_SECONDS)
    client.xgroup_destroy(STREAM, LIMIT_GROUP)
    result = json.loads(out.stdout)
    return result["events"] / result["seconds"]


def measure_idle_mb(args, url, folder):
    """Anonymous memory of a meshtrace that has read nothing."""
    service = Service(args.meshtrace, url, folder, 1,
                      {"MCP_MESH_DISTRIBUTED_TRACING_ENABLED": "false"})
    try:
        wait_for("meshtrace answering", 20, lambda: service.get("/trace/status"))
        time.sleep(1)
        return service.anonymous_mb()
    finally:
        service.stop()


def forget(client):
    """Takes back everything that an earlier meshtrace left in Redis."""
    with contextlib.suppress(redis.exceptions.ResponseError):
        client.xgroup_destroy(STREAM, GROUP)
    for key in client.scan_iter(GROUP + ":*"):
        client.delete(key)


def measure_service(args, client, url, folder, traces, idle_mb):
    forget(client)
    events = traces * SPANS * 2
    service = Service(args.meshtrace, url, folder, traces, {})
    try:
        # The last look before the first event was read starts the clock, so
        # that a look that comes late counts against the service.
        deadline = time.monotonic() + LIMIT_SECONDS
        start, cpu = time.monotonic(), service.cpu_seconds()
        while service.events_read() == 0:
            start, cpu = time.monotonic(), service.cpu_seconds()
            if start > deadline:
                raise SystemExit("drain: meshtrace reads nothing, see its log")
            time.sleep(POLL_SECONDS)
        while (service.events_read() < events
               or service.total_traces() < 0.9 * traces):
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"drain: {service.events_read()} of {events} events and "
                    f"{service.total_traces()} of {traces} traces in "
                    f"{LIMIT_SECONDS} s")
            time.sleep(POLL_SECONDS)
        seconds = time.monotonic() - start
        cpu = service.cpu_seconds() - cpu
        wait_for("the last commit", 30,
                 lambda: service.total_traces() >= traces)
        memory = service.anonymous_mb()
        pending = client.xpending(STREAM, GROUP)["pending"]
        if pending:
            wait_for("the last acknowledgement", 10, lambda: client.xpending(
                STREAM, GROUP)["pending"] == 0)
        return {"events_per_second": events / seconds,
                "cpu_us": cpu / events * 1e6,
                "anonymous_mb": memory,
                "mb_per_1000": (memory - idle_mb) / traces * 1000}
    finally:
        service.stop()


def measure(args, client, url, folder):
    traces = args.events // (2 * SPANS)
    subprocess.run(
        [args.publish, "--redis", url, "--streams", STREAM, "--protocol", "a",
         "--spans", str(SPANS), "--traces", str(traces), "--interleave", "256",
         "--llm", "0"], check=True, stdout=sys.stderr)
    idle_mb = measure_idle_mb(args, url, folder)
    runs = []
    for number in range(args.runs):
        limit = measure_limit(args, client, url)
        run = measure_service(args, client, url, folder, traces, idle_mb)
        run["limit_events_per_second"] = limit
        run["ratio"] = run["events_per_second"] / limit
        runs.append(run)
        print(f"run {number + 1}: limit {limit:,.0f}/s, meshtrace "
              f"{run['events_per_second']:,.0f}/s, ratio {run['ratio']:.2f}, "
              f"{run['cpu_us']:.2f} us/event", file=sys.stderr)
    return {"events": traces * SPANS * 2, "traces": traces,
            "idle_anonymous_mb": idle_mb, "runs": runs,
            "median": {key: statistics.median(run[key] for run in runs)
                       for key in runs[0]}}


def markdown(result):
    median = result["median"]
    rates = (f"{median['events_per_second']:,.0f}/s of "
             f"{median['limit_events_per_second']:,.0f}/s")
    return "\n".join([
        "| what | measured | must (memory) | reached |", "|---|---|---|---|",
        row(f"drain of {result['events']:,} events against the limit "
            f"({rates})", median["ratio"], MUST["ratio"], "", least=True),
        row("service CPU per event, all threads", median["cpu_us"],
            MUST["cpu_us"], " us"),
        row("anonymous memory per 1000 completed traces",
            median["mb_per_1000"], MUST["mb_per_1000"], " MB")])


def row(what, value, must, unit, least=False):
    reached = value >= must if least else value <= must
    return (f"| {what} | {value:.2f}{unit} | {must}{unit} | "
            f"{'yes' if reached else 'no'} |")


def arguments():
    here = os.path.dirname(os.path.abspath(__file__))
    build = os.path.join(os.path.dirname(here), "build")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--build", default=build, help="the build folder")
    parser.add_argument("--meshtrace", help="binary (found in --build)")
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", help="write all figures to this file")
    args = parser.parse_args()
    found = [os.path.join(args.build, part, "meshtrace")
             for part in ("", "app", "bin")]
    args.meshtrace = args.meshtrace or next(filter(os.path.isfile, found),
                                            found[0])
    args.publish = os.path.join(args.build, "bench", "publish")
    args.read_ack = os.path.join(args.build, "bench", "read_ack")
    for binary in (args.meshtrace, args.publish, args.read_ack):
        if not shutil.which(binary):
            parser.error(f"{binary} is not there; build it or name --build")
    return args


def main():
    args = arguments()
    with tempfile.TemporaryDirectory(prefix="meshtrace-drain-") as folder:
        try:
            with redis_server(folder) as (client, url):
                result = measure(args, client, url, folder)
        except SystemExit:
            log = os.path.join(folder, "meshtrace.log")
            if os.path.exists(log):
                with open(log, encoding="utf-8", errors="replace") as text:
                    sys.stderr.writelines(text.readlines()[-20:])
            raise
    print(markdown(result))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(result, out, indent=2)
            out.write("\n")


if __name__ == "__main__":
    main()
