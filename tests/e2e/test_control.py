"""The daemon asked about its sources: over HTTP and by the commands that use it."""

import json
import urllib.error
import urllib.request

import pytest
import yaml
from waiting import PATIENCE

SHRUNK = {"items": [{"id": 1}]}
FULL = {"items": [{"id": i} for i in range(10)]}


def ask(bridge, path, method="GET", **headers):
    request = urllib.request.Request(bridge.url + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


@pytest.fixture
def held(pair):
    """A daemon whose source lost most of its items, which it does not believe."""
    pair.configure(FULL, items=".items[]", key=".id", interval="2s")
    pair.bridge.start()
    pair.bridge.process.wait_for_line("baseline")
    pair.thing.set(SHRUNK)
    assert pair.receiver.wait(1)[0].type == "source.held"
    return pair


def test_a_hold_is_explained_and_a_person_can_end_it(held):
    bridge = held.bridge
    told = bridge.run("explain", "-u", bridge.url, "thing").stdout
    assert "held" in told and "9 of 10 items are gone" in told
    bridge.run("accept", "-u", bridge.url, "thing")
    gone = held.receiver.wait(10)[1:]
    assert sorted(event.data["key"] for event in gone) == [0, *range(2, 10)]
    assert {event.type for event in gone} == {"item.deleted"}
    bridge.process.wait_for_line("result=changed")
    assert "ok" in bridge.run("explain", "-u", bridge.url, "thing").stdout


def test_sources_are_listed_in_pages(pair):
    pair.upstream.resource("/thing", {"a": 1})
    names = [f"s{i}" for i in range(5)]
    pair.bridge.configure(
        {
            "sources": {
                name: {"url": pair.upstream.url + "/thing", "interval": "1h"} for name in names
            },
            "sinks": {"ops": pair.sink},
        }
    )
    pair.bridge.start()
    pair.bridge.process.wait_for_line("baseline", 5)
    status, first = ask(pair.bridge, "/v1/sources?limit=3")
    assert status == 200 and not first["done"]
    status, second = ask(pair.bridge, f"/v1/sources?limit=3&iterator={first['iterator']}")
    assert second["done"]
    assert [source["name"] for source in first["data"] + second["data"]] == names
    source = first["data"][0]
    assert source["state"] == "ok" and source["last_poll"]["result"] == "baseline"
    assert source["next_poll_at"] and source["interval"] == "1h"
    listed = pair.bridge.run("sources", "-u", pair.bridge.url).stdout
    assert [line.split()[0] for line in listed.splitlines()] == names
    assert ask(pair.bridge, "/v1/sources?limit=0")[0] == 400
    assert ask(pair.bridge, "/v1/sources/none")[0] == 404
    assert ask(pair.bridge, "/v1/sources/s0", "DELETE")[0] == 405


def test_a_source_is_polled_when_asked(pair):
    pair.configure({"a": 1}, interval="1h")
    pair.bridge.start()
    pair.bridge.process.wait_for_line("baseline")
    pair.thing.set({"a": 2})
    pair.bridge.run("poll", "-u", pair.bridge.url, "thing")
    assert pair.receiver.wait(1)[0].type == "document.changed"
    assert "no source" in pair.bridge.run("poll", "-u", pair.bridge.url, "a/b", code=1).stderr


def test_a_paused_source_rests_over_a_restart_and_then_tells_what_changed(pair):
    bridge = pair.bridge
    pair.configure({"a": 1})
    pair.start()
    assert "paused" in bridge.run("pause", "-u", bridge.url, "thing").stdout
    assert bridge.metric("pollbridge_sources_paused") == 1
    bridge.restart()
    told = bridge.run("explain", "-u", bridge.url, "thing").stdout
    assert "pollbridge resume thing" in told and "paused since" in told
    polls = len(pair.upstream.requests)
    pair.thing.set({"a": 2})
    assert ask(bridge, "/v1/sources/thing")[1]["next_poll_at"] is None
    bridge.run("resume", "-u", bridge.url, "thing")
    (event,) = pair.receiver.wait(1)
    assert event.data["after"] == {"a": 2}
    assert len(pair.upstream.requests) == polls + 1
    pair.thing.set({"a": 3})
    pair.receiver.wait(2)  # the schedule runs again
    assert bridge.metric("pollbridge_sources_paused") == 0


def test_a_paused_source_is_polled_by_hand(pair):
    bridge = pair.bridge
    pair.configure({"a": 1})
    pair.start()
    bridge.run("pause", "-u", bridge.url, "thing")
    pair.thing.set({"a": 2})
    bridge.run("poll", "-u", bridge.url, "thing")
    pair.receiver.wait(1)
    assert ask(bridge, "/v1/sources/thing")[1]["state"] == "paused"
    bridge.stop()
    polls = len(pair.upstream.requests)
    bridge.once()
    assert len(pair.upstream.requests) == polls
    bridge.once("thing")
    assert len(pair.upstream.requests) == polls + 1


def test_what_is_primed_is_told_to_nobody_and_is_the_base(pair):
    bridge = pair.bridge
    pair.configure(FULL, items=".items[]", key=".id", interval="1h")
    pair.start()
    pair.thing.set(SHRUNK)  # which the guard would not believe
    bridge.run("prime", "-u", bridge.url, "thing")
    bridge.process.wait_for_line("result=baseline", 2)
    pair.thing.set({"items": [{"id": 1}, {"id": 20}]})
    bridge.run("poll", "-u", bridge.url, "thing")
    (event,) = pair.receiver.wait(1)
    assert (event.type, event.data["key"], event.sequence) == ("item.created", 20, 1)
    assert not ask(bridge, "/v1/sources/thing")[1]["priming"]
    assert ask(bridge, "/v1/sources/none/prime", "POST")[0] == 404


def test_web_pages_may_not_ask(pair):
    pair.configure({"a": 1})
    pair.bridge.start()
    origin = {"Origin": "https://evil.example"}
    assert ask(pair.bridge, "/v1/sources/thing/poll", "POST", **origin)[0] == 403
    assert ask(pair.bridge, "/v1/sources", Host="evil.example")[0] == 403
    assert pair.bridge.get("/healthz")[0] == 200


def test_a_token_is_asked_for_where_one_is_set(pair):
    token = pair.bridge.hide("a-token-of-ours-0123456789")
    pair.configure({"a": 1})
    text = pair.bridge.file.read_text().replace(
        "listen: 127.0.0.1:0", "listen: 127.0.0.1:0\n  token: ${TOKEN}"
    )
    pair.bridge.configure(text, TOKEN=token)
    pair.bridge.start()
    assert ask(pair.bridge, "/v1/sources")[0] == 401
    assert ask(pair.bridge, "/v1/sources", Authorization="Bearer wrong")[0] == 401
    assert ask(pair.bridge, "/v1/sources", Authorization=f"Bearer {token}")[0] == 200
    pair.bridge.run("sources", "-u", pair.bridge.url, code=1)
    pair.bridge.environment["POLLBRIDGE_TOKEN"] = token
    assert "thing" in pair.bridge.run("sources", "-u", pair.bridge.url).stdout


def test_tokens_may_do_what_their_scope_says(pair):
    may = {name: pair.bridge.hide(f"{name}-token-0123456789") for name in ("read", "write")}
    pair.configure({"a": 1})
    config = yaml.safe_load(pair.bridge.file.read_text())
    config["tokens"] = {
        "viewer": {"token": "${READ}"},
        "ci": {"token": "${WRITE}", "scope": "write"},
    }
    pair.bridge.configure(config, READ=may["read"], WRITE=may["write"])
    pair.start()
    bearer = {name: {"Authorization": f"Bearer {token}"} for name, token in may.items()}
    poll = "/v1/sources/thing/poll"
    status, refusal = ask(pair.bridge, "/v1/sources")
    assert status == 401 and refusal["code"] == "unauthorized"
    assert ask(pair.bridge, "/v1/sources", **bearer["read"])[0] == 200
    status, refusal = ask(pair.bridge, poll, "POST", **bearer["read"])
    assert status == 403 and "scope: write" in refusal["detail"]
    assert ask(pair.bridge, poll, "POST", **bearer["write"])[0] == 202
    told = pair.bridge.process.wait_for_line("asked over the API", 2)
    assert [(line["token"], line["status"]) for line in told] == [("viewer", "403"), ("ci", "202")]
    assert told[1]["path"] == poll and told[1]["method"] == "POST"


def test_open_to_other_machines_needs_a_token(pair):
    pair.configure({"a": 1})
    text = pair.bridge.file.read_text().replace("127.0.0.1:0", "0.0.0.0:0")
    pair.bridge.configure(text)
    assert "set server.token" in pair.bridge.run("serve", "-c", pair.bridge.file, code=3).stderr
    token = pair.bridge.hide("a-token-of-ours-0123456789")
    pair.bridge.configure(text.replace("0.0.0.0:0", "0.0.0.0:0\n  token: ${TOKEN}"), TOKEN=token)
    pair.bridge.start()
    assert ask(pair.bridge, "/v1/sources")[0] == 401


def test_wrong_questions_are_refused_in_words(pair):
    pair.configure({"a": 1})
    pair.start()
    for path, status, code in (
        ("/v1/sources?limit=0", 400, "bad_parameter"),
        ("/v1/sources?limits=1", 400, "unknown_parameter"),
        ("/v1/sources/%2e%2e%2fetc", 404, "not_found"),
        ("/v1/../etc/passwd", 404, "not_found"),
        ("/v1/sources/thing/poll", 405, "method_not_allowed"),
    ):
        found, refusal = ask(pair.bridge, path)
        assert (found, refusal["code"]) == (status, code), path
        assert refusal["detail"]


def test_nobody_there_is_told_plainly(bridge):
    run = bridge.run("sources", "-u", "http://127.0.0.1:9", code=1)
    assert "no answer from http://127.0.0.1:9" in run.stderr
