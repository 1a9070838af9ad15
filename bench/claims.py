"""What people expect of SFT and DPO, with what a run says of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import tasks
from bench import compare

Json = dict[str, Any]


def claims(tracks: Sequence[Json]) -> list[Json]:
    """What people expect of SFT and DPO, with what this run says of it."""
    made = [c for track in tracks if (c := _cheaper(track))]
    for track in tracks:
        for a, b, task in _EXPECTED:
            found = [
                c for c in track["comparisons"] if c["headline"] and c["task"] == task and {c["a"], c["b"]} == {a, b}
            ]
            made += [_claim(track, a, b, task, c) for c in found if c["ci95"]]
        made += _forgetting(track)
    return made


_EXPECTED = [
    ("sft", "dpo", "rag_faithfulness"),
    ("sft", "dpo", "answer_quality"),
    ("dpo", "sft", "values"),
    ("dpo", "sft", "preference"),
]


def _claim(track: Json, a: str, b: str, task: str, c: Json) -> Json:
    sign = 1 if c["a"] == a else -1
    low, high = sorted(sign * v for v in c["ci95"])
    title = tasks.discover()[task].TITLE
    decided = (
        c["p_holm"] is not None and c["p_holm"] < compare.ALPHA and c["seeds"] > 1 and task not in _undecided(track)
    )
    return {
        "text": f"{a} does more for “{title}” than {b} (track {track['id']})",
        "estimate": sign * c["difference"],
        "ci95": [low, high],
        "holds": low > 0 if decided else None,
        "unit": "share",
    }


def _undecided(track: Json) -> set[str]:
    """Tasks whose headline names no arm as possibly best: too few items, or an instrument that a canary wins."""
    return {v["task"] for v in track["verdicts"] if not v["p_best"]}


def _forgetting(track: Json) -> list[Json]:
    """What each method forgets of general text (1 − exp(−KL)), and which forgets less: a diagnostic, so not corrected."""
    arms = [a for a in track["arms"] if a["id"] in _PAIR]
    scored = [(a, a.get("scores", {}).get("forgetting", {}).get("kept")) for a in arms]
    made = [_forgets(track, a, s["mean"], s["ci95"]) for a, s in scored if s and s["ci95"]]
    beside = [c for c in track["comparisons"] if c["task"] == "forgetting" and c.get("instrument") == "kept"]
    for c in beside:
        if {c["a"], c["b"]} == set(_PAIR) and c["ci95"]:
            low, high = sorted(v if c["a"] == "dpo" else -v for v in c["ci95"])
            shown = c["p"] is not None and c["p"] < compare.ALPHA and c["seeds"] > 1
            text = (
                f"dpo keeps more of general text than sft (track {track['id']}; not corrected for several comparisons)"
            )
            estimate = c["difference"] if c["a"] == "dpo" else -c["difference"]
            holds = low > 0 if shown else None
            made.append({"text": text, "estimate": estimate, "ci95": [low, high], "holds": holds, "unit": "share"})
    return made


_PAIR = ("sft", "dpo")


def _forgets(track: Json, arm: Json, kept: float, ci95: Sequence[float]) -> Json:
    low, high = 1 - ci95[1], 1 - ci95[0]
    what = "of general text, the share that it no longer predicts as the base model did"
    text = f"{arm['id']} forgets: {what} (track {track['id']})"
    holds = True if low > 0 and len(arm["seeds"]) > 1 else None
    return {"text": text, "estimate": 1 - kept, "ci95": [low, high], "holds": holds, "unit": "share"}


def _cheaper(track: Json) -> Json | None:
    """Seconds per example of DPO over SFT, Student interval on the logarithm over seeds."""
    from scipy.stats import t

    per = {a["id"]: a["per_seed_seconds_per_example"] for a in track["arms"] if a["id"] in {"sft", "dpo"}}
    if len(per) < 2 or not all(per.values()):
        return None
    logs = np.log(np.array(per["dpo"][: len(per["sft"])]) / np.array(per["sft"][: len(per["dpo"])]))
    middle, seeds = float(logs.mean()), len(logs)
    half = float(t.ppf(0.975, seeds - 1) * logs.std(ddof=1) / math.sqrt(seeds)) if seeds > 1 else None
    interval = None if half is None else [math.exp(middle - half), math.exp(middle + half)]
    return {
        "text": f"dpo costs more training seconds per example than sft, its reference pass included (ratio; track {track['id']})",
        "estimate": math.exp(middle),
        "ci95": interval,
        "holds": None if interval is None or interval[0] <= 1 <= interval[1] else interval[0] > 1,
        "unit": "ratio",
    }
