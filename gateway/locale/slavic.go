package locale

var slavic = []Locale{
	{
		Name: "bg-bg", Countries: "BG", Register: Formal,
		Written: Written{
			Branded: "{code} е вашият код за {brand}. Не го споделяйте.",
			Plain:   "{code} е вашият код за потвърждение. Не го споделяйте.",
			PIN:     "Вашият PIN код за {brand} е {code}",
			Asked:   "Изпратете това само ако сте го поискали.",
		},
		Spoken: Spoken{
			Voice: "bg", Script: Cyrillic,
			Branded: "Вашият код за {brand} е",
			Plain:   "Вашият код е",
			Again:   "Повтарям",
			Press:   "За да чуете кода, натиснете едно.",
			Replay:  "За да го чуете отново, натиснете едно.",
		},
	},
	{
		Name: "pl-pl", Countries: "PL", Register: Informal,
		Written: Written{
			Branded: "{code} to kod {brand}. Nie podawaj go nikomu.",
			Plain:   "{code} to kod weryfikacyjny. Nie podawaj go nikomu.",
			PIN:     "Kod PIN {brand} to {code}",
			Asked:   "Wyślij to tylko, jeśli to Twoja prośba.",
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
			Asked:   "Отправляйте, только если вы сами это запросили.",
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
			Asked:   "Надсилайте, лише якщо ви самі це запросили.",
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
	{
		Name: "cs-cz", Countries: "CZ", Register: Formal,
		Written: Written{
			Branded: "{code} je váš kód {brand}. Nikomu ho nesdělujte.",
			Plain:   "{code} je váš ověřovací kód. Nikomu ho nesdělujte.",
			PIN:     "Váš PIN pro {brand} je {code}",
			Asked:   "Odešlete, jen pokud jste o to sami požádali.",
		},
		Spoken: Spoken{
			Voice:   "cs",
			Branded: "Váš kód {brand} je",
			Plain:   "Váš kód je",
			Again:   "Opakuji",
			Press:   "Pro poslech kódu stiskněte jedničku.",
			Replay:  "Pro opakování stiskněte jedničku.",
		},
	},
	{
		Name: "hr-hr", Countries: "HR", Register: Formal,
		Written: Written{
			Branded: "{code} je vaš kod za {brand}. Ne dijelite ga ni s kim.",
			Plain:   "{code} je vaš potvrdni kod. Ne dijelite ga ni s kim.",
			PIN:     "Vaš PIN za {brand} je {code}",
			Asked:   "Pošaljite samo ako ste to sami zatražili.",
		},
		Spoken: Spoken{
			Voice:   "hr",
			Branded: "Vaš kod za {brand} je",
			Plain:   "Vaš kod je",
			Again:   "Ponavljam",
			Press:   "Za slušanje koda pritisnite jedan.",
			Replay:  "Za ponavljanje pritisnite jedan.",
		},
	},
	{
		Name: "sr-rs", Countries: "ME RS", Register: Formal, // in Latin letters, as short messages there mostly are
		Written: Written{
			Branded: "{code} je vaš kod za {brand}. Ne delite ga ni sa kim.",
			Plain:   "{code} je vaš kod za potvrdu. Ne delite ga ni sa kim.",
			PIN:     "Vaš PIN za {brand} je {code}",
			Asked:   "Pošaljite samo ako ste to sami tražili.",
		},
		Spoken: Spoken{
			Voice:   "sr",
			Branded: "Vaš kod za {brand} je",
			Plain:   "Vaš kod je",
			Again:   "Ponavljam",
			Press:   "Za slušanje koda pritisnite jedan.",
			Replay:  "Za ponavljanje pritisnite jedan.",
		},
	},
	{
		Name: "sk-sk", Countries: "SK", Register: Formal,
		Written: Written{
			Branded: "{code} je váš kód {brand}. Nikomu ho neprezraďte.",
			Plain:   "{code} je váš overovací kód. Nikomu ho neprezraďte.",
			PIN:     "Váš PIN pre {brand} je {code}",
			Asked:   "Odošlite, len ak ste o to sami požiadali.",
		},
		Spoken: Spoken{
			Voice:   "sk",
			Branded: "Váš kód {brand} je",
			Plain:   "Váš kód je",
			Again:   "Opakujem",
			Press:   "Pre vypočutie kódu stlačte jednotku.",
			Replay:  "Pre zopakovanie stlačte jednotku.",
		},
	},
	{
		Name: "sl-si", Countries: "SI", Register: Formal,
		Written: Written{
			Branded: "{code} je vaša koda za {brand}. Nikomur je ne povejte.",
			Plain:   "{code} je vaša potrditvena koda. Nikomur je ne povejte.",
			PIN:     "Vaš PIN za {brand} je {code}",
			Asked:   "Pošljite samo, če ste to sami zahtevali.",
		},
		Spoken: Spoken{
			Voice:   "sl",
			Branded: "Vaša koda za {brand} je",
			Plain:   "Vaša koda je",
			Again:   "Ponavljam",
			Press:   "Za poslušanje kode pritisnite ena.",
			Replay:  "Za ponovitev pritisnite ena.",
		},
	},
}
