"""The pages' sections, one file each: `run/` makes the page of a bench run, `advice/` that of `advise`.

A section has `ORDER` (place on the page), `TITLE`, `SCOPE` (`"page"`: once, `"track"`: once a track of a run), `NOTE` (how
to read it, may be empty), and `context(scope)`, which turns the page's or the track's JSON into what its `TEMPLATE` shows
as `view`. A new file here is a new section.
"""
