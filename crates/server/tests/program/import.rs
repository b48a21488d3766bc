//! Resources of the earlier group.

use crate::support::{run, vestibule};

#[test]
fn earlier_resources_are_printed_as_those_of_this_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("earlier.yaml");
    let earlier = "apiVersion: vteam.ambient-code/v1alpha1\nkind: AgenticSession\nmetadata: { name: tests }\nspec: { prompt: Add tests, timeout: 60 }\n";
    std::fs::write(&file, earlier).expect("a file");
    let import = |arguments: &[&str]| {
        let mut command = vestibule();
        command.args(["import", "agenticsession"]).arg(&file);
        run(command.args(arguments))
    };
    let output = import(&["--app", "agent"]);
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        printed.contains("apiVersion: vestibule.dev/v1alpha1"),
        "{printed}"
    );
    assert!(printed.contains("activeDeadlineSeconds: 60"), "{printed}");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("tests: spec.prompt: not carried over"),
        "{told}"
    );

    let output = import(&[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("Name one with --app"));
    assert!(output.stdout.is_empty(), "{output:?}");
}
