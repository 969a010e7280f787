package msisdn

// Parse reads a number of country, or with country "" one that has its country code.
func Parse(s, country string) (Number, error) { return Read(s, Open(country, nil)) }
