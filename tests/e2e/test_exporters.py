"""Exporters together: everything arrives, whatever their targets do."""

import statistics
import subprocess
import time

import pytest

from support.bad_target import (Answer, BadTarget, BadTargetProcess, CutAnswer,
                                CutReading, Hang)
from support.events import Span, execution_event, publish
from support.exports import (OTLP, ZIPKIN, console_traces, expected_spans,
                             exporter, folder_traces, make_traces, send,
                             wait_complete, wait_exported, wait_same)
from support.waiting import SLOW, wait_for

ALL = "console,json,otlp,zipkin"
STOP_WITHIN = 10


@pytest.fixture(name="target")
def target_fixture():
    """A target that is down until it is started."""
    target = BadTarget()
    yield target
    target.stop()


@pytest.fixture(name="process")
def process_fixture(tmp_path):
    process = BadTargetProcess(tmp_path / "target").start()
    yield process
    process.kill()


def settings(tmp_path, target, exporters=ALL, **more):
    """Short timeouts, so that the tests are short."""
    return {"TRACE_EXPORTER_TYPE": exporters, "TRACE_PRETTY_OUTPUT": "false",
            "TRACE_JSON_OUTPUT_DIR": tmp_path / "traces",
            "TELEMETRY_ENDPOINT": target.url(OTLP),
            "TELEMETRY_PROTOCOL": "http/json",
            "ZIPKIN_ENDPOINT": target.url(ZIPKIN),
            "TELEMETRY_TIMEOUT": "2s", "TRACE_EXPORT_TIMEOUT": "2s", **more}


def check_spans(target, path, traces):
    """The target has these spans and no others, as REST shows them."""
    expected = expected_spans(traces)

    def has_all():
        found = target.spans(path)
        return {key: set(spans) for key, spans in found.items()} \
            == {key: set(spans) for key, spans in expected.items()}

    wait_for(f"every span at {path}", has_all, 40)
    found = target.spans(path)
    for key, spans in expected.items():
        assert found[key] == spans


def test_600_traces_through_everything_that_breaks(
        new_meshtrace, redis_server, target, tmp_path):
    service = new_meshtrace(redis_server.url,
                            **settings(tmp_path, target)).start()
    traces = make_traces(600)
    keys = list(traces)
    first = {key: traces[key] for key in keys[:300]}
    send(redis_server.client, first)
    wait_complete(service, first)
    for name in ("otlp", "zipkin"):
        wait_for(f"{name} has failed",
                 lambda n=name: exporter(service, n)["failed"] > 0)
        assert exporter(service, name)["exported_traces"] == 0
        assert exporter(service, name)["last_error"]
    service.kill()
    service.start()
    send(redis_server.client, {key: traces[key] for key in keys[300:]})
    target.plan(*[Answer(503, Retry_After=1)] * 4)
    target.start()
    stored = wait_complete(service, traces)
    wait_exported(service, ALL.split(","), 60)
    assert target.left() == 0
    check_spans(target, OTLP, stored)
    check_spans(target, ZIPKIN, stored)
    wait_same(lambda: folder_traces(tmp_path / "traces"), stored)
    wait_same(lambda: console_traces(service), stored)
    for name in ALL.split(","):
        assert exporter(service, name)["rejected"] == 0


@pytest.mark.parametrize("path, name", [(OTLP, "otlp"), (ZIPKIN, "zipkin")])
def test_retry_after_is_waited_for(new_meshtrace, redis_server, target,
                                   tmp_path, path, name):
    target.plan(Answer(429, Retry_After=3))
    target.start()
    service = new_meshtrace(redis_server.url,
                            **settings(tmp_path, target, name)).start()
    traces = make_traces(3)
    send(redis_server.client, traces)
    check_spans(target, path, wait_complete(service, traces))
    first, second = target.requests(path)[:2]
    assert first.status == 429
    assert second.at - first.at >= 3
    assert "429" in service.stderr()


@pytest.mark.parametrize("path, name", [(OTLP, "otlp"), (ZIPKIN, "zipkin")])
def test_only_what_is_poisonous_is_missing(new_meshtrace, redis_server, target,
                                           tmp_path, path, name):
    target.poison = "cyanide"
    target.start()
    service = new_meshtrace(redis_server.url,
                            **settings(tmp_path, target, name)).start()
    traces = make_traces(200)
    send(redis_server.client, traces)
    bad = next(iter(make_traces(1, seed=8, most_spans=1).values()))[0]
    bad.operation = "cyanide"
    publish(redis_server.client, "mesh:trace", execution_event(bad))
    stored = wait_complete(service, traces)
    check_spans(target, path, stored)
    wait_exported(service, [name])
    assert exporter(service, name)["rejected"] == 1
    assert exporter(service, name)["exported_traces"] == 200
    assert bad.trace in service.stderr()


@pytest.mark.parametrize("path, name", [(OTLP, "otlp"), (ZIPKIN, "zipkin")])
def test_a_target_that_cuts_and_hangs(new_meshtrace, redis_server, target,
                                      tmp_path, path, name):
    """Nothing is missing; what comes twice is what was sent in a request
    without an answer."""
    target.plan(CutReading(), CutAnswer(), Hang(), Answer(502), CutAnswer())
    target.start()
    service = new_meshtrace(redis_server.url,
                            **settings(tmp_path, target, name)).start()
    traces = make_traces(50)
    send(redis_server.client, traces)
    stored = wait_complete(service, traces)
    wait_exported(service, [name], 60)
    assert target.left() == 0
    expected = expected_spans(stored)
    assert target.spans(path) == expected
    assert set(target.counts(path).values()) == {1}


def test_a_target_that_is_killed_in_the_middle(new_meshtrace, redis_server,
                                               process, tmp_path):
    service = new_meshtrace(
        redis_server.url, **settings(tmp_path, process, "otlp,zipkin")).start()
    traces = make_traces(300)
    keys = list(traces)
    for part in range(3):
        send(redis_server.client, {
            key: traces[key] for key in keys[part * 100:part * 100 + 100]})
        wait_for("something came", lambda n=part: len(process.spans(ZIPKIN))
                 > n * 50)
        process.kill()
        process.start()
    stored = wait_complete(service, traces)
    check_spans(process, OTLP, stored)
    check_spans(process, ZIPKIN, stored)


def latencies(service, keys, count=300):
    """Milliseconds of GET /trace/{id}, sorted."""
    took = []
    for number in range(count):
        began = time.monotonic()
        assert service.rest.trace(keys[number % len(keys)])
        took.append(1000 * (time.monotonic() - began))
    return sorted(took)


@pytest.mark.parametrize("how", ["frozen", "silent"])
def test_a_target_that_hangs_holds_up_nothing(new_meshtrace, redis_server,
                                              target, process, tmp_path, how):
    # OTLP goes to what hangs, all others are well.
    hanging = process if how == "frozen" else target
    other = target if how == "frozen" else process
    target.start()
    service = new_meshtrace(redis_server.url, **settings(
        tmp_path, other, TELEMETRY_ENDPOINT=hanging.url(OTLP),
        TELEMETRY_TIMEOUT="60s")).start()
    before = make_traces(100, seed=1)
    send(redis_server.client, before)
    stored = wait_complete(service, before)
    wait_exported(service, ALL.split(","))
    check_spans(hanging, OTLP, stored)
    calm = latencies(service, list(before))

    if how == "frozen":
        process.freeze()
    else:
        target.always = Hang()
    after = make_traces(100, seed=2)
    send(redis_server.client, after)
    stored.update(wait_complete(service, after))
    check_spans(other, ZIPKIN, stored)
    wait_same(lambda: folder_traces(tmp_path / "traces"), stored)
    wait_same(lambda: console_traces(service), stored)
    assert not set(hanging.spans(OTLP)) & set(after)
    held_up = latencies(service, list(before))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        was, now = (x[int(share * len(x))] for x in (calm, held_up))
        print(f"{how} {name}: {was:.2f} ms before, {now:.2f} ms hanging")
        assert now < max(4 * was, 25 * SLOW), name
    print(f"mean {statistics.mean(calm):.2f}, {statistics.mean(held_up):.2f}")

    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < STOP_WITHIN * SLOW
    if how == "frozen":
        process.thaw()
    else:
        target.always = Answer()
        target.stop()
        target.start()
    service.start()
    check_spans(hanging, OTLP, stored)


@pytest.mark.parametrize("begin", ["oldest", "now"])
def test_where_a_new_exporter_begins(new_meshtrace, redis_server, target,
                                     tmp_path, begin):
    target.start()
    service = new_meshtrace(redis_server.url).start()
    old = make_traces(60, seed=1)
    send(redis_server.client, old)
    stored = wait_complete(service, old)
    assert service.stop() == 0
    service.environment.update(
        {key: str(value) for key, value in settings(
            tmp_path, target, "json,zipkin", TRACE_EXPORT_FROM=begin).items()})
    service.start()
    new = make_traces(20, seed=2)
    send(redis_server.client, new)
    stored_new = wait_complete(service, new)
    expected = {**stored, **stored_new} if begin == "oldest" else stored_new
    check_spans(target, ZIPKIN, expected)
    wait_same(lambda: folder_traces(tmp_path / "traces"), expected)


def test_a_late_span_goes_alone(new_meshtrace, redis_server, target, tmp_path):
    """A revision sends what it brought; files are replaced."""
    target.start()
    service = new_meshtrace(redis_server.url, **settings(
        tmp_path, target, "json,otlp,zipkin")).start()
    traces = make_traces(5)
    send(redis_server.client, traces)
    wait_complete(service, traces)
    wait_exported(service, ["json", "otlp", "zipkin"])
    for key, spans in traces.items():
        spans.append(Span(key, "00000000000000ff", spans[0].span,
                          agent="late", start=spans[0].start))
        publish(redis_server.client, "mesh:trace", execution_event(spans[-1]))
    stored = wait_complete(service, traces)
    assert {trace["revision"] for trace in stored.values()} == {2}
    for path in (OTLP, ZIPKIN):
        check_spans(target, path, stored)
        assert set(target.counts(path).values()) == {1}
    wait_same(lambda: folder_traces(tmp_path / "traces"), stored)


def names(service):
    return [item["name"] for item in service.rest.status()["exporters"]]


def test_multi_has_the_targets_that_are_set(new_meshtrace, redis_server,
                                            target, tmp_path):
    service = new_meshtrace(redis_server.url,
                            TRACE_EXPORTER_TYPE="multi").start()
    assert names(service) == ["console"]
    target.start()
    for alias in ("multi", "all"):
        service = new_meshtrace(redis_server.url, **settings(
            tmp_path, target, alias, TRACE_CONSUMER_GROUP=alias,
            TRACE_WEBHOOK_URL=target.url("/hook"))).start()
        assert sorted(names(service)) == ["console", "json", "otlp", "webhook",
                                          "zipkin"]


@pytest.mark.parametrize("wrong, words", [
    ({"TRACE_EXPORTER_TYPE": "consol"},
     ("TRACE_EXPORTER_TYPE", "consol", "console", "json", "otlp", "zipkin",
      "webhook", "multi", "none")),
    ({"TRACE_EXPORTER_TYPE": "json"}, ("TRACE_JSON_OUTPUT_DIR",)),
    ({"TRACE_EXPORTER_TYPE": "console,webhook"}, ("TRACE_WEBHOOK_URL",)),
    ({"TRACE_EXPORTER_TYPE": "none,console"}, ("TRACE_EXPORTER_TYPE", "none")),
    ({"TRACE_EXPORTER_TYPE": "json", "TRACE_JSON_OUTPUT_DIR": "x",
      "TRACE_JSON_LAYOUT": "line"}, ("TRACE_JSON_LAYOUT", "files", "lines"))])
def test_wrong_settings_end_the_start(new_meshtrace, redis_server, wrong,
                                      words):
    service = new_meshtrace(redis_server.url, **wrong).start(ready=False)
    try:
        assert service.process.wait(10 * SLOW) == 2
    except subprocess.TimeoutExpired:
        pytest.fail("it started")
    for word in words:
        assert word in service.stderr()
