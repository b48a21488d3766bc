//! The ClusterRole with the rights of the server.

use crate::support::{run, vestibule};

fn printed(flags: &[&str]) -> String {
    let output = run(vestibule().arg("cluster-role").args(flags));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn printed_role_has_the_rights_for_the_settings() {
    let role = printed(&[]);
    assert!(role.contains("kind: ClusterRole\n"), "{role}");
    assert!(role.contains("pods/portforward"), "{role}");
    // It would allow to act as anybody.
    assert!(!role.contains("impersonate"), "{role}");
    assert!(printed(&["--impersonate"]).contains("impersonate"));
    assert!(!printed(&["--pod-access", "direct"]).contains("pods/portforward"));
    assert!(!printed(&["--observe-only"]).contains("deletecollection"));
}
