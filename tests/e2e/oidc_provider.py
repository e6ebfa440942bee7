"""oidc-provider, a certified OAuth 2.0 server, as a process beside the tests."""

import json
import pathlib
import subprocess
import threading
import urllib.request

from bridge import binary
from front import end, free_port
from npm import installed
from waiting import PATIENCE, Journal

SOURCE = pathlib.Path(__file__).resolve().parent / "oidc"


class OidcProvider:
    def __init__(self):
        folder = pathlib.Path(binary()).parent / "oidc"
        installed(SOURCE, "serve.mjs", folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.events = Journal()
        self._process = subprocess.Popen(
            ("node", "serve.mjs", str(self.port)),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        ready = self.events.wait_for(lambda event: "refresh_token" in event, 1, "word of readiness")
        self.refresh_token = ready[0]["refresh_token"]

    def _read(self):
        for line in self._process.stdout:
            self.events.append(json.loads(line))
        self.events.close("the server has ended")

    @staticmethod
    def secret_of(client):
        return f"secret of {client}: 100% & more"

    def told(self, key, value=None):
        return [e for e in self.events.all() if key in e and value in (None, e[key])]

    def wait(self, key, value, count):
        return self.events.wait_for(lambda event: event.get(key) == value, count, f"{key} {value}")

    def revoke(self):
        with urllib.request.urlopen(self.url + "/control/revoke", timeout=PATIENCE) as answer:
            assert answer.status == 200

    def close(self):
        end(self._process)
        self._reader.join()
        self._process.stdout.close()
        assert not self.told("broken"), self.told("broken")
