"""Start, reload, stop, restart, and what a daemon says about itself."""

import json
import re
import signal
import threading

import pytest
from fake_server import Answer
from receiver import SECRET

# ---- restart ----


def test_a_restart_continues_without_a_second_baseline(pair):
    pair.configure({"n": 1})
    pair.start()
    pair.bridge.stop()
    pair.thing.set({"n": 2})  # while nobody looks
    pair.bridge.start()
    (delivery,) = pair.receiver.wait(1)
    assert (delivery.data["before"], delivery.sequence) == ({"n": 1}, 1)
    pair.bridge.restart()
    pair.upstream.wait_for_more_polls("/thing")
    pair.thing.set({"n": 3})
    again = pair.receiver.wait(2)[1]
    assert (again.data["before"], again.sequence) == ({"n": 2}, 2)
    assert again.json["previous_id"] == delivery.id


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_pending_deliveries_go_on_after_a_restart(pair, end):
    pair.receiver.hook("/hook", script=[500])
    pair.configure({"n": 1}, sink={"retry": {"schedule": ["1s", "1h"]}})
    pair.start()
    pair.thing.set({"n": 2})
    (first,) = pair.receiver.wait(1)
    pair.bridge.process.wait_for_line("delivery attempt failed")
    getattr(pair.bridge, end)()
    pair.bridge.start()
    second = pair.receiver.wait(2)[1]
    assert (second.id, second.body) == (first.id, first.body)
    assert second.status == 204
    pair.thing.set({"n": 3})
    assert pair.receiver.wait(3)[2].sequence == 2


def test_edited_rules_make_a_new_baseline_in_silence(pair):
    pair.configure({"n": 1, "noise": 1}, ignore=[".x"])
    pair.bridge.once()
    pair.rewrite(ignore=[".noise"])
    pair.change({"n": 1, "noise": 2}, [])
    (delivery,) = pair.change({"n": 2, "noise": 3}, ["document.changed"])
    assert delivery.sequence == 1
    assert delivery.data["changes"] == [{"path": "/n", "old": 1, "new": 2}]


def test_edited_rules_do_not_swallow_a_change(pair):
    """The old answer is seen anew under the new rules, so a change made meanwhile is told."""
    pair.configure({"a": {"n": 1}, "b": {"n": 1}}, select=".a")
    pair.bridge.once()
    pair.rewrite(select=".b")
    (delivery,) = pair.change({"a": {"n": 1}, "b": {"n": 2}}, ["document.changed"])
    assert (delivery.data["before"], delivery.data["after"]) == ({"n": 1}, {"n": 2})


# ---- reload ----


def test_a_reload_brings_new_sources_and_keeps_the_old_ones(upstream, receiver, bridge, sink):
    resources = {name: upstream.resource("/" + name, {"n": 1}) for name in ("old", "new")}

    def configure(*names):
        bridge.configure(
            {
                "sources": {
                    name: {"url": f"{upstream.url}/{name}", "interval": "1s"} for name in names
                },
                "sinks": {"ops": sink},
            }
        )

    configure("old")
    bridge.start()
    bridge.process.wait_for_line("result=baseline")
    configure("old", "new")
    bridge.reload()
    bridge.process.wait_for_line("result=baseline", 2)
    assert bridge.process.wait_for_line("msg=reloaded")[0]["sources"] == "2"
    for resource in resources.values():
        resource.set({"n": 2})
    assert {d.json["source"] for d in receiver.wait(2)} == {"old", "new"}
    configure("new")
    bridge.reload()
    bridge.process.wait_for_line("msg=reloaded", 2)
    upstream.wait_for_more_polls("/new", 1)
    polls = len(upstream.polls("/old"))
    upstream.wait_for_more_polls("/new", 3)
    assert len(upstream.polls("/old")) == polls


def test_a_reload_of_a_bad_file_keeps_the_old_one_and_says_why(pair):
    pair.configure({"n": 1})
    pair.start()
    pair.bridge.configure("sources: { thing: { ulr: http://127.0.0.1/ } }\n")
    pair.bridge.reload()
    pair.bridge.process.wait_for_line("reload refused")
    assert 'did you mean "url"' in pair.bridge.process.stderr
    pair.thing.set({"n": 2})
    (delivery,) = pair.receiver.wait(1)
    assert delivery.sequence == 1
    pair.rewrite(interval="1s")
    pair.bridge.reload()
    pair.bridge.process.wait_for_line("msg=reloaded")


def test_a_reload_changes_where_events_go(pair):
    pair.receiver.hook("/other")
    pair.configure({"n": 1})
    pair.start()
    pair.rewrite(sink={"url": pair.receiver.url + "/other"})
    pair.bridge.reload()
    pair.bridge.process.wait_for_line("msg=reloaded")
    pair.thing.set({"n": 2})
    (delivery,) = pair.receiver.wait(1)
    assert delivery.path == "/other"


# ---- stop ----


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_what_is_under_way_finish(pair, number):
    hook = pair.receiver.hook("/hook")
    entered = threading.Event()

    def answer(request):
        entered.set()
        hook.released.wait(20)
        return Answer(204)

    hook.released = threading.Event()
    hook.pick = answer
    pair.configure({"n": 1})
    pair.start()
    pair.thing.set({"n": 2})
    assert entered.wait(20)
    process, pair.bridge.process = pair.bridge.process, None
    process.signal(number)
    process.wait_for_line("stopping")
    assert process.is_running()
    hook.released.set()
    assert process.wait() == 0
    assert "msg=stopped" in process.stderr
    (delivery,) = pair.receiver.wait(1)
    run = pair.bridge.once()  # the outcome was kept: nothing is sent again
    assert run.stdout.startswith("thing")
    assert [d.id for d in pair.receiver.deliveries.all()] == [delivery.id]


def test_a_second_signal_ends_at_once(pair):
    hook = pair.receiver.hook("/hook")
    hook.gate.clear()
    pair.configure({"n": 1}, sink={"timeout": "60s"})
    pair.start()
    pair.thing.set({"n": 2})
    pair.receiver.requests.wait_for(lambda _: True)
    process, pair.bridge.process = pair.bridge.process, None
    process.signal(signal.SIGTERM)
    process.wait_for_line("stopping")
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    hook.gate.set()
    pair.bridge.start()  # what was not settled is sent again, under the same id
    ids = {d.id for d in pair.receiver.wait(2)}
    assert len(ids) == 1


# ---- health, metrics, logs ----


def test_health_readiness_and_metrics(pair):
    pair.configure({"n": 1})
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 2)
    pair.thing.set({"n": 2})
    pair.receiver.wait(1)
    assert pair.bridge.get("/healthz") == (200, "ok\n")
    assert pair.bridge.get("/readyz") == (200, "ok\n")
    assert pair.bridge.get("/nothing")[0] == 404
    pair.bridge.process  # the counters of a settled delivery follow its answer
    status, page = pair.bridge.get("/metrics")
    assert status == 200
    for name in (
        "pollbridge_build_info",
        "pollbridge_polls_total",
        "pollbridge_events_total",
        "pollbridge_store_commits_total",
        "pollbridge_outbox_depth",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
    ):
        assert re.search(rf"^# TYPE {name} (counter|gauge)$", page, re.M), name
    assert pair.bridge.metric("pollbridge_polls_total", source="thing", result="changed") == 1
    assert pair.bridge.metric("pollbridge_polls_total", source="thing", result="not_modified") >= 1
    samples = [line for line in page.splitlines() if line and not line.startswith("#")]
    assert len(samples) == len({line.rsplit(" ", 1)[0] for line in samples})


def test_logs_as_logfmt_and_as_json(pair):
    pair.receiver.hook("/hook", script=[500] * 9)
    pair.configure({"n": 1}, sink={"retry": {"schedule": ["50ms"] * 9}})
    for form in ("logfmt", "json"):
        attempts = len(pair.receiver.deliveries)
        pair.bridge.start("--log-format", form, "--log-level", "debug")
        pair.upstream.wait_for_more_polls("/thing")
        pair.thing.set({"n": f"{form} \"quoted\"\nline"})
        pair.receiver.wait(attempts + 2)
        process = pair.bridge.stop()
        for line in process.lines.all():
            if form == "json":
                entry = json.loads(line)
                assert list(entry)[:3] == ["ts", "level", "msg"]
            else:
                assert re.match(r"ts=\S+ level=(debug|info|warn|error) msg=", line), line
        levels = {parsed["level"] for parsed in process.wait_for_line("delivery attempt failed")}
        assert levels == {"warn"}


def test_the_least_level_is_kept(pair):
    pair.configure({"n": 1})
    bridge = pair.bridge
    bridge.process = bridge.launch("serve", "-c", bridge.file, "--log-level", "error")
    pair.upstream.wait_for_polls("/thing", 1)
    assert pair.bridge.stop().stderr == ""


def test_the_listener_may_be_off(pair):
    pair.configure({"n": 1})
    pair.bridge.configure(
        pair.bridge.file.read_text().replace("listen: 127.0.0.1:0", "listen: 'off'")
    )
    pair.bridge.process = pair.bridge.launch("serve", "-c", pair.bridge.file)
    pair.bridge.process.wait_for_line("serving")
    pair.upstream.wait_for_polls("/thing", 1)
    assert SECRET not in pair.bridge.stop().stderr
