// Command reference answers what the Go libraries of the field make of a text, for the conformance tests: drone/envsubst
// (which tilt-prepare and clusterctl use), clusterctl's rule for variables, and kubectl's way of reading YAML.
//
// It reads a JSON array of questions on stdin and writes a JSON array of answers, in the same order, on stdout.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/drone/envsubst/v2"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/cluster-api/cmd/clusterctl/client/yamlprocessor"
)

type question struct {
	// Ask is one of "expand", "variables", "process" and "manifests".
	Ask    string            `json:"ask"`
	Text   string            `json:"text"`
	Values map[string]string `json:"values"`
}

type answer struct {
	// Output is the expanded text; bytes, since expansion can cut characters in two.
	Output []byte `json:"output,omitempty"`
	// Variables maps names to their default, null for required ones.
	Variables map[string]*string `json:"variables,omitempty"`
	// Documents are the JSON texts of the YAML documents, as strings: numbers are compared as they are written.
	Documents []string `json:"documents,omitempty"`
	Error     string   `json:"error,omitempty"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		answers[i] = reply(q)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

// reply turns panics into errors: envsubst has one for a substring of negative length.
func reply(q question) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	var err error
	switch q.Ask {
	case "expand":
		var out string
		out, err = envsubst.Eval(q.Text, func(name string) string { return q.Values[name] })
		a.Output = []byte(out)
	case "variables":
		a.Variables, err = yamlprocessor.NewSimpleProcessor().GetVariableMap([]byte(q.Text))
	case "process":
		a.Output, err = yamlprocessor.NewSimpleProcessor().Process([]byte(q.Text), func(name string) (string, error) {
			if value, ok := q.Values[name]; ok {
				return value, nil
			}
			return "", errors.New("not set")
		})
	case "manifests":
		a.Documents, err = documents(q.Text)
	default:
		err = fmt.Errorf("unknown question %q", q.Ask)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return a
}

// documents reads as kubectl does (k8s.io/cli-runtime, resource.StreamVisitor): the same decoder, the same rule for empty documents.
func documents(text string) ([]string, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	found := []string{}
	for {
		extension := runtime.RawExtension{}
		if err := decoder.Decode(&extension); err != nil {
			if errors.Is(err, io.EOF) {
				return found, nil
			}
			return nil, err
		}
		document := strings.TrimSpace(string(extension.Raw))
		if document == "" || document == "null" {
			continue
		}
		found = append(found, document)
	}
}
