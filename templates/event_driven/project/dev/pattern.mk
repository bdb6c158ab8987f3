# What only a project on Kafka has.

.PHONY: chaos contracts dlq topics replay sales
# Their database is on the server of `make dev`, their brokers are those of `make dev`, or yours.
ON_KAFKA = $(PY) -m dev.run --database analytics $(PY) -m dev.brokers $(PY) -m

chaos: .venv/ready ## kill processes under load, then count; SECONDS=20 SEED=7
	$(PY) -m dev.chaos

contracts: .venv/ready ## write the events' schemas and docs/asyncapi.json
	$(PY) -m kit_kafka.commands.contracts write
	$(PY) -m dev.asyncapi

dlq: .venv/ready ## dead letters; ARGS='inspect orders/3', ARGS='replay orders'
	@$(ON_KAFKA) kit_kafka.commands.dlq $(ARGS)

topics: .venv/ready ## create topics, add partitions, set what differs
	@$(PY) -m dev.brokers $(PY) -m dev.topics

replay: .venv/ready ## build the analytics projection anew; SINCE=2026-01-31T00:00:00Z
	@$(ON_KAFKA) analytics_service.commands.replay $(SINCE)

sales: .venv/ready ## print the last days of sales
	@$(PY) -m dev.run --database analytics $(PY) -m analytics.commands.sales
