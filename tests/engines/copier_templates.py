"""Copier templates, written anew with what public ones are made of, and answers to each.

- `package`: as copier-uv, python-copier-template and scientific-python/cookie have it: a
  subdirectory, composed answers, conditional files and folders, an answers file.
- `addons`: as OCA's addons template: numbers to choose from, defaults that are computed,
  `when`, suffixes inside conditional names.
- `included`: as NLeSC's Python template: questions from files, flags that are computed.
- `delimited`: as templatepy: other delimiters, no suffix, excluded by condition.
- `selecting`: several choices, choices that depend on answers, JSON and YAML, secrets, validators.
- `looping`: a file for each answer, macros, includes.
- `external`: data of another template, an answers file elsewhere, files that are rendered once.
- `working`: tasks, messages, migrations.
- `files`: links, bytes, modes, line endings, names in other letters.
"""

from collections.abc import Mapping
from typing import Any

from tests.engines.written import Files

ANSWERS_FILE = "# Changes here will be overwritten by Copier\n{{ _copier_answers|to_nice_yaml -}}\n"

PACKAGE: Files = {
    "copier.yml": """\
_subdirectory: project
_min_copier_version: "9"
project_name: {type: str, help: "The project's name", default: "{{ _folder_name|title }}"}
distribution:
  type: str
  default: "{{ project_name|lower|replace(' ', '-') }}"
  validator: "{% if ' ' in distribution %}a distribution has no blanks{% endif %}"
package: {type: str, default: "{{ distribution|replace('-', '_') }}", when: false}
license:
  type: str
  default: MIT
  choices:
    MIT License: MIT
    Apache License 2.0: Apache-2.0
    Neither: ""
docs: {type: str, choices: [none, sphinx, mkdocs], default: sphinx}
cli: {type: bool, default: false}
copyright: "2026 {{ project_name }}"
python: 3.12
""",
    "project/{{ _copier_conf.answers_file }}.jinja": ANSWERS_FILE,
    "project/README.md.jinja": "# {{ project_name }}\n{% if license %}{{ license }}{% endif %}\n",
    "project/src/{{ package }}/__init__.py.jinja": '"""{{ project_name }}."""\n',
    "project/src/{{ package }}/{% if cli %}__main__.py{% endif %}.jinja": "'{{ package }}'\n",
    "project/{% if docs == 'sphinx' %}docs{% endif %}/conf.py.jinja": "x = {{ project_name }}",
    "project/{% if docs == 'mkdocs' %}mkdocs.yml{% endif %}.jinja": "site: {{ project_name }}\n",
    "project/{% if license == 'MIT' %}LICENSE{% endif %}.jinja": "{{ copyright }}\n",
    "project/{% if cli %}scripts{% endif %}/run.sh": "#!/bin/sh\nexec true\n",
    "project/.github/workflows/ci.yml": "run: ${{ matrix.python }}\n",
    "README.md": "Of the template.\n",
}
ADDONS: Files = {
    "copier.yaml": """\
_templates_suffix: .jinja
_subdirectory: src
version: {type: float, default: 19.0, choices: [12.0, 14.0, 18.0, 19.0]}
flavor:
  type: str
  default: |-
    {% if version < 13.0 -%}
        OCB
    {%- else -%}
        Both
    {%- endif %}
  choices: [Odoo, OCB, Both]
pyproject:
  type: bool
  default: "{% if version < 17.0 -%}no{% else %}yes{% endif %}"
  when: "{{ version >= 14.0 }}"
port: {type: int, default: "{{ (version * 100)|int }}"}
ruff: {type: bool, default: yes, help: "Use Ruff?"}
""",
    "src/{{ _copier_conf.answers_file }}.jinja": ANSWERS_FILE,
    "src/{% if version < 13 %}.flake8{% endif %}.jinja": "[flake8]\nport = {{ port }}\n",
    "src/{% if ruff %}.ruff.toml{% endif %}.jinja": "line-length = {{ port // 10 }}\n",
    "src/{% if 12 < version < 19 %}.prettierrc.yml{% endif %}": "plain: {{ not filled in }}\n",
    "src/{% if pyproject %}pyproject.toml{% endif %}.jinja": "[project]\nname='{{ flavor }}'\n",
    "src/LICENSE": "AGPL\n",
}
INCLUDED: Files = {
    # A pattern may stand there, too; the files come in the order of the disk then, by Copier.
    "copier.yml": "!include parts/settings.yml\n---\n!include parts/questions/a.yml\n---\n"
    "!include parts/questions/b*.yml\n---\n!include parts/flags.yml\n---\n"
    "_exclude: [later.txt]\n",
    "parts/settings.yml": "_exclude: [parts, copier.yml]\n_secret_questions: [token]\n",
    "parts/questions/a.yml": "profile: {type: str, choices: [minimum, full], default: minimum}\n",
    "parts/questions/b.yml": "tests: {type: bool, default: '{{ profile == \"full\" }}', when: "
    "'{{ profile != \"minimum\" }}'}\ntoken: {type: str, default: abc}\n",
    "parts/flags.yml": "everything: {type: bool, default: '{{ tests and profile == \"full\" }}', "
    "when: false}\n",
    "a.txt.jinja": "{{ profile }} {{ tests }} {{ everything }} {{ token }}\n",
    "{% if tests %}tests{% endif %}/test_a.py": "def test() -> None: ...\n",
    "later.txt": "not rendered\n",
    ".copier-answers.yml.jinja": ANSWERS_FILE,
}
DELIMITED: Files = {
    "copier.yml": """\
_envops:
  block_start_string: "[%"
  block_end_string: "%]"
  variable_start_string: "[["
  variable_end_string: "]]"
  comment_start_string: "[#"
  comment_end_string: "#]"
  trim_blocks: true
  lstrip_blocks: true
  undefined: jinja2.StrictUndefined
_templates_suffix: ""
_subdirectory: "template"
_exclude:
  - "[% if ci not in ['github', 'both'] %].github[% endif %]"
  - "[% if ci == 'none' %]*.sh[% endif %]"
  - "*.orig"
ci: {type: str, choices: [none, github, both], default: github}
slug: "[[ _folder_name ]]-x"
""",
    "template/[[ _copier_conf.answers_file ]]": "[[ _copier_answers|to_nice_yaml ]]",
    "template/src/[[ slug ]]/a.py": "SLUG = '[[ slug ]]'\n[# gone #]\n"
    "[% if ci %]\n    x\n[% endif %]\n",
    "template/.github/ci.yml": "run: ${{ x }} [[ ci ]]\n",
    "template/run.sh": "#!/bin/sh\necho [[ slug ]]\n",
    "template/notes.orig": "never\n",
    "template/logo.bin": bytes(range(256)),
}
SELECTING: Files = {
    "copier.yml": """\
team: {type: str, choices: {Blue: blue, Red: red}, default: blue}
parts:
  type: str
  multiselect: true
  choices: "{% if team == 'blue' %}[api, web]{% else %}[api, batch, queue]{% endif %}"
  default: [api]
ports: {type: int, multiselect: true, choices: {One: 1, Two: 2, Three: 3}, default: "[3, 1]"}
database:
  type: str
  choices:
    PostgreSQL: {value: pg, validator: "{% if team == 'red' %}only blue has it{% endif %}"}
    SQLite: lite
  default: lite
settings: {type: json, default: '{"a": [1, {"b": null}]}'}
more: {type: yaml, default: "x: [1, 2]\\ny: true\\n", multiline: true}
plain: {default: {k: [v]}}
secret: {type: str, secret: true, default: s3cret}
ratio: {type: float, default: 0.5, validator: "{% if ratio > 1 %}at most 1{% endif %}"}
where: {type: path, default: "a/b"}
asked: {type: bool, default: true, ask: false}
""",
    "{{ _copier_conf.answers_file }}.jinja": ANSWERS_FILE,
    "all.txt.jinja": "{{ team }} {{ parts|join(',') }} {{ ports }} {{ database }}\n"
    "{{ settings.a[1] }} {{ more.x|sum }} {{ plain }} {{ secret }} {{ ratio }}\n"
    "{{ where }} {{ asked }}\n",
    "{% if 'web' in parts %}web{% endif %}/index.html.jinja": "<h1>{{ team }}</h1>\n",
}
LOOPING: Files = {
    "copier.yml": """\
services: {type: yaml, default: "[orders, stock]"}
kinds: {type: str, multiselect: true, choices: [a, b], default: [a, b]}
_exclude: [copier.yml, includes]
""",
    "includes/macros.jinja": "{% macro greet(x) %}Hello {{ x }}!{% endmacro %}",
    "includes/head.txt": "# {{ services|length }}\n",
    "services/{% yield one from services %}{{ one }}{% endyield %}/a.txt.jinja": "{% from "
    "'includes/macros.jinja' import greet with context %}{% include 'includes/head.txt' %}"
    "{{ greet(one) }} {{ pathjoin('a', one) }}\n",
    "{% yield kind from kinds %}{{ kind }}.md{% endyield %}.jinja": "{{ kind|upper }}\n",
    "hash.txt.jinja": "{{ services|to_json }} {{ 'x'|hash('sha1') }} {{ 'x'|b64encode }}\n",
}
EXTERNAL: Files = {
    "copier.yml": """\
_external_data: {parent: "{{ parent }}"}
_answers_file: .config/answers.yml
_skip_if_exists: ["{{ name }}.md", "docs/*", "!docs/always.md"]
_message_before_copy: "Hello {{ name }}"
_message_after_copy: "Done {{ name }}"
parent: {type: str, default: .parent.yml}
name: {type: str, default: "{{ _external_data.parent.name|default('none') }}"}
""",
    "{{ _copier_conf.answers_file }}.jinja": ANSWERS_FILE,
    "{{ name }}.md.jinja": "# {{ name }}\n",
    "docs/always.md": "always\n",
    "docs/once.md": "once\n",
}
WORKING: Files = {
    "copier.yml": """\
_tasks:
  - "echo {{ name }} $STAGE > task.txt"
  - [python3, "{{ _copier_conf.src_path }}/task.py", "{{ name }}"]
  - {command: "echo here > here.txt", when: "{{ nested }}", working_directory: "./folder"}
  - {command: "rm -f gone.txt"}
  - {command: "exit 1", when: false}
_message_after_copy: "Run {{ name }}"
_migrations:
  - "echo never run by a copy >> migrated.txt"
name: {type: str, default: shop}
nested: {type: bool, default: true}
_exclude: [copier.yml, task.py]
""",
    "task.py": "import sys, pathlib\npathlib.Path('made.py').write_text(sys.argv[1])\n"
    "pathlib.Path('made.py').chmod(0o755)\nprint('loud')\n",
    "folder/a.txt.jinja": "{{ name }}\n",
    "gone.txt": "a task removes it\n",
}
FILES: Files = {
    "copier.yml": "_preserve_symlinks: true\nname: {type: str, default: Müller}\n",
    "{{ name }}/größe.txt.jinja": "{{ name }} ÄÖÜ €\n",
    "crlf.txt.jinja": b"a {{ name }}\r\nb\r\n",
    "no-end.txt.jinja": "{{ name }}",
    "empty.txt": "",
    "bytes.bin": bytes(range(256)) * 9,
    "bin/run": "#!/bin/sh\ntrue\n",
    "bin/render.sh.jinja": "#!/bin/sh\necho {{ name }}\n",
    "with blank/ä b.txt": "plain {{ name }}\n",
    "raw.txt.jinja": "{% raw %}{{ name }}{% endraw %}\n\n\n",
}
LINKS: Mapping[str, str] = {
    "link.txt": "no-end.txt",
    "bin/back": "../with blank",
    "{{ name }}/to.jinja": "{{ name|lower }}.txt",
}

TEMPLATES: Mapping[str, Files] = {
    "package": PACKAGE,
    "addons": ADDONS,
    "included": INCLUDED,
    "delimited": DELIMITED,
    "selecting": SELECTING,
    "looping": LOOPING,
    "external": EXTERNAL,
    "working": WORKING,
    "files": FILES,
}
ANSWERED: Mapping[str, list[dict[str, Any]]] = {
    "package": [
        {},
        {"project_name": "My Till", "docs": "mkdocs", "cli": True, "license": ""},
        {"license": "Apache-2.0", "docs": "none", "python": "3.13"},
    ],
    "addons": [{}, {"version": 12.0}, {"version": 14.0, "pyproject": True, "ruff": False}],
    "included": [{}, {"profile": "full", "token": "xyz"}],
    "delimited": [{}, {"ci": "none"}],
    "selecting": [
        {},
        {"team": "red", "parts": ["queue", "api"], "ports": [2], "ratio": 1},
        {"parts": ["web"], "database": "pg", "settings": {"a": [0, "z"]}, "secret": "mine"},
    ],
    "looping": [{}, {"services": ["one"], "kinds": []}],
    "external": [{}, {"name": "till"}],
    "working": [{}, {"name": "till", "nested": False}],
    "files": [{}, {"name": "a b"}],
}
CASES = [(name, answers) for name, given in ANSWERED.items() for answers in given]
