"""Real brokers on free ports: nats-server with JetStream, and mosquitto."""

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from waiting import PATIENCE, Journal


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def certificate(folder, name="localhost"):
    """A certificate for that name and 127.0.0.1 that is its own authority."""
    files = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-days", "2", "-subj", f"/CN={name}"]
        + ["-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
        + ["-keyout", files[1], "-out", files[0]],
        check=True,
        capture_output=True,
    )
    return files


class Server:
    """A process that listens on one port, and can be stopped and started again."""

    def __init__(self, command, folder, port):
        self._command = command
        self._folder = folder
        self._process = None
        self.port = port

    def start(self):
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                time.sleep(0.05)

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None


class NatsClient:
    """As much of the protocol as reading a stream takes."""

    def __init__(self, port, tls=None, login=None):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self._socket.makefile("rb")
        assert self._file.readline().startswith(b"INFO")
        if tls:
            context = ssl.create_default_context(cafile=tls)
            self._socket = context.wrap_socket(self._socket, server_hostname="localhost")
            self._file = self._socket.makefile("rb")
        self._send("CONNECT " + json.dumps({"verbose": False, "headers": True, **(login or {})}))
        self._send("SUB answers 1")

    def _send(self, line, data=b""):
        self._socket.sendall(line.encode() + b"\r\n" + data)

    def request(self, subject, value):
        data = json.dumps(value).encode()
        self._send(f"PUB {subject} answers {len(data)}", data + b"\r\n")
        while True:
            words = self._file.readline().split()
            assert words, "the server hung up"
            if words[0] == b"PING":
                self._send("PONG")
            elif words[0] in (b"MSG", b"HMSG"):
                answer = self._file.read(int(words[-1]) + 2)[:-2]
                return json.loads(answer[answer.find(b"{") :])
            else:
                assert words[0] in (b"+OK", b"INFO"), words

    def close(self):
        self._file.close()
        self._socket.close()


class Nats(Server):
    def __init__(self, folder, config="", tls=None, login=None):
        if not shutil.which("nats-server"):
            pytest.skip("Debian's package nats-server is not installed")
        folder.mkdir(exist_ok=True)
        port = free_port()
        (folder / "server.conf").write_text(f"jetstream {{ store_dir: '{folder}' }}\n{config}\n")
        super().__init__(
            ["nats-server", "-a", "127.0.0.1", "-p", str(port), "-c", "server.conf"], folder, port
        )
        self._client = {"tls": tls, "login": login}
        self.url = f"{'tls' if tls else 'nats'}://127.0.0.1:{port}"

    def ask(self, subject, value):
        client = NatsClient(self.port, **self._client)
        try:
            answer = client.request("$JS.API." + subject, value)
        finally:
            client.close()
        assert "error" not in answer, answer
        return answer

    def add_stream(self, name="events", subjects=("pollbridge.>",)):
        self.ask("STREAM.CREATE." + name, {"name": name, "subjects": list(subjects)})

    def count(self, name="events"):
        return self.ask("STREAM.INFO." + name, {})["state"]["messages"]

    def message(self, number, name="events"):
        return self.ask("STREAM.MSG.GET." + name, {"seq": number})["message"]

    def wait(self, n, name="events"):
        """The first n messages, when they are there."""
        deadline = time.monotonic() + PATIENCE
        while self.count(name) < n:
            assert time.monotonic() < deadline, f"{self.count(name)} messages instead of {n}"
            time.sleep(0.05)
        return [self.message(number + 1, name) for number in range(n)]


class Mqtt(Server):
    def __init__(self, folder, config="allow_anonymous true", tls=None):
        for program, package in (("mosquitto", "mosquitto"), ("mosquitto_sub", "mosquitto-clients")):
            if not shutil.which(program, path="/usr/sbin:/usr/bin"):
                pytest.skip(f"Debian's package {package} is not installed")
        folder.mkdir(exist_ok=True)
        port = free_port()
        (folder / "server.conf").write_text(f"listener {port} 127.0.0.1\nuser root\n{config}\n")
        super().__init__(["/usr/sbin/mosquitto", "-c", "server.conf"], folder, port)
        self.url = f"{'mqtts' if tls else 'mqtt'}://127.0.0.1:{port}"
        self._tls = tls
        self._subscriber = None

    def subscribe(self, *arguments):
        """A journal of all that is published: topic, content type, user properties, payload."""
        journal = Journal()
        command = ["stdbuf", "-oL", "mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        command += ["1", "-t", "#", "-F", "%t\t%C\t%P\t%p", "-d", *arguments]
        command += ["--cafile", str(self._tls)] if self._tls else []
        self._subscriber = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

        def read():
            for line in self._subscriber.stdout:
                if "\t" in line or "Subscribed" in line:
                    journal.append(tuple(line.rstrip("\n").split("\t")))
            journal.close("the subscriber has ended")


        threading.Thread(target=read, daemon=True).start()
        journal.wait_for(lambda entry: "Subscribed" in entry[0], what="subscription")
        return journal

    def stop(self):
        if self._subscriber:
            self._subscriber.terminate()
            self._subscriber.wait()
            self._subscriber = None
        super().stop()


class Silent:
    """Takes connections and says nothing."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def close(self):
        self._listener.close()
