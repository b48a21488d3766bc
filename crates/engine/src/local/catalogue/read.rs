//! Parses a catalogue, and reports all its faults at once.

use super::check::{self, Lines};
use super::{CatalogueEntry, Fault, SizeEntry, sizes};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// Reads a catalogue. Each app is read by itself, so that a fault in one does not hide the faults
/// of the others.
pub(super) fn read(text: &str) -> Result<Vec<CatalogueEntry>, Vec<Fault>> {
    let document = DeTable::parse(text)
        .map_err(|error| vec![fault_of(text, &error, 0)])?
        .into_inner();
    let mut faults = Vec::new();
    let mut apps = Vec::new();
    let mut sizes = Vec::new();
    for (key, value) in document {
        if key.get_ref() == "size" {
            match read_sizes(text, value) {
                Ok(found) => sizes = found,
                Err(found) => faults.extend(found),
            }
            continue;
        }
        if key.get_ref() != "app" {
            faults.push(Fault {
                line: Some(line_of(text, key.span().start)),
                message: format!(
                    "unknown key `{}`; an app begins with [[app]], a size of all apps with [[size]]",
                    key.get_ref()
                ),
            });
            continue;
        }
        let start = value.span().start;
        let DeValue::Array(entries) = value.into_inner() else {
            faults.push(Fault {
                line: Some(line_of(text, start)),
                message: "`app` is not a list; begin each app with [[app]]".to_owned(),
            });
            continue;
        };
        for entry in entries {
            match read_one(text, entry) {
                Ok((entry, lines)) => {
                    faults.extend(check::entry(&entry, &lines));
                    apps.push((entry, lines));
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    faults.extend(check::unique_names(&apps));
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.line);
        return Err(faults);
    }
    Ok(apps
        .into_iter()
        .map(|(mut entry, _)| {
            if entry.title.is_empty() {
                entry.title.clone_from(&entry.name);
            }
            entry.sizes.get_or_insert_with(|| sizes.clone());
            entry
        })
        .collect())
}

/// Reads the sizes of all apps.
fn read_sizes(text: &str, value: Spanned<DeValue<'_>>) -> Result<Vec<SizeEntry>, Vec<Fault>> {
    let start = value.span().start;
    let sizes = Vec::<SizeEntry>::deserialize(ValueDeserializer::from(value))
        .map_err(|error| vec![fault_of(text, &error, start)])?;
    let faults: Vec<_> = sizes::faults(&sizes)
        .into_iter()
        .map(|message| Fault {
            line: Some(line_of(text, start)),
            message,
        })
        .collect();
    match faults.is_empty() {
        true => Ok(sizes),
        false => Err(faults),
    }
}

fn read_one(text: &str, value: Spanned<DeValue<'_>>) -> Result<(CatalogueEntry, Lines), Fault> {
    let start = value.span().start;
    let mut lines = Lines::new(line_of(text, start));
    if let DeValue::Table(table) = value.get_ref() {
        for key in table.keys() {
            lines.add(key.get_ref(), line_of(text, key.span().start));
        }
    }
    let entry = CatalogueEntry::deserialize(ValueDeserializer::from(value))
        .map_err(|error| fault_of(text, &error, start))?;
    Ok((entry, lines))
}

fn fault_of(text: &str, error: &toml::de::Error, start: usize) -> Fault {
    let at = error.span().map_or(start, |span| span.start);
    Fault {
        line: Some(line_of(text, at)),
        message: error.message().trim().replace('\n', "; "),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
