//! The ClusterRole with the rights of the table.

use super::{ClusterUse, RightRow, TABLE};
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Name of the role.
const NAME: &str = "vestibule";

/// Failure to write the role.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the role as YAML: {0}")]
pub struct UnwritableRole(#[from] serde_saphyr::ser::Error);

/// Returns the ClusterRole with the rights for these uses as YAML, for `kubectl apply`.
///
/// # Errors
/// Fails if it cannot be written as YAML.
pub fn cluster_role(uses: &ClusterUse) -> Result<String, UnwritableRole> {
    let mut rules: Vec<PolicyRule> = Vec::new();
    for row in TABLE.iter().filter(|row| uses.need(row.need)) {
        let rule = rule(row);
        let same = rules.iter_mut().find(|known| {
            known.api_groups == rule.api_groups
                && known.resources == rule.resources
                && known.resource_names == rule.resource_names
        });
        match same {
            Some(known) => known.verbs.extend(rule.verbs),
            None => rules.push(rule),
        }
    }
    let role = ClusterRole {
        metadata: ObjectMeta {
            name: Some(NAME.to_owned()),
            ..ObjectMeta::default()
        },
        rules: Some(rules),
        ..ClusterRole::default()
    };
    Ok(serde_saphyr::to_string(&role)?)
}

fn rule(row: &RightRow) -> PolicyRule {
    PolicyRule {
        api_groups: Some(vec![row.group.to_owned()]),
        resources: Some(vec![row.resource.to_owned()]),
        resource_names: row.name.map(|name| vec![name.to_owned()]),
        verbs: row.verbs.iter().map(|verb| (*verb).to_owned()).collect(),
        ..PolicyRule::default()
    }
}
