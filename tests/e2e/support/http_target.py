"""An HTTP server that answers as its script says and keeps what it got."""

import http.server
import json
import threading
import time


class HttpTarget:
    """`script` has the statuses of the next requests, alone or as
    `(status, headers, body)`; after them everything is answered with 200."""

    def __init__(self, script=()):
        self.script = list(script)
        #: (path, headers, JSON of the body, monotonic seconds)
        self.requests = []
        self.lock = threading.Lock()
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size))
                status, headers, text = target.took(self.path, self.headers,
                                                    body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def took(self, path, headers, body):
        with self.lock:
            self.requests.append((path, headers, body, time.monotonic()))
            answer = self.script.pop(0) if self.script else 200
        return answer if isinstance(answer, tuple) else (answer, {}, b"")

    def bodies(self):
        with self.lock:
            return [body for _, _, body, _ in self.requests]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
