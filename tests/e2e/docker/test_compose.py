"""compose.yaml as a reader would start it: three containers, and a webhook on its way."""

import json
import os
import socket
import urllib.request
import uuid

import engine as engines
import pytest
from conftest import wait_until
from engine import ROOT, run


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Project:
    def __init__(self, command):
        self.port = free_port()
        self.environment = {**os.environ, "POLLBRIDGE_PORT": str(self.port)}
        self.command = [*command, "--project-name", f"pollbridge{uuid.uuid4().hex[:8]}"]
        self.command += ["--file", str(ROOT / "docker/compose.yaml")]

    def do(self, *arguments):
        return run([*self.command, *arguments], env=self.environment).stdout

    def logs(self, *services):
        return self.do("logs", "--no-color", *services)

    def inspect(self, service, what):
        # With --all: one that has stopped is asked for too.
        container = self.do("ps", "--quiet", "--all", service).strip()
        template = "{{json " + what + "}}"
        return json.loads(run(["docker", "inspect", "--format", template, container]).stdout)

    def wait_for(self, service, count, *words):
        def enough():
            lines = self.logs(service).splitlines()
            return sum(all(word in line for word in words) for line in lines) >= count

        wait_until(enough, f"{count} lines with {words} of {service}", self.logs)


@pytest.fixture(scope="module")
def project(image, demo_image):
    command = engines.compose()
    if not command:
        pytest.skip("neither docker compose nor docker-compose is here")
    one = Project(command)
    try:
        one.do("up", "--detach", "--no-build")
        yield one
    finally:
        one.do("down", "--volumes", "--timeout", "20")


def test_webhooks_of_every_city_arrive_and_are_genuine(project):
    for city in ("madrid", "oslo"):
        project.wait_for("receiver", 1, "verified: ", city, "document.changed", "/temperature_c")
    assert "refused" not in project.logs("receiver")


def test_what_is_not_needed_is_taken_away(project):
    for service in ("bridge", "upstream", "receiver"):
        host = project.inspect(service, ".HostConfig")
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["Privileged"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert project.inspect(service, ".Config.User") not in ("", "0", "root", "0:0")


def test_the_published_port_counts_what_was_delivered(project):
    project.wait_for("receiver", 1, "verified: ")
    url = f"http://127.0.0.1:{project.port}/metrics"

    def delivered():
        with urllib.request.urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        wanted = 'pollbridge_deliveries_total{sink="receiver",result="delivered"} '
        return any(line.startswith(wanted) and float(line.split()[-1]) > 0 for line in lines)

    wait_until(delivered, "a delivery in the metrics", project.logs)


def test_a_restart_goes_on_where_it_was(project):
    project.wait_for("bridge", 2, "result=baseline")
    heard = project.logs("receiver").count("verified: ")
    project.do("restart", "--timeout", "20", "bridge")
    project.wait_for("bridge", 2, "msg=serving")
    project.wait_for("receiver", heard + 2, "verified: ")
    assert project.logs("bridge").count("result=baseline") == 2
    assert "refused" not in project.logs("receiver")


def test_it_stops_in_order(project):
    project.do("stop", "--timeout", "20")
    for service in ("bridge", "upstream", "receiver"):
        assert project.inspect(service, ".State.ExitCode") == 0, project.logs(service)
