"""Waiting with a limit, and how long limits are on this build."""

import os
import socket
import time

#: Sanitizers slow the service down; limits on time grow with them.
SLOW = 4 if os.environ.get("MESHTRACE_SANITIZED") == "1" else 1


def wait_for(what, ready, seconds=10, pause=0.02):
    """Returns the first true value of `ready()`; fails when time is over."""
    deadline = time.monotonic() + seconds * SLOW
    while True:
        value = ready()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds * SLOW} s")
        time.sleep(pause)


def free_port():
    """A TCP port on loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
