package speech

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// MaxPlay is the longest file that is played: a call has a limit.
const MaxPlay = time.Minute

// Play returns the sound of a WAV file in the folder of files. Nothing outside of
// that is opened, whatever the name says.
func (e *Engine) Play(name string) ([]int16, error) {
	if e.cfg.Files == "" {
		return nil, &InvalidError{"file", "no files can be played: set voice.files in the configuration to a folder"}
	}
	root, err := os.OpenRoot(e.cfg.Files)
	if err != nil {
		return nil, fmt.Errorf("the folder of files cannot be opened: %w", err)
	}
	defer root.Close() //nolint:errcheck // nothing was written
	file, err := root.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("the file cannot be read: %w", err)
		}
		return nil, &InvalidError{"file", "there is no file of this name in the folder of files"}
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, &InvalidError{"file", "there is no file of this name in the folder of files"}
	}
	b, err := io.ReadAll(io.LimitReader(file, maxRecording+1))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	if len(b) > maxRecording {
		return nil, &InvalidError{"file", fmt.Sprintf("the file is larger than %d MB: save it at 16000 Hz with 16 bits", maxRecording>>20)}
	}
	s, err := readWAV(b)
	if err != nil {
		return nil, &InvalidError{"file", "the file cannot be played: " + err.Error()}
	}
	if s.duration() > MaxPlay {
		return nil, &InvalidError{"file", fmt.Sprintf("the file takes %s and may take %s: cut it", s.duration().Round(time.Second/10), MaxPlay)}
	}
	pcm, err := piece(s)
	if err != nil {
		return nil, &InvalidError{"file", "the file cannot be played: " + err.Error()}
	}
	return framed(pcm), nil
}
