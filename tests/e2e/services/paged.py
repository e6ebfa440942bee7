"""A list that comes in pages, in every way that APIs have of saying where the next one is; and rude
ways of saying it."""

import json
import threading

from fake_server import Answer


class PagedList:
    """Items of /list, `size` to a page. `rude` maps a page number to what is answered instead."""

    def __init__(self, upstream, style, size=2):
        self.url = upstream.url
        self.style = style
        self.size = size
        self.rude = {}
        self._lock = threading.Lock()
        self._items = []
        upstream.mount("/list", self.answer)

    def set(self, *items):
        with self._lock:
            self._items = [item if isinstance(item, dict) else {"id": item} for item in items]

    def _number(self, request):
        """The page that is asked for, from 1."""
        if self.style == "offset":
            return int(request.query["offset"]) // self.size + 1
        if self.style == "graphql":
            after = request.json["variables"]["after"]
            return int(after.removeprefix("after:")) if after else 1
        name = "cursor" if self.style == "cursor" else "page"
        return int(request.query.get(name, "1"))

    def _shape(self, items, following):
        """The body and header fields of a page."""
        if self.style == "graphql":
            page = {"hasNextPage": bool(following), "endCursor": f"after:{following or 'end'}"}
            return {"data": {"things": {"nodes": items, "pageInfo": page}}}, {}
        if self.style == "link":
            links = [f'<{self.url}/list?page=1>; rel="first"']
            if following:
                links.insert(0, f'<{self.url}/list?page={following}>; rel="next"')
            return {"data": items}, {"Link": ", ".join(links)}
        body = {"data": items}
        if self.style == "cursor":
            body["meta"] = {"next": str(following) if following else None}
        if self.style == "next_url":
            body["links"] = {"next": f"/list?page={following}" if following else None}
        return body, {}

    def answer(self, request):
        number = self._number(request)
        with self._lock:
            items = self._items[(number - 1) * self.size : number * self.size]
            following = number + 1 if len(self._items) > number * self.size else None
        rude = self.rude.get(number)
        if callable(rude):
            rude = rude(request)
        if rude is not None:
            return rude
        body, fields = self._shape(items, following)
        fields = {"Content-Type": "application/json", "ETag": f'"{number}"', **fields}
        return Answer(200, json.dumps(body).encode(), fields)
