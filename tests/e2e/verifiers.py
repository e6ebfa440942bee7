"""Public libraries judge our webhooks: what they refuse, a real receiver would refuse.

    def test_it(verifiers):  # conftest.py imports the fixture
        verifiers.check("standard", secret, headers, body)

The presets are standard, github, stripe and slack, ed25519 (the secret is the public key, whpk_…)
and cloudevents, for which check returns the event as the library read it. The libraries are installed by npm once for each
build directory, in the versions of verifiers/package.json; without npm, or what it installs from,
the test is skipped.
"""

import base64
import pathlib

import pytest
from bridge import binary
from npm import NodeProcess

SOURCE = pathlib.Path(__file__).resolve().parent / "verifiers"


class Refused(AssertionError):
    """A library that receivers use does not take this webhook."""


class Verifiers(NodeProcess):
    """A process that asks the libraries; the folder is kept for the next one."""

    def __init__(self, folder):
        super().__init__(SOURCE, "verify.mjs", folder)

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
        answer = self.ask(question)
        if not answer["ok"]:
            raise Refused(f"{preset}: {answer['error']}")
        return answer.get("event")


@pytest.fixture(scope="session")
def verifiers():
    with Verifiers(pathlib.Path(binary()).parent / "verifiers") as one:
        yield one
