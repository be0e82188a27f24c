// `crictl pull IMAGE` and `crictl inspecti --quiet IMAGE`: the commands of cri-tools that are wanted on a node, asked of containerd in the same words (CRI's
// PullImage and ImageStatus). cri-tools itself can't be had: its modules need staging modules of Kubernetes by versions that are not published.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func main() {
	command := strings.Join(os.Args[1:max(1, len(os.Args)-1)], " ")
	if command != "pull" && command != "inspecti --quiet" {
		fail("usage: crictl pull IMAGE | crictl inspecti --quiet IMAGE")
	}
	image := &cri.ImageSpec{Image: os.Args[len(os.Args)-1]}
	connection, err := grpc.NewClient("unix:///run/containerd/containerd.sock", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if command == "pull" {
		pull(ctx, cri.NewImageServiceClient(connection), image)
	} else {
		inspect(ctx, cri.NewImageServiceClient(connection), image)
	}
}

func pull(ctx context.Context, images cri.ImageServiceClient, image *cri.ImageSpec) {
	answer, err := images.PullImage(ctx, &cri.PullImageRequest{Image: image})
	if err != nil {
		fail(fmt.Sprintf("pulling image: %v", err))
	}
	fmt.Println("Image is up to date for", answer.ImageRef)
}

func inspect(ctx context.Context, images cri.ImageServiceClient, image *cri.ImageSpec) {
	answer, err := images.ImageStatus(ctx, &cri.ImageStatusRequest{Image: image})
	if err != nil {
		fail(err)
	}
	if answer.Image == nil {
		fail(fmt.Sprintf("no such image %q present", image.Image))
	}
	fmt.Println(answer.Image.Id)
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
