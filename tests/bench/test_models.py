"""Where weights come from: what is fetched from the hub, what tells weights apart, and a prompt that is the same every day."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest
from huggingface_hub.utils import filter_repo_objects

from advisor.types import Message
from bench import chat, encoding, models
from bench.types import BenchError
from tests.bench.command import QUIET

pytestmark = QUIET


def test_of_a_hub_repository_only_the_files_at_its_top_are_fetched_and_no_weights_twice() -> None:
    wanted = ["config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json", "merges.txt"]
    wanted += ["tokenizer.model", "chat_template.jinja"]
    others = ["consolidated.safetensors", "consolidated.00.safetensors", "original/params.json", "onnx/config.json"]
    others += ["metal/model.safetensors", "a/b/c.json", "pytorch_model.bin", "README.md"]
    kept = filter_repo_objects([*others, *wanted], allow_patterns=models._HUB_FILES, ignore_patterns=models._HUB_OTHERS)
    assert list(kept) == wanted


@pytest.mark.parametrize("name", ["merges.txt", "vocab.txt", "tokenizer.json", "chat_template.jinja"])
def test_another_vocabulary_or_template_is_another_model(tiny_model: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    before = models.resolve(str(folder)).sha256
    (folder / "LICENSE.txt").write_text("what nothing is computed from")
    assert models.resolve(str(folder)).sha256 == before
    with (folder / name).open("a") as file:
        file.write("\n")
    assert models.resolve(str(folder)).sha256 != before


DATED = (
    "{%- if not date_string is defined %}{%- if strftime_now is defined %}"
    "{%- set date_string = strftime_now(FORMAT) %}{%- endif %}{%- endif -%}<system> {{ date_string }} <eos> "
)
"""How Llama 3.2's chat template begins."""
ASKED = (Message("user", "Is Taiwan a country?"),)


def dated(tiny_model: Path, folder: Path, form: str) -> models.Weights:
    """The tiny model with a template that says which day it is."""
    shutil.copytree(tiny_model, folder)
    path = folder / "chat_template.jinja"
    path.write_text(DATED.replace("FORMAT", form) + path.read_text())
    return models.resolve(str(folder))


def on(day: datetime.date, patch: pytest.MonkeyPatch) -> None:
    """What transformers gives templates as the present day."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Clock:
            return cls(day.year, day.month, day.day, tzinfo=tz)

    patch.setattr("transformers.utils.chat_template_utils.datetime", Clock)


@pytest.mark.parametrize(
    ("form", "said"),
    [('"%d %b %Y"', "26 Jul 2024"), ("'%Y-%m-%d'", "2024-07-26"), (' "%B %d, %Y" ', "July 26, 2024")],
)
def test_a_prompt_with_the_date_is_the_same_every_day(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, said: str
) -> None:
    weights = dated(tiny_model, tmp_path / "model", form)
    found = []
    for day in (datetime.date(2025, 1, 31), datetime.date(2031, 12, 1)):
        on(day, monkeypatch)
        tokenizer = models.tokenizer(weights)
        turns = [{"role": "user", "content": "hello"}]
        rendered = tokenizer.apply_chat_template(turns, tokenize=False)
        found.append((rendered, encoding.encode(tokenizer, ASKED, ["Yes."]), chat.probe(tokenizer)))
    assert found[0] == found[1]
    assert found[0][0].startswith(f"<system> {said} <eos> ")


def test_the_day_is_faked_where_templates_read_it(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without our doing the prompts would differ: the test above can fail."""
    from transformers import AutoTokenizer

    plain = AutoTokenizer.from_pretrained(dated(tiny_model, tmp_path / "model", "'%Y-%m-%d'").folder)
    on(datetime.date(2031, 12, 1), monkeypatch)
    assert "2031-12-01" in plain.apply_chat_template([{"role": "user", "content": "hello"}], tokenize=False)


def test_a_template_that_computes_how_it_writes_the_date_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    weights = dated(tiny_model, tmp_path / "model", "form or '%Y'")
    with pytest.raises(BenchError, match="asks for today's date in a way that cannot be fixed"):
        models.tokenizer(weights)


def test_another_rendering_is_another_probe(tiny_model: Path, tmp_path: Path) -> None:
    one, other = (dated(tiny_model, tmp_path / form.strip("'%"), form) for form in ("'%Y'", "'%m'"))
    assert chat.probe(models.tokenizer(one)) != chat.probe(models.tokenizer(other))
