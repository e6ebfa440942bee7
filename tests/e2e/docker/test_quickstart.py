"""docker/quickstart as a stranger meets it: with an engine, and on a machine that has nothing."""

import io
import subprocess
import tarfile

from engine import BASE, ROOT, run

CHECKOUT = ["meson.build", "meson_options.txt", "bridge", "sources", "sinks", "config", "docker"]
# A user without root meets a clear word; once root has installed the packages, the same command
# builds and runs. The checkout belongs to the user.
FRESH_MACHINE = """
set -eu
useradd --create-home stranger
mkdir /home/stranger/pollbridge
cd /home/stranger/pollbridge
tar -x --no-same-owner
chown -R stranger: .
as_stranger() { setpriv --reuid stranger --regid stranger --clear-groups "$@"; }
as_stranger docker/quickstart --for 3s && exit 90
docker/packages
docker/packages # again: nothing is left to do
as_stranger docker/quickstart --for 3s
"""


def checkout():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in CHECKOUT:
            tar.add(ROOT / name, name)
    return archive.getvalue()


def test_it_explains_itself(engine):
    said = run([ROOT / "docker/quickstart", "--help"]).stdout
    assert "--native" in said and "set -e" not in said


def test_with_an_engine_the_demo_runs_in_a_container(image):
    done = run([ROOT / "docker/quickstart", "--for", "3s"])
    assert "in a container" in done.stderr
    assert "all verified" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr  # colours are for terminals


def test_a_wrong_argument_is_told_and_is_the_exit_code(image):
    done = run([ROOT / "docker/quickstart", "--four", "3s"], check=False)
    assert done.returncode == 2 and "--four" in done.stderr


def test_on_a_fresh_machine_it_builds_what_it_runs(engine):
    command = ["docker", "run", "--rm", "--interactive", "--network=host", BASE, "bash", "-c"]
    done = subprocess.run(
        [*command, FRESH_MACHINE], input=checkout(), capture_output=True, timeout=300, check=False
    )
    said, told = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, said + told
    assert "not root, and no sudo" in told and "packages are missing" in told
    assert told.count("installing: ") == 2
    assert "building" in told and "all verified" in said
