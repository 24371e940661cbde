//! The commit that the binary is built from.
//!
//! It is read from git's log of HEAD while this file is compiled: the compiler notes that it has read the log, so that
//! Cargo compiles the binary, and not the library, again after a commit.

/// The commit: as whoever builds says (`SERL_COMMIT`), as in a package from a registry, or that of the checkout.
pub const COMMIT: Option<&str> = match (option_env!("SERL_COMMIT"), option_env!("SERL_PACKAGED_COMMIT")) {
    (Some(commit), _) | (None, Some(commit)) => Some(commit),
    (None, None) => CHECKED_OUT,
};

#[cfg(not(commit_log))]
const CHECKED_OUT: Option<&str> = None;

#[cfg(commit_log)]
const CHECKED_OUT: Option<&str> = {
    // A copy: the log itself, which names people, must not become part of the binary.
    const FOUND: &[u8] = last(include_bytes!(env!("SERL_COMMIT_LOG")));
    static COPY: [u8; FOUND.len()] = {
        let mut copy = [0; FOUND.len()];
        copy.copy_from_slice(FOUND);
        copy
    };
    match str::from_utf8(&COPY) {
        Ok(commit) if !commit.is_empty() => Some(commit),
        _ => None,
    }
};

/// The second word of the last line of `log`: git writes `before after who when`.
#[cfg(commit_log)]
const fn last(log: &[u8]) -> &[u8] {
    let mut end = log.len();
    while end > 0 && log[end - 1] == b'\n' {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && log[start - 1] != b'\n' {
        start -= 1;
    }
    let (line, _) = log.split_at(end);
    let (_, line) = line.split_at(start);
    let mut first = 0;
    while first < line.len() && line[first] != b' ' {
        first += 1;
    }
    let mut past = first + 1;
    while past < line.len() && line[past] != b' ' {
        past += 1;
    }
    if past > line.len() {
        return &[];
    }
    let (words, _) = line.split_at(past);
    let (_, word) = words.split_at(first + 1);
    word
}
