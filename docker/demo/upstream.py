"""A weather API as most are: it answers when it is asked, and tells nobody anything by itself.

GET /v1/location?city=NAME answers the weather of a city. It drifts every few seconds; between two
changes the ETag stays, so that a polite poll is answered with 304.
"""

import hashlib
import json
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PORT = 8000
CHANGE_EVERY_S = 5
CONDITIONS = ["sunny", "partly cloudy", "cloudy", "light rain"]


def weather(city, now):
    """The weather of a city at a time: the same for whoever asks, different every few seconds."""
    step = int(now) // CHANGE_EVERY_S
    dice = hashlib.sha256(f"{city}/{step}".encode()).digest()
    return {
        "city": city,
        "temperature_c": round(18 + dice[0] / 32, 1),
        "condition": CONDITIONS[dice[1] % len(CONDITIONS)],
    }


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "weather-demo"

    def do_GET(self):
        url = urlsplit(self.path)
        city = parse_qs(url.query).get("city", [""])[0]
        if url.path == "/healthz":
            self.answer(200, {"ok": True})
        elif url.path == "/v1/location" and city:
            self.answer(200, weather(city, time.time()))
        else:
            self.answer(404, {"error": "ask for /v1/location?city=NAME"})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        if status == 200 and self.headers.get("if-none-match") == etag:
            status, body = 304, b""
        self.send_response(status)
        self.send_header("etag", etag)
        if status != 304:
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # the bridge tells what it asked; twice would be noise


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"upstream: the weather changes every {CHANGE_EVERY_S} seconds", flush=True)
    ThreadingHTTPServer(("", PORT), Api).serve_forever()
