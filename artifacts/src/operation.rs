//! The kinds of calls by which the store changes the disk.

/// The operation of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Creates a file.
    Create,
    /// Writes into a file.
    Write,
    /// Syncs the content of a file.
    SyncFile,
    /// Syncs the names in a folder.
    SyncDir,
    /// Renames a file or folder.
    Rename,
    /// Removes a file, or a folder with its content.
    Remove,
    /// Creates a folder.
    CreateDir,
    /// Creates a symbolic link.
    Link,
    /// Changes permissions or times.
    Mark,
}
