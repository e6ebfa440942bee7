"""Lists that come in pages: read whole or not at all, whatever the upstream does."""

import itertools

import pytest
from fake_server import Answer
from services.paged import PagedList
from upstream import Upstream

STYLES = {
    "page": {"type": "page"},
    "offset": {"type": "offset", "limit": 2},
    "cursor": {"type": "cursor", "next": ".meta.next", "param": "cursor"},
    "next_url": {"type": "next_url", "next": ".links.next"},
    "link": {"type": "link"},
    "graphql": {
        "type": "cursor",
        "next": ".data.things.pageInfo.endCursor",
        "more": ".data.things.pageInfo.hasNextPage",
        "body": ".variables.after",
    },
}
SECRET_KEY = "key-of-the-api-0123456789"


@pytest.fixture
def paged(upstream, bridge, sink):
    """A list in that style, five items in three pages, and the bridge that polls it."""

    def begin(style, *, items=(1, 2, 3, 4, 5), pagination=None, more=None, **source):
        fake = PagedList(upstream, style)
        fake.set(*items)
        how = {"url": upstream.url + "/list", "key": ".id", "interval": "1s"}
        how["items"] = ".data.things.nodes[]" if style == "graphql" else ".data[]"
        how["headers"] = {"x-api-key": SECRET_KEY}
        how["pagination"] = {**STYLES[style], **(pagination or {})}
        if style == "graphql":
            how["method"] = "POST"
            how["json"] = {"query": "query ($after: String) { … }", "variables": {"after": None}}
        bridge.hide(SECRET_KEY)
        bridge.configure(
            {
                **(more or {}),
                "sources": {"list": {**how, **source}},
                "sinks": {"ops": {**sink, "types": ["item.*"]}},
            }
        )
        return fake

    return begin


def told(receiver):
    return [(d.type.removeprefix("item."), d.data["key"]) for d in receiver.deliveries.all()]


def fails(bridge, code, *words):
    run = bridge.once(code=1)
    output = run.stdout + run.stderr
    assert f"code={code} " in output, output
    for word in words:
        assert word in output, output


@pytest.mark.parametrize("style", STYLES)
def test_all_pages_are_one_list(paged, bridge, upstream, receiver, style):
    fake = paged(style)
    assert "baseline" in bridge.once().stdout
    pages = len(upstream.polls("/list"))
    assert pages == (4 if style == "page" else 3)  # which goes on until one is empty
    assert "unchanged" in bridge.once().stdout
    fake.set(0, 1, 2, {"id": 3, "name": "three"}, 5)  # everything moves by one
    bridge.once()
    assert sorted(told(receiver)) == [("created", 0), ("deleted", 4), ("updated", 3)]
    assert all(request.headers["x-api-key"] == SECRET_KEY for request in upstream.polls("/list"))
    # Nothing conditional: the first page as it was says nothing about the others.
    assert not any("if-none-match" in request.headers for request in upstream.polls("/list"))


def test_a_list_that_grows_a_page_is_no_304(paged, bridge, upstream, receiver):
    fake = paged("cursor", items=(1, 2))
    bridge.once()
    fake.rude = {1: Answer(304, b"", {"ETag": '"1"'})}
    assert "not_modified" in bridge.once().stdout  # one page: what it says next is in its body
    assert upstream.polls("/list")[1].headers["if-none-match"] == '"1"'
    fake.rude = {}
    fake.set(1, 2, 3)
    bridge.once()
    assert told(receiver) == [("created", 3)]
    fake.set(1, 2, 4)
    bridge.once()
    assert "if-none-match" not in upstream.polls("/list")[-2].headers
    assert sorted(told(receiver)[1:]) == [("created", 4), ("deleted", 3)]


def test_a_page_that_fails_once_is_asked_for_again(paged, bridge, upstream, receiver):
    fake = paged("link")
    bridge.once()
    answers = itertools.chain([Answer(500)], itertools.repeat(None))
    fake.rude = {3: lambda request: next(answers)}
    fake.set(1, 2, 3, 4, 6)
    bridge.once()
    assert told(receiver) == [("created", 6), ("deleted", 5)]
    numbers = [request.query.get("page", "1") for request in upstream.polls("/list")]
    assert numbers[3:] == ["1", "2", "3", "3"]  # only the page that failed


@pytest.mark.parametrize(
    "answer, code",
    [
        (Answer(500), "http_status"),
        (Answer.json({"error": "internal"}), "selector_found_nothing"),
        (Answer.text("<html>log in</html>", "text/html"), "content_type"),
        (Answer(200, b'{"data":[', {"content-type": "application/json"}), "json_syntax"),
        (Answer(200, b'{"data":[]}', {"content-type": "application/json"}, 5), "protocol_error"),
    ],
)
def test_a_bad_page_in_the_middle_tells_nothing(paged, bridge, receiver, answer, code):
    fake = paged("next_url")
    bridge.once()
    fake.rude = {2: answer}
    fails(bridge, code, "page 2")
    fake.rude = {}
    assert "unchanged" in bridge.once().stdout
    assert told(receiver) == []


def test_a_short_rest_between_pages_is_waited_for(paged, bridge, upstream, receiver):
    fake = paged("page", items=(1, 2, 3))
    answers = itertools.chain([Answer(429, b"", {"Retry-After": "1"})], itertools.repeat(None))
    fake.rude = {2: lambda request: next(answers)}
    assert "baseline" in bridge.once().stdout
    first, refused, again, _ = upstream.polls("/list")
    assert [r.query["page"] for r in (first, refused, again)] == ["1", "2", "2"]
    assert again.at - refused.at >= 1
    fake.rude = {2: Answer(429, b"", {"Retry-After": "3600"})}
    assert "throttled" in bridge.once(code=1).stdout
    assert told(receiver) == []


def test_endless_pages_end(paged, bridge, upstream):
    fake = paged("page", pagination={"max_pages": 5})
    numbers = itertools.count(1000)
    endless = {"id": 0}
    fake.rude = dict.fromkeys(
        range(1, 100), lambda request: Answer.json({"data": [{**endless, "id": next(numbers)}]})
    )
    fails(bridge, "too_many_pages", "more than 5 pages", "max_pages")
    assert len(upstream.polls("/list")) == 5


def test_a_cursor_that_comes_again_ends_it(paged, bridge, upstream):
    fake = paged("cursor")
    fake.rude = {3: Answer.json({"data": [{"id": 9}], "meta": {"next": "2"}})}
    fails(bridge, "page_repeated", "page 3", "in a circle")
    assert len(upstream.polls("/list")) == 3


def test_a_parameter_that_is_not_heeded_ends_it(paged, bridge, upstream):
    fake = paged("page")
    same = Answer.json({"data": [{"id": 1}, {"id": 2}]})
    fake.rude = dict.fromkeys(range(1, 100), same)
    fails(bridge, "page_repeated", "page 2", "does not heed")
    assert len(upstream.polls("/list")) == 2


@pytest.mark.parametrize("style", ["next_url", "link"])
def test_another_host_gets_neither_request_nor_credentials(paged, bridge, style):
    other = Upstream()
    other.resource("/list", {"data": []})
    fake = paged(style)
    body = {"data": [{"id": 1}], "links": {"next": other.url + "/list"}}
    fake.rude = {1: Answer.json(body, link=f'<{other.url}/list>; rel="next"')}
    fails(bridge, "page_origin", other.url)
    other.close()
    assert other.requests.all() == []


def test_a_redirect_to_another_host_does_not_carry_pages_there(paged, bridge, upstream):
    other = Upstream()
    other.resource("/moved", {"data": [{"id": 1}], "links": {"next": "?page=2"}})
    fake = paged("next_url")
    fake.rude = {1: Answer(302, b"", {"Location": other.url + "/moved"})}
    fails(bridge, "page_origin")
    other.close()
    (moved,) = other.requests.all()
    assert "x-api-key" not in moved.headers


def test_pages_wait_for_the_hosts_budget(paged, bridge, upstream):
    host = upstream.url.removeprefix("http://")
    paged("offset", more={"limits": {host: {"requests": 1, "per": "1s"}}})
    bridge.once()
    polls = upstream.polls("/list")
    gaps = [after.at - before.at for before, after in itertools.pairwise(polls)]
    assert len(gaps) == 2 and min(gaps) >= 0.9, gaps


def test_an_item_on_two_pages_counts_once_and_two_contents_are_a_failure(paged, bridge, receiver):
    fake = paged("link", items=(1, 2, 3, 4))
    bridge.once()
    # While page 2 was asked for a new item came in front: 2 moved on.
    fake.set(1, 2, 2, 3, 4)
    assert "unchanged" in bridge.once().stdout
    fake.set(1, 2, {"id": 2, "n": 1}, 3, 4)
    fails(bridge, "key_duplicate", "pages 1 and 2", "key 2")
    assert told(receiver) == []


def test_a_401_in_the_middle_renews_the_token_once(paged, bridge, upstream):
    tokens = itertools.count(1)
    upstream.mount("/login", lambda request: Answer.json({"token": f"token-{next(tokens)}"}))
    login = {"type": "login", "request": {"url": upstream.url + "/login"}, "token": ".token"}
    fake = paged("page", items=(1, 2, 3), more={"auth": {"api": login}}, auth="api")
    expired = Answer(401)
    fake.rude = {
        2: lambda request: expired if request.headers["authorization"] == "Bearer token-1" else None
    }
    assert "baseline" in bridge.once().stdout
    tokens_used = [request.headers["authorization"][-1] for request in upstream.polls("/list")]
    assert tokens_used == ["1", "1", "2", "2"]


def test_the_test_command_shows_each_page(paged, bridge):
    paged("cursor")
    shown = bridge.run("test", "-c", bridge.file, "list").stdout
    assert "> GET " in shown and "list?cursor=" in shown
    assert "page 1: 2 items" in shown
    assert "page 3: 1 items, and it is the last one" in shown


def test_mistakes_are_named_at_load(bridge, upstream, sink):
    cases = {
        "{ type: cursor, param: c }": "needs \"next\"",
        "{ type: cursor, next: .n }": "needs \"param\"",
        "{ type: cursor, next: .n, body: .variables.after }": "needs a request with \"json\"",
        "{ type: next_url }": "needs \"next\"",
        "{ type: link, next: .n }": "\"next\" is for pagination of type: cursor or next_url",
        "{ type: offset, size: 5 }": "\"size\" is for pagination of type: page",
        "{ more: .x }": "\"more\" is for pagination",
        "{ type: pages }": "page",
    }
    for pagination, words in cases.items():
        bridge.configure(
            f"sources: {{ list: {{ url: '{upstream.url}/', pagination: {pagination} }} }}\n"
        )
        problem = bridge.run("validate", "-c", bridge.file, code=3)
        assert words in problem.stdout + problem.stderr, (pagination, problem.stderr)
