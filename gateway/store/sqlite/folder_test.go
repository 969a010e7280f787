package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"
)

var oneTable = fstest.MapFS{"0001_one.sql": {Data: []byte("CREATE TABLE one (n INTEGER)")}}

func TestNetworkFileSystemIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		fsType  uint32
		refused string
	}{
		"ext4":  {unix.EXT4_SUPER_MAGIC, ""},
		"btrfs": {unix.BTRFS_SUPER_MAGIC, ""},
		"f2fs":  {unix.F2FS_SUPER_MAGIC, ""},
		"tmpfs": {unix.TMPFS_MAGIC, ""},
		"nfs":   {0x6969, "NFS"},
		"smb":   {0x517b, "SMB"},
		"smb2":  {0xfe534d42, "SMB"},
		"cifs":  {0xff534d42, "SMB"},
		"sshfs": {0x65735546, "FUSE"},
	} {
		t.Run(name, func(t *testing.T) {
			err := local("/state", test.fsType)
			switch {
			case test.refused == "" && err != nil:
				t.Error(err)
			case test.refused != "" && (err == nil || !strings.Contains(err.Error(), "/state is on a network file system ("+test.refused+")")):
				t.Errorf("answered with %v", err)
			}
		})
	}
}

func TestPathIsForOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	first, err := Open(t.Context(), Config{Path: path}, oneTable)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	// flock(2) belongs to the open file, so a second open of this process
	// stands for one of another.
	if _, err := Open(t.Context(), Config{Path: path}, oneTable); err == nil || !strings.Contains(err.Error(), "another simgate is using "+path) {
		t.Errorf("the second was answered with %v", err)
	}
	if err := first.Read(t.Context(), func(*Tx) error { return nil }); err != nil {
		t.Errorf("the first suffers: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	third, err := Open(t.Context(), Config{Path: path}, oneTable)
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
}

func TestFileThatIsNoDatabaseIsLeftAlone(t *testing.T) {
	for name, content := range map[string]string{
		"text":          "# notes of last summer\n" + strings.Repeat("sun ", 4096),
		"short":         "x",
		"damaged magic": "SQLite format 4\x00" + strings.Repeat("\x00", 4096),
		"damaged head":  "SQLite format 3\x00" + strings.Repeat("\xff", 4096),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "test.db")
			if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), Config{Path: path}, oneTable)
			if err == nil || !strings.Contains(err.Error(), "not a") || !strings.Contains(err.Error(), "database") {
				t.Errorf("answered with %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != content {
				t.Errorf("the file has changed (%v)", err)
			}
		})
	}
}

func TestPathThatCannotBeOpened(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := filepath.Join(folder, "sealed")
	if err := os.WriteFile(sealed, nil, 0o000); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ path, says string }{
		"no path":            {"", "no path"},
		"a folder":           {folder, "is a directory"},
		"below a file":       {filepath.Join(folder, "file", "test.db"), "not a directory"},
		"without permission": {sealed, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.path == sealed && os.Geteuid() == 0 {
				t.Skip("root may read everything")
			}
			if _, err := Open(context.Background(), Config{Path: test.path}, oneTable); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("answered with %v", err)
			}
		})
	}
}
