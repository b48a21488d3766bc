//! The definition of the resource, for clusters.

use crate::support::{run, vestibule};

#[test]
fn printed_definition_is_that_of_the_documentation() {
    let output = run(vestibule().arg("crd"));
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed, include_str!("../../../../docs/crd.yaml"));
}
