"""Secrets as files that somebody else changes: no signal, no restart, no half-written secret."""

import os

from fake_server import Answer
from receiver import SECRET
from services.oauth import OAuth

NEW_SECRET = "whsec_" + "bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ="


def _put(path, text):
    """As careful programs write: under another name, then moved."""
    path.with_suffix(".new").write_text(text)
    os.replace(path.with_suffix(".new"), path)


def _open_with(pair, token):
    """The API takes this bearer token alone."""

    def answer(request):
        good = request.headers.get("authorization") == "Bearer " + token
        return Answer.json({"n": 1}) if good else Answer.json({"error": "who?"}, 401)

    pair.upstream.mount("/thing", answer)


def test_a_rotated_token_is_used_without_a_signal(pair, tmp_path):
    old, new = pair.bridge.hide("the-old-token", "the-new-token"), "the-new-token"
    _put(tmp_path / "token", old + "\n")
    _open_with(pair, old)
    pair.rewrite(auth={"type": "bearer", "token_file": "token"})
    pair.start()
    _open_with(pair, new)
    _put(tmp_path / "token", new + "\n")
    pair.bridge.process.wait_for_line("a file of the configuration has changed")
    pair.bridge.process.wait_for_line("msg=reloaded")
    pair.upstream.requests.wait_for(
        lambda request: request.headers.get("authorization") == "Bearer " + new, 2, "polls"
    )


def test_the_secret_of_a_webhook_and_a_key_in_the_middle_of_a_text(pair, tmp_path):
    """A mounted Kubernetes secret: the name leads through a link that is swapped."""
    for name, text in (("v1", SECRET), ("v2", NEW_SECRET)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hook").write_text(text)
        (tmp_path / name / "key").write_text("key-of-" + name)
    pair.bridge.hide(NEW_SECRET, "key-of-v1", "key-of-v2")
    (tmp_path / "data").symlink_to("v1")
    pair.receiver.hook("/hook", secret=SECRET)
    pair.configure(
        {"n": 1},
        sink={"secret": "${file:data/hook}"},
        headers={"x-keys": "id=7, key=${file:data/key}"},
    )
    pair.start()
    pair.thing.set({"n": 2})
    pair.receiver.wait(1)
    pair.receiver.hook("/hook", secret=NEW_SECRET)
    (tmp_path / "next").symlink_to("v2")
    os.replace(tmp_path / "next", tmp_path / "data")
    pair.bridge.process.wait_for_line("msg=reloaded")
    pair.thing.set({"n": 3})
    pair.receiver.wait(2)  # with a signature of the new secret, else the receiver complains
    pair.upstream.requests.wait_for(
        lambda request: request.headers.get("x-keys") == "id=7, key=key-of-v2", 1, "polls"
    )


def test_a_bad_file_leaves_the_old_secret_in_force(pair, tmp_path):
    token = pair.bridge.hide("the-good-token")
    _put(tmp_path / "token", token)
    _open_with(pair, token)
    pair.rewrite(auth={"type": "bearer", "token_file": "token"})
    pair.start()
    bad = pair.bridge.hide("bad\ttoken\nwith lines")
    _put(tmp_path / "token", bad)
    refused = pair.bridge.process.wait_for_line("reload refused")
    (tmp_path / "token").unlink()
    pair.bridge.process.wait_for_line("cannot be read")
    pair.upstream.wait_for_more_polls("/thing", 2)
    assert {r.headers["authorization"] for r in pair.upstream.polls("/thing")} == {"Bearer " + token}
    _put(tmp_path / "token", token)
    pair.bridge.process.wait_for_line("msg=reloaded")
    assert len(refused) == 1  # one word for each state of the file


def test_a_change_of_one_secret_costs_no_other_auth_its_token(pair, tmp_path):
    oauth = OAuth(pair.upstream)
    oauth.protect("/behind", {"n": 1})
    pair.upstream.resource("/thing", {"n": 1})
    _put(tmp_path / "token", "first-token")
    _put(tmp_path / "client", oauth.client[1])
    pair.bridge.configure(
        {
            "auth": {
                "plain": {"type": "bearer", "token_file": "token"},
                "api": {
                    "type": "oauth2",
                    "token_url": pair.upstream.url + oauth.token_path,
                    "client_id": oauth.client[0],
                    "client_secret_file": "client",
                },
            },
            "sources": {
                "thing": {"url": pair.upstream.url + "/thing", "auth": "plain", "interval": "1s"},
                "behind": {"url": pair.upstream.url + "/behind", "auth": "api", "interval": "1s"},
            },
            "sinks": {"ops": pair.sink},
        }
    )
    pair.bridge.start()
    pair.upstream.wait_for_polls("/behind", 1)
    _put(tmp_path / "token", "second-token")
    pair.bridge.process.wait_for_line("msg=reloaded")
    pair.upstream.wait_for_more_polls("/behind", 2)
    assert len(oauth.asked) == 1
    # Its own secret is another matter.
    oauth.client = (oauth.client[0], "an-even-better-secret")
    _put(tmp_path / "client", oauth.client[1])
    pair.bridge.process.wait_for_line("msg=reloaded", 2)
    pair.upstream.wait_for_more_polls("/behind", 2)
    assert len(oauth.asked) == 2 and oauth.refused == 0
    pair.bridge.hide(*oauth.secrets())
