"""Public libraries judge our webhooks: what they refuse, a real receiver would refuse.

    def test_it(verifiers):  # conftest.py imports the fixture
        verifiers.check("standard", secret, headers, body)

The presets are standard, github, stripe and slack, ed25519 (the secret is the public key, whpk_…)
and cloudevents, for which check returns the event as the library read it. The libraries are installed by npm once for each
build directory, in the versions of verifiers/package.json; without npm, or what it installs from,
the test is skipped.
"""

import base64
import fcntl
import json
import pathlib
import shutil
import subprocess

import pytest
from bridge import binary

SOURCE = pathlib.Path(__file__).resolve().parent / "verifiers"
FILES = ("package.json", "verify.mjs")
INSTALL = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
INSTALL_TIMEOUT_S = 300


class Refused(AssertionError):
    """A library that receivers use does not take this webhook."""


def _install(folder):
    """Installs into the folder unless it holds these very versions already."""
    wanted = (SOURCE / "package.json").read_text()
    done = folder / "installed.json"
    for name in FILES:
        shutil.copyfile(SOURCE / name, folder / name)
    if done.exists() and done.read_text() == wanted:
        return
    try:
        run = subprocess.run(
            INSTALL, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm takes too long to install the public webhook verifiers")
    if run.returncode != 0:
        pytest.skip(f"npm cannot install the public webhook verifiers: {run.stderr[-500:]}")
    done.write_text(wanted)


class Verifiers:
    """A process that asks the libraries; the folder is kept for the next one."""

    def __init__(self, folder):
        if not shutil.which("npm") or not shutil.which("node"):
            pytest.skip("node and npm are missing: the public webhook verifiers cannot be asked")
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "w") as lock:  # several test processes share the folder
            fcntl.flock(lock, fcntl.LOCK_EX)
            _install(folder)
        self._process = subprocess.Popen(
            ("node", "verify.mjs"),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def check(self, preset, secret, headers, body):
        """Raises Refused unless every library for the preset takes the webhook.

        headers is a dict of names and values, body the bytes as they were received.
        """
        question = {
            "preset": preset,
            "secret": secret,
            "headers": headers,
            "body": base64.b64encode(body).decode(),
        }
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the verifiers' process ended; its words are on stderr"
        answer = json.loads(line)
        if not answer["ok"]:
            raise Refused(f"{preset}: {answer['error']}")
        return answer.get("event")

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


@pytest.fixture(scope="session")
def verifiers():
    with Verifiers(pathlib.Path(binary()).parent / "verifiers") as one:
        yield one
