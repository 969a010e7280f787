// Package static has the files that pages load: each under a name with its hash, so that a
// browser may keep it.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed *.css *.js *.svg
var files embed.FS

// asset is a file that pages load.
type asset struct {
	kind          string
	plain, packed []byte
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// assets returns all assets by name, and those names by the names of their files.
var assets = sync.OnceValues(func() (all map[string]asset, names map[string]string) {
	all, names = map[string]asset{}, map[string]string{}
	add := func(file, kind string, content []byte) {
		sum, ext := sha256.Sum256(content), path.Ext(file)
		name := strings.TrimSuffix(file, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		_, _ = z.Write(content) // a buffer takes all
		_ = z.Close()
		all[name], names[file] = asset{kind, content, packed.Bytes()}, name
	}
	entries, _ := files.ReadDir(".")
	for _, e := range entries {
		if kind := kinds[path.Ext(e.Name())]; kind != "" {
			content, _ := files.ReadFile(e.Name())
			add(e.Name(), kind, content)
		}
	}
	add("page.js", "text/javascript; charset=utf-8", script())
	return all, names
})

// scripts are the files of the script of all pages, in their order: one request fetches it.
var scripts = []string{"htmx.js", "sse.js", "app.js", "keyboard.js"}

func script() (all []byte) {
	for _, name := range scripts {
		content, _ := files.ReadFile(name)
		all = append(append(all, content...), ";\n"...)
	}
	return all
}

// Name returns the name under which a file is served, "" for none.
func Name(file string) string {
	_, names := assets()
	return names[file]
}

// Serve answers with the file of the path value "name".
func Serve(w http.ResponseWriter, r *http.Request) {
	all, _ := assets()
	a, ok := all[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	content := a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		content = a.packed
	}
	_, _ = w.Write(content)
}
