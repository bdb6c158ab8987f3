"""Backend Blueprint: from an application's requirements to a running, tested project."""
