"""Secrets stay secret, limits hold, and hostile input stays input."""

import base64
import os
import pathlib
import re
import shutil
import socket
import tempfile

import pytest
from bridge import binary
from fake_server import Answer

TOKEN = "tok-3f9a1c77e2b84d5a"
PARAM = "param-5e1f0c3d9b7a"
HEADER = "key-8d2c6b4a1f0e"
PASSWORD = "p4ssw0rd/with+signs=&"
SINK_TOKEN = "sink-token-77aa12cd"
LOGIN_TOKEN = "eyJhbGciOi.login-token.c2ln"


@pytest.fixture
def secretive(pair):
    """A bridge with a secret in every place there is for one."""

    def configure(**source):
        pair.upstream.mount("/login", lambda request: Answer.json({"token": LOGIN_TOKEN}))
        pair.configure({"n": 1})
        pair.bridge.environment.update(
            TOKEN=TOKEN, PARAM=PARAM, HEADER=HEADER, PASSWORD=PASSWORD, SINK_TOKEN=SINK_TOKEN
        )
        pair.bridge.hide(
            TOKEN, PARAM, HEADER, PASSWORD, SINK_TOKEN, LOGIN_TOKEN,
            base64.b64encode(f"me:{PASSWORD}".encode()).decode(),
        )
        url = pair.upstream.url + "/thing"
        pair.bridge.configure(
            {
                "auth": {
                    "basic": {"type": "basic", "username": "me", "password": "${PASSWORD}"},
                    "bearer": {"type": "bearer", "token": "${TOKEN}"},
                    "login": {
                        "type": "login",
                        "request": {
                            "url": pair.upstream.url + "/login",
                            "json": {"password": "${PASSWORD}"},
                        },
                        "token": ".token",
                    },
                },
                "sources": {
                    name: {
                        "url": url,
                        "auth": name,
                        "interval": "1s",
                        "params": {"appid": "${PARAM}"},
                        "headers": {"x-api-key": "${HEADER}"},
                        **source,
                    }
                    for name in ("basic", "bearer", "login")
                },
                "sinks": {
                    "ops": {**pair.sink, "headers": {"x-token": "${SINK_TOKEN}"}},
                },
            }
        )
        return pair

    return configure


def test_no_log_and_no_output_shows_a_secret(secretive):
    """The bridge fixture looks through everything that every run wrote."""
    pair = secretive()
    bridge = pair.bridge
    for name in ("basic", "bearer", "login"):
        bridge.run("test", "-c", bridge.file, name)
    bridge.run("validate", "-c", bridge.file)
    bridge.once()
    bridge.start("--log-level", "debug")
    pair.upstream.wait_for_more_polls("/thing", 3)
    pair.thing.always(Answer.json({"error": f"bad token {TOKEN} for {PARAM}"}, 404))
    pair.upstream.wait_for_more_polls("/thing", 4)
    pair.thing.always(None)
    pair.thing.set({"n": 2})
    delivered = pair.receiver.wait(1)[0]
    assert delivered.headers["x-token"] == SINK_TOKEN
    pages = bridge.get("/metrics")[1] + bridge.get("/readyz")[1] + bridge.get("/healthz")[1]
    for secret in bridge.secrets:
        assert secret not in pages


def test_an_answer_that_repeats_a_secret_does_not_leak_it(secretive):
    pair = secretive()
    pair.thing.set({"echo": f"{TOKEN} {HEADER} {LOGIN_TOKEN} {PARAM} {PASSWORD}"})
    run = pair.bridge.run("test", "-c", pair.bridge.file, "login")
    assert "< 200" in run.stdout


def test_a_refused_login_does_not_show_what_was_sent(secretive):
    pair = secretive()

    def echo(request):
        return Answer(403, request.body, {"content-type": "application/json"})

    pair.upstream.mount("/login", echo)
    run = pair.bridge.run("test", "-c", pair.bridge.file, "login", code=1)
    assert "403" in run.stdout


def test_connection_faults_do_not_show_the_query(secretive):
    pair = secretive()
    text = pair.bridge.file.read_text()
    pair.bridge.configure(text.replace(pair.upstream.url + "/thing", "http://127.0.0.1:9/x"))
    run = pair.bridge.run("test", "-c", pair.bridge.file, "bearer", code=1)
    assert "connection_refused" in run.stdout


def test_problems_of_the_file_do_not_show_values(bridge):
    secret = bridge.hide("whsec_bm90IGEgdmFsaWQga2V5")  # 15 bytes: too short
    password = bridge.hide("hunter2-hunter2")
    bridge.configure(
        {
            "auth": {"a": {"type": "basic", "username": "me", "password": password, "x": 1}},
            "sources": {"s": {"url": f"http://me:{password}@127.0.0.1/", "auth": "a"}},
            "sinks": {"k": {"url": "http://127.0.0.1/", "secret": "${SECRET}"}},
        },
        SECRET=secret,
    )
    run = bridge.run("validate", "-c", bridge.file, code=3)
    assert len(run.lines.all()) >= 3


def test_secrets_from_files(pair, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    pair.bridge.hide(TOKEN)
    pair.configure({"n": 1}, auth={"type": "bearer", "token_file": "token"})
    pair.bridge.once()
    pair.rewrite(auth={"type": "bearer", "token": "${file:token}"})
    pair.bridge.once()
    sent = {r.headers["authorization"] for r in pair.upstream.polls("/thing")}
    assert sent == {"Bearer " + TOKEN}


def test_the_store_holds_no_credential(secretive):
    pair = secretive()
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 6)
    pair.thing.set({"n": 2})
    pair.receiver.wait(3)
    pair.bridge.stop()
    for file in pair.bridge.directory.glob("store.db*"):
        content = file.read_bytes()
        for secret in (TOKEN, HEADER, PASSWORD, SINK_TOKEN, LOGIN_TOKEN, pair.sink["secret"]):
            assert secret.encode() not in content, file
        assert oct(file.stat().st_mode & 0o077) == "0o0", "others may read the store"


def is_sanitized():
    content = pathlib.Path(binary()).read_bytes()
    return b"__asan_init" in content or b"__tsan_init" in content


def test_the_process_may_leave_no_core(pair):
    pair.configure({"n": 1})
    pair.bridge.start()
    limits = pathlib.Path(f"/proc/{pair.bridge.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.M)


NOBODY = 65534


@pytest.fixture
def unprivileged(bridge, monkeypatch):
    """A bridge that does not run as root, whose processes all look alike to root."""
    if is_sanitized():
        pytest.skip("a sanitizer has to trace its own process")
    if os.getuid() != 0:
        yield bridge
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(binary(), folder / "pollbridge")
        monkeypatch.setenv("POLLBRIDGE_BINARY", str(folder / "pollbridge"))
        bridge.directory, bridge.file = folder, folder / "pollbridge.yaml"
        bridge.user = NOBODY
        os.chown(folder, NOBODY, NOBODY)
        yield bridge
        bridge.stop()


def test_the_process_cannot_be_read_by_its_own_user(unprivileged):
    """No debugger, no /proc/PID/mem: /proc/PID belongs to root, not to the user."""
    unprivileged.configure({"sources": {"s": {"url": "http://127.0.0.1:9/"}}})
    unprivileged.start()
    process = pathlib.Path(f"/proc/{unprivileged.process.pid}")
    assert (process / "environ").stat().st_uid == 0
    if os.getuid() != 0:
        with pytest.raises(PermissionError):
            (process / "environ").read_bytes()


def test_a_private_address_is_refused_where_the_source_says_so(pair):
    pair.configure({"n": 1}, allow_private=False)
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "blocked_address" in run.stdout
    assert not pair.upstream.requests.all()


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_an_address_passes(pair, name):
    pair.configure({"n": 1}, allow_private=False)
    pair.bridge.configure(pair.bridge.file.read_text().replace(
        pair.upstream.url + "/thing", f"http://{name}:{pair.upstream.port}/thing"))
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert not pair.upstream.requests.all()
    assert "blocked_address" in run.stdout


def test_a_webhook_to_a_private_address_is_final_and_named(pair):
    pair.configure({"n": 1}, sink={"allow_private": False})
    pair.bridge.once()
    pair.thing.set({"n": 2})
    run = pair.bridge.once()
    assert "blocked_address" in run.stderr and "failed for good" in run.stderr
    assert not pair.receiver.requests.all()


def test_the_proxy_of_the_environment_is_not_asked(pair):
    pair.configure({"n": 1})
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        pair.bridge.environment[name] = "http://127.0.0.1:9"
    pair.bridge.once()
    pair.change({"n": 2}, ["document.changed"])


def test_a_header_of_an_answer_cannot_forge_a_request(pair):
    """An ETag may hold anything; what cannot stand in a field is not echoed."""
    pair.configure({"n": 1}, how={"etag": '"x\ty"'})
    pair.bridge.once()
    pair.bridge.once()
    (_, second) = pair.upstream.polls("/thing")
    assert second.headers.names() <= {
        "host", "accept", "accept-encoding", "user-agent", "if-none-match", "connection",
    }


def test_expressions_cannot_read_the_environment(bridge):
    bridge.configure(
        {
            "sources": {"s": {"url": "http://127.0.0.1/", "select": "env.HOME"}},
            "sinks": {"out": {"type": "stdout", "body": "$ENV"}},
        }
    )
    text = bridge.file.read_text().replace("$ENV", "$$ENV")
    bridge.configure(text)
    run = bridge.run("validate", "-c", bridge.file, code=3)
    refused = [line for line in run.lines.all() if "is not available in an expression" in line]
    assert len(refused) == 2, run.stderr


@pytest.mark.parametrize(
    "yaml_text",
    [
        "sources: " + "[" * 2000 + "]" * 2000,
        "x-a: &a [" + "x, " * 50 + "]\n"
        + "x-0: &l0 [" + "*a, " * 20 + "]\n"
        + "".join(f"x-{i}: &l{i} [" + f"*l{i - 1}, " * 20 + "]\n" for i in range(1, 12))
        + "sources: {}",
        "sources: { s: { url: 'http://127.0.0.1/', ? [complex]: key } }",
        "\x01\x02",
        "sources: !!python/object {}",
        "",
    ],
    ids=["depth", "aliases", "complex key", "control", "tag", "empty"],
)
def test_a_hostile_file_is_refused(bridge, yaml_text):
    bridge.configure(yaml_text)
    run = bridge.run("validate", "-c", bridge.file, code=3)
    assert run.stderr


def test_a_request_flood_of_the_listener_is_survived(pair):
    """Raw nonsense on the listener; it goes on answering."""
    pair.configure({"n": 1})
    pair.bridge.start()
    port = int(pair.bridge.url.rsplit(":", 1)[1])
    for nonsense in (
        b"\x00\xff" * 100,
        b"GET / HTTP/1.1\r\n" + b"a: " + b"x" * 100_000 + b"\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\nx",
        b"GET /healthz HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            try:
                connection.sendall(nonsense)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(5)
                while connection.recv(65536):
                    pass
            except OSError:
                pass  # refused in the middle of it: fine
    assert pair.bridge.get("/healthz")[0] == 200
