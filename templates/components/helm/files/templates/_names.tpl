{{/* An image of the project: list $ NAME. */}}
{{- define "image" -}}
{{- $root := index . 0 -}}
{{ $root.Values.image.registry }}{{ index . 1 }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{/* Variables of every process: the values', and whose certificates an operator's servers show. */}}
{{- define "settings" -}}
{{- $operators := dict }}
{{- if .Values.cloudnativePg.enabled }}{{ $_ := set $operators "PGSSLROOTCERT" "/etc/postgres-ca/ca.crt" }}{{ end }}
{{- if (.Values.strimzi).enabled }}{{ $_ := set $operators "KAFKA_SSL_CA_LOCATION" "/etc/kafka-ca/ca.crt" }}{{ end }}
{{- merge (deepCopy .Values.settings) $operators | toYaml }}
{{- end }}

{{/* When migrations run: before everything else, but not before the database that the chart brings. */}}
{{- define "migration.hook" -}}
{{- $first := "pre" }}
{{- if or .Values.postgres.enabled .Values.cloudnativePg.enabled (.Values.patroni).enabled }}{{ $first = "post" }}{{ end }}
{{- .Values.migration.hook | default (printf "%s-install,pre-upgrade" $first) | quote }}
{{- end }}

{{/* CloudNativePG makes the Secret; the key that is in it as well is its own. */}}
{{- define "postgres-ca.volume" }}{name: postgres-ca, secret: {secretName: postgres-ca, items: [{key: ca.crt, path: ca.crt}]}}{{ end }}
{{- define "postgres-ca.mount" }}{name: postgres-ca, mountPath: /etc/postgres-ca, readOnly: true}{{ end }}
{{- define "postgres-ca.variable" }}{name: PGSSLROOTCERT, value: /etc/postgres-ca/ca.crt}{{ end }}
