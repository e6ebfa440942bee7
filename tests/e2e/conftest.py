"""Fixtures: fakes on free ports and the real binary. Teardown checks what no test may leave out:
exit code 0, no sanitizer report, no unexpected request, no secret in any output.

With POLLBRIDGE_TEST_HTTP=2 the fakes stand behind nginx, which speaks HTTP/2, and every request that
reaches them must have come over that."""

import contextlib
import os
import pathlib

import pytest
from authority import Authority
from bridge import Bridge
from front import Front
from receiver import SECRET, Receiver
from upstream import Upstream
from verifiers import verifiers  # noqa: F401 (a fixture)

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    setattr(item, "failed_" + report.when, report.failed)


def _failed(request):
    return getattr(request.node, "failed_call", True)


@pytest.fixture
def root():
    return ROOT


@pytest.fixture(scope="session")
def authority_in_front(tmp_path_factory):
    """Of the nginx before the fakes; None without one."""
    wanted = os.environ.get("POLLBRIDGE_TEST_HTTP") == "2"
    return Authority(tmp_path_factory.mktemp("authority")) if wanted else None


@contextlib.contextmanager
def _served(fake, authority):
    if authority:
        fake.front = Front(fake.port, authority, http2=True)
    try:
        yield fake
        if fake.front:
            assert {protocol for protocol, _ in fake.front.requests()} <= {"HTTP/2.0"}
    finally:
        if fake.front:
            fake.front.close()
        fake.close()
    fake.check()


@pytest.fixture
def upstream(authority_in_front):
    with _served(Upstream(), authority_in_front) as fake:
        yield fake


@pytest.fixture
def receiver(authority_in_front):
    with _served(Receiver(), authority_in_front) as fake:
        yield fake


@pytest.fixture
def bridge(request, tmp_path, upstream, receiver, authority_in_front):
    """Ends before its fakes do."""
    one = Bridge(tmp_path)
    if authority_in_front:
        one.negotiates = True
        one.environment["SSL_CERT_FILE"] = str(authority_in_front.pem)
    one.hide(SECRET)
    yield one
    try:
        if not _failed(request):
            one.close()
    finally:
        one.abandon()
    if _failed(request):
        for run in one.runs:
            print(f"--- {run.arguments}\n{run.stdout[-4000:]}\n{run.stderr[-12000:]}")


@pytest.fixture
def sink(receiver):
    """The configuration of a sink at the receiver's /hook, which is open."""
    receiver.hook("/hook")
    return {"url": receiver.url + "/hook", "secret": SECRET}


@pytest.fixture
def pair(upstream, receiver, bridge, sink):
    """One source `thing` at /thing, one sink `ops`: the smallest bridge there is."""
    return Pair(upstream, receiver, bridge, sink)


class Pair:
    def __init__(self, upstream, receiver, bridge, sink):
        self.upstream = upstream
        self.receiver = receiver
        self.bridge = bridge
        self.sink = sink
        self.thing = None

    def configure(self, value, *, how=None, sink=None, **source):
        self.thing = self.upstream.resource("/thing", value, **(how or {}))
        self.rewrite(sink=sink, **source)
        return self.thing

    def rewrite(self, *, sink=None, **source):
        self.bridge.configure(
            {
                "sources": {
                    "thing": {"url": self.upstream.url + "/thing", "interval": "1s", **source}
                },
                "sinks": {"ops": {**self.sink, **(sink or {})}},
            }
        )

    def start(self, *arguments):
        """The daemon, with the first document of the source taken as its baseline."""
        self.bridge.start(*arguments)
        self.bridge.process.wait_for_line("result=baseline")

    def change(self, value, events=None):
        """A new value, one run, and the deliveries that came of it."""
        before = len(self.receiver.deliveries)
        self.thing.set(value)
        self.bridge.once()
        new = self.receiver.deliveries.all()[before:]
        if events is not None:
            assert [delivery.type for delivery in new] == events, new
        return new
