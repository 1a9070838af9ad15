"""Few distinct prompts or answers behind many records: variety, not the row count, is what training sees."""

from advisor.profiling.types import Profile
from advisor.sources import DEDUP, claim
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "prompts": Threshold(0.5, "ours: distinct prompts per record"),
    "answers": Threshold(0.2, "ours: distinct answers per record, where answers are long enough not to be labels"),
    "characters": Threshold(40, "ours: a median answer this long is no class label"),
    "records": Threshold(20, "ours: fewer say nothing about a share"),
}
SOURCES = (claim(DEDUP, fix_data=1),)
FIRES = Case(tuple({"prompt": "Tell me a joke.", "answer": f"Joke number {i} about a fox."} for i in range(20)))
SILENT = Case(tuple({"prompt": f"Tell me about the number {i}.", "answer": f"It follows {i - 1}."} for i in range(20)))


def check(profile: Profile) -> Finding | None:
    """Fires where prompts or answers repeat heavily."""
    prompts, answers = profile.duplicates.prompts, profile.duplicates.answers
    few = repeated(profile)
    if not few:
        return None
    return Finding(
        rule="duplicate_prompts",
        severity="warn",
        problem="duplicate_prompts",
        summary=f"Only {' and '.join(few)}: split by prompt, and do not count repeats as data.",
        numbers={"prompts": prompts.count, "answers": answers.count, "records": profile.records},
        effects={"fix_data": 0.25},
        sources=SOURCES,
    )


def repeated(profile: Profile) -> list[str]:
    """What there is little of, in words; `[]` where prompts and answers are distinct enough."""
    prompts, answers = profile.duplicates.prompts, profile.duplicates.answers
    if profile.records < THRESHOLDS["records"].value:
        return []
    few_prompts = prompts.of > 0 and prompts.value < THRESHOLDS["prompts"].value
    long_enough = profile.lengths["answer"].median >= THRESHOLDS["characters"].value
    few_answers = answers.of > 0 and long_enough and answers.value < THRESHOLDS["answers"].value
    said = [f"{prompts.count:,} distinct prompts in {prompts.of:,} records"] if few_prompts else []
    return [*said, f"{answers.count:,} distinct answers in {answers.of:,}"] if few_answers else said
