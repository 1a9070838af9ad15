"""Who judges answers: a server that speaks OpenAI's protocol, or a model's folder. One prompt in, one text out.

httpx and not the `openai` package: that one sends what it finds in the environment (a key, an admin key, organisation,
headers) to whatever address it is given. Here only the judge's key is sent, and redirects are not followed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bench.types import BenchError, JudgePlan

Json = dict[str, Any]
Ask = Callable[[str, Json], Awaitable[str]]
"""(prompt, JSON schema of the reply) → the reply; raises Unanswered."""

KEY, OPENAI_KEY, OPENAI = "JUDGE_API_KEY", "OPENAI_API_KEY", "https://api.openai.com/"
"""Environment variables of keys; the second is only ever sent to the third."""
TOKENS = 512
"""Of a reply: a verdict with its reason takes about sixty, and answers of at most 64 tokens hold few statements."""
AT_ONCE = 4
"""Answers that a server judges at the same time."""
TIMEOUT, DEADLINE = 120.0, 180.0
"""Seconds: without a byte of a reply; for a reply, with every attempt at it."""
PAUSES = (0.5, 2.0)
"""Seconds before another attempt where a server is not there, busy or broken."""
GIVE_UP = 8
"""Requests in a row without a reply after which the rest of an arm's answers are not asked."""
LARGEST = 1 << 20
"""Bytes of a reply."""
BUSY, REFUSED = frozenset({408, 429, 500, 502, 503, 504}), frozenset({400, 422})
"""Statuses that may pass, and those of a request that the server cannot read."""


class Unanswered(Exception):  # noqa: N818  (no mistake of anybody's: it is counted)
    """No usable reply. Its text says why, in a few words that hold nothing of what was sent or received."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something a judge is asked of an answer."""

    title: str
    what: str
    """One clause that defines it."""
    requests: int
    """Most requests that one answer takes."""
    needs: tuple[str, ...]
    """Fields of an item without which it is not asked."""


MEASURES = {
    "faithfulness": Measure(
        "Faithfulness", "statements of the answer that the documents entail (ragas Faithfulness)", 2, ("contexts",)
    ),
    "groundedness": Measure(
        "Groundedness",
        "how far the documents support the answer, mean of two ratings of three steps (ragas ResponseGroundedness)",
        2,
        ("contexts",),
    ),
    "factual_correctness": Measure(
        "Factual correctness",
        "F1 of the statements of answer and gold answer, each entailed by the other (ragas FactualCorrectness)",
        4,
        ("gold",),
    ),
}


def headers(address: str) -> dict[str, str]:
    """What carries the key to an address, where there is one for it.

    Raises:
        BenchError: it holds what no header can.
    """
    openai = os.environ.get(OPENAI_KEY) if f"{address}/".startswith(OPENAI) else None
    key = (os.environ.get(KEY) or openai or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise BenchError(f"{KEY}: not a key: it holds characters that no header can; set it again")
    return {"Authorization": f"Bearer {key}"} if key else {}


class Endpoint:
    """A server, asked over one pool of connections."""

    at_once = AT_ONCE

    def __init__(self, judge: JudgePlan) -> None:
        import httpx

        self.requests = 0
        self._judge, self._missed, self._structured = judge, 0, True
        self._client = httpx.AsyncClient(headers=headers(judge.address), timeout=TIMEOUT)

    async def ask(self, prompt: str, schema: Json) -> str:
        """The reply to one prompt, asked to follow the schema where the server can make it.

        Raises:
            Unanswered: there is none.
        """
        if self._missed >= GIVE_UP:
            raise Unanswered("not asked: the server had stopped answering")
        try:
            async with asyncio.timeout(DEADLINE):
                text = await self._asked(prompt, schema)
        except TimeoutError as error:
            self._missed += 1
            raise Unanswered("timeout") from error
        self._missed = 0
        return text

    async def _asked(self, prompt: str, schema: Json) -> str:
        bare: Json = {"model": self._judge.model, "messages": [{"role": "user", "content": prompt}]}
        shape = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
        full = {**bare, "temperature": 0, "max_tokens": TOKENS, "response_format": shape}
        structured = self._structured
        status, body = await self._attempts(full if structured else bare)
        if status in REFUSED and structured:
            # Some servers know no schema, some models take no temperature: what all understand is tried then.
            status, body = await self._attempts(bare)
            self._structured &= status != 200
        if status != 200:
            self._missed += status not in REFUSED
            raise Unanswered(f"HTTP {status}")
        return _content(body)

    async def _attempts(self, request: Json) -> tuple[int, bytes]:
        for pause in PAUSES:
            found = await self._post(request)
            if found is not None and found[0] not in BUSY:
                return found
            await asyncio.sleep(pause)
        found = await self._post(request)
        if found is None:
            self._missed += 1
            raise Unanswered("no connection")
        return found

    async def _post(self, request: Json) -> tuple[int, bytes] | None:
        """(status, body), or None where the connection cannot be made or breaks."""
        import httpx

        self.requests += 1
        body = b""
        try:
            async with self._client.stream("POST", f"{self._judge.address}/chat/completions", json=request) as reply:
                async for some in reply.aiter_bytes():
                    body += some
                    if len(body) > LARGEST:
                        raise Unanswered("too long")
        except httpx.TimeoutException as error:
            raise TimeoutError from error
        except httpx.HTTPError:
            return None
        return reply.status_code, body

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()


def _content(body: bytes) -> str:
    try:
        first = orjson.loads(body)["choices"][0]
        text, cut = first["message"]["content"], first.get("finish_reason") == "length"
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError) as error:
        raise Unanswered("no chat completion") from error
    if cut:
        raise Unanswered("cut off")
    if not isinstance(text, str) or not text.strip():
        raise Unanswered("empty")
    return text


class Local:
    """A model's folder, asked in this process on our scoring engine, one prompt after the other."""

    at_once = 1

    def __init__(self, judge: JudgePlan) -> None:
        from bench import models

        self.requests = 0
        self._model, self._tokenizer = models.load(models.resolve(judge.model), models.best_dtype(), None)
        self._room = getattr(self._model.config, "max_position_embeddings", None)

    async def ask(self, prompt: str, schema: Json) -> str:  # noqa: ARG002  (the prompt states the schema too)
        """The greedy reply to one prompt.

        Raises:
            Unanswered: prompt and reply do not fit the model, or the reply has no end.
        """
        from advisor.types import Message
        from bench import encoding, scoring
        from tasks.types import Request

        self.requests += 1
        turns = (Message("user", prompt),)
        length = len(encoding.encode(self._tokenizer, turns, ()).prompt)
        if self._room is not None and length + TOKENS > self._room:
            raise Unanswered("longer than the judge reads")
        [reply] = scoring.run(self._model, self._tokenizer, [Request(turns, generate=True)], TOKENS)
        if not reply.ended:
            raise Unanswered("cut off")
        if not reply.text:
            raise Unanswered("empty")
        return reply.text

    async def close(self) -> None:
        """Nothing is held open."""


def opened(judge: JudgePlan) -> Endpoint | Local:
    """The judge of a plan, to be asked."""
    return Endpoint(judge) if judge.address else Local(judge)


def applies(measure: Measure, there: Mapping[str, Any]) -> bool:
    """Whether an item has what the measure needs."""
    return all(there[name] for name in measure.needs)
