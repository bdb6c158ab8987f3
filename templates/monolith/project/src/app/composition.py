"""Everything that the process is made of, wired explicitly; for the server and for the tests."""

from app.contexts import CONTEXTS
from app.settings import Settings
from catalog import wiring as catalog
from identity import wiring as identity
from kit.bus import Bus
from kit.composition import Application, Foundation, compose, migrated, open_database
from notifications import wiring as notifications
from orders import wiring as orders
from orders.adapters.catalog_by_facade import CatalogByFacade


def build(settings: Settings) -> Application:
    """Wire every context on one database and one bus."""
    database = open_database(settings, settings.service_name)
    bus = Bus()
    foundation = Foundation(database, bus, bus.deliver, deliver_together=bus.deliver_together)
    who = identity.wire(foundation, settings)
    stock = catalog.wire(foundation, settings, who.authenticate)
    sales = orders.wire(foundation, settings, who.authenticate, CatalogByFacade(stock.facade))
    news = notifications.wire(foundation, settings, who.authenticate)
    parts = (who.part, stock.part, sales, news)
    return compose(database, parts, migrated(settings, CONTEXTS))
