"""A weather API in the shape of the common ones: no validators, and something moves every time."""

import itertools

from fake_server import Answer

HTML = Answer.text("<!doctype html><title>Be right back</title>", "text/html; charset=utf-8")


class Weather:
    def __init__(self, upstream, key):
        self.key = key
        self.now = {"temp_c": 21.5, "text": "Sunny"}
        self.down = None  # an Answer given instead
        self._clock = itertools.count(1767225600, 60)
        upstream.mount("/v1/location", self.answer)

    def answer(self, request):
        if request.headers.get("x-api-key") != self.key:
            return Answer.json({"error": {"code": 2006, "message": "API key is invalid."}}, 401)
        city = request.query.get("city")
        if not city:
            return Answer.json({"error": {"code": 1003, "message": "Parameter city missing."}}, 400)
        if self.down:
            return self.down
        at = next(self._clock)
        return Answer.json(
            {
                "location": {"name": city, "country": "Spain", "localtime_epoch": at},
                "current": {
                    "last_updated_epoch": at,
                    "temp_c": self.now["temp_c"],
                    "condition": {"text": self.now["text"], "code": 1000},
                    "humidity": at % 100,
                    "wind_kph": at % 37 / 10,
                },
            },
            cache_control="no-store",
        )
