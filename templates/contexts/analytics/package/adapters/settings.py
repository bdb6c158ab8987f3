"""What analytics reads from the environment."""

from kit.settings import CommonSettings


class AnalyticsSettings(CommonSettings):
    """Of whichever process keeps the projection."""
