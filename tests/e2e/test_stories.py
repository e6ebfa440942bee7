"""The four stories of config/examples, each loaded as it stands, against a fake of the service."""

import base64
import hashlib
import stat
import subprocess
import threading

import pytest
from fake_server import Answer
from receiver import SECRET
from services.github import GitHub
from services.paypal import PayPal
from services.shop import Shop
from services.weather import HTML, Weather


@pytest.fixture
def story(bridge, root):
    """Puts an example in force: the file itself, with variables for what differs per user."""

    def tell(name, **variables):
        example = root / "config" / "examples" / f"{name}.yaml"
        bridge.configure(example.read_text(encoding="utf-8"))
        bridge.environment.update(LISTEN="127.0.0.1:0", INTERVAL="1s", **variables)
        bridge.run("validate", bridge.file)
        return bridge

    tell.folder = bridge.directory
    return tell


def test_weather_tells_temperature_and_condition_and_nothing_else(story, upstream, receiver):
    key = "weather-key-0123456789"
    weather = Weather(upstream, key)
    receiver.hook("/hooks/weather")
    bridge = story(
        "weather",
        WEATHER_URL=upstream.url,
        WEATHER_KEY=key,
        WEBHOOK_URL=receiver.url,
        WEBHOOK_SECRET=SECRET,
    )
    bridge.hide(key)
    bridge.start()
    # Humidity, wind and the clock move with each of these polls; nothing may come of it.
    assert upstream.wait_for_polls("/v1/location", 3)[0].query == {"city": "Madrid"}
    weather.now = {"temp_c": 22.75, "text": "Sunny"}
    receiver.wait(1)
    weather.down = HTML  # a maintenance page at 200 is no weather
    upstream.wait_for_more_polls("/v1/location")
    weather.down = None
    weather.now = {"temp_c": 22.75, "text": "Light rain"}
    warmer, wetter = receiver.wait(2)
    assert [warmer.sequence, wetter.sequence] == [1, 2]
    assert warmer.data["before"] == {"temperature": 21.5, "condition": "Sunny"}
    assert warmer.data["after"] == {"temperature": 22.75, "condition": "Sunny"}
    assert warmer.data["changes"] == [{"path": "/temperature", "old": 21.5, "new": 22.75}]
    assert wetter.data["changes"] == [{"path": "/condition", "old": "Sunny", "new": "Light rain"}]
    assert wetter.json["previous_id"] == warmer.id


def test_login_survives_expiry_and_revocation(story, upstream, receiver):
    password = "a pass/word with %41 and \"quotes\""
    shop = Shop(upstream, "bridge", password)
    shop.lifetimes = [6]  # a short one is renewed at half its life, a long one a minute before
    shop.orders = {"4711": "open", "4712": "open"}
    receiver.hook("/hooks/orders")
    bridge = story(
        "login",
        API_URL=upstream.url,
        API_USER="bridge",
        API_PASSWORD=password,
        WEBHOOK_URL=receiver.url,
        WEBHOOK_SECRET=SECRET,
    )
    bridge.hide(password)
    bridge.start()
    upstream.wait_for_polls("/v1/orders", 1)
    upstream.wait_for_polls("/auth/login", 2)  # before the expiry, without a poll being refused
    assert shop.refused == 0
    shop.orders["4711"] = "paid"
    (paid,) = receiver.wait(1)
    assert (paid.type, paid.data["key"]) == ("item.updated", "4711")
    assert paid.data["changes"] == [{"path": "/status", "old": "open", "new": "paid"}]
    assert shop.refused == 0

    shop.revoke()
    shop.orders["4713"] = "new"
    created = receiver.wait(2)[1]
    assert (created.type, created.data["key"]) == ("item.created", "4713")
    assert (shop.refused, shop.logins) == (1, 3)  # one 401, one login, the same poll again
    bridge.hide(*shop.tokens())


def test_payments_post_each_completed_payment_once(story, upstream, receiver):
    basic = base64.b64encode(b"client-id:client-secret").decode()
    paypal = PayPal(upstream, basic)
    paypal.pay("10.00")  # before the first poll: the baseline
    pending = paypal.pay("20.00", "created")
    receiver.hook("/paypal/webhook", script=[500])
    bridge = story(
        "payments",
        PAYPAL_URL=upstream.url,
        PAYPAL_BASIC=basic,
        WEBHOOK_URL=receiver.url,
        WEBHOOK_SECRET=SECRET,
    )
    bridge.hide(basic, "A21AAFexampletokenofpaypal")
    bridge.start()
    upstream.wait_for_polls("/v1/payments/payment", 2)
    paypal.settle(pending, "completed")
    upstream.wait_for_more_polls("/v1/payments/payment")
    at_once = paypal.pay("30.00")
    paypal.pay("40.00", "created")  # never completed
    # The first attempt fails and comes again; the other payment does not wait for it.
    deliveries = receiver.wait(3)
    bridge.restart()
    upstream.wait_for_more_polls("/v1/payments/payment", 2)
    last = paypal.pay("50.00")
    deliveries = receiver.wait(4)
    taken = [delivery for delivery in deliveries if delivery.status < 300]
    assert sorted(d.json["resource"]["id"] for d in taken) == sorted([pending, at_once, last])
    assert len({d.json["id"] for d in deliveries}) == 3
    for delivery in taken:
        body = delivery.json
        assert body["event_type"] == "PAYMENT.SALE.COMPLETED"
        assert body["id"] == delivery.id
        sale = body["resource"]["transactions"][0]["related_resources"][0]["sale"]
        assert sale["state"] == "completed"


BUILD = """#!/bin/sh
# What a CI server does with a push: check out and build, here written down.
printf '%s %s..%s\\n' "$REF" "$BEFORE" "$AFTER" >>"$BUILDS"
"""


def test_git_push_starts_a_build(story, upstream, receiver, tmp_path):
    token = "github_pat_11EXAMPLE0123456789"
    secret = hashlib.sha256(b"ci").hexdigest()
    github = GitHub(upstream, "octo-org/octo-repo", token)
    first = github.push("main", "first")
    script = tmp_path / "build.sh"
    script.write_text(BUILD)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    builds = tmp_path / "builds"
    built = threading.Event()

    def build(delivery):  # called only when the signature was valid
        assert delivery.headers["x-github-event"] == "push"
        push = delivery.json
        variables = {
            "REF": push["ref"],
            "BEFORE": push["before"],
            "AFTER": push["after"],
            "BUILDS": str(builds),
        }
        subprocess.run([str(script)], env=variables, check=True)
        built.set()

    receiver.hook("/github-webhook/", secret=secret, signature="github", then=build)
    bridge = story(
        "git-push",
        GIT_URL=upstream.url,
        GIT_REPOSITORY="octo-org/octo-repo",
        GITHUB_TOKEN=token,
        CI_URL=receiver.url,
        CI_SECRET=secret,
    )
    bridge.hide(token, secret)
    bridge.start()
    branches = "/repos/octo-org/octo-repo/branches"
    polls = upstream.wait_for_polls(branches, 3)
    assert polls[1].headers["if-none-match"].startswith('W/"')
    assert github.not_modified >= 1 and github.quota == 4999  # only the first one cost anything
    second = github.push("main", "second")
    (push,) = receiver.wait(1)
    assert built.wait(10)
    assert push.headers["x-github-delivery"] == push.id
    assert push.json["repository"]["full_name"] == "octo-org/octo-repo"
    fresh = github.push("fix", "a new branch")
    created = receiver.wait(2)[1]
    assert created.json["created"] is True
    github.delete("fix")
    third = github.push("main", "third")
    receiver.wait(3)
    assert builds.read_text().splitlines() == [
        f"refs/heads/main {first}..{second}",
        f"refs/heads/fix {'0' * 40}..{fresh}",
        f"refs/heads/main {second}..{third}",
    ]


def test_each_city_of_a_file_is_polled_and_told_for_itself(story, root, upstream, receiver):
    now = {"40.4168": 21.5, "-23.5505": 28.0}
    asked = []

    def answer(request):
        asked.append(request.query["latitude"])
        assert request.query["current"] == "temperature_2m,weather_code"
        return Answer.json(
            {
                "latitude": float(request.query["latitude"]),
                "longitude": float(request.query["longitude"]),
                "current": {
                    "time": str(len(asked)),
                    "interval": 900,
                    "temperature_2m": now.get(request.query["latitude"], 10.0),
                    "weather_code": 3,
                },
            }
        )

    upstream.mount("/v1/forecast", answer)
    receiver.hook("/hooks/weather")
    rows = (root / "config/examples/cities.csv").read_bytes()
    (story.folder / "cities.csv").write_bytes(rows)
    bridge = story(
        "cities",
        OPEN_METEO_URL=upstream.url,
        WEBHOOK_URL=receiver.url,
        WEBHOOK_SECRET=SECRET,
    )
    bridge.start()
    bridge.process.wait_for_line("result=baseline", 5)
    assert len(set(asked)) == 5
    now["-23.5505"] = 28.5
    (event,) = receiver.wait(1)
    assert event.json["source"] == "weather"
    assert event.json["instance"] == {
        "city": "São Paulo",
        "latitude": "-23.5505",
        "longitude": "-46.6333",
    }
    assert event.data["changes"] == [{"path": "/temperature_2m", "old": 28.0, "new": 28.5}]
