package speech

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Rate is the sampling rate of all sound here, in samples a second: that of a
// telephone call.
const Rate = 8000

// ErrMissing is wrapped by errors that mean that the machine cannot speak, and
// not that this text cannot be spoken: espeak-ng or a voice is not installed.
var ErrMissing = errors.New("this machine cannot speak")

// InvalidError is a mistake in what was asked for. Repeating it will not help.
type InvalidError struct {
	Field   string // of the request: language, brand, code, repeat, text or file
	Message string // what is wrong and what to do; never what was to be spoken
}

func (e *InvalidError) Error() string { return e.Message }

// Config says how to speak.
type Config struct {
	Espeak     string        // the program; "" for [DefaultEspeak]
	Recordings string        // folder with the operator's own recordings, "" for none
	Files      string        // folder with WAV files that can be played, "" for none
	TimeLimit  time.Duration // for one run of espeak-ng; 0: 10 seconds
}

// DefaultEspeak is the program that speaks, looked up in the search path.
const DefaultEspeak = "espeak-ng"

// Request is a code to be spoken.
type Request struct {
	Locale string // one of [Locales]
	Brand  string // who sends the code; "" to say none
	Code   string // digits and the letters A to Z, at most [MaxCode]
	Repeat int    // how often the code is said, 1 to 5; 0: twice, or once where [MaxLength] is too short for it
}

// MaxLength is the longest sound that [Engine.Render] makes. A call has a limit,
// and a code that outlasts it is no code. It is enough for ten digits, twice, in
// every language.
const MaxLength = 35 * time.Second

const (
	defaultTimeLimit = 10 * time.Second
	maxRepeat        = 5
	// together is how many runs of espeak-ng there may be at a time. They are
	// short; a small machine has other things to do as well.
	together = 2
)

// Engine speaks. It is safe for concurrent use.
type Engine struct {
	cfg   Config
	slots chan struct{} // one for each run of espeak-ng

	mu     sync.Mutex // guards pieces
	pieces map[phrase][]int16
}

// phrase is what espeak-ng is asked to say.
type phrase struct {
	voice, text string
	speed       int // words a minute
}

// New returns an engine. It starts nothing; [Engine.Check] tells whether it
// will be able to speak.
func New(cfg Config) *Engine {
	if cfg.Espeak == "" {
		cfg.Espeak = DefaultEspeak
	}
	if cfg.TimeLimit == 0 {
		cfg.TimeLimit = defaultTimeLimit
	}
	return &Engine{cfg: cfg, slots: make(chan struct{}, together), pieces: map[phrase][]int16{}}
}

// Render speaks a code: the sentence that announces it, its characters one by
// one, the code again, and which key has it said again. The error is an [*InvalidError] where the request is
// wrong and wraps [ErrMissing] where the machine cannot speak.
func (e *Engine) Render(ctx context.Context, r Request) ([]int16, error) {
	l, err := find(r.Locale)
	if err != nil {
		return nil, err
	}
	brand, err := checkText("brand", r.Brand, MaxBrand)
	if err != nil {
		return nil, err
	}
	code, err := checkCode(r.Code)
	if err != nil {
		return nil, err
	}
	if r.Repeat < 0 || r.Repeat > maxRepeat {
		return nil, &InvalidError{"repeat", fmt.Sprintf("a code is said 1 to %d times", maxRepeat)}
	}
	parts, err := e.recorded(l, code)
	if err != nil {
		return nil, err
	}
	if parts == nil {
		if parts, err = e.spoken(ctx, l, brand, code); err != nil {
			return nil, err
		}
	}
	return parts.arrange(r.Repeat)
}

// Words returns what [Engine.Render] says, in words, for a modem that reads text
// by itself. The characters of the code are set apart by full stops.
func Words(r Request) (string, error) {
	l, err := find(r.Locale)
	if err != nil {
		return "", err
	}
	brand, err := checkText("brand", r.Brand, MaxBrand)
	if err != nil {
		return "", err
	}
	code, err := checkCode(r.Code)
	if err != nil {
		return "", err
	}
	var symbols []string
	for _, c := range code {
		symbols = append(symbols, l.Symbol(c))
	}
	spelled := strings.Join(symbols, ". ")
	return strings.Join([]string{l.announcement(brand), spelled, l.Again, spelled, l.Replay}, ". "), nil
}

// spoken has espeak-ng say the parts of an announcement.
func (e *Engine) spoken(ctx context.Context, l language, brand, code string) (*announcement, error) {
	var (
		a   announcement
		err error
	)
	if a.sentence, err = e.text(ctx, l, l.announcement(brand), e.say); err != nil {
		return nil, err
	}
	if a.again, err = e.text(ctx, l, l.Again, e.kept); err != nil {
		return nil, err
	}
	if a.replay, err = e.text(ctx, l, l.Replay, e.kept); err != nil {
		return nil, err
	}
	a.code, err = e.code(ctx, l, code)
	return &a, err
}

// code returns a piece for each character.
func (e *Engine) code(ctx context.Context, l language, code string) ([][]int16, error) {
	var out [][]int16
	for _, c := range code {
		p, err := e.kept(ctx, phrase{l.voiceOf(c), l.Symbol(c), codeSpeed})
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Prompt asks the one who answers to press 1 to hear the code, so that a
// voicemail does not record it. It says who calls, where brand is not "".
func (e *Engine) Prompt(ctx context.Context, localeName, brand string) ([]int16, error) {
	l, err := find(localeName)
	if err != nil {
		return nil, err
	}
	if brand, err = checkText("brand", brand, MaxBrand); err != nil {
		return nil, err
	}
	pcm, err := e.recording(l, pressFile)
	if err != nil {
		return nil, err
	}
	if pcm != nil {
		return framed(pcm), nil
	}
	text, say := l.Press, e.kept
	if brand != "" && l.unreadable(brand) == 0 {
		text, say = brand+". "+text, e.say
	}
	if pcm, err = e.text(ctx, l, text, say); err != nil {
		return nil, err
	}
	return framed(pcm), nil
}

// Say speaks a text of at most [MaxText] characters. Five digits or more in a
// row are spoken one by one. A text in letters that the voice cannot read is an
// [*InvalidError].
func (e *Engine) Say(ctx context.Context, text, localeName string) ([]int16, error) {
	l, err := find(localeName)
	if err != nil {
		return nil, err
	}
	if text, err = checkText("text", text, MaxText); err != nil {
		return nil, err
	}
	if r := l.unreadable(text); r != 0 {
		return nil, &InvalidError{"text", fmt.Sprintf("the voice for %s cannot read %q: write it in %s letters", l.name, r, l.Script)}
	}
	pcm, err := e.text(ctx, l, text, e.say)
	if err != nil {
		return nil, err
	}
	return framed(pcm), nil
}

// text speaks a text that has been checked, run by run, by say: [Engine.kept] for a text of
// ours, which is always the same, and else [Engine.say].
func (e *Engine) text(ctx context.Context, l language, text string, say func(context.Context, phrase) ([]int16, error)) ([]int16, error) {
	var out []int16
	for i, r := range l.runs(text) {
		if i > 0 {
			out = append(out, quiet(runGap)...)
		}
		if r.code {
			code, err := e.code(ctx, l, r.text)
			if err != nil {
				return nil, err
			}
			out = append(out, spell(code, digitGap)...)
			continue
		}
		p, err := say(ctx, phrase{r.voice, r.text, textSpeed})
		if err != nil {
			return nil, err
		}
		out = append(out, p...)
	}
	if out == nil {
		return nil, &InvalidError{"text", "there is nothing to be spoken in this text: it has neither letters nor digits"}
	}
	return out, nil
}

// maxKept is how many pieces are kept: digits, for the most part, of which one
// takes some 10 kB, and three sentences of each language, which take some 30 kB each. It
// is enough for all languages.
const maxKept = 700

// kept says what is said again and again, from memory where it has been said
// before. It is for digits, letters and our own sentences only: what callers write is not kept.
func (e *Engine) kept(ctx context.Context, p phrase) ([]int16, error) {
	e.mu.Lock()
	pcm := e.pieces[p]
	e.mu.Unlock()
	if pcm != nil {
		return pcm, nil
	}
	pcm, err := e.say(ctx, p)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.pieces) >= maxKept {
		clear(e.pieces)
	}
	e.pieces[p] = pcm
	return pcm, nil
}

// say has espeak-ng say a phrase and makes a piece of it.
func (e *Engine) say(ctx context.Context, p phrase) ([]int16, error) {
	wav, err := e.espeak(ctx, p)
	if err != nil {
		return nil, err
	}
	sound, err := readWAV(wav)
	if err != nil {
		return nil, fmt.Errorf("espeak-ng answered with something that is no sound: %w", err)
	}
	pcm, err := piece(sound)
	if err != nil {
		return nil, fmt.Errorf("espeak-ng made nothing that can be heard of the text: %w", err)
	}
	return pcm, nil
}
