"""Fixtures: servers that end with the test, whatever happens in it."""

import os

import pytest

from support.meshtrace import Meshtrace
from support.redis_server import RedisServer
from support.tcp_proxy import TcpProxy


@pytest.fixture(name="redis_server")
def redis_server_fixture(tmp_path):
    """A running redis-server that keeps nothing on disk."""
    server = RedisServer(tmp_path / "redis").start()
    yield server
    server.kill()


@pytest.fixture
def durable_redis(tmp_path):
    """A running redis-server that survives being killed."""
    server = RedisServer(tmp_path / "durable-redis", durable=True).start()
    yield server
    server.kill()


@pytest.fixture
def proxy(redis_server):
    """A network between meshtrace and `redis_server` that can fail."""
    between = TcpProxy(redis_server.port)
    yield between
    between.close()


@pytest.fixture
def new_meshtrace(tmp_path, request):
    """Makes services: `new_meshtrace(redis_url, TRACE_TIMEOUT="2s").start()`.

    After the test they are stopped, must exit with 0 and without a word from
    a sanitizer; the logs are shown where the test failed.
    """
    if "MESHTRACE_BINARY" not in os.environ:
        pytest.skip("MESHTRACE_BINARY is not set")
    made = []

    def make(redis_url, **settings):
        folder = tmp_path / f"meshtrace-{len(made)}"
        made.append(Meshtrace(folder, redis_url, **settings))
        return made[-1]

    yield make
    problems = []
    for service in made:
        if service.running():
            try:
                code = service.stop()
            except AssertionError as problem:
                problems.append(str(problem))
            else:
                if code != 0:
                    problems.append(f"meshtrace ended with {code}")
        problems += service.sanitizer_reports()
    failed = getattr(request.node, "report", None)
    if problems or (failed is not None and failed.failed):
        for service in made:
            print(f"-- log of {service.url}\n{service.stderr()[-4000:]}")
    assert not problems, problems


@pytest.fixture(name="meshtrace")
def meshtrace_fixture(new_meshtrace, redis_server):
    """A running service with default settings on `redis_server`."""
    return new_meshtrace(redis_server.url).start()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.report = outcome.get_result()
