"""`make chaos`: what is promised is counted after kills, repetitions and poison."""
