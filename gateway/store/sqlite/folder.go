package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// networks are the file systems that several machines can share, by the magic
// number of statfs(2). FUSE is among them for sshfs and its like, which cannot
// be told from the rest.
var networks = map[uint32]string{
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.SMB2_SUPER_MAGIC: "SMB",
	unix.CIFS_SUPER_MAGIC: "SMB",
	unix.AFS_SUPER_MAGIC:  "AFS",
	unix.CODA_SUPER_MAGIC: "Coda",
	unix.CEPH_SUPER_MAGIC: "Ceph",
	unix.FUSE_SUPER_MAGIC: "FUSE",
}

// prepareFolder makes the folder if there is none, for its owner only, and
// returns an error if it is on a file system that SQLite cannot use.
func prepareFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return &os.PathError{Op: "statfs", Path: folder, Err: err}
	}
	return local(folder, uint32(fs.Type))
}

// local returns an error if the type of the folder's file system is that of a
// network.
func local(folder string, fsType uint32) error {
	if name, ok := networks[fsType]; ok {
		return fmt.Errorf("%s is on a network file system (%s), where the database would be damaged; put it on a disk of this machine", folder, name)
	}
	return nil
}

// lock takes the database at path for this process until the file returned is
// closed.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another simgate is using %s", path)
		}
		return nil, &os.PathError{Op: "flock", Path: file.Name(), Err: err}
	}
	return file, nil
}

// prepareFile makes the file if there is none and keeps it for its owner only;
// SQLite gives the log and the log's index the same mode. A file that is no
// database is left alone, and so is an empty one that was in use.
func prepareFile(path string) error {
	if err := checkEmpty(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	n, err := io.ReadFull(file, head)
	switch {
	case errors.Is(err, io.EOF): // empty, so new
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(head[:n]) != magic:
		return fmt.Errorf("%s is not a SQLite database; it was left as it is", path)
	}
	return file.Chmod(0o600)
}
