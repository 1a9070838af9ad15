"""What every method keeps to, and what the prompted arm says."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from advisor.types import METHODS, Message
from bench import methods
from bench.methods import UNTRAINED, base, prompt
from bench.types import Guide

ROOT = Path(__file__).parents[2]
FIELDS = {"chosen", "rejected"}
CONTRACT = pytest.mark.parametrize("method", [methods.get(name) for name in methods.names()], ids=methods.names())


@CONTRACT
def test_a_method_says_what_it_is_and_needs(method: ModuleType) -> None:
    assert isinstance(method.TITLE, str)
    assert method.TITLE
    assert isinstance(method.NEEDS, frozenset)
    assert method.NEEDS <= FIELDS


@CONTRACT
def test_a_method_trains_or_prompts_and_not_both(method: ModuleType) -> None:
    trains, rewrites = hasattr(method, "trainer"), hasattr(method, "rewrite")
    assert trains != rewrites
    assert trains == (method.LEARNING_RATE is not None) == bool(method.NEEDS)


@CONTRACT
def test_a_trained_method_has_a_usable_rate_and_says_where_it_and_the_method_come_from(method: ModuleType) -> None:
    text = " ".join((method.__doc__ or "").split())
    assert text
    if method.LEARNING_RATE is None:
        assert method.__name__.rpartition(".")[2] in UNTRAINED
        return
    assert 1e-6 < method.LEARNING_RATE < 1e-2
    assert "Learning rate:" in text
    assert re.search(r"TRL's \w+Trainer", text)
    assert re.search(r"arXiv:\d{4}\.\d{5}|\(.*20\d\d", text)


@CONTRACT
def test_the_signatures_are_those_of_the_contract(method: ModuleType) -> None:
    function = getattr(method, "trainer", None) or method.rewrite
    expected = ["model", "tokenizer", "examples", "settings", "folder"] if method.NEEDS else ["prompt", "guide"]
    assert list(inspect.signature(function).parameters) == expected


@CONTRACT
def test_the_parts_of_a_method_are_methods_that_need_no_more_than_it(method: ModuleType) -> None:
    name = method.__name__.rpartition(".")[2]
    parts = methods.parts(name)
    assert parts == (name,) or len(parts) > 1
    assert all(methods.parts(part) == (part,) and methods.get(part).NEEDS <= method.NEEDS for part in parts)
    assert method.LEARNING_RATE == methods.get(parts[-1]).LEARNING_RATE


def test_a_trained_method_bears_a_name_that_advice_can_give() -> None:
    assert {name for name in methods.names() if name not in UNTRAINED} <= set(METHODS)
    assert set(UNTRAINED) < set(methods.names())


def test_listing_and_asking_for_needs_does_not_import_the_training_stack() -> None:
    code = (
        "import sys; from bench import methods; [methods.get(n).NEEDS for n in methods.names()];"
        "print(sorted({'torch', 'transformers', 'trl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout == "[]\n", done.stderr


# The prompted arm

SHOTS = (Message("user", "Is water wet?"), Message("assistant", "Yes."))
QUESTION = Message("user", "Is Taiwan a country?")


def test_the_base_arm_sees_the_prompt_as_it_is() -> None:
    own = (Message("system", "Be brief."), QUESTION)
    assert base.rewrite(own, Guide("A policy.", SHOTS)) == own


def test_the_prompted_arm_sees_policy_then_examples_then_the_question() -> None:
    said = prompt.rewrite((QUESTION,), Guide("A policy.", SHOTS))
    assert said == (Message("system", "A policy."), *SHOTS, QUESTION)


def test_the_data_s_own_system_turn_follows_the_policy_in_one_turn() -> None:
    said = prompt.rewrite((Message("system", "Be brief."), QUESTION), Guide("A policy.", SHOTS))
    assert said == (Message("system", "A policy.\n\nBe brief."), *SHOTS, QUESTION)


def test_without_a_policy_the_data_s_own_system_turn_stays_first() -> None:
    said = prompt.rewrite((Message("system", "Be brief."), QUESTION), Guide("", SHOTS))
    assert said == (Message("system", "Be brief."), *SHOTS, QUESTION)


def test_without_policy_and_system_turn_there_is_none() -> None:
    assert prompt.rewrite((QUESTION,), Guide("", SHOTS)) == (*SHOTS, QUESTION)
    assert prompt.rewrite((QUESTION,), Guide("", ())) == (QUESTION,)


def test_a_conversation_keeps_its_turns_after_the_examples() -> None:
    turns = (Message("user", "Hello"), Message("assistant", "Hello."), QUESTION)
    assert prompt.rewrite(turns, Guide("A policy.", SHOTS))[-3:] == turns
