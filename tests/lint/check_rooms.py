#!/usr/bin/env python3
"""Checks the arrows between rooms, and where CAF, protobuf and RocksDB may appear.

The allowed arrows are read from the block in docs/design.md that begins with `arrows:`, so that the
document and the code cannot disagree. Usage: check_rooms.py ROOT
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
ONLY_IN = {
    "caf/": {"actors", "node"},
    "google/protobuf": {"protocol"},
    "rocksdb/": {"index"},
}


def read_arrows(root):
    text = (root / "docs/design.md").read_text(encoding="utf-8")
    block = re.search(r"^arrows:\n((?:  .+\n)+)", text, re.MULTILINE)
    if not block:
        sys.exit("docs/design.md has no block that begins with 'arrows:'")
    arrows = {}
    for line in block.group(1).splitlines():
        room, _, allowed = line.partition("->")
        arrows[room.strip()] = set(allowed.split())
    return arrows


def violations(root, arrows):
    for room, allowed in arrows.items():
        for path in sorted((root / room).rglob("*.[ch]pp")):
            for target in INCLUDE.findall(path.read_text(encoding="utf-8")):
                where = f"{path.relative_to(root)} includes {target}"
                other = target.split("/")[0]
                if other in arrows and other != room and other not in allowed:
                    yield f"{where}: the arrow {room} -> {other} is not allowed"
                for prefix, rooms in ONLY_IN.items():
                    if target.startswith(prefix) and room not in rooms:
                        yield f"{where}: only {', '.join(sorted(rooms))} may"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    found = list(violations(root, read_arrows(root)))
    print("\n".join(found) or "the arrows hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
