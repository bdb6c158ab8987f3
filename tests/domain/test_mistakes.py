"""Every mistake in a described context: its line, what is wrong, what is allowed, what was meant."""

# ruff: noqa: E501 - a case is one line

import pytest

from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate

HEAD = """\
blueprint: 1
project: {name: shop}
pattern: monolith
contexts:
  identity: {roles: [desk, nurse], directory: [desk]}
  catalog: {}
  orders: {}
  notifications: {}
  reviews: {by: hand}
"""
CLINIC = """\
  clinic:
    types:
      Speciality: [general, cardiology]
      Phone: text(5..20)
      Address: {street: text(1..80), floor: int optional}
    entities:
      Doctor:
        fields: {name: text(1..40), speciality: Speciality}
      Visit:
        fields:
          patient: ref identity.User once
          doctor: ref Doctor
          starts_at: datetime
          ends_at: datetime optional
          count: int(0..9) = 0
          price: decimal(8.2) optional
          note: text optional
          key: text optional secret
          address: Address optional
          tags: '[text(1..9)] optional'
          data: json optional
          product: ref catalog.Product optional
          review: ref reviews.Review optional
          FIELD
        owner: patient
        states: [booked, done]
        OWN
        commands:
          create: {takes: [patient, doctor, starts_at], by: desk, emits: VisitBooked}
          update: {takes: [count, note], by: [owner, desk]}
          finish: {from: booked, to: done, by: [desk, system]}
          COMMAND
    reactions:
      - {when: catalog.ProductDeleted, do: Visit.finish, of: "REACTION"}
"""


def problems_of(text: str) -> list[str]:
    document = parse_document(text, "s.yaml")
    try:
        validate(document.data, document)
    except SpecInvalid as refused:
        return [str(problem) for problem in refused.problems]
    return []


def clinic(**places: str) -> str:
    text = HEAD + CLINIC
    for name in ("FIELD", "OWN", "COMMAND"):
        text = text.replace(name, places.get(name.lower(), ""))
    return text.replace('of: "REACTION"', places.get("reaction", 'of: "product_id"'))


VALID = 'of: "product_id"'


def only(text: str) -> str:
    """The one mistake besides that of the reaction in the frame, which refers to no visit."""
    found = [one for one in problems_of(text) if "reactions[0].of" not in one]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("txt(1..3)", "s.yaml:33:14: contexts.clinic.entities.Visit.fields.x: there is no type txt; did you mean text?; allowed: text, int, decimal, bool"),
        ("speciality", "there is no type speciality; did you mean Speciality?"),
        ("Doctor", "there is no type Doctor; did you mean ref Doctor?"),
        ("rf Doctor", "there is no type rf; did you mean ref?"),
        ("text optinal", "there is no word optinal; did you mean optional?"),
        ("text optional optional", "optional stands twice"),
        ("text?", "? means nothing here; a field that may be absent has the word optional"),
        ("ref", "ref says to what: ref Entity, or ref other.Entity"),
        ("ref Docter", "clinic has no entity Docter; did you mean Doctor?; allowed: Doctor, Visit"),
        ("ref User", "clinic has no entity User; did you mean identity.User?"),
        ("ref identity.Usr", "identity has no entity Usr; did you mean identity.User?"),
        ("ref catalogue.Product", "there is no context catalogue; did you mean catalog?"),
        ("ref analytics.Fact", "there is no context analytics; add analytics: {} to contexts"),
        ("int(5..1)", "the range 5..1 ends before it begins; allowed: 1..5"),
        ("int 5..1", "the range 5..1 ends before it begins"),
        ("int(1..3)(1..2)", "a second range stands here: (1..2)"),
        ("int(1..3) 1..2", "a second range stands here: 1..2"),
        ("int(0.5..)", "the range 0.5.. holds no whole numbers"),
        ("int(..9999999999999999999)", "is outside of what it can be; allowed: -9223372036854775808..9223372036854775807"),
        ("text(-1..2)", "is outside of what it can be; allowed: 0..100000"),
        ("text(13)", "(13) is no range; did you mean ..13?; allowed: low..high, low.. or ..high"),
        ("text(..)", "(..) is no range"),
        ("bool(1..2)", "a bool has no range"),
        ("Phone(1..2)", "a Phone has no range"),
        ("decimal", "decimal says its digits in all, and after the point; allowed: decimal(12.2)"),
        ("decimal(12,2)", "decimal(12,2) has a comma; did you mean decimal(12.2)?"),
        ("decimal(2.3)", "decimal(2.3) cannot be"),
        ("decimal(4.1) 0..1000", "the range 0..1000 is outside of what it can be; allowed: -999.9..999.9"),
        ("decimal(4.1) 0..0.55", "the range 0..0.55 has more than 1 digits after the point"),
        ("int /a+/", "an int has no pattern; allowed: a /pattern/ after text"),
        ("text /(a+)+/", "/(a+)+/ could take very long"),
        ("text /[a/", "/[a/ is no pattern: a ] is missing"),
        ("text /a", "a pattern ends with /"),
        ("int(1..3) = 7", "the default 7 is outside, and the range is 1..3"),
        ("int = many", "the default many is no int; fields that are calculated come later"),
        ("int = count + 1", "the default count is followed by + 1; fields that are calculated come later"),
        ("text(1..2) = 'abc'", "the default 'abc' has 3 characters, and the range is 1..2"),
        ("text /[0-9]+/ = 'abc'", "the default 'abc' does not match /[0-9]+/"),
        ("Speciality = cardiolgy", "the default cardiolgy is no Speciality; did you mean cardiology?"),
        ("bool = yes", "the default yes is no bool; allowed: true or false"),
        ("decimal(8.2) = 0.123", "the default 0.123 has more than 2 digits after the point"),
        ("datetime = now", "the default now is no datetime; what is calculated stands in `sets` of create"),
        ("date = 2026-02-30", "the default 2026-02-30 is no date"),
        ("datetime = 2026-02-01T10:00", "has no time zone"),
        ("duration = 1h", "the default 1h is no duration; allowed: ISO 8601"),
        ("uuid = 1", "an uuid has no default"),
        ("json unique", "a json cannot be unique"),
        ("[[text]]", "a list holds no list"),
        ("[json]", "a list holds no json"),
        ("[text optional]", "optional belongs to a field, not to a type"),
        ("[text", "a list needs its ]"),
        ("was(count)", "there is no type was"),
        ("int optional was(count)", "count is still a field: it cannot be the former name of x"),
        ("int optional was", "was says the former name, as was(old)"),
        (f"text /{'a' * 500}/", "it has 507 characters; allowed: at most 500"),
        ("{a: text}", "is a mapping; allowed: a value object is a type: types: {X: {…}}"),
        ("[text]", "is a list; allowed: a field's words are one text"),
        ("5", "is a number; allowed: a field's words are one text"),
    ],
)  # fmt: skip
def test_words_of_a_field(words: str, expected: str) -> None:
    value = words if words[:1] in "{5" or words == "[text]" else f'"{words}"'
    assert expected in only(clinic(field=f"x: {value}"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "class",
            "no field can be called that: it is a keyword of Python; did you mean the_class?",
        ),
        ("status", "it follows from `states`"),
        ("id", "every row has a column of that name"),
        ("now", "expressions know a word of that name"),
        ("no", "YAML 1.1 takes it for true or false"),
        ("isOpen", "it is no word in snake_case; did you mean is_open?"),
        ("x" * 41, "it has 41 characters"),
        ("at", "the event VisitBooked has a key at of its own; call the field otherwise"),
    ],
)
def test_names_of_fields(name: str, expected: str) -> None:
    text = clinic(field=f"{name}: int optional")
    if name == "at":
        text = text.replace("[patient, doctor, starts_at]", "[patient, doctor, starts_at, at]")
    assert expected in only(text)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("starts_at > 3", "starts_at is a datetime, 3 a number"),
        ("starts_at > today", "starts_at is a datetime, today a date"),
        ("starts_at > '2026-01-01'", "starts_at is a datetime, '2026-01-01' a text"),
        ("doctor == patient", "doctor is a reference to clinic.Doctor, patient a reference to identity.User"),
        ("count > note", "count is a number, note a text"),
        ("start_at > now", "Visit has no field start_at; did you mean starts_at?; allowed: patient, doctor"),
        ("statuss == 'done'", "Visit has no field statuss; did you mean status?"),
        ("status == 'dun'", "status is never 'dun'; did you mean done?; allowed: booked, done"),
        ("status in ('booked', 'dun')", "status is never 'dun'; did you mean done?"),
        ("status > 'done'", "status is an enum, which has no order"),
        ("me.role == 'desc'", "there is no role desc; did you mean desk?; allowed: admin, desk, nurse, user"),
        ("me.name == 'x'", "me has no name; allowed: me is the caller's id, me.role the role"),
        ("count", "count is a number, and no condition"),
        ("count and true", "count is a number, and no condition"),
        ("count == true", "there is no true; did you mean True?"),
        ("note == None", "nothing is compared with None; allowed: note is None"),
        ("note == note", "note is compared with itself"),
        ("1 < 2", "1 and 2 are both constants"),
        ("True", "True speaks of no field: it is always the same"),
        ("count + note > 1", "count + note cannot be calculated: count is a number, note a text"),
        ("starts_at + 1 > now", "starts_at + 1 cannot be calculated: starts_at is a datetime, 1 a number"),
        ("starts_at + ends_at > now", "cannot be calculated"),
        ("count / 0 > 1", "count / 0 divides by 0"),
        ("count ** 2 > 1", "count ** 2 is not allowed"),
        ("count // 2 > 1", "count // 2 is not allowed"),
        ("days(price) > hours(1)", "days takes an int, price is a number"),
        ("len(count) > 1", "len takes a text or a list, count is a number"),
        ("lower(count) == 'a'", "lower takes a text, count is a number"),
        ("len() > 1", "len takes one value"),
        ("len > 1", "len takes what it is of: len(…)"),
        ("now() > starts_at", "now is no function; write now"),
        ("hour(1) > ends_at - starts_at", "there is no function hour; did you mean hours?"),
        ("known(product)", "another context is asked in a command's needs alone"),
        ("known(doctor)", "doctor refers to a row of its own context, which is always known"),
        ("known(review)", "reviews is written by its owner: it cannot be asked what it knows"),
        ("known(count)", "known takes a reference, count is a number"),
        ("address.streat == 'x'", "address has no streat; did you mean street?; allowed: street, floor"),
        ("count.real > 1", "count is a number, and has no real"),
        ("address == address", "address is compared with itself"),
        ("data == tags", "data is a json, tags a list"),
        ("tags == tags", "tags is compared with itself"),
        ("count in [1, 2]", "in takes a tuple of constants; allowed: in ('one', 'two')"),
        ("note in ('a')", "in takes a tuple of constants; allowed: in ('a',)"),
        ("count in (note,)", "in takes a tuple of constants"),
        ("count is 1", "is 1 is not allowed; allowed: is None, is not None"),
        ("count = 1", "= is written =="),
        ("count > 1 && count < 3", "&& is written and"),
        ("!(count > 1)", "! is written not"),
        ("count >", "count > is no expression: invalid syntax"),
        ("count if count else 1", "is not allowed"),
        ("[x for x in tags]", "is not allowed"),
        ("(lambda: 1)()", "is not allowed"),
        ("f'{count}' == 'a'", "is not allowed"),
        ("count == 1j", "1j is not allowed"),
        ("count == 99999999999999999999", "has more than 64 bits"),
        ("price == 0.12345678901234567890123456789", "has more than 28 digits"),
        ("(count > 1) == (count < 3)", None),
        ("(count > 1) != (key is None) == (price > 1)", None),
        ("(count > 1) < (count < 3)", "is a bool, which has no order: == or !="),
        (
            f"(key is None{' or count == 1' * 9}) == (count > 1)",
            "is compared with a condition, or is one, of more than 20 parts",
        ),
        (f"count == 1{' or count == 1' * 40}", "characters; allowed: at most 500"),
        (f"{'not ' * 50}key is None", "is nested too deeply; allowed: 20 levels"),
        (f"{'(' * 150}count{')' * 150} > 1", None),
    ],
)  # fmt: skip
def test_expressions(expression: str, expected: str | None) -> None:
    text = clinic(own=f'rules: {{r: "{expression}"}}')
    found = [one for one in problems_of(text) if "reactions[0].of" not in one]
    if expected is None:
        assert found == []
    else:
        assert len(found) == 1, found
        assert found[0].startswith("s.yaml:36:20: contexts.clinic.entities.Visit.rules.r: ")
        assert expected in found[0]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ('unique: {u: "docter, starts_at"}', "s.yaml:36:21: contexts.clinic.entities.Visit.unique.u: there is no field docter; did you mean doctor?"),
        ('unique: {u: "doctor, doctor"}', "doctor stands twice"),
        ('unique: {u: "doctor,"}', "there is no field without a name"),
        ('unique: {u: "data"}', "data is a json, which cannot be unique"),
        ('unique: {u: "starts_at..count"}', "starts_at..count spans from a datetime to an int"),
        ('unique: {u: "note..note"}', "note..note spans from a text to a text"),
        ('unique: {u: "starts_at..starts_at"}', "begins where it ends"),
        ('unique: {u: "starts_at..ends_at, count..count"}', "there can be one span"),
        ('unique: {u: "doctor where starts_at > now"}', "starts_at > now speaks of more than the row's columns"),
        ('unique: {u: "doctor where lower(note) == \'a\'"}', "speaks of more than the row's columns"),
        ('unique: {u: "doctor where stats == \'done\'"}', "Visit has no field stats; did you mean status?"),
        ('rules: {a: "note is None", b: "count > 1 or note is None", c: "note is not None"}', "rules.c: is never met"),
        ('unique: {r: "doctor"}\n        rules: {r: "count > 1"}', "a rule has the code r, too"),
        ('rules: {Too-late: "count > 1"}', "no code can be Too-late: it is no word in snake_case; did you mean too_late?"),
        ("rules: {r: [a]}", "contexts.clinic.entities.Visit.rules.r: is a list; allowed: an expression in quotes"),
        ("list: {filter: [nota]}", "s.yaml:36:25: contexts.clinic.entities.Visit.list.filter[0]: there is no field nota; did you mean note?"),
        ("list: {filter: [key]}", "key is secret: it is never listed"),
        ("list: {sort: [data]}", "data is a json, which is not sorted by"),
        ("list: {search: [count]}", "count is an int, which is not searched"),
        ("list: {filter: [note, note]}", "note stands twice"),
        ("list: {filters: [note]}", "unknown key; did you mean contexts.clinic.entities.Visit.list.filter?"),
        ("access: {read: [desk, dask]}", "there is no role dask; did you mean desk?; allowed: admin, desk, nurse, owner, user, anyone"),
        ("access: {read: system}", "system is a reaction, which reads nothing: it stands in `by`"),
        ("plural: Visits!", "contexts.clinic.entities.Visit.plural: is Visits!; allowed: lower-case letters and digits in words joined by -"),
        ("plural: doctors", "Doctor has the path doctors, too; `plural` gives another"),
        ("plural: inbox", "no table can be called inbox; `plural` gives another name"),
        ("was: Doctor", "Doctor is still an entity: it cannot be the former name of Visit"),
        ("parts: {Line: {}}", "parts is no key yet: rows that live and die with their aggregate come later"),
        ("keep: 30", "keep is no key yet: rows that are only added, and kept for a time, come later"),
        ("rule: {r: x}", "unknown key; did you mean contexts.clinic.entities.Visit.rules?"),
    ],
)  # fmt: skip
def test_entities(own: str, expected: str) -> None:
    assert expected in only(clinic(own=own))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("go: {takes: [nota]}", "s.yaml:41:24: contexts.clinic.entities.Visit.commands.go.takes[0]: there is no field nota; did you mean note?"),
        ("go: {takes: [patient]}", "patient is set once, when a row is made"),
        ("go: {takes: [status]}", "status is not given: `to` says the new state"),
        ("go: {takes: [note, note]}", "note stands twice"),
        ("go: {from: book}", "there is no state book; did you mean booked?; allowed: booked, done"),
        ("go: {from: [booked, booked]}", "booked stands twice"),
        ("go: {to: don}", "there is no state don; did you mean done?"),
        ("go: {sets: {nota: 1}}", "there is no field nota; did you mean note?"),
        ("go: {sets: {patient: me}}", "patient is set once, when a row is made"),
        ("go: {sets: {id: doctor}}", "id is not given: every row has a column of that name"),
        ("go: {sets: {count: note}}", "count is a number, note a text"),
        ("go: {sets: {count: price}}", "count is a number, price a number"),
        ("go: {sets: {count: 10}}", "10 is outside, and the range is 0..9"),
        ("go: {sets: {price: 0.123}}", "0.123 has more than 2 digits after the point"),
        ("go: {sets: {count: null}}", "count is never None"),
        ("go: {sets: {starts_at: ends_at}}", "starts_at is never None, and ends_at may be"),
        ("go: {sets: {starts_at: today}}", "starts_at is a datetime, today a date"),
        ("go: {needs: {n: count > x}}", "Visit has no field x"),
        ("go: {by: dask}", "there is no role dask; did you mean desk?"),
        ("go: {emits: visit_done}", "is visit_done; did you mean VisitDone?"),
        ("go: {emits: Doctor}", "an entity is called Doctor, too"),
        ("go: {emits: DoctorCreated}", "Doctor emits DoctorCreated: an event is of one entity"),
        ("go: {fromm: booked}", "unknown key; did you mean contexts.clinic.entities.Visit.commands.go.from?"),
        ("Go: {by: desk}", "no command can be called that: it is no word in snake_case; did you mean go?"),
        ("new: {by: desk}", "no command can be called that: create makes a row; did you mean new_one?"),
        ("delete: {takes: [note]}", "what is deleted is not changed"),
        ("go: {needs: {n: ends_at is None, m: ends_at is not None}}", "s.yaml:41:47: contexts.clinic.entities.Visit.commands.go.needs.m: is never met: what stands before it, or what the row has then, says the opposite"),
        ("go: {needs: {n: note is None and note is not None}}", "go.needs.n: is never met"),
        ("go: {from: booked, needs: {n: status == 'done'}}", "go.needs.n: is never met"),
        ("go: {by: user, needs: {n: me.role == 'desk', m: price > 1, o: me.role != 'desk'}}", "go.needs.o: is never met"),
        ("go: {by: anyone, needs: {n: me is None, m: me is not None}}", "go.needs.m: is never met"),
    ],
)  # fmt: skip
def test_commands(command: str, expected: str) -> None:
    assert expected in only(clinic(command=command))


@pytest.mark.parametrize(
    ("by", "guard", "refused"),
    [
        ("desk", "count > 0", True),
        ("desk", "status == 'done'", True),
        ("desk", "count == 0 and status == 'booked'", False),
        ("desk", "patient == me", False),
        ("desk", "note is not None", True),
        ("desk", "starts_at > now", False),
        ("user", "patient is not None", False),
    ],
)
def test_create_needs_what_a_new_row_can_have(by: str, guard: str, *, refused: bool) -> None:
    taken = "takes: [patient, doctor, starts_at]"
    text = clinic().replace(
        f"{taken}, by: desk",
        f'{taken.replace("patient, ", "") if by == "user" else taken}, needs: {{n: "{guard}"}}, by: {by}',
    )
    found = [one for one in problems_of(text) if "create.needs.n: is never met" in one]
    assert bool(found) == refused, problems_of(text)


def test_create_asks_for_nothing_that_it_does_not_take() -> None:
    text = clinic().replace(
        "starts_at], by: desk", "starts_at], needs: {p: known(product)}, by: desk"
    )
    assert "create does not take product, so known(product) asks for nothing" in only(text)
    assert not [
        one
        for one in problems_of(text.replace("known(product)", "known(patient)"))
        if "needs" in one
    ]


@pytest.mark.parametrize(
    ("reaction", "expected"),
    [
        ("{when: catalog.ProductDelete, do: email, to: x, text: y}", "s.yaml:43:16: contexts.clinic.reactions[0].when: nobody emits catalog.ProductDelete; did you mean catalog.ProductDeleted?"),
        ("{when: reviews.ReviewWritten, do: email, to: x, text: y}", "reviews is written by its owner: what its events hold is not known here"),
        ("{when: 24 hours before Visit.starts_at, do: email, to: x, text: y}", "reactions at a time come later"),
        ("{when: orders.OrderConfirmed, do: Visit.finnish, of: order_id}", "clinic has no command Visit.finnish; did you mean Visit.finish?"),
        ("{when: orders.OrderConfirmed, do: Visit.update, of: order_id}", "Visit.update is not for reactions: its `by` has no system; allowed: by: [owner, desk, system]"),
        ("{when: orders.OrderConfirmed, do: Visit.finish}", "`of` is missing: which Visit"),
        ("{when: orders.OrderConfirmed, do: Visit.finish, of: order_id}", "is a reference to clinic.Visit, order_id a reference to orders.Order"),
        ("{when: clinic.VisitBooked, do: Visit.finish, of: id, with: {note: id}}", "Visit.finish takes no note"),
        ("{when: clinic.VisitBooked, do: Visit.finish, of: id, needs: starts_at > 3}", "starts_at is a datetime, 3 a number"),
        ("{when: clinic.VisitBooked, do: Visit.finish, of: id, needs: me is None}", "me is nobody here: nobody calls"),
        ("{when: clinic.VisitBooked, do: Visit.finish, of: id, needs: count > 1}", "VisitBooked has no field count"),
        ("{when: clinic.VisitBooked, do: email, to: doctor, text: booked}", "VisitBooked has no user doctor; allowed: patient"),
        ("{when: clinic.VisitBooked, do: email, text: booked}", "`to` is missing; allowed: patient"),
        ("{when: clinic.VisitBooked, do: email, to: patient}", "`text` is missing"),
        ("{when: clinic.VisitBooked, do: email, to: patient, text: Booked}", "no text can be called Booked: it is no word in snake_case; did you mean booked?"),
        ("{when: clinic.VisitBooked, do: email, to: patient, text: booked, of: id}", "an e-mail has `to` and `text`"),
        ("{when: clinic.VisitBooked}", "contexts.clinic.reactions[0].do: is missing; allowed: text"),
    ],
)  # fmt: skip
def test_reactions(reaction: str, expected: str) -> None:
    text = clinic().replace(
        '{when: catalog.ProductDeleted, do: Visit.finish, of: "product_id"}', reaction
    )
    (found,) = problems_of(text)
    assert expected in found


def described(body: str, *, without: str = "") -> str:
    return f"{HEAD.replace(without, '')}  clinic:\n    {body}\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{summary: nothing}", ["contexts.clinic: it has no entities"]),
        ("{entities: {A: {}}}", ["contexts.clinic.entities.A.fields: is missing; allowed: a mapping"]),
        ("{entities: {a: {fields: {x: int}}}}", ["contexts.clinic.entities.a: no entity can be called that: it does not begin with a capital letter, or holds more than letters and digits; did you mean A?"]),
        ("{entities: {A: {fields: {b: ref B}}, B: {fields: {a: ref A}}}}", ["no row could be the first: A → B → A refer to each other in a ring; allowed: optional, for one of them"]),
        ("{entities: {A: {fields: {a: ref A}}}}", ["no A could be the first: each refers to another one; allowed: optional"]),
        ("{entities: {A: {fields: {a: '[ref A](1..3)'}}}}", ["no A could be the first: each refers to another one; allowed: optional"]),
        ("{types: {V: {b: ref B}}, entities: {A: {fields: {v: V}}, B: {fields: {a: '[ref A](1..)'}}}}", ["no row could be the first: A → B → A refer to each other in a ring; allowed: optional, for one of them"]),
        ("{entities: {A: {fields: {x: int}, states: [open, lost]}}}", ["contexts.clinic.entities.A.states[1]: no command leads to lost: it is never reached"]),
        ("{entities: {A: {fields: {x: int}, states: [open, open]}}}", ["open stands twice"]),
        ("{entities: {A: {fields: {x: int}, states: [Open]}}}", ["Open cannot be: it is no word in snake_case"]),
        ("{entities: {A: {fields: {x: int}, states: [yes, 'no']}}}", ["YAML 1.1 takes yes for true or false; put it in quotes; allowed: 'yes'", "never reached"]),
        ("{entities: {A: {fields: {x: int}, owner: x}}}", ["x refers to no user; allowed: ref identity.User"]),
        ("{entities: {A: {fields: {x: int}, owner: y}}}", ["there is no field y"]),
        ("{entities: {A: {fields: {x: int}, access: {read: owner}}}}", ["nobody owns a row: `owner` names no field"]),
        ("{entities: {A: {fields: {x: int, y: int}, commands: {create: {takes: [x], by: user}}}}}", ["y: neither taken nor set, and a row has to have it; allowed: optional, or = default"]),
        ("{entities: {A: {fields: {u: ref identity.User}, owner: u, commands: {create: {by: anyone, takes: []}}}}}", ["anyone may be nobody who is logged in, and u would be the caller"]),
        ("{entities: {A: {fields: {u: ref identity.User}, commands: {create: {by: anyone, takes: [], sets: {u: me}}}}}}", ["u is never None, and me is, without a login"]),
        ("{entities: {A: {fields: {x: int}, commands: {create: {takes: [x], to: y}}}}}", ["there are no states", "there is no state y: the entity has no `states`"]),
        ("{entities: {Box: {fields: {x: int}}, box: {fields: {x: int}}}}", ["no entity can be called that"]),
        ("{types: {A: [x]}, entities: {A: {fields: {x: int}}}}", ["A is called the same in code"]),
        ("{types: {AView: {x: int}}, entities: {A: {fields: {x: int}}}}", ["a class of A is called AView in code; allowed: another name"]),
        ("{entities: {A: {fields: {x: int}, commands: {create: {by: user}, open: {by: user}}, access: {read: user}}, OpenA: {fields: {x: int}, access: {read: user}}}}", ["a class of A is called OpenA in code; allowed: another name"]),
        ("{entities: {A: {fields: {x: int(1..), x_from: int}, list: {filter: [x, x_from]}}}}", ["the filter x has an end that is called x_from"]),
        ("{entities: {A: {fields: {limit: int}, list: {filter: [limit]}}}}", ["limit means another thing in every list's query"]),
        ("{types: {t: int}, entities: {A: {fields: {x: int}}}}", ["no type can be called that: it does not begin with a capital letter"]),
        ("{types: {T: [red, true, 3, 'a b', red]}, entities: {A: {fields: {x: T}}}}", ["YAML takes true for no word; put it in quotes: 'true'", "is a number", "a b cannot be: it is no word", "red stands twice"]),
        ("{types: {T: []}, entities: {A: {fields: {x: T}}}}", ["has 0 values; allowed: 1 to 200"]),
        ("{types: {T: U, U: T}, entities: {A: {fields: {x: int}}}}", ["a type cannot be made of itself: T of U of T"]),
        ("{types: {T: text optional}, entities: {A: {fields: {x: int}}}}", ["optional belongs to a field, not to a type"]),
        ("{types: {T: {x: int once}}, entities: {A: {fields: {x: int}}}}", ["once belongs to an entity's field, not to a part of one"]),
        ("{types: {T: {x: U}, U: {y: int}}, entities: {A: {fields: {x: int}}}}", ["a value object holds no other value object"]),
        ("{types: {T: 3}, entities: {A: {fields: {x: T}}}}", ["is a number; allowed: a list of values, a field's words, or a mapping of fields"]),
        ("{views: {}, events: {}, entities: {A: {fields: {x: int}}}}", ["views is no key yet: read models that are rebuilt from events come later", "events is no key yet"]),
        ("{roles: [x], entities: {A: {fields: {x: int}}}}", ["it is described, and has no roles"]),
        ("{by: hand, entities: {A: {fields: {x: int}}}}", ["clinic is written by its owner, and described nowhere else"]),
        ("{was: orders, entities: {A: {fields: {x: int}}}}", ["orders is still a context: it cannot be the former name of clinic"]),
        ("{entities: {A: {fields: {price: decimal(12,2)}}}}", ["decimal(12 lacks its ): a comma ends a value within {}; write decimal(12.2)"]),
    ],
)  # fmt: skip
def test_contexts(body: str, expected: list[str]) -> None:
    found = problems_of(described(body))
    assert len(found) == len(expected), found
    for one, message in zip(found, expected, strict=True):
        assert message in one


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("  notifications: {}\n", "e-mail is sent by notifications, which is no context here"),
        ("  identity: {roles: [desk, nurse], directory: [desk]}\n", "there is no context identity; add identity: {} to contexts"),
    ],
)  # fmt: skip
def test_what_others_need_is_there(without: str, expected: str) -> None:
    text = described(
        "{entities: {A: {fields: {u: ref identity.User}}}, "
        "reactions: [{when: clinic.ACreated, do: email, to: u, text: made}]}",
        without=without,
    )
    assert any(expected in one for one in problems_of(text))


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("{roles: [admin]}", "contexts.identity.roles[0]: admin cannot be: it is there already, or means another thing"),
        ("{roles: [owner]}", "owner cannot be: it is there already, or means another thing"),
        ("{roles: [desk, desk]}", "desk stands twice"),
        ("{roles: [Desk]}", "Desk cannot be: it is no word in snake_case"),
        ("{roles: [desk], directory: [dask]}", "there is no role dask; did you mean desk?; allowed: admin, desk"),
        ("{entities: {User: {}}}", "identity is ready-made, and has no entities; allowed: roles, directory"),
        ("{role: [desk]}", "unknown key; did you mean contexts.identity.roles?"),
        ("{organisations: yes}", "organisations is no key yet: organisations as owners come later"),
    ],
)  # fmt: skip
def test_identity(identity: str, expected: str) -> None:
    text = HEAD.replace("{roles: [desk, nurse], directory: [desk]}", identity)
    found = problems_of(text)
    assert any(expected in one for one in found), found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("labels: [Label] optional", "what goes on after ] wants quotes: '[Label] optional'"),
        ("room: ? text", "? is a word of YAML; a field that may be absent has the word optional"),
        ("code: text /[a-z]: .*/", "a /pattern/ wants single quotes around the whole value"),
    ],
)
def test_traps_of_yaml(line: str, expected: str) -> None:
    with pytest.raises(SpecInvalid) as refused:
        parse_document(clinic(field=line), "s.yaml")
    (found,) = refused.value.problems
    assert found.line == 33
    assert expected in found.message


def test_all_mistakes_are_named_at_once_in_the_order_of_the_lines() -> None:
    text = clinic(
        field="x: txt",
        own='rules: {r: "y > 1"}',
        command="go: {from: book, needs: {n: starts_at > 3}}",
    ).replace("pattern: monolith", "pattern: monolit")
    found = problems_of(text)
    assert [one.split(":")[1] for one in found] == ["3", "33", "36", "41", "41", "43"]


def test_what_follows_from_a_mistake_is_no_other_one() -> None:
    text = clinic(own='rules: {r: "starts_at > now"}\n        unique: {u: starts_at}').replace(
        "starts_at: datetime", "starts_at: datetim"
    )
    assert "there is no type datetim; did you mean datetime?" in only(text)


def test_a_field_that_is_wrong_itself_is_still_the_nearest() -> None:
    text = clinic(
        field="weight: dezimal(4.1)",
        own='unique: {u: "wieght"}\n        rules: {r: "wegiht > 1"}\n        list: {sort: [weihgt]}',
        command="weigh: {takes: [weigth], by: user}",
    )
    found = [one for one in problems_of(text) if "there is no" in one or "has no field" in one]
    assert len([one for one in found if "did you mean weight?" in one]) == 4, found
