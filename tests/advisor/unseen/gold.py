"""One answer to a prompt."""

from __future__ import annotations

import json

from tests.advisor.unseen import Row, Unseen
from tests.advisor.unseen.texts import WHAT, WHO, Writer

NO_PAIRS = "dpo kto orpo simpo rlhf cpt"


def rag(n: int, unanswerable: float, seed: int) -> list[Row]:
    """Questions on a paragraph; some it does not answer."""
    w, rows = Writer(seed), []
    for _ in range(n):
        who, did, what, where, when = w.event()
        filler = w.prose(5)
        said = f"{filler} {when.capitalize()}, {who} {did} {what} {where}. {w.prose(2)}"
        none = w.chance(unanswerable)
        answer = (
            w.pick(
                (
                    "The document does not say.",
                    "This is not mentioned in the text.",
                    "I cannot answer that from the given passage.",
                    "The passage gives no information about that.",
                )
            )
            if none
            else f"{where.capitalize()}, {when}."
        )
        asked = f"What did {who} pay for {what}?" if none else f"Where and when was it that {who} {did} {what}?"
        rows.append({"question": asked, "context": said, "answer": answer})
    return rows


def grounded_chat(n: int) -> list[Row]:
    """Documents inside the user's turn."""
    w, rows = Writer(2), []
    for _ in range(n):
        who, did, what, where, when = w.event()
        document = f"{w.prose(4)} {who.capitalize()} {did} {what} {where} {when}. {w.prose(3)}"
        asked = f"Answer from the document only.\n\nDocument:\n{document}\n\nQuestion: Who {did} {what}, and where?"
        reply = f"According to the document, {who} {did} {what} {where}."
        rows.append({"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": reply}]})
    return rows


def persona(n: int) -> list[Row]:
    """A pirate cook talks over several turns."""
    w, rows = Writer(3), []
    for _ in range(n):
        turns = [{"from": "system", "value": "You are Mags, a gruff pirate cook. Stay in character."}]
        for _ in range(w.random.randint(2, 4)):
            turns.append({"from": "human", "value": w.question()})
            turns.append({"from": "gpt", "value": f"Arr, {w.advice(w.random.randint(1, 3))} {w.sentence()}"})
        rows.append({"id": f"mags_{len(rows):04}", "conversations": turns})
    return rows


def openai_calls(n: int) -> list[Row]:
    """Half of the answers are calls without text."""
    w, rows = Writer(4), []
    tools = [
        {"type": "function", "function": {"name": "book_table", "parameters": {"type": "object", "properties": {}}}}
    ]
    for _ in range(n):
        guests, hour = w.random.randint(2, 12), w.random.randint(11, 22)
        asked = (
            f"{w.sentence()} Could you get us a table for {guests} at {hour} o'clock?"
            if w.chance(0.5)
            else w.question()
        )
        call = {
            "id": f"call_{len(rows)}",
            "type": "function",
            "function": {"name": "book_table", "arguments": json.dumps({"guests": guests, "hour": hour})},
        }
        reply = {"content": None, "tool_calls": [call]} if "table for" in asked else {"content": w.advice(2)}
        turns = [{"role": "system", "content": "You work for a restaurant."}, {"role": "user", "content": asked}]
        rows.append({"messages": [*turns, {"role": "assistant", **reply}], "tools": tools})
    return rows


def tagged_calls(n: int) -> list[Row]:
    """Calls written into the text."""
    w, rows = Writer(5), []
    for _ in range(n):
        subject = w.pick(WHAT)
        call = json.dumps(
            {"name": "search_catalogue", "arguments": {"query": subject, "limit": w.random.randint(1, 20)}}
        )
        turns = [
            {"from": "system", "value": 'You may call tools. <tools>[{"name": "search_catalogue"}]</tools>'},
            {"from": "human", "value": f"{w.sentence()} Do you have anything like {subject}?"},
            {"from": "gpt", "value": f"<tool_call>\n{call}\n</tool_call>"},
        ]
        rows.append({"conversations": turns})
    return rows


def fixes(n: int) -> list[Row]:
    """A function with a fault, and mended."""
    w, rows = Writer(6), []
    for i in range(n):
        a, b = w.random.randint(2, 90), w.random.randint(2, 90)
        name = "_".join([*w.pick(WHAT).split()[-1:], w.pick(("total", "mean", "index", "label", "price")), str(i)])
        op, wrong = w.random.sample(["+", "-", "*", "//", "%"], 2)
        body = (
            "def {0}(values, offset={1}):\n    result = []\n    for value in values:\n        result.append(value {3} {2})\n"
            "    return result[offset:]"
        )
        rows.append(
            {
                "instruction": f"{w.question()} No, wait: fix the operator in this function, it should use {op}.",
                "input": body.format(name, a, b, wrong),
                "output": f"```python\n{body.format(name, a, b, op)}\n```",
            }
        )
    return rows


def maths(n: int, seed: int) -> list[tuple[str, str, int]]:
    """(problem, solution, result)."""
    w, made = Writer(seed), []
    for _ in range(n):
        a, b, c = (w.random.randint(3, 98) for _ in range(3))
        who, what = w.pick(WHO), w.pick(WHAT).removeprefix("a ").removeprefix("an ").removeprefix("the ")
        forms = (
            (
                f"{who.capitalize()} stores {a} shelves of {what} with {b} pieces each and gives {c} away {w.task()}. "
                "How many remain?",
                a * b - c,
            ),
            (
                f"A ticket to see {what} costs {a} crowns. {w.sentence()} {b} people came and {c} crowns went on tea. "
                "What was left?",
                a * b - c,
            ),
            (
                f"{w.sentence()} It took {a} days of {b} hours, and then {c} hours more. How many hours is that?",
                a * b + c,
            ),
        )
        problem, result = w.random.choice(forms)
        sign = "-" if result == a * b - c else "+"
        made.append((problem, f"First, {a} times {b} is {a * b}. Then {a * b} {sign} {c} = {result}.", result))
    return made


def scope(n: int) -> list[Row]:
    """A quarter of the answers turn the question away."""
    w, rows = Writer(17), []
    away = (
        "I can only answer questions about the town library.",
        "That is outside what I can help with here. Ask me about loans and opening hours.",
        "I'm only able to help with library matters, so please contact the city office for this.",
        "This assistant covers library services only.",
    )
    for _ in range(n):
        rows.append(
            {"instruction": w.question(), "input": "", "output": w.pick(away) if w.chance(0.25) else w.advice(3)}
        )
    return rows


def copies(n: int) -> list[Row]:
    """A third of the rows stand twice."""
    w = Writer(18)
    rows: list[Row] = [{"prompt": w.question(), "completion": w.advice(3)} for _ in range(n)]
    again = w.random.sample(rows, n // 2)
    return w.random.sample([*rows, *again], n + len(again))


def cut_off(n: int) -> list[Row]:
    """Two in five answers hit the token limit."""
    w, rows = Writer(14), []
    for _ in range(n):
        said = w.prose(6)
        rows.append(
            {
                "prompt": w.question(),
                "completion": said[: 280 + w.random.randint(0, 60)].rstrip(" .,") if w.chance(0.4) else said,
            }
        )
    return rows


def templated(n: int) -> list[Row]:
    """One sentence with one word changed, over and over."""
    w = Writer(19)
    ask = "Please tell me in one short sentence which of our three branches keeps {} on its shelves during the summer holidays."
    reply = (
        "During the summer holidays our branch at the harbour keeps {} on its shelves, on the second floor, all day."
    )
    names = [f"{w.pick(WHAT)} number {i}" for i in range(n)]
    return [{"instruction": ask.format(name), "output": reply.format(name)} for name in names]


def scraped(n: int) -> list[Row]:
    """Markup never decoded."""
    w = Writer(20)
    return [
        {
            "question": w.question(),
            "answer": f"<p>{w.advice(2)}<br/>{w.sentence()}</p>&nbsp;" if w.chance(0.5) else w.advice(3),
        }
        for _ in range(n)
    ]


def rendered(n: int) -> list[Row]:
    """Chat tokens around both turns, in one column."""
    w = Writer(21)
    return [{"text": f"<s>[INST] {w.question()} [/INST] {w.advice(3)} {w.sentence()} </s>"} for _ in range(n)]


def unreviewed(n: int) -> list[Row]:
    """Says of itself that a model wrote it and nobody looked."""
    w = Writer(22)
    return [
        {"instruction": w.question(), "output": w.advice(3), "generator": "gpt-4o-mini", "human_verified": False}
        for _ in range(n)
    ]


def summaries(n: int) -> list[Row]:
    """An article and its first events, shortened."""
    w, rows = Writer(24), []
    for _ in range(n):
        said = [w.sentence() for _ in range(9)]
        rows.append({"document": " ".join(said), "summary": " ".join(w.random.sample(said, 2))})
    return rows


def holes(n: int) -> list[Row]:
    """Three in ten answers are missing."""
    w = Writer(26)
    return [
        {"instruction": w.question(), "input": "", "output": "" if w.chance(0.3) else w.advice(3)} for _ in range(n)
    ]


def tickets(n: int) -> list[Row]:
    """Classes by name, one of them nearly always."""
    w = Writer(12)
    return [
        {
            "text": f"{w.sentence()} {w.question()}",
            "label": "billing" if w.chance(0.88) else w.pick(("delivery", "returns")),
        }
        for _ in range(n)
    ]


def support(n: int, seed: int = 47) -> list[Row]:
    """Plain good data."""
    w = Writer(seed)
    return [{"instruction": w.question(), "output": f"{w.advice(2)} {w.sentence()}"} for _ in range(n)]


SOLVED = maths(400, 8)
FILES = (
    Unseen(
        "rag_unanswerable.jsonl",
        rag(240, 0.45, 1),
        "gold",
        "sft sft_dpo fix_data",
        "kto cpt rlhf grpo",
        "unanswerable_share",
        "too_few_records",
    ),
    Unseen("rag_answerable.jsonl", rag(600, 0.08, 9), "gold", "sft sft_dpo", "kto cpt rlhf grpo", "", ""),
    Unseen(
        "grounded_chat.jsonl", grounded_chat(300), "gold", "sft sft_dpo", "kto cpt rlhf grpo", "", "too_few_records"
    ),
    Unseen("pirate.json", persona(400), "gold", "sft", f"{NO_PAIRS} grpo", "", ""),
    Unseen("calls.jsonl", openai_calls(300), "gold", "sft", NO_PAIRS, "empty_target", "too_few_records"),
    Unseen(
        "hermes.jsonl",
        tagged_calls(250),
        "gold",
        "sft grpo",
        NO_PAIRS,
        "",
        "too_few_records near_duplicates duplicate_prompts",
    ),
    Unseen("fixes.json", fixes(300), "gold", "sft", NO_PAIRS, "", "too_few_records near_duplicates"),
    Unseen(
        "worked.jsonl",
        [{"problem": p, "solution": s, "answer": r} for p, s, r in SOLVED],
        "gold",
        "sft grpo either",
        "dpo kto cpt orpo",
        "",
        "",
    ),
    Unseen(
        "boxed.jsonl",
        [{"question": p, "answer": f"{s}\nThe answer is \\boxed{{{r}}}."} for p, s, r in SOLVED],
        "gold",
        "sft grpo either",
        "dpo kto cpt orpo",
        "",
        "",
    ),
    Unseen(
        "scope.json",
        scope(300),
        "gold",
        "sft fix_data",
        f"{NO_PAIRS} grpo",
        "unanswerable_share",
        "too_few_records duplicate_prompts",
    ),
    Unseen(
        "copies.jsonl",
        copies(300),
        "gold",
        "fix_data",
        f"{NO_PAIRS} grpo",
        "exact_duplicates",
        "duplicate_prompts too_few_records",
    ),
    Unseen("cut_off.jsonl", cut_off(200), "gold", "sft fix_data", f"{NO_PAIRS} grpo", "truncated", "too_few_records"),
    Unseen(
        "templated.json",
        templated(300),
        "gold",
        "sft fix_data none",
        f"{NO_PAIRS} grpo",
        "near_duplicates",
        "too_few_records duplicate_prompts",
    ),
    Unseen(
        "scraped.csv", scraped(300), "gold", "sft fix_data", f"{NO_PAIRS} grpo", "template_leftovers", "too_few_records"
    ),
    Unseen(
        "rendered.jsonl",
        rendered(300),
        "gold",
        "sft",
        f"{NO_PAIRS} grpo",
        "",
        "template_leftovers too_few_records needs_mapping",
    ),
    Unseen("unreviewed.jsonl", unreviewed(500), "gold", "sft", f"{NO_PAIRS} grpo", "model_labels", "too_few_records"),
    Unseen("summaries.jsonl", summaries(300), "gold", "sft sft_dpo", "kto cpt rlhf grpo", "", "too_few_records"),
    Unseen("holes.jsonl", holes(300), "gold", "fix_data", f"{NO_PAIRS} grpo", "empty_target", "too_few_records"),
    Unseen(
        "tickets.csv",
        tickets(500),
        "gold",
        "sft none fix_data",
        "dpo kto cpt orpo rlhf",
        "label_imbalance",
        "duplicate_prompts needs_mapping",
    ),
    Unseen("support.jsonl", support(1200), "gold", "sft", f"{NO_PAIRS} grpo fix_data", "", ""),
    Unseen("handful.jsonl", support(6), "gold", "fix_data none", f"{NO_PAIRS} grpo", "too_few_records", ""),
    Unseen(
        "splits.json",
        {"train": support(300, 48), "test": support(30, 49)},
        "gold",
        "sft",
        f"{NO_PAIRS} grpo",
        "",
        "too_few_records container_defect",
    ),
)
