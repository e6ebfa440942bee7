"""Other people's libraries and servers from npm, that judge what we make."""

import fcntl
import json
import pathlib
import shutil
import subprocess

import pytest

INSTALL = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
INSTALL_TIMEOUT_S = 300


def _install(source, script, folder):
    """Installs unless the folder holds these very versions already."""
    wanted = (source / "package.json").read_text()
    done = folder / "installed.json"
    for name in ("package.json", script):
        shutil.copyfile(source / name, folder / name)
    if done.exists() and done.read_text() == wanted:
        return
    try:
        run = subprocess.run(
            INSTALL, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm takes too long to install what {source.name} needs")
    if run.returncode != 0:
        pytest.skip(f"npm cannot install what {source.name} needs: {run.stderr[-500:]}")
    done.write_text(wanted)


def installed(source, script, folder):
    """Makes the folder one where the script can be run; skips the test where that cannot be."""
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip(f"node and npm are missing: {source.name} cannot be run")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:  # several test processes share the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(source, script, folder)


class NodeProcess:
    """A script with its package.json, installed once for each build directory in the versions
    that the file names, and asked line by line: JSON in, {"ok", …} or {"error"} out. Without
    npm, or what it installs from, the test is skipped."""

    def __init__(self, source, script, folder):
        installed(source, script, folder)
        self._process = subprocess.Popen(
            ("node", script), cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process ended; its words are on stderr"
        return json.loads(line)

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
