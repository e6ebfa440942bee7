"""Rooms may include only rooms below them, and every header compiles alone.

Usage: includes.py ROOT COMPILER... (run by meson)
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# What each room may include beside itself. A room that is missing here fails the test.
BELOW_SPI = {"base", "model"}
SPI = BELOW_SPI | {"expr", "diff", "spi"}
PARTS = SPI | {"net"}
ALLOWED = {
    "base": set(),
    "model": {"base"},
    "expr": BELOW_SPI,
    "diff": BELOW_SPI | {"expr"},
    "spi": BELOW_SPI | {"expr", "diff"},
    "sources": SPI,
    "sinks": SPI,
    "config": SPI,
    "net": SPI,
    "store": SPI,
    "poll": PARTS,
    "deliver": PARTS,
    "api": SPI,
    "engine": PARTS | {"config", "store", "poll", "deliver", "api"},
    "demo": PARTS | {"config", "engine", "store"},
    "cli": PARTS | {"config", "engine", "demo", "store", "poll", "api"},
    "main": SPI | {"cli", "sources", "sinks"},
}

# Of a room's inner rooms: which others of it they may include. They know nothing of what lies beside
# them in the room.
INNER = {
    "bridge/poll/digest": set(),
    "bridge/poll/politeness": set(),
    "bridge/poll/pages": {"bridge/poll/digest"},
    "bridge/poll/auth": {"bridge/poll/politeness"},
}

# Libraries stay in the room that wraps them.
WRAPPED = {
    r"curl/": {"net"},
    r"sqlite3\.h": {"store"},
    r"libxml/": {"sources"},
    r"zstd\.h": {"store"},
    r"yaml\.h": {"config"},
    r"j[qv]\.h": {"expr"},
    r"event2/http": {"api", "demo"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    parts = pathlib.PurePosixPath(path).parts
    if parts[0] != "bridge":
        return parts[0]
    return parts[1] if len(parts) > 2 else "main"


def check_inner(path, name):
    here, there = (str(pathlib.PurePosixPath(at).parent) for at in (path, name))
    if here in INNER and here != there and room_of(path) == room_of(name):
        if there not in INNER[here]:
            yield f"{path}: {here} must not include {name}"


def check_direction(path, text):
    room = room_of(path)
    if room not in ALLOWED:
        yield f"{path}: the room '{room}' has no entry in tests/rules/includes.py"
        return
    for kind, name in INCLUDE.findall(text):
        if kind == '"':
            other = room_of(name)
            if other != room and other not in ALLOWED[room]:
                yield f"{path}: {room} must not include {name}"
            yield from check_inner(path, name)
            continue
        for pattern, rooms in WRAPPED.items():
            if re.match(pattern, name) and room not in rooms:
                yield f"{path}: <{name}> belongs to {', '.join(sorted(rooms))} alone"


def library_flags():
    """Where the headers of libraries are that do not lie on the compiler's own path."""
    done = subprocess.run(["pkg-config", "--cflags", "libxml-2.0"],
                          capture_output=True, text=True, check=False)
    return done.stdout.split()


def check_alone(root, compiler, path):
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder, "alone.c")
        unit.write_text(f'#include "{path}"\n')
        done = subprocess.run(
            [*compiler, "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
             "-Wstrict-prototypes", f"-I{root}", "-fsyntax-only", str(unit)],
            capture_output=True, text=True, check=False)
    return f"{path} does not compile alone:\n{done.stderr}" if done.returncode else None


def main():
    root = pathlib.Path(sys.argv[1])
    compiler = [*sys.argv[2:], *library_flags()]
    files = sorted(str(path.relative_to(root))
                   for room in ("bridge", "sources", "sinks", "config")
                   for path in (root / room).rglob("*.[ch]"))
    faults = [fault for path in files
              for fault in check_direction(path, (root / path).read_text(encoding="utf-8"))]
    headers = [path for path in files if path.endswith(".h")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults += filter(None, pool.map(lambda path: check_alone(root, compiler, path), headers))
    print("\n".join(faults) or f"{len(files)} files in order, {len(headers)} headers stand alone")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
