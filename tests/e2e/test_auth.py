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


def test_a_portal_that_sends_to_its_login_page_is_logged_in_to_again(pair, portal):
    portal.refusal = Answer(302, b"", {"location": "/login"})
    _use_portal(pair, portal, refused_status=[401, 302])
    text = pair.bridge.file.read_text()
    pair.bridge.configure(text.replace("interval: 1s", "interval: 1s\n    redirects: 0"))
    pair.start()
    portal.end_sessions()
    pair.upstream.wait_for_polls("/login", 2)
    pair.upstream.wait_for_more_polls("/data/report", 2)
    assert portal.refused == 1
    assert "poll failed" not in pair.bridge.process.stderr
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


# ---- logins are polite as well ----


def _use_login(pair, *names, limits=None, request=None, **source):
    pair.bridge.configure(
        {
            **({"limits": {pair.upstream.host: limits}} if limits else {}),
            "auth": {
                "api": {
                    "type": "login",
                    "request": {"url": pair.upstream.url + "/login", **(request or {})},
                    "token": ".token",
                    "expires_in": ".life?",
                }
            },
            "sources": {
                name: {
                    "url": f"{pair.upstream.url}/{name}",
                    "auth": "api",
                    "interval": "1s",
                    **source,
                }
                for name in names
            },
            "sinks": {"ops": pair.sink},
        }
    )
    login = pair.upstream.resource("/login")
    login.always(Answer.json({"token": "a-good-token"}))
    return login


def test_logins_and_polls_share_the_budget_of_their_host(pair):
    for name in ("a", "b", "c"):
        pair.upstream.resource("/" + name, {"n": 1})
    _use_login(pair, "a", "b", "c", limits={"requests": 2, "per": "4s"})
    pair.bridge.once()
    at = [request.at for request in pair.upstream.requests.all()]
    assert len(at) == 4 and len(pair.upstream.polls("/login")) == 1
    assert at[2] - at[0] > 3 and at[3] - at[1] > 3  # seen from here, a request may come late


def test_a_login_waits_while_its_host_and_credential_rest(pair):
    """And so do the polls when it is the login that was told to wait."""
    a = pair.upstream.resource("/a", {"n": 1})
    login = _use_login(pair, "a")
    login.script(Answer.json({"token": "a-short-token", "life": 4}))  # renewed after two seconds
    a.script(lambda r: Answer.json({"n": 1}), Answer.json({}, 429, retry_after="6"))
    pair.bridge.start()
    first, second = pair.upstream.wait_for_polls("/login", 2)
    resting = pair.upstream.polls("/a")[1]
    assert second.at - resting.at >= 6, "the login broke the rest"
    pair.upstream.wait_for_more_polls("/a", 1)
    pair.bridge.stop()

    login.script(Answer.json({}, 503, retry_after="6"))
    before = len(pair.upstream.polls("/a"))
    pair.bridge.start()
    refused = pair.upstream.wait_for_polls("/login", 3)[2]
    again = pair.upstream.wait_for_polls("/login", 4)[3]
    poll = pair.upstream.wait_for_polls("/a", before + 1)[before]
    assert again.at - refused.at >= 6 and poll.at > again.at
    assert first.at < refused.at


def test_a_login_obeys_the_address_policy(pair):
    pair.upstream.resource("/a", {"n": 1})
    _use_login(pair, "a", request={"allow_private": False})
    run = pair.bridge.run("test", "-c", pair.bridge.file, "a", code=1)
    assert "is not public" in run.stdout
    assert not pair.upstream.requests.all()


def test_a_login_that_redirects_is_not_followed(pair):
    other = Upstream()
    _use_login(pair, "a", request={"json": {"password": pair.bridge.hide("for-your-eyes-only")}})
    pair.upstream.resource("/login").always(
        Answer(307, b"", {"location": other.url + "/login"})
    )
    run = pair.bridge.run("test", "-c", pair.bridge.file, "a", code=1)
    assert "redirects of a login are not followed" in run.stdout
    assert not other.requests.all()
    other.close()
    other.check()
