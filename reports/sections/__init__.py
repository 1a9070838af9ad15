"""The page's sections, one file each.

A section has `ORDER` (place on the page), `TITLE`, `SCOPE` (`"run"`: once, `"track"`: once a track), `NOTE` (how to
read it, may be empty), and `context(scope)`, which turns the run's or the track's JSON into what its `TEMPLATE` shows as
`view`. A new file here is a new section.
"""
