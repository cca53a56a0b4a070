"""A target of OTLP that is not ours: decodes with the official definitions and
writes what it got as lines of JSON. Run by a Python that has them.

    otlp_server.py GRPC_PORT HTTP_PORT OUT OPTIONS

OPTIONS is JSON: `plan`, a list of answers that are given before all others are
"ok" (see `Script`); `poison`, a span name that is refused with everything that
comes with it; `cert` and `key` for TLS.
"""

import base64
import gzip
import http.server
import json
import ssl
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.trace.v1 import (trace_service_pb2,
                                                    trace_service_pb2_grpc)

Request = trace_service_pb2.ExportTraceServiceRequest
Response = trace_service_pb2.ExportTraceServiceResponse


def value_of(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(x) for x in value.array_value.values]
    return getattr(value, kind)


def attributes_of(pairs):
    keys = [pair.key for pair in pairs]
    assert len(keys) == len(set(keys)), f"a key is there twice: {keys}"
    return {pair.key: value_of(pair.value) for pair in pairs}


def spans_of(request):
    found = []
    for group in request.resource_spans:
        resource = attributes_of(group.resource.attributes)
        for part in group.scope_spans:
            for span in part.spans:
                found.append({
                    "resource": resource,
                    "scope": [part.scope.name, part.scope.version],
                    "trace_id": span.trace_id.hex(),
                    "span_id": span.span_id.hex(),
                    "parent_id": span.parent_span_id.hex(),
                    "name": span.name, "kind": span.kind,
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "status": span.status.code,
                    "message": span.status.message,
                    "attributes": attributes_of(span.attributes)})
    return found


def from_json(text):
    """The specification's ids are hex, where the mapping has base64."""
    def mend(x):
        if isinstance(x, list):
            return [mend(y) for y in x]
        if isinstance(x, dict):
            return {key: base64.b64encode(bytes.fromhex(y)).decode()
                    if key in ("traceId", "spanId", "parentSpanId") else mend(y)
                    for key, y in x.items()}
        return x

    return json_format.ParseDict(mend(json.loads(text)), Request())


class Script:
    """What to answer, and the notes of what came.

    An answer is {} (ok), {"status": 503, "retry_after": 1, "message": "m"} for
    HTTP, {"code": "UNAVAILABLE", "retry": 0.5} for gRPC, {"partial": [2, "m"]}
    or {"hang": seconds}.
    """

    def __init__(self, out, options):
        self.out = open(out, "a", encoding="utf-8")
        self.plan = list(options.get("plan", []))
        self.poison = options.get("poison")
        self.lock = threading.Lock()

    def next(self, via, headers, encoding, spans, size):
        with self.lock:
            answer = self.plan.pop(0) if self.plan else {}
            if not answer and self.poison in [x["name"] for x in spans]:
                answer = {"status": 400, "code": "INVALID_ARGUMENT",
                          "message": "a span is poisonous"}
            taken = not (answer.keys() & {"status", "code", "hang"})
            self.out.write(json.dumps({
                "time": time.time(), "via": via, "headers": headers,
                "encoding": encoding, "answer": answer, "taken": taken,
                "size": size, "spans": spans}) + "\n")
            self.out.flush()
        time.sleep(answer.get("hang", 0))
        return answer


def response_for(answer):
    if "partial" not in answer:
        return Response()
    count, message = answer["partial"]
    return Response(partial_success=trace_service_pb2.ExportTracePartialSuccess(
        rejected_spans=count, error_message=message))


class Service(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, script):
        self.script = script

    def Export(self, request, context):
        headers = {key: value for key, value in context.invocation_metadata()
                   if isinstance(value, str)}
        answer = self.script.next("grpc", headers, "", spans_of(request),
                                  request.ByteSize())
        if "code" not in answer:
            return response_for(answer)
        code = getattr(grpc.StatusCode, answer["code"])
        if "retry" in answer:
            details = status_pb2.Status(code=code.value[0], message="later")
            nanos = int(answer["retry"] * 1e9)
            details.details.add().Pack(error_details_pb2.RetryInfo(
                retry_delay=Duration(seconds=nanos // 10**9,
                                     nanos=nanos % 10**9)))
            context.set_trailing_metadata(
                (("grpc-status-details-bin", details.SerializeToString()),))
        context.abort(code, answer.get("message", "not now"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        encoding = self.headers.get("Content-Encoding", "")
        if encoding == "gzip":
            body = gzip.decompress(body)
        kind = self.headers["Content-Type"]
        if kind == "application/json":
            request = from_json(body)
        else:
            request = Request.FromString(body)
        headers = {key.lower(): value for key, value in self.headers.items()}
        headers[":path"] = self.path
        answer = self.script.next(kind, headers, encoding, spans_of(request),
                                  len(body))
        message = response_for(answer)
        if "status" in answer:
            message = status_pb2.Status(
                code=3, message=answer.get("message", "not now"))
        self.reply(answer, message, kind)

    def reply(self, answer, message, kind):
        if kind == "application/json":
            body = json_format.MessageToJson(message).encode()
        else:
            body = message.SerializeToString()
        self.send_response(answer.get("status", 200))
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if "retry_after" in answer:
            self.send_header("Retry-After", str(answer["retry_after"]))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


def main():
    grpc_port, http_port, out, options = sys.argv[1:]
    options = json.loads(options)
    script = Handler.script = Script(out, options)
    server = grpc.server(futures.ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(
        Service(script), server)
    web = http.server.ThreadingHTTPServer(("127.0.0.1", int(http_port)),
                                          Handler)
    web.daemon_threads = True
    if "cert" in options:
        with open(options["key"], "rb") as key, \
                open(options["cert"], "rb") as cert:
            pair = (key.read(), cert.read())
        server.add_secure_port(f"127.0.0.1:{grpc_port}",
                               grpc.ssl_server_credentials((pair,)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["cert"], options["key"])
        web.socket = context.wrap_socket(web.socket, server_side=True)
    else:
        server.add_insecure_port(f"127.0.0.1:{grpc_port}")
    server.start()
    web.serve_forever()


if __name__ == "__main__":
    main()
