"""`python -m app.openapi`: print the API's document."""

import json
import sys

from pydantic import SecretStr

from app.composition import Settings
from app.server import create_app


def main() -> int:
    """Print it; nothing is connected to."""
    settings = Settings(environment="test", database_url=SecretStr("postgresql://nowhere/none"))
    print(json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
