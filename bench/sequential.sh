#!/usr/bin/env bash
# The yardstick of the whole-chain benchmark: what a careful CI script does today, one step after another, with the tools a user would pick.
# Wants on PATH: docker, kind, kustomize, clusterctl, kubectl, go. In the environment: SOURCE (a Cluster API checkout), NODE_IMAGE, KUBERNETES_VERSION,
# CERT_MANAGER_MANIFEST (a URL), BASE_IMAGE (in the engine), REGISTRY_IMAGE, IMAGE_MIRROR (a port of this machine that nodes may pull upstream images from, or empty), WORK (a folder),
# BIN (a folder that stays from run to run: `go build` doesn't link what is up to date there).
# Prints one line a step: milliseconds and its name.
set -euo pipefail
NAME=capi-bench REGISTRY_NAME=capi-bench-registry PORT=5055
REGISTRY=localhost:$PORT
export KUBECONFIG=$WORK/kubeconfig CGO_ENABLED=0
export CLUSTER_TOPOLOGY=true EXP_MACHINE_POOL=true EXP_RUNTIME_SDK=true
export CLUSTER_NAME=demo NAMESPACE=default CONTROL_PLANE_MACHINE_COUNT=1 WORKER_MACHINE_COUNT=2

remove() { kind delete cluster --name $NAME >/dev/null 2>&1 || true; docker rm -fv $REGISTRY_NAME >/dev/null 2>&1 || true; }
[ "${1:-}" = down ] && { remove; exit; }
remove
start=$(date +%s%3N) last=$start
step() { local now; now=$(date +%s%3N); printf '%d %s\n' $((now - last)) "$*"; last=$now; }

# kind and a local registry, as kind's own documentation does it
docker run -d --restart=always -p 127.0.0.1:$PORT:5000 --name $REGISTRY_NAME "$REGISTRY_IMAGE" >/dev/null
kind create cluster --name $NAME --wait 120s --config - >"$WORK/kind.log" 2>&1 <<KIND
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
containerdConfigPatches: ["[plugins.\"io.containerd.grpc.v1.cri\".registry]\n  config_path = \"/etc/containerd/certs.d\""]
networking: {ipFamily: ipv4}
nodes: [{role: control-plane, image: "$NODE_IMAGE", extraMounts: [{hostPath: /var/run/docker.sock, containerPath: /var/run/docker.sock}]}]
KIND
docker network connect kind $REGISTRY_NAME
hosts() { docker exec $NAME-control-plane sh -c "mkdir -p /etc/containerd/certs.d/$1; printf '[host.\"%s\"]\n' $2 > /etc/containerd/certs.d/$1/hosts.toml"; }
hosts $REGISTRY http://$REGISTRY_NAME:5000
if [ -n "${IMAGE_MIRROR:-}" ]; then
  gateway=$(docker network inspect kind -f '{{range .IPAM.Config}}{{println .Gateway}}{{end}}' | grep -m1 '\.')
  for host in quay.io registry.k8s.io docker.io gcr.io; do hosts $host "http://$gateway:$IMAGE_MIRROR"; done
fi
step kind and registry

cd "$SOURCE"
build() { # MODULE PACKAGE IMAGE USER
  mkdir -p "$WORK/$3" "$BIN"
  (cd "$1" && go build -trimpath -ldflags "-s -w" -o "$BIN/$3" "$2")
  cp "$BIN/$3" "$WORK/$3/manager"
  printf 'FROM %s\nCOPY manager /manager\nUSER %s\nENTRYPOINT ["/manager"]\n' "$BASE_IMAGE" "$4" >"$WORK/$3/Dockerfile"
  docker build -q -t "$REGISTRY/$3:dev" "$WORK/$3" >/dev/null
  docker push -q "$REGISTRY/$3:dev" >/dev/null
  step build and push "$3"
}
build . . cluster-api-controller 65532
build . ./bootstrap/kubeadm kubeadm-bootstrap-controller 65532
build . ./controlplane/kubeadm kubeadm-control-plane-controller 65532
build test ./infrastructure/docker capd-manager 0

curl -sfL "$CERT_MANAGER_MANIFEST" -o "$WORK/cert-manager.yaml"
kubectl apply --server-side -f "$WORK/cert-manager.yaml" >/dev/null
kubectl -n cert-manager wait deployment --all --for=condition=Available --timeout=180s >/dev/null
until kubectl apply --dry-run=server -f - >/dev/null 2>&1 <<<'{"apiVersion":"cert-manager.io/v1","kind":"Issuer","metadata":{"name":"probe","namespace":"default"},"spec":{"selfSigned":{}}}'; do sleep 0.5; done
step cert-manager

deploy() {
  kustomize build "$1" >"$WORK/rendered.yaml"
  clusterctl generate yaml --from "$WORK/rendered.yaml" | sed -E "s#image: gcr.io/k8s-staging-cluster-api/([a-z-]+):.*#image: $REGISTRY/\1:dev#; s#imagePullPolicy: Always#imagePullPolicy: IfNotPresent#" >"$WORK/substituted.yaml"
  until kubectl apply --server-side -f "$WORK/substituted.yaml" >/dev/null 2>"$WORK/apply.err"; do sleep 1; done
  step apply "$1"
}
deploy config/default
deploy bootstrap/kubeadm/config/default
deploy controlplane/kubeadm/config/default
deploy test/infrastructure/docker/config/default
for namespace in capi-system capi-kubeadm-bootstrap-system capi-kubeadm-control-plane-system capd-system; do
  kubectl -n $namespace wait deployment --all --for=condition=Available --timeout=180s >/dev/null
done
step providers available

for template in clusterclass-in-memory cluster-template-in-memory; do
  until clusterctl generate yaml --from "test/infrastructure/docker/templates/$template.yaml" | kubectl apply -f - >/dev/null 2>"$WORK/apply.err"; do sleep 1; done
done
kubectl wait cluster/demo --for=condition=Available --timeout=300s >/dev/null
step workload cluster available
printf '%d in all\n' $(($(date +%s%3N) - start))
