package locale

var african = []Locale{
	{
		Name: "sw-tz", Countries: "TZ",
		Written: Written{
			Branded: "{code} ni msimbo wako wa {brand}. Usimpe mtu yeyote.",
			Plain:   "{code} ni msimbo wako wa uthibitisho. Usimpe mtu yeyote.",
			PIN:     "PIN yako ya {brand} ni {code}",
			Asked:   "Tuma hii tu ikiwa umeiomba mwenyewe.",
		},
		Spoken: Spoken{
			Voice:   "sw",
			Branded: "Msimbo wako wa {brand} ni",
			Plain:   "Msimbo wako ni",
			Again:   "Narudia",
			Press:   "Ili kusikia msimbo, bonyeza moja.",
			Replay:  "Ili kusikia tena, bonyeza moja.",
		},
	},
}
