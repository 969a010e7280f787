#!/bin/bash
# Has pocketsphinx listen to single digits while others talk, before and after, and prints how
# many it heard wrongly: listen.sh SIMGATE [SIMGATE-BEFORE]. Without the second program, before
# is espeak-ng alone. It hears espeak-ng badly at the best of times, so that only the ratio
# counts. TIMES=10 is how often each digit is said. Nothing is installed.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: listen.sh SIMGATE [SIMGATE-BEFORE]; make the first with: make build" >&2; exit 2; }
after=$(realpath "$1") before=${2:+$(realpath "$2")}
model=/usr/share/pocketsphinx/model/en-us
missing=
command -v espeak-ng >/dev/null || missing="$missing espeak-ng"
command -v sox >/dev/null || missing="$missing sox"
command -v pocketsphinx_batch >/dev/null || missing="$missing pocketsphinx"
[ -e $model/cmudict-en-us.dict ] || missing="$missing pocketsphinx-en-us"
[ -z "$missing" ] || { echo "listen: install what is missing with: sudo apt-get install$missing" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

once=(silence 1 0.01 1% 1 0.2 1% pad 0.3 0.3) # of what is said, the first sound alone
say() { # DIGIT FILE [SIMGATE]
	if [ $# = 3 ]; then
		"$3" speech "$1$1$1$1$1" --language en-us --out all.wav >/dev/null
	else
		espeak-ng -s 120 -v en-us "$1" -w all.wav
	fi
	sox all.wav -r 8000 "$2" "${once[@]}"
}
loudness() { sox "$1" -n stat 2>&1 | awk '/^RMS.*amplitude/ { print $3 }'; }

voices=(en-us+f2 en-gb+m3 en-us+m1 en-gb+f3 en-us+m7 en-us+f4)
for i in "${!voices[@]}"; do
	espeak-ng -s $((150 + 5 * i)) -v "${voices[i]}" --stdout "The weather was fine while they waited for a train that never came, so somebody bought bread and told us about his brother, who sells old radios at the harbour." |
		sox -V1 -t wav - -r 8000 "talk$i.wav" trim "$i" repeat 9 trim 0 60
done
sox -m talk?.wav babble.wav
babble=$(loudness babble.wav)

printf '#JSGF V1.0;\ngrammar one;\npublic <digit> = zero | one | two | three | four | five | six | seven | eight | nine;\n' >digit.jsgf
wrong() { # FOLDER: prints how many of its files were heard wrongly
	(cd "$1" && printf '%s\n' *.raw | sed 's/\.raw$//') >"$1.ctl"
	pocketsphinx_batch -hmm $model/en-us -dict $model/cmudict-en-us.dict -jsgf digit.jsgf -adcin yes \
		-cepdir "$1" -cepext .raw -ctl "$1.ctl" -hyp "$1.hyp" >/dev/null 2>&1
	awk 'BEGIN { split("zero one two three four five six seven eight nine", word) }
		{ match($0, /\([0-9]/); if ($1 != word[substr($0, RSTART + 1, 1) + 1]) n++ }
		END { print n + 0 }' "$1.hyp"
}

times=${TIMES:-10}
for digit in 0 1 2 3 4 5 6 7 8 9; do
	say $digit before$digit.wav ${before:+"$before"}
	say $digit after$digit.wav "$after"
done
echo "digits heard wrongly, of $((10 * times)):"
printf '%-14s %7s %7s %7s\n' babble before after ratio
for db in none 30 25 20 15; do
	for side in before after; do
		mkdir $side
		loud=$(sox $side?.wav -p | loudness -)
		share=0
		[ $db = none ] || share=$(awk -v s="$loud" -v b="$babble" -v db=$db 'BEGIN { print s / b / 10 ^ (db / 20) }')
		for ((i = 0; i < 10 * times; i++)); do
			said=$side$((i % 10)).wav
			sox babble.wav -p trim $((i * 7 % 50)) "$(soxi -D $said)" vol "$share" |
				sox -m -v 1 - -v 1 $said -r 16000 -b 16 -e signed -c 1 "$side/$((i % 10))-$i.raw" vol 0.5
		done
	done
	b=$(wrong before) a=$(wrong after)
	rm -r before after
	[ $db = none ] || db="$db dB below"
	printf '%-14s %7d %7d %7s\n' "$db" "$b" "$a" "$(awk -v a="$a" -v b="$b" 'BEGIN { if (b) printf "%.2f", a / b; else print "-" }')"
done
