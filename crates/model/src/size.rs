//! Sizes of a workbench: how much of a machine its app may use. The catalogue offers them, and the
//! workbench has the name of one.

use crate::lenient;
use crate::problem::FieldError;
use serde::{Deserialize, Serialize};

/// Largest number of sizes of an app.
pub const MAX_SIZES: usize = 20;
/// Longest name of a size, in characters.
pub const MAX_NAME: usize = 63;
/// Field of a size in a request.
const FIELD: &str = "spec.size";

/// Size that an app offers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkbenchSize {
    /// A DNS label; unique in the app.
    pub name: String,
    /// Name on the screen.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// CPUs that the app may use; 0: as many as its entry says.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub cpu: f64,
    /// Memory that the app may use; 0: as much as its entry says.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub memory_mb: u64,
    /// GPUs that the app gets.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub gpus: u32,
    /// Limits of this size that do not hold here, in a sentence; empty if all hold.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub remark: String,
}

impl WorkbenchSize {
    /// Returns the title, or the name if there is none.
    pub fn display_title(&self) -> &str {
        match self.title.as_str() {
            "" => &self.name,
            title => title,
        }
    }

    /// Returns its parts: "1 CPU, 2 GB memory, 1 GPU".
    pub fn parts(&self) -> String {
        let plural = |count: f64, one: &'static str, many: &'static str| {
            format!("{count} {}", if count == 1.0 { one } else { many })
        };
        let parts = [
            (self.cpu > 0.0).then(|| plural(self.cpu, "CPU", "CPUs")),
            (self.memory_mb > 0).then(|| memory(self.memory_mb)),
            (self.gpus > 0).then(|| plural(self.gpus.into(), "GPU", "GPUs")),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        parts.join(", ")
    }

    /// Returns title and parts: "Small: 1 CPU, 2 GB memory".
    pub fn label(&self) -> String {
        match self.parts() {
            parts if parts.is_empty() => self.display_title().to_owned(),
            parts => [self.display_title(), ": ", &parts].concat(),
        }
    }
}

fn memory(megabytes: u64) -> String {
    match megabytes {
        whole if whole % 1_000 == 0 => format!("{} GB memory", whole / 1_000),
        part if part > 1_000 && part % 100 == 0 => {
            format!("{}.{} GB memory", part / 1_000, part % 1_000 / 100)
        }
        part => format!("{part} MB memory"),
    }
}

/// Returns the place of the size that a workbench has: the named one or, without a name, the first. `None`
/// if there are no sizes and none is named.
///
/// # Errors
/// Fails with a sentence if the named size is not offered.
pub fn chosen<'a>(
    offered: impl IntoIterator<Item = (&'a str, &'a str)>,
    name: Option<&str>,
) -> Result<Option<usize>, String> {
    let offered: Vec<_> = offered.into_iter().collect();
    let Some(name) = name else {
        return Ok((!offered.is_empty()).then_some(0));
    };
    let found = offered.iter().position(|(own, _)| *own == name);
    if let Some(place) = found {
        return Ok(Some(place));
    }
    let titles: Vec<_> = offered.iter().map(|(_, title)| *title).collect();
    let others = match titles.is_empty() {
        true => "The app has no sizes to choose from.".to_owned(),
        false => format!("Choose one of: {}.", titles.join(", ")),
    };
    Err(format!("The size {name:?} isn't offered. {others}"))
}

/// Returns the size that a workbench with this spec gets, as [`chosen`] does.
///
/// # Errors
/// Fails with a sentence if the named size is not offered.
pub fn of_app<'a>(
    sizes: &'a [WorkbenchSize],
    name: Option<&str>,
) -> Result<Option<&'a WorkbenchSize>, String> {
    let offered = sizes
        .iter()
        .map(|size| (size.name.as_str(), size.display_title()));
    Ok(chosen(offered, name)?.and_then(|place| sizes.get(place)))
}

/// Checks the size of a spec, where `stored` is the workbench's present one: it may stay, also when the
/// catalogue offers it no longer.
pub fn problem(
    sizes: &[WorkbenchSize],
    name: Option<&str>,
    stored: Option<&str>,
) -> Option<FieldError> {
    if name.is_some() && name == stored {
        return None;
    }
    let why = of_app(sizes, name).err()?;
    Some(FieldError::new(FIELD, why))
}

/// Returns `true` if this can be the name of a size.
pub fn is_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Checks the form of a spec's size.
pub(crate) fn check_name(name: &str) -> Option<FieldError> {
    let message = "Use the name of a size: lower-case letters, digits or inner hyphens.";
    (!is_name(name)).then(|| FieldError::new(FIELD, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(name: &str, cpu: f64, memory_mb: u64, gpus: u32) -> WorkbenchSize {
        WorkbenchSize {
            name: name.to_owned(),
            cpu,
            memory_mb,
            gpus,
            ..WorkbenchSize::default()
        }
    }

    #[test]
    fn sizes_are_described_by_what_they_limit() {
        for (size, expected) in [
            (size("small", 1.0, 2_000, 0), "1 CPU, 2 GB memory"),
            (size("tiny", 0.5, 512, 0), "0.5 CPUs, 512 MB memory"),
            (size("large", 8.0, 1_500, 1), "8 CPUs, 1.5 GB memory, 1 GPU"),
            (size("odd", 0.0, 1_550, 2), "1550 MB memory, 2 GPUs"),
            (size("any", 0.0, 0, 0), ""),
        ] {
            assert_eq!(size.parts(), expected);
        }
        assert_eq!(size("any", 0.0, 0, 0).label(), "any");
        let titled = WorkbenchSize {
            title: "Small".to_owned(),
            ..size("small", 1.0, 0, 0)
        };
        assert_eq!(titled.label(), "Small: 1 CPU");
    }

    #[test]
    fn workbench_without_a_size_gets_the_first_one() {
        let sizes = [size("small", 1.0, 0, 0), size("large", 4.0, 0, 0)];
        let name = |name| of_app(&sizes, name).map(|size| size.map(|size| size.name.clone()));
        assert_eq!(name(None), Ok(Some("small".to_owned())));
        assert_eq!(name(Some("large")), Ok(Some("large".to_owned())));
        assert_eq!(of_app(&[], None), Ok(None));
    }

    #[test]
    fn size_that_is_not_offered_is_refused_unless_the_workbench_has_it() {
        let sizes = [size("small", 1.0, 0, 0), size("large", 4.0, 0, 0)];
        let refused = problem(&sizes, Some("huge"), Some("small")).expect("refused");
        assert_eq!(refused.field, "spec.size");
        assert_eq!(
            refused.message,
            "The size \"huge\" isn't offered. Choose one of: small, large."
        );
        assert_eq!(problem(&sizes, Some("huge"), Some("huge")), None);
        assert_eq!(problem(&sizes, None, Some("huge")), None);
        let none = problem(&[], Some("small"), None).expect("refused");
        assert!(none.message.contains("no sizes"), "{}", none.message);
        for (name, is_right) in [("s-2", true), ("", false), ("Small", false), ("-a", false)] {
            assert_eq!(check_name(name).is_none(), is_right, "{name}");
        }
    }
}
