//! Import cycles between the modules of each crate.
//!
//! A module imports another if its code, without tests, names an item that the other defines, in a
//! `use` declaration or by a path. Re-exports are followed to the module that defines the item. So a
//! parent's `pub use` of a child isn't an import unless the parent's own code uses the name; a `mod`
//! declaration and a path that leads through a module aren't either.
//!
//! `cargo xtask test cycles` prints the cycles, with one import for each edge.

use anyhow::{Context, Result, ensure};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Attribute, Ident, Item, UseTree, Visibility};

#[test]
fn modules_do_not_import_each_other() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = 0;
    for (name, root) in crates(&workspace)? {
        let graph = Modules::read(&root)?.imports();
        let cycles = graph.cycles();
        print!("{}", graph.report(&name, &cycles));
        found += cycles.len();
    }
    ensure!(found == 0, "{found} import cycles, printed above");
    Ok(())
}

/// Returns the name and the root file of each crate of the workspace.
fn crates(workspace: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut folders = vec![
        ("console".to_owned(), workspace.to_owned()),
        ("xtask".to_owned(), workspace.join("xtask")),
        ("tests".to_owned(), workspace.join("tests")),
    ];
    for entry in fs::read_dir(workspace.join("crates"))? {
        let entry = entry?;
        folders.push((entry.file_name().display().to_string(), entry.path()));
    }
    folders.sort();
    let mut found = Vec::new();
    for (name, folder) in folders {
        let roots = ["src/lib.rs", "src/main.rs"].map(|file| folder.join(file));
        let root = roots.into_iter().find(|file| file.is_file());
        found.push((name, root.with_context(|| folder.display().to_string())?));
    }
    Ok(found)
}

/// Path of a module from the crate's root, which is the empty path.
type ModulePath = Vec<String>;

/// The modules of a crate, without tests.
#[derive(Default)]
struct Modules(BTreeMap<ModulePath, Module>);

#[derive(Default)]
struct Module {
    children: BTreeSet<String>,
    items: HashSet<String>,
    uses: Vec<Use>,
    /// Paths in the module's own code, `use` declarations excepted.
    paths: HashSet<Vec<String>>,
}

/// Leaf of a `use` declaration.
struct Use {
    /// The imported path; the module's whole content if `alias` is `None`.
    path: Vec<String>,
    alias: Option<String>,
    is_public: bool,
}

impl Modules {
    fn read(root: &Path) -> Result<Self> {
        let mut modules = Self::default();
        let folder = root.parent().context("a root file without a folder")?;
        modules.read_file(root, folder, Vec::new())?;
        Ok(modules)
    }

    /// Reads a file; `folder` is where the files of the module's children are.
    fn read_file(&mut self, file: &Path, folder: &Path, path: ModulePath) -> Result<()> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let parsed = syn::parse_file(&text).with_context(|| file.display().to_string())?;
        self.read_items(parsed.items, folder, path)
    }

    fn read_items(&mut self, items: Vec<Item>, folder: &Path, path: ModulePath) -> Result<()> {
        let mut module = Module::default();
        for item in items {
            match item {
                Item::Mod(child) => {
                    if is_test(&child.attrs) {
                        continue;
                    }
                    let name = child.ident.to_string();
                    let mut child_path = path.clone();
                    child_path.push(name.clone());
                    let child_folder = folder.join(&name);
                    match child.content {
                        Some((_, items)) => self.read_items(items, &child_folder, child_path)?,
                        None => {
                            let files = [
                                folder.join(format!("{name}.rs")),
                                child_folder.join("mod.rs"),
                            ];
                            let file = files.iter().find(|file| file.is_file());
                            let file =
                                file.with_context(|| format!("no file of {child_path:?}"))?;
                            self.read_file(file, &child_folder, child_path)?;
                        }
                    }
                    module.children.insert(name);
                }
                Item::Use(item) => {
                    if is_test(&item.attrs) {
                        continue;
                    }
                    let is_public = !matches!(item.vis, Visibility::Inherited);
                    leaves(&item.tree, &mut Vec::new(), is_public, &mut module.uses);
                }
                item => {
                    let (attributes, name) = about(&item);
                    if is_test(attributes) {
                        continue;
                    }
                    module.items.extend(name.map(ToString::to_string));
                    paths_in(item.to_token_stream(), &mut module.paths);
                }
            }
        }
        self.0.insert(path, module);
        Ok(())
    }

    /// Returns the modules that each module imports.
    fn imports(&self) -> Graph {
        let mut graph = Graph::default();
        for (from, module) in &self.0 {
            let to = graph.0.entry(from.clone()).or_default();
            let private = module.uses.iter().filter(|leaf| !leaf.is_public);
            let mut named: Vec<&[String]> = private.map(|leaf| leaf.path.as_slice()).collect();
            named.extend(module.paths.iter().map(Vec::as_slice));
            for path in named {
                let target = self.defining_module(from, path);
                if let Some(target) = target.filter(|target| target != from) {
                    let text = path.join("::");
                    let shown = to.entry(target).or_insert_with(|| text.clone());
                    // The same one at each run, of several.
                    *shown = text.min(shown.clone());
                }
            }
        }
        graph
    }

    /// Returns the module that defines the item of this path, as named in the module `from`, or
    /// `None` if it isn't of this crate. For an item that a macro defines it is the module that the
    /// path names.
    fn defining_module(&self, from: &ModulePath, path: &[String]) -> Option<ModulePath> {
        self.find(from, path, &mut HashSet::new()).or_else(|| {
            let (mut at, rest) = start(from, path)?;
            for name in rest {
                if !self.0.get(&at)?.children.contains(name) {
                    break;
                }
                at.push(name.clone());
            }
            // Neither a lone `super`, as visibilities have it, nor a lone name.
            let is_module_path = rest.len() < path.len() || at.len() > from.len();
            (path.len() > 1 && is_module_path).then_some(at)
        })
    }

    /// Finds an item; `visited` holds the `use` leaves that were followed, by their module and number.
    fn find(
        &self,
        from: &ModulePath,
        path: &[String],
        visited: &mut HashSet<(ModulePath, usize)>,
    ) -> Option<ModulePath> {
        let (at, rest) = start(from, path)?;
        let (first, after) = rest.split_first()?;
        let module = self.0.get(&at)?;
        if module.children.contains(first) {
            let mut child = at;
            child.push(first.clone());
            if after.is_empty() {
                // A lone name in code is a variable or a field rather than a module.
                let is_name = path.len() == 1 && !self.is_use(from, path);
                return (!is_name).then_some(child);
            }
            return self.find(&child, after, visited);
        }
        if module.items.contains(first) {
            return Some(at);
        }
        let named = |leaf: &Use| leaf.alias.as_ref() == Some(first);
        for (number, leaf) in module.uses.iter().enumerate() {
            let is_glob = leaf.alias.is_none();
            // A crate may have an item of its own name, as in `use log::log`: each is followed once.
            if (named(leaf) || is_glob) && visited.insert((at.clone(), number)) {
                let rest = if is_glob { rest } else { after };
                let path = [&leaf.path, rest].concat();
                let target = self.find(&at, &path, visited);
                if target.is_some() || !is_glob {
                    return target;
                }
            }
        }
        None
    }

    fn is_use(&self, module: &ModulePath, path: &[String]) -> bool {
        let module = self.0.get(module);
        module.is_some_and(|module| module.uses.iter().any(|leaf| leaf.path == path))
    }
}

/// Imports by module, each with one of the paths that make it.
#[derive(Default)]
struct Graph(BTreeMap<ModulePath, BTreeMap<ModulePath, String>>);

impl Graph {
    /// Returns the strongly connected components that have more than one module.
    fn cycles(&self) -> Vec<Vec<&ModulePath>> {
        let reach: BTreeMap<_, _> = self
            .0
            .keys()
            .map(|from| (from, self.reached(from)))
            .collect();
        let mut cycles = Vec::new();
        let mut done = HashSet::new();
        for from in self.0.keys().filter(|from| reach[from].contains(*from)) {
            if done.contains(from) {
                continue;
            }
            let cycle: Vec<_> = reach[from]
                .iter()
                .copied()
                .filter(|to| reach[to].contains(from))
                .collect();
            done.extend(cycle.clone());
            cycles.push(cycle);
        }
        cycles
    }

    fn reached(&self, from: &ModulePath) -> BTreeSet<&ModulePath> {
        let mut reached = BTreeSet::new();
        let mut left: Vec<&ModulePath> = self.0[from].keys().collect();
        while let Some(next) = left.pop() {
            if reached.insert(next) {
                left.extend(self.0.get(next).into_iter().flat_map(BTreeMap::keys));
            }
        }
        reached
    }

    fn report(&self, name: &str, cycles: &[Vec<&ModulePath>]) -> String {
        let mut text = format!("{name}: {} import cycles\n", cycles.len());
        let shown = |path: &ModulePath| format!("{name}::{}", path.join("::"));
        for (number, cycle) in cycles.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {}. {} modules", number + 1, cycle.len());
            for from in cycle {
                for (to, path) in self.0[*from].iter().filter(|(to, _)| cycle.contains(to)) {
                    let _ = writeln!(text, "     {} -> {}  ({path})", shown(from), shown(to));
                }
            }
        }
        text
    }
}

/// Follows the leading `crate`, `self` and `super` of a path; returns the module to which they lead
/// and the rest of the path.
fn start<'a>(from: &ModulePath, path: &'a [String]) -> Option<(ModulePath, &'a [String])> {
    let mut at = from.clone();
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => drop(at.pop()?),
            _ => break,
        }
        rest = after;
    }
    Some((at, rest))
}

/// Returns `true` if these attributes leave the item out of everything but tests.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.meta.to_token_stream().to_string();
        attribute.path().is_ident("cfg") && text.contains("test") && !text.contains("not (test")
    })
}

/// Returns the attributes of an item, and the name it defines.
fn about(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        _ => (&[], None),
    }
}

fn leaves(tree: &UseTree, before: &mut Vec<String>, is_public: bool, out: &mut Vec<Use>) {
    let mut leaf = |name: Option<String>, alias: Option<String>| {
        let path = before.iter().cloned().chain(name).collect();
        out.push(Use {
            path,
            alias,
            is_public,
        });
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            leaves(&path.tree, before, is_public, out);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            let alias = before.last().cloned();
            leaf(None, alias);
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            leaf(Some(name.clone()), Some(name));
        }
        UseTree::Rename(rename) => {
            let name = Some(rename.ident.to_string()).filter(|name| name != "self");
            leaf(name, Some(rename.rename.to_string()));
        }
        UseTree::Glob(_) => leaf(None, None),
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, before, is_public, out);
            }
        }
    }
}

/// Collects every path, such as `a::b::C` or a lone `C`, also within macros' arguments.
fn paths_in(tokens: TokenStream, out: &mut HashSet<Vec<String>>) {
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    let mut finish = |path: &mut Vec<String>| {
        if !path.is_empty() {
            out.insert(std::mem::take(path));
        }
    };
    let mut groups = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    finish(&mut path);
                }
                path.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                finish(&mut path);
                groups.push(group.stream());
                colons = 0;
            }
            _ => {
                finish(&mut path);
                colons = 0;
            }
        }
    }
    finish(&mut path);
    for group in groups {
        paths_in(group, out);
    }
}

#[cfg(test)]
#[path = "cycles/tests.rs"]
mod tests;
