# `environment.sh FOLDER`: nginx does not read the environment, so its variables become entries of the
# maps in site.conf.
set -eu

# Of a request whose headers cannot be read nobody knows the origin: the only one then, or any.
exec > "$1/origins.conf"
count=0
for origin in $(printf %s "${CORS_ORIGINS:-}" | tr , ' '); do
    case $origin in
    *[!A-Za-z0-9.:/\[\]-]*)
        echo "CORS_ORIGINS: each must be an origin such as https://shop.example" >&2
        exit 1
        ;;
    esac
    printf '"%s" "%s";\n' "$origin" "$origin"
    count=$((count + 1))
    only=$origin
done
case $count in
0) ;;
1) printf '"" "%s";\n' "$only" ;;
*) printf '"" "*";\n' ;;
esac

# Which first bytes of a random number are those of a trace that is recorded.
exec > "$1/sampled.conf"
awk -v ratio="${TRACES_SAMPLE_RATIO:-1}" 'BEGIN {
    if (ratio !~ /^[0-9]*\.?[0-9]+$/ || ratio > 1) {
        print "TRACES_SAMPLE_RATIO: must be from 0 to 1" > "/dev/stderr"
        exit 1
    }
    share = int(ratio * 256 + 0.5)
    digits = "0123456789abcdef"
    high = int(share / 16)
    low = share % 16
    if (high > 0) print "\"~^[" substr(digits, 1, high) "]\" 01;"
    if (low > 0) print "\"~^" substr(digits, high + 1, 1) "[" substr(digits, 1, low) "]\" 01;"
    print "\"~^.\" 00;"
}'

# Connections and requests of nginx itself; its log has the rest.
exec > "$1/status.conf"
if [ -n "${STATUS_PORT:-}" ]; then
    echo "server { listen $STATUS_PORT; access_log off; location = /status { stub_status; } }"
fi
