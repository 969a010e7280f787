package speech

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// record writes a recording of a tone that lasts so long, at a rate of its own.
func record(t *testing.T, folder, name string, hz float64, d time.Duration) {
	t.Helper()
	const rate = 44100
	pcm := make([]byte, 0, rate*4)
	for _, v := range tone(hz, rate) {
		s := int16(v * 20000)
		pcm = append(pcm, byte(s), byte(s>>8))
	}
	n := int(d.Seconds() * rate * 2)
	pcm = bytes.Repeat(pcm, n/len(pcm)+1)[:n/2*2]
	if err := os.WriteFile(filepath.Join(folder, name+".wav"), wave(formatPCM, 1, rate, 16, pcm), 0o600); err != nil {
		t.Fatal(err)
	}
}

// recordings makes a folder in which digit n is a tone of 400 + 200 n Hz.
func recordings(t *testing.T, locale string) string {
	t.Helper()
	root := t.TempDir()
	folder := filepath.Join(root, locale)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		record(t, folder, string(rune('0'+n)), 400+200*float64(n), time.Second/2)
	}
	record(t, folder, sentenceFile, 3000, time.Second)
	return root
}

// noEspeak is a program that is not there: the recordings do without it.
const noEspeak = "/nonexistent/espeak-ng"

func TestRecordingsSpeakACode(t *testing.T) {
	e := New(Config{Espeak: noEspeak, Recordings: recordings(t, "fr-fr")})
	pcm, err := e.Render(t.Context(), Request{Locale: "fr-fr", Code: "4071", Repeat: 1})
	if err != nil {
		t.Fatal(err)
	}
	found := stretches(pcm, 250*time.Millisecond)
	want := []float64{3000, 1200, 400, 1800, 600}
	if len(found) != len(want) {
		t.Fatalf("%d stretches of sound, want %d", len(found), len(want))
	}
	for i, s := range found {
		x := make([]float64, s.to-s.from)
		for j := range x {
			x[j] = float64(pcm[s.from+j]) / fullScale
		}
		if off := effective(x) - power(x, want[i], Rate); off > 1 {
			t.Errorf("stretch %d is no tone of %g Hz", i, want[i])
		}
	}
	if db := dBFS(pcm); db < -6 || db > -2 {
		t.Errorf("the peak is at %.1f dBFS", db)
	}
	if n := deadAir(pcm); n > 8 {
		t.Errorf("the line is dead for %d samples", n)
	}
}

func TestALocaleWithoutRecordingsIsSpoken(t *testing.T) {
	e := New(Config{Espeak: noEspeak, Recordings: recordings(t, "fr-fr")})
	for name, r := range map[string]Request{
		"another locale":                {Locale: "fr-ca", Code: "4071"},
		"a letter that is not recorded": {Locale: "fr-fr", Code: "40A1"},
	} {
		if _, err := e.Render(t.Context(), r); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %v, want espeak-ng to be asked", name, err)
		}
	}
}

func TestRecordedLetters(t *testing.T) {
	root := recordings(t, "fr-fr")
	record(t, filepath.Join(root, "fr-fr"), "a", 800, time.Second/2)
	e := New(Config{Espeak: noEspeak, Recordings: root})
	if _, err := e.Render(t.Context(), Request{Locale: "fr-fr", Code: "40A1"}); err != nil {
		t.Error(err)
	}
}

func TestRecordedPromptAndRepetition(t *testing.T) {
	root := recordings(t, "fr-fr")
	e := New(Config{Espeak: noEspeak, Recordings: root})
	r := Request{Locale: "fr-fr", Code: "4071"}
	long, err := e.Render(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	record(t, filepath.Join(root, "fr-fr"), againFile, 3000, time.Second/4)
	record(t, filepath.Join(root, "fr-fr"), pressFile, 3000, time.Second)
	if short, err := e.Render(t.Context(), r); err != nil || len(short) >= len(long) {
		t.Errorf("again.wav is not said before the repetition: %v", err)
	}
	if pcm, err := e.Prompt(t.Context(), "fr-fr", "Acme"); err != nil || duration(pcm) < time.Second {
		t.Errorf("the prompt takes %s: %v", duration(pcm), err)
	}
}

func TestMistakesInRecordingsAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, root, folder string)
		want  string
	}{
		"a digit is missing": {func(t *testing.T, _, folder string) {
			os.Remove(filepath.Join(folder, "7.wav"))
		}, "7.wav is missing"},
		"the sentence is missing": {func(t *testing.T, _, folder string) {
			os.Remove(filepath.Join(folder, "sentence.wav"))
		}, "sentence.wav is missing"},
		"a digit is a speech": {func(t *testing.T, _, folder string) {
			record(t, folder, "7", 500, 4*time.Second)
		}, "7.wav cannot be used: it takes 4s and may take 3s"},
		"the sentence is a sermon": {func(t *testing.T, _, folder string) {
			record(t, folder, "sentence", 500, 13*time.Second)
		}, "sentence.wav cannot be used: it takes 13s"},
		"a digit is silent": {func(t *testing.T, _, folder string) {
			os.WriteFile(filepath.Join(folder, "7.wav"), wave(formatPCM, 1, 8000, 16, make([]byte, 8000)), 0o600)
		}, "7.wav cannot be used: it is silent: record it again"},
		"a digit is an MP3": {func(t *testing.T, _, folder string) {
			os.WriteFile(filepath.Join(folder, "7.wav"), []byte("ID3 and more of this kind"), 0o600)
		}, "7.wav cannot be used: it is not a WAV file"},
		"a digit is a folder": {func(t *testing.T, _, folder string) {
			os.Remove(filepath.Join(folder, "7.wav"))
			os.Mkdir(filepath.Join(folder, "7.wav"), 0o700)
		}, "cannot be read"},
		"a digit is enormous": {func(t *testing.T, _, folder string) {
			os.Truncate(filepath.Join(folder, "7.wav"), maxRecording+1)
		}, "larger than 10 MB"},
		"a folder for no locale": {func(t *testing.T, root, _ string) {
			os.Mkdir(filepath.Join(root, "klingon"), 0o700)
		}, "klingon is not named after a locale"},
		"files beside the folders": {func(t *testing.T, root, _ string) {
			record(t, root, "7", 500, time.Second)
		}, "7.wav is not in a folder of a locale"},
		"no folder at all": {func(t *testing.T, root, _ string) {
			os.RemoveAll(root)
		}, "the folder of recordings cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := recordings(t, "fr-fr")
			c.spoil(t, root, filepath.Join(root, "fr-fr"))
			e := New(Config{Espeak: noEspeak, Recordings: root})
			if err := e.Check(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrMissing) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
