package api

// NewDialects returns all dialects.
var NewDialects = newDialects

// Connections returns how many connections are accepted at the same time.
func (s *Server) Connections() int { return s.cfg.Connections }

// Statuses are the HTTP statuses by error code.
var Statuses = statuses
