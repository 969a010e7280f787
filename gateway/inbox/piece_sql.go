package inbox

import (
	"encoding/hex"

	"simgate/gateway/store"
)

// The kinds of stored pieces.
const (
	pieceText  = "text"
	pieceUTF16 = "utf16" // in hexadecimal
	pieceData  = "data"  // in hexadecimal
)

func insertPiece(tx *store.Tx, id int64, seq int, p piece) error {
	kind, body := pieceText, p.text
	switch {
	case p.data != nil:
		kind, body = pieceData, hex.EncodeToString(p.data)
	case p.utf16 != nil:
		kind, body = pieceUTF16, hex.EncodeToString(p.utf16)
	}
	_, err := tx.Exec(`INSERT INTO incoming_part (incoming_id, seq, pdu, kind, body) VALUES (?, ?, '', ?, ?)`, id, seq, kind, body)
	return err
}

// storedPiece is a piece with its place, or as it came: raw.
type storedPiece struct {
	seq int
	raw string
	piece
}

func selectPieces(tx *store.Tx, id int64) ([]storedPiece, error) {
	return store.All(tx, func(row store.Scanner) (p storedPiece, err error) {
		var kind, body string
		if err := row.Scan(&p.seq, &p.raw, &kind, &body); err != nil {
			return p, err
		}
		switch kind {
		case pieceText:
			p.text = body
		case pieceUTF16:
			p.utf16, err = hex.DecodeString(body)
		case pieceData:
			p.data, err = hex.DecodeString(body)
		}
		return p, err
	}, `SELECT seq, pdu, kind, body FROM incoming_part WHERE incoming_id = ?`, id)
}
