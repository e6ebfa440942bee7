"""/openapi.json: judged by other people's validators, and every answer by what it says."""

import json
import pathlib
import urllib.error
import urllib.request

import pytest
from bridge import binary
from npm import NodeProcess
from waiting import PATIENCE

SOURCE = pathlib.Path(__file__).resolve().parent / "openapi"


@pytest.fixture(scope="module")
def judge():
    folder = pathlib.Path(binary()).parent / "openapi-validators"
    with NodeProcess(SOURCE, "check.mjs", folder) as one:
        yield one


def ask(bridge, method, path, body=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(bridge.url + path, data, headers, method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


class Checked:
    """Asks the daemon, and lets the judge look at every answer."""

    def __init__(self, bridge, judge):
        self.bridge = bridge
        self.judge = judge
        status, _, text = ask(bridge, "GET", "/openapi.json")
        assert status == 200
        self.document = json.loads(text)
        result = judge.ask({"document": self.document})
        assert result["ok"], result["error"]
        self.seen = set()

    def ask(self, method, pattern, expected, query="", body=None, **places):
        status, kind, text = ask(self.bridge, method, pattern.format(**places) + query, body)
        assert status in (expected, 409), (method, pattern, status, text)
        is_json = kind == "application/json"
        question = {
            "method": method.lower(),
            "path": pattern,
            "status": status,
            "type": kind,
            "body": json.loads(text) if is_json else text.decode(),
        }
        result = self.judge.ask(question)
        assert result["ok"], (result["error"], question)
        self.seen.add((method.lower(), pattern))
        return question["body"]


def test_the_document_and_the_answers_agree(pair, judge):
    pair.configure({"n": 0}, interval="1h", sink={"retry": {"schedule": "1h"}})
    pair.bridge.start()
    checked = Checked(pair.bridge, judge)
    checked.ask("GET", "/v1/sources", 200)
    pair.bridge.process.wait_for_line("result=baseline")
    pair.thing.set({"n": 1})
    checked.ask("POST", "/v1/sources/{name}/poll", 202, name="thing")
    pair.receiver.wait(1)
    pair.receiver.hook("/hook").pick = lambda request: 500
    pair.thing.set({"n": 2})
    checked.ask("POST", "/v1/sources/{name}/accept", 202, name="thing")
    pair.receiver.wait(2)
    pair.bridge.process.wait_for_line("delivery attempt failed")
    while len(checked.ask("GET", "/v1/attempts", 200)["data"]) < 2:
        pass  # the second is told before it is stored
    event = checked.ask("GET", "/v1/events", 200, "?since=1h&limit=1")["data"][0]
    checked.ask("GET", "/v1/events", 200)
    checked.ask("GET", "/v1/events", 400, "?limit=0")
    checked.ask("GET", "/v1/events/{id}", 200, id=event["id"])
    checked.ask("GET", "/v1/events/{id}", 404, id="evt_NONE")
    assert checked.ask("GET", "/v1/events/{id}/attempts", 200, id=event["id"])["data"]
    assert len(checked.ask("GET", "/v1/deliveries", 200)["data"]) == 2
    assert len(checked.ask("GET", "/v1/sinks/{name}/deliveries", 200, name="ops")["data"]) == 2
    assert len(checked.ask("GET", "/v1/attempts", 200)["data"]) == 2
    checked.ask("GET", "/v1/sinks", 200)
    checked.ask("GET", "/v1/sinks/{name}", 200, name="ops")
    checked.ask("GET", "/v1/sinks/{name}", 404, name="none")
    checked.ask("GET", "/v1/sources/{name}", 200, name="thing")
    checked.ask("GET", "/v1/sources/{name}", 404, name="none")
    checked.ask("GET", "/v1/sources/{name}/snapshot", 200, name="thing")
    checked.ask("GET", "/v1/sources/{name}/explain", 200, name="thing")
    check_sinks(checked, pair)
    for path, methods in checked.document["paths"].items():
        if path.startswith("/v1/sources/{name}/") and "post" in methods:
            documented = int(next(iter(methods["post"]["responses"])))
            checked.ask("POST", path, documented, name="thing")
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        checked.ask("GET", path, 200)
    left = {
        (method, path)
        for path, methods in checked.document["paths"].items()
        for method in methods
        if path not in UNASKED
    } - checked.seen
    assert not left, f"no answer of these was checked: {sorted(left)}"


def check_sinks(checked, pair):
    """What changes sinks, and what is sent again."""
    pair.receiver.hook("/hook")
    new = {"name": "new", "url": "https://127.0.0.1:1/x"}
    checked.ask("POST", "/v1/sinks", 201, body=new)
    checked.ask("POST", "/v1/sinks", 409, body=new)
    checked.ask("GET", "/v1/sinks/{name}", 200, name="new")
    checked.ask("PATCH", "/v1/sinks/{name}", 200, body={"types": "item.*"}, name="new")
    checked.ask("POST", "/v1/sinks/{name}/secret/rotate", 200, body={}, name="new")
    checked.ask("POST", "/v1/sinks/{name}/test", 200, name="new")
    checked.ask("DELETE", "/v1/sinks/{name}", 204, name="new")
    event = checked.ask("GET", "/v1/events", 200)["data"][-1]
    one = {"sink": "ops"}
    recovery = checked.ask("POST", "/v1/events/{id}/resend", 202, body=one, id=event["id"])
    checked.ask("GET", "/v1/recoveries/{id}", 200, id=recovery["id"])
    checked.ask("GET", "/v1/recoveries/{id}", 404, id="rcv_NONE")
    checked.ask("POST", "/v1/sinks/{name}/recover", 202, body={"since": "1h"}, name="ops")
    checked.ask("POST", "/v1/sinks/{name}/replay", 202, body={"status": ["missing"]}, name="ops")
    checked.ask("POST", "/v1/sinks/{name}/disable", 200, name="ops")
    checked.ask("POST", "/v1/sinks/{name}/enable", 200, body={"held": "deliver"}, name="ops")


# Checked where their words are tested.
UNASKED = {"/v1/events/stream"}
