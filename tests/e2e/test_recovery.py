"""Stored events once more: resend, recover and replay, each event with its id and its bytes."""

import time

import pytest
from receiver import SECRET
from test_sinks import OPEN, ask
from waiting import wait_until

COUNT = 450  # more than two pages


@pytest.fixture
def told(pair):
    """A daemon that told COUNT changes of items, of which the sink refused every third for good."""
    pair.thing = pair.upstream.resource("/thing", {"items": []})
    pair.hook = pair.receiver.hook("/hook")
    pair.hook.pick = lambda request: 410 if int(request.headers["x-key"]) % 3 == 0 else 204
    pair.configuration = {
        "egress": OPEN,
        "sources": {
            "thing": {
                "url": pair.upstream.url + "/thing",
                "interval": "1h",
                "items": ".items[]",
                "key": ".id",
                "guard": {"max_removed": "100%"},
                "max_events_per_poll": COUNT,
            }
        },
        "sinks": {
            "ops": {
                **pair.sink,
                "ordering": "none",
                "disable_after": "366d",
                "headers": {"x-key": "{{ .data.key }}"},
                "limits": {"in_flight": 32},
            }
        },
    }
    pair.bridge.configure(pair.configuration)
    pair.start()
    pair.thing.set({"items": [{"id": i, "text": "žluť 🐎"} for i in range(1, COUNT + 1)]})
    assert ask(pair.bridge, "POST", "/v1/sources/thing/poll")[0] == 202
    pair.first = pair.receiver.wait(COUNT)
    pair.bodies = {delivery.id: delivery.body for delivery in pair.first}
    assert len(pair.bodies) == COUNT
    wait_until(lambda: ask(pair.bridge, "GET", "/v1/sinks/ops")[1]["waiting"] == 0)
    return pair


def wait_done(bridge, recovery):
    path = f"/v1/recoveries/{recovery['id']}"
    wait_until(lambda: ask(bridge, "GET", path)[1]["state"] == "done")
    return ask(bridge, "GET", path)[1]


def begin(bridge, path, body=None, **headers):
    status, recovery = ask(bridge, "POST", path, body or {}, **headers)
    assert status == 202, recovery
    return recovery


def test_what_failed_is_recovered_with_the_same_ids_and_bytes(told):
    told.hook.pick = None
    recovery = begin(told.bridge, "/v1/sinks/ops/recover", {"since": "1h"})
    failed = {delivery.id for delivery in told.first if delivery.status == 410}
    again = told.receiver.wait(COUNT + len(failed))[COUNT:]
    assert {delivery.id for delivery in again} == failed
    assert all(delivery.body == told.bodies[delivery.id] for delivery in again)
    assert all(delivery.attempt == 1 for delivery in again)
    assert wait_done(told.bridge, recovery)["deliveries"] == len(failed)
    # Nothing failed is left.
    assert wait_done(told.bridge, begin(told.bridge, "/v1/sinks/ops/recover"))["deliveries"] == 0
    assert len(told.receiver.deliveries) == COUNT + len(failed)


def test_a_dry_run_counts_and_sends_nothing(told):
    def count(**body):
        status, answer = ask(
            told.bridge, "POST", "/v1/sinks/ops/replay", {"dry_run": True, **body}
        )
        assert status == 200 and answer["dry_run"], answer
        return answer["deliveries"]

    failed = sum(delivery.status == 410 for delivery in told.first)
    assert count() == COUNT
    assert count(status=["failed"]) == failed
    assert count(status=["delivered"]) == COUNT - failed
    assert count(status=["missing", "canceled"]) == 0
    assert count(types=["item.deleted"]) == 0
    assert count(types=["item.*"], sources=["th*"]) == COUNT
    assert count(until="1h") == 0
    assert count(since="1h") == COUNT
    assert len(told.receiver.deliveries) == COUNT
    for wrong in ({"status": "held"}, {"since": "1m", "until": "1h"}, {"typos": ["item.*"]}):
        assert ask(told.bridge, "POST", "/v1/sinks/ops/replay", wrong)[0] == 400, wrong
    assert ask(told.bridge, "POST", "/v1/sinks/none/replay", {})[0] == 404


def test_a_new_sink_gets_what_was_before_it(told):
    told.receiver.hook("/new")
    body = {"name": "new", "url": told.receiver.url + "/new", "secret": SECRET}
    assert ask(told.bridge, "POST", "/v1/sinks", body)[0] == 201
    begin(told.bridge, "/v1/sinks/new/replay", {"status": ["missing"]})
    new = told.receiver.wait(COUNT, path="/new")
    assert [delivery.id for delivery in new] and len({d.id for d in new}) == COUNT
    assert all(delivery.body == told.bodies[delivery.id] for delivery in new)


def test_one_event_is_resent(told):
    told.hook.pick = None
    one = told.first[5]
    path = f"/v1/events/{one.id}/resend"
    recovery = begin(told.bridge, path, {"sink": "ops"}, Idempotency_Key="r1")
    (again,) = told.receiver.wait(COUNT + 1)[COUNT:]
    assert (again.id, again.body) == (one.id, one.body)
    # The same key answers the same and sends nothing.
    assert begin(told.bridge, path, {"sink": "ops"}, Idempotency_Key="r1") == recovery
    assert wait_done(told.bridge, recovery)["deliveries"] == 1
    status, answer = ask(told.bridge, "POST", "/v1/events/evt_none/resend", {"sink": "ops"})
    assert (status, answer["code"]) == (409, "nothing_to_resend")
    assert ask(told.bridge, "POST", path, {"sink": "none"})[0] == 404
    assert ask(told.bridge, "POST", path, {})[0] == 400
    assert len(told.receiver.deliveries) == COUNT + 1


def test_a_kill_in_the_middle_neither_loses_nor_repeats(told):
    """The daemon is killed again and again while a replay is walked; in the end the store has one
    new delivery of every event, and every one arrived."""
    told.hook.pick = None
    recovery = begin(told.bridge, "/v1/sinks/ops/replay", Idempotency_Key="r2")
    for pause in (0.0, 0.02, 0.05, 0.1):
        time.sleep(pause)
        told.bridge.kill()
        told.bridge.start()
    assert begin(told.bridge, "/v1/sinks/ops/replay", Idempotency_Key="r2") == recovery
    assert wait_done(told.bridge, recovery)["deliveries"] == COUNT

    def all_came(entries):
        return {delivery.id for delivery in entries[COUNT:]} == set(told.bodies)

    told.receiver.deliveries.wait_until(all_came, "every event again")
    assert all(d.body == told.bodies[d.id] for d in told.receiver.deliveries.all())


def test_a_recovery_of_a_disabled_sink_is_held(told):
    bridge = told.bridge
    told.hook.pick = None
    assert ask(bridge, "POST", "/v1/sinks/ops/disable")[0] == 200
    done = wait_done(bridge, begin(bridge, "/v1/sinks/ops/recover"))
    assert ask(bridge, "GET", "/v1/sinks/ops")[1]["held"] == done["deliveries"] > 0
    assert len(told.receiver.deliveries) == COUNT
    assert ask(bridge, "POST", "/v1/sinks/ops/enable", {"held": "deliver"})[0] == 200
    told.receiver.wait(COUNT + done["deliveries"])


def test_the_commands_ask_a_running_daemon(told):
    bridge = told.bridge
    told.hook.pick = None
    at = ("-u", bridge.url)
    one = told.first[0]
    assert "1 deliveries" in bridge.run("resend", *at, one.id, "ops").stdout
    assert told.receiver.wait(COUNT + 1)[-1].body == one.body
    counted = bridge.run("replay", *at, "ops", "--dry-run", "--status", "failed").stdout
    failed = int(counted.split()[0])
    assert failed > 0
    assert f"{failed} deliveries" in bridge.run("recover", *at, "ops", "--since", "1h").stdout
    told.receiver.wait(COUNT + 1 + failed)
    # The test event has no key, which a header field of this sink asks for.
    assert "template_error" in bridge.run("ping", *at, "ops", code=1).stdout
    bridge.run("disable", *at, "ops")
    assert "disabled" in bridge.run("disable", *at, "ops", code=1).stderr
    bridge.run("recover", *at, "none", code=1)
    bridge.run("enable", *at, "ops")
    assert "file" in bridge.run("rotate", *at, "ops", code=1).stderr
    url = bridge.url
    bridge.stop()
    assert "does the daemon run?" in bridge.run("recover", "-u", url, "ops", code=1).stderr
