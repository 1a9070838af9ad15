"""What is neither an answer to imitate nor a preference, and files of several kinds or languages."""

from __future__ import annotations

import orjson

from tests.advisor.unseen import Row, Unseen
from tests.advisor.unseen.gold import SOLVED, cut_off, support
from tests.advisor.unseen.pairs import preferences
from tests.advisor.unseen.texts import WHAT, WHERE, WHO, Writer

NOTHING = "sft dpo sft_dpo kto orpo simpo rlhf grpo"
LANGUAGES = {
    "de": (
        ("Der Bäcker", "Die Lehrerin", "Unser Nachbar", "Das Mädchen", "Der alte Müller", "Meine Tante"),
        ("verkauft", "sucht", "malt", "repariert", "vergisst", "lobt"),
        (
            "das kleine Boot",
            "den roten Schlüssel",
            "die kalte Suppe",
            "ein neues Fahrrad",
            "das leere Haus",
            "die Bücher der Stadt",
        ),
        ("am frühen Morgen", "hinter der Kirche", "mit großer Freude", "trotz des Regens", "noch vor dem Winter"),
    ),
    "fr": (
        ("Le boulanger", "La maîtresse", "Notre voisin", "La petite fille", "Le vieux meunier", "Ma tante"),
        ("vend", "cherche", "peint", "répare", "oublie", "admire"),
        (
            "le petit bateau",
            "la clé rouge",
            "la soupe froide",
            "un vélo neuf",
            "la maison vide",
            "les livres de la ville",
        ),
        ("tôt le matin", "derrière l'église", "avec beaucoup de joie", "malgré la pluie", "avant la fin de l'hiver"),
    ),
    "es": (
        ("El panadero", "La maestra", "Nuestro vecino", "La niña", "El viejo molinero", "Mi tía"),
        ("vende", "busca", "pinta", "arregla", "olvida", "admira"),
        (
            "el barco pequeño",
            "la llave roja",
            "la sopa fría",
            "una bicicleta nueva",
            "la casa vacía",
            "los libros de la ciudad",
        ),
        (
            "muy temprano por la mañana",
            "detrás de la iglesia",
            "con mucha alegría",
            "a pesar de la lluvia",
            "antes del invierno",
        ),
    ),
    "en": (
        ("The baker", "The teacher", "Our neighbour", "The little girl", "The old miller", "My aunt"),
        ("sells", "looks for", "paints", "repairs", "forgets", "admires"),
        ("the small boat", "the red key", "the cold soup", "a new bicycle", "the empty house", "the books of the town"),
        (
            "early in the morning",
            "behind the church",
            "with great joy",
            "in spite of the rain",
            "before the winter ends",
        ),
    ),
}
ZH = (
    ("面包师", "老师", "邻居", "小女孩", "磨坊主", "阿姨", "船长", "园丁"),
    ("修好了", "卖掉了", "找到了", "画下了", "忘记了", "整理了"),
    ("那条小船", "红色的钥匙", "旧自行车", "城里的书", "空房子", "花园里的椅子"),
    ("在清晨", "在教堂后面", "在下雨的时候", "在冬天之前", "在集市上"),
)


def told(w: Writer, language: str, several: int = 2) -> str:
    """Sentences in a language."""
    return " ".join(" ".join(w.pick(part) for part in LANGUAGES[language]) + "." for _ in range(several))


def translations(n: int) -> list[Row]:
    """The same sentence twice."""
    w, rows = Writer(7), []
    for _ in range(n):
        places = [tuple(w.random.randrange(len(part)) for part in LANGUAGES["de"]) for _ in range(2)]
        de, en = (
            " ".join(" ".join(p[i] for p, i in zip(LANGUAGES[tag], at, strict=True)) + "." for at in places)
            for tag in ("de", "en")
        )
        rows.append({"translation": {"de": de, "en": en}})
    return rows


def many_tongues(n: int) -> list[Row]:
    """Four languages in one file."""
    w, rows = Writer(15), []
    for _ in range(n):
        tag = w.pick(tuple(LANGUAGES))
        rows.append({"instruction": told(w, tag, 1).replace(".", "?"), "output": told(w, tag, 3)})
    return rows


def chinese(n: int, cut: float = 0.0) -> list[Row]:
    """Chinese throughout; some answers cut off."""
    w, rows = Writer(23), []
    for _ in range(n):
        said = "".join(
            f"{w.pick(ZH[0])}{w.pick(ZH[3])}{w.pick(ZH[1])}{w.pick(ZH[2])}," for _ in range(w.random.randint(6, 9))
        )
        asked = f"为什么{w.pick(ZH[0])}{w.pick(ZH[3])}{w.pick(ZH[1])}{w.pick(ZH[2])}?"
        rows.append({"instruction": asked, "input": "", "output": said[:-3] if w.chance(cut) else said[:-1] + "。"})
    return rows


def documents(n: int) -> list[Row]:
    """Pages of prose."""
    w = Writer(10)
    return [{"title": f"Chronicle {i}", "text": "\n\n".join(w.prose(8) for _ in range(5))} for i in range(n)]


def examination(n: int) -> list[Row]:
    """Four choices and a letter."""
    w, rows = Writer(11), []
    for _ in range(n):
        choices = w.random.sample(WHAT, 4)
        rows.append(
            {
                "Question": f"{w.sentence()} Which of these was meant?",
                **dict(zip("ABCD", choices, strict=True)),
                "Answer": w.pick(tuple("ABCD")),
            }
        )
    return rows


def expected(n: int) -> list[Row]:
    """What a test would compare with."""
    w = Writer(13)
    return [{"input": f"Who stood {w.pick(WHERE)}? {w.sentence()}", "expected_output": w.pick(WHO)} for _ in range(n)]


def reward(n: int) -> list[Row]:
    """Prompts with a checker's truth."""
    return [
        {
            "data_source": "workshop",
            "prompt": [{"role": "user", "content": p}],
            "reward_model": {"style": "rule", "ground_truth": str(r)},
        }
        for p, _, r in SOLVED[:n]
    ]


def numbered(n: int) -> list[Row]:
    """Classes by number."""
    w = Writer(16)
    return [{"text": f"{w.sentence()} {w.sentence()}", "label": w.random.randint(0, 3)} for _ in range(n)]


def mixed(n: int) -> list[Row]:
    """Conversations and preferences in turn."""
    chats: list[Row] = [
        {"messages": [{"role": "user", "content": r["instruction"]}, {"role": "assistant", "content": r["output"]}]}
        for r in support(n, 50)
    ]
    return [row for both in zip(chats, preferences(n, 51), strict=True) for row in both]


def broken(rows: list[Row]) -> bytes:
    """Lines, the last cut in two."""
    whole = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    return whole[:-70]


def spreadsheet(rows: list[Row]) -> bytes:
    """With a byte-order mark, semicolons between the cells."""
    lines = ["prompt;completion", *(f'"{r["instruction"]}";"{r["output"]}"' for r in rows)]
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode()


def questions(n: int) -> list[Row]:
    """Asked by users, answered by nobody."""
    w = Writer(25)
    return [{"prompt": w.question()} for _ in range(n)]


FILES = (
    Unseen(
        "translations.jsonl",
        translations(400),
        "gold",
        "sft",
        "dpo kto cpt orpo simpo grpo",
        "",
        "near_duplicates too_few_records",
    ),
    Unseen(
        "tongues.jsonl",
        many_tongues(400),
        "gold",
        "sft",
        "dpo kto cpt orpo simpo grpo",
        "language_mix",
        "near_duplicates too_few_records",
    ),
    Unseen(
        "chinese.json",
        chinese(400),
        "gold",
        "sft",
        "dpo kto cpt orpo simpo grpo",
        "",
        "near_duplicates too_few_records",
    ),
    Unseen(
        "chinese_cut.json",
        chinese(300, 0.5),
        "gold",
        "sft fix_data",
        "dpo kto cpt orpo simpo grpo",
        "truncated",
        "near_duplicates too_few_records",
    ),
    Unseen("pages.jsonl", documents(60), "text", "none cpt fix_data", NOTHING, "missing_signal too_few_records", ""),
    Unseen(
        "book.txt",
        "\n\n".join(str(d["text"]) for d in documents(12)),
        "text",
        "none cpt fix_data",
        NOTHING,
        "missing_signal too_few_records",
        "",
    ),
    Unseen(
        "exam.csv",
        examination(150),
        "eval",
        "none",
        NOTHING,
        "benchmark_contamination",
        "too_few_records needs_mapping",
    ),
    Unseen(
        "expected.jsonl",
        expected(80),
        "eval",
        "none",
        NOTHING,
        "",
        "too_few_records missing_signal benchmark_contamination",
    ),
    Unseen("reward.jsonl", reward(400), "gold prompts", "grpo", "dpo kto cpt orpo simpo sft_dpo", "", "missing_signal"),
    Unseen(
        "numbered.csv",
        numbered(500),
        "gold",
        "sft none fix_data",
        "dpo cpt orpo rlhf",
        "needs_mapping",
        "duplicate_prompts too_few_records",
    ),
    Unseen("mixed.jsonl", mixed(200), "mixed", "fix_data", "kto cpt grpo", "needs_mapping", "too_few_records"),
    Unseen(
        "broken.jsonl",
        broken(cut_off(200)),
        "gold",
        "sft fix_data",
        "dpo kto cpt grpo",
        "truncated container_defect",
        "too_few_records",
    ),
    Unseen(
        "sheet.csv",
        spreadsheet(support(300, 52)),
        "gold",
        "sft",
        "dpo kto cpt grpo",
        "container_defect",
        "too_few_records",
    ),
    Unseen(
        "questions.jsonl",
        questions(400),
        "prompts",
        "fix_data none",
        "sft dpo sft_dpo kto cpt grpo",
        "missing_signal",
        "too_few_records duplicate_prompts",
    ),
)
