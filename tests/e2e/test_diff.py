"""`pollbridge diff`: what it prints is what other people's programs can apply."""

import json
import random
import subprocess

import jsonpatch
import pytest

EQUAL, DIFFERENT, TROUBLE = 0, 1, 2


@pytest.fixture
def files(tmp_path):
    def write(old, new):
        for name, content in (("old", old), ("new", new)):
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / "old", tmp_path / "new"

    return write


def random_value(chance, depth=0):
    kind = chance.randrange(8 if depth < 4 else 5)
    if kind < 5:
        return chance.choice([chance.randrange(5), True, "a", "ü/~", 1.5])
    if kind < 6:
        return [random_value(chance, depth + 1) for _ in range(chance.randrange(5))]
    return {chance.choice("abcdé"): random_value(chance, depth + 1) for _ in range(4)}


def apply_merge(target, patch):
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = apply_merge(target.get(name), value)
    return target


@pytest.mark.parametrize("seed", range(15))
def test_patches_of_random_documents_apply(bridge, files, seed):
    chance = random.Random(seed)
    old, new = {"root": random_value(chance)}, {"root": random_value(chance)}
    paths = files(old, new)
    code = EQUAL if old == new else DIFFERENT
    patch = json.loads(bridge.run("diff", "--format", "patch", *paths, code=code).stdout)
    assert jsonpatch.apply_patch(old, patch) == new
    tested = json.loads(bridge.run("diff", "-f", "patch", "--test", *paths, code=code).stdout)
    assert jsonpatch.apply_patch(old, tested) == new
    merge = json.loads(bridge.run("diff", "--format", "merge", *paths, code=code).stdout)
    assert apply_merge(old, merge) == new


@pytest.mark.parametrize("seed", range(10))
def test_unified_text_is_understood_by_patch(bridge, files, tmp_path, seed):
    chance = random.Random(seed)
    old = [f"line {chance.randrange(20)}" for _ in range(chance.randrange(60))]
    new = [line for line in old if chance.random() > 0.1]
    for _ in range(chance.randrange(5)):
        new.insert(chance.randrange(len(new) + 1), "new line")
    end = chance.choice(["", "\n"])
    texts = ["\n".join(lines) + end if lines else "" for lines in (old, new)]
    paths = files(*texts)
    code = EQUAL if texts[0] == texts[1] else DIFFERENT
    diff = tmp_path / "diff"
    diff.write_text(bridge.run("diff", "--format", "text", *paths, code=code).stdout + "\n")
    if code == DIFFERENT:
        subprocess.run(["patch", "-s", str(paths[0]), str(diff)], check=True)
    assert paths[0].read_text() == texts[1]


def test_a_tested_patch_refuses_another_document(bridge, files):
    paths = files({"a": ["x" * 50, 1], "pad": "y" * 200}, {"a": ["x" * 50, 2], "pad": "y" * 200})
    patch = json.loads(bridge.run("diff", "-f", "patch", "--test", *paths, code=DIFFERENT).stdout)
    assert [operation["op"] for operation in patch] == ["test", "replace"]
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        jsonpatch.apply_patch({"a": ["x", 3]}, patch)
    assert "--test" in bridge.run("diff", "--test", *paths, code=TROUBLE).stderr


def test_a_text_source_is_compared_by_lines(bridge, files):
    bridge.configure(
        {
            "sources": {"notes": {"url": "http://127.0.0.1:9/", "format": "text"}},
            "sinks": {"out": {"type": "stdout", "data": ["unified"]}},
        }
    )
    paths = files("one\ntwo\nthree\n", "one\n2\nthree\n")
    rules = ("-s", "notes", "-c", bridge.file)
    for how in ("changes", "text"):
        told = bridge.run("diff", "-f", how, *rules, *paths, code=DIFFERENT).stdout
        assert told.splitlines()[2:] == ["@@ -1,3 +1,3 @@", " one", "-two", "+2", " three"]


def test_order_and_spelling_are_no_difference(bridge, files):
    paths = files('{"a": 1, "b": [1.0, 1e0]}', '{"b":[1,1],\n "a":1.0}')
    assert bridge.run("diff", *paths, code=EQUAL).stdout == ""
    assert bridge.run("diff", "--format", "patch", *paths, code=EQUAL).stdout.strip() == "[]"


def test_a_null_that_merge_cannot_say_is_refused_with_its_place(bridge, files):
    run = bridge.run("diff", "-f", "merge", *files({"a": 1}, {"a": None}), code=TROUBLE)
    assert "/a is null" in run.stderr


def test_trouble_names_file_and_place(bridge, files, tmp_path):
    old, new = files("{}", '{"a": 1,\n "a": 2}')
    assert f"{new}:2:3" in bridge.run("diff", "-f", "patch", old, new, code=TROUBLE).stderr
    missing = tmp_path / "none"
    assert str(missing) in bridge.run("diff", old, missing, code=TROUBLE).stderr
    assert "--source" in bridge.run("diff", "-f", "events", old, new, code=TROUBLE).stderr
    assert "NEW is missing" in bridge.run("diff", old, code=TROUBLE).stderr


def test_under_the_rules_of_a_source(bridge, files):
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
            "sinks": {"out": {"type": "stdout"}},
        }
    )
    rules = ("-s", "orders", "-c", bridge.file)
    old = {"data": [{"id": 1, "s": "open", "seen": 1}, {"id": 2, "s": "paid"}, {"id": 3}]}
    new = {"data": [{"id": 2, "s": "paid"}, {"id": 1, "s": "paid", "seen": 2}, {"id": 4}]}
    paths = files(old, new)
    lines = bridge.run("diff", *rules, *paths, code=DIFFERENT).stdout.splitlines()
    assert lines == ["~ 1", '- /s  "open"', '+ /s  "paid"', '+ 4  {"id":4}', '- 3  {"id":3}']
    events = [
        json.loads(line)
        for line in bridge.run("diff", "-f", "events", *rules, *paths, code=DIFFERENT)
        .stdout.splitlines()
    ]
    assert [(event["type"], event["data"]["key"]) for event in events] == [
        ("item.updated", 1),
        ("item.created", 4),
        ("item.deleted", 3),
    ]
    quiet = files({"data": [{"id": 1, "seen": 1}]}, {"data": [{"id": 1, "seen": 2}]})
    assert bridge.run("diff", *rules, *quiet, code=EQUAL).stdout == ""
    shrunk = files({"data": [{"id": i} for i in range(10)]}, {"data": [{"id": 1}]})
    run = bridge.run("diff", "-f", "events", *rules, *shrunk, code=TROUBLE)
    assert "would be held" in run.stderr
