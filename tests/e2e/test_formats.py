"""What receivers read of the formats and of asymmetric signatures, by public libraries."""

import base64
import json

import pytest
from receiver import SECRET
from verifiers import Refused

# The published key of Standard Webhooks' example: seed and public key.
KEY = base64.b64decode(
    "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
SIGNING_KEY = "whsk_" + base64.b64encode(KEY[:32]).decode()
PUBLIC_KEY = "whpk_" + base64.b64encode(KEY[32:]).decode()
HARD = {"id": "Größe 1", "text": "🌧 \u0000 \"x\"", "n": 12345678901234567890, "long": "ö" * (1 << 19)}


def change(pair, after, **sink):
    """One item.created for `after`."""
    pair.configure({"data": []}, items=".data[]", key=".id", sink=sink)
    pair.bridge.once()
    pair.thing.set({"data": [after]})
    pair.bridge.once()
    return pair.receiver.wait(1)[0]


def test_ed25519_signs_beside_hmac(pair, verifiers):
    """1 MiB, characters of 4 bytes and 20 digits; what was tampered with is refused."""
    pair.bridge.hide(SIGNING_KEY)
    pair.receiver.hook("/hook")
    delivery = change(pair, HARD, signing_key=SIGNING_KEY)
    headers = delivery.headers.as_dict()
    assert [s[: s.index(",")] for s in headers["webhook-signature"].split(" ")] == ["v1", "v1a"]
    verifiers.check("standard", SECRET, headers, delivery.body)
    verifiers.check("ed25519", PUBLIC_KEY, headers, delivery.body)
    with pytest.raises(Refused):
        verifiers.check("ed25519", PUBLIC_KEY, headers, delivery.body.replace(b"item", b"ITEM"))
    with pytest.raises(Refused):
        tampered = {**headers, "webhook-id": "evt_0"}
        verifiers.check("ed25519", PUBLIC_KEY, tampered, delivery.body)


def test_a_cloudevent_in_one_body(pair, verifiers):
    pair.receiver.hook("/hook")
    delivery = change(pair, HARD, format="cloudevents")
    assert delivery.headers["content-type"] == "application/cloudevents+json"
    event = verifiers.check("cloudevents", None, delivery.headers.as_dict(), delivery.body)
    assert event["id"] == delivery.id
    assert (event["source"], event["type"]) == ("thing", "item.created")
    assert event["subject"] == event["partitionkey"] == "Größe 1"
    assert event["sequence"] == "0" * 19 + "1"
    assert event["data"]["after"]["text"] == HARD["text"]
    assert json.loads(delivery.body)["data"]["after"] == HARD  # digits and all


def test_a_cloudevent_with_its_attributes_in_fields(pair, verifiers):
    pair.receiver.hook("/hook")
    delivery = change(pair, {"id": 4711, "n": 1}, format="cloudevents-binary")
    event = verifiers.check("cloudevents", None, delivery.headers.as_dict(), delivery.body)
    assert event["id"] == delivery.id
    assert (event["source"], event["type"]) == ("thing", "item.created")
    assert event["subject"] == event["partitionkey"] == "4711"
    assert event["sequence"] == "0" * 19 + "1"
    assert event["data"] == json.loads(delivery.body)
    assert event["data"]["after"] == {"id": 4711, "n": 1}


def test_data_carries_what_was_asked_for(pair):
    pair.receiver.hook("/hook")
    change(pair, {"id": 1, "n": 1, "gone": 1, "m": {"x": 1}}, data=["key", "merge"])
    pair.thing.set({"data": [{"id": 1, "n": 2, "m": {"x": 1, "y": [None]}}]})
    pair.bridge.once()
    pair.thing.set({"data": [{"id": 1, "n": None, "m": {"x": 1, "y": [None]}}]})
    pair.bridge.once()
    created, updated, ambiguous = (d.data for d in pair.receiver.wait(3))
    assert created == {"key": 1, "merge": {"id": 1, "n": 1, "gone": 1, "m": {"x": 1}}}
    assert updated == {"key": 1, "merge": {"gone": None, "n": 2, "m": {"y": [None]}}}
    assert "merge" not in ambiguous and "/n is null" in ambiguous["merge_refused"]
    assert ambiguous["patch"] == [{"op": "replace", "path": "/n", "value": None}]
