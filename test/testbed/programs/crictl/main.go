// `crictl pull IMAGE`: the one command of cri-tools that is wanted on a node, asked of containerd in the same words (CRI's PullImage). cri-tools itself can't be had:
// its modules need staging modules of Kubernetes by versions that are not published.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] != "pull" {
		fail("usage: crictl pull IMAGE")
	}
	connection, err := grpc.NewClient("unix:///run/containerd/containerd.sock", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	request := &cri.PullImageRequest{Image: &cri.ImageSpec{Image: os.Args[2]}}
	answer, err := cri.NewImageServiceClient(connection).PullImage(ctx, request)
	if err != nil {
		fail(fmt.Sprintf("pulling image: %v", err))
	}
	fmt.Println("Image is up to date for", answer.ImageRef)
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
