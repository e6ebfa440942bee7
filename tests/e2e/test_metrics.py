"""/metrics: every family that dashboards and alerts rely on, in a form that Prometheus reads."""

import re
import shutil
import subprocess

import pytest

# Family, kind, labels of its samples.
FAMILIES = {
    "pollbridge_polls_total": ("counter", {"source", "result"}),
    "pollbridge_poll_duration_seconds": ("histogram", {"le"}),
    "pollbridge_source_overdue_seconds": ("gauge", set()),
    "pollbridge_source_last_success_timestamp_seconds": ("gauge", {"source"}),
    "pollbridge_events_total": ("counter", {"source", "type"}),
    "pollbridge_deliveries_total": ("counter", {"sink", "result"}),
    "pollbridge_attempts_total": ("counter", {"sink", "code_class", "error_code"}),
    "pollbridge_attempt_duration_seconds": ("histogram", {"phase", "le"}),
    "pollbridge_end_to_end_seconds": ("histogram", {"sink", "le"}),
    "pollbridge_outbox_depth": ("gauge", {"sink", "state"}),
    "pollbridge_outbox_oldest_age_seconds": ("gauge", {"sink"}),
    "pollbridge_sink_disabled": ("gauge", {"sink"}),
    "pollbridge_blocked_address_total": ("counter", set()),
    "pollbridge_store_commit_seconds": ("histogram", {"le"}),
    "pollbridge_store_batch_size": ("histogram", {"le"}),
}


@pytest.fixture
def page(pair):
    """After one change that was delivered and one that was refused, by a sink and a source with
    names that need care."""
    pair.configure({"n": 0}, interval="1h", sink={"retry": {"schedule": "1h"}})
    pair.start()
    for n, count in ((1, 1), (2, 2)):
        if n == 2:
            pair.receiver.hook("/hook").pick = lambda request: 500
        pair.thing.set({"n": n})
        pair.bridge.run("poll", "-u", pair.bridge.url, "thing")
        pair.receiver.wait(count)
    pair.bridge.process.wait_for_line("delivery attempt failed")
    status, text = pair.bridge.get("/metrics")
    assert status == 200
    return text


def samples_of(page, family):
    pattern = rf"^{family}(?:_bucket|_sum|_count)?(?:\{{(.*)\}})? (\S+)$"
    return re.findall(pattern, page, re.M)


def test_every_family_is_there_with_its_labels(page):
    for family, (kind, labels) in FAMILIES.items():
        assert f"# TYPE {family} {kind}\n" in page, family
        found = [set(re.findall(r'([a-z_]+)="', row)) for row, _ in samples_of(page, family)]
        assert found and max(found, key=len) == labels, (family, found)


def test_values_tell_what_happened(page):
    def value(name, **labels):
        for row, number in samples_of(page, f"pollbridge_{name}"):
            if dict(re.findall(r'([a-z_]+)="([^"]*)"', row)) == labels:
                return float(number)
        return None

    assert value("deliveries_total", sink="ops", result="delivered") == 1
    assert value("attempts_total", sink="ops", code_class="2xx", error_code="") == 1
    assert value("attempts_total", sink="ops", code_class="5xx", error_code="http_status") == 1
    assert value("attempt_duration_seconds_count", phase="total") == 2
    assert value("attempt_duration_seconds_count", phase="wait") == 2
    assert 1 <= value("attempt_duration_seconds_count", phase="connect") <= 2
    assert value("attempt_duration_seconds_count", phase="tls") == 0
    assert value("end_to_end_seconds_count", sink="ops") == 1
    assert value("outbox_depth", sink="ops", state="waiting") == 1
    assert value("store_batch_size_count") == value("store_commit_seconds_count") >= 3
    assert value("store_batch_size_sum") >= value("store_batch_size_count")


def test_prometheus_reads_the_page(page):
    """By promtool where it is installed, else by Prometheus' own client library."""
    if shutil.which("promtool"):
        run = subprocess.run(
            ["promtool", "check", "metrics"], input=page, capture_output=True, text=True
        )
        assert run.returncode == 0 and not run.stderr, run.stderr
        return
    parser = pytest.importorskip(
        "prometheus_client.parser", reason="neither promtool nor python3-prometheus-client is here"
    )
    families = {family.name: family for family in parser.text_string_to_metric_families(page)}
    for name, (kind, _) in FAMILIES.items():
        family = families[name.removesuffix("_total") if kind == "counter" else name]
        assert family.type == kind and family.documentation
