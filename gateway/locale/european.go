package locale

// european are the languages of Europe that are of none of its large families.
var european = []Locale{
	{
		Name: "el-gr", Countries: "CY GR", Register: Formal,
		Written: Written{
			Branded: "{code} είναι ο κωδικός {brand}. Μην τον μοιραστείτε.",
			Plain:   "{code} είναι ο κωδικός επαλήθευσης. Μην τον μοιραστείτε.",
			PIN:     "Το PIN σας για {brand} είναι {code}",
		},
		Spoken: Spoken{
			Voice: "el", Script: Greek,
			Branded: "Ο κωδικός σας για {brand} είναι",
			Plain:   "Ο κωδικός σας είναι",
			Again:   "Επαναλαμβάνω",
			Press:   "Για να ακούσετε τον κωδικό, πατήστε το ένα.",
			Replay:  "Για να τον ακούσετε ξανά, πατήστε το ένα.",
		},
	},
}
