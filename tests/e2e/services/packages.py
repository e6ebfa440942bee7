"""Package registries and a status page."""

from fake_server import Answer
from services.recipe import Recipe, as_json, now, trace, validated


class Npm(Recipe):
    variable = "NPM_URL"
    source = "versions"
    environment = {"PACKAGE": "left-pad"}

    def mount(self, upstream):
        self.versions = {"1.0.0": None, "1.1.0": None}
        upstream.mount("/left-pad", self.answer)
        upstream.mount("/-/package/left-pad/dist-tags", self.answer_tags)

    def _fields(self, kind):
        return {
            "Content-Type": kind,
            "Cache-Control": "public, max-age=300",
            "Last-Modified": now(),
            "Vary": "accept-encoding, accept",
            "CF-Ray": trace(),
        }

    def answer(self, request):
        assert request.headers["accept"].startswith("application/vnd.npm.install-v1+json")
        versions = {
            version: {
                "name": "left-pad",
                "version": version,
                **({"deprecated": deprecated} if deprecated else {}),
                "dist": {
                    "shasum": "0" * 40,
                    "tarball": f"https://registry.npmjs.org/left-pad/-/left-pad-{version}.tgz",
                    "signatures": [{"keyid": f"SHA256:{self.moved}", "sig": "MEUC"}],
                },
            }
            for version, deprecated in self.versions.items()
        }
        body = {
            "name": "left-pad",
            "dist-tags": {"latest": list(self.versions)[-1]},
            "versions": versions,
            "modified": f"2026-01-01T10:{self.moved:02}:00.000Z",
        }
        kind = "application/vnd.npm.install-v1+json"
        return validated(request, as_json(body), self._fields(kind), '"{}"')

    def answer_tags(self, request):
        tags = {"latest": list(self.versions)[-1], "next": "2.0.0-rc.1"}
        if self.moved % 2:
            tags = dict(reversed(tags.items()))
        return validated(request, as_json(tags), self._fields("application/json"), '"{}"')

    def news(self):
        self.versions = {"1.0.0": "too old", "1.1.0": None, "1.2.0": None}
        return [("document.changed", None), ("item.created", "1.2.0"), ("item.updated", "1.0.0")]


class PyPI(Recipe):
    variable = "PYPI_URL"
    source = "releases"
    environment = {"PACKAGE": "sampleproject"}

    def mount(self, upstream):
        self.releases = {"1.0": [False, False], "1.1": [False], "2.0a1": []}
        upstream.mount("/pypi/sampleproject/json", self.answer)

    def answer(self, request):
        releases = {
            version: [
                {
                    "digests": {"sha256": f"{index:064x}"},
                    "downloads": -1,
                    "filename": f"sampleproject-{version}-{index}.whl",
                    "upload_time_iso_8601": "2026-01-01T10:00:00.000000Z",
                    "yanked": yanked,
                    "yanked_reason": None,
                }
                for index, yanked in enumerate(files + files[-1:] * self.moved)
            ]
            for version, files in self.releases.items()
        }
        body = {
            "info": {"name": "sampleproject", "version": "1.1", "downloads": {"last_day": -1}},
            "last_serial": 31000000 + self.moved,
            "releases": releases,
            "urls": [],
            "vulnerabilities": [],
        }
        fields = {
            "Content-Type": "application/json",
            "Cache-Control": "max-age=900, public",
            "X-PyPI-Last-Serial": str(31000000 + self.moved),
            "X-Served-By": f"cache-mad2200{self.moved}-MAD",
        }
        return validated(request, as_json(body), fields, '"{}"')

    def news(self):
        self.releases = {"1.0": [True, True], "1.1": [False], "2.0a1": [], "2.0": [False]}
        return [("item.created", "2.0"), ("item.updated", "1.0")]


class Statuspage(Recipe):
    variable = "STATUS_URL"
    source = "components"

    def mount(self, upstream):
        self.status = {"git0": "operational", "api0": "operational", "web0": "operational"}
        self.incidents = {"inc1": "investigating"}
        upstream.mount("/api/v2/summary.json", self.answer)

    def answer(self, request):
        moved = f"2026-01-01T10:{self.moved:02}:00.000Z"
        names = sorted(self.status, reverse=bool(self.moved % 2))
        body = {
            "page": {
                "id": "kctbh9vrtdwd",
                "name": "Example",
                "url": self.url,
                "time_zone": "Etc/UTC",
                "updated_at": moved,
            },
            "components": [
                {
                    "id": name,
                    "name": name,
                    "status": self.status[name],
                    "created_at": "2014-05-03T01:22:07.274Z",
                    "updated_at": moved,
                    "position": position,
                    "group": False,
                }
                for position, name in enumerate(names)
            ],
            "incidents": [
                {
                    "id": key,
                    "name": "Slow answers",
                    "status": status,
                    "updated_at": moved,
                    "impact": "minor",
                    "incident_updates": [{"id": "u1", "status": status, "updated_at": moved}],
                }
                for key, status in self.incidents.items()
            ],
            "scheduled_maintenances": [],
            "status": {"indicator": "none", "description": "All Systems Operational"},
        }
        fields = {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "max-age=0, private, must-revalidate",
            "X-StatusPage-Version": "f4b3c2d1",
            "X-Request-Id": trace(),
        }
        return validated(request, as_json(body), fields)

    def news(self):
        self.status["api0"] = "partial_outage"
        self.incidents = {"inc2": "investigating"}
        return [
            ("item.created", "inc2"),
            ("item.deleted", "inc1"),
            ("item.updated", "api0"),
        ]


class Rss(Recipe):
    variable = "FEED_URL"
    source = "entries"

    def mount(self, upstream):
        self.entries = {1: "An advisory", 2: "Another advisory"}
        upstream.mount("/", self.answer)

    def answer(self, request):
        items = "".join(
            f"<item><title>{title}</title><link>https://example.com/{number}</link>"
            f'<guid isPermaLink="false">DSA-{number}</guid><description>&lt;p&gt;Text&lt;/p&gt;'
            f"</description><pubDate>Thu, 01 Jan 2026 10:{self.moved:02}:00 GMT</pubDate></item>"
            for number, title in sorted(self.entries.items(), reverse=True)
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            "<title>Security</title><link>https://example.com/</link><description>News</description>"
            f"<lastBuildDate>{now()}</lastBuildDate><generator>v{self.moved}</generator>"
            f"<ttl>{60 + self.moved}</ttl>{items}</channel></rss>"
        )
        fields = {
            "Content-Type": "application/rss+xml; charset=utf-8",
            "Last-Modified": now(),
            "Cache-Control": "max-age=300",
        }
        return Answer(200, body.encode(), fields)

    def news(self):
        self.entries = {2: "Another advisory", 3: "A third one"}
        return [("item.created", "DSA-3")]


class Atom(Recipe):
    variable = "FEED_URL"
    source = "entries"

    def mount(self, upstream):
        self.entries = {"v1": "The first one", "v2": "The second one"}
        upstream.mount("/", self.answer)

    def answer(self, request):
        moved = f"2026-01-01T10:{self.moved:02}:00Z"
        entries = "".join(
            f"<entry><id>tag:github.com,2008:Repository/1/{tag}</id><updated>{moved}</updated>"
            f'<link rel="alternate" type="text/html" href="https://example.com/{tag}"/>'
            f'<title>{tag}</title><content type="html">&lt;p&gt;{text}&lt;/p&gt;</content>'
            "<author><name>mona</name></author></entry>"
            for tag, text in reversed(self.entries.items())
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-US">'
            "<id>tag:github.com,2008:https://example.com/releases</id>"
            '<link type="application/atom+xml" rel="self" href="https://example.com/releases.atom"/>'
            f"<title>Release notes</title><updated>{moved}</updated>{entries}</feed>"
        )
        fields = {
            "Content-Type": "application/atom+xml; charset=utf-8",
            "Cache-Control": "max-age=0, private, must-revalidate",
            "X-GitHub-Request-Id": trace(),
        }
        return validated(request, body, fields)

    def news(self):
        self.entries = {"v1": "The first one", "v2": "Mended notes", "v3": "The third one"}
        root = "tag:github.com,2008:Repository/1/"
        return [("item.created", root + "v3"), ("item.updated", root + "v2")]
