"""The whole way once, with a restart: what the thread sanitizer runs."""


def test_a_change_becomes_one_signed_webhook(pair):
    pair.configure({"temperature": 20}, select=".")
    pair.bridge.start()
    pair.upstream.wait_for_polls("/thing", 2)
    pair.thing.set({"temperature": 21})
    (delivery,) = pair.receiver.wait()
    assert delivery.type == "document.changed"
    assert delivery.sequence == 1  # the baseline told nothing
    assert delivery.data["before"] == {"temperature": 20}
    assert delivery.data["after"] == {"temperature": 21}


def test_many_sources_reload_and_restart(upstream, receiver, bridge, sink):
    things = [upstream.resource(f"/things/{i}", {"n": 0}) for i in range(20)]

    def configure(count):
        bridge.configure(
            {
                "sources": {
                    f"thing-{i}": {"url": f"{upstream.url}/things/{i}", "interval": "1s"}
                    for i in range(count)
                },
                "limits": {upstream.host: {"concurrency": 20}},
                "sinks": {"ops": sink},
            }
        )

    configure(10)
    bridge.start()
    for i in range(10):
        upstream.wait_for_polls(f"/things/{i}", 2)
    configure(20)
    bridge.reload()
    for i in range(20):
        upstream.wait_for_polls(f"/things/{i}", 3)
    assert bridge.get("/metrics")[0] == 200
    for thing in things:
        thing.set({"n": 1})
    assert {d.json["source"] for d in receiver.wait(20)} == {f"thing-{i}" for i in range(20)}
    bridge.restart()
    for thing in things:
        thing.set({"n": 2})
    last = receiver.wait(40)[20:]
    assert all(d.data["before"] == {"n": 1} and d.sequence == 2 for d in last)
