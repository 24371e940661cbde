//! Records: length, checksum of the length, content, checksum of the content, all little-endian.

use super::crc::crc32c;

/// `content` as a record.
pub(super) fn record(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    let parts: [&[u8]; 4] = [
        &length,
        &masked(&length).to_le_bytes(),
        content,
        &masked(content).to_le_bytes(),
    ];
    parts.concat()
}

/// A checksum that is itself part of what is checksummed elsewhere is rotated and shifted.
fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
