"""A real receiver, Debian's package `webhook`, runs a build when the signature of a push fits."""

import hashlib
import json
import shutil
import subprocess
import time

import pytest
from front import free_port, wait_for_port
from services.github import GitHub
from waiting import PATIENCE

REPOSITORY = "octo-org/octo-repo"
TOKEN = "github_pat_11EXAMPLE0123456789"
SECRET = hashlib.sha256(b"ci").hexdigest()
BUILD = """#!/bin/sh
printf '%s %s..%s\\n' "$REF" "$BEFORE" "$AFTER" >>"$(dirname "$0")/builds"
"""


@pytest.fixture
def ci(tmp_path):
    """The server, on a folder where builds are written down."""
    if not shutil.which("webhook"):
        pytest.skip("Debian's package webhook is not installed")
    folder = tmp_path / "ci"
    folder.mkdir()
    script = folder / "build.sh"
    script.write_text(BUILD)
    script.chmod(0o755)
    hook = {
        "id": "github-webhook",
        "execute-command": str(script),
        "pass-environment-to-command": [
            {"source": "payload", "name": name, "envname": name.upper()}
            for name in ("ref", "before", "after")
        ],
        "trigger-rule": {
            "and": [
                {
                    "match": {
                        "type": "payload-hmac-sha256",
                        "secret": SECRET,
                        "parameter": {"source": "header", "name": "X-Hub-Signature-256"},
                    }
                },
                {
                    "match": {
                        "type": "value",
                        "value": "push",
                        "parameter": {"source": "header", "name": "X-GitHub-Event"},
                    }
                },
            ]
        },
    }
    (folder / "hooks.json").write_text(json.dumps([hook]))
    return folder


@pytest.fixture
def server(ci):
    port = free_port()
    command = ["webhook", "-hooks", "hooks.json", "-ip", "127.0.0.1", "-port", str(port), "-verbose"]
    with open(ci / "log", "wb") as log:
        process = subprocess.Popen(command, cwd=ci, stdout=log, stderr=log)
    wait_for_port(port, process)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def configure(bridge, root, upstream, server, secret):
    """The example as it stands, but for the path that this server's hooks have."""
    example = (root / "config" / "examples" / "git-push.yaml").read_text()
    bridge.configure(
        example.replace("/github-webhook/", "/hooks/github-webhook"),
        LISTEN="127.0.0.1:0",
        INTERVAL="1s",
        GIT_URL=upstream.url,
        GIT_REPOSITORY=REPOSITORY,
        GITHUB_TOKEN=TOKEN,
        CI_URL=server,
        CI_SECRET=secret,
    )
    bridge.hide(TOKEN, secret)


def test_a_push_starts_a_build(bridge, root, upstream, ci, server):
    github = GitHub(upstream, REPOSITORY, TOKEN)
    first = github.push("main", "first")
    configure(bridge, root, upstream, server, SECRET)
    bridge.once()
    second = github.push("main", "second")
    bridge.once()
    fresh = github.push("fix", "a new branch")
    bridge.once()
    deadline = time.monotonic() + PATIENCE
    wanted = [f"refs/heads/main {first}..{second}", f"refs/heads/fix {'0' * 40}..{fresh}"]
    built = []
    while built != wanted:
        assert time.monotonic() < deadline, f"{built}\n{(ci / 'log').read_text()}"
        time.sleep(0.05)
        built = (ci / "builds").read_text().splitlines() if (ci / "builds").exists() else []


def test_another_secret_starts_nothing(bridge, root, upstream, ci, server):
    github = GitHub(upstream, REPOSITORY, TOKEN)
    github.push("main", "first")
    configure(bridge, root, upstream, server, "another secret of 32 characters!")
    bridge.once()
    github.push("main", "second")
    run = bridge.once()
    assert "status=500" in run.stderr  # its word for a signature that does not fit
    assert not (ci / "builds").exists()
