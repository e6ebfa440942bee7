"""nginx in front of a fake, for what the fakes themselves cannot do: HTTP/2, client certificates."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest
from authority import Authority
from waiting import PATIENCE

CONFIG = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format version '$server_protocol $connection $request_uri';
    access_log {folder}/access.log version;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 64m;
    keepalive_timeout 60s;
    server {{
        listen 127.0.0.1:{port} ssl {http2};
        ssl_certificate {cert};
        ssl_certificate_key {key};
        {more}
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
            proxy_set_header X-Client $ssl_client_s_dn;
            proxy_buffering off;
            proxy_request_buffering off;
        }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    """Until somebody listens there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            assert process.poll() is None, f"{process.args} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{process.args} does not listen on {port}"
            time.sleep(0.02)


def end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Front:
    """TLS on a free port, to a fake's port behind it. `more`: directives of nginx's server,
    with PORT for the port."""

    def __init__(self, behind, authority=None, certificate=None, http2=False, more=""):
        if not shutil.which("nginx"):
            pytest.skip("nginx is missing: nothing speaks HTTP/2 or asks for client certificates")
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._temporary.name)
        self.authority = authority or Authority(self.folder)
        cert, key = certificate or self.authority.issue("front")
        self.port = free_port()
        config = self.folder / "nginx.conf"
        config.write_text(
            CONFIG.format(
                folder=self.folder,
                port=self.port,
                behind=behind,
                cert=cert,
                key=key,
                http2="http2" if http2 else "",
                more=more.replace("PORT", str(self.port)),
            )
        )
        self._process = subprocess.Popen(
            ["nginx", "-p", str(self.folder), "-c", str(config), "-e", str(self.folder / "start.log")],
            stdin=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self._process)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def requests(self):
        """(protocol, number of the connection) of each request so far."""
        lines = (self.folder / "access.log").read_text().splitlines()
        return [tuple(line.split(" ", 2)[:2]) for line in lines]

    def close(self):
        end(self._process)
        self._temporary.cleanup()
