"""Cookiecutter templates, written anew with what public ones are made of, and answers to each.

- `package`: as cookiecutter-pypackage and cookiecutter-uv: composed variables, choices, hooks in
  Python that check a name and remove files.
- `application`: as cookiecutter-django: many choices of y and n, hooks before and after, folders
  that are copied as they are.
- `data`: dictionary variables, nested ones too, in prompts and loops.
- `private`: computed and private variables, an extension of its own, other delimiters, line ends.
- `nested`: as scientific repositories of several templates: the key `templates`.
- `older`: the same with the older key `template`.
- `conditional`: booleans, files and folders that are there under a condition.
- `hooked`: hooks in shell, and one before the questions.
- `files`: bytes, modes, links, line endings, includes, names in other letters.
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.engines.written import Files

TOP = "{{ cookiecutter.slug }}"

PACKAGE: Files = {
    "cookiecutter.json": json.dumps(
        {
            "full_name": "Ada Lovelace",
            "project_name": "Python Boilerplate",
            "slug": "{{ cookiecutter.project_name|lower|replace(' ', '_')|replace('-', '_') }}",
            "version": "0.1.0",
            "first_version": 1,
            "command_line_interface": ["Typer", "Argparse", "No command-line interface"],
            "open_source_license": ["MIT license", "BSD license", "Not open source"],
            "use_pypi": "y",
        }
    ),
    "hooks/pre_gen_project.py": "import re, sys\nname = '{{ cookiecutter.slug }}'\n"
    "if not re.match(r'^[a-z_][a-z0-9_]+$', name):\n    print('ERROR: bad', name)\n"
    "    sys.exit(1)\n",
    "hooks/post_gen_project.py": "import os\n"
    "if '{{ cookiecutter.open_source_license }}' == 'Not open source':\n    os.remove('LICENSE')\n"
    "if 'No ' in '{{ cookiecutter.command_line_interface }}':\n"
    "    os.remove(os.path.join('src', '{{ cookiecutter.slug }}', 'cli.py'))\n",
    f"{TOP}/README.md": "{{ cookiecutter.project_name }}\n"
    "{% for _ in cookiecutter.project_name %}={% endfor %}\n",
    f"{TOP}/LICENSE": "{{ cookiecutter.open_source_license }}, {{ cookiecutter.full_name }}\n",
    f"{TOP}/src/{TOP}/__init__.py": '__version__ = "{{ cookiecutter.version }}"\n',
    f"{TOP}/src/{TOP}/cli.py": "# {{ cookiecutter.command_line_interface }}\n",
    f"{TOP}/.github/ci.yml": "run: ${{ '{{' }} matrix.python {{ '}}' }}\n",
}
APPLICATION: Files = {
    "cookiecutter.json": json.dumps(
        {
            "project_name": "My Awesome Project",
            "slug": "{{ cookiecutter.project_name.lower()|replace(' ', '_') }}",
            "timezone": "UTC",
            "windows": "n",
            "editor": ["None", "PyCharm", "VS Code"],
            "use_docker": "n",
            "postgresql_version": ["18", "17"],
            "frontend_pipeline": ["None", "Webpack"],
            "debug": "n",
            "_copy_without_render": ["*.html", "static/*", "templates", ".github/*.yml"],
        }
    ),
    "hooks/pre_gen_project.sh": "#!/bin/sh\necho 'WARNING: {{ cookiecutter.slug }}'\n",
    "hooks/post_gen_project.py": """\
import shutil
from pathlib import Path

if "{{ cookiecutter.use_docker }}".lower() == "n":
    shutil.rmtree("compose")
if "{{ cookiecutter.editor }}" != "PyCharm":
    shutil.rmtree(".idea")
text = Path(".env").read_text()
Path(".env").write_text(text.replace("!!!SET!!!", "{{ cookiecutter.slug }}"))
""",
    f"{TOP}/.env": "SECRET=!!!SET!!!\n",
    f"{TOP}/.idea/{TOP}.iml": "<x>{{ cookiecutter.editor }}</x>\n",
    f"{TOP}/compose/Dockerfile": "FROM postgres:{{ cookiecutter.postgresql_version }}\n",
    f"{TOP}/static/app.js": "const a = `{{ not filled in }}`;\n",
    f"{TOP}/templates/{TOP}/base.html": "{% block x %}{{ y }}{% endblock %}\n",
    f"{TOP}/page.html": "{{ y }}\n",
    f"{TOP}/.github/ci.yml": "run: ${{ y }}\n",
    f"{TOP}/manage.py": "#!/usr/bin/env python\n# {{ cookiecutter.timezone }}\n",
}
DATA: Files = {
    "cookiecutter.json": json.dumps(
        {
            "slug": "formats",
            "kind": "img",
            "file_types": {
                "png": {"name": "Portable {{ cookiecutter.kind }}", "apps": ["GIMP", "Krita"]},
                "{{ cookiecutter.kind }}": {"name": "raw", "libs": {"read": "x", "n": 3}},
            },
            "__counted": {"n": "{{ cookiecutter.kind|length }}"},
            "_plain": {"as": "{{ it is }}"},
            "empty": {},
            "__prompts__": {
                "kind": "What [bold yellow]kind[/]?",
                "file_types": "Which types?",
            },
        }
    ),
    f"{TOP}/all.txt": "{% for ext, one in cookiecutter.file_types|dictsort %}"
    "{{ ext }}: {{ one.name }} {{ one.apps|default([])|join('+') }} {{ one.libs|default({}) }}\n"
    "{% endfor %}{{ cookiecutter.__counted.n }} {{ cookiecutter._plain }}\n",
    f"{TOP}/as.json": "{{ cookiecutter.file_types|jsonify }}",
    f"{TOP}/given.txt": "{{ _cookiecutter.kind }} {{ _cookiecutter.file_types|length }}\n",
}
PRIVATE: Files = {
    "cookiecutter.json": json.dumps(
        {
            "name": "Ada's Shop",
            "slug": "<< cookiecutter.name|slugify >>",
            "_not_rendered": "<< cookiecutter.name >>",
            "__rendered": "<< cookiecutter.slug|shout >>",
            "_extensions": ["local_extensions.shout", "jinja2.ext.do"],
            "_jinja2_env_vars": {
                "variable_start_string": "<<",
                "variable_end_string": ">>",
                "trim_blocks": True,
            },
            "_new_lines": "\r\n",
        }
    ),
    "local_extensions.py": "from cookiecutter.utils import simple_filter\n\n\n"
    "@simple_filter\ndef shout(text):\n    return text.upper() + '!'\n",
    "<< cookiecutter.slug >>/a.txt": "<< cookiecutter.__rendered >>\n"
    "<< cookiecutter._not_rendered >>\n"
    "{{ kept }} {% do [].append(1) %}\n{% if true %}\nyes\n{% endif %}\n",
}
NESTED: Files = {
    "cookiecutter.json": json.dumps(
        {
            "templates": {
                "service": {"path": "./service", "title": "A service", "description": "With HTTP"},
                "library": {"path": "libraries/plain", "title": "library"},
            }
        }
    ),
    "service/cookiecutter.json": '{"slug": "svc", "port": "80"}',
    f"service/{TOP}/a.txt": "{{ cookiecutter.port }}\n",
    "libraries/plain/cookiecutter.json": '{"slug": "lib", "tests": true}',
    "libraries/plain/hooks/post_gen_project.sh": "#!/bin/sh\n"
    "echo {{ cookiecutter.tests }} > hooked\n",
    f"libraries/plain/{TOP}/b.txt": "{{ cookiecutter.tests }}\n",
}
OLDER: Files = {
    "cookiecutter.json": json.dumps({"template": ["A package (package)", "Other (./other)"]}),
    "package/cookiecutter.json": '{"slug": "pack"}',
    f"package/{TOP}/a.txt": "{{ cookiecutter.slug }}\n",
    "other/cookiecutter.json": '{"slug": "other"}',
    f"other/{TOP}/b.txt": "{{ cookiecutter.slug }}\n",
}
CONDITIONAL: Files = {
    "cookiecutter.json": json.dumps(
        {
            "slug": "cond",
            "docs": True,
            "docker": False,
            "ci": ["none", "github"],
            "nothing": "",
            "__docs_name": "{% if cookiecutter.docs %}docs{% else %}no-docs{% endif %}",
        }
    ),
    f"{TOP}/{{% if cookiecutter.docker %}}Dockerfile{{% endif %}}": "FROM x\n",
    f"{TOP}/.{{{{ 'github' if cookiecutter.ci == 'github' else 'ci' }}}}/ci.yml": "x\n",
    f"{TOP}/{{{{ cookiecutter.__docs_name }}}}/index.md": "# {{ cookiecutter.slug }}\n",
    f"{TOP}/state.txt": "{{ cookiecutter.docs }} {{ cookiecutter.docker }}\n"
    "{{ cookiecutter.nothing }}\n",
}
HOOKED: Files = {
    "cookiecutter.json": '{"slug": "hooked", "user": "nobody"}',
    "hooks/pre_prompt.py": "import json, pathlib\nfile = pathlib.Path('cookiecutter.json')\n"
    "found = json.loads(file.read_text())\nfound['user'] = 'somebody'\n"
    "file.write_text(json.dumps(found))\n",
    "hooks/pre_gen_project.sh": "#!/bin/sh\necho before {{ cookiecutter.user }} > before.txt\n",
    "hooks/post_gen_project.sh": "#!/bin/sh\ncat before.txt > after.txt\n"
    "pwd | grep -c hooked >> after.txt\n"
    "chmod 755 after.txt\nln -s after.txt linked.txt\ngit init -q . 2>/dev/null\necho loud\n",
    f"{TOP}/a.txt": "{{ cookiecutter.user }}\n",
}
FILES: Files = {
    "cookiecutter.json": json.dumps({"name": "Müller", "slug": "files"}),
    "templates/macros.txt": "{% macro greet(x) %}Hello {{ x }}{% endmacro %}",
    f"{TOP}/größe {{{{ cookiecutter.name }}}}.txt": "ÄÖÜ {{ cookiecutter.name }}\n",
    f"{TOP}/crlf.txt": b"a {{ cookiecutter.name }}\r\nb\r\n",
    f"{TOP}/no-end.txt": "{{ cookiecutter.name }}",
    f"{TOP}/empty.txt": "",
    f"{TOP}/bytes.bin": bytes(range(256)) * 9,
    f"{TOP}/bin/run": "#!/bin/sh\necho {{ cookiecutter.slug }}\n",
    f"{TOP}/included.txt": "{% from 'macros.txt' import greet %}{{ greet(cookiecutter.name) }}\n",
    f"{TOP}/raw.txt": "{% raw %}{{ cookiecutter.name }}{% endraw %}\n\n\n",
}
LINKS: Mapping[str, str] = {f"{TOP}/link.txt": "no-end.txt"}

TEMPLATES: Mapping[str, Files] = {
    "package": PACKAGE,
    "application": APPLICATION,
    "data": DATA,
    "private": PRIVATE,
    "nested": NESTED,
    "older": OLDER,
    "conditional": CONDITIONAL,
    "hooked": HOOKED,
    "files": FILES,
}
ANSWERED: Mapping[str, list[dict[str, Any]]] = {
    "package": [
        {},
        {"project_name": "My-Till", "open_source_license": "Not open source", "first_version": "2"},
        {"command_line_interface": "No command-line interface", "use_pypi": "n"},
    ],
    "application": [
        {},
        {"use_docker": "y", "editor": "PyCharm", "postgresql_version": "17", "slug": "till"},
    ],
    "data": [{}, {"kind": "snd"}],
    "private": [{}, {"name": "Till"}],
    "nested": [{}, {"port": "81"}],
    "older": [{}, {"slug": "till"}],
    "conditional": [{}, {"docs": "no", "docker": "yes", "ci": "github", "nothing": "x"}],
    "hooked": [{}, {"user": "Ada"}],
    "files": [{}, {"name": "a b"}],
}
CASES = [(name, answers) for name, given in ANSWERED.items() for answers in given]
