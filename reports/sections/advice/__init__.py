"""Sections of the advice page; their `context` gets the whole JSON of `advise --json`."""
