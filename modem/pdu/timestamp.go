package pdu

import "time"

// timestampLength is the length of a time in octets.
const timestampLength = 7

// readTimestamp decodes a time of the SMSC with its offset (TS 23.040 9.2.3.11). It
// reports false if the time is invalid: SMSCs without a clock send zeros, FF, or a year
// before 2000.
func readTimestamp(b []byte) (time.Time, bool) {
	var v [timestampLength]int
	for i := range v {
		low, high := int(b[i]&0xf), int(b[i]>>4)
		if i == 6 {
			low &= 7 // the sign of the offset
		}
		if low > 9 || high > 9 {
			return time.Time{}, false
		}
		v[i] = low*10 + high
	}
	if v[0] >= 70 { // 1970 to 1999
		return time.Time{}, false
	}
	offset := v[6] * 15 * 60
	if b[6]&0x08 != 0 {
		offset = -offset
	}
	t := time.Date(2000+v[0], time.Month(v[1]), v[2], v[3], v[4], v[5], 0, time.FixedZone("", offset))
	if t.Month() != time.Month(v[1]) || t.Day() != v[2] || t.Hour() != v[3] || t.Minute() != v[4] {
		return time.Time{}, false
	}
	return t, true
}

// encodeTimestamp encodes a time with its offset.
func encodeTimestamp(t time.Time) []byte {
	const quarter = 15 * 60
	_, offset := t.Zone()
	zone, sign := offset/quarter, byte(0)
	if zone < 0 {
		zone, sign = -zone, 0x08
	}
	var b []byte
	for _, v := range []int{t.Year() % 100, int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), zone} {
		b = append(b, byte(v%10<<4|v/10))
	}
	b[timestampLength-1] |= sign
	return b
}
