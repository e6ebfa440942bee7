"""How polls say who they are: every kind of auth, against servers that look closely."""

import pytest
from fake_server import Answer
from services.portal import Portal
from upstream import Upstream

KEY = "k3y/4f+9a=1c77&e2ü"
KEY_IN_QUERY = "k3y%2F4f%2B9a%3D1c77%26e2%C3%BC"


def _wants(check):
    """An API that answers 401 to a request which the check does not like."""

    def answer(request):
        if check(request):
            return Answer.json({"n": 1})
        return Answer.json({"error": "who are you?", "sent": str(request)}, 401)

    return answer


# ---- api_key ----


def _use_key(pair, **auth):
    pair.bridge.hide(KEY, KEY_IN_QUERY)
    pair.rewrite(auth={"type": "api_key", "key": "${KEY}", **auth})
    pair.bridge.environment["KEY"] = KEY


def test_a_key_in_a_header_field(pair):
    pair.upstream.mount("/thing", _wants(lambda r: r.headers.get("x-k") == "Key " + "plain-key"))
    pair.rewrite(auth={"type": "api_key", "key": "plain-key", "header": "X-K", "scheme": "Key"})
    pair.bridge.once()
    assert len(pair.upstream.polls("/thing")) == 1


def test_a_key_in_the_query_is_never_shown(pair):
    """Not by `test`, not when the API repeats it, not in the log of a failure."""
    pair.upstream.mount("/thing", _wants(lambda r: r.query.get("appid") == KEY))
    _use_key(pair, param="appid")
    shown = pair.bridge.run("test", "-c", pair.bridge.file, "thing").stdout
    assert "GET" in shown and "appid=" in shown
    pair.bridge.start("--log-level", "debug")
    pair.upstream.wait_for_more_polls("/thing", 2)

    def echo(request):
        return Answer.json({"url": "/thing?appid=" + KEY_IN_QUERY, "key": KEY}, 403)

    pair.upstream.mount("/thing", echo)
    pair.bridge.process.wait_for_line("http_status")
    pair.bridge.stop()
    pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)


def test_a_key_in_the_query_does_not_follow_a_redirect_elsewhere(pair, receiver):
    seen = []

    def elsewhere(request):
        seen.append(request)
        return Answer.json({"n": 1})

    other = pair.upstream.url.replace("127.0.0.1", "localhost") + "/other"
    pair.upstream.mount("/other", elsewhere)
    pair.upstream.mount("/thing", lambda r: Answer(302, b"", {"location": other}))
    _use_key(pair, param="appid")
    pair.bridge.once()
    assert [request.query for request in seen] == [{}]
    assert KEY_IN_QUERY not in str(seen[0].headers.pairs)


# ---- login with cookies ----


@pytest.fixture
def portal(pair):
    return Portal(pair.upstream)


def _use_portal(pair, portal, *names, **auth):
    pair.bridge.hide(portal.user[1])
    pair.bridge.configure(
        {
            "auth": {
                "portal": {
                    "type": "login",
                    "request": {
                        "url": pair.upstream.url + "/login",
                        "form": {"user": portal.user[0], "password": "${PASSWORD}"},
                    },
                    "cookies": True,
                    **auth,
                }
            },
            "sources": {
                name: {
                    "url": pair.upstream.url + "/data/report",
                    "auth": "portal",
                    "interval": "1s",
                }
                for name in names or ("thing",)
            },
            "sinks": {"ops": pair.sink},
        },
        PASSWORD=portal.user[1],
    )


def test_polls_carry_the_cookies_of_the_login_that_belong_to_them(pair, portal):
    _use_portal(pair, portal, "a", "b", "c")
    pair.bridge.once()
    assert portal.forms == 1 and portal.refused == 0
    (session,) = portal.sessions()
    assert set(portal.seen) == {"SESSION=" + session}
    pair.bridge.hide(session)


def test_a_token_beside_the_cookies(pair, portal):
    _use_portal(pair, portal, token_header="x-csrf-token", header="x-csrf-token", scheme="")
    pair.bridge.once()
    poll = pair.upstream.polls("/data/report")[0]
    (session,) = portal.sessions()
    assert poll.headers["x-csrf-token"] == "csrf-" + session
    assert poll.headers["cookie"] == "SESSION=" + session
    pair.bridge.hide(session)


def test_cookies_are_renewed_before_they_expire_and_after_a_401(pair, portal):
    portal.life = "; Max-Age=4"
    _use_portal(pair, portal)
    pair.start()
    pair.upstream.wait_for_polls("/login", 2)
    assert portal.refused == 0
    portal.life = ""
    pair.upstream.wait_for_polls("/login", 3)
    portal.end_sessions()
    pair.upstream.wait_for_polls("/login", 4)
    pair.upstream.wait_for_more_polls("/data/report")
    assert portal.refused == 1
    pair.bridge.hide(*portal.sessions())


def test_a_login_page_instead_of_a_session_is_named_and_not_hammered(pair, portal):
    _use_portal(pair, portal, "a", "b", "c", "d", "e")
    pair.bridge.hide("not-the-password")
    pair.bridge.environment["PASSWORD"] = "not-the-password"
    pair.bridge.start()
    told = pair.bridge.process.wait_for_line("auth_refused", 5)
    assert "sets no cookie that may be used" in str(told[0])
    pair.bridge.stop()
    assert portal.forms == 1
    assert not portal.seen


def test_cookies_do_not_follow_a_redirect_elsewhere(pair, portal):
    other = Upstream()
    other.resource("/moved", {"n": 1})
    pair.upstream.mount("/data/report", lambda r: Answer(302, b"", {"location": other.url + "/moved"}))
    _use_portal(pair, portal)
    pair.bridge.once()
    assert "cookie" in pair.upstream.polls("/data/report")[0].headers
    assert "cookie" not in other.polls("/moved")[0].headers
    pair.bridge.hide(*portal.sessions())
    other.close()
    other.check()


def test_more_cookies_than_anybody_needs_are_refused(pair):
    def flood(request):
        return Answer(200, b"", {"set-cookie": [f"c{i}=1; Path=/" for i in range(120)]})

    pair.upstream.mount("/login", flood)
    pair.configure(
        {"n": 1},
        auth={"type": "login", "request": {"url": pair.upstream.url + "/login"}, "cookies": True},
    )
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "sets more than 50 cookies" in run.stdout
    assert not pair.upstream.polls("/thing")
