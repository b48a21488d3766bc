//! Cycles in small crates made up for the purpose.

use super::*;

/// Imports of a crate that is made of these files.
fn imports(files: &[(&str, &str)]) -> Graph {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Modules::read(&folder.path().join("lib.rs"))
        .unwrap()
        .imports()
}

fn edges(graph: &Graph) -> Vec<String> {
    let edge =
        |from: &ModulePath, to: &ModulePath| format!("{} -> {}", from.join("::"), to.join("::"));
    graph
        .0
        .iter()
        .flat_map(|(from, to)| to.keys().map(move |to| edge(from, to)))
        .collect()
}

#[test]
fn re_exports_are_followed_to_the_module_that_defines_the_item() {
    let graph = imports(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "mod inner; pub use inner::{Item, other as renamed};",
        ),
        ("a/inner.rs", "pub struct Item; pub fn other() {}"),
        (
            "b.rs",
            "use crate::a::Item; fn f() { crate::a::renamed(); }",
        ),
    ]);
    assert_eq!(edges(&graph), ["b -> a::inner"]);
}

#[test]
fn a_re_export_of_a_child_is_an_import_only_if_the_parent_uses_it() {
    let child = ("a/child.rs", "use super::Shared; pub struct Child(Shared);");
    let parent = "mod child; pub use child::Child; pub struct Shared;";
    let root = ("lib.rs", "mod a;");
    let apart = imports(&[root, ("a.rs", parent), child]);
    assert_eq!(edges(&apart), ["a::child -> a"]);
    assert!(apart.cycles().is_empty());
    let used = format!("{parent} fn f() -> Child {{ todo!() }}");
    assert_eq!(imports(&[root, ("a.rs", &used), child]).cycles().len(), 1);
}

#[test]
fn imports_in_macros_count_and_those_of_tests_do_not() {
    let graph = imports(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "fn f() { view! { <p>{crate::b::text()}</p> } }"),
        (
            "b.rs",
            "pub fn text() {} #[cfg(test)] mod tests { use crate::a::f; }",
        ),
        (
            "c.rs",
            "#[cfg(test)] use crate::a::f; fn g(b: u8) { b.text(); }",
        ),
    ]);
    assert_eq!(edges(&graph), ["a -> b"]);
}

#[test]
fn a_cycle_is_reported_once_with_all_its_modules() {
    let graph = imports(&[
        ("lib.rs", "mod a { use crate::b::B; } mod b; mod c;"),
        ("b.rs", "use super::c; pub struct B; fn f() { c::g(); }"),
        ("c.rs", "pub fn g() { crate::a::f(); }"),
    ]);
    let cycles = graph.cycles();
    let report = graph.report("x", &cycles);
    assert_eq!(cycles.len(), 1);
    assert!(
        report.contains("x: 1 import cycles\n  1. 3 modules\n"),
        "{report}"
    );
    assert!(report.contains("x::a -> x::b  (crate::b::B)"), "{report}");
}
