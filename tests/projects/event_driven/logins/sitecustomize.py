"""On a project's PYTHONPATH: each service logs in at the brokers as the user of its own."""

import os
import re
import sys

served = re.search(r" (\w+)_service\.server:", " ".join(sys.orig_argv))
if served:
    os.environ["KAFKA_SASL_USERNAME"] = f"kafka-{served[1].replace('_', '-')}"
