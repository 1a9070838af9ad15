"""Agreement of the instruments with people: prints the tables of docs/validity.md.

python -m tests.validity [SHARED] [--write]        SHARED: the folder of reference data, default ../shared beside the project
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.validity.page import DOCS, SHARED, TABLES, replaced


def main(arguments: list[str]) -> None:
    """Print every table whose data are here, and with --write put it into the page; one line for each that is not."""
    folders = [a for a in arguments if a != "--write"]
    shared = Path(folders[0]) if folders else SHARED
    for table in TABLES:
        if missing := table.missing(shared):
            lacking = f"skipped, as there is no {' and no '.join(missing)}"
            print(f"{table.name}: {lacking} (python -m tests.validity FOLDER)\n")  # noqa: T201
            continue
        made = table.make(shared)
        print(f"{table.name}\n\n{made}\n", flush=True)  # noqa: T201
        if "--write" in arguments:
            page = replaced(DOCS.read_text(encoding="utf-8"), table.name, made + "\n")
            DOCS.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
