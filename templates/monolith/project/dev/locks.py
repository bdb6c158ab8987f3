"""The requirements files, and what each is made from."""

LOCKS = {  # in this order: what is shipped has the versions that were tested
    "requirements-dev.txt": ("pyproject.toml", "--group", "dev"),
    "requirements.txt": ("pyproject.toml", "--constraint", "requirements-dev.txt"),
}
