"""Token requests against a real OAuth 2.0 server: both grants, both styles, rotation, refusals."""

import pytest
from oidc_provider import OidcProvider


@pytest.fixture
def server():
    one = OidcProvider()
    yield one
    one.close()


def configure(bridge, sink, server, *names, client="by field", scopes=("orders.read",), **auth):
    secret = server.secret_of(client)
    bridge.configure(
        {
            "auth": {
                "shop": {
                    "type": "oauth2",
                    "token_url": server.url + "/token",
                    "client_id": client,
                    "client_secret": "${CLIENT_SECRET}",
                    "scopes": list(scopes),
                    **auth,
                }
            },
            "sources": {
                name: {
                    "url": server.url + "/api/orders",
                    "auth": "shop",
                    "interval": "1s",
                    "items": ".orders[]",
                    "key": ".id",
                }
                for name in names or ("orders",)
            },
            "sinks": {"ops": sink},
        },
        CLIENT_SECRET=bridge.hide(secret),
    )


def use_refresh_token(bridge, sink, server, *names):
    bridge.environment["REFRESH_TOKEN"] = bridge.hide(server.refresh_token)
    configure(
        bridge,
        sink,
        server,
        *names,
        scopes=(),
        grant="refresh_token",
        refresh_token="${REFRESH_TOKEN}",
    )


@pytest.mark.parametrize("client, style", [("by field", "header"), ("by body", "body")])
def test_client_credentials(bridge, sink, server, client, style):
    """A token of six seconds is renewed ahead of its end: no poll is refused."""
    configure(bridge, sink, server, "a", "b", client=client, client_auth=style)
    bridge.start()
    server.wait("granted", "client_credentials", 3)
    server.wait("api", 200, 6)
    assert not server.told("api", 401)
    assert not server.told("refused")


def test_a_revoked_token_is_replaced_once(bridge, sink, server):
    configure(bridge, sink, server, "a", "b", "c")
    bridge.start()
    server.wait("api", 200, 3)
    before = len(server.told("granted"))
    server.revoke()
    server.wait("api", 401, 1)
    polls = len(server.told("api", 200))
    server.wait("api", 200, polls + 3)
    assert len(server.told("granted")) <= before + 2  # its six seconds may be over as well


def test_refresh_tokens_rotate_through_restarts(bridge, sink, server):
    """The server ends the whole grant when one of them is used a second time."""
    use_refresh_token(bridge, sink, server, "a", "b")
    bridge.once()
    bridge.start()
    server.wait("granted", "refresh_token", 3)
    polls = len(server.told("api", 200))
    server.wait("api", 200, polls + 2)  # it has come and is stored
    bridge.kill()
    bridge.start()
    polls = len(server.told("api", 200))
    server.wait("api", 200, polls + 4)
    bridge.stop()
    bridge.run("test", "-c", bridge.file, "a")
    bridge.once()
    assert not server.told("refused") and not server.told("api", 401)


def test_a_used_refresh_token_is_told_in_words(bridge, sink, server, tmp_path):
    use_refresh_token(bridge, sink, server)
    bridge.once()
    bridge.configure(bridge.file.read_text().replace("store.db", "another.db"))
    run = bridge.run("test", "-c", bridge.file, "orders", code=1)
    assert "no longer takes the refresh token" in run.stdout
    assert len(server.told("refused")) == 1


def test_what_the_server_refuses_is_told_in_words(bridge, sink, server):
    configure(bridge, sink, server)
    bridge.environment["CLIENT_SECRET"] = "another secret"
    run = bridge.run("test", "-c", bridge.file, "orders", code=1)
    assert "(invalid_client)" in run.stdout
    configure(bridge, sink, server, scopes=("orders.write",))
    run = bridge.run("test", "-c", bridge.file, "orders", code=1)
    assert "(invalid_scope)" in run.stdout
