package locale

var slavic = []Locale{
	{
		Name: "bg-bg", Countries: "BG", Register: Formal,
		Written: Written{
			Branded: "{code} е вашият код за {brand}. Не го споделяйте.",
			Plain:   "{code} е вашият код за потвърждение. Не го споделяйте.",
			PIN:     "Вашият PIN код за {brand} е {code}",
		},
	},
	{
		Name: "pl-pl", Countries: "PL", Register: Informal,
		Written: Written{
			Branded: "{code} to kod {brand}. Nie podawaj go nikomu.",
			Plain:   "{code} to kod weryfikacyjny. Nie podawaj go nikomu.",
			PIN:     "Kod PIN {brand} to {code}",
		},
		Spoken: Spoken{
			Voice:   "pl",
			Branded: "Twój kod {brand} to",
			Plain:   "Twój kod to",
			Again:   "Powtarzam",
			Press:   "Aby usłyszeć kod, naciśnij jeden.",
			Replay:  "Aby usłyszeć go ponownie, naciśnij jeden.",
		},
	},
	{
		Name: "ru-ru", Countries: "BY KG KZ RU", Register: Formal,
		Written: Written{
			Branded: "{code} — ваш код {brand}. Никому его не сообщайте.",
			Plain:   "{code} — ваш код подтверждения. Никому его не сообщайте.",
			PIN:     "Ваш PIN-код {brand}: {code}",
		},
		Spoken: Spoken{
			Voice: "ru", Script: Cyrillic,
			Branded: "Ваш код {brand}",
			Plain:   "Ваш код",
			Again:   "Повторяю",
			Press:   "Чтобы услышать код, нажмите один.",
			Replay:  "Чтобы услышать его ещё раз, нажмите один.",
			// espeak-ng 1.51 reads some figures wrong: 0 as нойль, 5 as пьять, 7 as сейм,
			// and the vowels of 1 and 9.
			Digits:  digits("ноль один два три четыре пять шесть семь восемь девять"),
			Letters: letters("а бэ цэ дэ е эф гэ аш и йот ка эль эм эн о пэ ку эр эс тэ у вэ дубль-вэ икс игрек зет"),
		},
	},
	{
		Name: "uk-ua", Countries: "UA", Register: Formal,
		Written: Written{
			Branded: "{code} — ваш код {brand}. Нікому його не повідомляйте.",
			Plain:   "{code} — ваш код підтвердження. Нікому його не повідомляйте.",
			PIN:     "Ваш PIN-код {brand}: {code}",
		},
		Spoken: Spoken{
			Voice: "uk", Script: Cyrillic,
			Branded: "Ваш код {brand}",
			Plain:   "Ваш код",
			Again:   "Повторюю",
			Press:   "Щоб почути код, натисніть один.",
			Replay:  "Щоб почути його ще раз, натисніть один.",
			Digits:  [10]string{0: "нуль", 3: "три"}, // the figures end in soft sounds of Russian
		},
	},
}
