package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"simgate/cmd/simgate/cli"
	"simgate/gateway/speech"
)

// utterance holds the flags of "simgate speech".
type utterance struct {
	text, code, brand, language, out string
	repeat                           int
	espeak, recordings               string
}

// written is the output with --json.
type written struct {
	File    string  `json:"file"`
	Seconds float64 `json:"seconds"`
}

func newSpeechCommand(app *cli.App) *cobra.Command {
	var u utterance
	cmd := &cobra.Command{
		Use:   "speech [TEXT] --out FILE",
		Short: "write a spoken text or code to a WAV file",
		Long: "Speak TEXT, or a code with --code, and write what the person called would hear to a\n" +
			"WAV file. No call is placed, and no daemon has to run.",
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
	f.StringVar(&u.code, "code", "", "code to speak instead of a text: digits and letters, spoken one by one")
	f.StringVar(&u.brand, "brand", "", "name of the sender of the code")
	f.IntVar(&u.repeat, "repeat", 0, "number of times the code is spoken; 0 for twice")
	f.StringVar(&u.language, "language", "en-us", "language, such as de-de")
	f.StringVar(&u.out, "out", "", "WAV file to write; - for the standard output")
	f.StringVar(&u.espeak, "espeak", "", "path of the espeak-ng program (default: found in the search path)")
	f.StringVar(&u.recordings, "recordings", "", "folder with your own recordings, in one folder per language: 0.wav to 9.wav and sentence.wav")
	return cmd
}

// check returns an error for the first flag with an invalid value.
func (u utterance) check(hasText bool) error {
	switch {
	case u.out == "":
		return errors.New("--out is missing: give a file for the sound, such as code.wav")
	case hasText == (u.code != ""):
		return errors.New("give either a text or --code")
	case hasText && (u.brand != "" || u.repeat != 0):
		return errors.New("--brand and --repeat need --code")
	}
	return nil
}

func (u utterance) run(cmd *cobra.Command, app *cli.App, hasText bool) error {
	if err := u.check(hasText); err != nil {
		return cli.UsageError{Err: err}
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
		return cli.UsageError{Err: err}
	}
	if err != nil {
		return err
	}
	if u.out == "-" {
		return speech.WriteWAV(app.Stdout, pcm)
	}
	if err := writeSound(u.out, pcm); err != nil {
		return fmt.Errorf("the sound cannot be written: %w", err)
	}
	length := time.Duration(len(pcm)) * time.Second / speech.Rate
	if app.JSON {
		return app.PrintJSON(written{u.out, length.Seconds()}, nil)
	}
	_, err = fmt.Fprintf(app.Stdout, "%s: %s of sound; listen to it with: aplay %s\n", u.out, length.Round(time.Second/10), u.out)
	return err
}

// writeSound writes a file that only its owner can read, as it may hold a code. On
// an error it removes the file.
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
