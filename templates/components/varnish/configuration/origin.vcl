# Where this edge runs: what it asks, and whose word it takes for who a client is.

backend origin {
    .host = "gateway";
    .port = "8080";
    .connect_timeout = 2s;
    .first_byte_timeout = 20s;
    .between_bytes_timeout = 20s;
    .probe = {
        .url = "/.well-known/jwks.json";
        .interval = 1s;
        .timeout = 2s;
        .window = 4;
        .threshold = 2;
        .initial = 2;
    }
}

# The load balancer in front of the edge, if there is one: its addresses, a line each. With an
# address that others have, they invent theirs. This one is nobody's.
acl balancers {
    "192.0.2.0"/24;
}
