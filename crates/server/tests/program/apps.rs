//! The catalogue of tried apps. The story `tried` of the end-to-end tests installs and uses each.

use std::path::Path;

#[test]
fn catalogue_of_tried_apps_is_valid() {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue/tried.toml");
    let mut check = crate::support::vestibule();
    check.arg("check-apps").arg(catalogue);
    let output = crate::support::run(&mut check);
    assert!(output.status.success(), "{output:?}");
}
