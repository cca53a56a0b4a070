"""A TCP proxy that fails on demand: a network between two processes."""

import contextlib
import socket
import threading
import time

CHUNK = 16_384


class TcpProxy:
    """Forwards a port of its own to `port` on loopback.

    `cut_after(n)`: every connection there is and the next one are cut once n
    more bytes of replies have passed, in the middle of whatever they are.
    `freeze()` passes nothing in either direction, without closing, until
    `thaw()`. `delay` seconds are added to each chunk of a reply. `sent` counts
    the bytes that went to the port.
    """

    def __init__(self, port):
        self.target = port
        self.delay = 0.0
        self.sent = 0
        self._flowing = threading.Event()
        self._flowing.set()
        self._budget = None
        self._lock = threading.Lock()
        self._pairs = set()
        self._open = True
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Cuts every connection now; new ones are accepted."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def cut_after(self, size):
        with self._lock:
            self._budget = size

    def freeze(self):
        self._flowing.clear()

    def thaw(self):
        self._flowing.set()

    def close(self):
        self._open = False
        self._flowing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def _accept(self):
        while self._open:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(
                    ("127.0.0.1", self.target), timeout=5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._pairs.add((client, server))
                self.connections += 1
            for source, sink, reply in ((client, server, False),
                                        (server, client, True)):
                threading.Thread(target=self._pump, daemon=True,
                                 args=(source, sink, reply)).start()

    def _pump(self, source, sink, reply):
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self._flowing.wait()
                if reply and self.delay:
                    time.sleep(self.delay)
                data, last = self._allowed(data) if reply else (data, False)
                self.sent += 0 if reply else len(data)
                sink.sendall(data)
                if last:
                    self.cut()
                    return
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _allowed(self, data):
        """What may pass of a reply, and whether that is the end."""
        with self._lock:
            if self._budget is None:
                return data, False
            part = data[:self._budget]
            self._budget -= len(part)
            if self._budget > 0:
                return part, False
            self._budget = None
            return part, True
