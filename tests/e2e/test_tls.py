"""TLS against a real server: client certificates, names, versions, authorities."""

import shutil

import pytest
from authority import Authority
from fake_server import Answer
from front import Front

ASKS = "ssl_client_certificate {ca}; ssl_verify_client on;"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def fronts(upstream):
    made = []

    def make(**how):
        made.append(Front(upstream.port, **how))
        return made[-1]

    yield make
    for front in made:
        front.close()


def look(pair, front, **source):
    """One poll through the front: code and output."""
    pair.upstream.resource("/thing", {"n": 1})
    pair.bridge.configure(
        {
            "sources": {"thing": {"url": front.url + "/thing", **source}},
            "sinks": {"ops": pair.sink},
        }
    )
    process = pair.bridge.launch("test", "-c", pair.bridge.file, "thing")
    return process.wait(), process.stdout


def test_a_client_is_known_by_its_certificate(pair, authority, fronts):
    front = fronts(authority=authority, more=ASKS.format(ca=authority.pem))
    cert, key = authority.issue("bridge", "DNS:bridge")
    tls = {"ca_file": str(authority.pem), "cert_file": str(cert), "key_file": str(key)}
    code, stdout = look(pair, front, tls=tls)
    assert code == 0, stdout
    assert pair.upstream.polls("/thing")[0].headers["x-client"] == "CN=bridge"
    both = cert.with_name("both.pem")
    both.write_text(cert.read_text() + key.read_text())
    code, stdout = look(pair, front, tls={"ca_file": str(authority.pem), "cert_file": str(both)})
    assert code == 0, stdout


def test_a_client_that_shows_no_good_certificate_is_told_so(pair, authority, fronts, tmp_path):
    """nginx says it in an answer of status 400; the words are for who reads the log."""
    front = fronts(authority=authority, more=ASKS.format(ca=authority.pem))
    trust = {"ca_file": str(authority.pem)}
    stranger = Authority(tmp_path, "stranger").issue("foreign", "DNS:bridge")
    expired = authority.issue("expired", "DNS:bridge", days=-1)
    for cert, key in ((None, None), stranger, expired):
        shown = {"cert_file": str(cert), "key_file": str(key)} if cert else {}
        code, stdout = look(pair, front, tls={**trust, **shown})
        assert code == 1 and "status 400" in stdout, stdout
    assert not pair.upstream.polls("/thing")


def test_files_that_cannot_serve_as_a_certificate_are_named(pair, authority, fronts, tmp_path):
    front = fronts(authority=authority)
    cert, _ = authority.issue("bridge", "DNS:bridge")
    _, other_key = authority.issue("other", "DNS:other")
    junk = tmp_path / "junk.pem"
    junk.write_text("not a certificate\n")
    for shown in (
        {"cert_file": str(tmp_path / "missing.pem")},
        {"cert_file": str(junk)},
        {"cert_file": str(cert), "key_file": str(other_key)},
    ):
        code, stdout = look(pair, front, tls={"ca_file": str(authority.pem), **shown})
        assert code == 1 and "tls_error" in stdout, stdout
    assert not pair.upstream.polls("/thing")


def test_a_renewed_client_certificate_is_shown_without_a_restart(pair, authority, fronts):
    """As cert-manager and the like do it: the files change, their names stay."""
    front = fronts(
        authority=authority, more=ASKS.format(ca=authority.pem) + "keepalive_timeout 0;"
    )
    cert, key = authority.issue("first", "DNS:bridge")
    pair.upstream.resource("/thing", {"n": 1})
    tls = {"ca_file": str(authority.pem), "cert_file": str(cert), "key_file": str(key)}
    pair.bridge.configure(
        {
            "sources": {"thing": {"url": front.url + "/thing", "interval": "1s", "tls": tls}},
            "sinks": {"ops": pair.sink},
        }
    )
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 1)
    for new, old in zip(authority.issue("second", "DNS:bridge"), (cert, key)):
        shutil.move(new, old)
    pair.upstream.requests.wait_for(
        lambda request: request.headers.get("x-client") == "CN=second", 1, "polls"
    )


def test_whom_a_source_trusts(pair, authority, fronts, tmp_path):
    front = fronts(authority=authority)
    other = Authority(tmp_path, "other")
    assert look(pair, front)[0] == 1
    code, stdout = look(pair, front, tls={"ca_file": str(other.pem)})
    assert code == 1 and "tls_error" in stdout
    code, stdout = look(pair, front, tls={"ca_file": str(tmp_path / "missing.pem")})
    assert code == 1 and "missing.pem" in stdout
    assert look(pair, front, tls={"ca_file": str(authority.pem)})[0] == 0
    assert look(pair, front, tls={"insecure_skip_verify": True})[0] == 0


def test_an_expired_certificate_and_one_for_another_name(pair, authority, fronts):
    trust = {"ca_file": str(authority.pem)}
    expired = fronts(authority=authority, certificate=authority.issue("expired", days=-1))
    code, stdout = look(pair, expired, tls=trust)
    assert code == 1 and "expired" in stdout
    elsewhere = fronts(
        authority=authority, certificate=authority.issue("api", "DNS:api.example.com")
    )
    code, stdout = look(pair, elsewhere, tls=trust)
    assert code == 1 and "tls_error" in stdout
    named = {**trust, "server_name": "api.example.com"}
    assert look(pair, elsewhere, tls=named)[0] == 0
    code, stdout = look(pair, elsewhere, tls={**trust, "server_name": "web.example.com"})
    assert code == 1 and "tls_error" in stdout


def test_the_name_that_is_asked_for_picks_the_certificate(pair, authority, fronts):
    """SNI: nginx shows the one of the server that is named, and refuses a handshake without."""
    cert, key = authority.issue("shown", "DNS:shown.example.com")
    named = (
        "ssl_reject_handshake on; } server { listen 127.0.0.1:PORT ssl; "
        f"server_name shown.example.com 127.0.0.1; ssl_certificate {cert}; ssl_certificate_key {key};"
    )
    front = fronts(authority=authority, more=named)
    trust = {"ca_file": str(authority.pem)}
    code, stdout = look(pair, front, tls=trust)
    assert code == 1 and "tls_error" in stdout, stdout
    code, stdout = look(pair, front, tls={**trust, "server_name": "shown.example.com"})
    assert code == 0, stdout
    # What the server is called in TLS is no business of HTTP: it is still asked by the URL's name.
    assert pair.upstream.polls("/thing")[0].headers["host"] == f"127.0.0.1:{front.port}"


@pytest.mark.parametrize("spoken, wanted, works", [("TLSv1.2", "1.2", True), ("TLSv1.2", "1.3", False)])
def test_the_least_version(pair, authority, fronts, spoken, wanted, works):
    front = fronts(authority=authority, more=f"ssl_protocols {spoken};")
    code, stdout = look(pair, front, tls={"ca_file": str(authority.pem), "min_version": wanted})
    assert (code == 0) == works and ("tls_error" in stdout) != works, stdout


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_what_is_older_than_1_2_is_never_spoken(pair, authority, fronts, version):
    front = fronts(
        authority=authority,
        more=f"ssl_protocols {version}; ssl_ciphers ALL:@SECLEVEL=0;",
    )
    code, stdout = look(pair, front, tls={"ca_file": str(authority.pem)})
    assert code == 1 and "tls_error" in stdout, stdout


# ---- versions of HTTP ----


@pytest.mark.parametrize(
    "wanted, offered, spoken",
    [
        (None, True, "HTTP/1.1"),
        ("1.1", True, "HTTP/1.1"),
        ("auto", True, "HTTP/2.0"),
        ("auto", False, "HTTP/1.1"),
        ("2", True, "HTTP/2.0"),
        ("2", False, None),
    ],
)
def test_the_version_of_http(pair, authority, fronts, wanted, offered, spoken):
    front = fronts(authority=authority, http2=offered)
    version = {"http_version": wanted} if wanted else {}
    code, stdout = look(pair, front, tls={"ca_file": str(authority.pem)}, **version)
    if spoken:
        assert code == 0, stdout
        assert {protocol for protocol, _ in front.requests()} == {spoken}
    else:
        assert code == 1 and "does not agree to HTTP/2" in stdout
        assert not pair.upstream.requests.all() and not front.requests()


def test_http_2_without_tls_is_refused(pair):
    pair.configure({"n": 1}, http_version="2")
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "over https only" in run.stdout
    assert not pair.upstream.requests.all()


def test_requests_share_a_connection(pair, authority, fronts):
    """Also while others are under way; and a source that wants 1.1 has connections of its own."""
    front = fronts(authority=authority, http2=True)
    pair.upstream.resource("/thing", {"n": 1})
    trust = {"tls": {"ca_file": str(authority.pem)}}
    source = {"url": front.url + "/thing", **trust}
    pair.bridge.configure(
        {
            "sources": {
                **{f"new-{i}": {**source, "http_version": "auto"} for i in range(12)},
                "old": source,
            },
            "sinks": {"ops": pair.sink},
        }
    )
    pair.bridge.once()
    connections = {}
    for protocol, connection in front.requests():
        connections.setdefault(protocol, set()).add(connection)
    assert len(connections["HTTP/2.0"]) == 1
    assert len(connections["HTTP/1.1"]) == 1
    assert len(front.requests()) == 13


def test_connections_that_the_server_ends_cost_no_poll(pair, authority, fronts):
    """It says GOAWAY after two requests, also while a third is on its way."""
    front = fronts(authority=authority, http2=True, more="keepalive_requests 2;")
    pair.upstream.resource("/thing", {"n": 1}, etag=False)
    source = {
        "url": front.url + "/thing",
        "interval": "1s",
        "http_version": "2",
        "tls": {"ca_file": str(authority.pem)},
    }
    pair.bridge.configure(
        {"sources": {name: source for name in ("a", "b", "c")}, "sinks": {"ops": pair.sink}}
    )
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 9)
    assert "poll failed" not in pair.bridge.process.stderr


@pytest.mark.parametrize("wanted", ["1.1", "2"])
def test_an_answer_that_is_cut_off_is_none(pair, authority, fronts, wanted):
    front = fronts(authority=authority, http2=True)
    cut = Answer(200, b'[1, 2, 3, {"n": "and so on"}]', cut_after=9)
    pair.upstream.resource("/cut").always(cut)
    pair.bridge.configure(
        {
            "sources": {
                "cut": {
                    "url": front.url + "/cut",
                    "http_version": wanted,
                    "tls": {"ca_file": str(authority.pem)},
                }
            },
            "sinks": {"ops": pair.sink},
        }
    )
    run = pair.bridge.run("test", "-c", pair.bridge.file, "cut", code=1)
    assert "connection_reset" in run.stdout or "protocol_error" in run.stdout, run.stdout


def test_a_webhook_over_http_2(pair, authority):
    pair.receiver.hook("/hook")
    front = Front(pair.receiver.port, authority=authority, http2=True)
    try:
        pair.sink["url"] = front.url + "/hook"
        pair.configure(
            {"n": 1}, sink={"http_version": "2", "tls": {"ca_file": str(authority.pem)}}
        )
        pair.bridge.once()
        (delivery,) = pair.change({"n": 2}, ["document.changed"])
        assert delivery.data["after"] == {"n": 2}
        assert [protocol for protocol, _ in front.requests()] == ["HTTP/2.0"]
    finally:
        front.close()
