"""What of Copier and Cookiecutter is used beyond their public functions is there, as it was.

The bounds in pyproject.toml let newer versions in; these tests say which part of them changed.
"""

import inspect

import pytest
from cookiecutter import generate, hooks, prompt
from cookiecutter.environment import ExtensionLoaderMixin
from copier._main import Worker
from copier._template import Template
from copier._tools import cast_to_bool
from copier._types import MISSING, Phase
from copier._user_data import AnswersMap, Question

USED: dict[object, str] = {
    Worker: """template subproject jinja_env match_skip run_copy _external_data _render_context
        _answers_to_remember _render_string _render_value _sync_git_index_executable_bit""",
    Template: """local_abspath vcs commit commit_hash git_index_modes version envops metadata tasks
        jinja_extensions external_data secret_questions questions_data migration_tasks""",
    Question: """get_when get_ask get_default get_type_name get_multiline parse_answer
        validate_answer cast_answer render_value _formatted_choices""",
    AnswersMap: "hide combined",
    Phase: "PROMPT MIGRATE use",
    generate: """generate_context generate_files apply_overwrites_to_context
        create_env_with_context""",
    hooks: "valid_hook run_script",
    prompt: "render_variable YesNoPrompt",
    ExtensionLoaderMixin: "_read_extensions",
}


@pytest.mark.parametrize("holder", USED)
def test_the_parts_that_are_used_are_there(holder: object) -> None:
    assert not [name for name in USED[holder].split() if not hasattr(holder, name)]
    assert MISSING is not None
    assert cast_to_bool("no") is False


@pytest.mark.parametrize(
    "name", ["local_abspath", "vcs", "commit", "commit_hash", "git_index_modes"]
)
def test_what_is_known_of_a_template_is_computed_once(name: str) -> None:
    assert type(inspect.getattr_static(Template, name)).__name__ == "cached_property"


def test_paths_alone_are_filled_in_from_strings() -> None:
    """Names that lead out of a project are refused there; contents come from a loader."""
    source = inspect.getsource(generate)
    assert source.count("env.from_string(") == 3
    assert source.count("environment.from_string(") == 1
    assert "env.get_template(" in source
