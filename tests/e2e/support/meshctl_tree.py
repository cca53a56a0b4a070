"""meshctl as a child process, and the tree that it has to draw."""

import subprocess

from .fetched import meshctl
from .waiting import SLOW

#: Spans that meshctl shows only on request.
INTERNAL = ("proxy_call_wrapper", "_internal_")


class Meshctl:
    def __init__(self, url):
        self.program = meshctl()
        self.url = url

    def command(self, trace_id, *flags):
        return [str(self.program), "trace", trace_id, "--registry-url",
                self.url, "--retry-delay", "1", *flags]

    def trace(self, trace_id, *flags, retries=0):
        """The finished process; its output is text."""
        return subprocess.run(
            self.command(trace_id, "--retries", str(retries), *flags),
            capture_output=True, text=True, check=False, timeout=30 * SLOW)


def line_of(span):
    ms = span["duration_ms"]
    took = "" if ms is None else f"[{int(ms)}ms]"
    mark = "✗" if span["success"] is False else "✓"
    return f"{span['operation']} ({span['agent_name']}) {took} {mark}"


def tree_lines(trace, internal=False, cut=()):
    """The lines between the rules, from what `GET /trace/{id}` says; the
    parents of the spans `cut` do not count."""
    spans = {span["span_id"]: span for span in trace["spans"]}

    def hidden(span):
        return not internal and span["operation"].startswith(INTERNAL)

    def parent_of(span):
        name = None if span["span_id"] in cut else span["parent_span"]
        parent = spans.get(name)
        while parent is not None and hidden(parent):
            parent = spans.get(parent["parent_span"])
        return parent and parent["span_id"]

    def draw(parent, indent):
        children = [span for span in trace["spans"]
                    if not hidden(span) and parent_of(span) == parent]
        for span in children:
            last = span is children[-1]
            yield indent + ("└─ " if last else "├─ ") + line_of(span)
            yield from draw(span["span_id"], indent + ("   " if last
                                                       else "│  "))

    return list(draw(None, ""))


def printed_tree(output):
    """The lines that meshctl drew."""
    return [line for line in output.splitlines() if "├─ " in line
            or "└─ " in line]
