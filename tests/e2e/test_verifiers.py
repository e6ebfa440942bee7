"""Every preset of signatures before the libraries that receivers use: the first try and the retry,
characters of four bytes, integers of 20 digits, a mebibyte, rotation, and what was tampered with."""

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
    forged = headers[field][:-6] + "0" * 6
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
