//! Checks of sizes, of an app or of the whole catalogue.

use super::SizeEntry;
use std::collections::BTreeSet;
use vestibule_model::size::{MAX_SIZES, is_name};
use vestibule_model::validation::MAX_NAME_CHARS;

/// Smallest and largest number of CPUs.
const CPUS: std::ops::RangeInclusive<f64> = 0.01..=1_000.0;
/// Smallest and largest memory, in megabytes.
const MEMORY_MB: std::ops::RangeInclusive<u64> = 16..=16_000_000;
/// Largest number of GPUs.
const MAX_GPUS: u32 = 64;

/// Returns the faults of sizes.
pub(super) fn faults(sizes: &[SizeEntry]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut names = BTreeSet::new();
    if sizes.len() > MAX_SIZES {
        messages.push(format!("there are more than {MAX_SIZES} sizes"));
    }
    for size in sizes {
        let mut complain =
            |message: &str| messages.push(format!("size `{}`: {message}", size.name));
        if !is_name(&size.name) {
            complain("`name` must be 1 to 63 lower-case letters, digits or inner hyphens");
        }
        if !names.insert(&size.name) {
            complain("the name is taken by an earlier one");
        }
        if size.title.chars().count() > MAX_NAME_CHARS {
            complain(&format!(
                "`title` has more than {MAX_NAME_CHARS} characters"
            ));
        }
        if size.cpu != 0.0 && !CPUS.contains(&size.cpu) {
            complain("`cpu` must be 0.01 to 1000; leave it out for no limit");
        }
        if size.memory_mb != 0 && !MEMORY_MB.contains(&size.memory_mb) {
            complain("`memory_mb` must be 16 to 16000000; leave it out for the app's own limit");
        }
        if size.gpus > MAX_GPUS {
            complain(&format!("`gpus` must be at most {MAX_GPUS}"));
        }
        let is_resource = |b: u8| b.is_ascii_alphanumeric() || b"-._/".contains(&b);
        if size.gpu_resource.is_empty() || !size.gpu_resource.bytes().all(is_resource) {
            complain("`gpu_resource` must be the name of a resource, e.g. \"nvidia.com/gpu\"");
        }
    }
    messages
}
