"""Fixtures: an engine, the images of docker/, and containers that do not outlive their test."""

import os
import pathlib
import tempfile
import time
import uuid

import engine as engines
import pytest
from engine import ROOT, run

SKIPPED = 77  # meson's word for it
PATIENCE_S = 90


def pytest_sessionfinish(session):
    """A run in which nothing was tested is no success."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter.stats.get("skipped") and not any(
        reporter.stats.get(kind) for kind in ("passed", "failed", "error")
    ):
        session.exitstatus = SKIPPED


@pytest.fixture(scope="session")
def engine():
    if engines.answers():
        if not engines.have_base():
            pytest.skip(f"the engine has no {engines.BASE} and cannot pull it")
        yield
        return
    if not engines.own_engine_allowed():
        pytest.skip("no container engine answers (as root, POLLBRIDGE_TEST_DOCKER=1 starts one)")
    engines.install()
    own = engines.OwnEngine(tempfile.mkdtemp(prefix="pollbridge-docker-"))
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = own.socket
    try:
        if not own.wait():
            pytest.skip(f"an engine cannot run here: {own.last_words()}")
        engines.make_base(own.folder)
        yield
    finally:
        own.close()
        del os.environ["DOCKER_HOST"]
        if before is not None:
            os.environ["DOCKER_HOST"] = before


def build(tag, *arguments):
    # The host's network reaches the mirror wherever the host does.
    proxies = [f"--build-arg={name}" for name in ("http_proxy", "https_proxy", "no_proxy")]
    run(
        ["docker", "build", "--network=host", *proxies, "--tag", tag, *arguments],
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )
    return tag


@pytest.fixture(scope="session")
def image(engine):
    return build("pollbridge", "--file", ROOT / "docker/Dockerfile", ROOT)


@pytest.fixture(scope="session")
def demo_image(engine):
    return build("pollbridge-demo", ROOT / "docker/demo")


class Container:
    """A container in the background, confined as compose.yaml confines it."""

    CONFINED = ["--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]

    def __init__(self, image, *arguments):
        self.name = f"pollbridge-test-{uuid.uuid4().hex[:12]}"
        run(["docker", "run", "--detach", "--name", self.name, *self.CONFINED, *arguments, image])

    def inspect(self, what):
        return run(["docker", "inspect", "--format", what, self.name]).stdout.strip()

    def logs(self):
        done = run(["docker", "logs", self.name])
        return done.stdout + done.stderr

    def exec(self, *arguments):
        return run(["docker", "exec", self.name, *arguments], check=False)

    def wait_until(self, condition, what):
        wait_until(condition, f"{self.name} {what}", self.logs)

    def end(self):
        """Exit code after it ended by itself."""
        return int(run(["docker", "wait", self.name], timeout=PATIENCE_S).stdout)

    def remove(self):
        run(["docker", "rm", "--force", "--volumes", self.name], check=False)


def wait_until(condition, what, explain):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}\n{explain()}"
        time.sleep(0.1)


@pytest.fixture
def start(image):
    """start(arguments of docker run …): a container of the image."""
    started = []

    def begin(*arguments):
        started.append(Container(image, *arguments))
        return started[-1]

    yield begin
    for container in started:
        container.remove()


@pytest.fixture
def mounted(tmp_path):
    """mounted(text): the argument that mounts a configuration with this text."""

    def mount(text):
        file = pathlib.Path(tmp_path) / "pollbridge.yaml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o644)
        return f"--volume={file}:/etc/pollbridge/pollbridge.yaml:ro"

    return mount
