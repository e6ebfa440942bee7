"""A container engine to test with: the one that is there, or one of our own.

Our own needs root and POLLBRIDGE_TEST_DOCKER=1, because it installs packages, makes a bridge and
writes firewall rules; what it changed is put back when it ends. It asks no registry: its base image
is made by debootstrap, and apt in it reaches the mirror the way apt on this machine does.
"""

import os
import pathlib
import re
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BASE = "debian:bookworm-slim"
START_S = 60
# A table that nobody had used is not among the saved rules.
EMPTY_TABLES = {
    "*filter": "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n",
    "*nat": "*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\n"
    "COMMIT\n",
}
# What the slim image of Debian leaves out too.
LEFT_OUT = [
    "./usr/share/doc/*",
    "./usr/share/man/*",
    "./usr/share/locale/*",
    "./var/cache/apt/*",
    "./var/lib/apt/lists/*",
]


def run(arguments, check=True, **options):
    """Runs a program to its end; when it failed, the error says what it said."""
    options.setdefault("timeout", 300)
    done = subprocess.run(
        [str(argument) for argument in arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )
    if check and done.returncode != 0:
        said = done.stdout + done.stderr
        raise AssertionError(f"{done.args} ended with {done.returncode}\n{said}")
    return done


def answers():
    client = shutil.which("docker")
    return bool(client) and run([client, "info"], check=False, timeout=30).returncode == 0


def own_engine_allowed():
    return os.environ.get("POLLBRIDGE_TEST_DOCKER") == "1" and os.geteuid() == 0


def install():
    run([ROOT / "docker/packages", "--engine"])


class OwnEngine:
    """dockerd with folders, socket and processes of its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.socket = f"unix://{self.folder}/docker.sock"
        self.rules = run(["iptables-save"]).stdout
        self.rules += "".join(EMPTY_TABLES[name] for name in EMPTY_TABLES if name not in self.rules)
        self.had_bridge = pathlib.Path("/sys/class/net/docker0").exists()
        self.forwarding = pathlib.Path("/proc/sys/net/ipv4/ip_forward").read_text()
        self.log = open(self.folder / "dockerd.log", "w", encoding="utf-8")
        # A test run that is killed takes its engine along.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "dockerd"]
            + ["--host", self.socket, "--pidfile", self.folder / "docker.pid"]
            + ["--data-root", self.folder / "data", "--exec-root", self.folder / "exec"],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait(self):
        """Whether it answers before long; it may not be able to run here at all."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if answers():
                return True
            time.sleep(0.2)
        return False

    def last_words(self):
        return (self.folder / "dockerd.log").read_text(encoding="utf-8")[-2000:]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        mounts = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
        for line in reversed(mounts):
            place = line.split()[1]
            if place.startswith(f"{self.folder}/"):
                run(["umount", "--lazy", place], check=False)
        run(["iptables-restore"], check=False, input=self.rules)
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text(self.forwarding)
        if not self.had_bridge and shutil.which("ip"):
            run(["ip", "link", "delete", "docker0"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def mirror():
    """Where apt on this machine takes bookworm from."""
    lines = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)"]).stdout
    found = re.search(r"^(\S+) bookworm$", lines, re.MULTILINE)
    return found[1] if found else "http://deb.debian.org/debian"


def tell_apt(root):
    """What this machine's apt is told about mirrors and proxies, for the apt inside."""
    settings = run(["apt-config", "dump"]).stdout.splitlines()
    lines = [line for line in settings if line.startswith("Acquire::")]
    (root / "etc/apt/apt.conf.d/90host").write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_base(folder):
    """A minimal Debian under the name the Dockerfile asks for."""
    root = pathlib.Path(folder) / "base"
    run(["debootstrap", "--variant=minbase", "bookworm", root, mirror()])
    tell_apt(root)
    archive = pathlib.Path(folder) / "base.tar"
    left_out = [f"--exclude={place}" for place in LEFT_OUT]
    run(["tar", "-C", root, "-cf", archive, *left_out, "."])
    run(["docker", "import", archive, BASE])
    shutil.rmtree(root)
    archive.unlink()


def have_base():
    return (
        run(["docker", "image", "inspect", BASE], check=False).returncode == 0
        or run(["docker", "pull", "--quiet", BASE], check=False).returncode == 0
    )


def compose():
    """The command for compose files: the plugin, or Debian's docker-compose, or None."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and run([*command, "version"], check=False).returncode == 0:
            return command
    return None
