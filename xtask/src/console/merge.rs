//! Merges the splitter's modules into a few files.
//!
//! The splitter writes one module for each set of lazy parts that share code: more than 300, most of
//! them tiny. Merged, a page is 15 to 45 KB smaller after brotli than with one file of concatenated
//! modules for each part and three shared ones, because fewer modules repeat types and shims, and a
//! longer stream compresses better. Binaryen's `wasm-merge` joins the modules, and `load.js` takes the
//! place of the splitter's script.

use super::features::FEATURES;
use crate::parallel;
use crate::project::Project;
use crate::setup::Toolbox;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use wasmparser::{Imports, Parser, Payload, TypeRef};

/// Main module, as wasm-bindgen names it.
const MAIN: &str = "console_bg";

/// Name by which the splitter's modules import what the main module shares.
const SHARED: &str = "__wasm_split";

/// Parts that a page loads at once, and the page's weight. A part that isn't here is loaded on
/// demand. The workbench's page loads most and is the one that counts; some pages are rarely the
/// first one.
const PAGES: [(f64, &[&str]); 16] = [
    (1.0, &["sign_in"]),
    (1.0, &["workspaces"]),
    (1.0, &["workbenches"]),
    (1.0, &["create"]),
    (1.0, &["settings", "members"]),
    (1.0, &["builds"]),
    (1.0, &["builds", "log"]),
    (1.0, &["run", "log"]),
    (2.0, &["workbench", "frames"]),
    (3.0, &["workbench", "room", "frames"]),
    (3.0, &["workbench", "room", "log_end"]),
    (0.3, &["invitation"]),
    (1.0, &["users"]),
    (1.0, &["roles"]),
    (0.3, &["audit"]),
    (0.3, &["account"]),
];

/// Weight of a part on demand.
const ON_DEMAND_WEIGHT: f64 = 0.1;

/// Weight of the console's total size.
const TOTAL_WEIGHT: f64 = 1.0;

/// Costs of one more request, in bytes.
const REQUEST: f64 = 300.0;

/// Script that loads the parts; `PARTS` and `SHARED` are replaced.
const LOAD: &str = include_str!("load.js");

/// A set of parts: bit N is the part at index N.
type Parts = u64;

/// Modules that become one file.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    modules: Vec<String>,
    /// Parts that need one of the modules.
    parts: Parts,
    /// Size of the modules' code and data, in bytes.
    size: usize,
}

/// Merges the modules in the folder, and writes `split.js`. `needs` has the modules that each lazy
/// part needs.
pub fn write(
    project: &Project,
    toolbox: &Toolbox,
    folder: &Path,
    needs: &HashMap<String, Vec<String>>,
) -> Result<()> {
    let mut parts: Vec<&str> = needs.keys().map(String::as_str).collect();
    parts.sort_unstable();
    for part in PAGES.iter().flat_map(|(_, page)| *page) {
        ensure!(
            parts.contains(part),
            "a page needs the part `{part}`, which no `lazy!` names: correct PAGES"
        );
    }
    let mut needed_by: BTreeMap<&str, Parts> = BTreeMap::from([(MAIN, Parts::MAX)]);
    for (index, part) in parts.iter().enumerate() {
        for module in &needs[*part] {
            *needed_by.entry(module).or_default() |= 1 << index;
        }
    }
    let mut imports = BTreeMap::new();
    let mut modules = Vec::new();
    for (module, parts) in needed_by {
        let content = fs::read(folder.join(format!("{module}.wasm")))
            .with_context(|| format!("failed to read {module}.wasm"))?;
        modules.push(Group {
            modules: vec![module.to_owned()],
            parts,
            size: read(&content, &mut imports)?,
        });
    }
    let groups = join(modules, &Weights::new(&parts));

    let stub = folder.join("stub.wat");
    fs::write(&stub, reexport(&imports)).context("failed to write a module")?;
    parallel::each(&groups, |group| merge(project, toolbox, folder, group))?;
    fs::remove_file(&stub).context("failed to remove a module")?;
    fs::write(folder.join("split.js"), script(&parts, &groups)).context("failed to write split.js")
}

/// Replaces the group's modules by one.
fn merge(project: &Project, toolbox: &Toolbox, folder: &Path, group: &Group) -> Result<()> {
    let path = |module: &str| folder.join(format!("{module}.wasm"));
    let merged = folder.join(format!("{}.merged", group.file()));
    let mut command = toolbox.command(project, "wasm-merge")?;
    command.args(FEATURES);
    // The first module exports what the others import.
    command.arg(match group.is_main() {
        true => path(MAIN),
        false => folder.join("stub.wat"),
    });
    command.arg(SHARED);
    for module in group.modules.iter().filter(|module| *module != MAIN) {
        command.arg(path(module)).arg(module);
    }
    // Its warnings are about names, which are removed later.
    let output = command.arg("-o").arg(&merged).output();
    let output = output.context("failed to start wasm-merge")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "wasm-merge failed: {errors}");
    for module in &group.modules {
        fs::remove_file(path(module)).with_context(|| format!("failed to remove {module}.wasm"))?;
    }
    fs::rename(&merged, path(&group.file()))
        .with_context(|| format!("failed to rename {}", merged.display()))
}

impl Group {
    fn is_main(&self) -> bool {
        self.modules.iter().any(|module| module == MAIN)
    }

    /// Returns the name of the merged file: that of the parts whose own modules it has, if any.
    fn file(&self) -> String {
        if self.is_main() {
            return MAIN.to_owned();
        }
        let own = |module: &String| module.strip_prefix("split_").map(str::to_owned);
        let names: Vec<String> = self.modules.iter().filter_map(own).collect();
        match names.is_empty() {
            true => self.modules[0].clone(),
            false => names.join("-"),
        }
    }
}

/// Frequency with which each set of parts is loaded.
struct Weights {
    pages: Vec<(f64, Parts)>,
    on_demand: Parts,
}

impl Weights {
    fn new(parts: &[&str]) -> Self {
        let bits = |query: &dyn Fn(&str) -> bool| {
            let indices = (0..parts.len()).filter(|index| query(parts[*index]));
            indices.fold(0, |bits, index| bits | 1 << index)
        };
        Self {
            pages: PAGES
                .iter()
                .map(|(weight, page)| (*weight, bits(&|part| page.contains(&part))))
                .collect(),
            on_demand: bits(&|part| !PAGES.iter().any(|(_, page)| page.contains(&part))),
        }
    }

    /// Returns what a file costs those who load it. A compressed stream grows more slowly than its
    /// content, above all where the content resembles itself. Of the factors and exponents that were
    /// tried on the console's own modules, these lead to the smallest pages: 4 % less than those that
    /// fit the sizes of files.
    fn cost(&self, parts: Parts, size: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let bytes = 1.6 * (size as f64).powf(0.85);
        let pages = self.pages.iter().filter(|(_, page)| page & parts != 0);
        let on_demand = f64::from((self.on_demand & parts).count_ones());
        let loads = pages.map(|(weight, _)| weight).sum::<f64>() + ON_DEMAND_WEIGHT * on_demand;
        loads * (bytes + REQUEST) + TOTAL_WEIGHT * bytes
    }

    /// Returns what joining two files saves.
    fn saving(&self, a: &Group, b: &Group) -> f64 {
        self.cost(a.parts, a.size) + self.cost(b.parts, b.size)
            - self.cost(a.parts | b.parts, a.size + b.size)
    }
}

/// Joins groups as long as that makes them cheaper, those first that save most.
fn join(mut groups: Vec<Group>, weights: &Weights) -> Vec<Group> {
    loop {
        let mut best = (0.0, 0, 0);
        for (first, group) in groups.iter().enumerate() {
            for (second, other) in groups.iter().enumerate().skip(first + 1) {
                let saving = weights.saving(group, other);
                if saving > best.0 {
                    best = (saving, first, second);
                }
            }
        }
        let (saving, first, second) = best;
        if saving <= 0.0 {
            return groups;
        }
        let other = groups.swap_remove(second);
        let group = &mut groups[first];
        group.modules.extend(other.modules);
        group.parts |= other.parts;
        group.size += other.size;
    }
}

/// Returns the size of a module's code and data, and adds the declarations of what it imports from
/// the main module, by name.
fn read(module: &[u8], declarations: &mut BTreeMap<String, String>) -> Result<usize> {
    let mut size = 0;
    for payload in Parser::new(0).parse_all(module) {
        let imports = match payload? {
            Payload::ImportSection(imports) => imports,
            Payload::CodeSectionStart { range, .. } => {
                size += range.len();
                continue;
            }
            Payload::DataSection(data) => {
                size += data.range().len();
                continue;
            }
            _ => continue,
        };
        for import in imports {
            let Imports::Single(_, import) = import? else {
                bail!("a module has a group of imports");
            };
            if import.module != SHARED {
                continue;
            }
            let declaration = match import.ty {
                TypeRef::Memory(memory) => format!("(memory {})", memory.initial),
                TypeRef::Table(table) => format!("(table {} funcref)", table.initial),
                TypeRef::Global(global) if global.mutable => "(global (mut i32))".to_owned(),
                TypeRef::Global(_) => "(global i32)".to_owned(),
                other => bail!("a module imports {} as {other:?}", import.name),
            };
            declarations.insert(import.name.to_owned(), declaration);
        }
    }
    Ok(size)
}

/// Returns a module that imports these things and exports them again: `wasm-merge` would otherwise
/// import them once for each merged module.
fn reexport(declarations: &BTreeMap<String, String>) -> String {
    let mut text = "(module".to_owned();
    for (name, declaration) in declarations {
        let inline = declaration.replacen(
            ' ',
            &format!(" (export \"{name}\") (import \"{MAIN}\" \"{name}\") "),
            1,
        );
        text.push_str(&inline);
    }
    text + ")"
}

/// Returns the script with the loaders of all parts.
fn script(parts: &[&str], groups: &[Group]) -> String {
    let files = |index: usize| -> Vec<String> {
        let is_needed = |group: &&Group| !group.is_main() && group.parts & (1 << index) != 0;
        groups.iter().filter(is_needed).map(Group::file).collect()
    };
    let table: BTreeMap<&str, Vec<String>> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| (*part, files(index)))
        .collect();
    let mut text = LOAD.replace("PARTS", &format!("{table:?}"));
    for part in parts {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "export const __wasm_split_load_{part} = loader(\"{part}\");"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(module: &str, parts: Parts, size: usize) -> Group {
        Group {
            modules: vec![module.to_owned()],
            parts,
            size,
        }
    }

    fn files(groups: Vec<Group>, weights: &Weights) -> Vec<Vec<String>> {
        let mut files: Vec<_> = join(groups, weights)
            .into_iter()
            .map(|g| g.modules)
            .collect();
        files.iter_mut().for_each(|modules| modules.sort());
        files.sort();
        files
    }

    #[test]
    fn modules_of_the_same_parts_become_one_file_and_large_other_ones_do_not() {
        let weights = Weights {
            pages: vec![(1.0, 1), (1.0, 2)],
            on_demand: 0,
        };
        let groups = vec![
            group("split_a", 1, 100_000),
            group("split_b", 2, 100_000),
            group("chunk_1", 1, 50_000),
            group("chunk_2", 3, 80_000),
            group("chunk_3", 2, 10),
        ];
        let expected = [
            vec!["chunk_1", "split_a"],
            vec!["chunk_2"],
            vec!["chunk_3", "split_b"],
        ];
        assert_eq!(files(groups, &weights), expected);
    }

    #[test]
    fn what_each_page_needs_is_in_the_main_module() {
        let weights = Weights::new(&["workbenches", "workspaces"]);
        let groups = vec![
            group(MAIN, Parts::MAX, 500_000),
            group("chunk_1", 3, 20_000),
            group("split_workbenches", 1, 200_000),
        ];
        let expected = [vec!["chunk_1", MAIN], vec!["split_workbenches"]];
        assert_eq!(files(groups, &weights), expected);
    }

    #[test]
    fn script_loads_the_files_of_a_part() {
        let groups = [
            group(MAIN, Parts::MAX, 1),
            group("split_list", 1, 1),
            group("chunk_2", 3, 1),
        ];
        let text = script(&["list", "log"], &groups);
        assert!(
            text.contains(r#"{"list": ["list", "chunk_2"], "log": ["chunk_2"]}"#),
            "{text}"
        );
        assert!(text.contains("export const __wasm_split_load_log = loader(\"log\");"));
    }

    #[test]
    fn shared_things_are_exported_again() {
        let declarations = [("memory", "(memory 3)"), ("stack", "(global (mut i32))")];
        let declarations = declarations.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let text = reexport(&BTreeMap::from(declarations));
        let expected = r#"(module(memory (export "memory") (import "console_bg" "memory") 3)(global (export "stack") (import "console_bg" "stack") (mut i32)))"#;
        assert_eq!(text, expected);
    }
}
