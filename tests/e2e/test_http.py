"""How sources are asked: conditional requests, politeness, credentials, limits, TLS."""

import base64
import ssl
import subprocess
import threading

import pytest
from fake_server import Answer
from upstream import Upstream
from waiting import Journal


# ---- conditional requests ----


@pytest.mark.parametrize("etag", ['"a b"', 'W/"weak"', '"\xe9"', "unquoted", '""'])
def test_an_etag_is_echoed_byte_for_byte(pair, etag):
    pair.configure({"n": 1}, how={"etag": etag})
    pair.bridge.once()
    assert "not_modified" in pair.bridge.once().stdout
    first, second = pair.upstream.polls("/thing")
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == etag


def test_last_modified_is_echoed_byte_for_byte(pair):
    odd = "Thu, 01-Jan-2026  00:00:00 GMT"  # not how it should be written; the server's own words
    pair.configure({"n": 1}, how={"etag": False, "last_modified": odd})
    pair.bridge.once()
    assert "not_modified" in pair.bridge.once().stdout
    assert pair.upstream.polls("/thing")[1].headers["if-modified-since"] == odd


def test_validators_survive_a_restart_and_are_dropped_after_a_failure(pair):
    pair.configure({"n": 1})
    pair.start()
    pair.bridge.stop()
    pair.thing.script(Answer.json({}, 404))
    pair.bridge.once(code=1)
    pair.bridge.once()
    _, failed, after = pair.upstream.polls("/thing")[-3:]
    assert "if-none-match" in failed.headers
    assert "if-none-match" not in after.headers


def test_an_edited_request_is_sent_without_validators(pair):
    pair.configure({"n": 1})
    pair.bridge.once()
    pair.rewrite(headers={"accept-language": "de"})
    pair.bridge.once()
    assert "if-none-match" not in pair.upstream.polls("/thing")[1].headers


def test_the_same_body_under_a_new_etag_is_no_change(pair):
    pair.configure({"n": 1})
    pair.bridge.once()
    pair.thing.validators["etag"] = '"another"'
    assert "unchanged" in pair.bridge.once().stdout


# ---- requests ----


def test_params_headers_and_body_are_sent_as_written(pair):
    pair.configure(
        {"n": 1},
        method="POST",
        params={"city": "São Paulo & more", "n": 5},
        headers={"x-api-version": "2"},
        json={"query": "{ viewer { login } }", "n": 12345678901234567890},
    )
    pair.bridge.once()
    (request,) = pair.upstream.polls("/thing")
    assert request.method == "POST"
    assert request.query == {"city": "São Paulo & more", "n": "5"}
    assert request.headers["x-api-version"] == "2"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("pollbridge/")
    assert request.json == {"query": "{ viewer { login } }", "n": 12345678901234567890}


def test_basic_auth(pair):
    password = pair.bridge.hide("pässword:1")
    pair.configure(
        {"n": 1}, auth={"type": "basic", "username": "me", "password": "${PASSWORD}"}
    )
    pair.bridge.environment["PASSWORD"] = password
    pair.bridge.once()
    sent = pair.upstream.polls("/thing")[0].headers["authorization"]
    assert base64.b64decode(sent.split(" ")[1]).decode() == f"me:{password}"


def test_compressed_answers_are_undone(pair):
    thing = pair.configure({"text": "x" * 5000})
    thing.compress = True
    pair.bridge.once()
    assert "gzip" in pair.upstream.polls("/thing")[0].headers["accept-encoding"]
    (delivery,) = pair.change({"text": "y" * 5000}, ["document.changed"])
    assert delivery.data["after"] == {"text": "y" * 5000}


def test_the_size_limit_counts_what_comes_out_of_compression(pair):
    thing = pair.configure({"text": "x" * 200_000}, max_body_size="64KiB")
    thing.compress = True
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "response_too_large" in run.stdout
    thing.set({"text": "x" * 60_000})
    pair.bridge.once()


def test_a_slow_answer_times_out(pair):
    pair.configure({"n": 1}, timeout="300ms")
    pair.thing.script(slow, slow, slow, slow)
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "timeout_total" in run.stdout


def slow(request):
    threading.Event().wait(1.2)  # the fake's slowness; the client is gone long before it ends
    return Answer.json({"n": 2})


# ---- politeness ----


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_rests_the_whole_host(upstream, receiver, bridge, sink, status):
    """Two sources of one host: while it rests neither of them is polled."""
    first = upstream.resource("/first", {"n": 1})
    upstream.resource("/second", {"n": 1})
    bridge.configure(
        {
            "sources": {
                name: {"url": f"{upstream.url}/{name}", "interval": "1s"}
                for name in ("first", "second")
            },
            "sinks": {"ops": sink},
        }
    )
    bridge.start()
    upstream.wait_for_polls("/second", 2)
    refused = Journal()

    def refuse(request):
        refused.append(request)
        return Answer.json({"message": "slow down"}, status, retry_after="3")

    first.script(refuse)
    at = refused.wait_for(lambda _: True)[0].at
    later = upstream.requests.wait_for(lambda request: request.at > at + 0.5, 2, "polls")
    assert {request.path for request in later[:2]} <= {"/first", "/second"}
    assert later[0].at - at >= 3, "the host was asked while it rested"
    assert len(receiver.deliveries) == 0  # being asked to wait is no failure


def test_failing_and_recovered_are_told_once_each(pair):
    pair.configure({"n": 1})
    pair.start()
    pair.thing.always(Answer.json({"error": "gone"}, 404))
    (failing,) = pair.receiver.wait(1)
    assert failing.type == "source.failing"
    assert failing.data["code"] == "http_status"
    assert failing.data["failures"] == 3
    pair.thing.always(None)
    recovered = pair.receiver.wait(2)[1]
    assert recovered.type == "source.recovered"
    pair.thing.set({"n": 2})
    changed = pair.receiver.wait(3)[2]
    assert (changed.type, changed.sequence) == ("document.changed", 3)
    assert changed.data["before"] == {"n": 1}


# ---- credentials ----


def test_a_401_logs_in_once_and_asks_again_once(upstream, receiver, bridge, sink):
    upstream.mount("/login", lambda request: Answer.json({"token": "never-good-enough"}))
    upstream.mount("/thing", lambda request: Answer.json({}, 401))
    bridge.configure(
        {
            "auth": {
                "api": {
                    "type": "login",
                    "request": {"url": upstream.url + "/login", "json": {"u": "me", "p": "secret"}},
                    "token": ".token",
                }
            },
            "sources": {"thing": {"url": upstream.url + "/thing", "auth": "api"}},
            "sinks": {"ops": sink},
        }
    )
    bridge.hide("never-good-enough")
    bridge.once(code=1)
    assert len(upstream.polls("/login")) == 2  # the first one, and one after the 401
    assert len(upstream.polls("/thing")) == 2


def test_a_login_serves_all_sources_that_name_it(upstream, receiver, bridge, sink):
    upstream.mount("/login", lambda request: Answer.json({}, 200, x_token="Bearer shared-token"))
    for i in range(5):
        upstream.resource(f"/things/{i}", {"n": 1})
    bridge.configure(
        {
            "auth": {
                "api": {
                    "type": "login",
                    "request": {"url": upstream.url + "/login", "form": {"u": "me", "p": "a&b"}},
                    "token_header": "X-Token",
                    "expires_in": "30m",
                }
            },
            "sources": {
                f"thing-{i}": {"url": f"{upstream.url}/things/{i}", "auth": "api"}
                for i in range(5)
            },
            "sinks": {"ops": sink},
        }
    )
    bridge.once()
    (login,) = upstream.polls("/login")
    assert login.body == b"u=me&p=a%26b"
    for i in range(5):
        assert upstream.polls(f"/things/{i}")[0].headers["authorization"] == "Bearer shared-token"


def test_a_redirect_to_another_origin_drops_every_credential(pair):
    other = Upstream()
    other.resource("/moved", {"n": 1})
    pair.configure(
        {},
        auth={"type": "bearer", "token": "${TOKEN}"},
        headers={"x-api-key": "${KEY}", "accept": "application/json"},
    )
    token, key = pair.bridge.hide("a-bearer-token"), pair.bridge.hide("an-api-key-0815")
    pair.bridge.environment.update(TOKEN=token, KEY=key)
    pair.thing.always(Answer(302, b"", {"location": other.url + "/moved"}))
    pair.bridge.once()
    (first,) = pair.upstream.polls("/thing")
    assert first.headers["authorization"] == "Bearer " + token
    assert first.headers["x-api-key"] == key
    (second,) = other.polls("/moved")
    assert token not in str(second.headers.pairs) and key not in str(second.headers.pairs)
    assert second.headers["accept"] == "application/json"
    other.close()
    other.check()


def test_a_redirect_within_the_origin_keeps_them(pair):
    pair.upstream.resource("/new", {"n": 1})
    pair.configure({}, auth={"type": "bearer", "token": "the-token-stays"})
    pair.thing.always(Answer(307, b"", {"location": "/new"}))
    pair.bridge.once()
    assert pair.upstream.polls("/new")[0].headers["authorization"] == "Bearer the-token-stays"


def test_redirects_have_a_limit(pair):
    pair.configure({}, redirects=2)
    pair.thing.always(Answer(302, b"", {"location": "/thing"}))
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "redirect" in run.stdout
    assert len(pair.upstream.polls("/thing")) <= 3 * 3  # each with its quick retries, if any


# ---- TLS ----


@pytest.fixture
def certificate(tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-days", "2", "-subj", "/CN=fake", "-keyout", key, "-out", cert]
        + ["-addext", "subjectAltName=IP:127.0.0.1,DNS:api.example.com"],
        check=True,
        capture_output=True,
    )
    return str(cert), str(key)


@pytest.fixture
def secure(certificate):
    fake = Upstream(certificate)
    fake.resource("/thing", {"n": 1})
    yield fake
    fake.close()
    fake.check()


def tls_result(pair, secure, **tls):
    pair.bridge.configure(
        {
            "sources": {"thing": {"url": secure.url + "/thing", **tls}},
            "sinks": {"ops": pair.sink},
        }
    )
    process = pair.bridge.launch("test", "-c", pair.bridge.file, "thing")
    return process.wait(), process.stdout


def test_tls_trusts_the_ca_file_and_nothing_else(pair, secure, certificate):
    code, stdout = tls_result(pair, secure)
    assert code == 1 and "tls_error" in stdout
    code, stdout = tls_result(pair, secure, tls={"ca_file": certificate[0]})
    assert code == 0 and "< 200" in stdout
    wrong = {"ca_file": certificate[0], "server_name": "other.example.com"}
    code, stdout = tls_result(pair, secure, tls=wrong)
    assert code == 1 and "tls_error" in stdout
    code, stdout = tls_result(pair, secure, tls={"insecure_skip_verify": True})
    assert code == 0


def test_tls_has_a_least_version(pair, certificate):
    old = Upstream(certificate)
    old.resource("/thing", {"n": 1})
    old._server.tls.maximum_version = ssl.TLSVersion.TLSv1_2
    trust = {"ca_file": certificate[0]}
    assert tls_result(pair, old, tls=trust)[0] == 0
    code, stdout = tls_result(pair, old, tls={**trust, "min_version": "1.3"})
    assert code == 1 and "tls_error" in stdout
    old.close()
    old.check()
