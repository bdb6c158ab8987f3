"""What the catalog reads from the environment."""

from datetime import timedelta

from pydantic import Field

from kit.settings import CommonSettings


class CatalogSettings(CommonSettings):
    """Of whichever process serves the catalog."""

    reservation_minutes: float = Field(default=15, gt=0)
    search_timeout_seconds: float = Field(default=1, gt=0, le=60)
    reservation_sweep_seconds: float = Field(default=5, gt=0)
    # Longer than any message about an order may come late: a month is twice what topics keep.
    retention_reservations_days: float = Field(default=30, ge=15)

    @property
    def hold_for(self) -> timedelta:
        """How long a reservation lives that nobody confirms."""
        return timedelta(minutes=self.reservation_minutes)

    @property
    def keep_released(self) -> timedelta:
        """How long the reservation of an order that is over stays."""
        return timedelta(days=self.retention_reservations_days)

    @property
    def sweep_every(self) -> timedelta:
        """How often expired reservations are looked for."""
        return timedelta(seconds=self.reservation_sweep_seconds)

    @property
    def search_timeout(self) -> timedelta:
        """How long a search may take, and wait for others."""
        return timedelta(seconds=self.search_timeout_seconds)
