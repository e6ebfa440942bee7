"""The workbench of whoever writes rules: answers that were kept as files, without asking anybody."""

import json
import re

import pytest

USAGE, NO = 2, 1


@pytest.fixture
def orders(bridge, sink):
    """A source with rules, whose server does not exist."""
    bridge.configure(
        {
            "sources": {
                "orders": {
                    "url": "http://127.0.0.1:9/",
                    "items": ".data[]",
                    "key": ".id",
                    "ignore": [".seen"],
                }
            },
            "sinks": {"ops": {**sink, "types": ["item.*"]}},
        }
    )
    return bridge


def answer(*items, **more):
    return json.dumps({"data": [{"id": i, "seen": 1, **more} for i in items]})


def test_a_file_is_taken_for_the_answer(orders, tmp_path):
    file = tmp_path / "answer.json"
    file.write_text(answer(1, 2))
    run = orders.run("test", "-c", orders.file, "--from-file", file, "orders")
    assert "orders: baseline" in run.stdout and "0 events would be told" in run.stdout
    assert not (tmp_path / "store.db").exists()
    file.write_text("<html>not today</html>")
    run = orders.run("test", "-c", orders.file, "--from-file", file, "orders", code=NO)
    assert "orders: failed" in run.stdout


def test_a_file_is_compared_with_what_the_daemon_knows(pair, tmp_path):
    pair.configure(json.loads(answer(1, 2)), items=".data[]", key=".id", ignore=[".seen"])
    pair.start()  # and goes on running
    file = tmp_path / "answer.json"
    file.write_text(answer(2, 3))
    command = ("test", "-c", pair.bridge.file, "--from-file", file, "thing")
    for _ in range(2):  # nothing is kept of it
        told = pair.bridge.run(*command).stdout
        assert "thing: changed" in told and "2 events would be told" in told
        assert re.search(r"^item.created 3 evt_\w+ to sink ops$", told, re.MULTILINE), told
    file.write_text(answer(1, 2, seen=2))
    assert "unchanged" in pair.bridge.run(*command).stdout
    assert len(pair.receiver.deliveries) == 0


def test_the_type_of_a_file_is_said_as_a_server_would(orders, tmp_path):
    file = tmp_path / "answer"
    file.write_text("id,status\n1,open\n")
    orders.configure(
        {
            "sources": {"orders": {"url": "http://127.0.0.1:9/", "items": ".[]", "key": ".id"}},
            "sinks": {"out": {"type": "stdout"}},
        }
    )
    command = ("test", "-c", orders.file, "-f", file)
    told = orders.run(*command, "--content-type", "text/csv", "orders").stdout
    assert '"status": "open"' in told
    assert "--from-file" in orders.run(*command[:3], "-t", "a/b", "orders", code=USAGE).stderr
    assert "no source" in orders.run(*command, "none", code=USAGE).stderr


def test_a_series_is_rehearsed(orders, tmp_path):
    folder = tmp_path / "series"
    folder.mkdir()
    series = [
        answer(*range(10)),
        answer(*reversed(range(10)), seen=2),  # noise and order
        answer(*range(10), 10),
        '{"error": "quota"}',
        answer(1),  # which the guard does not believe
        answer(*range(10), 10).replace('"id": 3,', '"id": 3, "status": "paid",'),
    ]
    for number, text in enumerate(series):
        (folder / f"answer-{number + 8}.json").write_text(text)  # 10 comes after 9
    run = orders.run("rehearse", "-c", orders.file, "orders", folder)
    lines = [line.split() for line in run.stdout.splitlines()]
    assert [line[1] for line in lines if line[0].startswith("answer-")] == [
        "baseline",
        "unchanged",
        "changed",
        "failed",
        "held",
        "changed",
    ]
    assert ["item.created", "10"] in lines
    assert ["item.updated", "3", "/status"] in lines
    assert lines[-1][:2] == ["6", "answers:"]
    assert "2 events. 5 answers are not byte for byte" in run.stdout
    events = orders.run("rehearse", "-c", orders.file, "-f", "events", "orders", folder).stdout
    told = [json.loads(line) for line in events.splitlines()]
    assert [(event["type"], event["sequence"]) for event in told] == [
        ("item.created", 1),
        ("item.updated", 2),
    ]


def test_a_folder_without_answers_is_told(orders, tmp_path):
    command = ("rehearse", "-c", orders.file, "orders")
    assert "No such file" in orders.run(*command, tmp_path / "none", code=USAGE).stderr
    (tmp_path / "empty").mkdir()
    assert "holds no file" in orders.run(*command, tmp_path / "empty", code=USAGE).stderr
    (tmp_path / "empty" / "bad").write_text("{")
    orders.run(*command, tmp_path / "empty", code=NO)
