"""for_each: one source for many things of a kind, each polled, remembered and told for itself."""

import threading
import time
import urllib.parse

import pytest
from fake_server import Answer
from test_control import ask

REGIONS = ["eu", "us", "asia"]


class Regions:
    """A source `orders` with an instance for each region, at /v1/REGION/orders."""

    def __init__(self, upstream, receiver, bridge, sink):
        self.upstream = upstream
        self.receiver = receiver
        self.bridge = bridge
        self.sink = sink
        self.orders = {
            region: upstream.resource(f"/v1/{region}/orders", {"region": region, "open": 0})
            for region in REGIONS
        }

    def configure(self, for_each, **source):
        self.bridge.configure(
            {
                "sources": {
                    "orders": {
                        "url": self.upstream.url + "/v1/{{ region }}/orders",
                        "interval": "1s",
                        "for_each": for_each,
                        **source,
                    }
                },
                "sinks": {"ops": {**self.sink, "sources": ["orders"]}},
            }
        )

    def change(self, region, value):
        self.orders[region].set({"region": region, "open": value})

    def told(self):
        """The instance, sequence and new value of every event so far."""
        return [
            (event.json["instance"]["region"], event.json["sequence"], event.data["after"]["open"])
            for event in self.receiver.deliveries.all()
        ]


@pytest.fixture
def regions(upstream, receiver, bridge, sink):
    return Regions(upstream, receiver, bridge, sink)


LISTS = {
    "inline": ([{"region": region} for region in REGIONS], None, None),
    "csv": ({"file": "list.csv"}, "list.csv", "region\neu\n\"us\"\nasia\n"),
    "columns": (
        {"file": "list.csv", "members": {"region": ".code"}},
        "list.csv",
        "code,note\neu,\"a, b\"\nus,\nasia,x\n",
    ),
    "yaml": (
        {"file": "list.yaml"},
        "list.yaml",
        "- region: eu\n- { region: us }\n- region: \"asia\"\n",
    ),
    "lines": (
        {"file": "list.txt", "members": {"region": "."}},
        "list.txt",
        "# regions\neu\n\nus  \nasia\r\n",
    ),
    "named": (
        {"file": "list", "format": "csv"},
        "list",
        "\ufeffregion\r\neu\r\nus\r\nasia\r\n",
    ),
}


@pytest.mark.parametrize("form", LISTS)
def test_every_form_of_list_polls_each_of_its_members(regions, form):
    for_each, name, text = LISTS[form]
    if name:
        (regions.bridge.directory / name).write_text(text, encoding="utf-8")
    regions.configure(for_each)
    listed = regions.bridge.once().stdout
    assert [line.split()[:2] for line in sorted(listed.splitlines())] == [
        [f"orders{{region={region}}}", "baseline"] for region in sorted(REGIONS)
    ]
    regions.change("us", 7)
    regions.bridge.once()
    assert regions.told() == [("us", 1, 7)]
    event = regions.receiver.deliveries.all()[0].json
    assert event["source"] == "orders" and event["instance"] == {"region": "us"}


def test_an_instance_is_its_members_whatever_its_url(regions):
    regions.configure([{"region": region} for region in REGIONS])
    regions.bridge.once()
    moved = regions.upstream.resource("/v2/eu", {"region": "eu", "open": 1})
    regions.upstream.resource("/v2/us", {"region": "us", "open": 0})
    regions.upstream.resource("/v2/asia", {"region": "asia", "open": 0})
    regions.configure(
        [{"region": region} for region in REGIONS],
        url=regions.upstream.url + "/v2/{{ region }}",
    )
    regions.bridge.once()
    assert regions.told() == [("eu", 1, 1)], "the base of before is compared with"
    moved.set({"region": "eu", "open": 2})
    regions.bridge.once()
    assert regions.told() == [("eu", 1, 1), ("eu", 2, 2)]


def test_places_are_filled_wherever_they_stand(upstream, receiver, bridge, sink):
    seen = []

    def answer(request):
        seen.append((request.query, request.headers["x-city"], request.json))
        return Answer.json({"a": 1})

    upstream.mount("/v1/S%C3%A3o%20Paulo/x", answer)
    bridge.configure(
        {
            "sources": {
                "w": {
                    "url": upstream.url + "/v1/{{ city }}/x?c={{ city }}",
                    "method": "POST",
                    "params": {"q": "in {{ city }}"},
                    "headers": {"x-city": "n{{ n }}"},
                    "json": {"id": "{{ n }}", "name": "of {{ city }}", "is": "{{ city }}"},
                    "for_each": [{"city": "São Paulo", "n": 5}],
                }
            },
            "sinks": {"ops": sink},
        }
    )
    bridge.once()
    query, field, body = seen[0]
    assert query == {"c": "São Paulo", "q": "in São Paulo"}
    assert field == "n5"
    assert body == {"id": 5, "name": "of São Paulo", "is": "São Paulo"}


def test_one_that_fails_does_not_disturb_the_others(regions):
    regions.configure([{"region": region} for region in REGIONS])
    regions.orders["us"].always(Answer(500, b"no"))
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline", 2)
    regions.change("eu", 1)
    regions.change("asia", 2)
    events = regions.receiver.wait(2)
    assert {event.json["instance"]["region"] for event in events} == {"eu", "asia"}
    failing = regions.bridge.process.wait_for_line("poll failed")[0]
    assert failing["source"] == "orders{region=us}"
    regions.orders["us"].always(None)


def test_a_reload_adds_and_removes_and_those_that_stay_go_on(regions):
    file = regions.bridge.directory / "list.csv"
    file.write_text("region\neu\nus\n")
    regions.configure({"file": "list.csv"})
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline", 2)
    file.write_text("region\nasia\neu\n")
    regions.bridge.reload()
    regions.bridge.process.wait_for_line("result=baseline", 3)
    regions.change("eu", 1)
    regions.receiver.wait(1)
    polls = len(regions.upstream.polls("/v1/us/orders"))
    regions.change("asia", 2)
    regions.receiver.wait(2)
    assert sorted(regions.told()) == [("asia", 1, 2), ("eu", 1, 1)]
    assert len(regions.upstream.polls("/v1/us/orders")) <= polls + 1, "one may have been under way"
    regions.change("us", 3)
    file.write_text("region\nasia\neu\nus\n")
    regions.bridge.reload()
    regions.receiver.wait(3)
    assert regions.told()[2] == ("us", 1, 3), "it comes back with the base it had"


def test_a_list_that_changes_is_read_without_a_signal(regions):
    file = regions.bridge.directory / "list.csv"
    file.write_text("region\neu\n")
    regions.configure({"file": "list.csv"})
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline")
    new = regions.bridge.directory / "list.new"
    new.write_text("region\neu\nus\n")
    new.replace(file)
    regions.bridge.process.wait_for_line("result=baseline", 2)
    regions.change("us", 1)
    regions.receiver.wait(1)


def test_a_bad_list_leaves_the_old_one_in_force(regions):
    file = regions.bridge.directory / "list.csv"
    file.write_text("region\neu\n")
    regions.configure({"file": "list.csv"})
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline")
    file.write_text("region\neu\neu\n")
    regions.bridge.reload()
    regions.bridge.process.wait_for_line("reload refused")
    assert "list.csv:3:1: the instance orders{region=eu} stands here a second time" in (
        regions.bridge.process.stderr
    )
    regions.change("eu", 1)
    regions.receiver.wait(1)


def test_state_outlives_a_kill(regions):
    regions.configure([{"region": region} for region in REGIONS])
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline", 3)
    regions.change("eu", 1)
    regions.receiver.wait(1)
    regions.bridge.kill()
    regions.change("eu", 2)
    regions.change("us", 9)
    regions.bridge.start()
    told = {("eu", 1, 1), ("eu", 2, 2), ("us", 1, 9)}
    deliveries = regions.receiver.deliveries
    deliveries.wait_until(lambda _: set(regions.told()) >= told, "all three changes")
    assert set(regions.told()) == told
    assert len({delivery.id for delivery in deliveries.all()}) == 3, "repeats keep their id"
    assert "result=baseline" not in regions.bridge.process.stderr


def test_commands_and_the_api_take_the_name_of_an_instance(regions):
    regions.configure([{"region": region} for region in REGIONS], interval="1h")
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline", 3)
    url = regions.bridge.url
    told = regions.bridge.run("explain", "-u", url, "orders{region=eu}").stdout
    assert told.startswith("orders{region=eu}: ok")
    regions.change("eu", 1)
    regions.bridge.run("poll", "-u", url, "orders{region=eu}")
    regions.receiver.wait(1)
    listed = regions.bridge.run("sources", "-u", url).stdout.splitlines()
    assert [line.split()[0] for line in listed] == [
        f"orders{{region={region}}}" for region in sorted(REGIONS)
    ]


class Repositories:
    """A list of repositories, and the branches of each: a source that follows another."""

    def __init__(self, upstream, receiver, bridge, sink):
        self.upstream = upstream
        self.receiver = receiver
        self.bridge = bridge
        self.list = upstream.resource("/repos", [])
        self.branches = {}
        bridge.configure(
            {
                "sources": {
                    "repos": {
                        "url": upstream.url + "/repos",
                        "interval": "1s",
                        "items": ".[]",
                        "key": ".id",
                        "guard": {"max_removed": "100%"},
                    },
                    "heads": {
                        "url": upstream.url + "/repos/{{ name }}/head",
                        "interval": "1s",
                        "for_each": {"source": "repos", "members": {"name": ".name"}},
                    },
                },
                "sinks": {"ops": {**sink, "sources": ["heads"]}},
            }
        )

    def set(self, *names):
        for name in names:
            if name not in self.branches:
                self.branches[name] = self.upstream.resource(f"/repos/{name}/head", {"sha": name})
        self.list.set(
            [
                {"id": i, "name": name, "stars": time.monotonic()}
                for i, name in enumerate(names, start=1)
            ]
        )

    def push(self, name, sha):
        self.branches[name].set({"sha": sha})

    def told(self):
        return [
            (event.json["instance"]["name"], event.data["after"]["sha"])
            for event in self.receiver.deliveries.all()
        ]


@pytest.fixture
def repositories(upstream, receiver, bridge, sink):
    return Repositories(upstream, receiver, bridge, sink)


def test_instances_follow_the_items_of_another_source(repositories):
    it = repositories
    it.set("a", "b/c")
    it.bridge.start()
    it.bridge.process.wait_for_line("result=baseline", 3)
    it.push("a", "a1")
    it.receiver.wait(1)
    it.set("a", "b/c", "d")
    it.bridge.process.wait_for_line("result=baseline", 4)
    it.push("d", "d1")
    it.receiver.wait(2)
    it.set("a", "d")
    it.bridge.process.wait_for_line("msg=instances source=heads instances=2", 2)
    polls = len(it.upstream.polls("/repos/b/c/head"))
    it.upstream.wait_for_more_polls("/repos/a/head", 3)
    assert len(it.upstream.polls("/repos/b/c/head")) <= polls + 1
    it.push("b/c", "bc1")
    it.set("a", "b/c", "d")
    it.receiver.wait(3)
    assert it.told() == [("a", "a1"), ("d", "d1"), ("b/c", "bc1")], "it returns with its base"


def test_once_polls_what_it_finds_and_a_restart_knows_it(repositories):
    it = repositories
    it.set("a", "b")
    listed = it.bridge.once().stdout.splitlines()
    assert [line.split()[0] for line in sorted(listed)] == [
        "heads{name=a}",
        "heads{name=b}",
        "repos",
    ]
    it.push("b", "b1")
    it.bridge.once()
    assert it.told() == [("b", "b1")]
    it.push("a", "a1")
    it.bridge.once("heads{name=a}")
    it.push("b", "b2")
    it.bridge.once("heads")
    assert it.told() == [("b", "b1"), ("a", "a1"), ("b", "b2")]


def test_items_that_make_no_instance_are_left_out_and_told(repositories):
    it = repositories
    it.set("a")
    it.list.set([{"id": 1, "name": "a"}, {"id": 2}, {"id": 3, "name": "../x"}])
    it.bridge.start()
    line = it.bridge.process.wait_for_line("make no instance")[0]
    assert line["items"] == "2" and line["source"] == "heads"
    it.bridge.process.wait_for_line("result=baseline", 2)
    assert not it.upstream.polls("/x/head")


def test_a_chain_is_followed(upstream, receiver, bridge, sink):
    orgs = upstream.resource("/orgs", [{"id": "o"}])
    upstream.resource("/orgs/o", [{"name": "r1"}, {"name": "r2"}])
    upstream.resource("/orgs/p", [{"name": "r3"}])
    for name in ("r1", "r2", "r3"):
        upstream.resource(f"/repos/{name}", {"n": name})
    interval = {"interval": "1s"}
    bridge.configure(
        {
            "sources": {
                "orgs": {"url": upstream.url + "/orgs", "items": ".[]", "key": ".id", **interval},
                "repos": {
                    "url": upstream.url + "/orgs/{{ id }}",
                    "items": ".[]",
                    "key": ".name",
                    "for_each": {"source": "orgs"},
                    **interval,
                },
                "heads": {
                    "url": upstream.url + "/repos/{{ name }}",
                    "for_each": {"source": "repos"},
                    **interval,
                },
            },
            "sinks": {"ops": sink},
        }
    )
    listed = bridge.once().stdout.splitlines()
    assert len(listed) == 4, listed
    bridge.start()
    orgs.set([{"id": "o"}, {"id": "p"}])
    upstream.wait_for_polls("/repos/r3", 1)


def test_a_budget_of_the_host_spreads_two_hundred_instances(upstream, receiver, bridge, sink):
    lock = threading.Lock()
    inside = []
    most = [0]

    def answer(request):
        with lock:
            inside.append(request.path)
            most[0] = max(most[0], len(inside))
        time.sleep(0.02)
        with lock:
            inside.remove(request.path)
        return Answer.json({"a": 1})

    for i in range(200):
        upstream.mount(f"/i/{i}", answer)
    host = urllib.parse.urlsplit(upstream.url).netloc
    bridge.configure(
        {
            "limits": {host: {"requests": 50, "per": "3s", "concurrency": 2}},
            "sources": {
                "i": {
                    "url": upstream.url + "/i/{{ value }}",
                    "interval": "1h",
                    "for_each": list(range(200)),
                }
            },
            "sinks": {"ops": sink},
        }
    )
    bridge.start()
    asked = upstream.requests.wait_until(
        lambda requests: len({request.path for request in requests}) == 200 and requests,
        "a poll of each",
    )
    assert most[0] <= 2
    at = sorted(request.at for request in asked)
    for first, later in zip(at, at[50:]):
        assert later - first > 2.9, "no more than 50 in 3 seconds"


def test_the_api_pages_through_instances(regions):
    regions.configure([{"region": region} for region in REGIONS], interval="1h")
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline", 3)
    names = []
    iterator = ""
    done = False
    while not done:
        status, page = ask(regions.bridge, "/v1/sources?limit=1" + iterator)
        assert status == 200
        names += [source["name"] for source in page["data"]]
        iterator = "&iterator=" + urllib.parse.quote(page["iterator"])
        done = page["done"]
    assert names == [f"orders{{region={region}}}" for region in sorted(REGIONS)]


def test_the_api_finds_the_instances_of_a_source_and_those_in_trouble(regions):
    regions.configure([{"region": region} for region in REGIONS], interval="1h")
    regions.orders["us"].always(Answer(404, b"no"))
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline", 2)
    regions.bridge.process.wait_for_line("poll failed")
    bridge = regions.bridge
    _, page = ask(bridge, "/v1/sources?source=orders&limit=2")
    assert [source["instance"]["region"] for source in page["data"]] == ["asia", "eu"]
    assert {source["source"] for source in page["data"]} == {"orders"} and not page["done"]
    assert ask(bridge, "/v1/sources?source=order")[1]["data"] == []
    _, page = ask(bridge, "/v1/sources?trouble=true")
    assert [source["name"] for source in page["data"]] == ["orders{region=us}"]
    status, refusal = ask(bridge, "/v1/sources/orders")
    assert status == 404 and "/v1/sources?source=" in refusal["detail"]
    listed = bridge.run("sources", "-u", bridge.url, "--trouble").stdout
    assert listed.startswith("orders{region=us}") and len(listed.splitlines()) == 1
    listed = bridge.run("sources", "-u", bridge.url, "orders").stdout
    assert len(listed.splitlines()) == len(REGIONS)


@pytest.mark.parametrize("detail", ["source", "instance", "off"])
def test_metrics_count_by_source_by_instance_or_not_at_all(regions, detail):
    regions.configure([{"region": region} for region in REGIONS], interval="1h")
    regions.bridge.configure(
        regions.bridge.file.read_text().replace("server:", f"server:\n  metrics: {detail}")
    )
    regions.bridge.start()
    regions.bridge.process.wait_for_line("result=baseline", 3)
    counts = {
        source: regions.bridge.metric(
            "pollbridge_polls_total",
            result="baseline",
            **({"source": source} if source else {}),
        )
        for source in ("orders", "orders{region=eu}", "")
    }
    wanted = {"source": [3, None, None], "instance": [None, 1, None], "off": [None, None, 3]}
    assert list(counts.values()) == wanted[detail]
    seen = regions.bridge.metric("pollbridge_source_last_success_timestamp_seconds", source="orders")
    assert (seen is not None) == (detail == "source")


def test_validate_counts_instances_and_test_shows_one(regions):
    regions.configure([{"region": region} for region in REGIONS])
    told = regions.bridge.run("validate", regions.bridge.file).stdout
    assert "1 source (3 instances), 1 sink" in told
    told = regions.bridge.run("test", "-c", regions.bridge.file, "orders").stdout
    assert "orders has 3 instances; this is the first, orders{region=asia}\n" in told
    assert "'orders{region=eu}'\n" in told  # how another one is named
    assert "/v1/asia/orders" in told and "/v1/eu/orders" not in told
    told = regions.bridge.run("test", "-c", regions.bridge.file, "orders{region=us}").stdout
    assert "/v1/us/orders" in told
    run = regions.bridge.run("test", "-c", regions.bridge.file, "orders{region=mars}", code=2)
    assert "it has\n  orders{region=asia},\n" in run.stderr


def test_test_of_a_source_that_follows_shows_one(repositories):
    bridge = repositories.bridge
    repositories.set("one", "two")
    run = bridge.run("test", "-c", bridge.file, "heads", code=1)
    assert "heads follows the items of repos, and none are known yet" in run.stderr
    bridge.once()
    told = bridge.run("test", "-c", bridge.file, "heads").stdout
    assert "heads has 2 instances; this is the first, heads{name=one}\n" in told
    assert "/repos/one/head" in told and "/repos/two/head" not in told
    told = bridge.run("test", "-c", bridge.file, "heads{name=two}").stdout
    assert "/repos/two/head" in told and "/repos/one/head" not in told
    run = bridge.run("test", "-c", bridge.file, "heads{name=three}", code=2)
    assert "it has\n  heads{name=one},\n  heads{name=two}" in run.stderr
