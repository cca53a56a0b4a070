"""Load while things break, and what has to be true when it is over."""

import os
import re
import subprocess
import threading
import time

from .events import STREAMS
from .waiting import SLOW, wait_for

GROUP = "meshtrace"


def run_publish(*arguments, seconds=60):
    """Runs bench/publish, which makes the same traces for the same seed."""
    return subprocess.run(
        [os.environ["PUBLISH_BINARY"], *map(str, arguments)], text=True,
        capture_output=True, timeout=seconds * SLOW, check=False)


class Load(threading.Thread):
    """Publishes `rounds` x `traces` traces straight to Redis.

    A round that fails because Redis is away is published again from its start:
    what has arrived already is then there twice, as with agents that retry.
    """

    def __init__(self, redis_url, rounds=6, traces=100, rate=3000,
                 first_seed=100):
        super().__init__(daemon=True)
        self.arguments = ("--traces", traces, "--streams", ",".join(STREAMS),
                          "--shuffle", "--duplicates", 0.1)
        self.redis_url = redis_url
        self.rate = rate
        self.seeds = range(first_seed, first_seed + rounds)
        self.traces = traces
        self.rounds_done = 0
        self.repeated = 0
        self.problem = None

    def run(self):
        deadline = time.monotonic() + 40 * SLOW
        for seed in self.seeds:
            while True:
                done = run_publish("--redis", self.redis_url, "--seed", seed,
                                   "--rate", self.rate, *self.arguments)
                if done.returncode == 0:
                    break
                self.repeated += 1
                if time.monotonic() > deadline:
                    self.problem = done.stdout + done.stderr
                    return
                time.sleep(0.1)
            self.rounds_done += 1

    def finish(self):
        self.join(60 * SLOW)
        assert not self.is_alive(), "the load does not end"
        assert self.problem is None, self.problem

    def verify(self, service, seconds=20):
        """Every trace of the load is whole in the service."""
        deadline = time.monotonic() + seconds * SLOW
        for seed in self.seeds:
            done = run_publish("--verify", service.url, "--seed", seed,
                               "--wait", max(1, deadline - time.monotonic()),
                               *self.arguments)
            assert done.returncode == 0, \
                f"seed {seed}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


def has_groups(server):
    return all(server.client.exists(stream) and
               server.client.xinfo_groups(stream) for stream in STREAMS)


def drained(server, seconds=10):
    """Waits until the group has read and acknowledged everything."""
    wait_for("the groups are there", lambda: has_groups(server), seconds)
    for stream in STREAMS:
        wait_for(f"nothing pending in {stream}",
                 lambda s=stream: server.pending(s, GROUP) == 0, seconds)
        assert server.unread(stream, GROUP) == 0


def metrics(service):
    """/metrics as a dict; names with their labels as printed."""
    found = {}
    for line in service.rest.raw("/metrics").text.splitlines():
        match = re.fullmatch(r"([^#\s]\S*(?: \S+)*?) (\S+)", line)
        if match:
            found[match[1]] = float(match[2])
    return found


def total(service, name):
    """The sum of a metric over its labels."""
    return sum(value for key, value in metrics(service).items()
               if key == name or key.startswith(name + "{"))
