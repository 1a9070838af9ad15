"""`--judge URL[,MODEL]` or a folder: read, and asked whether it is there before anything is spent."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import Any

import orjson

from bench.judges import KEY, TIMEOUT, headers
from bench.types import BenchError

Json = dict[str, Any]
REACH = 10.0
"""Seconds for the list of models."""


def parse(text: str) -> tuple[str, str]:
    """(address, model) of `--judge URL[,MODEL]`; the address is empty for a folder, the model where none is named.

    Raises:
        BenchError: neither an address nor a folder, or an address that would carry secrets into the plan.
    """
    if "://" not in text:
        if not Path(text).is_dir():
            raise BenchError("--judge: neither an address nor a folder; write http://127.0.0.1:8000/v1,MODEL or FOLDER")
        return "", text
    address, _, model = text.partition(",")
    try:
        parts = urllib.parse.urlsplit(address)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BenchError("--judge: not an http address; write http://127.0.0.1:8000/v1,MODEL")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BenchError(
            f"--judge: an address with a user, a key or a query would stand in the plan; put the key in {KEY}"
        )
    return address.rstrip("/"), model.strip()


def reach(address: str, model: str) -> str:
    """The model that will judge: the one named, or the only one the server has. Asked before anything is spent.

    A model that is not listed is asked for a word: some servers list none, or others than they serve.

    Raises:
        BenchError: the server is not there, refuses, or has not that model.
    """
    status, body = _sent(address, "models", REACH, None)
    names = _names(body) if status == 200 else []
    if model in names or (not model and len(names) == 1):
        return model or names[0]
    if model and _speaks(address, model):
        return model
    where = f"--judge {address}{model and ','}{model}"
    if not names:
        said = f"{address}/models is no list of models (HTTP {status})"
        raise BenchError(
            f"{where}: {said}; give URL,MODEL of an OpenAI-compatible API, whose address often ends in /v1"
        )
    some = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    raise BenchError(f"{where}: name one of its models, as URL,MODEL: {some}")


def _speaks(address: str, model: str) -> bool:
    asked = {"model": model, "messages": [{"role": "user", "content": "Say yes."}]}
    status, body = _sent(address, "chat/completions", TIMEOUT, asked)
    try:
        return status == 200 and bool(orjson.loads(body)["choices"])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return False


def _sent(address: str, path: str, timeout: float, asked: Json | None) -> tuple[int, bytes]:
    """(status, body) of a POST of what is asked, or of a GET.

    Raises:
        BenchError: no answer, or the key is refused.
    """
    import httpx

    method, where = "GET" if asked is None else "POST", f"--judge {address}"
    try:
        reply = httpx.request(method, f"{address}/{path}", headers=headers(address), timeout=timeout, json=asked)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = f"no answer ({type(error).__name__})"
        raise BenchError(f"{where}: {said}; start the server, or run without --judge") from error
    if reply.status_code in {401, 403}:
        raise BenchError(f"{where}: refused (HTTP {reply.status_code}); put its key in {KEY}")
    return reply.status_code, reply.content


def _names(body: bytes) -> list[str]:
    try:
        return [str(entry["id"]) for entry in orjson.loads(body)["data"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return []
