"""Damage to a file's bytes, and folders as they were made before records had seals."""

import json
import random

from iadv_foundation.storage import seal


def damaged(content, number):
    """Bytes with damage of one of several kinds, which a number names: what was done (str), and the other bytes."""
    draw = random.Random(number)
    place, way = draw.randrange(len(content)), draw.choice(["bit", "bit", "digit", "cut", "cut at a line"])
    digits = [at for at, byte in enumerate(content) if chr(byte).isdigit()] if way == "digit" else []
    if digits:
        place = draw.choice(digits)
        other = str((content[place] - 47) % 10).encode()
        return f"digit at {place}", content[:place] + other + content[place + 1 :]
    if way == "cut at a line" and b"\n" in content[:-1]:
        return way, content[: content[:-1].rindex(b"\n") + 1]
    if way == "cut":
        return f"cut at {place}", content[:place]
    bit = draw.randrange(8)
    return f"bit {bit} at {place}", content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def unseal(folder):
    """Take the seals out of all that stands in a folder, as it was made before there were any."""
    for path in folder.rglob(seal.FILE):
        path.unlink()
    for path in [*folder.rglob("*.json"), *folder.rglob("*.jsonl")]:
        lines = path.read_text(encoding="utf-8").split("\n")
        first = _json("\n".join(lines) if path.suffix == ".json" else lines[0])
        if isinstance(first, dict) and seal.KEY in first:
            del first[seal.KEY]
            lines = [json.dumps(first, ensure_ascii=False), *(lines[1:] if path.suffix == ".jsonl" else [""])]
            path.write_text("\n".join(lines), encoding="utf-8")


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None
