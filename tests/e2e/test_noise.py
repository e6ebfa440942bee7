"""What is not worth telling stays untold, and nothing of it is lost: with the real binary, over
restarts and edits."""

import pytest


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


def test_rules_that_cannot_be_used_are_named(pair):
    pair.configure({}, normalize={".a": "round(x)"}, deadband={".b": "wide", "c": 1})
    words = pair.bridge.run("validate", "-c", pair.bridge.file, code=3).stderr
    assert '"normalize" cannot be used for .a: a normalization is round(n), trim,' in words
    assert '"deadband" cannot be used for .b: a deadband is a number such as 0.5' in words
    assert '"deadband" cannot be used for c: a path begins with a dot' in words
