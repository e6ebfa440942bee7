"""The recipes of config/examples, each as it stands, against a fake of the service that answers in its
shape and with its header fields; and over recorded answers of the real one, where there are some."""

import json
import os
import pathlib
import re
import shutil

import pytest
from fake_server import Answer
from services import forges, open_data, packages

RECIPES = {
    "atom-feed": packages.Atom,
    "earthquakes": open_data.Earthquakes,
    "ecb-rates": open_data.EuroRates,
    "github-commits": forges.GitHubCommits,
    "github-releases": forges.GitHubReleases,
    "gitlab-issues": forges.GitLabIssues,
    "gitlab-releases-graphql": forges.GitLabReleases,
    "known-vulnerabilities": open_data.KnownVulnerabilities,
    "npm-package": packages.Npm,
    "open-meteo": open_data.OpenMeteo,
    "pypi-package": packages.PyPI,
    "rss-feed": packages.Rss,
    "statuspage": packages.Statuspage,
    "weather-alerts": open_data.WeatherAlerts,
}
STORIES = {"weather", "login", "payments", "git-push", "oauth2", "cities"}  # tested elsewhere


@pytest.fixture
def recipe(bridge, root, upstream):
    """Puts a recipe in force, with its service's address and nothing else told to it."""

    def cook(name):
        service = RECIPES[name]
        shutil.copy(root / "config" / "examples" / f"{name}.yaml", bridge.file)
        bridge.environment.update(
            {service.variable: upstream.url, "LISTEN": "127.0.0.1:0", **service.environment}
        )
        return service(upstream)

    return cook


def events(run):
    """What the sink printed, in an order of its own: (type, key)."""
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    told = [(line["type"], line["data"].get("key")) for line in lines]
    return sorted(told, key=lambda event: (event[0], str(event[1])))


def test_every_recipe_is_tested(root):
    files = {file.stem for file in (root / "config" / "examples").glob("*.yaml")}
    assert files == set(RECIPES) | STORIES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs_without_any_variable(bridge, root, name):
    bridge.run("validate", "-c", root / "config" / "examples" / f"{name}.yaml")


@pytest.mark.parametrize("name", RECIPES)
def test_news_is_told_and_noise_is_not(recipe, bridge, name):
    service = recipe(name)
    assert "baseline" in bridge.once().stdout
    for _ in range(3):
        service.noise()
        assert events(bridge.once()) == []
    expected = service.news()
    assert events(bridge.once()) == expected
    service.noise()
    assert events(bridge.once()) == []


@pytest.mark.parametrize("name", RECIPES)
def test_the_test_command_shows_what_a_person_wants_to_see(recipe, bridge, name):
    service = recipe(name)
    shown = bridge.run("test", "-c", bridge.file, service.source).stdout
    assert re.search(r"^> (GET|POST) http://", shown, re.MULTILINE), shown
    assert re.search(r"^< 200 in \d+ ms, \d+ bytes$", shown, re.MULTILINE), shown
    assert re.search(r"^< Content-Type: ", shown, re.MULTILINE | re.IGNORECASE), shown
    assert f"{service.source}: baseline" in shown
    document = shown.partition("the document:\n")[2].partition("\n" + service.source)[0]
    assert document.lstrip()[0] in "[{" and len(document.splitlines()) <= 42, document
    assert re.search(r"poll again in \S+ \(.+\)", shown), shown
    assert "0 events would be told" in shown


# ---- recorded answers of the real services ----


def _corpus():
    folder = os.environ.get("POLLBRIDGE_CORPUS")
    if not folder:
        pytest.skip("POLLBRIDGE_CORPUS is not set")
    return pathlib.Path(folder)


def _exchange(name):
    """The answer of a recorded exchange."""
    recorded = json.loads((_corpus() / "samples/github-rest-octokit" / name).read_text())
    return recorded["exchanges"][0]["response"]["body"].encode()


RECORDED = {
    "earthquakes": (
        lambda: (_corpus() / "samples/earthquakes-usgs/all_day.geojson").read_bytes(),
        "application/json",
        "/earthquakes/feed/v1.0/summary/all_hour.geojson",
    ),
    "weather-alerts": (
        lambda: (_corpus() / "samples/weather-nws/alerts_active_zone.json").read_bytes(),
        "application/geo+json",
        "/alerts/active",
    ),
    "github-releases": (
        lambda: _exchange("Octokit_Client_Releases___releases__lists_releases_for_a_repo.json"),
        "application/json; charset=utf-8",
        "/repos/octo-org/octo-repo/releases",
    ),
    "github-commits": (
        lambda: _exchange("Octokit_Client_Commits___commits__returns_all_commits.json"),
        "application/json; charset=utf-8",
        "/repos/octo-org/octo-repo/commits",
    ),
    "gitlab-issues": (
        lambda: (_corpus() / "samples/issues-gitlab/project_issues.json").read_bytes(),
        "application/json",
        "/api/v4/projects/octo%2Frunner/issues",
    ),
    "statuspage": (
        lambda: _exchange(
            "Octokit_Client_ServiceStatus___github_status_summary__"
            "returns_the_current_system_status_summary.json"
        ),
        "application/json; charset=utf-8",
        "/api/v2/summary.json",
    ),
    "rss-feed": (
        lambda: (_corpus() / "samples/feeds-feedjira/TechCrunch.xml").read_bytes(),
        "text/xml; charset=UTF-8",
        "/",
    ),
    "atom-feed": (
        lambda: (_corpus() / "samples/feeds-feedjira/AmazonWebServicesBlog.xml").read_bytes(),
        "text/xml",
        "/",
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_has_items(recipe, bridge, upstream, name):
    load, kind, path = RECORDED[name]
    body = load()
    service = recipe(name)
    upstream.mount(path, lambda request: Answer(200, body, {"Content-Type": kind}))
    each = "    first_run: items\n    max_events_per_poll: 10000\n    key: "
    text = bridge.file.read_text().replace("    key: ", each)
    bridge.file.write_text(text)
    told = events(bridge.once(service.source))
    assert len(told) >= 1 and {kind for kind, _ in told} == {"item.created"}, told
    assert len({str(key) for _, key in told}) == len(told)
    assert events(bridge.once(service.source)) == []
