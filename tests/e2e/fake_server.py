"""What the fakes have in common: a threaded HTTP server on a free port that keeps every request."""

import dataclasses
import http.server
import json
import ssl
import threading
import time
import urllib.parse

from waiting import Journal


class Fields:
    """Header fields in the order they came; names are compared without case."""

    def __init__(self, pairs):
        self.pairs = list(pairs)

    def get(self, name, default=None):
        for key, value in self.pairs:
            if key.lower() == name.lower():
                return value
        return default

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(f"no header field {name} in {self.pairs}")
        return value

    def __contains__(self, name):
        return self.get(name) is not None

    def names(self):
        return {key.lower() for key, _ in self.pairs}

    def as_dict(self):
        return {key.lower(): value for key, value in self.pairs}


@dataclasses.dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: Fields
    body: bytes
    connection: tuple
    at: float = dataclasses.field(default_factory=time.monotonic)

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.method} {self.path} {self.headers.as_dict()} {self.body[:200]!r}>"


@dataclasses.dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)  # a list is sent as several fields
    cut_after: int = -1  # bytes of the body after which the connection is closed
    drip: float = 0  # seconds before each byte of the body

    @staticmethod
    def json(value, status=200, **headers):
        fields = {name.replace("_", "-"): text for name, text in headers.items()}
        fields.setdefault("content-type", "application/json")
        return Answer(status, json.dumps(value).encode(), fields)

    @staticmethod
    def text(body, content_type, status=200):
        return Answer(status, body.encode(), {"content-type": content_type})


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self):
        split = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        request = Request(
            method=self.command,
            path=split.path,
            query=dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True)),
            headers=Fields(self.headers.items()),
            body=self.rfile.read(length) if length else b"",
            connection=self.client_address,
        )
        answer = self.server.fake.serve(request)
        if answer is None:  # hang up without a word
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer):
        self.send_response(answer.status)
        for name, values in answer.headers.items():
            for value in values if isinstance(values, list) else [values]:
                self.send_header(name, value)
        if answer.status not in (204, 304) and "content-length" not in {
            name.lower() for name in answer.headers
        }:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if answer.status in (204, 304):
            return
        if answer.cut_after >= 0:
            self.wfile.write(answer.body[: answer.cut_after])
            self.close_connection = True
            return
        for i in range(len(answer.body) if answer.drip else 0):
            time.sleep(answer.drip)
            self.wfile.write(answer.body[i : i + 1])
        if not answer.drip:
            self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass  # the other side went away: a kill, a size limit, a refused certificate

    def log_message(self, format, *args):  # noqa: A002 (the base's name)
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    tls = None  # the handshake belongs to the connection's own thread

    def get_request(self):
        connection, address = self.socket.accept()
        if self.tls:
            connection.settimeout(20)
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def handle_error(self, request, client_address):
        self.fake.unexpected.append(f"the fake itself failed for {client_address}")
        super().handle_error(request, client_address)


class FakeServer:
    """Keeps every request; a request that nobody foresaw fails the test at its end."""

    def __init__(self, tls_files=None, address="127.0.0.1"):
        self.requests = Journal()
        self.unexpected = []
        self.front = None  # a Front that stands before it, see conftest.py
        self._server = _Server((address, 0), _Handler)
        self._server.fake = self
        self.port = self._server.server_address[1]
        if tls_files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls_files)
            self._server.tls = context
        self.scheme = "https" if tls_files else "http"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def host(self):
        return f"127.0.0.1:{self.front.port if self.front else self.port}"

    @property
    def url(self):
        return f"{'https' if self.front else self.scheme}://{self.host}"

    def serve(self, request):
        self.requests.append(request)
        answer = self.answer(request)
        if answer is NotImplemented:
            self.unexpected.append(f"unexpected request {request!r}")
            return Answer.json({"error": "the test did not expect this"}, 404)
        return answer

    def answer(self, request):
        """An Answer, None to hang up, NotImplemented for what nobody foresaw."""
        return NotImplemented

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def check(self):
        assert not self.unexpected, "\n".join(self.unexpected)
