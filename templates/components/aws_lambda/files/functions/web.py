"""The web server behind the Web Adapter: `granian --factory functions.web:create_app`."""

import os

from kit.instance import Instance


def create_app() -> Instance:
    """The application that COMPOSITION names, for as long as the instance lives."""
    return Instance(os.environ["COMPOSITION"], os.environ["AWS_LAMBDA_FUNCTION_NAME"])
