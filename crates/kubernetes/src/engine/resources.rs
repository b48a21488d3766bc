//! Resources of an app's container; pure.

use serde_json::{Value, json};
use vestibule_engine::local::catalogue::{CatalogueEntry, SizeEntry};

/// Returns the resources of the app's container: those of its entry, and above them those of the size, which
/// it gets for sure and no more.
pub(super) fn resources(app: &CatalogueEntry, size: Option<&SizeEntry>) -> Value {
    let (mut requests, mut limits) = (app.pod.requests.clone(), app.pod.limits.clone());
    if app.memory_limit_mb > 0 {
        let limit = limits.entry("memory".to_owned());
        limit.or_insert_with(|| format!("{}M", app.memory_limit_mb));
    }
    if let Some(size) = size {
        let of_size = [
            (size.cpu > 0.0).then(|| ("cpu".to_owned(), millicpus(size.cpu))),
            (size.memory_mb > 0).then(|| ("memory".to_owned(), format!("{}M", size.memory_mb))),
            (size.gpus > 0).then(|| (size.gpu_resource.clone(), size.gpus.to_string())),
        ];
        for (resource, amount) in of_size.into_iter().flatten() {
            requests.insert(resource.clone(), amount.clone());
            limits.insert(resource, amount);
        }
    }
    json!({ "requests": requests, "limits": limits })
}

/// Returns a number of CPUs as a quantity.
fn millicpus(cpus: f64) -> String {
    format!("{:.0}m", cpus * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use vestibule_engine::local::catalogue::Catalogue;

    const APPS: &str = r#"
        [[app]]
        name = "lab"
        command = ["lab", "--port={port}"]
        memory_limit_mb = 512
        [app.pod]
        requests = { cpu = "250m" }
        limits = { "nvidia.com/gpu" = "1" }
        [[app.size]]
        name = "small"
        cpu = 0.5
        memory_mb = 2000
        [[app.size]]
        name = "gpu"
        gpus = 2
        gpu_resource = "amd.com/gpu"
    "#;

    #[test]
    fn size_is_requested_and_the_limit_above_those_of_the_app() {
        let catalogue = Catalogue::parse(Path::new("apps.toml"), APPS).expect("a catalogue");
        let app = &catalogue.apps()[0];
        let none = json!({
            "requests": { "cpu": "250m" },
            "limits": { "memory": "512M", "nvidia.com/gpu": "1" },
        });
        assert_eq!(resources(app, None), none);
        let small = json!({
            "requests": { "cpu": "500m", "memory": "2000M" },
            "limits": { "cpu": "500m", "memory": "2000M", "nvidia.com/gpu": "1" },
        });
        assert_eq!(resources(app, Some(&app.sizes()[0])), small);
        let gpu = json!({
            "requests": { "cpu": "250m", "amd.com/gpu": "2" },
            "limits": { "memory": "512M", "nvidia.com/gpu": "1", "amd.com/gpu": "2" },
        });
        assert_eq!(resources(app, Some(&app.sizes()[1])), gpu);
    }
}
