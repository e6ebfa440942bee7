"""When a source is polled next, and why: what APIs ask for, limits, schedules, silence."""

import datetime
import json

from fake_server import Answer

AT_ONCE = 0.05  # clocks of two processes


def view(bridge, name="thing"):
    status, text = bridge.get("/v1/sources/" + name)
    assert status == 200, text
    return json.loads(text)


def two_sources(upstream, bridge, sink, **more):
    first = upstream.resource("/first", {"n": 1}, etag=False)
    upstream.resource("/second", {"n": 1}, etag=False)
    sources = {
        name: {"url": f"{upstream.url}/{name}", "interval": "1s"} for name in ("first", "second")
    }
    bridge.configure({"sources": sources, "sinks": {"ops": sink}, **more})
    return first


def gaps(requests):
    times = sorted(request.at for request in requests)
    return [later - earlier for earlier, later in zip(times, times[1:])]


def test_a_fresh_answer_is_not_asked_for_again(pair):
    pair.configure({"n": 1}, how={"etag": False})
    pair.thing.headers["cache-control"] = "max-age=3"
    pair.start()
    source = view(pair.bridge)
    assert source["next_reason"] == "cache" and "Cache-Control" in source["next_detail"]
    assert min(gaps(pair.upstream.wait_for_polls("/thing", 3))) >= 3 - AT_ONCE
    pair.rewrite(honor_cache=False)
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing")
    assert "(its interval)" in run.stdout


def test_a_used_up_quota_stops_every_source_of_the_credential(upstream, bridge, sink):
    first = two_sources(upstream, bridge, sink)
    bridge.start()
    upstream.wait_for_polls("/second", 2)
    used_up = {"ratelimit": '"all";r=0;t=4', "ratelimit-policy": '"all";q=60;w=60'}
    spent = []

    def spend(request):
        spent.append(request)
        return Answer(200, b'{"n": 1}', {"content-type": "application/json", **used_up})

    first.script(spend)
    upstream.wait_for_more_polls("/first", 3)
    later = [r.at for r in upstream.requests.all() if r.at > spent[0].at + 0.5]
    assert min(later) - spent[0].at >= 4 - AT_ONCE


def test_the_quota_is_shown(pair):
    pair.configure({"n": 1})
    pair.thing.headers.update(
        {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "3600"}
    )
    pair.start()
    source = view(pair.bridge)
    assert source["next_reason"] == "quota"
    assert (source["quota"]["limit"], source["quota"]["remaining"]) == (60, 0)
    assert pair.bridge.metric("pollbridge_source_quota_remaining", source="thing") == 0
    run = pair.bridge.run("explain", "-c", pair.bridge.file, "--url", pair.bridge.url, "thing")
    assert "0 of 60 left" in run.stdout and "quota is used up" in run.stdout


def test_a_budget_counts_the_token_requests_of_its_auth(upstream, bridge, sink):
    upstream.mount("/login", lambda request: Answer.json({"token": "a-token-of-the-test"}))
    bridge.hide("a-token-of-the-test")
    auth = {"type": "login", "token": ".token", "request": {"url": upstream.url + "/login"}}
    first = two_sources(
        upstream, bridge, sink, auth={"api": auth}, limits={upstream.host: {"requests": 3, "per": "1h"}}
    )
    assert first
    config = bridge.file.read_text().replace("interval: 1s", "interval: 1s\n    auth: api")
    bridge.file.write_text(config)
    bridge.start()
    upstream.requests.wait_for(lambda _: True, 3, "requests")
    deadline = upstream.requests.all()[0].at
    sources = [view(bridge, name) for name in ("first", "second")]
    while not any(source["next_reason"] == "budget" for source in sources):
        sources = [view(bridge, name) for name in ("first", "second")]
        assert len(upstream.requests) == 3, f"since {deadline}"
    assert len(upstream.polls("/login")) == 1


def test_a_rest_outlives_the_process(pair):
    pair.configure({"n": 1})
    pair.start()
    pair.thing.script(Answer.json({}, 429, retry_after="5"))
    pair.bridge.process.wait_for_line("msg=throttled")
    pair.bridge.stop()
    asked = len(pair.upstream.polls("/thing"))
    pair.bridge.start()
    requests = pair.upstream.wait_for_polls("/thing", asked + 1)
    assert requests[-1].at - requests[-2].at >= 5 - AT_ONCE
    assert len(pair.receiver.deliveries) == 0  # a 429 and then a 200 are no change


def test_outside_of_its_windows_a_source_is_left_alone(pair):
    now = datetime.datetime.now(datetime.timezone.utc)
    days = [(now + datetime.timedelta(days=n)).strftime("%a").lower() for n in (2, 3)]
    pair.configure({"n": 1}, windows=[{"days": days, "from": "08:00", "to": "18:00"}])
    pair.bridge.start()
    source = view(pair.bridge)
    opens = datetime.datetime.fromisoformat(source["next_poll_at"].replace("Z", "+00:00"))
    assert source["next_reason"] == "window"
    assert opens.strftime("%a").lower() in days and opens.hour == 8
    assert not pair.upstream.polls("/thing")


def test_a_schedule_has_its_turns_in_its_time_zone(pair):
    pair.configure({"n": 1})
    pair.bridge.configure(
        {
            "sources": {
                "thing": {
                    "url": pair.upstream.url + "/thing",
                    "schedule": "30 8 * * *",
                    "timezone": "Asia/Kolkata",
                }
            },
            "sinks": {"ops": pair.sink},
        }
    )
    pair.bridge.start()
    source = view(pair.bridge)
    assert source["next_reason"] == "schedule"
    assert source["next_poll_at"][11:16] == "03:00"  # 08:30 there
    assert not pair.upstream.polls("/thing")


def test_silence_is_told_once_until_the_next_change(pair):
    pair.configure({"n": 1}, expect_change_within="2s")
    pair.start()
    (stale,) = pair.receiver.wait(1)
    assert stale.type == "source.stale" and stale.data["expected_within"] == "2s"
    pair.upstream.wait_for_more_polls("/thing", 2)
    assert view(pair.bridge)["state"] == "stale"
    pair.thing.set({"n": 2})
    assert pair.receiver.wait(3)[1].type == "document.changed"
    assert [d.type for d in pair.receiver.wait(3)] == [
        "source.stale", "document.changed", "source.stale"
    ]  # fmt: skip


def test_a_failure_is_shown_with_what_to_do(pair):
    pair.configure({"n": 1})
    pair.start()
    pair.thing.always(Answer.json({}, 404))
    pair.bridge.process.wait_for_line("poll failed")
    source = view(pair.bridge)
    assert source["last_poll"]["code"] == "http_status"
    assert "404: check the URL" in source["last_poll"]["advice"]
    assert source["next_reason"] == "backoff"
    run = pair.bridge.run("test", "-c", pair.bridge.file, "thing", code=1)
    assert "what to do: " in run.stdout
