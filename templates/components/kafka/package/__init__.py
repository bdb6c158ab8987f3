"""Events over Apache Kafka: outbox to topics, topics to inbox, retries and dead letters."""
