"""A fake of a subscriber: keeps every delivery, verifies its signature, answers as scripted."""

import base64
import hashlib
import hmac
import json
import threading
import time

from fake_server import Answer, FakeServer
from waiting import Journal

SECRET = "whsec_" + base64.b64encode(b"an example key, 32 bytes long ..").decode()
TOLERANCE_S = 300


def verify_standard(secret, headers, body):
    """Standard Webhooks 1.0.0, written from its text alone."""
    assert secret.startswith("whsec_")
    key = base64.b64decode(secret[len("whsec_") :], validate=True)
    timestamp = headers["webhook-timestamp"]
    assert abs(time.time() - int(timestamp)) < TOLERANCE_S, f"timestamp {timestamp} is not now"
    signed = headers["webhook-id"].encode() + b"." + timestamp.encode() + b"." + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    assert any(
        version == "v1" and hmac.compare_digest(text, wanted) for version, text in given
    ), f"no valid v1 signature in {headers['webhook-signature']}"


def verify_github(secret, headers, body):
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = headers["x-hub-signature-256"]
    assert hmac.compare_digest(given, wanted), f"invalid X-Hub-Signature-256 {given}"


def verify_stripe(secret, headers, body):
    parts = [part.split("=", 1) for part in headers["stripe-signature"].split(",")]
    timestamp = dict(parts)["t"]
    assert abs(time.time() - int(timestamp)) < TOLERANCE_S
    signed = timestamp.encode() + b"." + body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert ["v1", wanted] in parts, "invalid Stripe-Signature"


def verify_slack(secret, headers, body):
    timestamp = headers["x-slack-request-timestamp"]
    assert abs(time.time() - int(timestamp)) < TOLERANCE_S
    signed = b"v0:" + timestamp.encode() + b":" + body
    wanted = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["x-slack-signature"], wanted), "invalid X-Slack-Signature"


def verify_none(secret, headers, body):
    names = headers.names()
    assert "webhook-signature" not in names and "x-hub-signature-256" not in names


VERIFY = {
    "standard": verify_standard,
    "github": verify_github,
    "stripe": verify_stripe,
    "slack": verify_slack,
    "none": verify_none,
}


class Delivery:
    def __init__(self, request, status):
        self.path = request.path
        self.method = request.method
        self.headers = request.headers
        self.body = request.body
        self.at = request.at
        self.status = status  # what it was answered with

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def type(self):
        return self.headers["webhook-event-type"]

    @property
    def attempt(self):
        return int(self.headers["webhook-attempt"])

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def data(self):
        return self.json["data"]

    @property
    def sequence(self):
        return self.json["sequence"]

    def __repr__(self):
        return f"<{self.path} {self.headers.as_dict()} {self.body[:300]!r} -> {self.status}>"


class Hook:
    def __init__(self, secret, signature, script, then):
        self.secret = secret
        self.verify = VERIFY[signature]
        self.script = list(script)
        self.then = then
        self.pick = None  # answers by the request instead of by the script
        self.gate = threading.Event()  # closed: answers wait
        self.gate.set()


class Receiver(FakeServer):
    def __init__(self, tls_files=None):
        super().__init__(tls_files)
        self._hooks = {}
        self._lock = threading.Lock()
        self.deliveries = Journal()

    def hook(self, path="/hook", secret=SECRET, signature="standard", script=(), then=None):
        """Takes deliveries at a path. `script`: answers (status or Answer) of the first attempts,
        204 afterwards. `then(delivery)` runs before a 2xx answer."""
        hook = Hook(secret, signature, script, then)
        self._hooks[path] = hook
        return hook

    def answer(self, request):
        hook = self._hooks.get(request.path)
        if not hook:
            return NotImplemented
        try:
            hook.verify(hook.secret, request.headers, request.body)
        except (AssertionError, KeyError, ValueError) as fault:
            self.unexpected.append(f"{request!r}: {fault}")
            return Answer.json({"error": "signature"}, 401)
        hook.gate.wait()
        if hook.pick:
            answer = hook.pick(request)
        else:
            with self._lock:
                answer = hook.script.pop(0) if hook.script else 204
        if not isinstance(answer, Answer):
            answer = Answer(answer)
        delivery = Delivery(request, answer.status)
        if hook.then and answer.status < 300:
            hook.then(delivery)
        self.deliveries.append(delivery)
        return answer

    def wait(self, count=1, path=None, type=None):  # noqa: A002 (the event's word)
        """Waits until `count` deliveries (attempts) of that kind came in all; returns them."""

        def match(delivery):
            return (path is None or delivery.path == path) and (
                type is None or delivery.type == type
            )

        return self.deliveries.wait_for(match, count, f"deliveries of {path or type or 'any'}")

    def taken(self, path=None):
        """Deliveries that were answered with 2xx so far."""
        return [
            delivery
            for delivery in self.deliveries.all()
            if delivery.status < 300 and (path is None or delivery.path == path)
        ]
