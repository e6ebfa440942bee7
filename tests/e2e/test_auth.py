"""How polls say who they are: every kind of auth, against servers that look closely."""

from fake_server import Answer

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
