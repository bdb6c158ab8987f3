{{/* An image of the project: list $ NAME. */}}
{{- define "image" -}}
{{- $root := index . 0 -}}
{{ $root.Values.image.registry }}{{ index . 1 }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}
