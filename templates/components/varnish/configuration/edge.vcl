# The edge: a cache in front of the gateway, for what anyone may read.
#
# By default nothing is kept. What is carries CDN-Cache-Control (RFC 9213), which the application puts
# on its public answers alone, and Surrogate-Key, by which an event that changed them removes them.
# A request with credentials is never answered from here, nor is its answer kept.
#
# TLS ends in front of it. Two sockets: "public" for clients, "operators" for PURGE and /livez.

vcl 4.1;

import std;
import var;
import xkey;

include "./origin.vcl";

sub vcl_recv {
    if (local.socket == "operators") {
        return (synth(700));
    }
    if (req.restarts == 0) {
        unset req.http.X-Edge-Stale;
        if (client.ip !~ balancers) {
            set req.http.X-Forwarded-For = client.ip;
        }
        # An answer that was kept says the id of the request that it answers now.
        if (req.http.X-Request-ID !~ "^[A-Za-z0-9._-]{1,128}$") {
            set req.http.X-Request-ID = std.time2real(now, 0.0) + "-" + req.xid;
        }
    }
    if (req.http.X-Edge-Stale == "no") {
        set req.grace = 0s; # wait for the new answer
    } elsif (req.http.X-Edge-Stale == "yes") {
        set req.grace = 1000d;
    }
    if (!req.http.Host && req.proto == "HTTP/1.1") {
        return (synth(400));
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.http.Authorization || req.http.Cookie) {
        return (pass);
    }
    # What only the application compares; of If-None-Match Varnish reads one tag.
    if (req.http.If-Match || req.http.If-Unmodified-Since || req.http.If-None-Match ~ "[,*]") {
        return (pass);
    }
    # Pages of unknown origins see what everybody without an origin sees, and make no copies here.
    if (req.http.Origin && !std.strstr("," + std.getenv("CORS_ORIGINS") + ",", "," + req.http.Origin + ",")) {
        unset req.http.Origin;
    }
    unset req.http.Range; # as everywhere behind it
    return (hash);
}

# One site: by the host, anybody could fill the memory with copies.
sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_hit {
    if (obj.ttl >= 0s) {
        return (deliver);
    }
    # RFC 5861. Within stale-while-revalidate it is fetched anew meanwhile; after that the client waits,
    # and gets what is stale only where that fails.
    if (obj.ttl + std.duration(obj.http.X-Revalidate + "s", 0s) > 0s) {
        return (deliver);
    }
    if (req.http.X-Edge-Stale == "yes" || !std.healthy(req.backend_hint)) {
        return (deliver);
    }
    set req.http.X-Edge-Stale = "no";
    return (restart);
}

sub vcl_backend_fetch {
    var.set_string("stale", bereq.http.X-Edge-Stale);
    unset bereq.http.X-Edge-Stale;
    # What is fetched while something is purged may be older than the purge.
    var.set_string("purge", "" + var.global_get("purge"));
    return (fetch);
}

sub vcl_backend_response {
    if (beresp.status >= 500 && (bereq.is_bgfetch || var.get_string("stale") == "no")) {
        return (abandon); # what is stale stays
    }
    if (bereq.uncacheable
        || beresp.http.CDN-Cache-Control !~ "max-age=[0-9]+"
        || beresp.http.Cache-Control ~ "private|no-store"
        || beresp.http.Set-Cookie
        || beresp.http.Vary ~ "\*"
        || beresp.status != 200) {
        # For so long requests of the same do not wait for each other.
        set beresp.uncacheable = true;
        set beresp.ttl = 10s;
        set beresp.grace = 0s;
        return (deliver);
    }
    set beresp.ttl = std.duration(regsub(beresp.http.CDN-Cache-Control, ".*max-age=([0-9]+).*", "\1") + "s", 0s);
    set beresp.grace = std.duration(regsub(beresp.http.CDN-Cache-Control, ".*stale-if-error=([0-9]+).*|.*", "\1") + "s", 0s);
    set beresp.keep = 0s;
    set beresp.http.X-Revalidate = regsub(beresp.http.CDN-Cache-Control, ".*stale-while-revalidate=([0-9]+).*|.*", "\1");
    set beresp.http.xkey = beresp.http.Surrogate-Key;
    if (var.get_string("purge") != "" + var.global_get("purge")) {
        set beresp.ttl = 0s;
        set beresp.grace = 0s;
    }
    return (deliver);
}

# The client's side answers, or takes what is stale.
sub vcl_backend_error {
    return (abandon);
}

sub vcl_deliver {
    if (obj.uncacheable) {
        set resp.http.Cache-Status = "edge; fwd=bypass";
    } elsif (obj.hits == 0) {
        set resp.http.Cache-Status = "edge; fwd=miss";
    } elsif (obj.ttl < 0s) {
        set resp.http.Cache-Status = "edge; hit; fwd=stale";
    } else {
        set resp.http.Cache-Status = "edge; hit";
    }
    set resp.http.X-Request-ID = req.http.X-Request-ID;
    unset resp.http.CDN-Cache-Control;
    unset resp.http.Surrogate-Key;
    unset resp.http.X-Revalidate;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
    unset resp.http.xkey;
    return (deliver);
}

sub vcl_synth {
    if (resp.status == 700) {
        call operate;
    } elsif (req.http.X-Edge-Stale == "no") {
        set req.http.X-Edge-Stale = "yes";
        return (restart);
    }
    set resp.http.X-Request-ID = req.http.X-Request-ID;
    set resp.http.Cache-Control = "no-store";
    set resp.http.X-Content-Type-Options = "nosniff";
    unset resp.http.X-Varnish;
    if (req.http.Origin) { # a known one
        set resp.http.Access-Control-Allow-Origin = req.http.Origin;
        set resp.http.Access-Control-Expose-Headers = "ETag, Idempotency-Replayed, Location, Retry-After, X-Request-ID";
    }
    set resp.http.Vary = "Origin";
    if (resp.status == 503) {
        set resp.http.Retry-After = "2";
    }
    if (resp.status >= 400) {
        # As the application answers: problem details (RFC 9457).
        set resp.http.Content-Type = "application/problem+json";
        synthetic({"{"type":"about:blank","title":""} + resp.reason + {"","code":""}
            + regsub(regsub(resp.status, "^4.*", "malformed_request"), "^5.*", "unavailable")
            + {"","status":"} + resp.status + "}");
    }
    return (deliver);
}

# For the network of operators and of the application alone; nothing publishes its socket.
sub operate {
    set resp.status = 405;
    if (req.method == "GET" && req.url == "/livez") {
        set resp.status = 204;
    } elsif (req.method == "PURGE") {
        if (!std.getenv("EDGE_PURGE_TOKEN") || req.http.Authorization != "Bearer " + std.getenv("EDGE_PURGE_TOKEN")) {
            set resp.status = 403;
        } elsif (!req.http.Surrogate-Key) {
            set resp.status = 400;
        } else {
            var.global_set("purge", req.xid);
            set resp.http.X-Purged = xkey.purge(req.http.Surrogate-Key);
            set resp.status = 204;
        }
    }
}
