#!/usr/bin/python3
"""Runs meshtrace under a steady load for minutes and looks for what grows.

Rounds of 30 s, one after the other without a pause: each is published at the
given rate and asked back, trace by trace, while the next one runs. Says, for
each round, what the service took. Ends with 1 if a trace was missing or wrong.
Everything runs on this machine, with a redis-server of its own.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

from drain import STREAM, Service, redis_server, wait_for

EVENTS_PER_TRACE = 8
ROUND_SECONDS = 30
MIB = 1 << 20


def store_bytes(service):
    status = service.get("/trace/status")
    return status["store"]["bytes"] if status else 0


def shape(args, number):
    traces = args.rate * ROUND_SECONDS // EVENTS_PER_TRACE
    return ["--traces", traces, "--seed", number + 1, "--spans", "4",
            "--protocol", "a", "--llm", "0", "--failures", "0.05",
            "--streams", STREAM]


def run(args, *arguments):
    return subprocess.Popen([args.publish, *map(str, arguments)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def report(number, began, service, cpu, deliveries, length):
    seconds = time.monotonic() - began
    print(f"| {number + 1} | {deliveries / seconds:,.0f} "
          f"| {service.anonymous_mb():.0f} | {cpu / seconds * 100:.0f} % "
          f"| {store_bytes(service) / MIB:,.0f} | {length:,} |", flush=True)


def soak(args, client, url, service):
    lost = 0
    asking = None
    sizes = []
    print("| round | events/s | anonymous MiB | CPU | store MiB | unread |\n"
          "| --- | --- | --- | --- | --- | --- |", flush=True)

    def hear(process):
        said, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            print(said[-2000:], flush=True)
        return process.returncode != 0

    for number in range(args.minutes * 60 // ROUND_SECONDS):
        began = time.monotonic()
        cpu, read = service.cpu_seconds(), service.events_read()
        publisher = run(args, "--redis", url, "--rate", args.rate, "--maxlen",
                        args.maxlen, *shape(args, number))
        lost += hear(publisher)
        lag = client.xinfo_groups(STREAM)[0].get("lag") or 0
        report(number, began, service, service.cpu_seconds() - cpu,
               service.events_read() - read, lag)
        sizes.append(service.anonymous_mb())
        if asking:
            lost += hear(asking)
        asking = run(args, "--verify", f"http://127.0.0.1:{service.port}",
                     "--wait", 30, *shape(args, number))
    lost += hear(asking)
    third = max(1, len(sizes) // 3)
    middle, end = sizes[third:2 * third], sizes[-third:]
    print(f"\nanonymous memory: {sum(middle) / len(middle or [1]):.0f} MiB in "
          f"the middle third, {sum(end) / len(end):.0f} MiB in the last; "
          f"{lost} rounds with a trace missing or wrong")
    return 1 if lost else 0


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    build = os.path.join(here, "..", "build")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--rate", type=int, default=20000)
    parser.add_argument("--maxlen", type=int, default=200000)
    parser.add_argument("--meshtrace", default=os.path.join(build, "meshtrace"))
    parser.add_argument("--publish",
                        default=os.path.join(build, "bench", "publish"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, \
            redis_server(folder) as (client, url):
        service = Service(args.meshtrace, url, folder, 1000, {
            "TRACE_STORE": "rocksdb", "TRACE_MEMORY_BUDGET": "512MiB",
            "MCP_MESH_TRACE_RETENTION": "24h"})
        try:
            wait_for("meshtrace ready", 20, lambda: service.get("/readyz"))
            return soak(args, client, url, service)
        finally:
            service.stop()


if __name__ == "__main__":
    sys.exit(main())
