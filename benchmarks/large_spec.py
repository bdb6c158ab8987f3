"""A spec with as many contexts and entities as somebody asks for."""

from __future__ import annotations

HEAD = """\
blueprint: 1
project: {name: large}
pattern: monolith
contexts:
  identity: {roles: [desk], directory: [desk]}
  catalog: {}
  orders: {}
  notifications:
    reactions:
      - {when: area0.Part0Opened, do: email, to: owner, text: opened}
"""
CONTEXT = """\
  area{number}:
    summary: One of many
    types:
      Kind: [small, large, other]
      Place: {{lat: decimal(8.5) -90..90, lon: decimal(8.5) -180..180, floor: int optional}}
    entities:
"""
ENTITY = """\
      Part{number}:
        summary: What there is of it
        fields:
          owner: ref identity.User once
          part: ref {other} optional
          kind: Kind
          code: text(4..20) /^[A-Z0-9-]+$/ unique once
          title: text(1..{most})
          note: text(0..{most}) optional
          count: int(0..{most}) = 0
          price: decimal(12.2) 0..{most}
          starts_at: datetime
          ends_at: datetime
          place: Place optional
        owner: owner
        unique: {{busy: "owner, starts_at..ends_at where status in ('open', 'held')"}}
        rules:
          ends_after_start: "ends_at > starts_at"
          two_hours: "ends_at - starts_at <= hours({hours})"
          cheap: "price < {number} or count > 10 and note is not None"
        states: [open, held, done]
        commands:
          create: {{takes: [kind, code, title, price, starts_at, ends_at], by: user, emits: Part{number}Opened}}
          update: {{takes: [title, note, price], by: [owner, desk]}}
          hold: {{from: open, to: held, sets: {{count: count + 1}}, by: desk, emits: Part{number}Held}}
          finish:
            from: [open, held]
            to: done
            needs: {{late: "now < starts_at - hours({hours}) or me.role == 'desk'"}}
            by: [owner, desk, system]
            emits: Part{number}Done
        access: {{read: [owner, desk]}}
        list: {{filter: [kind, status, starts_at], sort: [starts_at, price], search: [title]}}
"""  # noqa: E501 - as people write it


def large_spec(contexts: int, entities: int) -> str:
    """Return a spec of so many contexts, with so many entities in all, no two of them alike."""
    each = entities // contexts
    text = HEAD
    for area in range(contexts):
        text += CONTEXT.format(number=area)
        for number in range(area * each, (area + 1) * each):
            before = f"Part{number - 1}" if number % each else f"area{area - 1}.Part{number - 1}"
            other = before if number else "identity.User"
            text += ENTITY.format(number=number, other=other, most=number + 100, hours=number + 1)
        first = area * each
        text += (
            "    reactions:\n"
            f"      - {{when: area{area}.Part{first}Held, do: Part{first}.finish, of: id}}\n"
        )
    return text
