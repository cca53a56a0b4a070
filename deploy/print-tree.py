#!/usr/bin/python3
"""Prints one trace as a tree: print-tree.py http://localhost:8000 TRACE_ID."""

import json
import sys
import urllib.error
import urllib.request


def plain(value):
    """Text of an agent, with nothing in it that moves a terminal's cursor."""
    text = str(value)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def describe(span):
    mark = {True: "ok", False: "FAILED", None: "open"}[span["success"]]
    took = span["duration_ms"]
    line = f"{plain(span['operation'])}  [{plain(span['agent_name'])}]  "
    line += mark if took is None else f"{mark}  {took:.3f} ms"
    if span["llm_model"]:
        line += (f"  {plain(span['llm_model'])}: {span['llm_input_tokens']} "
                 f"tokens in, {span['llm_output_tokens']} out")
    if span["error_message"]:
        line += f"  -- {plain(span['error_message'])}"
    return line


def print_tree(trace):
    spans = trace["spans"]
    known = {span["span_id"] for span in spans}
    children = {}
    for span in spans:
        parent = span["parent_span"]
        children.setdefault(parent if parent in known else None, []).append(span)
    outcome = {True: "success", False: "failed", None: "unknown"}
    print(f"trace {trace['trace_id']}: {trace['state']}, "
          f"{outcome[trace['success']]}, {trace['span_count']} spans, "
          f"{trace['agent_count']} agents, {trace['duration']}")
    shown = set()
    # A stack instead of recursion: parents may form a loop of any length.
    stack = [(span, "", True) for span in reversed(children.get(None, []))]
    while stack:
        span, indent, last = stack.pop()
        if span["span_id"] in shown:
            continue
        shown.add(span["span_id"])
        print(f"{indent}{'└─' if last else '├─'} {describe(span)}")
        below = children.get(span["span_id"], [])
        deeper = indent + ("   " if last else "│  ")
        for i, child in enumerate(reversed(below)):
            stack.append((child, deeper, i == 0))
    for span in spans:
        if span["span_id"] not in shown:
            print(f"   (in a loop of parents) {describe(span)}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    url = f"{sys.argv[1].rstrip('/')}/trace/{sys.argv[2]}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            trace = json.load(answer)
    except urllib.error.URLError as problem:
        sys.exit(f"print-tree: {url}: {problem}")
    print_tree(trace)


if __name__ == "__main__":
    main()
