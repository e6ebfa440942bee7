"""Receivers that mean harm, or are merely broken: each has its verdict, and none costs memory."""

import contextlib
import gzip
import re
import socket
import sqlite3
import ssl
import struct
import subprocess
import threading
import time

import pytest
from waiting import PATIENCE

SECRET = "a hostile secret of 32 letters .."
CHUNK = b"x" * (1 << 16)
OK = b"HTTP/1.1 200 OK\r\n"


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE).group(1))
    while len(body) < length:
        body += connection.recv(65536)


def hang_before_headers(connection, stop):
    stop.wait(60)


def hang_mid_body(connection, stop):
    connection.sendall(OK + b"Content-Length: 100\r\n\r\n0123456789")
    stop.wait(60)


def drip(connection, stop):
    connection.sendall(OK + b"Content-Length: 100000\r\n\r\n")
    while not stop.wait(0.05):
        connection.sendall(b"x")


def drip_headers(connection, stop):
    connection.sendall(OK)
    while not stop.wait(0.05):
        connection.sendall(b"x-drip: 1\r\n")


def endless_body(connection, stop):
    connection.sendall(OK + b"Content-Length: 1073741824\r\n\r\n")
    for _ in range((1 << 30) // len(CHUNK)):
        connection.sendall(CHUNK)


def gzip_bomb(connection, stop):
    bomb = gzip.compress(bytes(1 << 24))
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    connection.sendall(OK + head.encode() + bomb)


def many_headers(connection, stop):
    connection.sendall(OK + b"".join(b"x-%d: yes\r\n" % i for i in range(100000)))
    connection.sendall(b"Content-Length: 0\r\n\r\n")


def long_header(connection, stop):
    connection.sendall(OK + b"x-long: " + CHUNK * 32 + b"\r\nContent-Length: 0\r\n\r\n")


def latin_header(connection, stop):
    connection.sendall(OK + b"x-name: Gr\xf6\xdfe\x01\r\nContent-Length: 0\r\n\r\n")


def flood_of_1xx(connection, stop):
    while not stop.is_set():
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n" * 100)


def reset(connection, stop):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def not_http(connection, stop):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def close_without_a_word(connection, stop):
    pass


def redirect_to_itself(connection, stop):
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /hook\r\nContent-Length: 0\r\n\r\n")


def redirect_to_metadata(connection, stop):
    connection.sendall(
        b"HTTP/1.1 307 Moved\r\nLocation: http://169.254.169.254/latest/meta-data/\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


def status_of_nonsense(connection, stop):
    connection.sendall(b"HTTP/1.1 999 Whatever\r\nContent-Length: 0\r\n\r\n")


def absurd_retry_after(connection, stop):
    connection.sendall(
        b"HTTP/1.1 429 Slow\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n"
    )


PENDING, RETRYING, HELD, DELIVERED, FAILED = range(5)
# behaviour: state after the first attempt, status, error code
TABLE = {
    hang_before_headers: (RETRYING, 0, "timeout_total"),
    hang_mid_body: (RETRYING, None, "timeout_total"),
    drip: (RETRYING, None, "timeout_total"),
    drip_headers: (RETRYING, None, "timeout_total"),
    endless_body: (DELIVERED, 200, None),
    gzip_bomb: (DELIVERED, 200, None),
    many_headers: (RETRYING, None, "response_too_large"),
    long_header: (RETRYING, None, "response_too_large"),
    latin_header: (DELIVERED, 200, None),
    flood_of_1xx: (RETRYING, None, "response_too_large"),
    reset: (RETRYING, 0, "connection_reset"),
    not_http: (RETRYING, 0, "protocol_error"),
    close_without_a_word: (RETRYING, 0, "connection_reset"),
    redirect_to_itself: (RETRYING, 302, "redirect_refused"),
    redirect_to_metadata: (RETRYING, 307, "redirect_refused"),
    status_of_nonsense: (RETRYING, 999, "http_status"),
    absurd_retry_after: (RETRYING, 429, "http_status"),
}


class Hostile:
    """A server with one way to behave."""

    def __init__(self, behave, tls=None, raw=False):
        self.behave = behave
        self.tls = tls
        self.raw = raw  # does not even read the request
        self.requests = 0
        self.stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, AttributeError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            if not self.raw:
                read_request(connection)
            self.requests += 1
            self.behave(connection, self.stop)
        with contextlib.suppress(OSError):
            connection.close()

    def close(self):
        self.stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def hostile():
    servers = []

    def start(*arguments, **options):
        servers.append(Hostile(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def expired(tmp_path_factory):
    """Key and certificate for localhost that ended yesterday; also its own authority."""
    folder = tmp_path_factory.mktemp("expired")
    (folder / "index").touch()
    (folder / "serial").write_text("01")
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n"
        "default_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n"
        "[e]\nsubjectAltName=DNS:localhost\nbasicConstraints=critical,CA:TRUE\n"
        "[req]\ndistinguished_name=n\nprompt=no\n[n]\nCN=localhost\n"
    )
    for command in (
        "req -new -newkey rsa:2048 -nodes -config ca.conf -keyout key.pem -out request.pem",
        "ca -batch -selfsign -config ca.conf -keyfile key.pem -in request.pem -out cert.pem"
        " -startdate 20200101000000Z -enddate 20200201000000Z -notext",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


def attempts_of(bridge):
    """The first attempt of each sink: state of its delivery, status, error code, bytes kept."""
    with contextlib.closing(sqlite3.connect(bridge.directory / "store.db")) as database:
        rows = database.execute(
            "SELECT sink.name, state, status, error_code, coalesce(length(response), 0)"
            " FROM attempt JOIN delivery d ON d.id = delivery_id JOIN sink ON sink.id = d.sink_id"
            " WHERE number = 1"
        )
        return {name: rest for name, *rest in rows}


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def serve(bridge, upstream, sinks):
    """A daemon with these sinks, past its first document; gives the source."""
    thing = upstream.resource("/thing", {"n": 1})
    bridge.configure(
        {
            "sources": {"thing": {"url": upstream.url + "/thing", "interval": "1s"}},
            "sinks": {
                name: {
                    "secret": SECRET,
                    "signature": "github",
                    "timeout": "2s",
                    "retry": {"schedule": ["1h"]},
                    **sink,
                }
                for name, sink in sinks.items()
            },
        }
    )
    bridge.start()
    bridge.process.wait_for_line("result=baseline")
    return thing


def wait_for_attempts(bridge, n):
    deadline = time.monotonic() + PATIENCE
    while len(found := attempts_of(bridge)) < n:
        assert time.monotonic() < deadline, f"only {sorted(found)} were tried"
        time.sleep(0.1)
    return found


def test_each_has_its_verdict_and_costs_no_memory(bridge, upstream, receiver, hostile):
    servers = {behave.__name__: hostile(behave) for behave in TABLE}
    receiver.hook("/hook", secret=SECRET, signature="github")
    sinks = {name: {"url": f"http://127.0.0.1:{s.port}/hook"} for name, s in servers.items()}
    sinks["well"] = {"url": receiver.url + "/hook"}
    thing = serve(bridge, upstream, sinks)
    pid = bridge.process.pid
    before = resident_bytes(pid)
    most = before
    thing.set({"n": 2})
    for _ in range(40):
        most = max(most, resident_bytes(pid))
        time.sleep(0.05)
    found = wait_for_attempts(bridge, len(sinks))
    wrong = {}
    for behave, (state, status, code) in TABLE.items():
        got_state, got_status, got_code, kept = found[behave.__name__]
        if (got_state, got_code) != (state, code) or status not in (None, got_status):
            wrong[behave.__name__] = found[behave.__name__]
        assert kept <= 4096
    assert not wrong
    assert found["well"][0] == DELIVERED
    most = max(most, resident_bytes(pid))
    assert most - before < 64 << 20, f"{(most - before) >> 20} MiB more"
    assert servers["redirect_to_itself"].requests == 1  # never followed
    # The sink that asked to be left alone for ages rests a day at most.
    line = [
        parsed
        for parsed in bridge.process.wait_for_line("delivery attempt failed")
        if parsed["sink"] == "absurd_retry_after"
    ][0]
    assert 0 < int(line["sink_rests_ms"]) <= 24 * 3600 * 1000


def test_tls_that_cannot_be_trusted(bridge, upstream, hostile, expired):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*expired)
    servers = {
        "expired": hostile(latin_header, tls=context),
        "untrusted": hostile(latin_header, tls=context),
        "not_tls": hostile(not_http, raw=True),
    }
    sinks = {name: {"url": f"https://localhost:{s.port}/hook"} for name, s in servers.items()}
    for sink in sinks.values():
        sink["timeout"] = sink["connect_timeout"] = "30s"  # checking takes its time on a busy machine
    sinks["expired"]["tls"] = {"ca_file": str(expired[0])}
    thing = serve(bridge, upstream, sinks)
    thing.set({"n": 2})
    found = wait_for_attempts(bridge, len(sinks))
    assert {name: rest[:3] for name, rest in found.items()} == {
        name: [RETRYING, 0, "tls_error"] for name in sinks
    }
    assert servers["expired"].requests == servers["untrusted"].requests == 0
    # No orderly end: libcurl holds the last connection whose handshake failed until the process
    # ends, 920 bytes in all, which the leak checker takes for a leak.
    bridge.kill()
