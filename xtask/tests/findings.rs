//! Findings of the two reviews of version 0.1.0: each has a test whose comment names it.

use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Review, number of its findings.
const REVIEWS: [(&str, usize); 2] = [("security", 33), ("reliability", 16)];

#[test]
fn every_finding_of_the_reviews_has_a_test() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut named: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for file in sources(&workspace)? {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let text = comments(&text);
        for (review, _) in REVIEWS {
            named
                .entry(review)
                .or_default()
                .extend(numbers(&text, review));
        }
    }
    for (review, last) in REVIEWS {
        let expected: BTreeSet<usize> = (1..=last).collect();
        let found = named.remove(review).unwrap_or_default();
        let missing: Vec<_> = expected.difference(&found).collect();
        ensure!(
            missing.is_empty(),
            "no test names finding {missing:?} of the {review} review"
        );
        let unknown: Vec<_> = found.difference(&expected).collect();
        ensure!(
            unknown.is_empty(),
            "the {review} review has no finding {unknown:?}"
        );
    }
    Ok(())
}

#[test]
fn numbers_are_read_across_lines_and_in_lists() {
    let text = comments(
        "/// Security review, findings 1, 2\n    /// and 16: 170 pages; reliability review,\n// finding 4.\nlet x = 7;",
    );
    assert_eq!(numbers(&text, "security"), [1, 2, 16]);
    assert_eq!(numbers(&text, "reliability"), [4]);
}

/// Returns the Rust sources of the workspace that have tests.
fn sources(workspace: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = ["crates", "tests", "src", "xtask"]
        .map(|name| workspace.join(name))
        .to_vec();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !path.ends_with(file!().rsplit('/').next().unwrap_or_default())
                && has_tests(&fs::read_to_string(&path)?)
            {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn has_tests(source: &str) -> bool {
    source.contains("test]") || source.contains("::test(")
}

/// Returns the comments of a source as one line in lower case.
fn comments(source: &str) -> String {
    let lines = source
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("//"));
    let words = lines.flat_map(|line| line.trim_start_matches(['/', '!']).split_whitespace());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Returns the numbers after "REVIEW review, finding" and "REVIEW review, findings".
fn numbers(text: &str, review: &str) -> Vec<usize> {
    let start = format!("{review} review, finding");
    let mut found = Vec::new();
    for list in text.split(&start).skip(1) {
        for word in list.trim_start_matches('s').split_whitespace() {
            let digits = word.trim_end_matches([',', ';', ':', '.', ')']);
            match digits.parse() {
                Ok(number) => found.push(number),
                Err(_) if word == "and" => continue,
                Err(_) => break,
            }
            if !matches!(&word[digits.len()..], "" | ",") {
                break;
            }
        }
    }
    found
}
