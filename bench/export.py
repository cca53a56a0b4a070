#!/usr/bin/python3
"""Measures what exporting costs, and how fast it goes.

A stream is filled as for drain.py and drained once with each exporter: first
`none`, which is the measure of the others. Targets answer 200 at once and look
at nothing (a process of this script's own), so that what is measured is
meshtrace. For each: traces a second from the first read until the exporter has
dealt with all of them, CPU of the service for a trace above that of `none`, and
what a request had in it.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

import drain

PATIENCE = 300


class Sink:
    """Answers each POST with 200 and counts requests and bytes."""

    def __init__(self):
        self.requests = multiprocessing.Value("Q", 0)
        self.bytes = multiprocessing.Value("Q", 0)
        self.port = drain.free_port()
        self.process = multiprocessing.Process(target=self._run, daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()

    def take(self):
        found = self.requests.value, self.bytes.value
        self.requests.value = self.bytes.value = 0
        return found

    def _run(self):
        async def serve(reader, writer):
            with contextlib.suppress(asyncio.IncompleteReadError,
                                     ConnectionError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    size = next(int(line.split(b":")[1])
                                for line in head.lower().split(b"\r\n")
                                if line.startswith(b"content-length"))
                    await reader.readexactly(size)
                    self.requests.value += 1
                    self.bytes.value += size
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            writer.close()

        async def run():
            server = await asyncio.start_server(serve, "127.0.0.1", self.port,
                                                limit=1 << 24)
            await server.serve_forever()

        asyncio.run(run())


def cases(sink, folder):
    target = f"http://127.0.0.1:{sink.port}"
    otlp = {"TRACE_EXPORTER_TYPE": "otlp", "TELEMETRY_ENDPOINT": target}
    return {
        "none": {},
        "json, lines": {"TRACE_EXPORTER_TYPE": "json",
                        "TRACE_JSON_LAYOUT": "lines",
                        "TRACE_JSON_OUTPUT_DIR": os.path.join(folder, "json")},
        "otlp, http/protobuf": {**otlp, "TELEMETRY_PROTOCOL": "http/protobuf"},
        "otlp, http/protobuf, no gzip": {
            **otlp, "TELEMETRY_PROTOCOL": "http/protobuf",
            "TELEMETRY_COMPRESSION": "none"},
        "otlp, http/json": {**otlp, "TELEMETRY_PROTOCOL": "http/json"},
        "zipkin": {"TRACE_EXPORTER_TYPE": "zipkin",
                   "ZIPKIN_ENDPOINT": target + "/api/v2/spans"},
    }


def finished(service, traces, exports):
    status = service.get("/trace/status")
    if not exports or status is None:
        return service.total_traces() >= traces
    return status["exporters"][0]["exported_traces"] >= traces


def measure(args, client, url, folder, traces, settings):
    drain.forget(client)
    service = drain.Service(args.meshtrace, url, folder, traces, settings)
    try:
        drain.wait_for("reading", PATIENCE, lambda: service.events_read() > 0)
        start, cpu = time.monotonic(), service.cpu_seconds()
        while not finished(service, traces, bool(settings)):
            if time.monotonic() > start + PATIENCE:
                raise SystemExit(f"export: not all is exported in {PATIENCE} s")
            time.sleep(drain.POLL_SECONDS)
        return {"traces_per_second": traces / (time.monotonic() - start),
                "cpu_us": (service.cpu_seconds() - cpu) / traces * 1e6}
    finally:
        service.stop()


def main():
    build = os.path.join(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))), "build")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--build", default=build, help="the build folder")
    parser.add_argument("--traces", type=int, default=50_000)
    parser.add_argument("--json", help="write all figures to this file")
    args = parser.parse_args()
    args.meshtrace = os.path.join(args.build, "meshtrace")
    publish = os.path.join(args.build, "bench", "publish")
    figures = {}
    with tempfile.TemporaryDirectory(prefix="meshtrace-export-") as folder, \
            drain.redis_server(folder) as (client, url), Sink() as sink:
        subprocess.run(
            [publish, "--redis", url, "--streams", drain.STREAM, "--protocol",
             "a", "--spans", str(drain.SPANS), "--traces", str(args.traces),
             "--interleave", "256", "--llm", "0"],
            check=True, stdout=sys.stderr)
        print("| exporter | traces/s | of `none` | CPU above `none`, a trace | "
              "traces a request | bytes a trace |\n|---|---|---|---|---|---|")
        for name, settings in cases(sink, folder).items():
            sink.take()
            found = measure(args, client, url, folder, args.traces, settings)
            requests, size = sink.take()
            figures[name] = found
            base = figures["none"]
            each = f"{args.traces / requests:.0f}" if requests else "-"
            print(f"| {name} | {found['traces_per_second']:,.0f} | "
                  f"{found['traces_per_second'] / base['traces_per_second']:.2f}"
                  f" | {found['cpu_us'] - base['cpu_us']:.0f} us | {each} | "
                  f"{size / args.traces:.0f} |", flush=True)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(figures, out, indent=2)
            out.write("\n")


if __name__ == "__main__":
    main()
