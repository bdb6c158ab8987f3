"""What a template draws is the project's, whatever else both sides change."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint_cli.record.drawn import MARK, mask
from blueprint_cli.tree import File, Tree
from blueprint_cli.updating.drawn import Filled, Kept, filled, has_drawn
from tests.drawing import changed, edited, rendered, template, values_for

PATH = "settings.py"


def one(text: str | bytes, path: str = PATH) -> Tree:
    return Tree({path: File(text if isinstance(text, bytes) else text.encode())})


def marked(text: str) -> Tree:
    return one(text.replace("…", MARK))


def fill(base: str, new: str, fresh: str, ours: str) -> tuple[str, str, list[int]]:
    """Fill one file, in which … is the mark."""
    found = filled(marked(base), marked(new), one(fresh), {PATH: ours.encode()})
    texts = [tree[PATH].content.decode().replace(MARK, "…") for tree in (found.base, found.new)]
    return texts[0], texts[1], [kept.line for kept in found.kept]


def merged(folder: Path, base: bytes, ours: bytes, new: bytes) -> tuple[str, bool]:
    """Merge as git does; return the text and whether it is clean."""
    names = []
    for name, content in (("ours", ours), ("base", base), ("new", new)):
        (folder / name).write_bytes(content)
        names.append(name)
    done = subprocess.run(
        ["git", "merge-file", "-p", *names], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode >= 0
    return done.stdout.decode(), done.returncode == 0


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_it_merges_as_if_nothing_were_drawn(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """The oracle: the same merge with the project's values in both renders."""
    folder = tmp_path_factory.mktemp("merge")
    chance = Random(seed)  # noqa: S311 - of tests
    before = template(chance)
    after = changed(before, chance)
    mine = values_for(before, chance)
    first = rendered(before, mine)
    fixed = {line.text for line in before if not line.is_drawn and not line.text.startswith("--")}
    ours = edited(first, chance, fixed=fixed)
    base = mask(one(first), one(rendered(before, values_for(before, chance))))
    drawn = values_for(after, chance)
    fresh = one(rendered(after, drawn))
    new = mask(fresh, one(rendered(after, values_for(after, chance))))
    expected, clean = merged(
        folder, first.encode(), ours.encode(), rendered(after, {**drawn, **mine}).encode()
    )

    found = filled(base, new, fresh, {PATH: ours.encode()})

    text, also_clean = merged(
        folder, found.base[PATH].content, ours.encode(), found.new[PATH].content
    )
    assert not has_drawn(found.new)
    assert MARK not in text
    if clean:
        assert also_clean
        assert text == expected
    else:
        for values in mine.values():
            assert all(line in text for line in "\n".join(values).splitlines())
        assert all(line in text for line in ours.splitlines() if "mine" in line)


@dataclass(frozen=True)
class Case:
    base: str
    new: str
    fresh: str
    ours: str
    filled_base: str
    filled_new: str
    kept: tuple[int, ...] = ()


CASES = {
    "the project's value": Case(
        "a\nkey = '…'\nb\n", "a\nkey = '…'\nb2\n", "a\nkey = 'f'\nb2\n",
        "a\nmine\nkey = 'p'\nb\n", "a\nkey = 'p'\nb\n", "a\nkey = 'p'\nb2\n", kept=(3,),
    ),
    "in a line that the template changed": Case(
        "key = '…'\n", "the_key = '…'  # new\n", "the_key = 'f'  # new\n",
        "key = 'p'\n", "key = 'p'\n", "the_key = 'p'  # new\n", kept=(1,),
    ),
    "a new place gets what was drawn now": Case(
        "a: …\n", "a: …\nother: …\n", "a: f\nother: g\n",
        "a: p\n", "a: p\n", "a: p\nother: g\n", kept=(1,),
    ),
    "a place that is gone is no other": Case(
        "db_password: …\n", "api_token: …\n", "api_token: f\n",
        "db_password: p\n", "db_password: …\n", "api_token: f\n",
    ),
    "a value does not go away without a word": Case(
        "a\nkey = '…'\nb\n", "a\nb\n", "a\nb\n",
        "a\nkey = 'p'\nb\n", "a\nkey = '…'\nb\n", "a\nb\n",
    ),
    "a line that the user deleted": Case(
        "a\nkey = '…'\n", "a\nkey = '…'\nb\n", "a\nkey = 'f'\nb\n",
        "a\n", "a\nkey = 'f'\n", "a\nkey = 'f'\nb\n",
    ),
    "a line that both wrote anew": Case(
        "a\nkey = '…'\n", "a\nkey = '…'  # new\n", "a\nkey = 'f'  # new\n",
        "a\nK = secret()\n", "a\nkey = '…'\n", "a\nkey = 'f'  # new\n",
    ),
    "which of three it is cannot be told": Case(
        "list:\n- …\n- …\n", "list:\n- k: …\n- …\n", "list:\n- k: f\n- g\n",
        "list:\n- p\n- mine\n- q\n", "list:\n- …\n- g\n", "list:\n- k: f\n- g\n",
    ),
    "two lines alike, in their order": Case(
        "list:\n- …\n- …\n", "- …\n- …\n- end\n", "- f\n- g\n- end\n",
        "list:\n- p\n- q\n", "list:\n- p\n- q\n", "- p\n- q\n- end\n", kept=(2, 3),
    ),
    "a line that the template moved": Case(
        "a\nkey = '…'\nb\n", "a\nb\nkey = '…'\n", "a\nb\nkey = 'f'\n",
        "a\nkey = 'p'\nb\n", "a\nkey = 'p'\nb\n", "a\nb\nkey = 'p'\n", kept=(2,),
    ),
    "a line that the user moved": Case(
        "a\nkey = '…'\nb\nc\n", "a\nexport key = '…'\nb\nc\n", "a\nexport key = 'f'\nb\nc\n",
        "a\nb\nc\nd\nkey = 'p'\n", "a\nkey = 'p'\nb\nc\n", "a\nexport key = 'p'\nb\nc\n", kept=(5,),
    ),
    "a line with an edit after the value": Case(
        "secret = '…'\n", "secret = '…'  # new\n", "secret = 'f'  # new\n",
        "secret = 'p'  # mine\n", "secret = 'p'\n", "secret = 'p'  # new\n", kept=(1,),
    ),
    "several places in a line": Case(
        "to '…' as '…'\n", "to: '…' as '…'\n", "to: 'f' as 'g'\n",
        "to 'p' as 'q'\n", "to 'p' as 'q'\n", "to: 'p' as 'q'\n", kept=(1,),
    ),
    "a place of several lines": Case(
        "-- a\n…\n-- b\n", "-- a\n…\n-- b\nc\n", "-- a\nf\ng\n-- b\nc\n",
        "mine\n-- a\np\nq\nr\n-- b\n",
        "-- a\np\nq\nr\n-- b\n", "-- a\np\nq\nr\n-- b\nc\n", kept=(3,),
    ),
    "a place of no line": Case(
        "-- a\n  …\n-- b\n", "-- a\n  …\n-- b\nc\n", "-- a\n  f\n-- b\nc\n",
        "-- a\n-- b\n", "-- a\n-- b\n", "-- a\n-- b\nc\n", kept=(2,),
    ),
    "lines whose beginning was edited": Case(
        "-- a\n…\n-- b\n", "-- a\n…\n-- b\nc\n", "-- a\nf\n-- b\nc\n",
        "-- mine\np\n-- b\n", "-- a\nf\n-- b\n", "-- a\nf\n-- b\nc\n",
    ),
    "a file that is drawn as a whole": Case(
        "…", "…", "f",
        "p\nq", "p\nq", "p\nq", kept=(1,),
    ),
    "other line endings in the project": Case(
        "a = …\nb\n", "a = …\nb2\n", "a = f\nb2\n",
        "a = p\r\nmine\r\nb\r\n", "a = p\nb\n", "a = p\nb2\n", kept=(1,),
    ),
    "other line endings in the template": Case(
        "a\r\n…\r\nb\r\n", "a\r\n…\r\nb2\r\n", "a\r\nf\r\nb2\r\n",
        "a\np\nq\nb\n", "a\r\np\r\nq\r\nb\r\n", "a\r\np\r\nq\r\nb2\r\n", kept=(2,),
    ),
    "a short value, equal by chance now": Case(
        "port: …\n", "port: 80\nb\n", "port: 80\nb\n",
        "port: 81\n", "port: 81\n", "port: 81\nb\n", kept=(1,),
    ),
    "a short value, equal by chance then": Case(
        "port: 81\n", "port: …\nb\n", "port: 80\nb\n",
        "port: 81\n", "port: 81\n", "port: 81\nb\n",
    ),
    "a place that is no longer drawn": Case(
        "key: …\n", "key: changeme\n", "key: changeme\n",
        "key: 0123456789\n", "key: …\n", "key: changeme\n",
    ),
    "a place that is drawn from now on": Case(
        "key: changeme\n", "key: …\n", "key: 0123456789\n",
        "key: changeme\n", "key: changeme\n", "key: 0123456789\n",
    ),
    "a symbol, equal by chance in one of the two": Case(
        "a=…\n", "a=(…\nb\n", "a=(c!d$e\nb\n",
        "a=x(y!z$\n", "a=x(y!z$\n", "a=x(y!z$\nb\n", kept=(1,),
    ),
    "symbols that no value has are the template's": Case(
        "a=…\n", "a=[…]\nb\n", "a=[cde]\nb\n",
        "a=xyz\n", "a=xyz\n", "a=[xyz]\nb\n", kept=(1,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_marks_are_filled(case: Case) -> None:
    expected = (case.filled_base, case.filled_new, list(case.kept))
    assert fill(case.base, case.new, case.fresh, case.ours) == expected


def test_binary_values_are_kept() -> None:
    mine = b"\x89PNG\0\r\n\xff"
    found = filled(marked("…"), marked("…"), one(b"\0drawn"), {PATH: mine})
    assert found == Filled(one(mine), one(mine), (Kept(PATH, 1),))
    # The user deleted it: nothing differs.
    found = filled(marked("…"), marked("…"), one(b"\0drawn"), {})
    assert found == Filled(one(b"\0drawn"), one(b"\0drawn"), ())


def test_values_are_found_where_files_were_moved() -> None:
    base, new, fresh = "a\nkey: …\nb\nc\n", "a\nkey: …\nb\nc2\n", "a\nkey: f\nb\nc2\n"
    other = "nothing\nof it\n"
    by_user = filled(
        marked(base),
        marked(new),
        one(fresh),
        {"x.py": other.encode(), "y.py": b"a\nkey: p\nb\nmine\n"},
    )
    assert by_user.new == one("a\nkey: p\nb\nc2\n")
    assert by_user.kept == (Kept("y.py", 2),)

    by_template = filled(
        Tree({**marked(base), **one(other, "b.py")}),
        Tree({"new.py": marked(new)[PATH], **one(other, "b.py")}),
        one(fresh, "new.py"),
        {PATH: b"a\nkey: p\nb\nc\n"},
    )
    assert by_template.base[PATH] == one("a\nkey: p\nb\nc\n")[PATH]
    assert by_template.new["new.py"] == one("a\nkey: p\nb\nc2\n")[PATH]
    assert by_template.kept == (Kept(PATH, 2),)


def test_a_file_that_the_template_gave_up_is_a_conflict() -> None:
    """Its value may be one that the user set."""
    found = filled(marked("key: …\n"), Tree({}), Tree({}), {PATH: b"key: p\n"})
    assert found == Filled(marked("key: …\n"), Tree({}), ())


def test_a_file_that_not_every_render_has_stays() -> None:
    sometimes = File(b"x")
    base, new = Tree({"a": File(b"1"), "b": sometimes}), Tree({"a": File(b"2")})
    fresh = Tree({**new, "b": sometimes})
    assert filled(base, new, fresh, {}).new == fresh


def test_what_is_not_drawn_is_not_looked_at() -> None:
    class Unread(dict[str, bytes]):
        def __getitem__(self, path: str) -> bytes:
            raise AssertionError(path)

    base, new = one("a\n"), one("b\n")
    assert filled(base, new, new, Unread({PATH: b""})) == Filled(base, new, ())
    assert not has_drawn(base, new)
    assert has_drawn(base, marked("…"))


LINES = st.lists(
    st.sampled_from(
        ["a", "b: 1", "  c 'x'", "", "key: 12 - 34", "key: ab - 34", "d\r", "zz: qwertyuiop"]
    ),
    max_size=7,
).map("\n".join)


@settings(max_examples=300)
@given(*[LINES] * 5)
def test_whatever_was_drawn_no_value_of_the_project_is_dropped(
    first: str, second: str, fresh: str, other: str, ours: str
) -> None:
    base, new = mask(one(first), one(second)), mask(one(fresh), one(other))

    found = filled(base, new, one(fresh), {PATH: ours.encode()})

    assert not has_drawn(found.new)
    before, after = (tree[PATH].content.decode() for tree in (found.base, found.new))
    literal = {line.removesuffix("\r") for line in base[PATH].content.decode().split("\n")}
    values = [line for line in before.split("\n") if line.removesuffix("\r") not in literal]
    for line in values:
        if line in fresh.split("\n") and line in after.split("\n"):
            continue
        assert all(word in after for word in line.replace("\r", "").split())
