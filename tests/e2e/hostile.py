"""Servers that mean harm, or are merely broken: ways to answer one request."""

import contextlib
import gzip
import re
import socket
import struct
import threading

import pytest

CHUNK = b"x" * (1 << 16)
OK = b"HTTP/1.1 200 OK\r\n"


def read_request(connection):
    """Did one come?"""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return False
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    length = int(length.group(1)) if length else 0
    while len(body) < length:
        body += connection.recv(65536)
    return True


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
            if self.raw or read_request(connection):
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


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096
