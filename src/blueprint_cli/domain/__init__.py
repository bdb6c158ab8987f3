"""The user's own domain: contexts and entities as ``blueprint.yaml`` describes them."""
