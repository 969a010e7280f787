package api

// NewDialects returns the dialects of the table.
var NewDialects = newDialects
