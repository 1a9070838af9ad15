"""A run's folder: damage is one line, what its numbers rest on is checked, an interrupt says how to go on."""

from __future__ import annotations

import copy
import importlib
import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import flags, folders, models, plan, planfile, room, session, speed, store
from bench.types import BenchError
from tests.bench import command
from tests.bench.command import Patch
from tests.bench.test_plan import Words

pytestmark = command.QUIET
Json = dict[str, Any]
CODE = "c0de"


@pytest.fixture(scope="module")
def planned() -> Json:
    """A plan as it stands in its file, of data that the package holds."""
    with Patch.context() as patch:
        patch.setattr(plan, "code_hash", lambda: CODE)
        patch.setattr("bench.encoding.longest", lambda *_: 1)
        made, _ = plan.make(
            sources=["embedded:values"],
            trained=["sft"],
            budget=flags.parse_budget("40s"),
            seeds=1,
            items=48,
            only=None,
            weights=models.Weights("tiny", Path("tiny"), "0" * 64),
            dtype="float32",
            attention=speed.Attention("eager", {}),
            tokenizer=Words(),
            command="bench run --data embedded:values",
        )
    found: Json = json.loads(store.dumps(planfile.to_json(made)))
    return found


@pytest.fixture
def run(tmp_path: Path, planned: Json) -> Path:
    """A run that has its plan and nothing else, in a folder that a shell would take for two words."""
    return saved(tmp_path / "runs" / "a b", planned)


def saved(folder: Path, value: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps(value))
    return folder


def changed(value: Json, path: str, new: Any) -> Json:
    """`value` with the entry at `a.0.b` replaced."""
    made: Any = copy.deepcopy(value)
    at, *keys = made, *path.split(".")
    for key in keys[:-1]:
        at = at[int(key) if key.isdigit() else key]
    at[keys[-1]] = new
    return dict(made)


def contents(folder: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# Damage

DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "torn": b'{"run": "a", "trac',
    "binary": bytes(range(256)),
    "list": b"[]",
    "null": b"null",
    "no keys": b"{}",
    "text for a budget": b'{"budget": "40s"}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_plan_is_one_line_that_names_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "plan.json").write_bytes(DAMAGED[name])
    with pytest.raises(BenchError, match=r"plan\.json: damaged.*; restore the file or start a new run$"):
        folders.read_plan(tmp_path)


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("tracks", []),
        ("tracks", {}),
        ("tracks", [[]]),
        ("tracks.0.source", 5),
        ("tracks.0.arms", None),
        ("tracks.0.tasks", [{"name": "values"}]),
        ("tracks.0.arms.0.seeds", ["0"]),
        ("budget.amount", "much"),
        ("budget.kind", "money"),
        ("batch", "4"),
        ("command", None),
        ("unknown", 1),
    ],
)
def test_a_plan_of_another_shape_is_a_damaged_one(tmp_path: Path, planned: Json, path: str, new: Any) -> None:
    folder = saved(tmp_path / "run", changed(planned, path, new))
    with pytest.raises(BenchError, match=r"plan\.json: damaged plan \(.*\); restore the file or start a new run$"):
        folders.read_plan(folder)


def test_a_whole_plan_is_read(run: Path, planned: Json) -> None:
    assert json.loads(store.dumps(planfile.to_json(folders.read_plan(run)))) == planned


@pytest.mark.parametrize("harm", [lambda p: p.write_text("[]"), lambda p: (p.unlink(), p.mkdir())], ids=["list", "dir"])
def test_the_list_shows_the_others_and_names_the_damaged_one(
    run: Path, planned: Json, harm: Callable[[Path], object]
) -> None:
    place = run.parents[1]
    saved(place / "runs" / "c", planned)
    harm(run / "plan.json")
    said = command.bench("list", inside=place)
    assert said.code == 0
    assert said.out == "runs/c  unfinished  40s per trial  embedded:values\n"
    assert said.err.startswith("bench: runs/a b/plan.json: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("text", ["", '{"tracks"', "[]", "{}", '{"tracks": 3, "plan": {}, "run": "a"}'])
def test_the_report_of_a_damaged_result_is_one_line_that_says_how_to_mend_it(run: Path, text: str) -> None:
    (run / "result.json").write_text(text)
    said = command.bench("report", "a b", inside=run.parents[1])
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("bench: runs/a b/result.json: damaged")
    assert said.err.endswith("; make it anew with `bench resume 'runs/a b'`\n")
    assert said.err.count("\n") == 1
    assert not (run / "report.html").exists()


# Another program


def test_another_program_is_refused_with_the_command_that_starts_anew(run: Path) -> None:
    before = contents(run)
    said = command.bench(
        "resume", "a b", inside=run.parents[1], change=lambda patch: patch.setattr(plan, "code_hash", lambda: "other")
    )
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "bench: runs/a b: the program, its libraries or the device changed since the run began, so its numbers would "
        "mix two versions; start a new run: bench run --data embedded:values\n"
    )
    assert contents(run) == before


@pytest.mark.parametrize("name", ["more.py", "deep/rows.jsonl", "meta.json", "policy.toml"])
def test_source_and_embedded_data_are_part_of_the_program(tmp_path: Path, monkeypatch: Patch, name: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "__init__.py").touch()
    monkeypatch.setattr(models, "stack", list)
    monkeypatch.setattr(importlib, "import_module", lambda _: SimpleNamespace(__file__=str(tmp_path / "__init__.py")))
    without = plan.code_hash()
    (tmp_path / name).write_text("1")
    one = plan.code_hash()
    (tmp_path / name).write_text("2")
    assert len({without, one, plan.code_hash()}) == 3


def test_what_python_and_others_leave_beside_the_source_is_not(tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__init__.py").touch()
    monkeypatch.setattr(models, "stack", list)
    monkeypatch.setattr(importlib, "import_module", lambda _: SimpleNamespace(__file__=str(tmp_path / "__init__.py")))
    without = plan.code_hash()
    (tmp_path / "__pycache__" / "a.cpython-311.pyc").write_text("1")
    (tmp_path / "notes~").write_text("1")
    assert plan.code_hash() == without


@pytest.mark.parametrize("name", ["torch", "transformers", "trl", "peft"])
def test_another_version_of_a_library_is_another_program(monkeypatch: Patch, name: str) -> None:
    monkeypatch.setattr(models, "device", lambda: "cpu")
    before, version = plan.code_hash(), importlib.metadata.version
    assert plan.code_hash() == before
    monkeypatch.setattr(importlib.metadata, "version", lambda n: "0.0.1" if n == name else version(n))
    assert plan.code_hash() != before


def test_another_kind_of_device_is_another_program(monkeypatch: Patch) -> None:
    found = set()
    for device in ("cpu", "cuda"):
        monkeypatch.setattr(models, "device", lambda device=device: device)
        found.add(plan.code_hash())
    assert len(found) == 2


# Interrupted before work starts


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


STAGES: dict[str, tuple[object, str]] = {
    "plan": (folders, "read_plan"),
    "data": (session, "check_readable"),
    "code": (plan, "code_hash"),
    "model": (models, "resolve"),
    "imports": (session, "_quieten"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_an_interrupt_while_resuming_says_how_to_go_on(run: Path, stage: str) -> None:
    def change(patch: Patch) -> None:
        patch.setattr(plan, "code_hash", lambda: CODE)
        patch.setattr(models, "resolve", lambda _: models.Weights("tiny", Path("tiny"), "0" * 64))
        patch.setattr(*STAGES[stage], interrupt)

    before = contents(run)
    said = command.bench("resume", "a b", inside=run.parents[1], change=change)
    assert (said.code, said.out) == (130, "")
    assert said.err == "Interrupted. Go on with: bench resume 'runs/a b'\n"
    assert contents(run) == before


def test_an_interrupt_while_resuming_prepares_the_data_says_how_to_go_on(run: Path) -> None:
    def change(patch: Patch) -> None:
        patch.setattr(plan, "code_hash", lambda: CODE)
        patch.setattr(
            session, "open_model", lambda _: (models.Weights("tiny", Path("tiny"), "0" * 64), "float32", Words())
        )
        patch.setattr(room, "positions", lambda _: None)
        patch.setattr(plan, "prepared", interrupt)

    said = command.bench("resume", "a b", inside=run.parents[1], change=change)
    assert (said.code, said.out) == (130, "")
    assert said.err == "Interrupted. Go on with: bench resume 'runs/a b'\n"


def test_an_interrupt_before_a_run_has_a_plan_says_that_nothing_began(tmp_path: Path) -> None:
    def change(patch: Patch) -> None:
        patch.setattr(models, "resolve", interrupt)

    said = command.bench("run", "--data", "embedded:values", inside=tmp_path, change=change)
    assert (said.code, said.out) == (130, "")
    assert said.err == "bench: interrupted before the run began; nothing to resume\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [("list",), ("report", "a b")])
def test_an_interrupt_of_what_has_nothing_to_resume_is_just_that(run: Path, args: tuple[str, ...]) -> None:
    (run / "result.json").write_text("{}")

    def change(patch: Patch) -> None:
        patch.setattr(store, "read_object", interrupt)

    said = command.bench(*args, inside=run.parents[1], change=change)
    assert (said.code, said.out, said.err) == (130, "", "bench: interrupted\n")


def test_a_folder_of_data_is_known_by_what_all_its_files_hold(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"prompt": "Who?", "completion": "Ada."}\n' * 3)
    (tmp_path / "b.jsonl").write_text('{"prompt": "When?", "completion": "Now."}\n' * 3)
    before = session.check_readable(str(tmp_path))
    assert session.check_readable(str(tmp_path)) == before
    (tmp_path / "b.jsonl").write_text('{"prompt": "When?", "completion": "Then."}\n' * 3)
    assert session.check_readable(str(tmp_path)) != before
