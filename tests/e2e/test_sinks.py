"""Sinks that come and go over the API: as trustworthy as those of the file, and kept apart from
this machine."""

import base64
import json
import os
import stat
import urllib.error
import urllib.request

import pytest
from fake_server import Answer, FakeServer
from receiver import SECRET, verify_standard
from waiting import PATIENCE

OPEN = {"allow_cidrs": ["127.0.0.0/8"], "allow_http": True}
OTHER = "whsec_" + base64.b64encode(b"another key that is long enough").decode()


def ask(bridge, method, path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["content-type"] = "application/json"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(bridge.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


@pytest.fixture
def daemon(pair):
    """A daemon that lets sinks be at loopback addresses, with a source that has its baseline."""
    pair.thing = pair.upstream.resource("/thing", {"a": 1})
    pair.configuration = {
        "egress": OPEN,
        "sources": {"thing": {"url": pair.upstream.url + "/thing", "interval": "1s"}},
        "sinks": {"ops": pair.sink},
    }
    pair.bridge.configure(pair.configuration)
    pair.start()
    return pair


def create(pair, name="sub", path="/sub", **settings):
    pair.receiver.hook(path, secret=settings.get("secret", SECRET))
    status, sink = ask(
        pair.bridge,
        "POST",
        "/v1/sinks",
        {"name": name, "url": pair.receiver.url + path, "secret": SECRET, **settings},
    )
    assert status == 201, sink
    return sink


def test_a_sink_lives_and_outlives_restarts_and_reloads(daemon):
    bridge, receiver = daemon.bridge, daemon.receiver
    sink = create(daemon, types=["document.*"])
    assert sink["managed_by"] == "api"
    status, sink = ask(bridge, "GET", "/v1/sinks/sub")
    assert sink["managed_by"] == "api" and sink["state"] == "ok" and sink["settings"]
    status, page = ask(bridge, "GET", "/v1/sinks")
    assert [(one["name"], one["managed_by"]) for one in page["data"]] == [
        ("ops", "config"),
        ("sub", "api"),
    ]
    assert "secret" not in sink and "secret" not in sink["settings"]
    daemon.thing.set({"a": 2})
    (first,) = receiver.wait(1, path="/sub")
    assert first.data["after"] == {"a": 2}

    bridge.restart()
    daemon.thing.set({"a": 3})
    assert receiver.wait(2, path="/sub")[-1].data["after"] == {"a": 3}
    bridge.reload()
    bridge.process.wait_for_line("reloaded")
    daemon.thing.set({"a": 4})
    assert receiver.wait(3, path="/sub")[-1].data["after"] == {"a": 4}

    receiver.hook("/moved", secret=SECRET)
    status, sink = ask(
        bridge, "PATCH", "/v1/sinks/sub", {"url": receiver.url + "/moved", "types": None}
    )
    assert status == 200 and "types" not in sink["settings"]
    daemon.thing.set({"a": 5})
    assert receiver.wait(1, path="/moved")[0].data["after"] == {"a": 5}

    assert ask(bridge, "DELETE", "/v1/sinks/sub") == (204, None)
    assert ask(bridge, "GET", "/v1/sinks/sub")[0] == 404
    daemon.thing.set({"a": 6})
    receiver.wait(5, path="/hook")
    assert len(receiver.taken("/moved")) == 1
    bridge.restart()
    assert ask(bridge, "GET", "/v1/sinks/sub")[0] == 404


def test_the_store_is_for_its_owner_and_nobody_sees_a_secret(daemon):
    sink = create(daemon, secret=daemon.bridge.hide(OTHER), headers={"x-token": "let-me-in-please"})
    daemon.bridge.hide("let-me-in-please")
    assert sink["settings"]["headers"] == {"x-token": "***"}
    mode = os.stat(daemon.bridge.directory / "store.db").st_mode
    assert stat.S_IMODE(mode) == 0o600
    daemon.thing.set({"a": 2})
    assert daemon.receiver.wait(1, path="/sub")[0].headers["x-token"] == "let-me-in-please"


def test_a_secret_is_made_and_shown_once(daemon):
    bridge = daemon.bridge
    receiver = daemon.receiver
    hook = receiver.hook("/sub")
    status, sink = ask(bridge, "POST", "/v1/sinks", {"name": "sub", "url": receiver.url + "/sub"})
    assert status == 201
    hook.secret = bridge.hide(sink["secret"])
    assert "secret" not in ask(bridge, "GET", "/v1/sinks/sub")[1]
    daemon.thing.set({"a": 2})
    receiver.wait(1, path="/sub")

    status, rotated = ask(
        bridge, "POST", "/v1/sinks/sub/secret/rotate", {"grace_period_seconds": 3}
    )
    assert status == 200 and rotated["previous_secret_until"]
    assert rotated["managed_by"] == "api"
    bridge.hide(rotated["secret"])
    assert rotated["secret"] != sink["secret"]
    daemon.thing.set({"a": 3})
    both = receiver.wait(2, path="/sub")[-1]  # by the old secret
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    hook.secret = rotated["secret"]
    value = 3
    while True:  # until the old one had its time
        value += 1
        daemon.thing.set({"a": value})
        last = receiver.wait(value - 1, path="/sub")[-1]
        if len(last.headers["webhook-signature"].split(" ")) == 1:
            break
    assert ask(bridge, "GET", "/v1/sinks/sub")[1]["previous_secret_until"] is None


REFUSED = [
    ({"type": "file", "path": "/etc/passwd"}, "unknown_type"),
    ({"url": "https://x.example", "secret_file": "/etc/passwd"}, "unknown_key"),
    ({"url": "https://x.example", "tls": {"ca_file": "/etc/passwd"}}, "file_only"),
    ({"url": "https://x.example", "tls": {"insecure_skip_verify": True}}, "file_only"),
    ({"url": "https://x.example", "allow_private": True}, "file_only"),
    ({"url": "https://x.example", "proxy": "http://127.0.0.1:3128"}, "file_only"),
    ({"url": "https://x.example", "body": "env"}, "file_only"),
    ({"url": "https://x.example", "when": "true"}, "file_only"),
    ({"url": "ftp://x.example"}, "bad_url"),
    ({"url": "https://x.example", "sources": ["thin"]}, "unknown_source"),
    ({"url": "https://x.example", "nothing": 1}, "unknown_key"),
    ({"url": "https://x.example", "secret": "whsec_MTIz"}, None),
    ({"url": "https://x.example", "limits": {"in_flight": 0}}, None),
]


@pytest.mark.parametrize("settings, code", REFUSED)
def test_what_could_reach_into_the_machine_is_refused(daemon, settings, code):
    status, answer = ask(daemon.bridge, "POST", "/v1/sinks", {"name": "sub", **settings})
    assert status == 400, answer
    assert code is None or answer["code"] == code, answer
    assert ask(daemon.bridge, "GET", "/v1/sinks/sub")[0] == 404


def test_nothing_is_expanded(daemon):
    """A "${" is a text: neither the environment nor a file can be read by it."""
    headers = {"x-home": "${HOME}", "x-file": "${file:/etc/hostname}"}
    create(daemon, headers=headers)
    daemon.thing.set({"a": 2})
    (delivery,) = daemon.receiver.wait(1, path="/sub")
    assert delivery.headers["x-home"] == "${HOME}"
    assert delivery.headers["x-file"] == "${file:/etc/hostname}"


def test_names_are_unique_over_both_and_the_file_is_the_files(daemon):
    bridge = daemon.bridge
    create(daemon)
    url = daemon.receiver.url + "/sub"
    for name in ("sub", "ops"):
        status, answer = ask(bridge, "POST", "/v1/sinks", {"name": name, "url": url})
        assert (status, answer["code"]) == (409, "name_taken")
    for method, path in (
        ("PATCH", "/v1/sinks/ops"),
        ("DELETE", "/v1/sinks/ops"),
        ("POST", "/v1/sinks/ops/secret/rotate"),
    ):
        status, answer = ask(bridge, method, path, {} if method != "DELETE" else None)
        assert (status, answer["code"]) == (409, "managed_by_config"), (method, path)
    assert ask(bridge, "POST", "/v1/sinks", {"name": "../x", "url": url})[0] == 400

    # A file that takes the name is refused; the one in force stays.
    daemon.configuration["sinks"]["sub"] = daemon.sink
    bridge.configure(daemon.configuration)
    bridge.reload()
    line = bridge.process.wait_for_line("reload failed")[0]
    assert '"sub"' in line["why"]
    daemon.thing.set({"a": 2})
    daemon.receiver.wait(1, path="/sub")
    bridge.stop()
    run = bridge.launch("serve", "-c", bridge.file)
    assert run.wait() == 3 and "/v1/sinks/sub" in run.stderr


def test_targets_must_be_public_and_encrypted(daemon):
    bridge = daemon.bridge
    daemon.configuration["egress"] = {}
    bridge.configure(daemon.configuration)
    bridge.restart()
    status, answer = ask(
        bridge, "POST", "/v1/sinks", {"name": "sub", "url": daemon.receiver.url + "/sub"}
    )
    assert (status, answer["code"]) == (400, "http_refused")
    assert "egress" in answer["detail"]
    port = daemon.receiver.url.rsplit(":", 1)[1]
    for i, host in enumerate(("127.0.0.1", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]")):
        create_url = {"name": f"s{i}", "url": f"https://{host}:{port}/sub"}
        assert ask(bridge, "POST", "/v1/sinks", create_url)[0] == 201
        status, test = ask(bridge, "POST", f"/v1/sinks/s{i}/test")
        assert status == 200 and not test["delivered"]
        assert test["error_code"] == "blocked_address", test
        assert "egress.allow_cidrs" in test["detail"]
    assert len(daemon.receiver.requests) == 0


def test_our_own_listener_is_no_target_whatever_is_open(daemon):
    url = daemon.bridge.url + "/v1/sources/thing/poll"
    status, _ = ask(daemon.bridge, "POST", "/v1/sinks", {"name": "sub", "url": url})
    assert status == 201
    status, test = ask(daemon.bridge, "POST", "/v1/sinks/sub/test")
    assert test["error_code"] == "blocked_address", test


def test_a_policy_that_was_narrowed_counts_at_once(daemon):
    bridge = daemon.bridge
    create(daemon)
    daemon.thing.set({"a": 2})
    daemon.receiver.wait(1, path="/sub")  # on a connection that is kept
    daemon.configuration["egress"] = {"allow_http": True}
    bridge.configure(daemon.configuration)
    bridge.reload()
    bridge.process.wait_for_line("reloaded")
    status, test = ask(bridge, "POST", "/v1/sinks/sub/test")
    assert test["error_code"] == "blocked_address", test
    daemon.configuration["egress"] = {"allow_cidrs": ["127.0.0.1"]}
    bridge.configure(daemon.configuration)
    bridge.reload()
    bridge.process.wait_for_line("reloaded", 2)
    status, test = ask(bridge, "POST", "/v1/sinks/sub/test")
    assert test["error_code"] == "http_refused", test


def test_a_test_event_is_a_real_one(daemon):
    create(daemon)
    status, test = ask(daemon.bridge, "POST", "/v1/sinks/sub/test")
    assert status == 200 and test["delivered"] and test["status"] == 204
    (delivery,) = daemon.receiver.wait(1, path="/sub")  # its signature was verified
    assert delivery.type == "sink.test" and delivery.data == {"sink": "sub"}
    daemon.receiver.hook("/sub", script=[500])
    status, test = ask(daemon.bridge, "POST", "/v1/sinks/sub/test")
    assert not test["delivered"] and test["status"] == 500
    ping = daemon.bridge.run("ping", "-u", daemon.bridge.url, "ops").stdout
    assert ping.startswith("ops: delivered") and "status 204" in ping
    assert ask(daemon.bridge, "POST", "/v1/sinks/none/test")[0] == 404


class Target(FakeServer):
    """Answers a handshake as the test wants."""

    reply = None

    def answer(self, request):
        return self.reply(request)


@pytest.fixture
def target():
    one = Target()
    yield one
    one.close()
    one.check()


def verified(daemon, target, kind):
    return ask(
        daemon.bridge,
        "POST",
        "/v1/sinks",
        {"name": "sub", "url": target.url + "/x", "secret": SECRET, "verify": kind},
    )


def test_a_target_is_asked_as_cloudevents_says(daemon, target):
    def allow(**fields):
        target.reply = lambda request: Answer(200, b"", fields and {
            "WebHook-Allowed-" + name: value for name, value in fields.items()
        })

    for fields in ({}, {"Origin": "elsewhere.example"}, {"Origin": "*", "Rate": "often"}):
        allow(**fields)
        status, answer = verified(daemon, target, "cloudevents")
        assert (status, answer["code"]) == (422, "verification_failed"), (fields, answer)
    target.reply = lambda request: Answer(405)
    assert verified(daemon, target, "cloudevents")[0] == 422
    assert ask(daemon.bridge, "GET", "/v1/sinks/sub")[0] == 404
    allow(Origin="*", Rate="120")
    status, sink = verified(daemon, target, "cloudevents")
    assert status == 201 and sink["settings"]["limits"] == {"rate": 120, "per": "1m"}
    asked = target.requests.all()[-1]
    assert asked.method == "OPTIONS" and asked.headers["webhook-request-origin"]
    assert asked.body == b"" and "webhook-signature" not in asked.headers.names()


def test_a_target_is_challenged(daemon, target):
    def repeat(request):
        verify_standard(SECRET, request.headers, request.body)
        return Answer.json({"challenge": json.loads(request.body)["challenge"]})

    target.reply = lambda request: Answer.json({"challenge": "another"})
    assert verified(daemon, target, "challenge")[0] == 422
    target.reply = repeat
    assert verified(daemon, target, "challenge")[0] == 201
    # A move to another place asks again when it is wanted; what says no leaves the sink as it was.
    target.reply = lambda request: Answer(204)
    move = {"url": target.url + "/y", "verify": "challenge"}
    assert ask(daemon.bridge, "PATCH", "/v1/sinks/sub", move)[0] == 422
    assert ask(daemon.bridge, "GET", "/v1/sinks/sub")[1]["settings"]["url"].endswith("/x")
    assert verified(daemon, target, "handshake")[0] == 400


def test_a_sink_gets_what_its_filter_lets_through(daemon):
    create(daemon, filter={"data": {"after": {"a": {"$gte": 3}}}})
    daemon.thing.set({"a": 2})
    daemon.receiver.wait(1, path="/hook")
    daemon.thing.set({"a": 3})
    (delivery,) = daemon.receiver.wait(1, path="/sub")
    assert delivery.data["after"] == {"a": 3}
    for wrong in ({"a": {"$gtt": 1}}, {"a": [1]}, "x"):
        status, answer = ask(daemon.bridge, "PATCH", "/v1/sinks/sub", {"filter": wrong})
        assert (status, answer["code"]) == (400, "filter_syntax"), answer
    # What it did not let through is missing, and a replay lets it through no more than that.
    body = {"dry_run": True, "status": "missing"}
    assert ask(daemon.bridge, "POST", "/v1/sinks/sub/replay", body)[1]["deliveries"] == 0
    assert ask(daemon.bridge, "PATCH", "/v1/sinks/sub", {"filter": None})[0] == 200
    assert ask(daemon.bridge, "POST", "/v1/sinks/sub/replay", body)[1]["deliveries"] == 1


def test_disabling_holds_and_enabling_asks(daemon):
    bridge, receiver = daemon.bridge, daemon.receiver
    create(daemon)
    status, sink = ask(bridge, "POST", "/v1/sinks/sub/disable")
    assert status == 200 and sink["state"] == "disabled"
    assert ask(bridge, "POST", "/v1/sinks/sub/disable")[0] == 409
    daemon.thing.set({"a": 2})
    receiver.wait(1, path="/hook")
    bridge.restart()
    assert ask(bridge, "GET", "/v1/sinks/sub")[1]["held"] == 1
    status, answer = ask(bridge, "POST", "/v1/sinks/sub/enable")
    assert (status, answer["code"]) == (400, "held_deliveries")
    assert len(receiver.taken("/sub")) == 0
    status, _ = ask(bridge, "POST", "/v1/sinks/sub/enable", {"held": "deliver"})
    assert status == 200
    assert receiver.wait(1, path="/sub")[0].data["after"] == {"a": 2}

    assert ask(bridge, "POST", "/v1/sinks/sub/disable")[0] == 200
    daemon.thing.set({"a": 3})
    receiver.wait(2, path="/hook")
    assert ask(bridge, "POST", "/v1/sinks/sub/enable", {"held": "skip"})[0] == 200
    bridge.process.wait_for_line("sink enabled", 2)
    daemon.thing.set({"a": 4})
    assert receiver.wait(2, path="/sub")[-1].data["after"] == {"a": 4}


def test_a_key_makes_a_request_once(daemon):
    bridge = daemon.bridge
    daemon.receiver.hook("/sub")
    body = {"name": "sub", "url": daemon.receiver.url + "/sub"}
    first = ask(bridge, "POST", "/v1/sinks", body, Idempotency_Key="k1")
    assert first[0] == 201
    bridge.hide(first[1]["secret"])
    assert ask(bridge, "POST", "/v1/sinks", body, Idempotency_Key="k1") == first
    bridge.restart()
    assert ask(bridge, "POST", "/v1/sinks", body, Idempotency_Key="k1") == first
    status, answer = ask(
        bridge, "POST", "/v1/sinks", {**body, "name": "sub2"}, Idempotency_Key="k1"
    )
    assert (status, answer["code"]) == (422, "idempotency_mismatch")
    assert ask(bridge, "POST", "/v1/sinks", body, Idempotency_Key="k2")[0] == 409
    assert ask(bridge, "POST", "/v1/sinks", body, Idempotency_Key="a b")[0] == 400
    # An action that changes no settings, too.
    assert ask(bridge, "POST", "/v1/sinks/sub/disable", Idempotency_Key="k3")[0] == 200
    assert ask(bridge, "POST", "/v1/sinks/sub/disable", Idempotency_Key="k3")[0] == 200
    assert ask(bridge, "POST", "/v1/sinks/sub/disable", Idempotency_Key="k4")[0] == 409
