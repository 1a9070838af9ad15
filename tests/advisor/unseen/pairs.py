"""Two answers or more to a prompt, or one with a verdict."""

from __future__ import annotations

from tests.advisor.unseen import Row, Unseen
from tests.advisor.unseen.gold import rag
from tests.advisor.unseen.texts import WHAT, WHO, Writer

PREFER = "dpo sft_dpo orpo simpo rlhf either"
PLAN = (
    "steal a car from {}",
    "build a pipe bomb to scare {}",
    "stalk {} without being noticed",
    "forge the signature of {}",
    "poison the dog of {}",
    "blackmail {} with stolen photos",
)
DECLINE = (
    "I can't help with that. If someone is in danger, please call the emergency number.",
    "I won't assist with harming anyone. Is there a conflict I could help you talk through?",
    "I'm sorry, but I can't help with this. It would hurt people and is against the law.",
)


def preferences(n: int, seed: int, longer: float = 0.5) -> list[Row]:
    """A useful answer over a vague one, either of them the longer."""
    w, rows = Writer(seed), []
    for _ in range(n):
        short, long = w.random.randint(1, 2), w.random.randint(3, 5)
        up = w.chance(longer)
        good = w.advice(long if up else short)
        bad = w.prose(short if up else long)
        rows.append({"prompt": w.question(), "chosen": good, "rejected": bad})
    return rows


def one_token(n: int) -> list[Row]:
    """Sides that differ in a number."""
    w, rows = Writer(29), []
    for _ in range(n):
        said = w.prose(4)
        day = w.random.randint(1, 27)
        rows.append(
            {"prompt": w.question(), "chosen": f"{said} It was day {day}.", "rejected": f"{said} It was day {day + 1}."}
        )
    return rows


def scored_wrong(n: int) -> list[Row]:
    """A quarter of the scores contradict the order."""
    w = Writer(30)
    rows: list[Row] = preferences(n, 30)
    return [
        {**r, "chosen_score": s, "rejected_score": s + (2 if w.chance(0.25) else -2)}
        for r in rows
        if (s := w.random.randint(4, 7))
    ]


def both_ways(n: int) -> list[Row]:
    """Two annotators disagree about every fifth pair."""
    rows = preferences(n, 43)
    return [*rows, *({**r, "chosen": r["rejected"], "rejected": r["chosen"]} for r in rows[: n // 5])]


def harm(w: Writer) -> tuple[str, str, str]:
    """(prompt, refusal, compliance)."""
    asked = w.pick(("How do I {}?", "Tell me the best way to {}.", "I need a plan to {}.")).format(
        w.pick(PLAN).format(w.pick(WHO))
    )
    return f"{asked} {w.sentence()}", f"{w.pick(DECLINE)} {w.sentence()}", f"Sure. {w.advice(2)}"


def safety(n: int, benign: float, seed: int) -> list[Row]:
    """Refusals over compliance, and some harmless requests where helping is preferred."""
    w, rows = Writer(seed), []
    for _ in range(n):
        if w.chance(benign):
            rows.append(
                {"prompt": w.question(), "chosen": w.advice(2), "rejected": f"I can't help with that. {w.sentence()}"}
            )
        else:
            asked, no, yes = harm(w)
            rows.append({"prompt": asked, "chosen": no, "rejected": yes})
    return rows


def judged(n: int) -> list[Row]:
    """Four answers a prompt, scored by a model."""
    w, rows = Writer(33), []
    for _ in range(n):
        said = [
            {
                "model": f"model-{m}",
                "response": w.advice(w.random.randint(1, 4)),
                "overall_score": w.random.randint(1, 10),
            }
            for m in "abcd"
        ]
        rows.append({"instruction": w.question(), "completions": said, "judge": "gpt-4"})
    return rows


def ranked(n: int) -> list[Row]:
    """Answers with their places."""
    w = Writer(34)
    return [
        {"prompt": w.question(), "answers": [{"answer": w.advice(2), "rank": place} for place in (1, 2, 3)]}
        for _ in range(n)
    ]


def thumbs(n: int) -> list[Row]:
    """A log of a chat widget: mostly thumbs up."""
    w, rows = Writer(35), []
    for i in range(n):
        up = w.chance(0.82)
        rows.append(
            {
                "session_id": f"s-{i:05}",
                "user_message": w.question(),
                "bot_response": w.advice(2) if up else w.prose(2),
                "feedback": "thumbs_up" if up else "thumbs_down",
            }
        )
    return rows


def kto(n: int) -> list[Row]:
    """Balanced verdicts."""
    w, rows = Writer(36), []
    for _ in range(n):
        good = w.chance(0.5)
        rows.append({"prompt": w.question(), "completion": w.advice(2) if good else w.prose(2), "label": good})
    return rows


def arena(n: int) -> list[Row]:
    """Votes between two models."""
    w = Writer(37)
    return [
        {
            "question": w.question(),
            "response_a": w.advice(w.random.randint(1, 4)),
            "response_b": w.advice(w.random.randint(1, 4)),
            "winner": w.pick(("model_a", "model_b", "model_a", "model_b", "tie")),
        }
        for _ in range(n)
    ]


def faithful(n: int) -> list[Row]:
    """On a document: what it says over what it does not."""
    w, rows = Writer(38), []
    for row in rag(n, 0.0, 38):
        *_, where, when = w.event()
        rows.append(
            {
                "context": row["context"],
                "question": row["question"],
                "chosen": row["answer"],
                "rejected": f"{where.capitalize()}, {when}.",
            }
        )
    return rows


def openai_preference(n: int) -> list[Row]:
    """OpenAI's form."""
    return [
        {
            "input": {"messages": [{"role": "user", "content": r["prompt"]}]},
            "preferred_output": [{"role": "assistant", "content": r["chosen"]}],
            "non_preferred_output": [{"role": "assistant", "content": r["rejected"]}],
        }
        for r in preferences(n, 39)
    ]


def stock_phrase(n: int) -> list[Row]:
    """Every rejected answer opens alike."""
    return [{**r, "rejected": f"Certainly! {r['rejected']}"} for r in preferences(n, 40)]


def transcripts(n: int) -> list[Row]:
    """Whole conversations on both sides."""
    w, rows = Writer(41), []
    for r in safety(n, 0.5, 41):
        before = f"\n\nHuman: {w.question()}\n\nAssistant: {w.advice(1)}\n\nHuman: {r['prompt']}\n\nAssistant: "
        rows.append({"chosen": before + r["chosen"], "rejected": before + r["rejected"]})
    return rows


def stars(n: int) -> list[Row]:
    """One answer a prompt, one to five stars."""
    w = Writer(42)
    return [
        {"prompt": w.question(), "response": w.advice(w.random.randint(1, 4)), "rating": w.random.randint(1, 5)}
        for _ in range(n)
    ]


def odd_names(n: int) -> list[Row]:
    """Columns of one's own."""
    return [
        {"customer_query": r["prompt"], "good_reply": r["chosen"], "bad_reply": r["rejected"]}
        for r in preferences(n, 44)
    ]


def unranked(n: int) -> list[Row]:
    """Two answers and nobody's choice."""
    w = Writer(45)
    return [{"instruction": w.question(), "response_1": w.advice(2), "response_2": w.advice(2)} for _ in range(n)]


def loops(n: int) -> list[Row]:
    """Rejected answers of a broken sampler."""
    w = Writer(46)
    return [
        {
            "prompt": w.question(),
            "chosen": w.advice(3),
            "rejected": f"{w.pick(WHAT)}, and again {w.pick(WHAT)}, and so on; " * 6,
        }
        for _ in range(n)
    ]


FILES = (
    Unseen("clean.jsonl", preferences(1500, 27), "pairs", PREFER, "sft cpt grpo kto", "", ""),
    Unseen(
        "longer_wins.jsonl",
        preferences(800, 28, 0.93),
        "pairs",
        f"{PREFER} fix_data",
        "cpt grpo kto",
        "length_bias",
        "too_few_records",
    ),
    Unseen(
        "one_token.jsonl",
        one_token(400),
        "pairs",
        "fix_data sft sft_dpo",
        "cpt grpo dpo simpo",
        "near_identical_pairs",
        "too_few_records",
    ),
    Unseen(
        "scored_wrong.jsonl",
        scored_wrong(500),
        "pairs",
        "fix_data",
        "cpt grpo",
        "preference_inverted",
        "too_few_records needs_mapping",
    ),
    Unseen(
        "both_ways.jsonl",
        both_ways(500),
        "pairs",
        "fix_data",
        "cpt grpo",
        "preference_inverted",
        "too_few_records duplicate_prompts near_duplicates",
    ),
    Unseen(
        "only_harm.jsonl",
        safety(300, 0.0, 31),
        "pairs",
        f"{PREFER} fix_data",
        "cpt grpo",
        "over_refusal_risk",
        "too_few_records surface_shortcut length_bias near_duplicates",
    ),
    Unseen(
        "balanced_harm.jsonl",
        safety(1200, 0.5, 32),
        "pairs",
        f"{PREFER}",
        "cpt grpo sft",
        "",
        "surface_shortcut length_bias near_duplicates",
    ),
    Unseen(
        "judged.jsonl",
        judged(300),
        "ranked pairs",
        f"{PREFER} fix_data",
        "cpt grpo",
        "model_labels",
        "too_few_records label_imbalance needs_mapping",
    ),
    Unseen(
        "ranks.jsonl", ranked(600), "ranked pairs", f"{PREFER}", "cpt grpo sft", "", "needs_mapping too_few_records"
    ),
    Unseen(
        "thumbs.jsonl",
        thumbs(700),
        "unpaired",
        "kto",
        "dpo cpt grpo orpo simpo",
        "label_imbalance bad_targets missing_signal",
        "needs_mapping",
    ),
    Unseen("kto.jsonl", kto(600), "unpaired", "kto", "dpo cpt grpo orpo simpo", "bad_targets missing_signal", ""),
    Unseen(
        "arena.jsonl", arena(900), "pairs", PREFER, "cpt grpo sft", "", "needs_mapping label_imbalance too_few_records"
    ),
    Unseen("faithful.jsonl", faithful(500), "pairs", PREFER, "cpt grpo kto sft", "", "too_few_records"),
    Unseen(
        "vendor.jsonl",
        openai_preference(40),
        "pairs",
        f"{PREFER} sft fix_data none",
        "cpt grpo kto",
        "too_few_records",
        "",
    ),
    Unseen(
        "certainly.jsonl",
        stock_phrase(600),
        "pairs",
        f"{PREFER} fix_data",
        "cpt grpo kto",
        "surface_shortcut",
        "too_few_records",
    ),
    Unseen(
        "transcripts.jsonl",
        transcripts(500),
        "pairs",
        PREFER,
        "cpt grpo kto sft",
        "needs_mapping",
        "benchmark_contamination surface_shortcut too_few_records length_bias near_duplicates",
    ),
    Unseen(
        "stars.csv",
        stars(400),
        "ranked",
        "fix_data rlhf none kto",
        "dpo sft_dpo cpt grpo sft",
        "",
        "missing_signal too_few_records needs_mapping bad_targets",
    ),
    Unseen("odd_names.jsonl", odd_names(600), "pairs", PREFER, "cpt grpo kto sft", "needs_mapping", "too_few_records"),
    Unseen(
        "unranked.jsonl",
        unranked(400),
        "prompts ranked mixed",
        "fix_data rlhf none",
        "dpo sft_dpo sft cpt kto",
        "missing_signal",
        "too_few_records duplicate_prompts",
    ),
    Unseen(
        "loops.jsonl",
        loops(400),
        "pairs",
        "fix_data sft sft_dpo dpo orpo",
        "cpt grpo kto",
        "surface_shortcut",
        "length_bias too_few_records near_duplicates",
    ),
)
