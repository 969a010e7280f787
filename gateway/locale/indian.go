package locale

var indian = []Locale{
	{
		Name: "hi-in", Register: Formal, // numbers of India get en-in
		Written: Written{
			Branded: "{code} आपका {brand} कोड है। इसे किसी को न बताएँ।",
			Plain:   "{code} आपका सत्यापन कोड है। इसे किसी को न बताएँ।",
			PIN:     "आपका {brand} PIN {code} है",
			Asked:   "इसे तभी भेजें जब आपने इसे माँगा हो।",
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
	{
		Name: "bn-bd", Countries: "BD", Register: Formal,
		Written: Written{
			Branded: "{code} আপনার {brand} কোড। কাউকে বলবেন না।",
			Plain:   "{code} আপনার যাচাইকরণ কোড। কাউকে বলবেন না।",
			PIN:     "আপনার {brand} PIN হলো {code}",
			Asked:   "আপনি চেয়ে থাকলে তবেই এটি পাঠান।",
		},
		Spoken: Spoken{
			Voice: "bn", Script: Bengali,
			Branded: "আপনার {brand} কোড",
			Plain:   "আপনার কোড",
			Again:   "আবার বলছি",
			Press:   "কোড শুনতে এক চাপুন।",
			Replay:  "আবার শুনতে এক চাপুন।",
		},
	},
	{
		Name: "ur-pk", Countries: "PK", Register: Formal,
		Written: Written{
			Branded: "{code} آپ کا {brand} کوڈ ہے۔ کسی کو نہ بتائیں۔",
			Plain:   "{code} آپ کا تصدیقی کوڈ ہے۔ کسی کو نہ بتائیں۔",
			PIN:     "آپ کا {brand} PIN {code} ہے",
			Asked:   "یہ صرف تب بھیجیں جب آپ نے خود مانگا ہو۔",
		},
		Spoken: Spoken{
			Voice: "ur", Script: Arabic,
			Branded: "آپ کا {brand} کوڈ ہے",
			Plain:   "آپ کا کوڈ ہے",
			Again:   "دوبارہ سنیے",
			Press:   "کوڈ سننے کے لیے ایک دبائیں۔",
			Replay:  "دوبارہ سننے کے لیے ایک دبائیں۔",
		},
	},
	{
		Name: "ta-in", Register: Formal,
		Written: Written{
			Branded: "{code} உங்கள் {brand} குறியீடு. பகிர வேண்டாம்.",
			Plain:   "{code} உங்கள் சரிபார்ப்புக் குறியீடு. யாரிடமும் பகிர வேண்டாம்.",
			PIN:     "உங்கள் {brand} PIN: {code}",
			Asked:   "நீங்கள் கேட்டிருந்தால் மட்டுமே இதை அனுப்பவும்.",
		},
		Spoken: Spoken{
			Voice: "ta", Script: Tamil,
			Branded: "உங்கள் {brand} குறியீடு",
			Plain:   "உங்கள் குறியீடு",
			Again:   "மீண்டும் சொல்கிறேன்",
			Press:   "குறியீட்டைக் கேட்க ஒன்றை அழுத்தவும்.",
			Replay:  "மீண்டும் கேட்க ஒன்றை அழுத்தவும்.",
		},
	},
	{
		Name: "te-in", Register: Formal,
		Written: Written{
			Branded: "{code} మీ {brand} కోడ్. దీన్ని ఎవరికీ చెప్పకండి.",
			Plain:   "{code} మీ ధృవీకరణ కోడ్. దీన్ని ఎవరికీ చెప్పకండి.",
			PIN:     "మీ {brand} PIN: {code}",
			Asked:   "మీరు కోరితేనే దీన్ని పంపండి.",
		},
		Spoken: Spoken{
			Voice: "te", Script: Telugu,
			Branded: "మీ {brand} కోడ్",
			Plain:   "మీ కోడ్",
			Again:   "మళ్ళీ చెబుతున్నాను",
			Press:   "కోడ్ వినడానికి ఒకటి నొక్కండి.",
			Replay:  "మళ్ళీ వినడానికి ఒకటి నొక్కండి.",
		},
	},
}
