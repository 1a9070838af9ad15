"""From a file to a Dataset: nothing lost, everything named."""

import hashlib
import json
import pathlib

import pytest

from advisor.load import load
from advisor.types import AdviceError, Message, RowError

SHARED = pathlib.Path(__file__).parents[2] / ".." / "shared"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the reference data of ../shared is not here")


@pytest.fixture
def file(tmp_path):
    def write(*rows, name="data.jsonl"):
        path = tmp_path / name
        path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
        return path

    return write


def qa(i, **more):
    return {"prompt": f"question {i}", "completion": f"answer {i}", **more}


def test_a_dataset_says_what_was_read(file):
    path = file(qa(1), qa(2))
    data = load(path)
    assert data.path == str(path)
    assert data.bytes == path.stat().st_size
    assert data.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (data.rows, len(data.records), data.errors, data.notes) == (2, 2, (), ())
    assert data.records[0].prompt == (Message("user", "question 1"),)
    assert [r.id for r in data.records] == ["row-1", "row-2"]
    assert [r.row for r in data.records] == [1, 2]
    assert (data.schema.name, data.schema.supervision, data.schema.share) == ("prompt_completion", "gold", 1.0)
    assert data.schema.columns == {"prompt": "prompt", "completion": "answer"}
    assert data.schema.others == ()


def test_bad_rows_are_kept_as_errors_with_line_and_reason(file):
    data = load(file(qa(1), "{broken", {"colour": "red"}, {"prompt": 3, "completion": "x"}, qa(5)))
    assert data.rows == 5
    assert [r.row for r in data.records] == [1, 5]
    assert [e.row for e in data.errors] == [2, 3, 4]
    _, unknown, wrong = data.errors
    assert unknown == RowError(3, "no schema fits (columns: colour)")
    assert wrong.why == "prompt_completion: column 'prompt' holds a number, want messages (role and content)"
    assert data.schema.share == 1.0


def test_columns_without_a_field_go_to_meta(file):
    row = {
        "id": 7, "split": "test", "group": "doc-1", "family": "f", "kind": "k", "held_out": True, "contexts": ["one", "two"],
        "prompt": "q", "chosen": "good", "rejected": "bad", "answerable": False, "accept": ["yes"], "reject": ["no"],
    }  # fmt: skip
    data = load(file(row))
    (record,) = data.records
    assert (record.id, record.group, record.answerable) == ("7", "doc-1", False)
    assert data.schema.columns == {
        "prompt": "prompt", "chosen": "answer", "rejected": "rejected",
        "id": "id", "group": "group", "answerable": "answerable", "contexts": "contexts",
    }  # fmt: skip
    assert record.contexts == ("one", "two")
    assert record.meta == {k: row[k] for k in ("split", "family", "kind", "held_out", "accept", "reject")}


@pytest.mark.parametrize(
    ("column", "value", "contexts"),
    [
        ("context", "one", ("one",)),
        ("context", "", ()),
        ("documents", ["one", "two"], ("one", "two")),
        ("contexts", [{"title": "t", "text": "one"}], ("one",)),
        ("passages", [{"passage_text": "one"}, "two", " "], ("one", "two")),
    ],
)
def test_documents_are_found_under_their_usual_names(file, column, value, contexts):
    (record,) = load(file(qa(1, **{column: value}))).records
    assert record.contexts == contexts
    assert column not in record.meta


@pytest.mark.parametrize(
    "names",
    [
        ("chunk_2", "chunk_10"),
        ("context1", "context2"),
        ("Passage 1", "Passage 2"),
        ("retrieved_doc_1", "retrieved_doc_2"),
    ],
)
def test_numbered_columns_are_documents_in_the_order_of_their_numbers(file, names):
    first, second = names
    data = load(file(qa(1, **{second: "It rains.", first: "It pours."})))
    assert data.records[0].contexts == ("It pours.", "It rains.")
    assert (data.schema.columns[first], data.schema.columns[second]) == ("contexts", "contexts")
    assert data.records[0].meta == {}


@pytest.mark.parametrize("value", ["", " ", "wiki/Lyon.html", "https://wiki.example/1", 3, ["Lyon lies here."]])
def test_a_numbered_column_without_words_is_no_document(file, value):
    (record,) = load(file(qa(1, chunk_1=value))).records
    assert (record.contexts, record.meta) == ((), {"chunk_1": value})


def test_numbered_columns_of_the_clearest_name_are_the_documents_unless_a_column_says_so_without_number(file):
    rows = qa(1, source_1="The town wiki", chunk_1="Lyon lies here."), qa(2, chunk_1="It rains.", context="It pours.")
    first, second = load(file(*rows)).records
    assert (first.contexts, first.meta) == (("Lyon lies here.",), {"source_1": "The town wiki"})
    assert (second.contexts, second.meta) == (("It pours.",), {"chunk_1": "It rains."})


@pytest.mark.parametrize(
    "wrong", [{"contexts": 3}, {"contexts": [{"x": 1}]}, {"answerable": "maybe"}, {"id": [1]}, {"group": {}}]
)
def test_common_columns_of_the_wrong_type_cost_the_row(file, wrong):
    data = load(file(qa(1), qa(2, **wrong)))
    assert len(data.records) == 1
    assert data.errors[0].row == 2
    assert repr(next(iter(wrong))) in data.errors[0].why


def test_a_conversation_under_context_is_no_document(file):
    (record,) = load(file(qa(1, context=[{"role": "user", "content": "hi"}]))).records
    assert record.contexts == ()
    assert "context" in record.meta


def test_null_means_that_the_row_lacks_the_column(file):
    first, second = load(file(qa(1, chosen=None, system=None), {"prompt": "q", "completion": None})).records
    assert first.meta == {}
    assert second.answer is None


class TestIds:
    def test_repeated_ids_get_a_suffix_and_it_is_told(self, file):
        data = load(file(qa(1, id="a"), qa(2, id="a"), qa(3, id="a-2"), qa(4, id="a")))
        assert [r.id for r in data.records] == ["a", "a-3", "a-2", "a-4"]
        assert data.notes == ("2 repeated ids got a suffix (first: row 2)",)

    def test_many_equal_ids_cost_no_square(self, file):
        data = load(file(*(qa(i, id="same") for i in range(5_000))))
        assert len({r.id for r in data.records}) == 5_000  # minutes where each id is sought from the start

    def test_row_names_avoid_the_ids_of_the_file(self, file):
        data = load(file(qa(1), qa(2, id="row-1")))
        assert [r.id for r in data.records] == ["row-1-2", "row-1"]

    def test_several_records_of_a_row_are_numbered(self, file):
        questions = [{"question": f"q{i}", "answers": [{"text": "a"}]} for i in (1, 2)]
        data = load(file({"title": "t", "paragraphs": [{"context": "c", "qas": questions}]}))
        assert [r.id for r in data.records] == ["row-1.1", "row-1.2"]


class TestGroups:
    def groups(self, file, *rows):
        return [record.group for record in load(file(*rows)).records]

    def test_prompts_that_differ_in_case_and_space_only_share_one(self, file):
        a, b, c = self.groups(file, {"prompt": "What  is it?"}, {"prompt": "what is IT? "}, {"prompt": "who is it?"})
        assert a == b != c

    def test_turns_of_one_conversation_share_the_first_question_under_any_system_prompt(self, file):
        user, bot = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}
        a, b = self.groups(
            file, {"messages": [user, bot]}, {"messages": [{"role": "system", "content": "s"}, user, bot, user, bot]}
        )
        assert a == b

    def test_documents_come_before_questions(self, file):
        a, b, c = self.groups(file, qa(1, context="d"), qa(2, context="d"), qa(1, context="e"))
        assert a == b != c

    def test_a_group_is_the_same_everywhere(self, file):
        assert self.groups(file, {"prompt": "Hello"}) == ["2cf24dba5fb0"]  # sha256("hello")


class TestSchema:
    def test_a_few_strays_do_not_change_the_name(self, file):
        data = load(file(*(qa(i) for i in range(19)), {"prompt": "q"}))
        assert (data.schema.name, data.schema.supervision, data.schema.share) == ("prompt_completion", "gold", 0.95)
        assert data.schema.others == (("prompts", 0.05),)

    def test_more_strays_make_it_mixed(self, file):
        data = load(file(*(qa(i) for i in range(9)), {"prompt": "q"}))
        assert (data.schema.name, data.schema.supervision, data.schema.share) == ("mixed", "mixed", 0.9)
        assert data.schema.others == (("prompt_completion", 0.9), ("prompts", 0.1))

    def test_layouts_that_agree_keep_their_supervision(self, file):
        data = load(file(qa(1), {"instruction": "i", "output": "o"}))
        assert (data.schema.name, data.schema.supervision) == ("mixed", "gold")
        assert set(data.schema.columns) == {"prompt", "completion", "instruction", "output"}

    def test_messages_without_an_answer_are_prompts(self, file):
        data = load(file({"messages": [{"role": "user", "content": "q"}]}))
        assert (data.schema.name, data.schema.supervision) == ("messages", "prompts")

    def test_unanswerable_questions_are_gold_all_the_same(self, file):
        data = load(file({"context": "c", "question": "q", "answers": {"text": []}}))
        assert (data.schema.name, data.schema.supervision) == ("squad", "gold")


def test_a_file_without_a_usable_row_names_columns_nearest_layouts_and_the_way_out(file):
    asked, told = "Where does the river rise?", "It rises in the hills to the north."
    path = file({"ask": asked, "tell": told, "n": 3}, {"ask": asked, "other": told})
    with pytest.raises(AdviceError) as caught:
        load(path)
    said = str(caught.value)
    assert said.startswith(f"{path}:1: no row could be used, such as this: no schema fits (columns: ask, tell, n); ")
    assert "n is number (3); nearest layouts: preference (" in said
    assert "--map prompt=ask,answer=tell (fields: prompt, system, " in said


TYPO = {"instuction": "Where does the river rise?", "input": "", "ouput": "In the hills to the north."}


def test_a_layout_that_would_read_empty_columns_only_does_not_have_the_row(file):
    with pytest.raises(AdviceError) as caught:
        load(file(TYPO, TYPO))
    assert "no schema fits, for prompts would read empty columns only (columns: instuction, input, ouput)" in str(
        caught.value
    )
    assert "--map prompt=instuction,answer=ouput (" in str(caught.value)
    data = load(file(qa(1), TYPO, qa(3)))
    assert [error.row for error in data.errors] == [2]
    by_hand = load(file({**TYPO, "instuction": ""}), {"prompt": "instuction", "answer": "input"})
    assert by_hand.records[0].answer == ""


@pytest.mark.parametrize(
    "other", [{}, {"source": "the old web"}, {"url": "https://wiki.example/a-long-address"}, {"n": 3}]
)
def test_an_empty_row_without_other_text_is_an_empty_record(file, other):
    (record,) = load(file({"prompt": "", "completion": " ", **other})).records
    assert record.answer == " "


def test_what_is_quoted_of_the_data_is_redacted(file):
    mail = "anna.roth@mill.example.org"
    with pytest.raises(AdviceError) as caught:
        load(file({"ask": f"ask {mail}", mail: 1}))
    assert "anna.roth" not in str(caught.value)
    broken = {"paragraphs": [{"context": "c", "qas": [{"id": mail}, {"question": "q", "answers": ["a"]}]}]}
    data = load(file(qa(1, id=mail), qa(2, id=mail), {mail: 1}, broken, qa(5, **{mail: "x"})))
    assert "anna.roth" not in f"{data.notes}{data.errors}{data.broken}{data.schema}"


class TestMap:
    def test_columns_said_by_hand(self, file):
        path = file({"Frage": "q", "dazu": "more", "gut": "a", "schlecht": "b", "quelle": ["d"], "wert": "0.5"})
        data = load(
            path,
            {"prompt": "Frage+dazu", "chosen": "gut", "rejected": "schlecht", "contexts": "quelle", "score": "wert"},
        )
        (record,) = data.records
        assert (record.prompt, record.answer, record.rejected) == ((Message("user", "q\n\nmore"),), "a", "b")
        assert (record.contexts, record.score) == (("d",), 0.5)
        assert (data.schema.name, data.schema.supervision) == ("map", "pairs")
        assert data.schema.columns["Frage"] == "prompt"

    def test_a_name_is_meant_as_it_stands_in_the_file_where_another_has_the_same_meaning(self, file):
        (record,) = load(file({"question": "q", "Frage": "f", "x": "a"}), {"prompt": "Frage", "answer": "x"}).records
        assert record.prompt == (Message("user", "f"),)

    @pytest.mark.parametrize(
        ("mapping", "signal"),
        [
            ({"prompt": "x", "answer": "y"}, "gold"),
            ({"prompt": "x", "answer": "y", "label": "good"}, "unpaired"),
            ({"prompt": "x"}, "prompts"),
            ({"text": "x"}, "text"),
        ],
    )
    def test_the_signal_is_what_was_mapped(self, file, mapping, signal):
        assert load(file({"x": "a", "y": "b", "good": "yes"}), mapping).schema.supervision == signal

    def test_columns_that_are_not_there_are_named(self, file):
        path = file({"x": "a"})
        with pytest.raises(AdviceError, match=f"{path}: --map: there is no column `q`; the columns are x$"):
            load(path, {"prompt": "q"})
        with pytest.raises(AdviceError, match="there is no column `c`, `d`; the columns are x, y"):
            load(file({"x": "a"}, {"y": "b"}), {"prompt": "x", "contexts": "c+d"})
        assert load(file({"x": "a", "y": None}), {"prompt": "x", "contexts": "y"}).records
        with pytest.raises(AdviceError, match=r":1: .*--map answer=x does not fit its columns: x is number"):
            load(file({"x": 3}), {"answer": "x"})
        with pytest.raises(AdviceError, match="'fame' is no field"):
            load(path, {"fame": "x"})


def test_a_row_with_some_broken_questions_is_good_and_a_row_of_them_is_bad_once(file):
    def article(*questions):
        return {"title": "t", "paragraphs": [{"context": "c", "qas": list(questions)}]}

    good, bad = {"question": "q", "answers": [{"text": "a"}]}, {"id": "x"}
    data = load(file(article(good, bad, bad), article(bad, bad)))
    assert (data.rows, len(data.records)) == (2, 1)
    assert data.errors == (RowError(2, "question 'x': column 'answers' is missing (and 1 more)"),)
    assert [e.row for e in data.broken] == [1, 1]
    assert data.notes == ("2 parts of 1 row cannot be read (first: row 1: question 'x': column 'answers' is missing)",)


def test_column_names_are_told_apart_from_their_spelling(file):
    data = load(
        file(
            {
                "ID": 7,
                "Question": "q",
                "Best Answer": "a",
                "Correct Answers": "b; c",
                "incorrectAnswers": "d",
                "My Note": 1,
            }
        )
    )
    (record,) = data.records
    assert (record.id, record.answer, record.references, record.negatives) == ("7", "a", ("b", "c"), ("d",))
    assert record.meta == {"My Note": 1}
    assert set(data.schema.columns) == {"ID", "Question", "Best Answer", "Correct Answers", "incorrectAnswers"}


def test_what_was_mended_is_noted_with_the_first_row(file):
    data = load(
        file(qa(1), '{"prompt": "q", "completion": "a", "x": NaN}', '{"prompt": "q", "prompt": "r", "completion": "a"}')
    )
    assert data.notes == (
        "1 row: NaN or Infinity read as null (first: row 2)",
        "1 row: a key twice in one object, the last value counts (first: row 3)",
    )


def test_rows_that_no_model_can_use_are_refused_with_the_reason(file):
    data = load(
        file(
            qa(1),
            {"input_ids": [1, 2], "labels": [1, 2]},
            {"message_id": "a", "parent_id": "b", "text": "c", "role": "x"},
        )
    )
    assert [e.why.split(":")[0] for e in data.errors] == ["pretokenised (input_ids)", "one message of a tree"]
    with pytest.raises(
        AdviceError, match=r"data.jsonl:1: no row could be used, such as this: pretokenised .* made of$"
    ):
        load(file({"input_ids": [1, 2]}))


@pytest.mark.parametrize("rows", [[{}], [{"prompt": 3}], [{"paragraphs": []}], [{"a\nb": 1}], ["{", {"x": 1}]])
def test_every_such_error_is_one_line(file, rows):
    with pytest.raises(AdviceError) as caught:
        load(file(*rows))
    assert "\n" not in str(caught.value)


def test_container_oddities_are_noted(file):
    assert load(file(qa(1), qa(2), name="data.json")).notes == ("holds JSON lines though it is named .json",)


@needs_shared
def test_squad_dev_becomes_one_record_a_question():
    data = load(SHARED / "data" / "squad2_dev.json")
    assert (len(data.records), data.errors) == (6078, ())
    assert sum(record.answerable is False for record in data.records) == 3168
    assert (data.schema.name, data.schema.supervision) == ("squad", "gold")
    assert all((record.answer is None) == (record.answerable is False) for record in data.records)
    assert len({record.id for record in data.records}) == 6078


@needs_shared
def test_hh_becomes_one_pair_a_row():
    data = load(SHARED / "data" / "hh_harmless_test.jsonl.gz")
    assert (len(data.records), data.errors) == (2312, ())
    assert (data.schema.name, data.schema.supervision) == ("hh_transcript", "pairs")
    assert all(record.prompt[-1].role == "user" for record in data.records if "\n\n" not in (record.answer or ""))


@needs_shared
def test_no_file_of_the_corpus_ends_in_anything_but_records_or_one_line():
    loaded, refused = [], []
    for path in sorted((SHARED / "corpus" / "files").iterdir()):
        try:
            loaded.append(load(path))
        except AdviceError as error:
            refused.append(str(error))
    assert all(data.rows <= len(data.records) + len(data.errors) for data in loaded)
    assert len(loaded) + len(refused) == 33
    assert refused == []
    assert not any("\n" in line for line in refused)


def test_a_number_too_large_to_be_exact_is_a_bad_row_and_a_text_is_not(tmp_path):
    path = tmp_path / "keys.jsonl"
    rows = [{"prompt": "Which?", "ground_truth": key} for key in (123456789012345678900, "123456789012345678900")]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    data = load(path)
    assert [r.answer for r in data.records] == ["123456789012345678900"]
    assert "too large to be read exactly" in data.errors[0].why
