"""`pollbridge state`: what is remembered of sources goes from store to store."""

import json

import pytest

NO, USAGE, STORE = 1, 2, 4
FULL = {"items": [{"id": 1, "n": 12345678901234567890, "f": 1.50}, {"id": 2}], "etc": 1e3}


@pytest.fixture
def moved(pair, tmp_path):
    """A daemon that told something, stopped, and its state as a file."""
    pair.configure(FULL, items=".items[]", key=".id")
    pair.start()
    pair.thing.set({**FULL, "items": [*FULL["items"], {"id": 3}]})
    pair.receiver.wait(1)
    pair.bridge.stop()
    file = tmp_path / "state.ndjson"
    file.write_text(pair.bridge.run("state", "export", "-c", pair.bridge.file).stdout + "\n")
    return pair, file


def forget(tmp_path):
    for path in tmp_path.glob("store.db*"):
        path.unlink()


def test_a_new_store_goes_on_where_the_old_one_was(moved, tmp_path):
    pair, file = moved
    bridge = pair.bridge
    (first,) = pair.receiver.deliveries.all()
    forget(tmp_path)
    assert "1 sources" in bridge.run("state", "import", "-c", bridge.file, file).stdout
    assert bridge.run("state", "export", "-c", bridge.file).stdout + "\n" == file.read_text()
    polls = len(pair.upstream.requests)
    bridge.start()
    pair.upstream.wait_for_more_polls("/thing", 1)
    assert pair.upstream.requests.all()[polls].headers["if-none-match"]  # the validators too
    pair.thing.set({**FULL, "items": [*FULL["items"], {"id": 3}, {"id": 4}]})
    second = pair.receiver.wait(2)[1]
    assert (second.type, second.data["key"], second.sequence) == ("item.created", 4, 2)
    assert second.json["previous_id"] == first.id


def test_what_is_exported_is_what_is_there(moved):
    _, file = moved
    (line,) = file.read_text().splitlines()
    state = json.loads(line)
    assert (state["source"], state["version"], state["sequence"]) == ("thing", 2, 1)
    assert state["changed_at_ms"] > 0 and not state["stale_told"]
    assert "12345678901234567890" in line and '"f": 1.5}' not in line
    assert [item["id"] for item in state["document"]] == [1, 2, 3]
    assert state["answer"]["etc"] == 1e3


def test_numbers_never_go_back(moved):
    pair, file = moved
    bridge = pair.bridge
    assert len(pair.change({**FULL, "items": [{"id": 1}, {"id": 2}]})) == 2
    command = ("state", "import", "-c", bridge.file, file)
    run = bridge.run(*command, code=NO)
    assert f"{file}:1: the store knows a later state of thing" in run.stderr
    bridge.run(*command, "--replace")
    told = pair.change({**FULL, "items": [{"id": 1, "n": 1}, {"id": 2}]})  # as seen from the file
    assert sorted(event.sequence for event in told) == [4, 5]
    assert len({event.id for event in pair.receiver.deliveries.all()}) == 5


def test_a_running_daemon_keeps_its_store(moved, tmp_path):
    pair, file = moved
    bridge = pair.bridge
    bridge.start()
    assert bridge.run("state", "export", "-c", bridge.file, "thing").stdout == file.read_text()[:-1]
    run = bridge.run("state", "import", "-c", bridge.file, file, code=STORE)
    assert "in use by another pollbridge" in run.stderr


def test_all_of_a_file_is_imported_or_nothing(moved, tmp_path):
    pair, file = moved
    bridge = pair.bridge
    forget(tmp_path)
    good = file.read_text()
    for bad, words in (
        ("{}", 'state.ndjson:2: "pollbridge_state" is missing'),
        (good.replace('"version":2', '"version":"2"'), '"version" is missing'),
        (good.replace('"sequence":1', '"sequence":-1'), '"sequence" is missing'),
        (good.replace('"rules":"', '"rules":"x'), '"rules" is missing'),
        ('{"pollbridge_state":1,', ":2: "),
    ):
        file.write_text(good + bad)
        assert words in bridge.run("state", "import", "-c", bridge.file, file, code=NO).stderr
    assert "knows nothing" in bridge.run("state", "export", "-c", bridge.file, code=NO).stderr
    assert "say `state" in bridge.run("state", "eat", "-c", bridge.file, code=USAGE).stderr
    assert "say `state" in bridge.run("state", "import", "-c", bridge.file, code=USAGE).stderr


def test_a_pause_moves_too(pair, tmp_path):
    bridge = pair.bridge
    pair.configure({"a": 1})
    pair.start()
    bridge.run("pause", "-u", bridge.url, "thing")
    bridge.stop()
    file = tmp_path / "state"
    file.write_text(bridge.run("state", "export", "-c", bridge.file).stdout)
    forget(tmp_path)
    bridge.run("state", "import", "-c", bridge.file, file)
    bridge.start()
    assert "paused" in bridge.run("explain", "-u", bridge.url, "thing").stdout


def test_a_secret_that_an_api_repeats_stays_here(pair):
    token = pair.bridge.hide("a-token-of-ours-0123456789")
    pair.configure(
        {"a": 1, "you": f"Bearer {token}"},
        headers={"Authorization": "Bearer ${API_TOKEN}"},
        how={"etag": False},
    )
    pair.bridge.environment["API_TOKEN"] = token
    pair.bridge.once()
    run = pair.bridge.run("state", "export", "-c", pair.bridge.file)
    assert "holds a secret" in run.stderr
    state = json.loads(run.stdout)
    assert "document" not in state and state["version"] == 1
