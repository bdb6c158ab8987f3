"""Every variable that the process reads; see each context's part for what it means."""

from catalog.adapters.settings import CatalogSettings
from identity.adapters.settings import IdentitySettings
from kit.settings import load
from notifications.adapters.settings import NotificationsSettings
from orders.adapters.settings import OrdersSettings


class Settings(IdentitySettings, CatalogSettings, OrdersSettings, NotificationsSettings):
    """The contexts' settings together."""


def from_environment() -> Settings:
    """Read and check them; raises kit.settings.SettingsError, which names the variable."""
    return load(Settings)
