"""The image: what is in it, who it runs as, and the daemon as an orchestrator sees it."""

import json
import time

from conftest import Container
from engine import BASE, run

OWN_LAYERS_MAX = 70_000_000  # libxml2 brings ICU, which is most of it
STOP_MAX_S = 10

CONFIG = """
sources:
  orders:
    url: http://127.0.0.1:9/orders
    interval: 1m
sinks:
  log: { type: stdout }
"""


def size(image):
    return int(run(["docker", "image", "inspect", "--format", "{{.Size}}", image]).stdout)


def shell(image, script, *arguments):
    command = ["docker", "run", "--rm", "--entrypoint", "sh", *arguments, image, "-c", script]
    return run(command).stdout


def test_it_runs_as_a_fixed_user_without_a_home(image):
    said = shell(image, 'id -u; id -g; id -un; echo "$HOME"; ls -d "$HOME" 2>&1 || true')
    user, group, name, home, listing = said.splitlines()
    assert (user, group, name) == ("10001", "10001", "pollbridge")
    assert home == "/nonexistent" and "No such file" in listing


def test_a_user_given_by_hand_has_no_home_either(image):
    assert shell(image, 'echo "$HOME"', "--user=4711:4711").strip() == "/nonexistent"


def test_it_is_small_and_holds_no_compiler_and_no_source(image):
    own = size(image) - size(BASE)
    print(f"image {size(image) / 1e6:.1f} MB, {own / 1e6:.1f} MB of it on top of the base")
    assert own < OWN_LAYERS_MAX
    left = shell(
        image,
        "command -v gcc meson ninja python3; dpkg-query -W -f '${Package}\\n' | grep -e '-dev$';"
        " ls /source /build /tmp /var/lib/apt/lists 2>/dev/null | grep -v :; true",
    )
    assert left.strip() == ""


def test_the_store_is_all_it_may_write(image):
    found = shell(
        image,
        "find / -xdev -writable ! -type l ! -path '/proc/*' ! -path '/dev/*' 2>/dev/null; true",
        "--cap-drop=ALL",
    )
    places = {place for place in found.split() if not place.startswith(("/tmp", "/var/tmp"))}
    assert places - {"/run/lock", "/dev", "/proc"} == {"/var/lib/pollbridge"}


def test_its_label_names_the_version_of_the_binary(image):
    labels = run(["docker", "image", "inspect", "--format", "{{json .Config.Labels}}", image])
    version = run(["docker", "run", "--rm", image, "version"]).stdout.split()[1]
    assert json.loads(labels.stdout)["org.opencontainers.image.version"] == version


def test_the_demo_needs_neither_network_nor_a_writable_root(image):
    done = run(
        ["docker", "run", "--rm", "--network=none", *Container.CONFINED, image]
        + ["demo", "--for", "4s"]
    )
    assert "signature verified" in done.stdout and "all verified" in done.stdout


def test_the_daemon_gets_healthy_and_ends_in_order_when_asked_to(start, mounted):
    daemon = start(mounted(CONFIG), "--health-interval=1s")
    daemon.wait_until(
        lambda: daemon.inspect("{{.State.Health.Status}}") == "healthy", "to get healthy"
    )
    daemon.wait_until(lambda: "source=orders" in daemon.logs(), "to poll what the file names")

    began = time.monotonic()
    run(["docker", "kill", "--signal", "TERM", daemon.name])
    assert daemon.end() == 0
    assert time.monotonic() - began < STOP_MAX_S
    assert "msg=stopped" in daemon.logs()


def test_health_says_no_when_nobody_listens(start, mounted):
    daemon = start(mounted('server: { listen: "off" }\n' + CONFIG), "--no-healthcheck")
    daemon.wait_until(lambda: "msg=serving" in daemon.logs(), "to serve")
    said = daemon.exec("pollbridge", "health")
    assert said.returncode == 1 and "no answer" in said.stderr


def test_the_store_outlives_its_container(image, start, mounted):
    volume = f"pollbridge-test-{time.monotonic_ns()}"
    arguments = [mounted(CONFIG), f"--volume={volume}:/var/lib/pollbridge"]
    try:
        daemon = start(*arguments)
        daemon.wait_until(lambda: "msg=serving" in daemon.logs(), "to serve")
        run(["docker", "stop", daemon.name])
        daemon.remove()
        files = shell(image, "ls -l /var/lib/pollbridge", arguments[-1])
        assert "pollbridge pollbridge" in files and "pollbridge.db" in files
    finally:
        run(["docker", "volume", "rm", "--force", volume], check=False)


def test_a_configuration_with_problems_is_refused_with_their_places(start, mounted):
    daemon = start(mounted(CONFIG.replace("interval", "intervall") + "sink: {}\n"))
    assert daemon.end() == 3
    said = daemon.logs()
    assert "/etc/pollbridge/pollbridge.yaml:5:5: " in said and "pollbridge.yaml:8:1: " in said


def test_a_forgotten_configuration_is_missed_by_name(start):
    daemon = start()
    assert daemon.end() == 3
    assert "/etc/pollbridge/pollbridge.yaml" in daemon.logs()
