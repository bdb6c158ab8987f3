"""The product list on the article's stack: Flask, Flask-SQLAlchemy, gunicorn with threads.

It reads the generated project's own table and answers with the same JSON. What the project ships is
on here too, in the way this stack does it: validated parameters, keyset cursors, ETag and
conditional requests, metrics, a request identifier, a structured log line per request.
"""

import base64
import hashlib
import json
import logging
import os
import time
import uuid
from datetime import datetime

from flask import Flask, Response, g, request
from flask_sqlalchemy import SQLAlchemy
from marshmallow import Schema, ValidationError, fields, validate
from prometheus_client import Counter, Histogram, generate_latest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The models' registry."""


db = SQLAlchemy(model_class=Base)
log = logging.getLogger("access")
REQUESTS = Counter("http_requests_total", "Requests.", ["method", "route", "status"])
SECONDS = Histogram("http_request_duration_seconds", "Duration.", ["method", "route"])
CACHE_CONTROL = "public, max-age=5, stale-while-revalidate=30, stale-if-error=300"


class Product(db.Model):  # type: ignore[name-defined,misc]  # made at run time
    __tablename__ = "products"
    __table_args__ = {"schema": "catalog"}  # noqa: RUF012 - SQLAlchemy's own convention

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    price_cents: Mapped[int]
    currency: Mapped[str]
    stock: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Parameters(Schema):
    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=100))
    cursor = fields.String(load_default=None, validate=validate.Length(max=512))
    q = fields.String(load_default=None, validate=validate.Length(max=100))


class ProductSchema(Schema):
    id = fields.UUID()
    sku = fields.String()
    name = fields.String()
    description = fields.String()
    price_cents = fields.Integer()
    currency = fields.String()
    stock = fields.Integer()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


PARAMETERS = Parameters()
PRODUCTS = ProductSchema(many=True)


def list_products() -> Response:
    try:
        wanted = PARAMETERS.load(request.args)
        after = (
            uuid.UUID(bytes=base64.urlsafe_b64decode(wanted["cursor"]))
            if wanted["cursor"]
            else None
        )
    except (ValidationError, ValueError):
        return Response('{"code":"validation_failed"}', 422, mimetype="application/problem+json")
    statement = db.select(Product).where(Product.deleted_at.is_(None))
    if after:
        statement = statement.where(Product.id < after)
    if wanted["q"]:
        pattern = f"%{wanted['q']}%"
        statement = statement.where(
            Product.name.ilike(pattern)
            | Product.description.ilike(pattern)
            | Product.sku.ilike(pattern)
        )
    statement = statement.order_by(Product.id.desc()).limit(wanted["limit"] + 1)
    rows = db.session.scalars(statement).all()
    page = rows[: wanted["limit"]]
    more = len(rows) > wanted["limit"]
    cursor = base64.urlsafe_b64encode(page[-1].id.bytes).decode() if more else None
    body = json.dumps({"items": PRODUCTS.dump(page), "next_cursor": cursor})
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": CACHE_CONTROL}
    if request.headers.get("If-None-Match") == etag:
        return Response(status=304, headers=headers)
    return Response(body, headers=headers, mimetype="application/json")


def begin() -> None:
    g.started = time.perf_counter()
    g.request_id = request.headers.get("X-Request-ID") or str(uuid.uuid4())


def finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.started
    route = str(request.url_rule)
    REQUESTS.labels(request.method, route, response.status_code).inc()
    SECONDS.labels(request.method, route).observe(seconds)
    response.headers["X-Request-ID"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    log.info(
        json.dumps(
            {
                "event": "request",
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 2),
                "request_id": g.request_id,
            }
        )
    )
    return response


def create_app() -> Flask:
    """The application; DATABASE_URL names the generated project's database."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"].replace(
        "postgresql://", "postgresql+psycopg://", 1
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 16, "max_overflow": 0}
    db.init_app(app)
    app.before_request(begin)
    app.after_request(finish)
    app.get("/v1/products")(list_products)
    app.get("/metrics")(lambda: Response(generate_latest(), mimetype="text/plain"))
    return app
