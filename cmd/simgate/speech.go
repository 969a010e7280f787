package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"simgate/gateway/speech"
)

// utterance is what the flags of speech ask for.
type utterance struct {
	text, code, brand, language, out string
	repeat                           int
	espeak, recordings               string
}

// written is the answer for scripts.
type written struct {
	File    string  `json:"file"`
	Seconds float64 `json:"seconds"`
}

func newSpeechCommand(app *app) *cobra.Command {
	var u utterance
	cmd := &cobra.Command{
		Use:   "speech [TEXT] --out FILE",
		Short: "write what a call would say to a WAV file, to listen to it",
		Long: "Speak TEXT, or a code with --code, and write what a person who is called would hear\n" +
			"to a WAV file. No call is placed, and no daemon is needed.",
		Example: "  simgate speech \"Votre commande est prête\" --language fr-fr --out order.wav\n" +
			"  simgate speech --code 471902 --brand Acme --language de-de --out code.wav",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				u.text = args[0]
			}
			return u.run(cmd, app, len(args) == 1)
		},
	}
	f := cmd.Flags()
	f.StringVar(&u.code, "code", "", "code to be spoken in place of a text: digits and letters, said one by one")
	f.StringVar(&u.brand, "brand", "", "who sends the code")
	f.IntVar(&u.repeat, "repeat", 0, "how often the code is said; 0 for twice")
	f.StringVar(&u.language, "language", "en-us", "language, such as de-de")
	f.StringVar(&u.out, "out", "", "WAV file that is written; - for the standard output")
	f.StringVar(&u.espeak, "espeak", "", "the espeak-ng program (default: that of the search path)")
	f.StringVar(&u.recordings, "recordings", "", "folder with recordings of your own, one folder a language in it: 0.wav to 9.wav and sentence.wav")
	return cmd
}

// check names the first flag that cannot be meant.
func (u utterance) check(hasText bool) error {
	switch {
	case u.out == "":
		return errors.New("--out is missing: give a file for the sound, such as code.wav")
	case hasText == (u.code != ""):
		return errors.New("give either a text or --code")
	case hasText && (u.brand != "" || u.repeat != 0):
		return errors.New("--brand and --repeat go with --code")
	}
	return nil
}

func (u utterance) run(cmd *cobra.Command, app *app, hasText bool) error {
	if err := u.check(hasText); err != nil {
		return usageError{err}
	}
	engine := speech.New(speech.Config{Espeak: u.espeak, Recordings: u.recordings})
	var pcm []int16
	var err error
	if hasText {
		pcm, err = engine.Say(cmd.Context(), u.text, u.language)
	} else {
		pcm, err = engine.Render(cmd.Context(), speech.Request{Locale: u.language, Brand: u.brand, Code: u.code, Repeat: u.repeat})
	}
	if _, ok := errors.AsType[*speech.InvalidError](err); ok {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if u.out == "-" {
		return speech.WriteWAV(app.stdout, pcm)
	}
	if err := writeSound(u.out, pcm); err != nil {
		return fmt.Errorf("the sound could not be written: %w", err)
	}
	length := time.Duration(len(pcm)) * time.Second / speech.Rate
	if app.json {
		return app.printJSON(written{u.out, length.Seconds()}, nil)
	}
	_, err = fmt.Fprintf(app.stdout, "%s: %s of sound; listen to it with: aplay %s\n", u.out, length.Round(time.Second/10), u.out)
	return err
}

// writeSound writes a file that only its owner can listen to: it may hold a
// code. Half a file is not left behind.
func writeSound(path string, pcm []int16) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(speech.WriteWAV(file, pcm), file.Close())
	if info, statErr := os.Lstat(path); err != nil && statErr == nil && info.Mode().IsRegular() {
		os.Remove(path)
	}
	return err
}
