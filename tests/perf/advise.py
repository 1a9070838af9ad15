"""`make perf`: how fast `advise` reads, against `datasets` followed by the same counts in plain Python. Prints, asserts nothing.

    python -m tests.perf.advise [MEGABYTES]        default 1000

Both run as processes of their own, in turns A B A B, on one generated file of preference pairs in JSON lines; times include
start and imports. `datasets` gets a fresh cache each time. The peak of memory is that of all processes of a command together,
sampled twenty times a second, pages that they share counted once.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
ADVISE = [sys.executable, "-m", "advisor.cli"]
PLAIN = """
import statistics, sys, tempfile
from collections import Counter
from datasets import load_dataset

norm = lambda text: " ".join(text.lower().split())
seen, prompts, answers, couples = set(), set(), set(), {}
rows = bad = pairs = copies = empty = lost = identical = longer = turned = 0
lengths = {name: Counter() for name in ("prompt", "chosen", "rejected")}
with tempfile.TemporaryDirectory() as cache:
    for row in load_dataset("json", data_files=sys.argv[1], split="train", cache_dir=cache):
        rows += 1
        asked, chosen, rejected = row.get("prompt"), row.get("chosen"), row.get("rejected")
        if not (isinstance(asked, str) and isinstance(chosen, str) and isinstance(rejected, str)):
            bad += 1
            continue
        pairs += 1
        for name, text in (("prompt", asked), ("chosen", chosen), ("rejected", rejected)):
            lengths[name][len(text)] += 1
        empty += not chosen.strip()
        lost += not rejected.strip()
        longer += len(chosen) > len(rejected)
        p, a, b = hash(norm(asked)), hash(norm(chosen)), hash(norm(rejected))
        prompts.add(p)
        answers.add(a)
        copies += (p, a, b) in seen
        seen.add((p, a, b))
        identical += a == b
        turned += (p, b, a) in seen
print(rows, bad, pairs, copies, len(prompts), len(answers), empty, lost, identical, longer, turned,
      *(sum(n * k for n, k in lengths[name].items()) / pairs for name in lengths))
"""
"""What `advise` counts exactly over every pair, as one would write it down."""


WORDS = """
the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all
were we when your can said there use an each which she do how their if will up other about out many then them these so some
her would make like him into time has look two more write go see number no way could people my than first water been call
who oil its now find long down day did get come made may part over new sound take only little work know place year live me
back give most very after thing our just name good sentence man think say great where help through much before line right
too mean old any same tell boy follow came want show also around form three small set put end does another well large must
"""


def generate(path: Path, megabytes: float) -> None:
    """Pairs of about a kilobyte: three per cent are copies, one per cent turned round, in a thousand one is broken off."""
    draw = random.Random(7)  # noqa: S311 - data, not secrets
    words = WORDS.split()
    texts = [" ".join(draw.choices(words, k=draw.randint(10, 120))).capitalize() + "." for _ in range(20_000)]
    size, kept = 0, list[dict[str, str]]()
    with path.open("w") as file:
        while size < megabytes * 1e6:
            row = {
                "prompt": draw.choice(texts)[:300],
                "chosen": f"{draw.choice(texts)} {size}",
                "rejected": draw.choice(texts),
            }
            if len(kept) > 100 and draw.random() < 0.04:
                row = draw.choice(kept)
                if draw.random() < 0.25:
                    row = {**row, "chosen": row["rejected"], "rejected": row["chosen"]}
            elif len(kept) < 5000:
                kept.append(row)
            size += file.write(json.dumps(row) + "\n")


def memory(process: subprocess.Popen[bytes]) -> float:
    """Megabytes that a process and its children hold now; shared pages are divided among those that share them."""
    total = 0
    family = [process.pid]
    for pid in family:
        try:
            family += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1000


def run(command: list[str]) -> tuple[float, float]:
    """(seconds, peak megabytes) of a command."""
    started, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, memory(process))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:3])} ended with {process.returncode}")
    return time.perf_counter() - started, peak


def seconds(command: list[str]) -> float:
    """The same of a short command, whose memory is not looked at: that would take a good part of its time."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def spread(values: list[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 1000
    say = print
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "pairs.jsonl"), Path(folder, "small.jsonl")
        generate(large, megabytes)
        generate(small, 1)
        small.write_text("".join(small.read_text().splitlines(keepends=True)[:1000]))
        ours, plain = list[tuple[float, float]](), list[tuple[float, float]]()
        for _ in range(ROUNDS):
            ours.append(run([*ADVISE, str(large), "--json"]))
            plain.append(run([sys.executable, "-c", PLAIN, str(large)]))
        size = large.stat().st_size / 1e6
        ratios = [p / a for (a, _), (p, _) in zip(ours, plain, strict=True)]
        say(
            f"advise, {size:,.0f} MB of pairs: {spread([size / t for t, _ in ours])} MB/s, peak {max(m for _, m in ours):.0f} MB"
        )
        say(f"datasets and the same counts in Python: {spread([size / t for t, _ in plain])} MB/s")
        say(f"their times over ours: {spread(ratios)} ({ROUNDS} rounds)")
        for what, command in (("1,000 pairs", [*ADVISE, str(small)]), ("--help", [*ADVISE, "--help"])):
            say(f"advise {what}: {spread([seconds(command) for _ in range(10)])} s as a whole process")


if __name__ == "__main__":
    main()
