"""A judge's server on loopback: OpenAI's protocol over real connections, with a real small model or a misbehaviour behind it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from advisor.types import Message
from bench import models, scoring
from tasks.types import Request

Json = dict[str, Any]
Reply = Callable[[Json], tuple[int, bytes]]
"""Body of a request → status and body of the reply."""


@dataclass
class Server:
    """A running server, and what it was asked."""

    address: str = ""
    reply: Reply = lambda _: (500, b"")
    models: tuple[int, bytes] = (200, json.dumps({"data": [{"id": "small"}]}).encode())
    asked: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def serving(reply: Reply, **settings: Any) -> Iterator[Server]:
    server = Server(reply=reply, **settings)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.headers.append(dict(self.headers))
            self.answer(*server.models)

        def do_POST(self) -> None:
            server.headers.append(dict(self.headers))
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(request)
            self.answer(*server.reply(request))

        def answer(self, status: int, body: bytes) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a judge that lost patience
                if not status:
                    return  # no reply at all
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def completion(text: str | None, reason: str = "stop") -> tuple[int, bytes]:
    """A chat completion of the text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    return 200, json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


def given(request: Json) -> Json:
    """The data inside a prompt, which is all after its last `input: `."""
    found: Json = json.loads(request["messages"][0]["content"].rpartition("\ninput: ")[2].removesuffix("\nOutput: "))
    return found


def shaped(request: Json, verdict: Callable[[Json, str], int], rating: int = 1) -> tuple[int, bytes]:
    """A reply of the shape asked for: the text's sentences as statements, and a verdict of each statement."""
    data, schema = given(request), request["response_format"]["json_schema"]["schema"]
    if "rating" in schema["properties"]:
        return completion(json.dumps({"rating": rating}))
    if "context" not in data:
        text = data.get("answer") or data["response"]
        parts = [s.strip() for s in text.split(".") if s.strip()] or [text]
        return completion(json.dumps({next(iter(schema["properties"])): parts}))
    judged = [{"statement": s, "reason": "", "verdict": verdict(data, s)} for s in data["statements"]]
    return completion(json.dumps({"statements": judged}))


def of_documents(request: Json) -> tuple[int, bytes]:
    """Verdicts of a rule that only reads the data: whether a statement stands in the documents."""
    return shaped(request, lambda data, statement: int(statement in data["context"]))


def of_model(folder: Path) -> Reply:
    """Verdicts of a real model, constrained to the schema: the figure whose word it finds likelier after the prompt."""
    model, tokenizer = models.load(models.resolve(str(folder)), "float32")
    alone = threading.Lock()

    def likelier(text: str, words: tuple[str, ...]) -> int:
        with alone:
            asked = Request((Message("user", text),), words)
            [found] = scoring.run(model, tokenizer, [asked], 1)
        means = [p / n for p, n in zip(found.logprobs, found.lengths, strict=True)]
        return means.index(max(means))

    def reply(request: Json) -> tuple[int, bytes]:
        data = given(request)
        told = f"{data.get('context', '')} {data.get('response', '')}"
        return shaped(
            request,
            lambda d, s: likelier(f"{d['context']} {s}", ("no", "yes")),
            rating=likelier(told, ("no", "perhaps", "yes")),
        )

    return reply
