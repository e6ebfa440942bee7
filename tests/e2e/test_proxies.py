"""Polls, token requests and webhooks through real proxies, and what they say when one fails."""

import base64
import socket
import threading

import pytest
from authority import Authority
from fake_server import Answer
from front import Front
from proxies import http_proxy, socks_proxy

USER = ("keeper", "open-sesame-1")


@pytest.fixture
def secure(upstream, tmp_path):
    front = Front(upstream.port, Authority(tmp_path))
    upstream.resource("/thing", {"n": 1})
    yield front
    front.close()


def look(pair, url, code=0, **source):
    pair.upstream.resource("/thing", {"n": 1})
    pair.bridge.configure(
        {"sources": {"thing": {"url": url, **source}}, "sinks": {"ops": pair.sink}}
    )
    return pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=code).stdout


def trust(front):
    return {"tls": {"ca_file": str(front.authority.pem)}}


# ---- HTTP ----


def test_http_is_asked_of_the_proxy_itself(pair):
    with http_proxy() as proxy:
        look(pair, pair.upstream.url + "/thing", proxy=proxy.url)
        assert proxy.asked() == [f"GET {pair.upstream.url}/thing"]
    assert "proxy-connection" not in pair.upstream.polls("/thing")[0].headers


def test_https_goes_through_a_tunnel(pair, secure):
    with http_proxy() as proxy:
        look(pair, secure.url + "/thing", proxy=proxy.url, **trust(secure))
        assert proxy.asked() == [f"CONNECT 127.0.0.1:{secure.port}"]
        # Whom the proxy leads to is judged as without one.
        stdout = look(pair, secure.url + "/thing", code=1, proxy=proxy.url)
        assert "tls_error" in stdout


def test_the_proxys_user_and_password_are_for_the_proxy_alone(pair, secure):
    pair.bridge.hide(USER[1], base64.b64encode(":".join(USER).encode()).decode())
    with http_proxy(USER) as proxy:
        known = proxy.url.replace("//", f"//{USER[0]}:{USER[1]}@")
        look(pair, pair.upstream.url + "/thing", proxy=known)
        look(pair, secure.url + "/thing", proxy=known, **trust(secure))
        for request in pair.upstream.polls("/thing"):
            assert "proxy-authorization" not in request.headers
        assert len(pair.upstream.polls("/thing")) == 2
        for front in (None, secure):
            url = (front or pair.upstream).url + "/thing"
            stdout = look(pair, url, code=1, proxy=proxy.url, **(trust(front) if front else {}))
            assert "407" in stdout
    assert len(pair.upstream.polls("/thing")) == 2


def test_a_tunnel_that_is_refused_is_named(pair, secure):
    with http_proxy(connect=1) as proxy:
        stdout = look(pair, secure.url + "/thing", code=1, proxy=proxy.url, **trust(secure))
        assert "proxy_error" in stdout and "CONNECT with 403" in stdout
    assert not pair.upstream.polls("/thing")


def test_a_proxy_that_is_not_there_is_named(pair):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for scheme in ("http", "socks5", "socks5h"):
            proxy = f"{scheme}://127.0.0.1:{nobody.getsockname()[1]}"
            stdout = look(pair, pair.upstream.url + "/thing", code=1, proxy=proxy)
            assert "proxy_error" in stdout and "the proxy cannot be reached" in stdout
    stdout = look(pair, pair.upstream.url + "/thing", code=1, proxy="http://nowhere.invalid:3128")
    assert "proxy_error" in stdout
    assert not pair.upstream.requests.all()


@pytest.fixture
def mute():
    """Takes connections and never says a word."""
    held = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        taker = threading.Thread(target=lambda: _take(server, held), daemon=True)
        taker.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        taker.join()
    for connection in held:
        connection.close()


def _take(server, held):
    try:
        while True:
            held.append(server.accept()[0])
    except OSError:
        pass


@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h"])
def test_a_mute_proxy_costs_the_time_out_and_no_more(pair, secure, mute, scheme):
    stdout = look(
        pair,
        secure.url + "/thing",
        code=1,
        proxy=f"{scheme}://127.0.0.1:{mute}",
        timeout="1s",
        **trust(secure),
    )
    assert "timeout" in stdout


# ---- SOCKS5 ----


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks(pair, secure, scheme):
    with socks_proxy() as port:
        proxy = f"{scheme}://127.0.0.1:{port}"
        look(pair, pair.upstream.url + "/thing", proxy=proxy)
        look(pair, secure.url + "/thing", proxy=proxy, **trust(secure))
        look(pair, f"http://localhost:{pair.upstream.port}/thing", proxy=proxy)
    assert len(pair.upstream.polls("/thing")) == 3


def test_socks_with_user_and_password(pair):
    pair.bridge.hide(USER[1])
    with socks_proxy(USER) as port:
        look(pair, pair.upstream.url + "/thing", proxy=f"socks5://{USER[0]}:{USER[1]}@127.0.0.1:{port}")
        for account in ("", "keeper:wrong-password@"):
            stdout = look(
                pair, pair.upstream.url + "/thing", code=1, proxy=f"socks5://{account}127.0.0.1:{port}"
            )
            assert "proxy_error" in stdout, stdout
    assert len(pair.upstream.polls("/thing")) == 1


def test_a_password_of_any_characters(pair):
    """Percent-encoded in the URL, as itself to the proxy."""
    password = pair.bridge.hide("p@ss:w/rd%", "p%40ss%3Aw%2Frd%25")
    with socks_proxy(("keeper", password)) as port:
        known = f"socks5://keeper:p%40ss%3Aw%2Frd%25@127.0.0.1:{port}"
        look(pair, pair.upstream.url + "/thing", proxy=known)


# ---- everything that asks ----


def test_token_requests_and_webhooks_have_proxies_of_their_own(pair):
    """And the environment has no say in any of it."""
    pair.upstream.resource("/thing", {"n": 1})
    pair.upstream.mount("/login", lambda request: Answer.json({"token": "a-token-for-polls"}))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "no_proxy"):
        pair.bridge.environment[name] = "http://127.0.0.1:9"
    with http_proxy() as for_tokens, http_proxy() as for_polls, http_proxy() as for_webhooks:
        pair.configure(
            {"n": 1},
            proxy=for_polls.url,
            auth={
                "type": "login",
                "request": {"url": pair.upstream.url + "/login", "proxy": for_tokens.url},
                "token": ".token",
            },
            sink={"proxy": for_webhooks.url},
        )
        pair.bridge.once()
        pair.change({"n": 2}, ["document.changed"])
        assert {line.rsplit("/", 1)[1] for line in for_tokens.asked()} == {"login"}
        assert {line.rsplit("/", 1)[1] for line in for_polls.asked()} == {"thing"}
        assert {line.rsplit("/", 1)[1] for line in for_webhooks.asked()} == {"hook"}


def test_a_redirect_is_asked_of_the_same_proxy(pair, secure):
    pair.upstream.mount(
        "/moved", lambda request: Answer(302, b"", {"location": secure.url + "/thing"})
    )
    with http_proxy() as proxy:
        look(pair, pair.upstream.url + "/moved", proxy=proxy.url, **trust(secure))
        assert proxy.asked() == [
            f"GET {pair.upstream.url}/moved",
            f"CONNECT 127.0.0.1:{secure.port}",
        ]
