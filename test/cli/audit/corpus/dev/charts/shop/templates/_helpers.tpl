{{- define "shop.fullname" -}}
{{- .Release.Name }}-shop
{{- end -}}
{{- define "shop.url" -}}
postgres://{{ .Values.auth.username }}:{{ .Values.auth.password }}@{{ .Values.host }}/shop
{{- end -}}
