"""What counts as a change, how it is told, and which answers are not believed."""

import json

import jsonpatch
import pytest
from fake_server import Answer

HTML = Answer.text("<!doctype html><h1>Log in</h1>", "text/html")


def order(key, **fields):
    return {"id": key, "status": "open", **fields}


def orders(*items):
    return {"data": list(items)}


@pytest.fixture
def collection(pair):
    def configure(value, **source):
        pair.configure(value, items=".data[]", key=".id", **source)
        pair.bridge.once()
        return pair

    return configure


@pytest.fixture
def document(pair):
    def configure(value, **source):
        pair.configure(value, **source)
        pair.bridge.once()
        return pair

    return configure


# ---- documents ----


def test_the_first_run_is_a_silent_baseline(document):
    pair = document({"n": 1})
    (delivery,) = pair.change({"n": 2}, ["document.changed"])
    assert delivery.sequence == 1
    assert "previous_id" not in delivery.json or delivery.json["previous_id"] is None


def test_the_envelope(document):
    pair = document({"n": 1})
    (first,) = pair.change({"n": 2})
    (second,) = pair.change({"n": 3})
    body = second.json
    assert body["id"] == second.id
    assert body["type"] == second.type == "document.changed"
    assert body["source"] == "thing"
    assert body["sequence"] == 2
    assert body["previous_id"] == first.id
    assert body["timestamp"].endswith("Z")
    assert set(body["data"]) == {"changes", "patch", "before", "after"}


@pytest.mark.parametrize(
    "before, after",
    [
        ({"a": 1, "b": [1, 2, 3]}, {"b": [0, 1, 2, 3], "c": None}),
        ({"a/b": {"~": 1}, "": 2}, {"a/b": {"~": 2}, "": [2]}),
        ({"l": [{"x": 1}, {"x": 2}, {"x": 3}]}, {"l": [{"x": 2}, {"x": 3, "y": 1}, {"x": 9}]}),
        ({"ü": "Größe", "emoji": "🌧"}, {"ü": "größe", "emoji": "🌞\u0000"}),
        ([], {"now": "an object"}),
        ({"deep": {"er": {"still": [[1], [2]]}}}, {"deep": {"er": {"still": [[2], [1], []]}}}),
    ],
    ids=["members", "pointers", "lists", "unicode", "type", "nested"],
)
def test_the_patch_turns_before_into_after(document, before, after):
    pair = document(before)
    (delivery,) = pair.change(after, ["document.changed"])
    assert delivery.data["before"] == before
    assert delivery.data["after"] == after
    assert jsonpatch.apply_patch(before, delivery.data["patch"]) == after


def test_integers_keep_every_digit(document):
    pair = document(b'{"id":12345678901234567890,"n":1}')
    (delivery,) = pair.change(b'{"id":12345678901234567891,"n":1}', ["document.changed"])
    assert delivery.data["changes"] == [
        {"path": "/id", "old": 12345678901234567890, "new": 12345678901234567891}
    ]
    assert b"12345678901234567891" in delivery.body


def test_spelling_is_no_change(document):
    pair = document(b'{"a":1,"b":[1.0,"x"],"c":100}')
    pair.change(b' { "c":1e2, "b" : [ 1, "\\u0078" ] ,"a":1.0 }', [])
    (delivery,) = pair.change({"a": 2, "b": [1, "x"], "c": 100}, ["document.changed"])
    assert delivery.sequence == 1


def test_what_is_ignored_neither_fires_nor_shows_among_the_changes(document):
    pair = document(
        {"v": 1, "at": 1, "l": [{"at": 1, "n": 1}]}, ignore=[".at", ".l[].at"]
    )
    pair.change({"v": 1, "at": 2, "l": [{"at": 2, "n": 1}]}, [])
    (delivery,) = pair.change({"v": 2, "at": 3, "l": [{"at": 3, "n": 1}]}, ["document.changed"])
    assert delivery.data["changes"] == [{"path": "/v", "old": 1, "new": 2}]
    assert (
        jsonpatch.apply_patch(delivery.data["before"], delivery.data["patch"])
        == delivery.data["after"]
    )


def test_select_narrows_the_document(document):
    pair = document({"current": {"t": 1}, "noise": 1}, select=".current")
    pair.change({"current": {"t": 1}, "noise": 2}, [])
    (delivery,) = pair.change({"current": {"t": 2}, "noise": 3}, ["document.changed"])
    assert delivery.data["after"] == {"t": 2}


def test_a_selector_may_be_a_jq_program(document):
    pair = document({"l": [{"n": 3}, {"n": 1}]}, select="[.l[].n] | sort")
    pair.change({"l": [{"n": 1}, {"n": 3}]}, [])
    (delivery,) = pair.change({"l": [{"n": 1}, {"n": 4}]}, ["document.changed"])
    assert delivery.data["after"] == [1, 4]


def test_first_run_snapshot_tells_the_first_document(pair):
    pair.configure({"n": 1}, first_run="snapshot")
    (delivery,) = pair.change({"n": 1}, ["document.changed"])
    assert delivery.data["before"] is None
    assert delivery.data["after"] == {"n": 1}


# ---- collections ----


def test_items_are_created_updated_and_deleted(collection):
    pair = collection(orders(order("a"), order("b"), order("c")))
    deliveries = pair.change(orders(order("d"), order("c"), order("b", status="paid")))
    told = {(d.type, d.data["key"]): d for d in deliveries}
    assert set(told) == {("item.created", "d"), ("item.updated", "b"), ("item.deleted", "a")}
    assert sorted(d.sequence for d in deliveries) == [1, 2, 3]
    updated = told["item.updated", "b"].data
    assert updated["changes"] == [{"path": "/status", "old": "open", "new": "paid"}]
    assert jsonpatch.apply_patch(updated["before"], updated["patch"]) == updated["after"]
    assert told["item.created", "d"].data["before"] is None
    assert told["item.created", "d"].data["after"] == order("d")
    assert told["item.deleted", "a"].data["after"] is None
    assert told["item.deleted", "a"].data["before"] == order("a")


def test_the_order_of_items_is_no_change(collection):
    pair = collection(orders(order("a"), order("b"), order("c")))
    pair.change(orders(order("c"), order("a"), order("b")), [])


def test_keys_of_several_members_and_of_many_digits(pair):
    first = b'{"data":[{"shop":1,"no":12345678901234567890,"s":1},{"shop":2,"no":7,"s":1}]}'
    pair.configure(first, items=".data[]", key=[".shop", ".no"])
    pair.bridge.once()
    (delivery,) = pair.change(first.replace(b'90,"s":1', b'90,"s":2'), ["item.updated"])
    assert delivery.data["key"] == [1, 12345678901234567890]


def test_digits_names_and_characters_arrive_as_they_were_sent(pair):
    before = (
        '{"big":12345678901234567890,"long":123456789012345678901234567890,"price":1.50,'
        '"tiny":1E-400,"zero":-0,"":0,"a/b":{"m~n":"e\u0301"},"paint":"\U0001f3a8"}'
    )
    pair.configure(before.encode())
    pair.bridge.once()
    after = (
        before.replace("67890,", "67891,", 1)
        .replace("567890,", "567891,")
        .replace("1.50", "1.5000000000000000001")
        .replace("-400", "-401")
        .replace('"":0', '"":1')
        .replace("e\u0301", "\u00e9")
    )
    (delivery,) = pair.change(after.encode(), ["document.changed"])
    body = delivery.body.decode()
    for change in (
        '{"path":"/big","old":12345678901234567890,"new":12345678901234567891}',
        '{"path":"/long","old":123456789012345678901234567890,"new":123456789012345678901234567891}',
        '{"path":"/price","old":1.50,"new":1.5000000000000000001}',
        '{"path":"/tiny","old":1E-400,"new":1E-401}',
        '{"path":"/","old":0,"new":1}',
        '{"path":"/a~1b/m~0n","old":"e\u0301","new":"\u00e9"}',
    ):
        assert change in body, body
    assert len(delivery.data["changes"]) == 6
    assert body.count('"zero":-0,') == body.count("\U0001f3a8") >= 2  # before and after


def test_first_run_items_tells_every_item(pair):
    pair.configure(orders(order("a"), order("b")), items=".data[]", key=".id", first_run="items")
    deliveries = pair.change(orders(order("a"), order("b")), ["item.created", "item.created"])
    assert sorted(d.data["key"] for d in deliveries) == ["a", "b"]


@pytest.mark.parametrize(
    "bad, code",
    [
        (orders(order("a"), {"status": "open"}), "key_missing"),
        (orders(order("a"), order("a")), "key_duplicate"),
        ({"items": []}, "selector_found_nothing"),
        ({"data": 5}, "selector_failed"),
    ],
    ids=["missing", "duplicate", "nothing", "wrong type"],
)
def test_a_collection_that_cannot_be_keyed_is_a_failed_answer(collection, bad, code):
    pair = collection(orders(order("a"), order("b")))
    pair.thing.set(bad)
    assert code in failure(pair)
    (delivery,) = pair.change(orders(order("a"), order("b", status="paid")), ["item.updated"])
    assert delivery.data["key"] == "b"


# ---- bad answers ----


def failure(pair):
    """One run that fails: what it says."""
    before = len(pair.receiver.deliveries)
    stdout = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1).stdout
    pair.bridge.once(code=1)
    assert len(pair.receiver.deliveries) == before
    return stdout


@pytest.mark.parametrize(
    "answer, code",
    [
        (HTML, "content_type"),
        (Answer.json({"error": "quota exceeded"}), "selector_found_nothing"),
        (Answer.json({"state": {"n": 9}}, 404), "http_status"),
        (Answer(200, b'{"state": {"n": 9', {"content-type": "application/json"}), "json"),
        (Answer(200, b"", {"content-type": "application/json"}), "empty"),
        (Answer(200, b'{"state":{"n":1,"n":9}}', {"content-type": "application/json"}), "json"),
        (Answer(200, b'{"state":{"n":NaN}}', {"content-type": "application/json"}), "json"),
        (Answer(200, b'{"state":{"n":"\xff"}}', {"content-type": "application/json"}), "json"),
        (
            Answer(
                200,
                b'{"state":' + b"[" * 100 + b"]" * 100 + b"}",
                {"content-type": "application/json"},
            ),
            "json",
        ),
        (Answer(204), "empty"),
    ],
    ids=["html", "error at 200", "404", "cut", "empty", "duplicate", "NaN", "UTF-8", "deep", "204"],
)
def test_a_bad_answer_never_becomes_the_base(document, answer, code):
    pair = document({"state": {"n": 1}}, select=".state", ok_status=["200-299"])
    pair.thing.always(answer)
    assert code in failure(pair)
    pair.thing.always(None)
    (delivery,) = pair.change({"state": {"n": 2}}, ["document.changed"])
    assert (delivery.data["before"], delivery.data["after"]) == ({"n": 1}, {"n": 2})


def test_an_answer_that_ends_early_never_becomes_the_base(document):
    pair = document({"n": 1})
    body = json.dumps({"n": 2}).encode()
    cut = Answer(200, body, {"content-type": "application/json"}, cut_after=4)
    pair.thing.always(cut)
    failure(pair)
    pair.thing.always(None)
    (delivery,) = pair.change({"n": 3}, ["document.changed"])
    assert delivery.data["before"] == {"n": 1}


def test_a_list_that_lost_most_of_its_items_is_held(pair):
    full = orders(*(order(key) for key in "abcdefghij"))
    pair.configure(full, items=".data[]", key=".id")
    pair.start()
    pair.thing.set(orders(order("a"), order("b")))
    (held,) = pair.receiver.wait(1)
    assert held.type == "source.held"
    assert held.data["code"] == "max_removed"
    pair.upstream.wait_for_more_polls("/thing", 2)  # still so: told once
    better = orders(*(order(key) for key in "abcdefghi"), order("k"))
    pair.thing.set(better)
    created, deleted = sorted(pair.receiver.wait(3)[1:], key=lambda d: d.type)
    assert (created.type, created.data["key"]) == ("item.created", "k")
    assert (deleted.type, deleted.data["key"]) == ("item.deleted", "j")
    assert [held.sequence, *sorted((created.sequence, deleted.sequence))] == [1, 2, 3]


def test_a_short_list_is_asked_for_again_before_it_is_held(pair):
    full = orders(*(order(key) for key in "abcdefghij"))
    pair.configure(full, items=".data[]", key=".id")
    pair.start()
    pair.thing.script(Answer.json(orders(order("a"))))  # one bad answer, then the truth again
    pair.upstream.wait_for_more_polls("/thing", 2)
    pair.thing.set(orders(*(order(key) for key in "abcdefghij"), order("k")))
    (delivery,) = pair.receiver.wait(1)
    assert (delivery.type, delivery.sequence) == ("item.created", 1)


def test_the_share_that_may_go_is_configured(collection):
    pair = collection(orders(*map(order, "abcd")), guard={"max_removed": "100%"})
    pair.change(orders(), ["item.deleted"] * 4)
