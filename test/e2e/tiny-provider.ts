/** The repository of a provider whose manager is built in seconds: it answers its probe, and tells how it was built. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const files = (golang: string): Readonly<Record<string, string>> => ({
  'go.mod': 'module example.test/cluster-api-provider-tiny\n\ngo 1.25.0\n',
  'main.go': `package main

import (
	"fmt"
	"net/http"
	"os"
)

var road = "go"

func main() {
	extra, _ := os.ReadFile("/extra")
	fmt.Printf("built by %s, extra %q, arguments %q\\n", road, extra, os.Args[1:])
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {})
	if err := http.ListenAndServe(":9440", nil); err != nil {
		panic(err)
	}
}
`,
  '.gitignore': 'bin/\n',
  Makefile: `GO_VERSION ?= ${golang}
IMG ?= example.test/tiny-controller:dev

.PHONY: docker-build
docker-build:
	CGO_ENABLED=0 GOOS=linux go build -ldflags "-X main.road=make" -o bin/manager .
	docker build --file Dockerfile.prebuilt --tag $(IMG) .
`,
  Dockerfile: `ARG builder_image
FROM \${builder_image} AS builder
WORKDIR /workspace
COPY . .
ARG ARCH
RUN --mount=type=cache,target=/root/.cache/go-build \\
    CGO_ENABLED=0 GOOS=linux GOARCH=\${ARCH} go build -ldflags "-X main.road=dockerfile" -o manager .
FROM scratch
COPY --from=builder /workspace/manager /manager
USER 65532:65532
ENTRYPOINT ["/manager"]
`,
  'Dockerfile.prebuilt': 'FROM scratch\nCOPY bin/manager /manager\nUSER 65532:65532\nENTRYPOINT ["/manager"]\n',
  'tilt-provider.yaml': 'name: tiny\nconfig:\n  image: example.test/tiny-controller\n  live_reload_deps: [main.go, go.mod]\n',
  'metadata.yaml':
    'apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n  - {major: 0, minor: 1, contract: v1beta2}\n',
  'config/default/kustomization.yaml': 'resources: [manager.yaml]\n',
  'config/default/manager.yaml': `apiVersion: v1
kind: Namespace
metadata:
  name: tiny-system
  labels: {cluster.x-k8s.io/provider: infrastructure-tiny}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: tiny-controller-manager
  namespace: tiny-system
  labels: {cluster.x-k8s.io/provider: infrastructure-tiny}
spec:
  selector: {matchLabels: {app: tiny}}
  template:
    metadata: {labels: {app: tiny}}
    spec:
      imagePullSecrets: [{name: nobody-has-made-it}]
      containers:
        - name: manager
          image: example.test/tiny-controller:dev
          imagePullPolicy: Always
          command: [/tiny/cmd]
          args: [--leader-elect]
          readinessProbe: {httpGet: {path: /readyz, port: 9440}}
          securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false}
`,
})

/** @param golang Version of the image in which Dockerfiles compile. */
export async function writeTinyProvider(folder: string, golang: string): Promise<void> {
  for (const [file, text] of Object.entries(files(golang))) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
}
