"""A second set, written when the first one passed: stranger layouts, faults that two tools leave when they meet."""

from __future__ import annotations

import json

from tests.advisor.unseen import Row, Unseen
from tests.advisor.unseen.gold import rag, support
from tests.advisor.unseen.other import chinese
from tests.advisor.unseen.pairs import PREFER, preferences
from tests.advisor.unseen.texts import WHAT, WHERE, WHO, Writer

PAIRS_ONLY = "dpo sft_dpo kto orpo simpo rlhf cpt"
ONLY_GOLD = "dpo kto orpo simpo cpt"


def faq(n: int) -> list[Row]:
    w = Writer(101)
    return [{"Question": w.question(), "Answer": w.advice(2)} for _ in range(n)]


def separated(n: int) -> list[Row]:
    """Marks of the old completion format."""
    w = Writer(102)
    return [{"prompt": f"{w.question()}\n\n###\n\n", "completion": f" {w.advice(2)} END"} for _ in range(n)]


def sql(n: int) -> list[Row]:
    w, rows = Writer(103), []
    for i in range(n):
        table, column = f"stock_{i}", w.pick(("price", "weight", "age", "colour"))
        a = w.random.randint(2, 99)
        rows.append(
            {
                "schema": f"CREATE TABLE {table} (id INT, {column} INT, place TEXT)",
                "question": f"How many things {w.pick(WHERE)} have a {column} above {a}? {w.sentence()}",
                "query": f"SELECT COUNT(*) FROM {table} WHERE {column} > {a}",  # noqa: S608 - never run
            }
        )
    return rows


def cut_negatives(n: int) -> list[Row]:
    """The rejected answer is the chosen one, cut."""
    w, rows = Writer(104), []
    for _ in range(n):
        said = w.prose(6)
        rows.append({"prompt": w.question(), "chosen": said, "rejected": said[: len(said) // 2]})
    return rows


def same_sides(n: int) -> list[Row]:
    """A join gone wrong: two in five pairs have one answer twice."""
    w = Writer(105)
    return [{**r, "rejected": r["chosen"] if w.chance(0.4) else r["rejected"]} for r in preferences(n, 105)]


def all_liked(n: int) -> list[Row]:
    w = Writer(106)
    return [{"prompt": w.question(), "completion": w.advice(2), "label": True} for _ in range(n)]


def swapped(n: int) -> list[Row]:
    """On a document, the columns the wrong way round."""
    w, rows = Writer(107), []
    for row in rag(n, 0.0, 107):
        who, did, what, *_ = w.event()
        rows.append({**row, "chosen": f"{who.capitalize()} {did} it for {what}.", "rejected": row["answer"]})
    return [{k: v for k, v in row.items() if k != "answer"} for row in rows]


def in_cells(n: int) -> list[Row]:
    """Messages as JSON in a table."""
    return [
        {
            "id": i,
            "messages": json.dumps(
                [{"role": "user", "content": r["instruction"]}, {"role": "assistant", "content": r["output"]}]
            ),
        }
        for i, r in enumerate(support(n, 108))
    ]


def long_pairs(n: int) -> list[Row]:
    """Whole conversations as messages on both sides."""
    w, rows = Writer(109), []
    for r in preferences(n, 109):
        start = [
            {"role": "user", "content": w.question()},
            {"role": "assistant", "content": w.advice(1)},
            {"role": "user", "content": r["prompt"]},
        ]
        sides = {side: [*start, {"role": "assistant", "content": r[side]}] for side in ("chosen", "rejected")}
        rows.append(sides)
    return rows


def rude(n: int) -> list[Row]:
    """Nearly all harmless."""
    w = Writer(110)
    return [{"comment_text": f"{w.sentence()} {w.sentence()}", "toxic": int(w.chance(0.06))} for _ in range(n)]


def letters(n: int) -> list[Row]:
    """Choices in the instruction, a letter as output."""
    w, rows = Writer(111), []
    for _ in range(n):
        choices = "\n".join(f"{letter}. {said}" for letter, said in zip("ABCD", w.random.sample(WHAT, 4), strict=True))
        rows.append(
            {"instruction": f"{w.sentence()} What was it?\n{choices}", "input": "", "output": w.pick(tuple("ABCD"))}
        )
    return rows


def thinking(n: int) -> list[Row]:
    """A chain of thought in tags, then the answer."""
    w = Writer(112)
    return [
        {"instruction": w.question(), "output": f"<think>\n{w.prose(3)}\n</think>\n\n{w.advice(2)}"} for _ in range(n)
    ]


def ties(n: int) -> list[Row]:
    """A judge that likes everything."""
    w, rows = Writer(113), []
    for _ in range(n):
        high = 9 if w.chance(0.6) else w.random.randint(3, 8)
        rows.append({"instruction": w.question(), "responses": [w.advice(2), w.advice(3)], "scores": [9, high]})
    return rows


def half_pairs(n: int) -> list[Row]:
    """Three in ten rejected answers are blank."""
    w = Writer(114)
    return [{**r, "rejected": "" if w.chance(0.3) else r["rejected"]} for r in preferences(n, 114)]


def disclaimers(n: int) -> list[Row]:
    """One in eight answers is a stock refusal of another model."""
    w, rows = Writer(115), []
    for _ in range(n):
        no = f"As an AI language model, I don't have personal experience with this. {w.sentence()}"
        rows.append({"instruction": w.question(), "input": "", "output": no if w.chance(0.12) else w.advice(3)})
    return rows


def reviews(n: int) -> list[Row]:
    w = Writer(116)
    return [
        {"review": f"{w.sentence()} {w.sentence()}", "sentiment": w.pick(("positive", "negative"))} for _ in range(n)
    ]


def checked(n: int) -> list[Row]:
    """Answers on a document with a verdict in words."""
    w, rows = Writer(117), []
    for row in rag(n, 0.0, 117):
        good = w.chance(0.55)
        *_, where, when = w.event()
        rows.append(
            {
                **row,
                "answer": row["answer"] if good else f"{where.capitalize()}, {when}.",
                "is_faithful": "yes" if good else "no",
            }
        )
    return rows


def ragas(n: int) -> list[Row]:
    """What an evaluation of a RAG system wrote."""
    return [
        {"question": r["question"], "contexts": [r["context"]], "answer": r["answer"], "ground_truth": r["answer"]}
        for r in rag(n, 0.0, 118)
    ]


def chat_text(n: int) -> list[Row]:
    """Conversations written out in a text column."""
    w = Writer(119)
    return [
        {"text": f"User: {w.question()}\nAssistant: {w.advice(2)}\nUser: {w.question()}\nAssistant: {w.advice(1)}"}
        for _ in range(n)
    ]


def moderated(n: int) -> list[Row]:
    """Prompts with a class."""
    w = Writer(120)
    return [{"prompt": f"{w.sentence()} {w.question()}", "label": w.pick(("harmful", "benign"))} for _ in range(n)]


def lines(n: int) -> str:
    """A statute, torn into lines."""
    w = Writer(121)
    return "\n".join(f"{i}. {w.sentence()}" if w.chance(0.3) else w.sentence()[:50] for i in range(n))


def revised(n: int) -> list[Row]:
    """An answer, a critique, a better answer."""
    w = Writer(122)
    return [
        {"prompt": w.question(), "response": w.prose(2), "critique": w.sentence(), "revised_response": w.advice(2)}
        for _ in range(n)
    ]


def no_key(n: int) -> list[Row]:
    """Examination questions whose key was left out."""
    w, rows = Writer(123), []
    for _ in range(n):
        choices = "\n".join(f"{letter}) {said}" for letter, said in zip("ABCD", w.random.sample(WHAT, 4), strict=True))
        rows.append(
            {"messages": [{"role": "user", "content": f"{w.sentence()} What did {w.pick(WHO)} take?\n{choices}"}]}
        )
    return rows


def two_halves(n: int) -> list[Row]:
    """English, then Chinese."""
    return [*support(n, 124), *({k: r[k] for k in ("instruction", "output")} for r in chinese(n))]


FILES = (
    Unseen("faq.csv", faq(45), "gold", "sft none fix_data", PAIRS_ONLY, "too_few_records"),
    Unseen(
        "separated.jsonl", separated(300), "gold", "sft fix_data", ONLY_GOLD, "template_leftovers", "too_few_records"
    ),
    Unseen("sql.json", sql(300), "gold", "sft", ONLY_GOLD, "", "near_duplicates too_few_records"),
    Unseen(
        "cut_negatives.jsonl",
        cut_negatives(400),
        "pairs",
        f"{PREFER} sft fix_data",
        "cpt grpo kto",
        "length_bias",
        "surface_shortcut near_identical_pairs too_few_records truncated",
    ),
    Unseen(
        "same_sides.jsonl",
        same_sides(400),
        "pairs",
        "fix_data",
        "cpt grpo dpo",
        "near_identical_pairs",
        "too_few_records",
    ),
    Unseen(
        "all_liked.jsonl",
        all_liked(300),
        "unpaired gold",
        "fix_data sft",
        "dpo cpt grpo",
        "label_imbalance",
        "missing_signal too_few_records",
    ),
    Unseen(
        "swapped.jsonl",
        swapped(400),
        "pairs",
        "fix_data sft_dpo dpo sft",
        "cpt grpo kto",
        "preference_inverted",
        "too_few_records surface_shortcut bad_targets length_bias",
    ),
    Unseen("in_cells.csv", in_cells(1200), "gold", "sft", PAIRS_ONLY, "", "needs_mapping"),
    Unseen("long_pairs.jsonl", long_pairs(1200), "pairs", PREFER, "cpt grpo kto sft", "", ""),
    Unseen(
        "rude.csv",
        rude(800),
        "gold",
        "sft none fix_data",
        "dpo kto cpt orpo grpo",
        "label_imbalance needs_mapping",
        "duplicate_prompts too_few_records",
    ),
    Unseen(
        "letters.json",
        letters(400),
        "gold eval",
        "sft grpo none either",
        "dpo kto cpt orpo",
        "",
        "benchmark_contamination too_few_records",
    ),
    Unseen("thinking.jsonl", thinking(1200), "gold", "sft", PAIRS_ONLY, "", ""),
    Unseen(
        "ties.jsonl",
        ties(600),
        "ranked pairs",
        f"{PREFER} fix_data",
        "cpt grpo sft",
        "label_imbalance",
        "model_labels too_few_records needs_mapping length_bias",
    ),
    Unseen(
        "half_pairs.jsonl",
        half_pairs(500),
        "pairs",
        "fix_data",
        "cpt grpo dpo",
        "missing_signal",
        "too_few_records length_bias surface_shortcut",
    ),
    Unseen(
        "disclaimers.json",
        disclaimers(1200),
        "gold",
        "sft fix_data",
        f"{PAIRS_ONLY} grpo",
        "unanswerable_share",
        "duplicate_prompts near_duplicates",
    ),
    Unseen(
        "reviews.csv", reviews(1000), "gold", "sft none", "dpo kto cpt orpo grpo", "", "duplicate_prompts needs_mapping"
    ),
    Unseen(
        "checked.jsonl",
        checked(600),
        "unpaired",
        "kto",
        "dpo cpt grpo orpo sft",
        "bad_targets missing_signal",
        "label_imbalance needs_mapping",
    ),
    Unseen(
        "ragas.json",
        ragas(60),
        "eval",
        "none",
        "sft dpo kto grpo cpt",
        "",
        "too_few_records benchmark_contamination missing_signal",
    ),
    Unseen("chat_text.jsonl", chat_text(1200), "gold", "sft", PAIRS_ONLY, "", "template_leftovers needs_mapping"),
    Unseen(
        "moderated.jsonl",
        moderated(600),
        "gold",
        "sft none",
        "dpo kto cpt orpo grpo rlhf",
        "",
        "duplicate_prompts needs_mapping too_few_records",
    ),
    Unseen(
        "statute.txt",
        lines(900),
        "text",
        "none cpt fix_data",
        "sft dpo kto grpo",
        "missing_signal too_few_records",
        "exact_duplicates",
    ),
    Unseen(
        "revised.jsonl",
        revised(600),
        "pairs gold",
        f"{PREFER} sft",
        "cpt grpo kto",
        "",
        "needs_mapping too_few_records surface_shortcut length_bias",
    ),
    Unseen(
        "no_key.jsonl",
        no_key(400),
        "prompts",
        "fix_data none",
        "sft dpo kto cpt grpo",
        "missing_signal",
        "benchmark_contamination too_few_records",
    ),
    Unseen("two_halves.json", two_halves(600), "gold", "sft fix_data", PAIRS_ONLY, "language_mix", "near_duplicates"),
    Unseen(
        "wrapped.json",
        {"version": "1.0", "data": support(1200, 125)},
        "gold",
        "sft",
        PAIRS_ONLY,
        "",
        "container_defect",
    ),
    Unseen(
        "one.json",
        {
            "messages": [
                {"role": "user", "content": "Where do I begin?"},
                {"role": "assistant", "content": "At the door."},
            ]
        },
        "gold",
        "fix_data none",
        "sft dpo kto",
        "too_few_records",
    ),
)
