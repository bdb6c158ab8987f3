"""Compiling each text of a template once, however often it is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.engines.drawing import may_draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from jinja2 import Environment

Compiled = dict[tuple[str, str | None, str | None], "CodeType"]


def remember(environment: Environment, compiled: Compiled) -> None:
    """Let Jinja keep what it compiles: most of a render's time, and names repeat.

    Jinja computes what is constant as it compiles, be it a day or drawn at random; such a text is
    compiled each time. Filters of an extension may draw as well: where there is one, leave it be.

    Args:
        environment: one of several that are set up alike.
        compiled: what the others have compiled.
    """
    compile_text: Callable[..., CodeType] = environment.compile

    def remembered(
        source: object, name: str | None = None, filename: str | None = None
    ) -> CodeType:
        # Copier hands over other values, too, and waits for Jinja's refusal.
        if not isinstance(source, str) or may_draw(source):
            return compile_text(source, name, filename)
        key = (source, name, filename)
        if key in compiled:
            # Extensions may begin anew with each text.
            environment.preprocess(source, name, filename)
        else:
            compiled[key] = compile_text(source, name, filename)
        return compiled[key]

    vars(environment)["compile"] = remembered
