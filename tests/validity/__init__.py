"""How far the instruments agree with people: `python -m tests.validity` prints the tables of docs/validity.md."""
