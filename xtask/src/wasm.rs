//! As much of WebAssembly's binary format as the build has to read: the sections of a module, and its
//! numbers.

use anyhow::{Context, Result, bail, ensure};

/// Magic number and version.
pub const HEADER: &[u8; 8] = b"\0asm\x01\0\0\0";

/// The sections of a module, each with its kind and without its length, in their order.
pub fn sections(module: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let mut rest = Rest(module);
    ensure!(rest.take(HEADER.len())? == HEADER, "no module of version 1");
    let mut all = Vec::new();
    while !rest.0.is_empty() {
        let kind = rest.byte()?;
        let length = rest.number()?;
        all.push((kind, rest.take(length)?));
    }
    Ok(all)
}

/// Writes a section.
pub fn push_section(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    out.push(kind);
    push_bytes(out, content);
}

/// What is still to be read.
pub struct Rest<'a>(pub &'a [u8]);

impl<'a> Rest<'a> {
    /// One byte.
    pub fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.0.split_first().context("ends too early")?;
        self.0 = rest;
        Ok(*first)
    }

    /// So many bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// LEB128, as all numbers of the format.
    pub fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        bail!("a number without end");
    }
}

/// Writes a number as LEB128.
pub fn push_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or(0));
}

/// Writes bytes after their number.
pub fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_number(out, bytes.len());
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read_as_they_were_written() {
        let mut module = HEADER.to_vec();
        push_section(&mut module, 1, &[7; 300]);
        push_section(&mut module, 3, &[]);
        let read = sections(&module).unwrap();
        assert_eq!(read, [(1, &[7; 300][..]), (3, &[][..])]);
        assert!(sections(&module[..module.len() - 1]).is_err());
        assert!(sections(b"\0asm\x02\0\0\0").is_err());
        assert!(sections(&[&HEADER[..], &[1, 0x80][..]].concat()).is_err());
    }
}
