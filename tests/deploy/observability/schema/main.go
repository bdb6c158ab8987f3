// Reads dashboards by the types that Grafana generates of its schema: what is unknown, missing or
// of another type is said, and the program ends with 1.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	wrong := 0
	for _, path := range os.Args[1:] {
		content, err := os.ReadFile(path)
		if err == nil {
			var read dashboard.Dashboard
			if err = read.UnmarshalJSONStrict(content); err == nil {
				err = read.Validate()
			}
		}
		// An error without a word is the library's way to say that there is none.
		if err != nil && err.Error() != "" {
			fmt.Printf("%s: %v\n", path, err)
			wrong++
		}
	}
	if wrong > 0 {
		os.Exit(1)
	}
}
