"""Every code that a poll can fail with stands in the table of bridge/model/failure.c, and every
row of the table can happen."""

import pathlib
import re
import sys

PLACES = ["sources/decode", "bridge/poll", "bridge/net", "bridge/model", "bridge/diff"]
# Problems of what a person wrote, told at load.
OF_CONFIGURATION = {"merge_null", "no_snapshot", "bad_normalize", "bad_deadband", "bad_member",
                    "instance_members", "missing_member", "place_syntax"}  # fmt: skip
CODE = re.compile(r'"([a-z0-9]+(?:_[a-z0-9]+)*)"')
CALL = re.compile(
    r'(?:problem_set\([^;"]*|fault \w+ = \{[^;"]*|\bfail\(poll, |\.code = )"([a-z]+(?:_[a-z]+)*)"'
)


def main(root):
    table = (root / "bridge/model/failure.c").read_text()
    rows = set(re.findall(r'^    \{ "([a-z_]+)",', table, re.MULTILINE))
    told, seen = set(), {"throttled", "other", "internal", "canceled"}
    for place in PLACES + ["sources", "bridge/expr", "bridge/base"]:
        for path in (root / place).rglob("*.c"):
            text = path.read_text()
            if path.name == "failure.c" and place == "bridge/model":
                continue
            seen.update(CODE.findall(text))
            if place in PLACES:
                told.update((code, path) for code in CALL.findall(text))
    missing = sorted(
        f"{path.relative_to(root)}: {code}"
        for code, path in told
        if code not in rows | OF_CONFIGURATION and not code.startswith(("expr_", "path_"))
    )
    unused = sorted(rows - seen)
    for line in missing:
        print(f"{line} is not in bridge/model/failure.c: say there what it means and what to do")
    for code in unused:
        print(f"bridge/model/failure.c: {code} is told by nobody")
    return 1 if missing or unused else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
