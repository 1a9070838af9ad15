"""Names: columns as the layouts know them, records each by a name of its own."""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from advisor.types import Record

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[\s./-]+")
_ELSEWHERE = {
    "question": "pregunta pergunta frage domanda vraag fråga spørsmål spørgsmål kysymys pytanie otázka kérdés întrebare "
    "ερώτηση soru вопрос питання въпрос שאלה سؤال السؤال پرسش प्रश्न 问题 問題 質問 질문 คำถาม pertanyaan soalan câu_hỏi",
    "answer": "réponse respuesta resposta antwort risposta antwoord svar vastaus odpowiedź odpověď odpoveď válasz răspuns "
    "απάντηση cevap yanıt ответ відповідь отговор תשובה جواب الجواب إجابة الإجابة پاسخ उत्तर "
    "答案 回答 答え 答复 答覆 답변 คำตอบ jawaban jawapan câu_trả_lời trả_lời",
    "instruction": "instrucción instrução anweisung istruzione instructie инструкция 指令 지시",
    "context": "contexte contexto kontext contesto контекст 上下文 文脈",
}
"""What the layouts call a column → what tables made by hand call it, in other languages than English."""


def canonical(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(the row under lower-case snake names, those names → the file's own); a name that clashes stays as it is."""
    called = dict[str, str]()
    for column in row:
        name = column_name(column)
        called[column if name in called or (name != column and name in row) else name] = column
    return {name: row[column] for name, column in called.items()}, called


def _plain(name: str) -> str:
    """A name without accents, so that it is one however it was typed."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


_ENGLISH = {_plain(word): english for english, words in _ELSEWHERE.items() for word in words.split()}


@functools.lru_cache(1 << 12)
def column_name(column: str) -> str:
    """`Best Answer`, `best-answer` and `bestAnswer` → `best_answer`; `Réponse` → `answer`."""
    name = _BETWEEN.sub("_", _HUMP.sub("_", column.strip())).lower() or column
    return _ENGLISH.get(_plain(name), name)


def unique(records: Iterable[Record]) -> tuple[tuple[Record, ...], tuple[int, ...]]:
    """Records named by their own id or their row, a repeated name with a suffix; and the rows where that was done."""
    given = list(records)
    held, taken = Counter(record.row for record in given), {record.id for record in given}
    place, used, tried = Counter[int](), set[str](), Counter[str]()
    named, renamed = list[Record](), list[int]()
    for record in given:
        place[record.row] += 1
        own = name = record.id or row_name(record.row, place[record.row], held[record.row])
        while name in used or (name != own and name in taken) or (name == own and not record.id and own in taken):
            tried[own] += 1
            name = f"{own}-{tried[own] + 1}"
        used.add(name)
        named.append(dataclasses.replace(record, id=name))
        renamed += [record.row] if name != own else []
    return tuple(named), tuple(renamed)


def row_name(row: int, place: int, held: int) -> str:
    """What a record without an id is called: by its row, and by its place there (from 1) where the row holds several."""
    return f"row-{row}" if held == 1 else f"row-{row}.{place}"
