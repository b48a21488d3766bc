//! Rewrites the finished modules and the script of wasm-bindgen: each page's first load is 25 KB smaller
//! (brotli).
//!
//! The names of what the script gives to the main module end with a hash, twice 365 times: they are
//! replaced by short ones (9 KB). `wasm-merge` writes the table of functions in 1,400 pieces: here it has
//! one for each run of entries (4 KB). Functions of one type that begin alike stand side by side, where
//! the compressor finds what they have in common (6 KB, and 1 KB in each larger part). Exports that
//! nothing uses go with their code (4 KB).

use crate::parallel;
use crate::project::files_below;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, ExportSection, FunctionSection,
    GlobalSection, ImportSection, Module, RawSection, StartSection,
};
use wasmparser::{
    ElementItems, ElementKind, FunctionBody, Imports, Operator, Parser, Payload, TypeRef,
};

/// Name by which the main module imports what the script gives to it.
const SCRIPT: &str = "./console_bg.js";

/// Prefixes of what wasm-streams exports: Leptos' server functions bring it along, and the console has
/// none. What is exported is never removed: 11 KB of code, 4 KB after brotli.
const UNUSED_EXPORTS: [&str; 2] = ["intounderlying", "__wbg_intounderlying"];

/// First and last line of a class of wasm-streams in the script.
const UNUSED_CLASS: [&str; 2] = [
    "export class IntoUnderlying",
    "if (Symbol.dispose) IntoUnderlying",
];

/// Number of functions that stay in front: wasm-opt puts those first that are called most, and an
/// index below 128 takes one byte.
const FRONT: usize = 120;

/// Number of bytes by which functions of one type are sorted: their variables and first instructions.
const START: usize = 9;

/// Short names by long ones.
type Names = HashMap<String, String>;

/// Removes unused exports from the main module; wasm-opt then removes their code.
pub fn remove_unused_exports(folder: &Path) -> Result<()> {
    let path = folder.join("console_bg.wasm");
    let old = fs::read(&path).context("failed to read the main module")?;
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(&old) {
        let payload = payload?;
        if let Payload::ExportSection(exports) = payload {
            let mut section = ExportSection::new();
            for export in exports {
                let export = export?;
                let mut unused = UNUSED_EXPORTS.iter();
                if !unused.any(|prefix| export.name.starts_with(prefix)) {
                    section.export(export.name, export.kind.into(), export.index);
                }
            }
            module.section(&section);
        } else if let Some((id, range)) = payload.as_section() {
            let data = &old[range];
            module.section(&RawSection { id, data });
        }
    }
    fs::write(&path, module.finish()).context("failed to write the main module")
}

/// Rewrites the modules and `console.js` in the folder.
pub fn write(folder: &Path) -> Result<()> {
    let mut modules = files_below(folder)?;
    modules.retain(|file| file.extension().is_some_and(|ending| ending == "wasm"));
    let read =
        |path: &Path| fs::read(path).with_context(|| format!("failed to read {}", path.display()));
    let names = names(&read(&folder.join("console_bg.wasm"))?)?;
    parallel::each(&modules, |path| {
        let module = module(&read(path)?, &names)
            .with_context(|| format!("failed to rewrite {}", path.display()))?;
        fs::write(path, module).with_context(|| format!("failed to write {}", path.display()))
    })?;
    let path = folder.join("console.js");
    let text = fs::read_to_string(&path).context("failed to read console.js")?;
    fs::write(&path, script(&text, &names)?).context("failed to write console.js")
}

fn names(module: &[u8]) -> Result<Names> {
    let mut names = Names::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::ImportSection(imports) = payload? else {
            continue;
        };
        for import in imports {
            let Imports::Single(_, import) = import? else {
                bail!("a module has a group of imports");
            };
            if import.module == SCRIPT {
                let short = format!("i{}", names.len());
                names.insert(import.name.to_owned(), short);
            }
        }
    }
    ensure!(
        !names.is_empty(),
        "the main module imports nothing from {SCRIPT}"
    );
    Ok(names)
}

/// Replaces the names, and removes indentation, comments and unused classes.
fn script(text: &str, names: &Names) -> Result<String> {
    let mut renamed = 0;
    let mut is_comment = false;
    let mut is_unused = false;
    let mut short = String::new();
    let [first_of_class, last_of_class] = UNUSED_CLASS;
    for line in text.lines().map(str::trim_start) {
        is_comment |= line.starts_with("/**");
        is_unused |= line.starts_with(first_of_class);
        if !is_comment && !is_unused && !line.starts_with("//") {
            match line
                .split_once(": ")
                .map(|(name, rest)| (names.get(name), rest))
            {
                Some((Some(name), rest)) => {
                    renamed += 1;
                    short.push_str(&format!("{name}: {rest}"));
                }
                _ => short.push_str(line),
            }
            short.push('\n');
        }
        is_comment &= !line.ends_with("*/");
        is_unused &= !line.starts_with(last_of_class);
    }
    ensure!(
        renamed == names.len(),
        "console.js has {renamed} of {} names that its module imports",
        names.len()
    );
    Ok(short)
}

/// Mapping of functions to their new indices.
struct Renumber {
    /// New indices by old ones.
    functions: Vec<u32>,
}

impl Reencode for Renumber {
    type Error = Infallible;

    fn function_index(&mut self, old: u32) -> Result<u32, reencode::Error> {
        // wasm-opt has validated the module.
        Ok(self.functions.get(old as usize).copied().unwrap_or(old))
    }
}

/// A module's functions.
#[derive(Default)]
struct Functions<'a> {
    imported: usize,
    /// Types of the functions that the module defines.
    types: Vec<u32>,
    /// Their bodies.
    bodies: Vec<FunctionBody<'a>>,
    /// Functions by their slot in the table.
    table: BTreeMap<u32, u32>,
    /// Functions that code refers to.
    declared: Vec<u32>,
}

impl<'a> Functions<'a> {
    fn read(module: &'a [u8]) -> Result<Self> {
        let mut found = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports {
                        let Imports::Single(_, import) = import? else {
                            bail!("a module has a group of imports");
                        };
                        found.imported += usize::from(matches!(import.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(types) => {
                    found.types = types.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::CodeSectionEntry(body) => found.bodies.push(body),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let element = element?;
                        let items = items(element.items)?;
                        match element.kind {
                            ElementKind::Declared => found.declared.extend(items.iter().flatten()),
                            ElementKind::Active {
                                table_index: None | Some(0),
                                offset_expr,
                            } => {
                                let first = constant(&offset_expr)?;
                                for (slot, item) in (first..).zip(items) {
                                    match item {
                                        Some(function) => found.table.insert(slot, function),
                                        None => found.table.remove(&slot),
                                    };
                                }
                            }
                            _ => bail!("an unexpected element segment"),
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Returns the old indices of the module's own functions in their new order.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.types.len()).collect();
        if let Some(rest) = order.get_mut(FRONT..) {
            rest.sort_by_key(|own| {
                let body = self.bodies[*own].as_bytes();
                let start = &body[..body.len().min(START)];
                (self.types[*own], start, body.len())
            });
        }
        order
    }
}

/// Returns the functions of a segment; `None` is an empty slot.
fn items(items: ElementItems<'_>) -> Result<Vec<Option<u32>>> {
    match items {
        ElementItems::Functions(functions) => {
            functions.into_iter().map(|one| Ok(Some(one?))).collect()
        }
        ElementItems::Expressions(_, expressions) => expressions
            .into_iter()
            .map(
                |expression| match expression?.get_operators_reader().read()? {
                    Operator::RefFunc { function_index } => Ok(Some(function_index)),
                    Operator::RefNull { .. } => Ok(None),
                    other => bail!("an element is {other:?}"),
                },
            )
            .collect(),
    }
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value.cast_unsigned()),
        other => bail!("the place of a segment is {other:?}"),
    }
}

/// Returns the module with short names, and with its functions in their new order.
fn module(old: &[u8], names: &Names) -> Result<Vec<u8>> {
    let functions = Functions::read(old)?;
    ensure!(
        functions.types.len() == functions.bodies.len(),
        "a module has functions without code"
    );
    let order = functions.order();
    let mut renumber = Renumber {
        functions: (0..).take(functions.imported + order.len()).collect(),
    };
    for (new, own) in (u32::try_from(functions.imported)?..).zip(&order) {
        renumber.functions[functions.imported + own] = new;
    }
    let failed = |error| anyhow!("failed to write a section: {error}");
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(old) {
        match payload? {
            Payload::ImportSection(imports) => {
                let mut section = ImportSection::new();
                for import in imports {
                    let Imports::Single(_, import) = import? else {
                        bail!("a module has a group of imports");
                    };
                    let short = names.get(import.name).filter(|_| import.module == SCRIPT);
                    let kind = renumber.entity_type(import.ty).map_err(failed)?;
                    section.import(import.module, short.map_or(import.name, |name| name), kind);
                }
                module.section(&section);
            }
            Payload::FunctionSection(_) => {
                let mut section = FunctionSection::new();
                for own in &order {
                    section.function(functions.types[*own]);
                }
                module.section(&section);
            }
            Payload::GlobalSection(globals) => {
                let mut section = GlobalSection::new();
                let written = renumber.parse_global_section(&mut section, globals);
                written.map_err(failed)?;
                module.section(&section);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                let written = renumber.parse_export_section(&mut section, exports);
                written.map_err(failed)?;
                module.section(&section);
            }
            Payload::StartSection { func, .. } => {
                let function_index = renumber.function_index(func).map_err(failed)?;
                module.section(&StartSection { function_index });
            }
            Payload::ElementSection(_) => {
                module.section(&elements(&functions, &mut renumber).map_err(failed)?);
            }
            Payload::CodeSectionStart { .. } => {
                let mut section = CodeSection::new();
                for own in &order {
                    let body = functions.bodies[*own].clone();
                    let written = renumber.parse_function_body(&mut section, body);
                    written.map_err(failed)?;
                }
                module.section(&section);
            }
            Payload::CodeSectionEntry(_) | Payload::CustomSection(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &old[range];
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(module.finish())
}

/// Returns a segment for each run of entries without a gap.
fn elements(
    functions: &Functions<'_>,
    renumber: &mut Renumber,
) -> Result<ElementSection, reencode::Error> {
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    let mut next = None;
    for (slot, function) in &functions.table {
        let function = renumber.function_index(*function)?;
        match runs.last_mut().filter(|_| next == Some(*slot)) {
            Some((_, run)) => run.push(function),
            None => runs.push((*slot, vec![function])),
        }
        next = Some(slot + 1);
    }
    let mut section = ElementSection::new();
    for (first, run) in runs {
        let offset = ConstExpr::i32_const(first.cast_signed());
        section.active(None, &offset, Elements::Functions(run.into()));
    }
    if !functions.declared.is_empty() {
        let declared = functions.declared.iter();
        let declared: Result<Vec<u32>, _> =
            declared.map(|one| renumber.function_index(*one)).collect();
        section.declared(Elements::Functions(declared?.into()));
    }
    Ok(section)
}

#[cfg(test)]
mod tests;
