"""A subscriber: takes webhooks, verifies each as Standard Webhooks says, and prints what it heard.

This is all a receiver has to do: take the raw body, check the signature before anything else, and
remember the id, because a delivery whose answer was lost comes again under the same one.
"""

import base64
import hmac
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8000
TOLERANCE_S = 300  # an older one may have been recorded and sent again by somebody else
LARGEST = 16 << 20
KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))

seen = set()


def is_genuine(headers, body):
    """Whether the sender knows the secret, and the message is of now."""
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_S:
        return False
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    wanted = base64.b64encode(hmac.digest(KEY, signed, "sha256")).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(f"v1,{wanted}".encode(), text.encode()) for text in given)


def describe(event):
    changes = [
        f"{change['path']} {json.dumps(change.get('old'))} -> {json.dumps(change.get('new'))}"
        for change in event.get("data", {}).get("changes", [])
    ]
    return " · ".join([event["source"], event["type"], *changes])


class Hook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "receiver-demo"

    def do_GET(self):
        self.answer(200 if self.path == "/healthz" else 404)

    def do_POST(self):
        length = int(self.headers.get("content-length", -1))
        if not 0 <= length <= LARGEST:
            self.close_connection = True
            self.answer(411 if length < 0 else 413)
            return
        body = self.rfile.read(length)
        if not is_genuine(self.headers, body):
            print("refused: not signed with the secret we share", flush=True)
            self.answer(401)
            return
        event_id = self.headers["webhook-id"]
        word = "repeated" if event_id in seen else "verified"
        print(f"{word}: {describe(json.loads(body))}", flush=True)
        seen.add(event_id)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass  # every webhook has its own line


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("receiver: waiting for webhooks", flush=True)
    ThreadingHTTPServer(("", PORT), Hook).serve_forever()
