"""OAuth 2.0 against a server that keeps to the letter, and against servers that do not."""

import pytest
from fake_server import Answer
from receiver import SECRET
from services.oauth import OAuth


@pytest.fixture
def oauth(pair):
    server = OAuth(pair.upstream)
    pair.bridge.hide(server.client[1])
    server.protect("/thing", {"n": 1})
    return server


def configure(pair, oauth, *names, source=None, **auth):
    names = names or ("thing",)
    pair.bridge.configure(
        {
            "auth": {
                "api": {
                    "type": "oauth2",
                    "token_url": pair.upstream.url + oauth.token_path,
                    "client_id": oauth.client[0],
                    "client_secret": "${CLIENT_SECRET}",
                    **auth,
                }
            },
            "sources": {
                name: {
                    "url": pair.upstream.url + "/thing",
                    "auth": "api",
                    "interval": "1s",
                    **(source or {}),
                }
                for name in names
            },
            "sinks": {"ops": pair.sink},
        },
        CLIENT_SECRET=oauth.client[1],
    )


def use_refresh_token(pair, oauth, *names, **auth):
    pair.bridge.environment["REFRESH_TOKEN"] = "refresh-0"
    configure(pair, oauth, *names, grant="refresh_token", refresh_token="${REFRESH_TOKEN}", **auth)


# ---- client_credentials ----


@pytest.mark.parametrize("style", ["header", "body"])
def test_one_token_serves_all_sources(pair, oauth, style):
    configure(
        pair, oauth, "a", "b", "c", client_auth=style, scopes=["read", "list"], audience="https://a"
    )
    pair.bridge.once()
    (form,) = oauth.asked
    assert oauth.styles == [style]
    assert (form["scope"], form["audience"]) == ("read list", "https://a")
    assert ("client_secret" in form) == (style == "body")
    assert len(pair.upstream.polls("/thing")) == 3
    pair.bridge.hide(*oauth.secrets())


def test_id_and_secret_of_any_characters(pair):
    oauth = OAuth(pair.upstream, "id:with colon", "s%cret/+ä&=")
    oauth.protect("/thing", {"n": 1})
    configure(pair, oauth)
    pair.bridge.hide(oauth.client[1])
    pair.bridge.once()
    assert oauth.styles == ["header"]


def test_a_token_is_renewed_before_it_expires_and_after_a_401(pair, oauth):
    oauth.lifetime = 4
    configure(pair, oauth)
    pair.start()
    pair.upstream.wait_for_polls(oauth.token_path, 3)
    assert oauth.refused == 0
    oauth.lifetime = 3600
    oauth.revoke()
    pair.upstream.wait_for_polls(oauth.token_path, 4)
    pair.upstream.wait_for_more_polls("/thing", 2)
    assert oauth.refused <= 2
    assert pair.bridge.metric("pollbridge_tokens_total", result="granted") == len(oauth.asked)
    assert pair.bridge.metric("pollbridge_tokens_total", result="failed") == 0
    pair.bridge.hide(*oauth.secrets())


def test_what_the_server_refuses_is_told_in_words(pair, oauth):
    configure(pair, oauth)
    wrong = pair.bridge.hide("the-wrong-secret")
    pair.bridge.environment["CLIENT_SECRET"] = wrong
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "auth api: the token endpoint does not know the client or its secret" in run.stdout
    assert "our portal" not in run.stdout
    assert len(oauth.asked) == 1


# ---- refresh_token ----


def test_a_rotated_refresh_token_survives_restarts(pair, oauth):
    """Also a kill: it is in the store before anything else is done with it."""
    use_refresh_token(pair, oauth, "a", "b")
    pair.bridge.once()
    pair.bridge.start()
    pair.upstream.wait_for_more_polls("/thing", 2)
    pair.bridge.kill()
    pair.bridge.start()
    pair.upstream.wait_for_more_polls("/thing", 2)
    pair.bridge.stop()
    used = [form["refresh_token"] for form in oauth.asked]
    assert used[0] == "refresh-0" and len(used) == 3 and len(set(used)) == 3
    assert oauth.refresh_token  # none was used twice
    pair.bridge.hide(*oauth.secrets())
    for file in pair.bridge.directory.glob("store.db*"):
        assert file.stat().st_mode & 0o077 == 0, "others may read the store"


def test_looking_at_a_source_does_not_lose_the_refresh_token(pair, oauth):
    """`test` writes nothing else; but the token it spends cannot be had again."""
    use_refresh_token(pair, oauth)
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing")
    assert "refresh-" not in run.stdout
    pair.bridge.run("test", "-c", pair.bridge.file, "thing")
    pair.bridge.once()
    assert len(oauth.asked) == 3 and oauth.refresh_token
    pair.bridge.hide(*oauth.secrets())


def test_the_refresh_token_of_a_running_daemon_is_left_alone(pair, oauth):
    use_refresh_token(pair, oauth)
    pair.start()
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "could not be kept" in run.stdout and "in use by another pollbridge" in run.stdout
    assert len(oauth.asked) == 1
    oauth.revoke()
    pair.upstream.wait_for_polls(oauth.token_path, 2)
    assert oauth.refresh_token


def test_a_reload_goes_on_with_the_rotated_token_until_a_new_one_is_configured(pair, oauth):
    use_refresh_token(pair, oauth)
    pair.start()
    use_refresh_token(pair, oauth, scopes=["more"])
    pair.bridge.reload()
    pair.upstream.wait_for_polls(oauth.token_path, 2)
    pair.upstream.wait_for_more_polls("/thing", 2)
    assert oauth.asked[1]["scope"] == "more"
    oauth.refresh_token = "granted-anew"
    pair.bridge.environment["REFRESH_TOKEN"] = pair.bridge.hide("granted-anew")
    pair.bridge.stop()
    pair.bridge.once()
    assert oauth.asked[-1]["refresh_token"] == "granted-anew"
    assert oauth.refresh_token


def test_a_revoked_grant_says_what_to_do_and_is_not_hammered(pair, oauth):
    use_refresh_token(pair, oauth, "a", "b", "c")
    oauth.refresh_token = "nobody-has-this-one"
    pair.bridge.start()
    told = pair.bridge.process.wait_for_line("auth_refused", 3)
    assert "configure the new" in str(told[0])
    pair.bridge.stop()
    assert len(oauth.asked) <= 2


def test_a_server_that_fails_ahead_of_the_end_is_reported_while_polls_go_on(pair, oauth):
    oauth.lifetime = 8
    configure(pair, oauth)
    pair.start()
    token_endpoint = pair.upstream.resource(oauth.token_path)
    token_endpoint.always(Answer.json({"message": "oops"}, 500))
    warned = pair.bridge.process.wait_for_line("a token cannot be renewed")[0]
    assert warned["auth"] == "api" and "status 500" in warned["detail"]
    polls = len(pair.upstream.polls("/thing"))
    token_endpoint.always(oauth.give)
    pair.upstream.wait_for_polls("/thing", polls + 1)
    assert oauth.refused == 0
    pair.bridge.hide(*oauth.secrets())


# ---- rude servers ----

RUDE = {
    "an error of its own": (Answer.json({"message": "oops"}, 500), "status 500"),
    "a page": (Answer.text("<html>sign in</html>", "text/html"), "no sound JSON"),
    "a huge answer": (
        Answer(200, b'{"access_token": "' + b"x" * 2_000_000 + b'"}'),
        "larger than",
    ),
    "a drip": (Answer(200, b" " * 10_000 + b"{}", drip=0.05), "time"),
    "a cut": (Answer(200, b'{"access_token": "abc"}', cut_after=8), "auth api"),
    "a hang-up": (None, "auth api"),
    "a redirect": (Answer(307, b"", {"location": "/elsewhere"}), "redirects of a token request"),
    "a field in a token": (Answer.json({"access_token": "a\r\nx: y"}), "control character"),
    "a deep answer": (Answer(200, b"[" * 5000), "no sound JSON"),
}


PASSING = ("an error of its own", "a hang-up")  # may be over in a moment: two quick retries


@pytest.mark.parametrize("case", RUDE)
def test_a_rude_token_endpoint_is_not_hammered_and_named(pair, oauth, case):
    answer, words = RUDE[case]
    endpoint = pair.upstream.resource(oauth.token_path)
    endpoint.always((lambda request: None) if answer is None else answer)
    configure(pair, oauth, "a", "b", "c", timeout="1s")
    run = pair.bridge.once(code=1)
    assert len(pair.upstream.polls(oauth.token_path)) == (3 if case in PASSING else 1)
    assert words in run.stderr + run.stdout
    assert not pair.upstream.polls("/thing")


def test_a_token_endpoint_that_restarts_costs_no_poll(pair, oauth):
    endpoint = pair.upstream.resource(oauth.token_path)
    endpoint.script(lambda request: None, Answer.json({"message": "starting"}, 502), oauth.give)
    configure(pair, oauth, "a", "b", "c")
    assert pair.bridge.once().stdout.count("baseline") == 3
    assert len(pair.upstream.polls(oauth.token_path)) == 3


def test_a_throttling_token_endpoint_gets_its_rest(pair, oauth):
    endpoint = pair.upstream.resource(oauth.token_path)
    endpoint.script(Answer.json({}, 429, retry_after="7"), oauth.give)
    configure(pair, oauth, "a", "b", "c")
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 3)
    first, second = pair.upstream.polls(oauth.token_path)
    assert second.at - first.at >= 7
    assert len(pair.receiver.deliveries) == 0  # being asked to wait is no failure


def test_a_life_in_quotes_and_no_life_at_all(pair, oauth):
    endpoint = pair.upstream.resource(oauth.token_path)
    pair.upstream.resource("/thing", {"n": 1})
    endpoint.script(
        Answer.json({"access_token": "the-first-token", "expires_in": "2"}),
        Answer.json({"access_token": "the-second-token"}),
    )
    configure(pair, oauth)
    pair.bridge.start()
    pair.upstream.wait_for_polls(oauth.token_path, 2)
    pair.upstream.wait_for_more_polls("/thing", 3)
    assert len(pair.upstream.polls(oauth.token_path)) == 2


def test_an_api_that_refuses_every_token_causes_no_loop(pair, oauth):
    oauth._is_allowed = lambda request: False
    configure(pair, oauth, "a", "b")
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 8)
    assert len(oauth.asked) <= 3
    pair.bridge.hide(*oauth.secrets())


# ---- the example ----


def test_the_example(bridge, root, upstream, receiver):
    oauth = OAuth(upstream)
    contacts = oauth.protect("/v1/contacts", {"contacts": [{"id": 1, "name": "Ada"}]})
    calendar = oauth.protect("/v1/appointments", {"appointments": []})
    receiver.hook("/hooks/crm")
    bridge.configure((root / "config/examples/oauth2.yaml").read_text(encoding="utf-8"))
    bridge.environment.update(
        LISTEN="127.0.0.1:0",
        INTERVAL="1s",
        TOKEN_URL=upstream.url,
        API_URL=upstream.url,
        CLIENT_ID=oauth.client[0],
        CLIENT_SECRET=bridge.hide(oauth.client[1]),
        REFRESH_TOKEN="refresh-0",
        WEBHOOK_URL=receiver.url,
        WEBHOOK_SECRET=SECRET,
    )
    bridge.start()
    upstream.wait_for_polls("/v1/contacts", 2)
    upstream.wait_for_polls("/v1/appointments", 2)
    contacts["value"] = {"contacts": [{"id": 1, "name": "Ada Lovelace"}]}
    calendar["value"] = {"appointments": [{"id": 7, "at": "2026-01-01"}]}
    told = {(delivery.type, delivery.json["source"]) for delivery in receiver.wait(2)}
    assert told == {("item.updated", "contacts"), ("item.created", "appointments")}
    assert sorted(oauth.styles) == ["body", "header"]
    bridge.hide(*oauth.secrets())
