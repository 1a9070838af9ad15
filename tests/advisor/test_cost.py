"""What training would take: the formulas against figures known beforehand, the devices, and what `advise` prints of both."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import hardware
from advisor.architecture import MODELS, adapter, kept_in_layer, linear, nearest
from advisor.cost import SIZES, costs, longest, table, tokens_seen
from advisor.costview import cost as shown
from advisor.costview import crowded, duration
from advisor.formulas import FORMULAS, Setup, memory
from advisor.hardware import GPUS, REFERENCE, Hardware, find
from advisor.profiling import profile
from advisor.profiling.types import Profile
from advisor.types import Cost
from tests.advisor.build import dataset, gold, pair

LLAMA_8B = next(model for model in MODELS if model.name == "Llama-3.1-8B")
SMOL = next(model for model in MODELS if model.name == "SmolLM2-135M")


def seen(rows: list[dict[str, Any]], supervision: str = "gold", model: str | None = None) -> Profile:
    return profile(dataset(rows, supervision), model=model)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pairs() -> Profile:
    return seen([pair(n) for n in range(1000)], "pairs")


def named(model: str) -> Profile:
    return seen([pair(n) for n in range(1000)], "pairs", model)


# The sizes of models


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_models_matrices_and_embeddings_make_up_its_parameters(model: Any) -> None:
    """Embeddings once where they are tied to the output layer, else twice; norms and biases are less than a percent."""
    tables = (model.parameters - linear(model)) / (model.vocabulary * model.width)
    assert tables == pytest.approx(round(tables), abs=0.01)
    assert round(tables) in (1, 2)


def test_adapters_are_as_many_as_peft_reports_for_llama_3_8b() -> None:
    assert adapter(LLAMA_8B) == 41_943_040


def test_a_layer_of_llama_keeps_half_as_much_again_as_the_34h_of_a_gpt() -> None:
    assert kept_in_layer(LLAMA_8B) / (34 * LLAMA_8B.width) == pytest.approx(1.56, abs=0.01)


def test_the_nearest_model_lends_its_shape() -> None:
    assert nearest(7e9).name == "Llama-3.1-8B"
    assert nearest(7e9).parameters == 7e9


# Memory


def test_weights_come_first_in_a_large_model() -> None:
    needs = memory(LLAMA_8B, FORMULAS["sft"], Setup(batch=1), 64)
    assert 16.06 + 1 < needs < 19


def test_four_bits_leave_the_embeddings_as_they_are() -> None:
    """An 8B model in 4 bits: 6.98B in NF4 with an absmax of 64, 1.05B in bf16."""
    frozen = memory(LLAMA_8B, FORMULAS["sft"], Setup(1, quantised=True), 0)
    assert frozen - memory(LLAMA_8B, FORMULAS["sft"], Setup(1), 0) == pytest.approx(-6.98 * (2 - 0.5625), abs=0.01)


def test_dpo_holds_both_sides_and_no_second_model() -> None:
    sft, dpo = (memory(LLAMA_8B, FORMULAS[method], Setup(), 512) for method in ("sft", "dpo"))
    frozen = memory(LLAMA_8B, FORMULAS["dpo"], Setup(), 0)
    assert dpo - frozen == pytest.approx(2 * (sft - frozen))
    assert dpo < 2 * 16


def test_whole_logits_dominate_a_small_model() -> None:
    """Eight pairs of 512 tokens over 49,152 entries, in fp32 with their gradient: 3.2 GB for a model of 0.27 GB."""
    tokens = 16 * 512
    logits = tokens * 49_152 * 8 / 1e9
    checkpoints, frozen = tokens * 30 * 2 * 576 / 1e9, memory(SMOL, FORMULAS["orpo"], Setup(), 0)
    assert memory(SMOL, FORMULAS["orpo"], Setup(), 512) == pytest.approx(frozen + checkpoints + logits)
    assert logits > 10 * 2 * SMOL.parameters / 1e9
    assert memory(SMOL, FORMULAS["dpo"], Setup(), 512) < frozen + logits / 3


def test_a_long_answer_counts_in_the_batch() -> None:
    short = [gold(n) for n in range(100)]
    long = [gold(n, answer="word " * 4000) if n % 10 == 0 else gold(n) for n in range(100)]
    assert costs(seen(long))["sft"].memory_gb > 2 * costs(seen(short))["sft"].memory_gb


@given(st.sampled_from(MODELS), st.sampled_from(sorted(FORMULAS)), st.floats(1, 1e5), st.sampled_from((1, 2, 4, 8)))
def test_giving_something_up_never_takes_more(model: Any, method: Any, length: float, batch: int) -> None:
    formula = FORMULAS[method]
    needs = memory(model, formula, Setup(batch), length)
    assert memory(model, formula, Setup(batch, quantised=True), length) < needs
    assert memory(model, formula, Setup(1), length) <= needs <= memory(model, formula, Setup(8), length)


# Time


def test_dpo_takes_eight_thirds_of_sfts_arithmetic_on_sides_of_equal_length() -> None:
    """With checkpoints 6 against 8 FLOPs a parameter and token, of twice the tokens."""
    rows = [pair(n, answer="as long as this", rejected="as long as that") for n in range(64)]
    same = seen(rows, "pairs", "70B")
    cost = costs(same)
    assert cost["dpo"].hours == pytest.approx(cost["sft"].hours * 8 / 3, rel=0.05)
    assert cost["orpo"].hours == pytest.approx(cost["sft"].hours * 2, rel=0.05)
    assert cost["kto"].hours == pytest.approx(cost["sft"].hours * 4, rel=0.05)
    assert cost["sft_dpo"].hours == pytest.approx(cost["sft"].hours + cost["dpo"].hours, rel=0.05)


def test_a_large_models_hours_can_be_done_by_hand() -> None:
    large = named("8B")
    tokens = large.tokens.per_record.mean * 1000
    assert costs(large)["sft"].hours == pytest.approx(6 * 8e9 * tokens / (0.3 * 312e12) / 3600, rel=0.05)


def test_a_small_model_takes_what_launching_its_kernels_takes(pairs: Profile) -> None:
    """125 batches × 30 layers × 300 kernels × 10 µs: a faster device does not help, a larger model takes longer."""
    assert costs(pairs)["sft"].hours * 3600 == pytest.approx(11.25, rel=0.05)
    assert costs(pairs, hardware=device("H100"))["sft"].hours == costs(pairs)["sft"].hours
    assert costs(named("8B"))["sft"].hours > costs(pairs)["sft"].hours


def test_grpo_counts_the_writing() -> None:
    keyed = seen([gold(n, answer=f"#### {n}") for n in range(100)], model="8B")
    assert tokens_seen("grpo", keyed) == pytest.approx(100 * 8 * (keyed.tokens.prompt + 512))
    slow = dataclasses.replace(REFERENCE, bandwidth=REFERENCE.bandwidth / 10)
    assert costs(keyed, hardware=slow)["grpo"].hours > 5 * costs(keyed)["grpo"].hours
    assert costs(keyed, hardware=slow)["sft"].hours == costs(keyed)["sft"].hours


def test_documents_are_cut_for_continued_pre_training() -> None:
    text = seen([{"answer": "word " * 9000}] * 20, "text")
    assert longest("cpt", text) == 1024
    assert tokens_seen("cpt", text) > 20 * 5000


# What is costed


def test_only_methods_that_the_data_serves_are_costed(pairs: Profile) -> None:
    assert set(costs(pairs, {"dpo", "kto", "grpo", "cpt"})) == {"sft", "orpo", "simpo"}
    assert set(costs(pairs, FORMULAS)) == set()


def test_three_sizes_where_no_model_is_named(pairs: Profile) -> None:
    assert set(table(pairs)) == set(SIZES) == {"135M", "1B", "8B"}
    assert table(pairs)["135M"]["dpo"].memory_gb == costs(pairs)["dpo"].memory_gb
    assert not table(named("Qwen2.5-7B"))


def test_a_model_that_does_not_say_its_size_is_not_taken_for_one_that_does() -> None:
    unread = named("my-model")
    assert set(table(unread)) == set(SIZES)
    assert costs(unread)["sft"].assumes[0].startswith("my-model does not say its size: 135M, the bench's default model")


def test_every_term_that_a_reader_may_doubt_is_said(pairs: Profile) -> None:
    said = " | ".join(costs(pairs)["dpo"].assumes)
    for term in (
        "0.135B parameters shaped as SmolLM2-135M's", "30% of 312 TFLOP/s (NVIDIA A100 data sheet (SXM))", "batch of 8",
        "no second copy", "no logits held", "gradient checkpointing", "rank 16", "dtype=", "full fine-tuning",
        "estimated from characters",
    ):  # fmt: skip
        assert term in said
    assert "yet to be made" not in said
    assert any("yet to be made" in a for a in costs(seen([gold(n) for n in range(30)]))["dpo"].assumes)


# Does it fit


def device(name: str) -> Hardware:
    found = find(name)
    assert found is not None
    return found


def test_what_does_not_fit_says_what_would() -> None:
    large = named("8B")
    on_a_t4, on_an_a100 = costs(large, hardware=device("t4"))["sft"], costs(large)["sft"]
    assert (on_an_a100.fits, on_an_a100.remedy, on_an_a100.remedy_gb) == (True, "", 0.0)
    assert on_a_t4.fits is False
    assert on_a_t4.remedy == "QLoRA (4-bit weights)"
    assert on_a_t4.remedy_gb <= 16 < on_a_t4.memory_gb


def test_a_smaller_batch_is_given_up_before_precision() -> None:
    long = seen([gold(n, answer="word " * 15_000) for n in range(40)], model="1B")
    found = costs(long, hardware=device("3090"))["sft"]
    assert found.fits is False
    assert found.remedy in ("batch 4", "batch 2", "batch 1")


def test_where_nothing_helps_it_says_so() -> None:
    found = costs(named("70B"), hardware=device("t4"))["sft"]
    assert (found.fits, found.remedy) == (False, "")
    assert found.remedy_gb > 16
    assert "too large even with 4-bit weights" in crowded("70B", {"sft": found}, ["sft"])


def test_kto_is_never_told_to_train_one_example_at_a_time() -> None:
    """Its KL estimate pairs each prompt with another's answer: TRL refuses a batch of one."""
    long = seen([gold(n, answer="word " * 12_000) for n in range(40)], model="1B")
    room = memory(nearest(1e9), FORMULAS["kto"], Setup(2), longest("kto", long))
    just_short = dataclasses.replace(REFERENCE, memory_gb=room - 0.1)
    assert "batch 1" not in costs(long, hardware=just_short)["kto"].remedy


def test_memory_that_is_not_known_is_not_judged(pairs: Profile) -> None:
    assert costs(pairs, hardware=dataclasses.replace(REFERENCE, memory_gb=0.0))["sft"].fits is None


# Devices


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("a100", "A100-80GB"), ("A100-80GB", "A100-80GB"), ("a100 40", "A100-40GB"), ("NVIDIA A100-SXM4-40GB", "A100-40GB"),
        ("NVIDIA A100 80GB PCIe", "A100-80GB"), ("NVIDIA H100 80GB HBM3", "H100"), ("NVIDIA H100 PCIe", "H100-PCIe"),
        ("RTX 4090", "RTX-4090"), ("rtx4090", "RTX-4090"), ("4090", "RTX-4090"), ("NVIDIA GeForce RTX 3090", "RTX-3090"),
        ("Tesla T4", "T4"), ("Tesla V100-SXM2-16GB", "V100-16GB"), ("NVIDIA A10G", "A10G"), ("A10", "A10"),
        ("NVIDIA L4", "L4"), ("l40s", "L40S"), ("AMD Instinct MI300X", "MI300X"), ("b200", "B200"), ("h200", "H200"),
    ],
)  # fmt: skip
def test_a_gpu_is_known_by_the_names_it_goes_by(said: str, meant: str) -> None:
    assert device(said).name == meant


@pytest.mark.parametrize(
    "said",
    ["", "100", "L40", "RTX 3090 Ti", "RTX 4090 Laptop GPU", "H100 NVL", "A100-64GB", "Apple M3 Max", "gpu", "rtx"],
)
def test_another_card_is_not_taken_for_a_known_one(said: str) -> None:
    assert find(said) is None


@given(st.text())
def test_no_name_is_too_wild(said: str) -> None:
    assert find(said) in (None, *GPUS)


def test_every_card_finds_itself_and_names_its_source() -> None:
    assert [find(gpu.name) for gpu in GPUS] == list(GPUS)
    assert all("NVIDIA" in gpu.source or "AMD" in gpu.source for gpu in GPUS)
    assert {gpu.name for gpu in GPUS if any("no bf16" in a for a in gpu.assumes)} == {"T4", "V100-16GB", "V100-32GB"}


def program(folder: Path, script: str) -> str:
    """A PATH with an nvidia-smi that does what the script says."""
    file = folder / "nvidia-smi"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_this_machines_gpu_is_what_the_driver_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, "echo 'NVIDIA L4, 23034'; echo 'NVIDIA L4, 23034'"))
    found = hardware.this_machine()
    assert (found.name, found.memory_gb, found.flops) == ("L4", 24.2, device("l4").flops)
    assert "this machine's GPU" in found.assumes


def test_a_gpu_that_no_table_knows_keeps_its_memory_and_admits_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, "echo 'NVIDIA GeForce RTX 3060, 12288'"))
    found = hardware.this_machine()
    assert (found.name, found.memory_gb) == ("NVIDIA GeForce RTX 3060", 12.9)
    assert "not in our table" in found.assumes[0]


@pytest.mark.parametrize("script", ["exit 9", "echo 'No devices were found'", "printf ''", "printf '\\377\\376'"])
def test_a_driver_that_is_broken_is_no_gpu(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, script))
    found = hardware.this_machine()
    assert found.name.startswith("this CPU (")
    assert "assumed, not measured" in found.assumes[0]
    assert found.memory_gb > 0


# The page and the command


def lines(parts: list[Any]) -> str:
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    for part in parts:
        Console(file=out, width=76, highlight=False).print(part)
    return out.getvalue()


def test_the_table_keeps_to_eighty_columns_and_the_order_of_the_ranking(pairs: Profile) -> None:
    page = lines(shown(costs(pairs), table(pairs), ("orpo", "rlhf", "sft")))
    assert max(map(len, page.splitlines())) <= 76
    assert page.index("ORPO") < page.index("SFT") < page.index("DPO")
    assert "RLHF is not costed" in page
    assert "of LoRA on A100-80GB" in page


def test_no_section_where_nothing_is_costed() -> None:
    assert shown({}, {}, ("rlhf",)) == []


def test_remedies_are_told_once_for_the_methods_that_share_them() -> None:
    one = Cost(20.0, 1.0, (), fits=False, remedy="batch 2", remedy_gb=9.0)
    told = crowded("8B", {"sft": one, "dpo": one, "kto": dataclasses.replace(one, fits=True)}, ["sft", "dpo", "kto"])
    assert told == "8B does not fit as it is; with batch 2: SFT 9.0 GB, DPO 9.0 GB"


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.0001, "under 1 s"), (0.01, "36 s"), (0.5, "30 min"), (2.5, "2.5 h"), (40, "40 h"), (240, "10 days")],
)
def test_a_duration_is_said_as_one_would(hours: float, words: str) -> None:
    assert duration(hours) == words


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cost") / "pairs.jsonl"
    rows = [pair(n) for n in range(60)]
    wanted = [{"prompt": r["prompt"], "chosen": r["answer"], "rejected": r["rejected"]} for r in rows]
    path.write_bytes(b"\n".join(map(orjson.dumps, wanted)))
    return path


def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "advisor.cli", *map(str, args)]
    env = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)


def test_gpu_is_what_the_costs_are_for(file: Path) -> None:
    found = orjson.loads(run(file, "--gpu", "rtx 4090", "--model", "Llama-3.1-8B", "--json").stdout)
    assert found["cost_table"] == {}
    assert {c["hardware"] for c in found["cost"].values()} == {"RTX-4090"}
    assert {c["model"] for c in found["cost"].values()} == {"Llama-3.1-8B"}
    assert set(found["cost"]) >= {"sft", "dpo", "sft_dpo", "kto", "orpo", "simpo"}
    page = run(file, "--gpu", "t4", "--model", "Llama-3.1-8B").stdout
    assert "Llama-3.1-8B does not fit as it is; with QLoRA (4-bit weights): " in page


def test_without_gpu_it_is_this_machine_and_three_sizes(file: Path) -> None:
    found = orjson.loads(run(file, "--json").stdout)
    assert set(found["cost_table"]) == {"135M", "1B", "8B"}
    assert found["cost"]["sft"]["hardware"] == hardware.this_machine().name


def test_a_gpu_that_is_not_known_is_one_line_with_those_that_are(file: Path) -> None:
    done = run(file, "--gpu", "abacus")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "'abacus'" in done.stderr
    assert all(gpu.name in done.stderr for gpu in GPUS)
