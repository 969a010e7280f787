// Package v1 holds the JSON objects of the native API, as the server writes them
// and the client reads them. The document openapi.yaml of package api describes
// them; states and kinds are the words that it lists.
//
// The package imports nothing of simgate but the codes of errors.
package v1
