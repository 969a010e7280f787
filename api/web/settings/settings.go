// Package settings is the pages of the configuration: what is in force, and where each value is
// from. What can change while the daemon runs is set here, which lies over the configuration
// file until it is taken back; of the rest they say what to write in the file. A value that is
// hidden is written anew, and never shown.
package settings

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	v1 "simgate/api/v1"
	"simgate/api/web"
	"simgate/gateway/fault"
	"simgate/gateway/user"
)

// Config is what the program knows of its configuration.
type Config struct {
	File string // "" for none
	// All returns the settings in force; an error is of the file as it is by now.
	All func(ctx context.Context) ([]v1.ConfigSetting, error)
	// Change changes what lies over the file, all of it or nothing, and returns what is wrong by
	// its keys, or by "" where it is of none.
	Change func(ctx context.Context, by user.By, c v1.SettingsChange) (wrong map[string]string, err error)
	// About returns what there is to say of a section.
	About func(section string) string
	// Reload reads the file again; nil: there is none.
	Reload func(ctx context.Context) error
}

//go:embed templates
var templateFiles embed.FS

var templates, _ = fs.Sub(templateFiles, "templates")

const path = web.Root + "settings"

// Add adds the pages.
func Add(p *web.Pages, c Config) {
	s := &settings{pages: p, config: c}
	s.page = &web.Page{Name: "settings", Template: "section", Path: "/{section}", Role: user.Owner,
		Data: func(r *http.Request) (any, error) { return s.find(r, r.PathValue("section")) }}
	p.Add(templates, &web.Page{Name: "settings", Title: "Settings", Minor: true, Role: user.Owner, Data: s.all}, s.page)
	p.Dangerous(user.Owner, "POST "+path+"/set", s.set)
	p.Dangerous(user.Owner, "POST "+path+"/unset", s.unset)
	p.HandleFunc("POST "+path+"/reload", s.reload)
}

type settings struct {
	pages  *web.Pages
	config Config
	page   *web.Page // of a section
}

// titles are what the sections that can be changed are called. Others are called by their key.
var titles = map[string]string{
	"apps":      "Apps, and their quiet hours",
	"backup":    "Automatic backups",
	"block":     "When a SIM seems to be blocked",
	"canary":    "Messages from SIM to SIM",
	"code":      "Codes and their texts",
	"guard":     "Limits against fraud",
	"limits":    "Sizes of messages and of the queue",
	"log":       "The log of the daemon",
	"message":   "How long messages wait",
	"notify":    "How you are told",
	"opt_out":   "Who answers STOP",
	"pace":      "What a SIM may send",
	"retention": "How long data is kept",
	"web":       "The status page",
	"webhooks":  "Where webhooks may go",
}

// one is a setting as the pages show it.
type one struct{ v1.ConfigSetting }

// Section returns the section that it is in.
func (o one) Section() string {
	section, _, _ := strings.Cut(o.Key, ".")
	return section
}

// Short returns its value on one line.
func (o one) Short() string { return short(o.Value) }

// Usual returns its default on one line.
func (o one) Usual() string { return short(o.Default) }

// Beneath returns the value under that of a page, on one line.
func (o one) Beneath() string {
	if o.Under == nil {
		return ""
	}
	return short(*o.Under)
}

// Set reports whether it was set on a page, whether it is in force or not.
func (o one) Set() bool { return o.SetBy != "" }

func short(value string) string { return strings.ReplaceAll(value, "\n", ", ") }

// section is what can be changed together.
type section struct{ Key, Title string }

// Path returns the path of its page.
func (s section) Path() string { return path + "/" + s.Key }

// fileState is what is wrong with the file by now.
type fileState struct{ Unread, Mistakes string }

func stateOf(err error) (f fileState) {
	if said, ok := errors.AsType[*fault.Error](err); ok {
		f.Unread = said.Message
	} else if err != nil {
		f.Mistakes = err.Error()
	}
	return f
}

// overview is what the page of all settings shows.
type overview struct {
	fileState
	File     string
	Reloads  bool
	Query    string
	Sections []section // that can be changed
	Chosen   []one     // not the default, or those that were looked for
	Usual    []one
	Kept     []*web.Page // where what else is in the database is changed
}

// Differs reports whether the file has something that can take effect by now.
func (v overview) Differs() bool {
	return slices.ContainsFunc(slices.Concat(v.Chosen, v.Usual), func(o one) bool { return o.Waiting && !o.Restart })
}

func (s *settings) all(r *http.Request) (any, error) {
	v := overview{File: s.config.File, Reloads: s.config.Reload != nil, Query: strings.TrimSpace(r.FormValue("q"))}
	all, err := s.config.All(r.Context())
	if len(all) == 0 {
		return v, err
	}
	v.fileState = stateOf(err)
	words := strings.Fields(strings.ToLower(v.Query))
	for _, set := range all {
		o := one{set}
		if name := o.Section(); o.Changeable && !slices.ContainsFunc(v.Sections, func(s section) bool { return s.Key == name }) {
			v.Sections = append(v.Sections, section{name, titles[name]})
		}
		about := strings.ToLower(o.Key + " " + o.Description + " " + web.Say(r, o.Description))
		switch {
		case len(words) > 0 && slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(about, w) }):
		case len(words) == 0 && o.Source == v1.SettingDefault && !o.Waiting && o.Problem == "":
			v.Usual = append(v.Usual, o)
		default:
			v.Chosen = append(v.Chosen, o)
		}
	}
	for _, page := range s.pages.Behind(r) {
		if slices.Contains([]string{"users", "apps", "webhooks", "guard"}, page.Name) {
			v.Kept = append(v.Kept, page)
		}
	}
	return v, nil
}

// field is a setting in a form.
type field struct {
	one
	Now     string // as the form shows it
	Was     string // when the form was made
	Wrong   string
	Empties bool // the form is to empty what is hidden
}

// ID returns the name of its element.
func (f field) ID() string { return "set-" + strings.ReplaceAll(f.Key, ".", "-") }

// Rows returns how many lines a list is given.
func (f field) Rows() int { return min(max(3, strings.Count(f.Now, "\n")+2), 12) }

// Name returns its key without the section.
func (f field) Name() string { return strings.TrimPrefix(f.Key, f.Section()+".") }

// form is what the page of a section shows.
type form struct {
	section
	fileState
	File    string
	About   string // of the section
	Fields  []field
	Others  []one // that are for the file alone
	Problem string
}

// Path returns the path of the page where its form is answered with it.
func (f form) Path() string { return f.section.Path() }

func (s *settings) find(r *http.Request, name string) (form, error) {
	f := form{section: section{name, titles[name]}, File: s.config.File, About: s.config.About(name)}
	if strings.TrimSuffix(f.About, ".") == f.Title {
		f.About = ""
	}
	all, err := s.config.All(r.Context())
	if len(all) == 0 {
		return f, err
	}
	f.fileState = stateOf(err)
	for _, set := range all {
		switch o := (one{set}); {
		case o.Section() != name:
		case !o.Changeable:
			f.Others = append(f.Others, o)
		default:
			now := o.Value
			if o.Hidden {
				now = ""
			}
			f.Fields = append(f.Fields, field{one: o, Now: now, Was: now})
		}
	}
	if len(f.Fields) == 0 {
		return f, fault.NewNotFound("there are no such settings, or they are changed in the configuration file alone")
	}
	return f, nil
}

// set sets what somebody has changed in the form of a section: what was changed meanwhile, and is
// still as it was shown, stays as it is.
func (s *settings) set(w http.ResponseWriter, r *http.Request) {
	f, err := s.find(r, r.FormValue("section"))
	if err != nil {
		s.pages.Done(w, r, path, err)
		return
	}
	change := v1.SettingsChange{Set: map[string]string{}}
	stale := map[string]string{}
	for i := range f.Fields {
		one := &f.Fields[i]
		if !r.Form.Has(one.Key) {
			continue
		}
		now := one.Now
		one.Now, one.Was = lines(r.FormValue(one.Key)), lines(r.FormValue("was."+one.Key))
		one.Empties = slices.Contains(r.Form["empty"], one.Key)
		switch {
		case one.Now == one.Was && !one.Empties:
			one.Now = now // what somebody else has set meanwhile
		case now != one.Was && now != one.Now:
			stale[one.Key] = web.Printer(r).Sprintf("Somebody else has set this meanwhile, to %s. What you have typed is saved when you save it again.", one.Short())
		default:
			change.Set[one.Key] = one.Now
		}
		one.Was = now
	}
	if len(stale) > 0 {
		s.show(w, r, f, stale)
		return
	}
	s.change(w, r, f, change)
}

// lines returns what a browser sends of a text, with the ends of lines that it was sent.
func lines(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

// unset lets the file decide again.
func (s *settings) unset(w http.ResponseWriter, r *http.Request) {
	key := r.FormValue("key")
	f, err := s.find(r, one{v1.ConfigSetting{Key: key}}.Section())
	if err != nil {
		f = form{} // of a key that there is no more
	}
	s.change(w, r, f, v1.SettingsChange{Unset: []string{key}})
}

func (s *settings) change(w http.ResponseWriter, r *http.Request, f form, change v1.SettingsChange) {
	web.Note(r, "") // what has changed is written down with it
	wrong, err := s.config.Change(r.Context(), web.Who(r).By(), change)
	switch {
	case err != nil || len(wrong) == 0 && f.Key == "":
		s.pages.Done(w, r, path, err)
	case len(wrong) == 0:
		s.pages.Done(w, r, f.Path(), nil)
	default:
		f.Problem = wrong[""]
		if key := strings.Join(change.Unset, ""); wrong[key] != "" && key != "" {
			f.Problem = key + ": " + wrong[key]
		}
		s.show(w, r, f, wrong)
	}
}

// show shows a form that has changed nothing, with what is wrong in it.
func (s *settings) show(w http.ResponseWriter, r *http.Request, f form, wrong map[string]string) {
	for i := range f.Fields {
		f.Fields[i].Wrong = wrong[f.Fields[i].Key]
	}
	s.pages.ShowAs(w, r, http.StatusBadRequest, s.page, f)
}

func (s *settings) reload(w http.ResponseWriter, r *http.Request) {
	if s.config.Reload == nil {
		s.pages.Refuse(w, r, http.StatusConflict, web.Printer(r).Sprintf("This gateway has no configuration file."))
		return
	}
	s.pages.Done(w, r, path, s.config.Reload(r.Context()))
}
