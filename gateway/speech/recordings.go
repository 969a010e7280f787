package speech

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The operator's recordings lie in a folder for each locale that he has spoken,
// such as recordings/de-de: 0.wav to 9.wav and sentence.wav; and where he
// likes, again.wav before the repetition, press.wav that asks for the key 1,
// replay.wav that says that the key 1 has it said again, and a.wav to z.wav. Files are read each time, so that a better take counts at once.
const (
	sentenceFile = "sentence"
	againFile    = "again"
	pressFile    = "press"
	replayFile   = "replay"
)

const (
	maxRecording = 10 << 20         // bytes
	maxSymbol    = 3 * time.Second  // a digit or letter
	maxSentence  = 12 * time.Second // anything else
)

// recorded returns a code in the operator's own voice, or nil where he has not
// recorded this locale, or not the letters of this code.
func (e *Engine) recorded(l language, code string) (*announcement, error) {
	if !e.hasRecordings(l) {
		return nil, nil
	}
	var a announcement
	for _, c := range strings.ToLower(code) {
		pcm, err := e.recording(l, string(c))
		if err != nil {
			return nil, err
		}
		if pcm == nil && c >= 'a' {
			return nil, nil // espeak-ng says all of it: a mixture of voices would confuse
		}
		if pcm == nil {
			return nil, e.unrecorded(l, string(c))
		}
		a.code = append(a.code, pcm)
	}
	var err error
	if a.sentence, err = e.recording(l, sentenceFile); err != nil {
		return nil, err
	}
	if a.sentence == nil {
		return nil, e.unrecorded(l, sentenceFile)
	}
	if a.again, err = e.recording(l, againFile); err != nil {
		return nil, err
	}
	a.replay, err = e.recording(l, replayFile)
	return &a, err
}

// Recorded reports whether the operator has recordings of a locale, which are
// used before espeak-ng.
func (e *Engine) Recorded(name string) bool {
	l, err := find(name)
	return err == nil && e.hasRecordings(l)
}

// hasRecordings reports whether there is a folder for the locale.
func (e *Engine) hasRecordings(l language) bool {
	if e.cfg.Recordings == "" {
		return false
	}
	info, err := os.Stat(filepath.Join(e.cfg.Recordings, l.name))
	return err == nil && info.IsDir()
}

func (e *Engine) path(l language, name string) string {
	return filepath.Join(e.cfg.Recordings, l.name, name+".wav")
}

func (e *Engine) unrecorded(l language, name string) error {
	return fmt.Errorf("%s is missing: a folder of recordings needs 0.wav to 9.wav and sentence.wav", e.path(l, name))
}

// recording returns one recording as a piece, nil where there is none.
func (e *Engine) recording(l language, name string) ([]int16, error) {
	if !e.hasRecordings(l) {
		return nil, nil
	}
	path := e.path(l, name)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("a recording cannot be read: %w", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxRecording+1))
	if err != nil {
		return nil, fmt.Errorf("a recording cannot be read: %w", err)
	}
	if len(b) > maxRecording {
		return nil, fmt.Errorf("the recording %s is larger than %d MB: save it at 16000 Hz with 16 bits", path, maxRecording>>20)
	}
	pcm, err := recordedPiece(b, name)
	if err != nil {
		return nil, fmt.Errorf("the recording %s cannot be used: %w", path, err)
	}
	return pcm, nil
}

// recordedPiece makes a piece of a WAV file.
func recordedPiece(wav []byte, name string) ([]int16, error) {
	s, err := readWAV(wav)
	if err != nil {
		return nil, err
	}
	most := maxSentence
	if len(name) == 1 {
		most = maxSymbol
	}
	if s.duration() > most {
		return nil, fmt.Errorf("it takes %s and may take %s: cut it", s.duration().Round(time.Second/10), most)
	}
	pcm, err := piece(s)
	if err != nil {
		return nil, fmt.Errorf("%w: record it again, louder", err)
	}
	return pcm, nil
}

// checkRecordings reads all that the operator has recorded, so that a mistake
// is told at the start and not in a call.
func (e *Engine) checkRecordings() error {
	if e.cfg.Recordings == "" {
		return nil
	}
	folders, err := os.ReadDir(e.cfg.Recordings)
	if err != nil {
		return fmt.Errorf("the folder of recordings cannot be read: %w", err)
	}
	var errs []error
	for _, f := range folders {
		l, err := find(f.Name())
		switch {
		case !f.IsDir():
			errs = append(errs, fmt.Errorf("%s is not in a folder of a locale: move it into one, such as en-us", filepath.Join(e.cfg.Recordings, f.Name())))
		case err != nil || l.name != f.Name():
			errs = append(errs, fmt.Errorf("the folder %s is not named after a locale: use one of %s", filepath.Join(e.cfg.Recordings, f.Name()), strings.Join(Locales(), ", ")))
		default:
			errs = append(errs, e.checkFolder(l)...)
		}
	}
	return errors.Join(errs...)
}

// checkFolder reads the recordings of one locale.
func (e *Engine) checkFolder(l language) (errs []error) {
	const required, optional = "0123456789", "abcdefghijklmnopqrstuvwxyz"
	check := func(name string, required bool) {
		pcm, err := e.recording(l, name)
		if err == nil && pcm == nil && required {
			err = e.unrecorded(l, name)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, c := range required {
		check(string(c), true)
	}
	check(sentenceFile, true)
	for _, c := range optional {
		check(string(c), false)
	}
	check(againFile, false)
	check(pressFile, false)
	check(replayFile, false)
	return errs
}
