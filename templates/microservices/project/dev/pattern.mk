# What only a project of services that call each other has.

# What `make keys` makes beside passwords.
KEYS = @sh dev/service_keys.sh $(SERVICES)

.PHONY: chaos
chaos: .venv/ready ## place orders while processes are killed at random; CHAOS_SECONDS=20 CHAOS_SEED=…
	$(PY) -m pytest tests/chaos -s
