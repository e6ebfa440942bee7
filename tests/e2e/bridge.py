"""The real binary under test: its configuration, its process, its log."""

import copy
import json
import os
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.request

import yaml
from waiting import PATIENCE, Journal

SANITIZER_REPORT = re.compile(
    r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|"
    r"LeakSanitizer has encountered"
)
LOGFMT = re.compile(r'([a-z_0-9]+)=("(?:[^"\\]|\\.)*"|\S*)')


def binary():
    path = os.environ.get("POLLBRIDGE_BINARY")
    assert path, "POLLBRIDGE_BINARY names no binary; build one and set it"
    return os.path.abspath(path)


def parse_log_line(line):
    """A log line as a dict; None for a line that is none."""
    if line.startswith("{"):
        return json.loads(line)
    if not line.startswith("ts="):
        return None
    return {
        key: json.loads(value) if value.startswith('"') else value
        for key, value in LOGFMT.findall(line)
    }


class Process:
    """One run of the binary; stderr is read by a thread so that tests can wait for a line."""

    def __init__(self, arguments, environment, directory, user=None):
        self.arguments = arguments
        self.lines = Journal()
        self.output = Journal()
        self._process = subprocess.Popen(
            [binary(), *arguments],
            env=environment,
            cwd=directory,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._readers = [
            threading.Thread(target=self._read, args=stream, daemon=True)
            for stream in ((self._process.stderr, self.lines), (self._process.stdout, self.output))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream, into):
        for line in stream:
            into.append(line.decode(errors="replace").rstrip("\n"))
        into.close("the process has ended")

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process.poll() is None

    def ends_within(self, seconds):
        try:
            self._process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self):
        """The exit code, after everything it wrote was read."""
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"{self.arguments} did not end; its log:\n{self.stderr}") from None
        for reader in self._readers:
            reader.join()
        return self._process.returncode

    @property
    def stderr(self):
        return "\n".join(self.lines.all())

    @property
    def stdout(self):
        return "\n".join(self.output.all())

    def wait_for_line(self, text, count=1):
        """Waits for `count` log lines with that text; returns them all, parsed."""
        found = self.lines.wait_for(lambda line: text in line, count, f"lines with {text!r}")
        return [parse_log_line(line) or {"msg": line} for line in found]

    def check(self):
        report = SANITIZER_REPORT.search(self.stderr)
        assert not report, f"a sanitizer reports:\n{self.stderr}"


def _negotiate(config):
    """Everything that asks may speak HTTP/2, where the test says nothing itself."""
    sources = list((config.get("sources") or {}).values())
    auths = [*(config.get("auth") or {}).values(), *(source.get("auth") for source in sources)]
    auths = [auth for auth in auths if isinstance(auth, dict)]
    sinks = (config.get("sinks") or {}).values()
    asking = [
        *sources,
        *(auth["request"] for auth in auths if auth.get("type") == "login"),
        *(auth for auth in auths if auth.get("type") == "oauth2"),
        *(sink for sink in sinks if sink.get("type", "webhook") == "webhook"),
    ]
    for options in asking:
        options.setdefault("http_version", "auto")
    return config


class Bridge:
    """A configuration file, a store, and the runs of the binary on them."""

    def __init__(self, directory):
        self.directory = directory
        self.file = directory / "pollbridge.yaml"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG") or name.endswith("SAN_OPTIONS")
        }
        self.secrets = []  # texts that no log and no output may show
        self.process = None
        self.user = None  # to run as; needs root
        self.runs = []
        self.url = None
        self.negotiates = False  # HTTP/2, see conftest.py

    def configure(self, config, **environment):
        """Writes the file: YAML text as it stands, or a dict with a listener and store added."""
        if self.negotiates and isinstance(config, str):
            text = yaml.safe_dump(_negotiate(yaml.safe_load(config)), sort_keys=False)
        elif isinstance(config, str):
            text = config
        else:
            config = {
                "server": {"listen": "127.0.0.1:0"},
                "store": {"path": "store.db"},
                **copy.deepcopy(config),
            }
            config = _negotiate(config) if self.negotiates else config
            text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
        self.file.write_text(text, encoding="utf-8")
        self.environment.update(environment)
        return self

    def hide(self, *texts):
        """Declares secrets; returns the first."""
        self.secrets.extend(texts)
        return texts[0]

    def launch(self, *arguments):
        process = Process([str(a) for a in arguments], self.environment, self.directory, self.user)
        self.runs.append(process)
        return process

    def run(self, *arguments, code=0):
        """Runs a command to its end and expects that exit code."""
        process = self.launch(*arguments)
        found = process.wait()
        assert found == code, f"{arguments}: code {found}\n{process.stdout}\n{process.stderr}"
        process.check()
        return process

    def once(self, *arguments, code=0):
        return self.run("once", "-c", self.file, *arguments, code=code)

    def start(self, *arguments):
        """The daemon, ready."""
        assert not self.process
        self.process = self.launch("serve", "-c", self.file, *arguments)
        line = self.process.wait_for_line("serving")[0]
        self.url = line["listen"]
        assert self.get("/healthz")[0] == 200
        return self

    def get(self, path):
        """Status and text of the daemon's own listener."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def metric(self, name, **labels):
        """The value of one sample; None when there is none."""
        for line in self.get("/metrics")[1].splitlines():
            match = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
            if match and match.group(1) == name:
                found = dict(re.findall(r'([a-z_]+)="([^"]*)"', match.group(2) or ""))
                if found == labels:
                    return float(match.group(3))
        return None

    def reload(self):
        self.process.signal(signal.SIGHUP)

    def stop(self, code=0):
        """SIGTERM, and the exit code that must follow."""
        process, self.process = self.process, None
        process.signal(signal.SIGTERM)
        found = process.wait()
        assert found == code, f"serve ended with {found}; its log:\n{process.stderr}"
        process.check()
        return process

    def kill(self):
        process, self.process = self.process, None
        process.signal(signal.SIGKILL)
        process.wait()
        process.check()

    def restart(self, *arguments):
        self.stop()
        return self.start(*arguments)

    def close(self):
        if self.process and self.process.is_running():
            self.stop()
        for run in self.runs:
            assert not run.is_running(), f"{run.arguments} still runs"
            run.check()
            for secret in self.secrets:
                assert secret not in run.stderr, f"a secret is in the log:\n{run.stderr}"
                assert secret not in run.stdout, f"a secret is in the output:\n{run.stdout}"

    def abandon(self):
        """After a test that failed: no process stays behind."""
        for run in self.runs:
            if run.is_running():
                run.signal(signal.SIGKILL)
                run.wait()
