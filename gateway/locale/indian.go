package locale

var indian = []Locale{
	{
		Name: "hi-in", Register: Formal, // numbers of India get en-in
		Written: Written{
			Branded: "{code} आपका {brand} कोड है। इसे किसी को न बताएँ।",
			Plain:   "{code} आपका सत्यापन कोड है। इसे किसी को न बताएँ।",
			PIN:     "आपका {brand} PIN {code} है",
		},
		Spoken: Spoken{
			Voice: "hi", Script: Devanagari,
			Branded: "आपका {brand} कोड है",
			Plain:   "आपका कोड है",
			Again:   "फिर से सुनिए",
			Press:   "कोड सुनने के लिए एक दबाएँ।",
			Replay:  "दोबारा सुनने के लिए एक दबाएँ।",
		},
	},
}
