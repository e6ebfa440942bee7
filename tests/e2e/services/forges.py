"""Code forges without a token: GitHub's releases and commits, GitLab's issues and GraphQL."""

import time

from fake_server import Answer
from services.recipe import Recipe, as_json, trace, validated


def github_fields():
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": "public, max-age=60, s-maxage=60",
        "Vary": "Accept,Accept-Encoding, Accept, X-Requested-With",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": trace(),
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "52",
        "X-RateLimit-Reset": str(int(time.time()) + 1800),
        "X-RateLimit-Used": "8",
        "X-RateLimit-Resource": "core",
    }


class GitHubReleases(Recipe):
    variable = "GITHUB_URL"
    source = "releases"
    environment = {"REPOSITORY": "octo-org/octo-repo"}

    def mount(self, upstream):
        self.releases = {10: {"tag": "v1.0.0", "draft": False}, 11: {"tag": "v1.1.0", "draft": True}}
        upstream.mount("/repos/octo-org/octo-repo/releases", self.answer)

    def answer(self, request):
        assert request.query == {"per_page": "30"}
        assert request.headers["x-github-api-version"] == "2022-11-28"
        body = [
            {
                "url": f"https://api.github.com/repos/octo-org/octo-repo/releases/{number}",
                "id": number,
                "tag_name": release["tag"],
                "name": release["tag"],
                "draft": release["draft"],
                "prerelease": False,
                "published_at": None if release["draft"] else "2026-01-01T10:00:00Z",
                "author": {"login": "octocat", "avatar_url": f"https://example.com/{self.moved}"},
                "assets": [{"id": 1, "name": "a.tar.gz", "download_count": 100 + self.moved}],
                "reactions": {"total_count": self.moved},
                "body": "What is new",
            }
            for number, release in reversed(self.releases.items())
        ]
        return validated(request, as_json(body), github_fields())

    def news(self):
        self.releases[11] = {"tag": "v1.1.0", "draft": False}
        self.releases[12] = {"tag": "v2.0.0", "draft": False}
        return [("item.created", 12), ("item.updated", 11)]


class GitHubCommits(Recipe):
    variable = "GITHUB_URL"
    source = "commits"
    environment = {"REPOSITORY": "octo-org/octo-repo", "BRANCH": "main"}

    def mount(self, upstream):
        self.shas = [f"{number:040x}" for number in range(1, 101)]
        upstream.mount("/repos/octo-org/octo-repo/commits", self.answer)

    def answer(self, request):
        assert request.query == {"sha": "main", "per_page": "100"}
        body = [
            {
                "sha": sha,
                "node_id": f"C_{sha[-6:]}",
                "commit": {
                    "author": {"name": "Mona", "email": "m@example.com", "date": "2026-01-01"},
                    "message": f"Change {sha[-3:]}",
                    "comment_count": self.moved,
                    "verification": {"verified": bool(self.moved)},
                },
                "html_url": f"https://github.com/octo-org/octo-repo/commit/{sha}",
                "author": {"login": "mona", "avatar_url": f"https://example.com/{self.moved}"},
            }
            for sha in self.shas[-100:][::-1]
        ]
        link = f'<{self.url}{request.path}?sha=main&per_page=100&page=2>; rel="next"'
        return validated(request, as_json(body), {**github_fields(), "Link": link})

    def news(self):
        new = [f"{number:040x}" for number in (901, 902)]
        self.shas.extend(new)
        return [("item.created", sha) for sha in new]  # two old ones leave and are not told


class GitLabIssues(Recipe):
    variable = "GITLAB_URL"
    source = "issues"
    environment = {"PROJECT": "octo%2Frunner"}
    per_page = 100

    def mount(self, upstream):
        self.titles = {number: f"Bug {number}" for number in range(1, 251)}
        upstream.mount("/api/v4/projects/octo%2Frunner/issues", self.answer)

    def _issue(self, number):
        return {
            "id": 1000 + number,
            "iid": number,
            "project_id": 7,
            "title": self.titles[number],
            "state": "opened",
            "created_at": "2026-01-01T10:00:00.000Z",
            "updated_at": f"2026-01-01T10:{self.moved:02}:00.000Z",
            "labels": ["type::bug"],
            "author": {"username": "mona", "avatar_url": f"https://example.com/{self.moved}"},
            "assignees": [{"username": "hubot", "avatar_url": f"https://example.com/{self.moved}"}],
            "user_notes_count": self.moved,
            "upvotes": self.moved,
            "downvotes": 0,
            "time_stats": {"time_estimate": 0, "total_time_spent": self.moved},
            "task_completion_status": {"count": self.moved, "completed_count": 0},
            "references": {"short": f"#{number}"},
        }

    def _links(self, request, page, pages):
        rest = f"per_page={self.per_page}&state=opened&labels=type%3A%3Abug&order_by=created_at"
        links = [f'<{self.url}{request.path}?page=1&{rest}>; rel="first"']
        if page < pages:
            links.insert(0, f'<{self.url}{request.path}?page={page + 1}&{rest}>; rel="next"')
        return ", ".join(links)

    def answer(self, request):
        assert request.query["labels"] == "type::bug"
        page = int(request.query.get("page", "1"))
        numbers = sorted(self.titles)
        pages = -(-len(numbers) // self.per_page)
        shown = numbers[(page - 1) * self.per_page : page * self.per_page]
        fields = {
            "Content-Type": "application/json",
            "Cache-Control": "max-age=0, private, must-revalidate",
            "Link": self._links(request, page, pages),
            "X-Page": str(page),
            "X-Next-Page": str(page + 1) if page < pages else "",
            "X-Total-Pages": str(pages),
            "RateLimit-Limit": "500",
            "RateLimit-Remaining": "480",
            "RateLimit-Reset": str(int(time.time()) + 60),
            "X-Request-Id": trace(),
        }
        return validated(request, as_json([self._issue(number) for number in shown]), fields)

    def news(self):
        del self.titles[5]  # closed: everything behind it moves by one, over both ends of pages
        self.titles[120] = "Bug 120, now with a better title"
        self.titles[251] = "Bug 251"
        return [("item.created", 1251), ("item.deleted", 1005), ("item.updated", 1120)]


class GitLabReleases(Recipe):
    variable = "GITLAB_URL"
    source = "releases"
    environment = {"PROJECT": "octo/runner"}

    def mount(self, upstream):
        self.tags = [f"v{number}.0.0" for number in range(1, 151)]
        upstream.mount("/api/graphql", self.answer)

    def answer(self, request):
        variables = request.json["variables"]
        assert request.method == "POST" and variables["project"] == "octo/runner"
        start = int(variables["after"] or 0)
        tags = self.tags[::-1][start : start + 100]
        page = {"hasNextPage": start + 100 < len(self.tags), "endCursor": str(start + len(tags))}
        nodes = [
            {"tagName": tag, "name": tag, "releasedAt": "2026-01-01T10:00:00Z"} for tag in tags
        ]
        body = {"data": {"project": {"releases": {"nodes": nodes, "pageInfo": page}}}}
        fields = {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "max-age=0, private, must-revalidate",
            "X-Request-Id": trace(),
            "X-Runtime": f"0.{self.moved:06}",
        }
        return Answer(200, as_json(body).encode(), fields)

    def news(self):
        self.tags.append("v151.0.0")
        return [("item.created", "v151.0.0")]
