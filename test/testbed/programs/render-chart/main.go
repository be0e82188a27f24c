// Renders a helm chart the way `helm template` does, without the rest of helm, which takes two minutes to compile.
//
//	render-chart CHART-DIRECTORY RELEASE NAMESPACE KUBERNETES-VERSION < values.yaml
//
// Custom resource definitions come first, then all else in helm's install order.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: render-chart CHART-DIRECTORY RELEASE NAMESPACE KUBERNETES-VERSION < values.yaml")
	}
	if err := render(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

func render(directory, release, namespace, version string) error {
	chart, err := loader.Load(directory)
	if err != nil {
		return err
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	values, err := chartutil.ReadValues(input)
	if err != nil {
		return err
	}
	kubeVersion, err := chartutil.ParseKubeVersion(version)
	if err != nil {
		return err
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *kubeVersion
	options := chartutil.ReleaseOptions{Name: release, Namespace: namespace, Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, options, capabilities)
	if err != nil {
		return err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return err
	}
	for name := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(files, name)
		}
	}
	_, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return err
	}
	for _, definitions := range []bool{true, false} {
		for _, manifest := range manifests {
			if (manifest.Head.Kind == "CustomResourceDefinition") == definitions {
				fmt.Printf("---\n# Source: %s\n%s\n", manifest.Name, strings.TrimSpace(manifest.Content))
			}
		}
	}
	return nil
}
