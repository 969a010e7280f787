// Package speech turns a code, or a sentence, into sound for a telephone call:
// 8 kHz, 16 bit, one channel, in every locale of package locale that has a voice.
//
// espeak-ng speaks, or the operator's own recordings do. A code is never given
// to either as a whole: each digit is spoken alone and put beside the others
// with quiet in between. So a listener hears "four, seven, one" and not a
// number of six digits, every 4 sounds like every other, no process ever sees
// a code, and what is kept in memory to be fast is digits, not codes. Nothing
// is written to the disk.
//
// # From a word to the line
//
//	text ─▶ espeak-ng, 22050 Hz ─▶ 8000 Hz ─▶ shaped ─▶ trimmed ─▶ compressed ─▶ levelled ─▶ piece
//
// People take calls in trains and kitchens. What lies below a voice is taken away,
// and what tells digits apart, consonants and the ends of vowels, is brought forward:
// high frequencies by a filter, quiet parts by a compressor. Each piece is brought to
// the same level, so that no digit is quieter than its neighbour, with peaks of −6 to
// −3 dBFS, and lies on a noise floor of −60 dBFS, which the quiet between pieces has as
// well: a line that goes dead between two digits sounds like one that was cut, and
// codecs and echo cancellers treat it so.
//
// # What espeak-ng may do
//
// It is a program that is given what callers wrote. The text goes in on stdin:
// an argument can be read by everybody on the machine, and one that begins with
// a dash is an option. It has no control characters, which are commands to
// espeak-ng, no phonemes in double brackets, and at most [MaxText] characters.
// It gets no environment, ten seconds, and a process group that is killed as
// one. What it returns is measured before it is believed.
package speech
