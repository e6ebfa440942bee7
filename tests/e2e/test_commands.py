"""The command line: what each command prints, writes and ends with."""

import contextlib
import re
import sqlite3

import pytest
from receiver import SECRET

OK, NO, USAGE, CONFIG, STORE = 0, 1, 2, 3, 4


def test_version(bridge):
    assert re.fullmatch(r"pollbridge \d+\.\d+\.\d+\S*", bridge.run("version").stdout)
    assert bridge.run("--version").stdout == bridge.run("version").stdout


def test_help_lists_every_command_and_the_exit_codes(bridge):
    overview = bridge.run("help").stdout
    for command in ("serve", "validate", "test", "once", "demo", "health", "version"):
        assert re.search(rf"^  {command}\b", overview, re.M), overview
        page = bridge.run("help", command).stdout
        assert "Usage:" in page or command == "version", page
    assert "2 wrong usage, 3 configuration" in overview


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("server",),
        ("help", "server"),
        ("serve", "--no-such-option"),
        ("serve", "--log-format", "xml"),
        ("test",),
        ("once", "-w", "soon"),
        ("validate", "a", "b"),
    ],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_wrong_usage_is_told_on_stderr(bridge, arguments):
    run = bridge.run(*arguments, code=USAGE)
    assert run.stdout == ""
    assert run.stderr


def test_an_unknown_command_names_the_nearest(bridge):
    assert 'did you mean "serve"' in bridge.run("sevre", code=USAGE).stderr


BROKEN = """\
server: { listen: "127.0.0.1:0" }
souces: {}
sources:
  one:
    ulr: http://127.0.0.1/
    url: http://127.0.0.1/
    interval: soon
  one:
    url: http://127.0.0.1/
  two:
    url: ftp://127.0.0.1/
    auth: nobody
sinks:
  ops:
    url: http://127.0.0.1/
    secret: ${NO_SUCH_VARIABLE}
  short:
    url: http://127.0.0.1/
    secret: whsec_c2hvcnQ=
  hasty:
    url: http://127.0.0.1/
    signature: none
    timeout: -1s
"""


def test_validate_names_all_problems_in_one_run(bridge):
    bridge.configure(BROKEN)
    stderr = bridge.run("validate", "-c", bridge.file, code=CONFIG).stderr
    places = {}
    for line in stderr.splitlines():
        match = re.fullmatch(re.escape(str(bridge.file)) + r":(\d+):(\d+): (.+)", line)
        assert match, f"no file:line:column: in {line!r}"
        places.setdefault(int(match.group(1)), []).append(match.group(3))
    for number, words in {
        2: 'did you mean "sources"',
        5: 'did you mean "url"',
        7: "interval",
        8: "one",
        11: "url",
        12: "nobody",
        16: "NO_SUCH_VARIABLE",
        19: "secret",
        23: "timeout",
    }.items():
        assert any(words in text for text in places.get(number, [])), (number, words, stderr)


def test_validate_says_what_is_fine_and_touches_nothing(pair):
    pair.configure({"n": 1})
    before = sorted(pair.bridge.directory.iterdir())
    assert "fine: 1 source, 1 sink" in pair.bridge.run("validate", "-c", pair.bridge.file).stdout
    assert sorted(pair.bridge.directory.iterdir()) == before
    assert not pair.upstream.requests.all()


@pytest.mark.parametrize("command", ["serve", "test", "once", "validate"])
def test_every_command_refuses_a_broken_file(bridge, command):
    bridge.configure(BROKEN)
    source = ["one"] if command == "test" else []
    run = bridge.run(command, "-c", bridge.file, *source, code=CONFIG)
    assert ":5:" in run.stderr and ":23:" in run.stderr


@pytest.mark.parametrize("command", ["serve", "once", "validate"])
def test_a_missing_file_is_a_configuration_problem(bridge, command):
    run = bridge.run(command, "-c", "no-such.yaml", code=CONFIG)
    assert "no-such.yaml" in run.stderr


def test_test_shows_a_poll_in_full_and_writes_nothing(pair):
    pair.configure({"status": "open", "at": 1}, ignore=[".at"])
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing")
    assert f"> GET {pair.upstream.url}/thing" in run.stdout
    assert "< 200" in run.stdout
    assert '{"status": "open", "at": 1}' in run.stdout
    assert "0 events would be told" in run.stdout
    assert [p.name for p in pair.bridge.directory.iterdir()] == ["pollbridge.yaml"]


def test_test_compares_with_the_stored_snapshot(pair):
    pair.configure({"status": "open"})
    pair.bridge.once()
    store = pair.bridge.directory / "store.db"
    before = store.read_bytes()
    pair.thing.set({"status": "paid"})
    for _ in range(2):  # the first run left nothing behind that the second could see
        run = pair.bridge.run("test", "-c", pair.bridge.file, "thing")
        assert "1 event would be told" in run.stdout
        assert '"old": "open",' in run.stdout and '"new": "paid"' in run.stdout
        assert re.search(r"^document.changed evt_\w+ to sink ops$", run.stdout, re.MULTILINE)
    assert store.read_bytes() == before
    assert not pair.receiver.requests.all()
    (delivery,) = pair.change({"status": "paid"}, ["document.changed"])
    assert delivery.id in run.stdout


def test_test_shows_all_of_a_request_but_its_credentials(pair):
    """What is on the list of secrets, and what looks like a credential, though it is literal."""
    pair.upstream.resource("/thing", {"n": 1})
    pair.bridge.environment["TEAM"] = "team-of-the-north"
    pair.configure(
        {"n": 1},
        url=pair.upstream.url + "/thing?lang=es&sig=literal-one",
        method="POST",
        params={"city": "Madrid", "appid": "literal-two", "team": "${TEAM}"},
        headers={"X-Client": "dashboard", "X-Api-Key": "literal-three", "X-Team": "${TEAM}"},
        json={"query": "{ cities { name } }", "auth": {"password": "literal-four"}},
    )
    shown = pair.bridge.run("test", "-c", pair.bridge.file, "thing").stdout
    assert "thing?lang=es&sig=…&city=Madrid&appid=…&team=***\n" in shown
    assert "\n> X-Client: dashboard\n> X-Api-Key: ***\n> X-Team: ***\n" in shown
    assert '{"query":"{ cities { name } }","auth":{"password":"***"}}' in shown
    assert "literal" not in shown and "team-of" not in shown
    assert "(its interval)" in shown


def test_a_store_of_an_older_version_is_not_read_but_named(pair):
    pair.configure({"n": 1})
    pair.bridge.once()
    with contextlib.closing(sqlite3.connect(pair.bridge.directory / "store.db")) as store:
        store.execute("PRAGMA user_version = 15")
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=STORE)
    assert "older pollbridge (schema 15" in run.stderr and "start the daemon" in run.stderr
    run = pair.bridge.run("explain", "-c", pair.bridge.file, "thing", code=STORE)
    assert "older pollbridge" in run.stderr


def test_test_beside_a_running_daemon(pair):
    pair.configure({"status": "open"})
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 2)
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing")
    assert "0 events would be told" in run.stdout


def test_test_of_an_unknown_source(pair):
    pair.configure({})
    run = pair.bridge.run("test", "-c", pair.bridge.file, "think", code=USAGE)
    assert 'no source "think"' in run.stderr and 'did you mean "thing"?' in run.stderr
    run = pair.bridge.run("once", "-c", pair.bridge.file, "thin", code=USAGE)
    assert 'did you mean "thing"?' in run.stderr


def test_test_says_why_a_poll_fails(pair):
    pair.configure({"a": 1}, select=".b")
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=NO)
    assert "failed (selector_found_nothing)" in run.stdout


def test_once_polls_each_source_once_and_says_what_came_of_it(upstream, receiver, bridge, sink):
    upstream.resource("/a", {"n": 1})
    upstream.resource("/b", {"n": 1}).script(*[upstream_error(404)] * 2)
    config = {
        "sources": {name: {"url": f"{upstream.url}/{name}"} for name in "ab"},
        "sinks": {"ops": sink},
    }
    bridge.configure(config)
    run = bridge.once(code=NO)
    assert re.search(r"^a +baseline +200 ", run.stdout, re.M), run.stdout
    assert re.search(r"^b +failed +404 ", run.stdout, re.M), run.stdout
    assert len(upstream.polls("/a")) == 1
    bridge.once("a")
    assert (len(upstream.polls("/a")), len(upstream.polls("/b"))) == (2, 1)
    bridge.once("c", code=USAGE)


def upstream_error(status):
    from fake_server import Answer

    return Answer.json({"error": "no"}, status)


def test_once_delivers_what_is_due(pair):
    pair.configure({"n": 1})
    pair.bridge.once()
    pair.change({"n": 2}, ["document.changed"])
    assert "not_modified" in pair.bridge.once().stdout
    assert len(pair.receiver.deliveries) == 1


def test_a_store_that_cannot_be_opened(pair):
    pair.configure({})
    text = pair.bridge.file.read_text().replace("store.db", "no/such/folder/store.db")
    pair.bridge.configure(text)
    for command in ("serve", "once"):
        assert "store" in pair.bridge.run(command, "-c", pair.bridge.file, code=STORE).stderr


def test_a_store_in_use_is_refused(pair):
    pair.configure({})
    pair.bridge.start()
    run = pair.bridge.run("once", "-c", pair.bridge.file, code=STORE)
    assert "store.db" in run.stderr


def test_a_listener_in_use_is_refused(pair):
    pair.configure({})
    pair.bridge.configure(pair.bridge.file.read_text().replace("127.0.0.1:0", pair.upstream.host))
    run = pair.bridge.run("serve", "-c", pair.bridge.file, code=STORE)
    assert pair.upstream.host in run.stderr


def test_health_asks_a_running_daemon(pair):
    pair.configure({})
    pair.bridge.start()
    assert "ok" in pair.bridge.run("health", "-u", pair.bridge.url).stdout
    assert "ok" in pair.bridge.run("health", "--ready", "-u", pair.bridge.url).stdout
    url = pair.bridge.url
    pair.bridge.stop()
    pair.bridge.run("health", "-u", url, code=NO)


def test_the_demo_tells_verified_changes(bridge):
    run = bridge.run("demo", "--for", "6s")
    assert "verified" in run.stdout.lower()
    assert SECRET not in run.stdout
