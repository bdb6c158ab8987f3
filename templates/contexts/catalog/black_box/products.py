"""Products as the suite makes and reads them."""

from typing import Any

from tests.blackbox.client import Client, Json, eventually, unique


def new_product(**fields: Any) -> Json:
    product = {
        "sku": unique("sku"),
        "name": "Teapot",
        "description": "Holds a litre",
        "price_cents": 1250,
        "currency": "EUR",
        "stock": 10,
    }
    return product | fields


def create_product(admin: Client, **fields: Any) -> Json:
    created = admin.ask("POST", "/v1/products", status=201, json=new_product(**fields))
    product: Json = created.json()
    return product


def get_product(client: Client, product_id: str) -> Json:
    found = client.ask("GET", "/v1/products/{id}", status=200, values={"id": product_id})
    product: Json = found.json()
    return product


def etag_of(client: Client, product_id: str) -> str:
    found = client.ask("GET", "/v1/products/{id}", status=200, values={"id": product_id})
    etag: str = found.headers["etag"]
    return etag


def stock_becomes(client: Client, product_id: str, stock: int) -> None:
    eventually(lambda: get_product(client, product_id), lambda found: found["stock"] == stock)
