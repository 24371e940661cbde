//! Thrift structures in the compact protocol, as Parquet has them (`parquet-format`, `parquet.thrift`).

// Types of the compact protocol.
pub(crate) const STOP: u8 = 0;
pub(crate) const I32: u8 = 5;
pub(crate) const STRUCT: u8 = 12;
pub(crate) const LIST: u8 = 9;
const SET: u8 = 10;

/// Deepest structure in a file; the format has nine levels.
const DEPTH: u32 = 16;

/// Reads values one after the other; `None` where the bytes end or mean nothing.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that were read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A signed number, in zigzag order.
    pub(crate) fn number(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Type of the next field of a structure; sets its number.
    pub(crate) fn field(&mut self, number: &mut i64) -> Option<u8> {
        let byte = self.byte()?;
        let (step, kind) = (byte >> 4, byte & 0x0f);
        if kind != STOP {
            *number = match step {
                0 => self.number()?,
                step => number.checked_add(i64::from(step))?,
            };
        }
        Some(kind)
    }

    /// Length of a list or set and the type of its items. Each takes a byte at least, so more than there are bytes is
    /// refused.
    pub(crate) fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let length = match byte >> 4 {
            15 => self.varint()?,
            length => u64::from(length),
        };
        let left = self.bytes.len() - self.at;
        (length <= left as u64).then_some((length, byte & 0x0f))
    }

    /// Passes over a value of a type.
    pub(crate) fn skip(&mut self, kind: u8) -> Option<()> {
        self.pass(kind, DEPTH)
    }

    fn forward(&mut self, bytes: u64) -> Option<()> {
        self.at = usize::try_from(bytes).ok()?.checked_add(self.at)?;
        (self.at <= self.bytes.len()).then_some(())
    }

    fn pass(&mut self, kind: u8, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // Truth values are in the type.
            1 | 2 => Some(()),
            3 => self.forward(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.forward(8),
            8 => {
                let length = self.varint()?;
                self.forward(length)
            }
            LIST | SET => {
                let (length, kind) = self.list()?;
                (0..length).try_for_each(|_| match kind {
                    // In a list, truth values take a byte.
                    1 | 2 => self.forward(1),
                    kind => self.pass(kind, depth),
                })
            }
            STRUCT => {
                let mut number = 0;
                loop {
                    match self.field(&mut number)? {
                        STOP => return Some(()),
                        kind => self.pass(kind, depth)?,
                    }
                }
            }
            _ => None,
        }
    }
}
