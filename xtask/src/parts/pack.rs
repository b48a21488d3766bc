//! One file of a part's pieces, the like beside the like: all types, then all imports, and so on. It
//! compresses better than one module after the other; the script that links them takes it apart.

use crate::wasm;
use anyhow::{Context, Result, bail};
use std::fmt::Write;

/// The kinds of sections in the order in which a module has them; those without a meaning (0) are
/// not sent. What counts the data stands before the code, although its kind came later.
const ORDER: [u8; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

/// The length of the list, the list as JSON with the sections that each piece has, and the sections.
///
/// What a piece has is a number, the lowest bit for the first kind of section. The loader knows the same
/// order.
pub fn packed(pieces: &[(&str, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut list = String::new();
    let mut groups: [Vec<u8>; ORDER.len()] = Default::default();
    for (name, content) in pieces {
        let sections = wasm::sections(content).with_context(|| format!("the piece {name}"))?;
        let mut has = 0u16;
        for (kind, section) in sections.into_iter().filter(|(kind, _)| *kind != 0) {
            let Some(place) = ORDER.iter().position(|one| *one == kind) else {
                bail!("the piece {name} has a section of the unknown kind {kind}");
            };
            has |= 1 << place;
            wasm::push_section(&mut groups[place], kind, section);
        }
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{comma}[\"{name}\",{has}]");
    }
    let list = format!("[{list}]");
    let mut out = u32::try_from(list.len())
        .context("too many pieces")?
        .to_le_bytes()
        .to_vec();
    out.extend(list.as_bytes());
    out.extend(groups.concat());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(sections: &[(u8, &[u8])]) -> Vec<u8> {
        let mut module = wasm::HEADER.to_vec();
        for (kind, content) in sections {
            wasm::push_section(&mut module, *kind, content);
        }
        module
    }

    #[test]
    fn the_like_of_all_pieces_stands_together() {
        let a = module(&[(0, b"said"), (1, b"aa"), (12, b"1"), (10, b"code")]);
        let b = module(&[(1, b"b"), (10, b"")]);
        let part = packed(&[("a", a), ("b", b)]).unwrap();
        let list = br#"[["a",1537],["b",1025]]"#;
        let mut whole = vec![u8::try_from(list.len()).unwrap(), 0, 0, 0];
        whole.extend(list);
        whole.extend(b"\x01\x02aa\x01\x01b\x0c\x011\x0a\x04code\x0a\x00");
        assert_eq!(part, whole);
    }

    #[test]
    fn what_the_loader_would_not_know_is_refused() {
        assert!(packed(&[("a", module(&[(13, b"tag")]))]).is_err());
        assert!(packed(&[("a", b"no module".to_vec())]).is_err());
    }
}
