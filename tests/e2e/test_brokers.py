"""The sinks `nats` and `mqtt` against the real servers: what is acknowledged is delivered, and
nothing else is."""

import base64
import contextlib
import json
import sqlite3
import subprocess

import pytest
from brokers import Mqtt, Nats, Silent, certificate

QUICK = {"retry": {"schedule": ["300ms"] * 60}}
PASSWORD = "pässword-of-the-broker"


@pytest.fixture
def make(tmp_path):
    """Makes brokers, and ends them."""
    with contextlib.ExitStack() as stack:

        def one(kind, *, start=True, **how):
            broker = kind(tmp_path / "broker", **how)
            stack.callback(broker.stop)
            return broker.start() if start else broker

        yield one


def configure(pair, broker, kind, value=None, **sink):
    """The source `thing`, and a sink of that kind in place of the webhook."""
    pair.sink = {"type": kind, "servers": broker.url, **QUICK, **sink}
    pair.configure({"n": 1} if value is None else value)


def refusal(pair):
    return pair.bridge.process.wait_for_line("delivery attempt failed")[0]["error"]


def body(message):
    return base64.b64decode(message["data"])


def fields(message):
    lines = base64.b64decode(message["hdrs"]).decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines if line)


# ---- NATS ----


def test_nats_keeps_every_event(pair, make):
    nats = make(Nats)
    nats.add_stream()
    configure(pair, nats, "nats", headers={"x-n": "{{ .data.after.n }}", "x-plain": "yes"})
    pair.start()
    pair.thing.set({"n": 12345678901234567890, "text": "ü😀"})
    message = nats.wait(1)[0]
    event = json.loads(body(message))
    assert message["subject"] == "pollbridge.thing.document.changed"
    assert event["type"] == "document.changed" and event["data"]["after"]["text"] == "ü😀"
    assert b"12345678901234567890" in body(message)
    assert fields(message) == {
        "Nats-Msg-Id": event["id"],
        "Content-Type": "application/json",
        "webhook-id": event["id"],
        "webhook-event-type": "document.changed",
        "x-n": "12345678901234567890",
        "x-plain": "yes",
    }


def test_nats_keeps_a_repeat_once(pair, make):
    nats = make(Nats)
    nats.add_stream()
    configure(pair, nats, "nats")
    pair.start()
    pair.thing.set({"n": 2})
    nats.wait(1)
    pair.bridge.stop()
    with contextlib.closing(sqlite3.connect(pair.bridge.directory / "store.db")) as store, store:
        store.execute("UPDATE delivery SET state = 0, next_at_ms = 0")  # as if never acknowledged
    pair.bridge.start("--log-level", "debug")
    pair.bridge.process.wait_for_line("delivered")
    pair.thing.set({"n": 3})
    assert [json.loads(body(m))["data"]["after"]["n"] for m in nats.wait(2)] == [2, 3]
    assert nats.count() == 2


def test_nats_away_and_back(pair, make):
    nats = make(Nats)
    nats.add_stream()
    configure(pair, nats, "nats")
    pair.start()
    nats.stop()
    pair.thing.set({"n": 2})
    assert refusal(pair) in ("connection_refused", "connection_reset")
    nats.start()
    nats.wait(1)
    nats.stop()  # with a connection open
    nats.start()
    pair.thing.set({"n": 3})
    assert [json.loads(body(m))["data"]["after"]["n"] for m in nats.wait(2)] == [2, 3]


def test_a_subject_without_a_stream_is_no_delivery(pair, make):
    nats = make(Nats)
    configure(pair, nats, "nats", subject="weather.{{ .source }}")
    pair.start()
    pair.thing.set({"n": 2})
    assert refusal(pair) == "no_stream"
    nats.add_stream(subjects=["weather.*"])
    assert nats.wait(1)[0]["subject"] == "weather.thing"


def test_nats_lets_in_who_knows_the_password(pair, make):
    config = f"authorization {{ user: bridge, password: '{PASSWORD}' }}"
    nats = make(Nats, config=config, login={"user": "bridge", "pass": PASSWORD})
    nats.add_stream()
    pair.bridge.hide(PASSWORD, "another-password")
    configure(pair, nats, "nats", username="bridge", password="another-password")
    pair.start()
    pair.thing.set({"n": 2})
    assert refusal(pair) == "not_allowed"
    pair.rewrite(sink={"password": PASSWORD})
    pair.bridge.reload()
    nats.wait(1)


def test_what_nats_never_takes_fails_for_good(pair, make):
    nats = make(Nats, config="max_payload: 2000")
    nats.add_stream()
    configure(pair, nats, "nats", data=["after"])
    pair.start()
    pair.thing.set({"n": "x" * 4000})
    failed = pair.bridge.process.wait_for_line("failed for good")[0]
    assert failed["error"] == "message_too_large"
    pair.thing.set({"n": 2})
    assert json.loads(body(nats.wait(1)[0]))["data"] == {"after": {"n": 2}}


def test_nats_over_tls(pair, make, tmp_path):
    crt, key = certificate(tmp_path)
    other, _ = certificate(tmp_path, "elsewhere")
    nats = make(Nats, config=f"tls {{ cert_file: '{crt}', key_file: '{key}' }}", tls=crt)
    nats.add_stream()
    configure(pair, nats, "nats", tls={"ca_file": str(other)})
    pair.start()
    pair.thing.set({"n": 2})
    assert refusal(pair) == "tls_error"
    pair.rewrite(sink={"tls": {"ca_file": str(crt)}})
    pair.bridge.reload()
    nats.wait(1)


# ---- MQTT ----


def test_mqtt_gets_every_event(pair, make):
    mqtt = make(Mqtt)
    journal = mqtt.subscribe()
    configure(pair, mqtt, "mqtt", headers={"x-n": "{{ .data.after.n }}"})
    pair.start()
    pair.thing.set({"n": 12345678901234567890, "text": "ü😀"})
    topic, content_type, properties, payload = journal.wait_for(lambda e: len(e) == 4)[0]
    event = json.loads(payload)
    assert topic == "pollbridge/thing/document.changed"
    assert content_type == "application/json"
    assert event["data"]["after"]["text"] == "ü😀" and "12345678901234567890" in payload
    assert f"webhook-id:{event['id']}" in properties and "x-n:12345678901234567890" in properties


def test_mqtt_away_and_back(pair, make):
    mqtt = make(Mqtt)
    configure(pair, mqtt, "mqtt", retain=True, topic="things/{{ .source }}")
    pair.start()
    pair.thing.set({"n": 2})
    journal = mqtt.subscribe()
    journal.wait_for(lambda e: len(e) == 4)
    mqtt.stop()
    pair.thing.set({"n": 3})
    pair.bridge.process.wait_for_line("delivery attempt failed")
    mqtt.start()
    journal = mqtt.subscribe()
    payload = journal.wait_for(lambda e: len(e) == 4)[0][3]
    assert json.loads(payload)["data"]["after"] == {"n": 3}


def test_mqtt_says_who_may_publish_where(pair, make, tmp_path):
    (tmp_path / "acl").write_text("topic read #\nuser bridge\ntopic readwrite allowed/#\n")
    (tmp_path / "passwords").write_text(f"bridge:{PASSWORD}\n")
    subprocess.run(["mosquitto_passwd", "-U", tmp_path / "passwords"], check=True)
    config = (
        f"allow_anonymous true\npassword_file {tmp_path}/passwords\nacl_file {tmp_path}/acl"
    )
    mqtt = make(Mqtt, config=config)
    journal = mqtt.subscribe()
    pair.bridge.hide(PASSWORD, "another-password")
    configure(pair, mqtt, "mqtt", username="bridge", password="another-password")
    pair.start()
    pair.thing.set({"n": 2})
    assert refusal(pair) == "not_allowed"
    pair.rewrite(sink={"password": PASSWORD})
    pair.bridge.reload()
    pair.bridge.process.wait_for_line("Not authorized")
    pair.rewrite(sink={"password": PASSWORD, "topic": "allowed/{{ .source }}"})
    pair.bridge.reload()
    pair.thing.set({"n": 3})
    journal.wait_for(lambda e: e[0] == "allowed/thing")


def test_mqtt_over_tls(pair, make, tmp_path):
    crt, key = certificate(tmp_path)
    other, _ = certificate(tmp_path, "elsewhere")
    mqtt = make(Mqtt, config=f"allow_anonymous true\ncertfile {crt}\nkeyfile {key}", tls=crt)
    journal = mqtt.subscribe()
    configure(pair, mqtt, "mqtt", tls={"ca_file": str(other)})
    pair.start()
    pair.thing.set({"n": 2})
    assert refusal(pair) == "tls_error"
    pair.rewrite(sink={"tls": {"ca_file": str(crt)}})
    pair.bridge.reload()
    journal.wait_for(lambda e: len(e) == 4)


# ---- both ----


@pytest.mark.parametrize("kind", ["nats", "mqtt"])
def test_a_broker_that_says_nothing_slows_nobody(pair, kind):
    silent = Silent()
    pair.thing = pair.upstream.resource("/thing", {"n": 1})
    pair.bridge.configure(
        {
            "sources": {"thing": {"url": pair.upstream.url + "/thing", "interval": "1s"}},
            "sinks": {
                "dumb": {
                    "type": kind,
                    "servers": f"{kind}://127.0.0.1:{silent.port}",
                    "connect_timeout": "500ms",
                    **QUICK,
                },
                "ops": pair.sink,
            },
        }
    )
    pair.start()
    pair.thing.set({"n": 2})
    pair.receiver.wait(1)
    assert refusal(pair) == "timeout_connect"
    pair.thing.set({"n": 3})
    pair.receiver.wait(2)
    silent.close()


@pytest.mark.parametrize(
    "sink, words",
    [
        ({"type": "nats"}, 'has no "servers"'),
        ({"type": "nats", "servers": "http://a"}, "nats://HOST:PORT"),
        ({"type": "nats", "servers": "nats://u:p@a:1"}, "keys of their own"),
        ({"type": "nats", "servers": "nats://a", "subject": "a b"}, "white space"),
        ({"type": "nats", "servers": "nats://a", "subject": "a.*"}, "no \"*\""),
        ({"type": "nats", "servers": "nats://a", "subject": "{{ .source"}, "}} is missing"),
        ({"type": "nats", "servers": "nats://a", "username": "u", "token": "t"}, "exclude each"),
        ({"type": "nats", "servers": "nats://a", "headers": {"Nats-Msg-Id": "1"}}, "itself"),
        ({"type": "mqtt", "servers": "mqtt://a:0"}, "mqtt://HOST:PORT"),
        ({"type": "mqtt", "servers": "mqtt://a", "topic": "a/#"}, "no \"#\""),
        ({"type": "mqtt", "servers": "mqtt://a", "password": "p"}, 'no "username"'),
        ({"type": "mqtt", "servers": "mqtts://a", "tls": {"server_name": "b"}}, "server_name"),
        ({"type": "mqtt", "servers": "mqtt://a", "format": "raw", "data": "key"}, "remove \"data\""),
    ],
)
def test_a_sink_that_cannot_work_is_refused(bridge, sink, words):
    bridge.configure(
        {"sources": {"a": {"url": "http://127.0.0.1:9/"}}, "sinks": {"broker": sink}}
    )
    assert words in bridge.run("validate", "-c", bridge.file, code=3).stderr
