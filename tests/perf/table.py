"""What was measured, as the table of docs/performance.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.perf.training import TITLES
from tests.perf.turns import said

BEGIN, END = "<!-- make perf: begin -->", "<!-- make perf: end -->"


def lines(found: dict[str, Any]) -> list[str]:
    """Markdown."""
    hardware = found["hardware"]
    machine = f"{hardware['cpu']}, {hardware['cores']} cores, bfloat16 by {hardware['bfloat16']}, {hardware['gpu'] or 'no GPU'}"
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return [
        f"{found['measured']}, {machine}; {found['model']}; {versions}.",
        "",
        "| training, seconds a step, theirs over ours | SFT | DPO | DPO, its reference pass counted |",
        "|---|---|---|---|",
        *(_against(found["training"], name, title) for name, title in TITLES.items()),
        "",
        "| | SFT | DPO |",
        "|---|---|---|",
        _row("share of the matrix products' rate", [_share(found, m) for m in ("sft", "dpo")]),
        _row("tokens a second", [f"{found['training'][m]['tokens_per_second']:,.0f}" for m in ("sft", "dpo")]),
        *(
            _row(f"peak memory, {title}", [f"{found['training'][m]['peak_gb'][name]:.1f} GB" for m in ("sft", "dpo")])
            for name, title in {"ours": "ours", **TITLES}.items()
        ),
        "",
        "| of our training steps' time | SFT | DPO |",
        "|---|---|---|",
        *(
            _row(what, [f"{found['where'][m].get(what, 0):.0%}" for m in ("sft", "dpo")])
            for what in found["where"]["sft"]
        ),
        "",
        "| evaluation and the whole, theirs over ours | |",
        "|---|---|",
        *_evaluation(found),
    ]


def _row(name: str, cells: list[str]) -> str:
    return f"| {' | '.join([name, *cells])} |"


def _against(training: dict[str, Any], name: str, title: str) -> str:
    sft, dpo = (said(training[method]["ratios"][name]) for method in ("sft", "dpo"))
    return f"| {title} | {sft} | {dpo} | {said(training['dpo']['ratios_with_reference'][name])} |"


def _share(found: dict[str, Any], method: str) -> str:
    share = found["training"][method]["share_of_products"]
    return f"{share['median']:.0%} ({share['low']:.0%}–{share['high']:.0%})"


def _evaluation(found: dict[str, Any]) -> list[str]:
    spoken, whole = found["evaluation"]["generation"], found["whole"]
    trained = (
        f"{whole['steps']['sft']} SFT and {whole['steps']['dpo']} DPO steps, four arms on {whole['items']} questions"
    )
    return [
        *(_likelihoods(likely) for likely in found["evaluation"]["likelihoods"]),
        f"| greedy answers, `model.generate` one by one ({spoken['same_answers']:.0%} the same) | {said(spoken['ratio'])} |",
        f"| `bench run` as a whole: {trained}; TRL and lm-evaluation-harness in one script | {whole['ratio']:.2f} (once) |",
    ]


def _likelihoods(found: dict[str, Any]) -> str:
    context = (
        f"{found['context_tokens']:.0f}-token contexts, 4 continuations of {found['continuation_tokens']:.0f} tokens"
    )
    apart = f"scores at most {found['most_nats_apart']:.2g} nats apart"
    share = f"ours at {found['share_of_products']:.0%} of the products' rate"
    return f"| {context}: HFLM ({apart}; {share}) | {said(found['ratio'])} |"


def write(page: Path, made: list[str]) -> None:
    """Put the table between its marks; the words around it stay."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text("\n".join([before + BEGIN, *made, END + after]))
