"""The page of `advise`, and what of the data it and the JSON may hold."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

from rich.console import Console

from advisor.advise import Advice, advice_json, advise
from advisor.terminal import show
from advisor.types import Finding, Source
from tests.advisor.build import dataset, gold, pair

MAIL = "anna.roth@mill.example.org"


def page(advice: Advice, **options: Any) -> str:
    out = io.StringIO()
    show(advice, Console(file=out, width=120, highlight=False), **options)
    return out.getvalue()


def advised(rows: list[dict[str, Any]], supervision: str = "gold") -> Advice:
    return advise(dataset(rows, supervision))  # type: ignore[arg-type]


def with_finding(advice: Advice, finding: Finding) -> Advice:
    return dataclasses.replace(advice, findings=(finding, *advice.findings))


def test_a_finding_that_quotes_the_data_is_redacted_everywhere() -> None:
    told = Finding("example", "warn", f"All 3 open with {MAIL}.", "truncated", {MAIL: 1.0}, {"sft": 0.9})
    advice = with_finding(advised([gold(n) for n in range(30)]), told)
    assert MAIL not in str(advice_json(advice))
    assert MAIL not in page(advice)
    assert MAIL in page(advice, raw=True)


def test_a_profile_that_quotes_the_data_is_redacted() -> None:
    advice = advised([gold(n) for n in range(30)])
    advice = dataclasses.replace(
        advice, profile=dataclasses.replace(advice.profile, columns=(MAIL,), layouts={MAIL: 1.0})
    )
    assert MAIL not in str(advice_json(advice)["profile"])


def test_sources_keep_their_addresses() -> None:
    advice = advised([pair(n) for n in range(30)], "pairs")
    ids = {s["id"] for f in advice_json(advice)["findings"] for s in f["sources"]}
    assert ids == {s.id for f in advice.findings for s in f.sources}


def test_a_reason_cites_only_what_speaks_for_it() -> None:
    against = Source("A paper", "arXiv:1111.11111", 2024, "a setting", "", supports={"sft": -1})
    told = Finding("example", "info", "1 thing.", effects={"sft": 0.9}, sources=(against,))
    text = page(with_finding(advised([gold(n) for n in range(1200)]), told))
    assert "1 thing." in text
    assert "arXiv:1111.11111" not in text


def test_the_command_is_called_a_test_only_where_it_tests_the_advice() -> None:
    few, clear = advised([pair(n) for n in range(60)], "pairs"), advised([gold(n) for n in range(30)])
    assert [few.recommendation.method, clear.recommendation.method] == ["sft_dpo", "sft"]
    assert "Test this advice" in page(few)
    assert "Test this advice" in page(clear)
    untrained = dataclasses.replace(clear, recommendation=dataclasses.replace(clear.recommendation, method="grpo"))
    assert "What bench can compare today" in page(untrained)


def test_repair_names_no_command_and_the_method_after_it() -> None:
    text = page(advised([gold(n % 10) for n in range(60)]))
    assert "repair the data first, then SFT" in text
    assert "bench run" not in text


def test_languages_beyond_three_are_counted() -> None:
    profile = dataclasses.replace(
        advised([gold(n) for n in range(30)]).profile,
        languages=dict.fromkeys(["en", "de", "fr", "ja", "sw"], 0.24) | {"sw": 0.04},
    )
    advice = dataclasses.replace(advised([gold(n) for n in range(30)]), profile=profile)
    assert "en 24%, de 24%, fr 24% and 1 more" in page(advice)


def test_a_model_that_tells_no_size_is_told() -> None:
    advice = advise(dataset([gold(n) for n in range(30)]), model="some-model")
    assert "the name some-model tells no size" in page(advice)
    assert "tells no size" not in page(advise(dataset([gold(n) for n in range(30)]), model="some-model-7b"))


def test_a_block_says_why_a_lower_score_comes_first() -> None:
    assert "comes first whatever the scores" in page(advised([gold(n) for n in range(5)]))
    assert "whatever the scores" not in page(advised([gold(n) for n in range(200)]))


def test_more_rows_where_asked_for() -> None:
    advice = advised([gold(n, answer="I am {{name}}.") for n in range(30)])
    assert "rows 1, 2, 3, 4, 5, …" in page(advice)
    assert "rows 1, 2, 3, 4, 5, 6, 7, 8" in page(advice, rows=8)
