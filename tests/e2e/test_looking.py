"""The commands that look: at a running daemon, and at its store when none runs."""

import json
import socket

import pytest


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def told(pair):
    """A daemon that told two changes; the sink refused the second."""
    pair.configure({"n": 0}, interval="1h", sink={"retry": {"schedule": "1h"}})
    text = pair.bridge.file.read_text()
    pair.bridge.configure(text.replace("127.0.0.1:0", f"127.0.0.1:{free_port()}"))
    pair.start()
    for n in (1, 2):
        if n == 2:
            pair.receiver.hook("/hook").pick = lambda request: 500
        pair.thing.set({"n": n})
        pair.bridge.run("poll", "-c", pair.bridge.file, "thing")
        pair.receiver.wait(n)
    pair.bridge.process.wait_for_line("delivery attempt failed")
    return pair


def look(bridge, *arguments):
    """What a command prints, by the configuration, and what it says beside."""
    run = bridge.run(*arguments, "-c", bridge.file)
    return run.stdout, run.stderr


def rows(bridge, *arguments):
    return [json.loads(line) for line in look(bridge, *arguments, "--json")[0].splitlines()]


def check_all(bridge):
    """Every command and filter; the same for a daemon and for its store."""
    events = rows(bridge, "events")
    assert [event["sequence"] for event in events] == [2, 1]
    assert rows(bridge, "events", "-o") == events[::-1]
    assert rows(bridge, "events", "-n", "1") == events[:1]
    assert rows(bridge, "events", "-s", "thing", "-t", "document.*", "-S", "1h") == events
    assert rows(bridge, "events", "--until", "1h") == []
    assert rows(bridge, "events", events[1]["id"]) == events[1:]
    lines = look(bridge, "events")[0].splitlines()
    assert [line.split()[1:4] for line in lines] == [
        ["document.changed", "thing", "2"],
        ["document.changed", "thing", "1"],
    ]
    deliveries = rows(bridge, "deliveries")
    assert [row["state"] for row in deliveries] == ["retrying", "delivered"]
    assert rows(bridge, "deliveries", "-s", "ops", "-S", "retrying") == deliveries[:1]
    assert rows(bridge, "deliveries", "-e", events[1]["id"]) == deliveries[1:]
    line = look(bridge, "deliveries")[0].splitlines()[0]
    assert "retrying" in line and "http_status 500" in line and "next 20" in line
    (attempt,) = rows(bridge, "deliveries", str(deliveries[0]["id"]))
    assert attempt["status"] == 500
    assert "http_status" in look(bridge, "deliveries", str(deliveries[0]["id"]))[0]
    (sink,) = rows(bridge, "sinks")
    assert (sink["name"], sink["state"], sink["waiting"]) == ("ops", "failing", 1)
    assert "failing since" in look(bridge, "sinks")[0]


def test_a_daemon_and_its_store_tell_the_same(told):
    bridge = told.bridge
    check_all(bridge)
    assert look(bridge, "events")[1] == ""
    bridge.stop()
    check_all(bridge)
    assert "no daemon answers; this is what its store" in look(bridge, "events")[1]


def test_a_store_is_looked_at_and_not_touched(told):
    told.bridge.stop()
    before = (told.bridge.directory / "store.db").read_bytes()
    look(told.bridge, "deliveries")
    look(told.bridge, "sinks")
    assert (told.bridge.directory / "store.db").read_bytes() == before


def test_what_is_not_there_is_told_plainly(pair):
    pair.configure({"n": 0})
    run = pair.bridge.run("events", "-c", pair.bridge.file, code=1)
    assert "there is no store at" in run.stderr
    # Who names a listener means that one.
    run = pair.bridge.run("events", "-c", pair.bridge.file, "-u", "http://127.0.0.1:9", code=1)
    assert "no answer from http://127.0.0.1:9" in run.stderr


def test_wrong_words_are_refused_with_the_right_ones(told):
    run = told.bridge.run("deliveries", "-c", told.bridge.file, "-S", "lost", code=1)
    assert "pending, retrying, held" in run.stderr
    told.bridge.stop()
    run = told.bridge.run("deliveries", "-c", told.bridge.file, "-S", "lost", code=2)
    assert "pending, retrying, held" in run.stderr
    run = told.bridge.run("events", "-c", told.bridge.file, "evt_NONE", code=1)
    assert "no event of this id" in run.stderr
    assert "whole number" in told.bridge.run("events", "-n", "x", code=2).stderr
    for command in ("events", "deliveries", "sinks"):
        assert "its store" in " ".join(told.bridge.run(command, "--help").stdout.split())
