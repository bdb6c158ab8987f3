# nginx does not read the environment: prints CORS_ORIGINS as entries of the map in site.conf. Of a
# request whose headers cannot be read nobody knows the origin: the only one then, or any.
set -eu
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
