"""A redis-server of the test's own, which may be killed and come back."""

import subprocess

import redis

from .waiting import free_port, wait_for


class RedisServer:
    """Listens on a free TCP port and on a unix socket, both in `folder`.

    With `durable` every write is on disk before its answer, so that a killed
    server comes back with all of it; without, it comes back empty.
    """

    def __init__(self, folder, durable=False):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.socket = folder / "redis.sock"
        self.url = f"redis://127.0.0.1:{self.port}"
        self.unix_url = f"unix://{self.socket}"
        self.durable = durable
        self.process = None
        self.client = redis.Redis(port=self.port, decode_responses=True,
                                  socket_timeout=10)

    def start(self):
        durable = "yes" if self.durable else "no"
        command = ["redis-server", "--port", str(self.port), "--bind",
                   "127.0.0.1", "--unixsocket", str(self.socket), "--save", "",
                   "--appendonly", durable, "--appendfsync", "always", "--dir",
                   str(self.folder)]
        with open(self.folder / "redis.log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        wait_for("redis-server answering", self.answers)
        return self

    def answers(self):
        try:
            return self.client.ping()
        except redis.exceptions.RedisError:
            return False

    def stop(self):
        """Ends it as an operator would."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def kill(self):
        """Ends it as the kernel would."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)

    def restart(self):
        self.stop()
        return self.start()

    def pending(self, stream, group):
        """How many entries are read and not acknowledged."""
        return self.client.xpending(stream, group)["pending"]

    def unread(self, stream, group):
        """How many entries the group has not been given yet."""
        for info in self.client.xinfo_groups(stream):
            if info["name"] == group:
                last = info["last-delivered-id"]
                return len(self.client.xrange(stream, f"({last}", "+"))
        raise AssertionError(f"no group {group} on {stream}")
