package store

// Personal is a table that holds numbers of people: each room that has one says how its
// rows are found, for package person.
type Personal struct {
	Name  string // of its rows, for people
	Table string
	Which string // condition on the rows of a number, with a ? for it
	// Numbers is the column, or an expression, with the number. It is "" where the rows
	// belong to those of another table with a Number, which then comes after this one.
	Numbers string
	Told    bool     // webhooks are told of its rows, which have an id
	Text    bool     // Numbers is a text in which numbers stand; [Mentions] is its condition
	Columns string   // that an export shows, with commas between, each with another name after a blank or without
	Times   []string // those of Columns that are times of day
	// Keep is for rows that stay when their number is forgotten: it puts a mark in the place of
	// the number, and returns how many rows it has changed. nil: they are deleted.
	Keep func(tx *Tx, number, mark string) (int64, error)
}

// Forgotten begins the mark of a number that was forgotten, and no number.
const Forgotten = "#"

// Mentions returns the condition that a text holds a number, for [Personal].
func Mentions(text string) string { return text + ` LIKE '%' || ? || '%'` }
