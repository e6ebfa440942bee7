"""Names that change their mind: a resolver of the test's own, in a network of its own.

The test runs itself again in a new network and mount namespace, where a public address belongs to
the loopback and /etc/resolv.conf names a server that answers as the test wants. That needs root."""

import ctypes
import fcntl
import os
import pathlib
import socket
import socketserver
import struct
import subprocess
import sys
import threading

import pytest
from fake_server import Answer, FakeServer
from receiver import SECRET

INSIDE = "POLLBRIDGE_TEST_NAMESPACE" in os.environ
PUBLIC = "93.184.216.34"
NAMESERVER = "127.0.0.53"
ROUNDS = 12


def can_unshare():
    return (
        os.geteuid() == 0
        and subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True).returncode == 0
    )


@pytest.mark.skipif(INSIDE, reason="runs inside the namespace")
@pytest.mark.skipif(not INSIDE and not can_unshare(), reason="needs root and namespaces")
def test_in_a_network_of_its_own():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        ["unshare", "-n", "-m", *command],
        env={**os.environ, "POLLBRIDGE_TEST_NAMESPACE": "1"},
        cwd=pathlib.Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout + done.stderr


def set_address(name, address):
    """Gives an interface an address and takes it up (ioctl: iproute2 may not be installed)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = name.encode().ljust(16, b"\0")
        place = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(control, 0x8916, request + place)  # SIOCSIFADDR
        up = struct.pack("=h14x", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request + up)  # SIOCSIFFLAGS


class Resolver(socketserver.BaseRequestHandler):
    """Answers every A query by the zone; knows no AAAA."""

    zone = {}  # name: a function of how often it was asked, giving addresses
    asked = {}

    def handle(self):
        data, answer_to = self.request
        name, at = [], 12
        while data[at]:
            name.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        question = data[12 : at + 5]
        kind = struct.unpack(">H", data[at + 1 : at + 3])[0]
        name = ".".join(name).lower()
        addresses = []
        if kind == 1 and name in self.zone:
            times = self.asked[name] = self.asked.get(name, 0) + 1
            addresses = self.zone[name](times)
        rcode = 0 if name in self.zone else 3
        head = data[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, len(addresses), 0, 0)
        records = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(address)
            for address in addresses
        )
        answer_to.sendto(head + question + records, self.client_address)


@pytest.fixture
def resolver(tmp_path):
    set_address("lo", "127.0.0.1")
    set_address("lo:1", PUBLIC)
    text = tmp_path / "resolv.conf"
    text.write_text(f"nameserver {NAMESERVER}\noptions timeout:1 attempts:2\n")
    mount = ctypes.CDLL(None, use_errno=True).mount
    target = os.path.realpath("/etc/resolv.conf").encode()
    assert mount(None, b"/", None, 0x4000 | 0x40000, None) == 0  # MS_REC | MS_PRIVATE
    assert mount(str(text).encode(), target, None, 0x1000, None) == 0  # MS_BIND
    server = socketserver.ThreadingUDPServer((NAMESERVER, 53), Resolver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Resolver.asked = {}
    yield Resolver
    server.shutdown()
    thread.join()
    server.server_close()


class Forbidden:
    """A service at the loopback that nobody may reach; at the port of the public one."""

    def __init__(self, port):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.socket.settimeout(0)

    def was_reached(self):
        try:
            self.socket.accept()[0].close()
            return True
        except BlockingIOError:
            return False


class Public(FakeServer):
    """Receives at the public address; closes every connection, so that each needs a new one."""

    def __init__(self):
        super().__init__(None, PUBLIC)

    def answer(self, request):
        return Answer(204, b"", {"Connection": "close"})


@pytest.mark.skipif(not INSIDE, reason="needs the namespace")
def test_a_private_address_is_never_reached(resolver, bridge, upstream):
    public = Public()
    port = public.port
    forbidden = Forbidden(port)
    zone = {
        "steady.test": lambda times: [PUBLIC],
        "private.test": lambda times: ["127.0.0.1"],
        "mixed.test": lambda times: [PUBLIC, "127.0.0.1"],
        "mixed-behind.test": lambda times: ["127.0.0.1", PUBLIC],
        "metadata.test": lambda times: ["169.254.169.254"],
        # Each answer is another one: what was judged must be what is used.
        "even.test": lambda times: [PUBLIC] if times % 2 else ["127.0.0.1"],
        "odd.test": lambda times: ["127.0.0.1"] if times % 2 else [PUBLIC],
    }
    resolver.zone = zone
    thing = upstream.resource("/thing", {"n": 0})
    bridge.configure(
        {
            "sources": {"thing": {"url": upstream.url + "/thing", "interval": "1s"}},
            "sinks": {
                name: {
                    "url": f"http://{name}:{port}/hook/{name}",
                    "secret": SECRET,
                    "allow_private": False,
                    "ordering": "none",
                    "retry": {"schedule": "100ms"},
                }
                for name in zone
            },
        }
    )
    bridge.start()
    bridge.process.wait_for_line("result=baseline")
    for n in range(1, ROUNDS + 1):
        thing.set({"n": n})
        bridge.process.wait_for_line("result=changed", n)
    public.requests.wait_for(
        lambda request: request.path == "/hook/steady.test", ROUNDS, "deliveries"
    )
    for name in ("private.test", "mixed.test", "mixed-behind.test", "metadata.test"):
        lines = bridge.process.wait_for_line(f"sink={name}", ROUNDS)
        assert all(line["error"] == "blocked_address" for line in lines[:ROUNDS]), lines
    assert not forbidden.was_reached()
    reached = {request.path.rsplit("/", 1)[1] for request in public.requests.all()}
    assert reached <= {"steady.test", "even.test", "odd.test"}, reached
    assert "even.test" in reached
    bridge.stop()
    assert not forbidden.was_reached()
    public.close()
