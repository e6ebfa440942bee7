"""Every preset of signatures, ed25519 and CloudEvents before the libraries that receivers use: the
first try and the retry, characters of four bytes, integers of 20 digits, a mebibyte, rotation, and
what was tampered with."""

import base64

import pytest
from receiver import SECRET
from verifiers import Refused

HARD = {
    "text": "žluťoučký 🐎 \u0000 \"x\" \\ /",
    "n": 12345678901234567890,
    "below": -98765432109876543210,
    "long": "🌧" * (1 << 18),  # 1 MiB
}
PRESETS = {
    "standard": SECRET,
    "github": "a github secret of 32 characters",
    "stripe": "a stripe secret of 32 characters",
    "slack": "a slack secret of 32 characters.",
}
FIELDS = {
    "standard": "webhook-signature",
    "github": "x-hub-signature-256",
    "stripe": "stripe-signature",
    "slack": "x-slack-signature",
}
TIMES = {
    "standard": "webhook-timestamp",
    "slack": "x-slack-request-timestamp",
}
NEXT = {
    "standard": "whsec_" + base64.b64encode(b"the next key, 32 bytes long too.").decode(),
    "stripe": "the next stripe secret of 35 bytes..",
}


# Seeds and public keys of two signing keys of ed25519 (RFC 8032, section 7.1, tests 1 and 2).
SEEDS = (
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
)
PUBLIC = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
)


def key_text(prefix, key):
    return prefix + base64.b64encode(bytes.fromhex(key)).decode()


SIGNERS = [key_text("whsk_", seed) for seed in SEEDS]
PUBLIC_KEYS = [key_text("whpk_", key) for key in PUBLIC]


def refuse(verifiers, preset, secret, headers, body):
    with pytest.raises(Refused):
        verifiers.check(preset, secret, headers, body)


def judge(verifiers, preset, secret, delivery):
    """Takes what came, and nothing that differs from it."""
    headers, body = delivery.headers.as_dict(), delivery.body
    field = FIELDS[preset]
    verifiers.check(preset, secret, headers, body)
    refuse(verifiers, preset, secret, headers, body.replace(b"12345678901234567890", b"1" * 20))
    refuse(verifiers, preset, secret, headers, body[:-1] + b" }")
    refuse(verifiers, preset, secret[:-4] + "abc=", headers, body)
    forged = " ".join(one[:-6] + "0" * 6 for one in headers[field].split(" "))  # each of them
    refuse(verifiers, preset, secret, {**headers, field: forged}, body)
    if preset in TIMES:
        then = str(int(headers[TIMES[preset]]) - 1)
        refuse(verifiers, preset, secret, {**headers, TIMES[preset]: then}, body)
    if preset == "standard":
        refuse(verifiers, preset, secret, {**headers, "webhook-id": "evt_0"}, body)


def start(pair, preset, secret, script, **sink):
    pair.bridge.hide(*{secret, *(text for key, text in sink.items() if "secret" in key)})
    pair.receiver.hook("/hook", secret=secret, signature=preset, script=script)
    sink = {"signature": preset, "secret": secret, "retry": {"schedule": "100ms"}, **sink}
    pair.configure({"n": 0}, interval="1s", sink=sink)
    pair.start()
    pair.thing.set(HARD)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_first_try_and_the_retry(pair, verifiers, preset):
    start(pair, preset, PRESETS[preset], [500])
    first, retry = pair.receiver.wait(2)
    assert (first.attempt, retry.attempt) == (1, 2)
    assert first.id == retry.id and first.body == retry.body and len(first.body) > 1 << 20
    assert first.data["after"] == HARD
    for delivery in (first, retry):
        judge(verifiers, preset, PRESETS[preset], delivery)


@pytest.mark.parametrize("preset", sorted(NEXT))
def test_both_secrets_are_good_while_they_overlap(pair, verifiers, preset):
    old, new = PRESETS[preset], NEXT[preset]
    start(pair, preset, new, [], previous_secret=old)
    (delivery,) = pair.receiver.wait(1)
    for secret in (old, new):
        verifiers.check(preset, secret, delivery.headers.as_dict(), delivery.body)
        refuse(verifiers, preset, secret, delivery.headers.as_dict(), delivery.body + b" ")


def judge_ed25519(verifiers, public_key, delivery):
    headers, body = delivery.headers.as_dict(), delivery.body
    verifiers.check("ed25519", public_key, headers, body)
    refuse(verifiers, "ed25519", public_key, headers, body.replace(b"12345678901234567890", b"1" * 20))
    refuse(verifiers, "ed25519", public_key, headers, body[:-1] + b" }")
    refuse(verifiers, "ed25519", key_text("whpk_", "00" * 32), headers, body)
    then = str(int(headers["webhook-timestamp"]) - 1)
    refuse(verifiers, "ed25519", public_key, {**headers, "webhook-timestamp": then}, body)
    refuse(verifiers, "ed25519", public_key, {**headers, "webhook-id": "evt_0"}, body)
    forged = [one[:9] + "AAAAAA" + one[15:] for one in headers["webhook-signature"].split(" ")]
    tampered = {**headers, "webhook-signature": " ".join(forged)}
    refuse(verifiers, "ed25519", public_key, tampered, body)


def test_ed25519_signs_the_first_try_and_the_retry(pair, verifiers):
    pair.bridge.hide(SIGNERS[0])
    start(pair, "standard", SECRET, [500], signing_key=SIGNERS[0])
    first, retry = pair.receiver.wait(2)
    assert first.id == retry.id and first.body == retry.body and len(first.body) > 1 << 20
    for delivery in (first, retry):
        judge(verifiers, "standard", SECRET, delivery)
        judge_ed25519(verifiers, PUBLIC_KEYS[0], delivery)


def test_both_signing_keys_are_good_while_they_overlap(pair, verifiers):
    pair.bridge.hide(*SIGNERS)
    start(
        pair,
        "standard",
        SECRET,
        [500],
        signing_key=SIGNERS[1],
        previous_signing_key=SIGNERS[0],
    )
    for delivery in pair.receiver.wait(2):
        for public_key in PUBLIC_KEYS:
            judge_ed25519(verifiers, public_key, delivery)


@pytest.mark.parametrize("form", ["cloudevents", "cloudevents-binary"])
def test_cloudevents_are_signed_as_they_are_sent(pair, verifiers, form):
    """The retry is the same event, both secrets and the signing key are good for it."""
    new = NEXT["standard"]
    pair.bridge.hide(SIGNERS[0], SECRET)
    start(
        pair, "standard", new, [500], previous_secret=SECRET, signing_key=SIGNERS[0], format=form
    )
    first, retry = pair.receiver.wait(2)
    assert first.id == retry.id and first.body == retry.body and len(first.body) > 1 << 20
    for delivery in (first, retry):
        event = verifiers.check("cloudevents", None, delivery.headers.as_dict(), delivery.body)
        assert event["id"] == delivery.id and event["type"] == "document.changed"
        assert event["data"]["after"]["text"] == HARD["text"]
        for secret in (SECRET, new):
            judge(verifiers, "standard", secret, delivery)
        judge_ed25519(verifiers, PUBLIC_KEYS[0], delivery)
    headers, body = first.headers.as_dict(), first.body
    if form == "cloudevents-binary":  # what no signature covers is at least no event any more
        fewer = {name: value for name, value in headers.items() if name != "ce-type"}
        refuse(verifiers, "cloudevents", None, fewer, body)
    else:
        refuse(verifiers, "cloudevents", None, headers, body.replace(b'"type"', b'"tipe"', 1))
