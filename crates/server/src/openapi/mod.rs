//! The OpenAPI document of the API, built from the table of routes and the wire types.

mod document;
mod operation;
mod operations;
mod page;
mod problems;

pub use page::policy;

use crate::auth::enforce::Route;
use std::collections::BTreeMap;

/// The document in the forms in which it is served.
#[derive(Debug)]
pub struct Document {
    /// JSON document.
    pub json: String,
    /// HTML page.
    pub page: String,
}

impl Document {
    /// Builds the document of these routes.
    pub fn of(routes: &[Route]) -> Self {
        let document = document::document(routes);
        let value = serde_json::to_value(&document)
            .expect("the document consists of maps with text keys, which JSON can hold");
        Self {
            json: format!("{value:#}"),
            page: page::render(&value),
        }
    }
}

/// Returns the names in the query of each operation, such as `get /api/runs`.
pub fn query_names() -> BTreeMap<&'static str, Vec<&'static str>> {
    let names = |query: Vec<(&'static str, &'static str)>| {
        query.into_iter().map(|(name, _)| name).collect()
    };
    let all = operations::all().into_iter();
    all.map(|(route, described)| (route, names(described.query)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;
    use std::collections::BTreeSet;

    /// A route without an entry would be missing from the document.
    #[test]
    fn every_route_is_described_and_nothing_else() {
        let routes = routes::ALL
            .iter()
            .map(|route| format!("{} {}", route.method, route.path));
        let routes: BTreeSet<String> = routes.collect();
        let described = operations::all();
        let names: BTreeSet<String> = described.iter().map(|(key, _)| (*key).to_owned()).collect();
        assert_eq!(
            names.len(),
            described.len(),
            "an operation is described twice"
        );
        assert_eq!(routes, names);
        for (key, one) in described {
            assert!(!one.summary.is_empty() && !one.answers.is_empty(), "{key}");
        }
    }

    #[test]
    fn references_have_targets_and_identifiers_are_unique() {
        let text = Document::of(routes::ALL).json;
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(document["openapi"], "3.1.0");
        let schemas = document["components"]["schemas"]
            .as_object()
            .expect("schemas");
        for piece in text.split("\"#/components/schemas/").skip(1) {
            let name = piece.split('"').next().unwrap_or_default();
            assert!(schemas.contains_key(name), "{name}");
        }
        let ids: BTreeSet<String> = routes::ALL.iter().map(document::operation_id).collect();
        assert_eq!(ids.len(), routes::ALL.len());
        let stop = &document["paths"]["/api/workbenches/{id}/stop"]["post"];
        assert_eq!(stop["x-permissions"], serde_json::json!(["workbench:stop"]));
    }
}
