"""Turns of cron expressions against two oracles: robfig/cron's own tables, and a walk over every
minute with Python's zoneinfo, around the changes to and from daylight saving.

Left out of the tables: six fields (seconds), @every, and where Vixie cron, which is followed here,
does otherwise: it runs what daylight saving skips, and "*/10" counts as a star among the days."""

import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import zoneinfo

UTC = datetime.timezone.utc
ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
         "America/Sao_Paulo", "Africa/Casablanca", "Europe/Dublin", "Pacific/Apia"]  # fmt: skip
BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def values(text, least, most):
    found = set()
    for part in text.split(","):
        part, _, step = part.partition("/")
        if part == "*":
            first, last = least, most
        elif "-" in part:
            first, last = map(int, part.split("-"))
        else:
            first = int(part)
            last = most if step else first
        found.update(range(first, last + 1, int(step or 1)))
    return found


class Oracle:
    def __init__(self, text):
        self.fields = text.split()
        sets = [values(field, *bounds) for field, bounds in zip(self.fields, BOUNDS)]
        self.minutes, self.hours, self.days, self.months, weekdays = sets
        self.weekdays = {day % 7 for day in weekdays}
        star = [field.startswith("*") for field in self.fields]
        self.both = star[2] or star[4]
        self.follows_clock = star[0] or star[1]

    def fits(self, face):
        day, weekday = face.day in self.days, face.isoweekday() % 7 in self.weekdays
        return (
            face.minute in self.minutes
            and face.hour in self.hours
            and face.month in self.months
            and ((day and weekday) if self.both else (day or weekday))
        )

    def turns(self, zone, at, until):
        """Every minute in (at, until]: is it one?"""
        at -= at % 60
        before = datetime.datetime.fromtimestamp(at, zone)
        while at < until:
            at += 60
            now = datetime.datetime.fromtimestamp(at, zone)
            fires = self.fits(now) and (self.follows_clock or now.fold == 0)
            if not self.follows_clock and now.utcoffset() > before.utcoffset():
                face = before.replace(tzinfo=None) + datetime.timedelta(minutes=1)
                while face < now.replace(tzinfo=None):  # what is skipped
                    fires = fires or self.fits(face)
                    face += datetime.timedelta(minutes=1)
            if fires and at <= until:
                yield at
            before = now


def random_field(chance, least, most):
    kind = chance.randrange(6)
    if kind < 2:
        return "*"
    if kind == 2:
        return "*/" + str(chance.randint(2, 15))
    first = chance.randint(least, most)
    if kind == 3:
        return f"{first}-{chance.randint(first, most)}"
    return ",".join(str(chance.randint(least, most)) for _ in range(kind - 3))


def changes(name):
    """Instants near which the zone's offset changes, in a few years."""
    zone = zoneinfo.ZoneInfo(name)
    at = int(datetime.datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime.datetime(2041, 1, 1, tzinfo=UTC).timestamp())
    offset = datetime.datetime.fromtimestamp(at, zone).utcoffset()
    while at < end:
        at += 6 * 3600
        now = datetime.datetime.fromtimestamp(at, zone).utcoffset()
        if now != offset:
            offset = now
            yield at


def random_cases(chance, rounds):
    near = {name: list(changes(name)) or [1767225600] for name in ZONES}
    for i in range(rounds):
        fields = [random_field(chance, *bounds) for bounds in BOUNDS]
        if i % 2:  # nights are when clocks change
            fields[1] = str(chance.randint(0, 4)) if i % 4 == 1 else f"0-{chance.randint(1, 4)}"
            fields[2:] = ["*", "*", "*"]
        name = chance.choice(ZONES)
        at = chance.choice(near[name]) - chance.randint(0, 30 * 3600)
        yield name, " ".join(fields), at


def run(program, cases):
    lines = "".join(f"{name}|{text}|{at}|{count}\n" for name, text, at, count in cases)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    return [line.split() for line in done.stdout.splitlines()]


def check_walks(program, rounds):
    chance = random.Random(7)
    cases = list(random_cases(chance, rounds))
    given = run(program, [(*case, 5000) for case in cases])
    for (name, text, at), turns in zip(cases, given):
        until = at + 3 * 86400
        if turns == ["refused"]:
            assert not any(Oracle(text).turns(UTC, at, at + 400 * 86400)), f"{text} refused"
            continue
        ours = [int(turn) for turn in turns if turn != "never" and int(turn) <= until]
        wanted = list(Oracle(text).turns(zoneinfo.ZoneInfo(name), at, until))
        assert ours == wanted, f"{text} in {name} after {at}: {ours[:9]} for {wanted[:9]}"
    return len(cases)


def instant(text):
    """The weekday is sloppy in the tables."""
    for form in ("%b %d %H:%M %Y", "%b %d %H:%M:%S %Y"):
        try:
            face = datetime.datetime.strptime(text.partition(" ")[2], form)
            return int(face.replace(tzinfo=UTC).timestamp())
        except ValueError:
            pass
    return None


def is_of_another_mind(text):
    fields = text.split()
    return len(fields) == 5 and any(
        fields[a].startswith("*/") and fields[b][0] not in "*?" for a, b in ((2, 4), (4, 2))
    )


def check_tables(program, folder):
    tables = json.loads((folder / "suites/cron/robfig-cron.json").read_text())
    count = 0
    for row in tables["activation"]:
        if is_of_another_mind(row["spec"]):
            continue
        at = instant(row["time"])
        (turns,) = run(program, [("UTC", row["spec"], at - 1, 1)])
        assert (turns == [str(at)]) == row["matches"], row
        count += 1
    for row in tables["next"]:
        seconds, _, text = row["spec"].partition(" ")
        at, wanted = instant(row["time"]), row["next"] and instant(row["next"])
        if seconds != "0" or at is None or wanted is None and row["next"] or "@" in text or is_of_another_mind(text):
            continue
        (turns,) = run(program, [("UTC", text, at, 1)])
        assert turns in ([[str(wanted)]] if wanted else [["never"], ["refused"]]), f"{row} {turns}"
        count += 1
    for row in tables["next_with_tz"]:
        at, wanted = (datetime.datetime.strptime(row[key], "%Y-%m-%dT%H:%M:%S%z").timestamp()
                      for key in ("time", "next"))  # fmt: skip
        assert run(program, [("Asia/Kolkata", row["spec"], int(at), 1)]) == [[str(int(wanted))]]
        count += 1
    for spec in tables["invalid"]:
        assert run(program, [("UTC", spec, 0, 1)]) == [["refused"]], spec
        count += 1
    return count


if __name__ == "__main__":
    walked = check_walks(sys.argv[1], 300)
    print(f"{walked} expressions like a walk over every minute")
    if "POLLBRIDGE_CORPUS" in os.environ:
        folder = pathlib.Path(os.environ["POLLBRIDGE_CORPUS"])
        print(f"{check_tables(sys.argv[1], folder)} rows of robfig/cron's tables")
    else:
        print("robfig/cron's tables left out: POLLBRIDGE_CORPUS is not set")
