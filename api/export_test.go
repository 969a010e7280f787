package api

// NewDialects returns all dialects.
var NewDialects = newDialects
