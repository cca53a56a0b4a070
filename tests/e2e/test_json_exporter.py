"""The json exporter: files and lines."""

import json
import re
import time

import pytest

from support.events import NS_PER_S, STREAMS, Span, execution_event, publish
from support.exports import (exporter, folder_traces, line_traces,
                             make_traces, send, wait_complete, wait_exported,
                             wait_same)
from support.load import metrics
from support.waiting import wait_for

ODD_IDS = ["../../x", "a/b", "trace", "TRACE", "..", "-rf", "x" * 128,
           '"' * 64 + "\\", "a:b|c?*<>"]


@pytest.fixture(name="folder")
def folder_fixture(tmp_path):
    return tmp_path / "deep" / "traces"


def start(new_meshtrace, redis_server, folder, **more):
    return new_meshtrace(redis_server.url, TRACE_EXPORTER_TYPE="json",
                         TRACE_JSON_OUTPUT_DIR=folder, **more).start()


def one_span(trace, number=0):
    return Span(trace, f"{number + 1:016x}",
                start=int(time.time()) * NS_PER_S)


def test_odd_ids_stay_in_the_folder(new_meshtrace, redis_server, folder,
                                    tmp_path):
    service = start(new_meshtrace, redis_server, folder)
    before = {path for path in tmp_path.rglob("*")
              if service.folder not in path.parents}
    publish(redis_server.client, STREAMS[0],
            *(execution_event(one_span(key)) for key in ODD_IDS))
    wait_for("a file each", lambda: len(list(folder.glob("trace_*.json")))
             == len(ODD_IDS))
    assert set(folder_traces(folder)) == set(ODD_IDS)
    listed = {trace["trace_id"]: trace for trace in
              service.rest.get("/trace/list", limit=100)["traces"]}
    assert folder_traces(folder) == listed
    files = list(folder.iterdir())
    assert len(files) == len({path.name.lower() for path in files})
    for path in files:
        assert re.fullmatch(r"trace_[A-Za-z0-9_-]{1,8}_[0-9a-f]{8}\.json",
                            path.name)
        assert path.stat().st_mode & 0o777 == 0o644
    assert {path for path in tmp_path.rglob("*")
            if service.folder not in path.parents} - before \
        <= {folder.parent, folder, *files, tmp_path / "deep"}


def test_a_revision_replaces_the_file(new_meshtrace, redis_server, folder):
    service = start(new_meshtrace, redis_server, folder)
    traces = make_traces(20)
    send(redis_server.client, traces)
    wait_complete(service, traces)
    wait_exported(service, ["json"])
    for round_number in range(2):
        for key, spans in traces.items():
            spans.append(Span(key, f"ff{round_number:014x}", spans[0].span,
                              start=spans[0].start))
            publish(redis_server.client, STREAMS[1],
                    execution_event(spans[-1]))
        stored = wait_complete(service, traces)
        wait_same(lambda: folder_traces(folder), stored)
    assert {trace["revision"] for trace in stored.values()} == {3}
    assert not list(folder.glob(".*")), "something temporary stayed"


def test_a_folder_that_comes_back(new_meshtrace, redis_server, tmp_path):
    place = tmp_path / "place"
    place.write_text("in the way")
    service = start(new_meshtrace, redis_server, place / "traces")
    traces = make_traces(10)
    send(redis_server.client, traces)
    stored = wait_complete(service, traces)
    wait_for("the log says it", lambda: "exporter json: the folder"
             in service.stderr())
    wait_for("status says it", lambda: "Not a directory" in exporter(
        service, "json").get("last_error", ""))
    place.unlink()
    wait_same(lambda: folder_traces(place / "traces"), stored)


@pytest.mark.parametrize("layout", ["files", "lines"])
def test_killed_again_and_again(new_meshtrace, redis_server, folder, layout):
    """Whole files, whole lines, nothing missing, nothing left behind."""
    service = start(new_meshtrace, redis_server, folder,
                    TRACE_JSON_LAYOUT=layout, TRACE_JSON_MAX_BYTES="64KiB")
    traces = make_traces(600)
    keys = list(traces)
    for part in range(4):
        send(redis_server.client, {
            key: traces[key] for key in keys[part * 150:part * 150 + 150]})
        seen = len(list(folder.glob("*"))) if folder.exists() else 0
        wait_for("it writes", lambda n=seen: folder.exists()
                 and len(list(folder.glob("*"))) > n)
        service.kill()
        for path in folder.glob("trace_*.json"):
            json.loads(path.read_text())
        for path in folder.glob("traces-*.jsonl"):
            for line in path.read_text().splitlines():
                json.loads(line)
        if layout == "lines":
            with open(folder / "traces.jsonl", "a", encoding="utf-8") as file:
                file.write('{"trace_id":"half a li')
        else:
            (folder / ".meshtrace-00112233445566aa.tmp").write_text("{")
        service.start()
    stored = wait_complete(service, traces)
    read = folder_traces if layout == "files" else line_traces
    wait_same(lambda: read(folder), stored)
    assert not list(folder.glob(".*"))


def test_lines_are_closed_and_deleted(new_meshtrace, redis_server, folder):
    service = start(new_meshtrace, redis_server, folder,
                    TRACE_JSON_LAYOUT="lines", TRACE_JSON_MAX_BYTES="64KiB",
                    TRACE_JSON_KEEP="2")
    traces = make_traces(400)
    send(redis_server.client, traces)
    stored = wait_complete(service, traces)
    wait_exported(service, ["json"])
    files = sorted(folder.iterdir())
    assert len(files) == 3
    assert files[-1].name == "traces.jsonl"
    for path in files[:2]:
        assert re.fullmatch(r"traces-\d{8}T\d{6}Z-\d+\.jsonl", path.name)
        assert 32 * 1024 < path.stat().st_size <= 64 * 1024
    found = line_traces(folder)
    assert found.items() <= stored.items()
    assert metrics(service)[
        'meshtrace_exporter_exported_total{exporter="json"}'] == 400


def test_lines_are_closed_by_age(new_meshtrace, redis_server, folder):
    service = start(new_meshtrace, redis_server, folder,
                    TRACE_JSON_LAYOUT="lines", TRACE_JSON_MAX_AGE="2s")
    traces = make_traces(2)
    for number, (key, spans) in enumerate(traces.items()):
        send(redis_server.client, {key: spans})
        wait_for("a line", lambda n=number: folder.exists()
                 and len(line_traces(folder)) == n + 1)
        time.sleep(2.1)
    assert len(list(folder.glob("traces-*.jsonl"))) == 1
    assert set(line_traces(folder)) == set(traces)
    assert service.running()


def test_the_log_has_a_statistics_line(new_meshtrace, redis_server, folder):
    service = start(new_meshtrace, redis_server, folder)
    traces = make_traces(1100)
    send(redis_server.client, traces)
    wait_complete(service, traces)
    lines = wait_for("a line", lambda: re.findall(
        r"statistics: (\d+) traces \((\d+\.\d)% success, (\d+) failed",
        service.stderr()))
    count, good, failed = lines[0]
    assert count == "1000"
    assert abs(float(good) - (100 - int(failed) / 10)) < 0.05
    wait_for("the rest", lambda: "statistics: 100 traces" in service.stderr(),
             15)
    quiet = service.stderr().count("statistics:")
    time.sleep(11)
    assert service.stderr().count("statistics:") == quiet
