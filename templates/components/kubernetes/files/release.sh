#!/bin/sh
# sh deploy/kubernetes/release.sh production: roll out what that overlay says. Migrations come first; new
# pods start once they are done. What fails leaves the pods of the last release serving.
set -eu
overlay=$(dirname "$0")/overlays/${1:?development, staging or production}
namespace=$(sed -n 's/^namespace: //p' "$overlay/kustomization.yaml")
migration=app.kubernetes.io/component=migration

kubectl delete job --namespace "$namespace" --selector "$migration" --ignore-not-found
# Everything but the processes, which have that label; what has none is applied as well.
kubectl apply --server-side --kustomize "$overlay" --selector 'app.kubernetes.io/component notin (server,api,relay,consumer)'
kubectl wait job --namespace "$namespace" --selector "$migration" --for condition=complete --timeout 20m
kubectl apply --server-side --kustomize "$overlay"
kubectl rollout status deployment --namespace "$namespace" --timeout 10m
