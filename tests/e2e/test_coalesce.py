"""Updates of one item that wait become one event, from the oldest to the newest."""

from test_sinks import OPEN, ask
from waiting import wait_until

LATEST = {"coalesce": "latest", "retry": {"schedule": ["1s"] * 20}, "disable_after": "366d"}


def value(n, other=None):
    items = [{"id": 1, "n": n, "name": "žluť"}]
    return items + ([{"id": 2, "n": other}] if other is not None else [])


def set_up(pair, **sink):
    pair.hook = pair.receiver.hook("/hook")
    pair.thing = pair.upstream.resource("/thing", value(0, 0))
    pair.bridge.configure(
        {
            "egress": OPEN,
            "sources": {
                "thing": {
                    "url": pair.upstream.url + "/thing",
                    "interval": "1h",
                    "items": ".[]",
                    "key": ".id",
                }
            },
            "sinks": {"ops": {**pair.sink, **LATEST, **sink}},
        }
    )
    pair.start()


def change(pair, document):
    before = len(events(pair))
    pair.thing.set(document)
    assert ask(pair.bridge, "POST", "/v1/sources/thing/poll")[0] == 202
    wait_until(lambda: len(events(pair)) > before)


def events(pair):
    return ask(pair.bridge, "GET", "/v1/events?limit=250")[1]["data"]


def deliveries(pair):
    """The oldest first."""
    return ask(pair.bridge, "GET", "/v1/deliveries?limit=250")[1]["data"][::-1]


def settled(pair):
    return all(d["state"] in ("delivered", "canceled") for d in deliveries(pair))


def test_what_waits_behind_a_slow_answer_is_told_as_one(pair):
    set_up(pair)
    pair.hook.gate.clear()
    change(pair, value(1, 0))  # under way
    for n in range(2, 6):
        change(pair, value(n, 0))
    change(pair, value(5, 9))  # of another item, whose lane is its own
    pair.hook.gate.set()
    wait_until(lambda: settled(pair))

    taken = {d.headers["webhook-id"]: d for d in pair.receiver.taken()}
    assert len(taken) == 3
    rows = deliveries(pair)
    assert [row["state"] for row in rows] == ["delivered"] + ["canceled"] * 3 + ["delivered"] * 2
    carrier = rows[4]
    assert [row["coalesced_into"] for row in rows[1:4]] == [carrier["id"]] * 3
    assert carrier["coalesced_count"] == 4 and rows[5]["coalesced_count"] is None

    told = taken[carrier["event_id"]]
    assert told.type == "item.updated" and told.sequence == carrier["sequence"]
    assert told.data["coalesced_count"] == 4
    assert told.data["before"]["n"] == 1 and told.data["after"] == value(5)[0]
    assert told.data["changes"] == [{"path": "/n", "old": 1, "new": 5}]
    assert told.data["patch"] == [{"op": "replace", "path": "/n", "value": 5}]
    assert "coalesced_count" not in taken[rows[5]["event_id"]].data

    # Nothing of it is lost where people look, and each tells its own change.
    listed = [e for e in events(pair) if e["data"]["key"] == 1]
    assert [e["data"]["after"]["n"] for e in listed] == [5, 4, 3, 2, 1]
    assert pair.bridge.metric("pollbridge_deliveries_total", sink="ops", result="coalesced") == 3
    text = pair.bridge.run("deliveries", "--url", pair.bridge.url).stdout
    assert f"told by {carrier['id']}" in text and "tells 4 updates" in text


def test_a_deletion_and_a_new_creation_keep_their_places(pair):
    set_up(pair)
    pair.hook.gate.clear()
    change(pair, value(1, 0))
    change(pair, value(2, 0))
    change(pair, value(3, 0))
    change(pair, [{"id": 2, "n": 0}])
    change(pair, value(4, 0))
    change(pair, value(5, 0))
    change(pair, value(6, 0))
    pair.hook.gate.set()
    wait_until(lambda: settled(pair))
    seen = [(d.type, (d.data.get("after") or {}).get("n")) for d in pair.receiver.taken()]
    assert seen == [
        ("item.updated", 1),
        ("item.updated", 3),
        ("item.deleted", None),
        ("item.created", 4),
        ("item.updated", 6),
    ]


def test_what_may_have_been_seen_keeps_its_bytes(pair):
    set_up(pair)
    pair.hook.script = [500, 500]
    change(pair, value(1, 0))
    pair.receiver.wait(1)
    change(pair, value(2, 0))
    change(pair, value(3, 0))
    wait_until(lambda: settled(pair))
    attempts = pair.receiver.deliveries.all()
    first = [d for d in attempts if d.id == attempts[0].id]
    assert len(first) == 3 and len({d.body for d in first}) == 1
    assert [d.data["after"]["n"] for d in pair.receiver.taken()] == [1, 3]


def test_a_kill_and_a_restart_neither_lose_nor_repeat(pair):
    set_up(pair, retry={"schedule": ["4s"] * 20})
    pair.hook.script = [500]
    change(pair, value(1, 0))
    pair.receiver.wait(1)
    for n in range(2, 6):
        change(pair, value(n, 0))
    pair.bridge.kill()
    pair.bridge.start()
    wait_until(lambda: settled(pair))
    assert [d.data["after"]["n"] for d in pair.receiver.taken()] == [1, 5]
    pair.bridge.kill()
    pair.bridge.start()
    change(pair, value(6, 0))
    wait_until(lambda: settled(pair))
    assert [d.data["after"]["n"] for d in pair.receiver.taken()] == [1, 5, 6]
    # Its bytes are kept with it: a resend is the same once more.
    carrier = next(d for d in deliveries(pair) if d["coalesced_count"])
    body = next(d.body for d in pair.receiver.taken() if d.id == carrier["event_id"])
    path = f"/v1/events/{carrier['event_id']}/resend"
    assert ask(pair.bridge, "POST", path, {"sink": "ops"})[0] == 202
    again = pair.receiver.wait(5)[-1]
    assert again.id == carrier["event_id"] and again.body == body


def test_what_was_held_is_told_as_one_when_the_sink_is_enabled(pair):
    set_up(pair)
    assert ask(pair.bridge, "POST", "/v1/sinks/ops/disable")[0] == 200
    for n in range(1, 5):
        change(pair, value(n, 0))
    assert {d["state"] for d in deliveries(pair)} == {"held"}
    assert ask(pair.bridge, "POST", "/v1/sinks/ops/enable", {"held": "deliver"})[0] == 200
    wait_until(lambda: settled(pair))
    (told,) = pair.receiver.taken()
    assert told.data["coalesced_count"] == 4
    assert told.data["before"]["n"] == 0 and told.data["after"]["n"] == 4


def test_every_format_tells_it(pair):
    set_up(pair, format="cloudevents", data=["key", "merge"])
    pair.hook.gate.clear()
    for n in range(1, 4):
        change(pair, value(n, 0))
    pair.hook.gate.set()
    wait_until(lambda: settled(pair))
    told = pair.receiver.taken()[-1].json
    assert told["data"] == {"key": 1, "merge": {"n": 3}, "coalesced_count": 2}


def test_it_needs_lanes_of_items(bridge):
    for ordering in ("none", "sink"):
        bridge.configure(
            {
                "sources": {"a": {"url": "https://example.org/"}},
                "sinks": {
                    "ops": {
                        "url": "https://example.org/",
                        "signature": "none",
                        "ordering": ordering,
                        "coalesce": "latest",
                    }
                },
            }
        )
        text = bridge.run("validate", "-c", bridge.file, code=3)
        assert "needs `ordering: key`" in text.stderr + text.stdout
