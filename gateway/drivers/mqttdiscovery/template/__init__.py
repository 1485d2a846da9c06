"""A reader of templates as firmwares write them into their announcements: the harmless part of Jinja, and nothing else.

What is read: text, `{{ }}` with names, members, arithmetic, comparisons, `a if b else c`, look-ups in written-out dicts, filters and tests
from a closed list, a few methods of texts, `{% if %}` and `{% set name = ... %}`. What loops, imports, defines or calls anything else is
refused when the announcement is read, with the construct and where it stands. A template that was taken ends in bounded time: it has no
loop, at most `NODES` operations, and none of its values grows beyond a bound.
"""

from gateway.drivers.mqttdiscovery.template.body import Template, template_of

__all__ = ["Template", "template_of"]
