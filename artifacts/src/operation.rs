//! The kinds of calls by which the store changes the disk.

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Makes a file.
    Create,
    /// Writes into a file.
    Write,
    /// Syncs the content of a file.
    SyncFile,
    /// Syncs the names in a folder.
    SyncDir,
    /// Gives a file or folder another name.
    Rename,
    /// Removes a file, or a folder with all that is in it.
    Remove,
    /// Makes a folder.
    CreateDir,
    /// Makes a symbolic link.
    Link,
    /// Changes permissions or times.
    Mark,
}
