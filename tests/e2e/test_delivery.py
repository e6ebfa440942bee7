"""What a sink can rely on: retries, order, isolation, filters, signatures."""

import json
import threading

import pytest
from fake_server import Answer
from receiver import SECRET

QUICK = {"retry": {"schedule": ["100ms", "200ms", "400ms"]}}
# An answer whose connection is closed in the middle of it.
BROKEN_OFF = Answer(500, b"x" * 100, {"content-length": "200"}, cut_after=100)
ROTATED = "whsec_b2xkZXIgZXhhbXBsZSBrZXksIDMyIGJ5dGVzIC4u"


def serve(pair, value, **how):
    pair.configure(value, **how)
    pair.start()


# ---- attempts ----


def test_every_attempt_has_the_same_id_and_the_same_bytes(pair):
    pair.receiver.hook("/hook", script=[500, 404, BROKEN_OFF, 302])
    serve(pair, {"n": 1}, sink={"retry": {"schedule": ["50ms"] * 6}})
    pair.thing.set({"n": "ü 12345678901234567890"})
    attempts = pair.receiver.wait(5)
    assert [a.attempt for a in attempts] == [1, 2, 3, 4, 5]
    assert len({(a.id, a.body) for a in attempts}) == 1
    assert len({a.headers["traceparent"].split("-")[1] for a in attempts}) == 1
    assert attempts[-1].status == 204
    pair.thing.set({"n": 3})
    assert pair.receiver.wait(6)[5].sequence == 2


def test_a_redirect_is_not_followed(pair):
    pair.receiver.hook("/hook", script=[Answer(307, b"", {"location": pair.upstream.url + "/x"})])
    serve(pair, {"n": 1}, sink=QUICK)
    pair.thing.set({"n": 2})
    assert [d.status for d in pair.receiver.wait(2)] == [307, 204]
    warned = pair.bridge.process.wait_for_line("delivery attempt failed")[0]
    assert (warned["error"], warned["status"]) == ("redirect_refused", "307")
    assert not pair.upstream.polls("/x")


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_a_floor_for_the_whole_sink(pair, status):
    pair.receiver.hook("/hook", script=[Answer(status, b"", {"retry-after": "2"})])
    pair.configure({"data": [{"id": 1, "n": 1}, {"id": 2, "n": 1}]}, items=".data[]", key=".id",
                   sink={"retry": {"schedule": ["10ms"]}, "limits": {"in_flight": 1}})
    pair.start()
    pair.thing.set({"data": [{"id": 1, "n": 2}, {"id": 2, "n": 2}]})
    refused, *others = pair.receiver.wait(3)
    assert refused.status == status
    assert all(other.at - refused.at >= 2 for other in others)


@pytest.mark.parametrize(
    "answer",
    [Answer(410), Answer(400, b"", {"webhook-delivery": "abort-message"})],
    ids=["410", "abort-message"],
)
def test_an_answer_that_is_final_is_not_tried_again(pair, answer):
    pair.receiver.hook("/hook", script=[answer])
    serve(pair, {"n": 1}, sink=QUICK)
    pair.thing.set({"n": 2})
    first = pair.receiver.wait(1)[0]
    pair.bridge.process.wait_for_line("failed for good")
    pair.thing.set({"n": 3})
    second = pair.receiver.wait(2)[1]
    assert (second.id != first.id, second.attempt, second.status) == (True, 1, 204)
    assert pair.bridge.metric("pollbridge_deliveries_total", sink="ops", result="failed") == 1


def test_the_schedule_ends(pair):
    pair.receiver.hook("/hook", script=[500] * 3)
    serve(pair, {"n": 1}, sink={"retry": {"schedule": ["20ms", "20ms"]}})
    pair.thing.set({"n": 2})
    assert [d.attempt for d in pair.receiver.wait(3)] == [1, 2, 3]
    assert "used up" in pair.bridge.process.wait_for_line("failed for good")[0]["msg"]
    pair.thing.set({"n": 3})
    assert pair.receiver.wait(4)[3].sequence == 2


def test_one_item_stays_in_order_and_does_not_block_another(pair):
    """Lane of item 1 fails and waits; item 2 goes ahead; item 1's changes arrive in order."""
    receiver = pair.receiver

    def pick(request):
        key = json.loads(request.body)["data"]["key"]
        return Answer(500) if key == 1 and len(receiver.deliveries) < 3 else Answer(204)

    hook = receiver.hook("/hook")
    hook.pick = pick

    def items(one, two):
        return {"data": [{"id": 1, "n": one}, {"id": 2, "n": two}]}

    pair.configure(items(1, 1), items=".data[]", key=".id",
                   sink={"retry": {"schedule": ["300ms"] * 20}})
    pair.start()
    pair.thing.set(items(2, 2))
    receiver.wait(2)
    pair.thing.set(items(3, 2))
    taken = receiver.deliveries.wait_for(lambda d: d.status == 204, 3, "taken deliveries")
    order = [d.data["after"]["n"] for d in taken if d.data["key"] == 1]
    assert order == [2, 3]
    assert taken[0].data["key"] == 2


# ---- isolation and filters ----


def test_a_dead_and_a_hanging_sink_do_not_slow_another(upstream, receiver, bridge, sink):
    hanging = receiver.hook("/hanging")
    hanging.gate.clear()
    thing = upstream.resource("/thing", {"n": 0})
    bridge.configure(
        {
            "sources": {"thing": {"url": upstream.url + "/thing", "interval": "1s"}},
            "sinks": {
                "alive": sink,
                "dead": {"url": "http://127.0.0.1:9/", "secret": SECRET},
                "hanging": {"url": receiver.url + "/hanging", "secret": SECRET, "timeout": "60s"},
            },
        }
    )
    bridge.start()
    bridge.process.wait_for_line("result=baseline")
    changed = []
    for n in range(1, 4):
        polls = len(upstream.polls("/thing"))
        thing.set({"n": n})
        receiver.wait(n, path="/hook")
        seen = upstream.polls("/thing")[polls:]
        changed.append(receiver.wait(n, path="/hook")[-1].at - seen[-1].at)
    assert max(changed) < 1.0, changed  # far from any time-out or retry
    depth = bridge.metric("pollbridge_outbox_depth", sink="dead", state="waiting")
    assert depth == 3
    hanging.gate.set()
    receiver.wait(3, path="/hanging")


def test_sinks_get_what_they_asked_for(upstream, receiver, bridge, sink):
    for name in ("orders-eu", "orders-us", "weather"):
        upstream.resource(f"/{name}", {"data": [{"id": 1, "n": 1}, {"id": 2, "n": 1}]})
    sinks = {
        "all": {},
        "orders": {"sources": ["orders-*"]},
        "deleted": {"types": ["item.deleted"]},
        "both": {"sources": ["orders-?s"], "types": ["item.*", "source.failing"]},
        "none": {"sources": ["weather"], "types": ["document.*"]},
    }
    for name in sinks:
        receiver.hook("/" + name)
    bridge.configure(
        {
            "sources": {
                name: {"url": f"{upstream.url}/{name}", "items": ".data[]", "key": ".id"}
                for name in ("orders-eu", "orders-us", "weather")
            },
            "sinks": {
                name: {"url": f"{receiver.url}/{name}", "secret": SECRET, **filters}
                for name, filters in sinks.items()
            },
        }
    )
    bridge.once()
    for name in ("orders-eu", "orders-us", "weather"):
        upstream.resource(f"/{name}", {"data": [{"id": 1, "n": 2}]})
    bridge.once()
    got = {
        name: sorted(
            (d.json["source"], d.type) for d in receiver.deliveries.all() if d.path == "/" + name
        )
        for name in sinks
    }
    every = [
        (source, kind)
        for source in ("orders-eu", "orders-us", "weather")
        for kind in ("item.deleted", "item.updated")
    ]
    assert got["all"] == every
    assert got["orders"] == [e for e in every if e[0] != "weather"]
    assert got["deleted"] == [e for e in every if e[1] == "item.deleted"]
    assert got["both"] == [e for e in every if e[0] == "orders-us"]
    assert got["none"] == []


def test_a_condition_in_jq_decides_and_one_that_fails_loses_nothing(pair):
    conditions = {
        "tenth": ".data.after.n > .data.before.n * 1.1",
        "member": ".data.after.urgent",  # a path: null, false and no such member are a no
        "broken": ".data.after.n | keys",
    }
    for name in conditions:
        pair.receiver.hook("/" + name)
    pair.thing = pair.upstream.resource("/thing", {"n": 100})
    configuration = {
        "sources": {"thing": {"url": pair.upstream.url + "/thing"}},
        "sinks": {
            name: {"url": f"{pair.receiver.url}/{name}", "secret": SECRET, "when": text}
            for name, text in conditions.items()
        },
    }
    pair.bridge.configure(configuration)
    pair.bridge.once()
    for value in ({"n": 105}, {"n": 200}, {"n": 201, "urgent": True}, {"n": 202, "urgent": False}):
        pair.thing.set(value)
        run = pair.bridge.once()
    told = {
        name: [d.data["after"]["n"] for d in pair.receiver.taken("/" + name)] for name in conditions
    }
    assert told == {"tenth": [200], "member": [201], "broken": [105, 200, 201, 202]}
    assert "`when` of a sink fails" in run.stderr
    # Together with a filter both must fit.
    configuration["sinks"]["tenth"]["filter"] = {"data": {"after": {"n": {"$lt": 300}}}}
    pair.bridge.configure(configuration)
    for n in (400, 280, 290):
        pair.thing.set({"n": n})
        pair.bridge.once()
    assert len(pair.receiver.taken("/tenth")) == 1


# ---- what is sent ----


def test_a_file_and_standard_output_get_lines_of_json(pair):
    pair.configure({"data": [{"id": 1}]}, items=".data[]", key=".id")
    config = {
        "sources": {
            "thing": {"url": pair.upstream.url + "/thing", "items": ".data[]", "key": ".id"}
        },
        "sinks": {
            "file": {"type": "file", "path": "events.ndjson"},
            "out": {"type": "stdout", "body": "{ key: .data.key, type }"},
        },
    }
    pair.bridge.configure(config)
    pair.bridge.once()
    pair.thing.set({"data": [{"id": 1}, {"id": 2, "text": "two\nlines"}, {"id": 3}]})
    run = pair.bridge.once()
    pair.thing.set({"data": [{"id": 1}, {"id": 2}, {"id": 3}]})
    pair.bridge.once()
    lines = (pair.bridge.directory / "events.ndjson").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert [(e["sequence"], e["type"], e["data"]["key"]) for e in events] == [
        (1, "item.created", 2),
        (2, "item.created", 3),
        (3, "item.updated", 2),
    ]
    written = [json.loads(line) for line in run.output.all() if line.startswith("{")]
    assert written == [{"key": 2, "type": "item.created"}, {"key": 3, "type": "item.created"}]


def test_a_body_and_headers_of_ones_own(pair):
    pair.configure(
        {"n": 1},
        sink={
            "method": "PUT",
            "headers": {"x-event": "{{ .type }}/{{ .data.after.n }}", "x-static": "yes"},
            "body": "{ text: (.source + \" changed\"), big: .data.after.big }",
            "content_type": "application/vnd.example+json",
        },
    )
    pair.bridge.once()
    (delivery,) = pair.change({"n": 2, "big": 12345678901234567890})
    assert delivery.method == "PUT"
    assert delivery.headers["x-event"] == "document.changed/2"
    assert delivery.headers["x-static"] == "yes"
    assert delivery.headers["content-type"] == "application/vnd.example+json"
    assert delivery.body == b'{"text":"thing changed","big":12345678901234567890}'


def test_raw_is_the_document_alone(pair):
    pair.configure({"n": 1}, sink={"format": "raw"})
    pair.bridge.once()
    (delivery,) = pair.change({"n": 2})
    assert delivery.body == b'{"n":2}'


def test_a_template_that_fails_is_final_and_told(pair):
    pair.configure({"n": 1}, sink={"body": "{ n: (.data.after.n + 1) }"})
    pair.bridge.once()
    pair.thing.set({"n": "text"})
    run = pair.bridge.once()
    assert "template_error" in run.stderr
    assert len(pair.receiver.deliveries) == 0
    (delivery,) = pair.change({"n": 5})
    assert delivery.body == b'{"n":6}'


def test_an_overlapping_secret_signs_too(pair):
    pair.configure({"n": 1}, sink={"previous_secret": ROTATED})
    pair.bridge.hide(ROTATED)
    pair.receiver.hook("/hook", secret=ROTATED)
    pair.bridge.once()
    (delivery,) = pair.change({"n": 2})
    assert len(delivery.headers["webhook-signature"].split(" ")) == 2


SECRETS = {
    "standard": SECRET,
    "github": "a github secret of 32 characters",
    "stripe": "a stripe secret of 32 characters",
    "slack": "a slack secret of 32 characters.",
}


@pytest.mark.parametrize("preset", sorted(SECRETS))
def test_public_libraries_take_the_signature(pair, verifiers, preset):
    secret = pair.bridge.hide(SECRETS[preset])
    pair.receiver.hook("/hook", secret=secret, signature=preset)
    pair.configure({"n": 1}, sink={"signature": preset, "secret": secret})
    pair.bridge.once()
    (delivery,) = pair.change({"n": "Größe 🌧 12345678901234567890"})
    assert delivery.status == 204  # our own verification
    verifiers.check(preset, secret, delivery.headers.as_dict(), delivery.body)


def test_a_slow_receiver_times_out_and_the_delivery_comes_again(pair):
    released = threading.Event()

    def hang(request):
        released.wait(20)
        return Answer(204)

    hook = pair.receiver.hook("/hook")
    hook.pick = lambda request: hang(request) if not released.is_set() else Answer(204)
    serve(pair, {"n": 1}, sink={"timeout": "300ms", **QUICK})
    pair.thing.set({"n": 2})
    warned = pair.bridge.process.wait_for_line("delivery attempt failed")[0]
    assert warned["error"] == "timeout_total"
    assert int(warned["sink_rests_ms"]) == 60000  # a receiver that hangs is left in peace
    released.set()
