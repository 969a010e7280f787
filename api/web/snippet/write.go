package snippet

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Language is a language that requests are written in.
type Language struct {
	Name, Title string
	write       func(url, key string, r Request) string
}

// Languages are all of them.
var Languages = []Language{{"curl", "curl", curl}, {"node", "Node", node}, {"python", "Python", python}, {"php", "PHP", php}, {"go", "Go", golang}}

// Write writes a request to the gateway at an address, such as http://192.168.1.2:8080, with
// a key, in a language; that of a shell where there is no such language.
func Write(language, address, key string, r Request) string {
	i := max(0, slices.IndexFunc(Languages, func(l Language) bool { return l.Name == language }))
	return Languages[i].write(address+r.Path, key, r)
}

// header is a header of a request.
type header struct{ name, value string }

// headers returns the headers of a request with a key.
func (r Request) headers(key string) (all []header) {
	switch {
	case r.Basic:
		all = append(all, header{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(User+":"+key))})
	case r.Form == nil:
		all = append(all, header{"Authorization", "Bearer " + key})
	}
	if _, kind := r.Body(key); kind != "" {
		all = append(all, header{"Content-Type", kind})
	}
	return all
}

// fields returns the fields of the body with the key, sorted by name.
func (r Request) fields(key string) (names []string, values map[string]any) {
	values = maps.Clone(r.JSON)
	if r.Form != nil {
		values = map[string]any{"apiKey": key}
		for name := range r.Form {
			values[name] = r.Form.Get(name)
		}
	}
	return slices.Sorted(maps.Keys(values)), values
}

// object writes the fields of the body as an object: with what stands before and after it,
// and between a name and its value.
func (r Request) object(key, open, between, end string, literal func(any) string) string {
	var all []string
	names, values := r.fields(key)
	for _, name := range names {
		all = append(all, literal(name)+between+literal(values[name]))
	}
	return open + strings.Join(all, ", ") + end
}

// list writes the headers as such an object.
func (r Request) list(key, between string, literal func(any) string) string {
	var all []string
	for _, h := range r.headers(key) {
		all = append(all, literal(h.name)+between+literal(h.value))
	}
	return strings.Join(all, ", ")
}

// inJSON writes a string or number as JSON, which is also how Node and Python read them.
func inJSON(x any) string {
	raw, _ := json.Marshal(x) // strings and numbers are JSON
	return string(raw)
}

// inShell writes a string as shells read it, and inPHP one or a number as PHP does.
func inShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func inPHP(x any) string {
	if s, ok := x.(string); ok {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
	}
	return fmt.Sprint(x)
}

func curl(url, key string, r Request) string {
	line := "curl -s"
	body, kind := r.Body(key)
	if r.Method != http.MethodPost && body != "" {
		line += " -X " + r.Method
	}
	line += " " + inShell(url)
	if r.Basic {
		line += " \\\n  -u " + inShell(User+":"+key)
	} else if r.Form == nil {
		line += " \\\n  -H " + inShell("Authorization: Bearer "+key)
	}
	if r.Form != nil {
		names, values := r.fields(key)
		for _, name := range names {
			line += " \\\n  --data-urlencode " + inShell(name+"="+fmt.Sprint(values[name]))
		}
		return line
	}
	if body == "" {
		return line
	}
	return line + " \\\n  -H 'Content-Type: " + kind + "' \\\n  -d " + inShell(body)
}

func node(url, key string, r Request) string {
	body := r.object(key, "{", ": ", "}", inJSON)
	switch {
	case r.Form != nil:
		body = "  body: new URLSearchParams(" + body + "),\n"
	case r.JSON != nil:
		body = "  body: JSON.stringify(" + body + "),\n"
	default:
		body = ""
	}
	return "const answer = await fetch(" + inJSON(url) + ", {\n" +
		"  method: " + inJSON(r.Method) + ",\n" +
		"  headers: {" + r.list(key, ": ", inJSON) + "},\n" +
		body +
		"});\n" +
		"console.log(answer.status, await answer.text());"
}

func python(url, key string, r Request) string {
	body, imports := r.object(key, "{", ": ", "}", inJSON), "import json\nimport urllib.request\n"
	switch {
	case r.Form != nil:
		body, imports = "    data=urllib.parse.urlencode("+body+").encode(),\n", "import urllib.parse\nimport urllib.request\n"
	case r.JSON != nil:
		body = "    data=json.dumps(" + body + ").encode(),\n"
	default:
		body, imports = "", "import urllib.request\n"
	}
	return imports + "\n" +
		"request = urllib.request.Request(\n" +
		"    " + inJSON(url) + ",\n" +
		"    method=" + inJSON(r.Method) + ",\n" +
		"    headers={" + r.list(key, ": ", inJSON) + "},\n" +
		body +
		")\n" +
		"with urllib.request.urlopen(request) as answer:\n" +
		"    print(answer.status, answer.read().decode())"
}

func php(url, key string, r Request) string {
	body := r.object(key, "[", " => ", "]", inPHP)
	switch {
	case r.Form != nil:
		body = "    'content' => http_build_query(" + body + "),\n"
	case r.JSON != nil:
		body = "    'content' => json_encode(" + body + "),\n"
	default:
		body = ""
	}
	var headers []string
	for _, h := range r.headers(key) {
		headers = append(headers, inPHP(h.name+": "+h.value))
	}
	return "<?php\n" +
		"$answer = file_get_contents(" + inPHP(url) + ", false, stream_context_create(['http' => [\n" +
		"    'method' => " + inPHP(r.Method) + ",\n" +
		"    'header' => [" + strings.Join(headers, ", ") + "],\n" +
		body +
		"    'ignore_errors' => true,\n" +
		"]]));\n" +
		"echo $answer;"
}

func golang(url, key string, r Request) string {
	body, _ := r.Body(key)
	content, imports := "strings.NewReader(`"+body+"`)", "\t\"strings\"\n"
	if strings.Contains(body, "`") {
		content = "strings.NewReader(" + strconv.Quote(body) + ")"
	}
	if body == "" {
		content, imports = "nil", ""
	}
	var headers string
	for _, h := range r.headers(key) {
		headers += "\trequest.Header.Set(" + strconv.Quote(h.name) + ", " + strconv.Quote(h.value) + ")\n"
	}
	return "package main\n\n" +
		"import (\n\t\"fmt\"\n\t\"io\"\n\t\"log\"\n\t\"net/http\"\n" + imports + ")\n\n" +
		"func main() {\n" +
		"\trequest, err := http.NewRequest(" + strconv.Quote(r.Method) + ", " + strconv.Quote(url) + ", " + content + ")\n" +
		"\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n" +
		headers +
		"\tanswer, err := http.DefaultClient.Do(request)\n" +
		"\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n" +
		"\tdefer answer.Body.Close()\n" +
		"\tbody, err := io.ReadAll(answer.Body)\n" +
		"\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n" +
		"\tfmt.Println(answer.Status, string(body))\n" +
		"}"
}
