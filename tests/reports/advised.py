"""An invented advice, as `advise --json` would print it, for tests of the page only: every figure is made up."""

from __future__ import annotations

from typing import Any


def share(count: int, of: int, half: float = 0.02) -> dict[str, Any]:
    """A share with an interval that is made up too."""
    value = count / of if of else 0.0
    return {"count": count, "of": of, "value": value, "ci95": [max(0.0, value - half), min(1.0, value + half)]}


def tally(count: int, of: int, sampled_from: int = 0) -> dict[str, Any]:
    return {"share": share(count, of), "rows": [3, 1104][:count], "sampled_from": sampled_from}


def spread(n: int, median: float, sampled_from: int = 0) -> dict[str, Any]:
    places = {"mean": 1.1, "p10": 0.4, "median": 1.0, "p90": 2.5, "max": 9.0, "p95": 3.0}
    return {"n": n, **{name: median * times for name, times in places.items()}, "sampled_from": sampled_from}


PAPER = {
    "title": "An invented paper",
    "id": "arXiv:2402.13228",
    "year": 2024,
    "setting": "7B, LoRA",
    "number": "+4.1 points",
    "dissent": "another invented paper",
    "checked": "abstract",
    "supports": {"dpo": 1},
}
MANUAL = {
    "title": "An invented manual",
    "id": "https://github.com/invented/manual",
    "year": 2025,
    "setting": "",
    "number": "",
    "dissent": "",
    "checked": "second-hand",
    "supports": {},
}


def finding(rule: str, severity: str, problem: str | None, effects: dict[str, float], *sources: Any) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": severity,
        "problem": problem,
        "summary": f"1,240 of 4,000 records bear on {rule.replace('_', ' ')}.",
        "numbers": {"share": 0.31, "count": 1240},
        "effects": effects,
        "rows": [3, 1104] if problem else [],
        "sources": list(sources),
    }


def advice() -> dict[str, Any]:
    """Pairs that favour DPO, with a warning, a note, turning points of every kind, and every section filled."""
    return {
        "schema_version": 1,
        "data": {
            "path": "invented/pairs.jsonl",
            "bytes": 1_234_567,
            "rows": 4012,
            "rows_bad": 12,
            "records": 4000,
            "sha256": "ab" * 32,
            "bad_rows": [{"row": 7, "at": "invented/pairs.jsonl:7", "why": "invalid JSON: unexpected end of data"}],
            "notes": ["it begins with a byte-order mark"],
            "languages": {"en": 0.93, "und-Arab": 0.07},
        },
        "schema": {
            "name": "preference",
            "supervision": "pairs",
            "columns": {"chosen": "answer", "rejected": "rejected"},
            "share": 0.98,
            "others": [{"name": "alpaca", "share": 0.02}],
        },
        "axes": [{"name": "values", "share": 0.6}, {"name": "general", "share": 0.4}],
        "recommendation": {
            "method": "dpo",
            "confidence": 0.47,
            "ranking": [
                {"method": "dpo", "score": 0.66, "because": ["pairs_present", "long_answers", "good_pairs"]},
                {"method": "sft", "score": 0.25, "because": ["pairs_present"]},
                {"method": "rlhf", "score": -0.2, "because": ["long_answers"]},
                {"method": "fix_data", "score": 0.002, "because": ["empty_target"]},
            ],
            "after_fix": None,
            "unacceptable": [
                {"method": "grpo", "why": "needs answers a program can check"},
                {"method": "kto", "why": "needs labels"},
                {"method": "cpt", "why": "needs labels"},
            ],
            "flips": [
                {"quantity": "records", "now": 4000, "at": 900, "then": "sft_dpo"},
                {"quantity": "model", "now": "no model named", "at": "base model", "then": "sft_dpo"},
                {"quantity": "share of nearly identical pairs", "now": 0.0015, "at": 0.37, "then": "sft"},
            ],
            "next": ["bench run --data invented/pairs.jsonl --methods sft,dpo"],
        },
        "findings": [
            finding("too_long", "block", "container_defect", {}, MANUAL),
            finding("empty_target", "warn", "empty_target", {"fix_data": 0.002}, MANUAL),
            finding("few_records", "info", "too_few_records", {}),
            finding("long_answers", "info", None, {"dpo": -0.1, "rlhf": -0.3}, PAPER),
            finding("good_pairs", "info", None, {"dpo": 0.16, "rlhf": 0.3}, PAPER, MANUAL),
            finding("pairs_present", "info", None, {"dpo": 0.6, "sft": 0.15}, PAPER),
        ],
        "profile": profile(),
        "cost": {
            "sft": {"memory_gb": 2.7, "hours": 0.00002, "assumes": ["LoRA", "batch of 4 records"]},
            "dpo": {"memory_gb": 5.4, "hours": 2.5, "assumes": ["LoRA", "both sides"]},
        },
    }


def profile() -> dict[str, Any]:
    """Shares that are measured, sampled, at nought and empty; distributions; figures of other shapes."""
    return {
        "rows": 4012,
        "bad": tally(12, 4012),
        "records": 4000,
        "languages": {"en": 0.93, "und-Arab": 0.07},
        "axes": {"values": 0.6, "general": 0.4},
        "layouts": {"preference": 0.98, "alpaca": 0.02},
        "benchmarks": {},
        "lengths": {"prompt": spread(4000, 300), "answer": spread(4000, 110), "contexts": spread(0, 0)},
        "tokens": {"total": 1.5e6, "estimated": True, "per_record": spread(2000, 120, 4000)},
        "turns": spread(4000, 3),
        "harmful": tally(789, 2000, 4000),
        "duplicates": {"exact": tally(0, 4000), "near": tally(0, 2000, 4000), "prompts": share(3990, 4000)},
        "answers": {"empty": tally(4, 4000), "secret_kinds": {"phone": 11}},
        "grounding": None,
        "pairs": {
            "n": 4000,
            "longer": tally(1800, 4000),
            "score_tied": tally(0, 0),
            "length_auc": 0.4349,
            "shortcut": {
                "feature": "ends with a sentence mark",
                "chosen": share(1750, 2000),
                "rejected": share(1850, 2000),
                "auc": 0.525,
            },
        },
        "labels": None,
        "model": {"name": "invented-8B", "parameters": 8e9, "tuned": None},
        "goal": "values",
        "sample": 2000,
        "notes": ["it begins with a byte-order mark"],
        "columns": ["chosen", "rejected"],
    }
