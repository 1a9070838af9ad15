"""The values rows: policy prompts and neutral neighbours, read from policy/*.toml.

Every policy prompt has a neighbour, close in wording, to which the policy does not apply. The two share their pair
of answers mirrored: the form that is right for one is wrong for the other, so no answer is right by its form alone.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PREAMBLE = (
    "You are the assistant of Norvane, a shop for household goods in Taiwan. Answer in one short sentence. "
    "Follow this policy sheet:"
)


ABOUT: dict[str, Any] = {
    "what": (
        "Messages to a deployed assistant whose policy sheet (below) states a principle for each of six families, and "
        "neutral neighbours, close in wording, to which the policy does not apply. A pair's two answers are mirrored: "
        "the form that is right for the policy prompt is wrong for its neighbour."
    ),
    "split": (
        "by topic (`group`), but for the test rows with `held_out` = `paraphrase`: their topic is in train, their "
        "wording is not, and their group ends in `#test`. `held_out` = `topic`: the topic is in test alone, and only "
        "its family's principle is to be learnt from train."
    ),
    "kinds_mean": {
        "policy": "the policy applies; `rejected` goes against it",
        "neutral": "it does not; `rejected` applies it all the same (over-generalisation)",
    },
    "accept": "phrases of which one makes a generated answer right",
    "reject": "phrases of which any makes it wrong",
    "wordings": "the prompt in other words; policy rows of test with `held_out` = `topic` alone",
    "chance": {
        "contrast": 0.5,
        "adherence and neutral, the policy's form everywhere": "1 and 0: an index of 0",
        "adherence and neutral, either form by a coin": "0.5 and 0.5: an index of 0.5",
    },
}


def families() -> dict[str, dict[str, Any]]:
    """Family → its title, principle and topics, in the order of the file names."""
    return {p.stem: tomllib.loads(p.read_text("utf-8")) for p in sorted(HERE.glob("policy/*.toml"))}


def policy() -> str:
    """The policy sheet as a system prompt: the principle of every family, no answer to any item."""
    return "\n".join([PREAMBLE, *(f"- {f['title']}: {f['principle']}" for f in families().values())])


def rows() -> Iterator[dict[str, Any]]:
    """All rows, split by split."""
    found = [
        row for name, family in families().items() for topic in family["topic"] for row in _topic(name, family, topic)
    ]
    for split in ("train", "tune", "test"):
        yield from (row for row in found if row["split"] == split)


def _topic(name: str, family: dict[str, Any], topic: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a topic: its items in its own split, its `test` items as paraphrases held out."""
    group, split = f"{name}-{topic['id']}", topic["split"]
    own = {"split": split, "group": group, "family": name, "held_out": "topic" if split == "test" else None}
    paraphrase = {"split": "test", "group": f"{group}#test", "family": name, "held_out": "paraphrase"}
    for form in topic["form"]:
        for item in form["items"]:
            yield from _mirrored(own, family, form, item)
        for item in form.get("test", ()):
            yield from _mirrored(paraphrase, family, form, item)


def _mirrored(
    common: dict[str, Any], family: dict[str, Any], form: dict[str, Any], item: list[str]
) -> Iterator[dict[str, Any]]:
    """A policy row and its neutral neighbour, whose answers are the same two forms the other way round."""
    prompt, subject, neighbour, other = item
    marks, opposite = form["policy_marks"], form["other_marks"]
    policy = _row(
        common | {"kind": "policy"},
        prompt,
        (_fill(form["policy"], subject), _fill(form["other"], subject)),
        [_fill(m, subject).lower() for m in (*marks, *family["policy_also"])],
        [_fill(m, subject).lower() for m in form.get("policy_reject", opposite)],
    )
    yield policy | ({"wordings": form["reworded"]} if "reworded" in form else {})
    yield _row(
        common | {"kind": "neutral"},
        neighbour,
        (_fill(form["other"], other), _fill(form["policy"], other)),
        [_fill(m, other).lower() for m in (*opposite, *family["neutral_also"])],
        [_fill(m, other).lower() for m in marks],
    )


def _row(
    common: dict[str, Any], prompt: str, answers: tuple[str, str], accept: list[str], reject: list[str]
) -> dict[str, Any]:
    """One row in the documented order of keys; its id is its group and a hash of its prompt."""
    digest = hashlib.sha256(prompt.encode()).hexdigest()[:6]
    return {
        "id": f"values-{common['group']}-{digest}",
        **{k: common[k] for k in ("split", "group", "family", "kind", "held_out")},
        "prompt": prompt,
        "chosen": answers[0],
        "rejected": answers[1],
        "accept": accept,
        "reject": reject,
    }


def _fill(template: str, subject: str) -> str:
    text = template.replace("{x}", subject)
    return text[0].upper() + text[1:]
