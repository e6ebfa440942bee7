"""Makes a C file of a text file: embed.py INPUT OUTPUT NAME (run by meson)."""

import pathlib
import sys

source, target, name = sys.argv[1:]
octets = pathlib.Path(source).read_bytes().rstrip() + b"\0"
lines = [
    ", ".join(f"{octet:#04x}" for octet in octets[i : i + 16]) for i in range(0, len(octets), 16)
]
pathlib.Path(target).write_text(
    f"extern const char {name}[];\nconst char {name}[] = {{\n    " + ",\n    ".join(lines) + "\n};\n"
)
