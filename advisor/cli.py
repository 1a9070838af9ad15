"""`advise DATA`: read, advise, print. Everything heavy is imported after the arguments are known to be good."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.types import AdviceError

if TYPE_CHECKING:
    from advisor.advise import Advice
    from advisor.hardware import Hardware

GOALS = ("rag", "values", "style", "reasoning", "code", "tools", "summarisation", "knowledge", "general")
BLOCKED = 3
INTERRUPTED = 130
COMPLAINT = 2000
"""Characters of an error that are shown."""


def data_name(_context: click.Context, _argument: click.Parameter, name: str) -> str:
    """What to read; an empty name is a variable that was not set, not the current folder."""
    if not name.strip():
        raise click.BadParameter("is empty: name a file, a folder, a pattern or a dataset of the Hub")
    return name


def page_name(_context: click.Context, _option: click.Parameter, name: str | None) -> Path | None:
    """The file of `--html`; `-` is a misuse, as stdout is for the terminal page or the JSON."""
    if name in ("", "-"):
        raise click.BadParameter(f"{name!r} is no file: name one, advice.html say")
    return Path(name) if name else None


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit: 0 ok · 1 failed · 2 usage · 3 blocked (--strict) · 130 interrupted.",
)
@click.version_option(package_name="tune-advisor", prog_name="advise")
@click.argument("data", type=click.Path(), callback=data_name)
@click.option("--model", metavar="NAME", help="Model to be trained; its size and tuning are read off the name.")
@click.option("--goal", type=click.Choice(GOALS), help="What the data should train; the advice says whether it can.")
@click.option(
    "--gpu", metavar="NAME", help="Cost the training on this GPU (a100, h100, 4090, …); else on this machine."
)
@click.option(
    "--map", "mapping", multiple=True, metavar="FIELD=COL,…", help="Say what the columns are: prompt=q,answer=a."
)
@click.option(
    "--rows", type=click.IntRange(1, 100), metavar="N", help="Show up to N rows of each finding, 100 at most."
)
@click.option("--json", "as_json", is_flag=True, help="Print the advice as JSON on stdout, nothing else.")
@click.option("--html", metavar="FILE", callback=page_name, help="Write the advice as one self-contained HTML page.")
@click.option("--fix", metavar="OUT.jsonl", help="Write the data repaired for training, a ledger and a TRL config.")
@click.option("--strict", is_flag=True, help="Exit with 3 where a finding blocks training.")
@click.option("--show-raw", is_flag=True, help="Show excerpts of the data unredacted.")
def command(
    data: str,
    model: str | None,
    goal: str | None,
    gpu: str | None,
    mapping: tuple[str, ...],
    rows: int | None,
    as_json: bool,
    html: Path | None,
    fix: str | None,
    strict: bool,
    show_raw: bool,
) -> int:
    """Say which post-training method a fine-tuning dataset suits, why, and what is wrong with it.

    DATA is a file, a folder of shards or a quoted pattern: jsonl, json, csv, tsv, parquet, arrow or txt, gzipped or not, of
    prompts with answers, preference pairs, scored or labelled answers, or text; or the id of a dataset on the Hugging Face
    Hub: org/name, org/name:split.
    """
    columns, hardware = mapped(mapping), device(gpu)
    from advisor import page
    from advisor.advise import advise_file

    if html:
        page.check(html)
    if fix:
        from advisor.repair import files

        files.free(Path(fix))  # before minutes of reading
    advice = advise_file(data, columns, goal=goal, model=model, hardware=hardware)  # type: ignore[arg-type]
    if html:
        page.write(html, advice)
    emit(advice, as_json, show_raw, rows)
    if html:
        click.echo(f"advise: page written to {html}", err=as_json)
    if fix:
        repaired = files.fix(advice, Path(fix), columns, raw=show_raw)
        click.echo("\n".join(files.summary(repaired)), err=as_json)
    return BLOCKED if strict and any(f.severity == "block" for f in advice.findings) else 0


def mapped(said: tuple[str, ...]) -> dict[str, str]:
    """Field → column of `--map prompt=q,answer=a`; a column may hold a comma. UsageError for anything else."""
    from advisor.types import FIELDS

    pairs = [pair.partition("=") for text in said for pair in re.split(r",(?=\s*\w+=)", text)]
    for field, _, column in pairs:
        if field.strip() not in FIELDS or not column.strip():
            raise click.BadParameter(
                f"{field.strip()!r}: give FIELD=COLUMN, FIELD one of {', '.join(FIELDS)}", param_hint="--map"
            )
    fields = [field.strip() for field, _, _ in pairs]
    for field in fields:
        if fields.count(field) > 1:
            raise click.BadParameter(f"{field!r} twice: one column fills a field", param_hint="--map")
    return {field.strip(): column.strip() for field, _, column in pairs}


def device(gpu: str | None) -> Hardware:
    """What `--gpu` names, else this machine. UsageError for a name that is not in the table."""
    from advisor.hardware import GPUS, find, this_machine

    found = this_machine() if gpu is None else find(gpu)
    if found is None:
        known = ", ".join(known.name for known in GPUS)
        raise click.BadParameter(f"{gpu!r} is not in the table: give one of {known}", param_hint="--gpu")
    return found


def emit(advice: Advice, as_json: bool, show_raw: bool, rows: int | None = None) -> None:
    """Print to stdout; a reader who hangs up early (`| head`) is no error. AdviceError where nothing can be written."""
    if sys.stdout is None:
        raise AdviceError("stdout is closed: nowhere to print; --html writes a file")
    try:
        if as_json:
            import orjson

            from advisor.advise import advice_json

            sys.stdout.buffer.write(
                orjson.dumps(advice_json(advice), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            )
        else:
            from rich.console import Console

            from advisor.terminal import show

            console = Console(highlight=False)
            with console.capture() as page:
                show(advice, console, raw=show_raw, rows=rows)
            # A grid is padded to the console's width, which is of no use in a file or a pipe.
            sys.stdout.write(page.get() if console.is_terminal else re.sub(r"[ ]+$", "", page.get(), flags=re.M))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout again on exit; it must find something that takes the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise AdviceError(f"stdout: cannot be written ({error.strerror})") from None


def check_words(words: Sequence[str]) -> None:
    """Raise AdviceError for a name on the command line that no JSON can hold."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            shown = word.encode(errors="backslashreplace").decode()
            raise AdviceError(f"{shown}: not UTF-8, so no report could name it; rename it") from error


def usage(error: click.UsageError, program: str) -> str:
    """A misuse of the command line in one line, with where to read on."""
    what = " ".join(error.format_message().split()).rstrip(".")
    return f"{what[:1].lower()}{what[1:]}; see {error.ctx.command_path if error.ctx else program} --help"


def complain(what: str) -> None:
    """One line on stderr; it may quote the data, which is not to steer a terminal, or name a file after a customer."""
    from advisor.privacy import redact

    shown = what if "--show-raw" in sys.argv else redact(what)
    flat = " ".join("".join(c if c.isprintable() else " " for c in shown).split())
    click.echo(f"advise: {flat[:COMPLAINT]}{'…' if len(flat) > COMPLAINT else ''}", err=True)


def main() -> int:
    """Entry point; returns the exit code."""
    try:
        check_words(sys.argv[1:])
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode shows less, not a traceback
        return int(command.main(prog_name="advise", standalone_mode=False) or 0)
    except AdviceError as error:
        complain(str(error))
        return 1
    except click.UsageError as error:
        complain(usage(error, "advise"))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("advise: interrupted", err=True)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
