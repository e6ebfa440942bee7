"""What is not worth telling stays untold, and nothing of it is lost: with the real binary, over
restarts and edits."""

import datetime
import json
import time

import pytest
from fake_server import Answer
from waiting import wait_until


@pytest.fixture
def document(pair):
    def configure(value, **source):
        pair.configure(value, **source)
        pair.bridge.once()
        return pair

    return configure


def test_a_deadband_measures_from_what_was_told_last(document):
    pair = document({"t": 20.0, "w": "sun"}, deadband={".t": 0.5})
    pair.change({"t": 20.3, "w": "sun"}, [])
    pair.change({"t": 20.4, "w": "sun"}, [])
    (told,) = pair.change({"t": 20.5, "w": "sun"}, ["document.changed"])
    assert told.data["before"] == {"t": 20.0, "w": "sun"}
    (told,) = pair.change({"t": 20.4, "w": "rain"}, ["document.changed"])
    assert told.data["before"] == {"t": 20.5, "w": "sun"}
    assert told.data["after"] == {"t": 20.4, "w": "rain"}


def test_what_is_normalised_is_told_so(document):
    pair = document({"t": 1.23, "tags": ["b", "a"]}, normalize={".t": "round(1)", ".tags": "set"})
    pair.change({"t": 1.21, "tags": ["a", "b", "a"]}, [])
    (told,) = pair.change({"t": 1.26, "tags": ["a", "b"]}, ["document.changed"])
    assert told.data["before"] == {"t": 1.2, "tags": ["a", "b"]}
    assert told.data["after"] == {"t": 1.3, "tags": ["a", "b"]}


def test_when_compares_with_what_was_told_last(document):
    pair = document({"price": 10}, when=".after.price <= .before.price - 2")
    pair.change({"price": 9}, [])
    pair.change({"price": 12}, [])
    (told,) = pair.change({"price": 8}, ["document.changed"])
    assert told.data["changes"] == [{"path": "/price", "old": 10, "new": 8}]


@pytest.mark.parametrize(
    "edit",
    [
        {"normalize": {".t": "round(0)"}},
        {"normalize": {".w": "lowercase | trim"}},
        {"deadband": {".t": "10%"}},
        {"when": ".after.t > 0"},
        {"ignore": [".at"]},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_an_edit_tells_nothing_either_way(document, edit):
    value = {"t": 20.44, "w": " Sun", "at": 1}
    pair = document(value)
    for rules in (edit, {}):
        pair.rewrite(**rules)
        pair.change(value, [])
    pair.change({**value, "t": 30}, ["document.changed"])


def test_suppressed_changes_are_counted_by_their_rule(pair):
    thing = pair.configure({"t": 1}, deadband={".t": 1})
    pair.start("--log-level", "debug")
    thing.set({"t": 1.5})
    pair.bridge.process.wait_for_line("result=unchanged")
    labels = {"source": "thing", "reason": "deadband"}
    assert pair.bridge.metric("pollbridge_suppressed_total", **labels) == 1


# ---- changes that wait ----


def test_a_change_is_confirmed_by_unchanged_answers_too(document):
    pair = document({"n": 1}, confirm=3)
    pair.change({"n": 2}, [])
    pair.change({"n": 2}, [])  # a 304, after a restart
    assert pair.upstream.requests.all()[-1].headers.get("if-none-match")
    (told,) = pair.change({"n": 2}, ["document.changed"])
    assert told.data["changes"] == [{"path": "/n", "old": 1, "new": 2}]
    pair.change({"n": 3}, [])
    pair.change({"n": 2}, [])
    pair.change({"n": 2}, [])


def test_a_list_that_flickers_deletes_nothing(document):
    one, two = {"id": 1}, {"id": 2}
    pair = document([one, two], items=".[]", key=".id", absent_for=2)
    pair.change([one], [])
    pair.change([one, two], [])
    pair.change([one], [])
    (told,) = pair.change([one], ["item.deleted"])
    assert told.data["before"] == two


def test_a_state_told_not_long_ago_has_to_stay(document):
    pair = document({"on": "a"}, remember_states=1)
    pair.change({"on": "b"}, ["document.changed"])
    pair.change({"on": "a"}, [])
    pair.change({"on": "b"}, [])
    pair.change({"on": "a"}, [])
    (told,) = pair.change({"on": "a"}, ["document.changed"])
    assert told.data["after"] == {"on": "a"}


@pytest.mark.parametrize("option", ["cooldown", "min_event_interval"])
def test_the_last_state_is_told_after_the_rest_and_a_kill(pair, option):
    thing = pair.configure({"n": 1}, interval="1s", **{option: "4s"})
    pair.start("--log-level", "debug")
    thing.set({"n": 2})
    first = pair.receiver.deliveries.wait_for(lambda told: True)[0]
    for n in (3, 4):
        thing.set({"n": n})
        pair.bridge.process.wait_for_line("result=unchanged", n - 2)
    pair.bridge.kill()
    thing.always(Answer(500, b"{}"))  # nobody has to be asked again
    pair.bridge.start()
    last = pair.receiver.deliveries.wait_for(lambda told: True, 2)[1]
    assert last.data["before"] == first.data["after"] == {"n": 2}
    assert last.data["after"] == {"n": 4}
    assert last.json["previous_id"] == first.id
    at = [datetime.datetime.fromisoformat(told.json["timestamp"]) for told in (first, last)]
    assert at[1] - at[0] >= datetime.timedelta(seconds=4)


def test_an_edit_does_not_lose_what_waits(document):
    pair = document({"n": 1, "at": 1}, ignore=[".at"], cooldown="1h")
    pair.change({"n": 2, "at": 2}, ["document.changed"])
    pair.change({"n": 3, "at": 3}, [])
    pair.rewrite(ignore=[".at"])
    (told,) = pair.change({"n": 3, "at": 3}, ["document.changed"])
    assert told.data["changes"] == [{"path": "/n", "old": 2, "new": 3}]


# ---- keys, batches, good answers ----


def test_a_key_that_nobody_named_is_said_and_kept(document):
    pair = document([{"name": "a", "v": 1}, {"name": "b", "v": 1}], items=".[]", key="auto")
    assert "`key: auto` takes .name" in pair.bridge.runs[-1].stdout
    pair.change([{"name": "b", "v": 1}, {"name": "a", "v": 1}], [])
    (told,) = pair.change(
        [{"name": "b", "v": 2, "id": 1}, {"name": "a", "v": 1}], ["item.updated"]
    )
    assert told.data["key"] == "b"
    pair.thing.set([{"name": "a"}, {"name": "a"}])
    words = pair.bridge.once(code=1).stdout
    assert 'items 0 and 1 have the same key "a"' in words.replace('\\"', '"')


def test_many_changes_are_told_in_pages(document):
    pair = document(
        [], items=".[]", key=".id", max_events_per_poll=2, sink={"types": ["item.created"]}
    )
    told = pair.change([{"id": n} for n in range(5)], ["batch"] * 3)
    assert [page.data["page"] for page in told] == [1, 2, 3]
    assert {page.data["total"] for page in told} == {5}
    found = [one for page in told for one in page.data["events"]]
    assert [(one["type"], one["key"]) for one in found] == [("item.created", n) for n in range(5)]


def test_an_error_at_200_is_no_answer(document):
    pair = document({"data": 1}, guard={"error_when": ".error", "require": [".data"]})
    for bad in ({"error": "quota"}, {"other": 1}):
        pair.thing.set(bad)
        pair.bridge.once(code=1)
    (told,) = pair.change({"data": 2}, ["document.changed"])
    assert told.data["before"] == {"data": 1}


# ---- why nothing was told ----


def test_what_is_suppressed_is_explained_by_the_daemon_and_by_its_store(pair):
    items = [{"id": "a", "v": 1}, {"id": "b", "v": 1}]
    thing = pair.configure(
        items, items=".[]", key=".id", deadband={".v": 1}, guard={"max_removed": "10%"}
    )
    pair.start("--log-level", "debug")
    for v in (1.5, 1.2):
        thing.set([{"id": "a", "v": v}, {"id": "b", "v": 1}])
        pair.bridge.process.wait_for_line("result=unchanged", 1 if v == 1.5 else 2)
    thing.set([{"id": "a", "v": 3}, {"id": "b", "v": 1}])
    told = pair.receiver.deliveries.wait_for(lambda one: True)[0]
    thing.set([])
    pair.bridge.process.wait_for_line("answer held")
    explain = ("explain", "-c", pair.bridge.file, "-u", pair.bridge.url)

    def explained():
        run = pair.bridge.run(*explain, "thing")
        return run.stdout if "guard: 2 of 2 items" in run.stdout else None

    words = wait_until(explained)  # notes are written in batches
    assert 'deadband of a: every number that moved is within its deadband' in words
    assert "2 time(s)" in words
    assert {"- /v  1", "+ /v  1.2"} <= {line.strip() for line in words.splitlines()}
    assert "guard: 2 of 2 items are gone" in words
    assert "\x1b" not in words
    status, text = pair.bridge.get("/v1/sources/thing/explain")
    rules = {one["rule"]: one for one in json.loads(text)["suppressed"]}
    assert status == 200 and set(rules) == {"deadband", "guard"}
    assert rules["deadband"]["key"] == "a"
    assert rules["deadband"]["changes"] == [{"path": "/v", "old": 1, "new": 1.2}]

    words = pair.bridge.run(*explain, told.id).stdout
    assert f"{told.id}: item.updated of thing, item a" in words
    assert {"- /v  1", "+ /v  3"} <= {line.strip() for line in words.splitlines()}
    pair.bridge.stop()
    words = pair.bridge.run(*explain[:3], "thing").stdout  # asks the store
    assert "deadband of a" in words and "guard: 2 of 2" in words


def test_rules_that_cannot_be_used_are_named(pair):
    pair.configure({}, normalize={".a": "round(x)"}, deadband={".b": "wide", "c": 1})
    words = pair.bridge.run("validate", "-c", pair.bridge.file, code=3).stderr
    assert '"normalize" cannot be used for .a: a normalization is round(n), trim,' in words
    assert '"deadband" cannot be used for .b: a deadband is a number such as 0.5' in words
    assert '"deadband" cannot be used for c: a path begins with a dot' in words
