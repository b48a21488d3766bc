//! The catalogues of the repository. The story `tried` of the end-to-end tests installs and uses each app of
//! `tried.toml`; those for clusters need a registry.

use std::path::Path;

#[test]
fn catalogues_are_valid() {
    for name in ["tried.toml", "cluster.toml"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
        let mut check = crate::support::vestibule();
        check.arg("check-apps").arg(folder.join(name));
        let output = crate::support::run(&mut check);
        assert!(output.status.success(), "{name}: {output:?}");
    }
}
