"""Fixtures: fakes on free ports and the real binary. Teardown checks what no test may leave out:
exit code 0, no sanitizer report, no unexpected request, no secret in any output."""

import pathlib

import pytest
from bridge import Bridge
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


@pytest.fixture
def upstream():
    fake = Upstream()
    yield fake
    fake.close()
    fake.check()


@pytest.fixture
def receiver():
    fake = Receiver()
    yield fake
    fake.close()
    fake.check()


@pytest.fixture
def bridge(request, tmp_path, upstream, receiver):
    """Ends before its fakes do."""
    one = Bridge(tmp_path)
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
