"""Real proxies on free ports: tinyproxy for HTTP, microsocks for SOCKS5."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from front import end, free_port, wait_for_port

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 30
LogFile "{folder}/log"
LogLevel Info
MaxClients 50
DisableViaHeader Yes
Allow 127.0.0.1
ConnectPort {connect}
{more}
"""


def _need(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is missing: no real proxy to go through")


@contextlib.contextmanager
def _running(command, port):
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, process)
        yield
    finally:
        end(process)


class HttpProxy:
    def __init__(self, port, folder):
        self.url = f"http://127.0.0.1:{port}"
        self.host = f"127.0.0.1:{port}"
        self._log = folder / "log"

    def asked(self):
        """What it was asked for, as "CONNECT 127.0.0.1:1234" or "GET http://…"."""
        mark = "Request (file descriptor "
        lines = [line for line in self._log.read_text().splitlines() if mark in line]
        return [line.split("): ", 1)[1].rsplit(" ", 1)[0] for line in lines]


@contextlib.contextmanager
def http_proxy(user=None, connect=0):
    """`connect`: the one port that CONNECT may lead to; 0: any. user: (name, password)."""
    _need("tinyproxy")
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config = folder / "tinyproxy.conf"
        more = f"BasicAuth {user[0]} {user[1]}" if user else ""
        text = TINYPROXY.format(port=port, folder=folder, connect=connect, more=more)
        config.write_text(text if connect else text.replace("ConnectPort 0\n", ""))
        with _running(["tinyproxy", "-d", "-c", str(config)], port):
            yield HttpProxy(port, folder)


@contextlib.contextmanager
def socks_proxy(user=None):
    """Its port."""
    _need("microsocks")
    port = free_port()
    account = ["-u", user[0], "-P", user[1]] if user else []
    with _running(["microsocks", "-i", "127.0.0.1", "-p", str(port), *account], port):
        yield port
