"""Model, machine, versions and the command that repeats the run."""

from __future__ import annotations

from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 120
TITLE = "Provenance"
SCOPE = "page"
NOTE = ""


def context(result: Json) -> dict[str, Any]:
    """What someone else needs to run it again, and to see why theirs might differ."""
    provenance = result["provenance"]
    hardware = provenance.get("hardware") or {}
    return {
        "command": provenance["command"],
        "facts": [
            ("Run", f"{result['run']}, {result['created']}"),
            ("Model", provenance["model"]),
            ("Model SHA-256", provenance.get("model_sha256") or "not recorded"),
            ("Code version", provenance.get("code_version") or "not recorded"),
            *((_hardware_name(key), figures.plain(value)) for key, value in hardware.items()),
        ],
        "versions": [(package, str(version)) for package, version in (provenance.get("versions") or {}).items()],
    }


def _hardware_name(key: str) -> str:
    return {"cpu": "CPU", "gpu": "GPU", "memory_gb": "Memory, GB"}.get(key) or lookup.words(key)


TEMPLATE = """
<h3>Repeat it</h3>
<pre tabindex="0"><code dir="auto">{{ view.command }}</code></pre>
<dl class="facts">
  {% for name, value in view.facts %}
  <dt dir="auto">{{ name }}</dt><dd dir="auto">{{ value }}</dd>
  {% endfor %}
</dl>
{% if view.versions %}
<h3>Versions</h3>
<ul class="versions">
  {% for package, version in view.versions %}
  <li><bdi>{{ package }}</bdi> <b><bdi>{{ version }}</bdi></b></li>
  {% endfor %}
</ul>
{% endif %}
"""
