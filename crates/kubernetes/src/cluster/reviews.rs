//! Reviews of the server's own rights, by the API server.

use super::Cluster;
use super::to_review::ReviewScope;
use crate::rights::{ClusterUse, Missing, Right, RightScope};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, ResourceRule, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
    SelfSubjectRulesReview, SelfSubjectRulesReviewSpec,
};
use kube::Api;
use kube::api::PostParams;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

/// Namespace in which the rules for the whole cluster are reviewed; it need not exist.
const ANY: &str = "default";

impl Cluster {
    /// Waits until the rights of places are in doubt, and returns these: places that are new, and those
    /// of refused requests.
    pub async fn doubted(&self) -> BTreeSet<ReviewScope> {
        self.shared.to_review.take().await
    }

    /// Returns `true` if the server needs rights in a place now.
    pub fn uses(&self, scope: &ReviewScope, own: Option<&str>) -> bool {
        let namespace = scope.as_deref();
        namespace.is_none_or(|name| own == Some(name) || self.shared.watches(name))
    }

    /// Returns the rights of these uses that are missing in a place. `own` is the namespace of the
    /// server's access, if it has a lease there. There is one request, and one more for each right that
    /// may be missing.
    ///
    /// # Errors
    /// Fails if the API server does not answer.
    pub async fn missing_rights(
        &self,
        scope: &ReviewScope,
        uses: &ClusterUse,
        own: Option<&str>,
    ) -> Result<Vec<Missing>, kube::Error> {
        let namespace = scope.as_deref();
        let uses = ClusterUse {
            creates_namespaces: self.shared.creates_namespaces.load(Ordering::Relaxed),
            ..*uses
        };
        let mut needed = match namespace {
            None => uses.rights(RightScope::Cluster),
            Some(name) if self.shared.watches(name) => uses.rights(RightScope::Workspaces),
            Some(_) => Vec::new(),
        };
        if namespace.is_some() && namespace == own {
            needed.extend(uses.rights(RightScope::Own));
        }
        if needed.is_empty() {
            return Ok(Vec::new());
        }
        let rules = self.rules(namespace.unwrap_or(ANY)).await?;
        let mut missing = Vec::new();
        for right in needed {
            let is_held = match namespace {
                Some(name) => rules.iter().any(|rule| covers(rule, &right, name)),
                // The rules are those of a namespace too.
                None => {
                    right.verb == "impersonate" && rules.iter().any(|rule| grants(rule, &right))
                }
            };
            // The list of rules may be incomplete.
            if !is_held && !self.has_right(&right, namespace).await? {
                missing.push(right.missing(namespace));
            }
        }
        Ok(missing)
    }

    /// Returns the rules that the API server lists for the server in a namespace.
    async fn rules(&self, namespace: &str) -> Result<Vec<ResourceRule>, kube::Error> {
        let review = SelfSubjectRulesReview {
            spec: SelfSubjectRulesReviewSpec {
                namespace: Some(namespace.to_owned()),
            },
            ..SelfSubjectRulesReview::default()
        };
        let reviews: Api<SelfSubjectRulesReview> = Api::all(self.shared.client.clone());
        let answer = reviews.create(&PostParams::default(), &review).await?;
        Ok(answer.status.unwrap_or_default().resource_rules)
    }

    /// Returns `true` if the server has a right.
    async fn has_right(&self, right: &Right, namespace: Option<&str>) -> Result<bool, kube::Error> {
        let (resource, part) = right.parts();
        let attributes = ResourceAttributes {
            group: Some(right.group.to_owned()),
            resource: Some(resource.to_owned()),
            subresource: Some(part.to_owned()).filter(|part| !part.is_empty()),
            verb: Some(right.verb.to_owned()),
            name: object(right, namespace).map(str::to_owned),
            namespace: namespace.map(str::to_owned),
            ..ResourceAttributes::default()
        };
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(attributes),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let reviews: Api<SelfSubjectAccessReview> = Api::all(self.shared.client.clone());
        let answer = reviews.create(&PostParams::default(), &review).await?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}

/// Returns the name of the only object that a right concerns. A namespace is in itself.
fn object<'a>(right: &Right, namespace: Option<&'a str>) -> Option<&'a str> {
    match right.resource {
        "namespaces" => namespace,
        _ => right.name,
    }
}

/// Returns `true` if a rule grants a right in a namespace.
fn covers(rule: &ResourceRule, right: &Right, namespace: &str) -> bool {
    let names = rule.resource_names.as_deref().unwrap_or_default();
    let object = object(right, Some(namespace));
    let is_named =
        names.is_empty() || object.is_some_and(|object| names.iter().any(|one| one == object));
    is_named && grants(rule, right)
}

/// Returns `true` if a rule grants a right, perhaps on some objects only.
fn grants(rule: &ResourceRule, right: &Right) -> bool {
    let has = |list: &Option<Vec<String>>, word: &str| {
        let list = list.as_deref().unwrap_or_default();
        list.iter().any(|one| one == "*" || one == word)
    };
    let (_, part) = right.parts();
    let is_part = !part.is_empty() && has(&rule.resources, &format!("*/{part}"));
    let is_verb = rule.verbs.iter().any(|one| one == "*" || one == right.verb);
    is_verb
        && has(&rule.api_groups, right.group)
        && (is_part || has(&rule.resources, right.resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(groups: &[&str], resources: &[&str], names: &[&str], verbs: &[&str]) -> ResourceRule {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        ResourceRule {
            api_groups: Some(owned(groups)),
            resources: Some(owned(resources)),
            resource_names: Some(owned(names)),
            verbs: owned(verbs),
        }
    }

    #[test]
    fn rules_cover_rights_as_rbac_has_it() {
        let right = |group, resource, verb, name| Right {
            group,
            resource,
            verb,
            name,
        };
        let log = right("", "pods/log", "get", None);
        for (rule, is_held) in [
            (rule(&[""], &["pods/log"], &[], &["get"]), true),
            (rule(&["*"], &["*"], &[], &["*"]), true),
            (rule(&[""], &["*/log"], &[], &["get"]), true),
            (rule(&[""], &["pods"], &[], &["get"]), false),
            (rule(&["apps"], &["pods/log"], &[], &["get"]), false),
            (rule(&[""], &["pods/log"], &[], &["list"]), false),
            (rule(&[""], &["pods/log"], &["climate-1"], &["get"]), false),
        ] {
            assert_eq!(covers(&rule, &log, "team"), is_held, "{rule:?}");
        }
        let lease = right("coordination.k8s.io", "leases", "patch", Some("vestibule"));
        let named = |name: &str| rule(&["coordination.k8s.io"], &["leases"], &[name], &["patch"]);
        assert!(covers(&named("vestibule"), &lease, "team"));
        assert!(!covers(&named("other"), &lease, "team"));
        let namespace = right("", "namespaces", "get", None);
        assert!(covers(
            &rule(&[""], &["namespaces"], &["team"], &["get"]),
            &namespace,
            "team"
        ));
        assert!(!covers(
            &rule(&[""], &["namespaces"], &["lab"], &["get"]),
            &namespace,
            "team"
        ));
    }
}
