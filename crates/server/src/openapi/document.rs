//! Assembly of the document.

use super::operation::{self, OperationDescription, Payload, Schemas};
use super::{operations, problems};
use crate::auth::enforce::{Access, Route};
use std::collections::BTreeMap;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder,
    Required, ResponseBuilder,
};
use vestibule_model::problem::Problem;

/// Security scheme of the console's cookie.
const SESSION: &str = "session";
/// Security scheme of an access token of a user.
const ACCESS_TOKEN: &str = "accessToken";
/// Security scheme of a run's own token.
const RUN_TOKEN: &str = "runToken";

/// Returns the document of these routes.
pub(super) fn document(routes: &[Route]) -> OpenApi {
    let mut described: BTreeMap<&str, OperationDescription> =
        operations::all().into_iter().collect();
    let mut schemas = Schemas::default();
    let problem = schemas.add(Payload::of::<Problem>());
    let mut paths = PathsBuilder::new();
    for route in routes {
        let key = format!("{} {}", route.method, route.path);
        // A test holds every route to its description.
        let description = described.remove(key.as_str()).unwrap_or_default();
        let operation = operation_of(route, description, &mut schemas, &problem);
        paths = paths.path(
            route.path,
            utoipa::openapi::PathItem::new(method(route.method), operation),
        );
    }
    operations::add_events(&mut schemas);
    problems::restrict(&mut schemas);
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas.into_all())
        .security_scheme(
            SESSION,
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-vestibule"))),
        )
        .security_scheme(
            ACCESS_TOKEN,
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        )
        .security_scheme(
            RUN_TOKEN,
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Vestibule")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(INTRODUCTION))
                .build(),
        )
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

const INTRODUCTION: &str = "JSON in camelCase; times in UTC as RFC 3339; identifiers are opaque. \
    Errors are `application/problem+json`. Clients must ignore unknown fields and accept unknown words. \
    Reads answer with an `ETag`, and a matching `If-None-Match` gets 304. \
    `x-permissions` names the permissions that an operation needs, and `x-access` the resource on which it needs them.";

fn operation_of(
    route: &Route,
    description: OperationDescription,
    schemas: &mut Schemas,
    problem: &utoipa::openapi::RefOr<utoipa::openapi::Schema>,
) -> OperationBuilder {
    let needs: Vec<&str> = route.needs.iter().map(|one| one.name()).collect();
    let extensions = ExtensionsBuilder::new()
        .add("x-access", format!("{:?}", route.access))
        .add("x-permissions", serde_json::json!(needs))
        .build();
    let mut operation = OperationBuilder::new()
        .tag(tag(route.path))
        .operation_id(Some(operation_id(route)))
        .summary(Some(description.summary))
        .extensions(Some(extensions));
    if !needs.is_empty() {
        operation = operation.description(Some(format!("Needs {}.", needs.join(" and "))));
    }
    operation = match route.access {
        Access::Public => operation,
        Access::RunToken => operation.security(scheme(RUN_TOKEN)),
        _ => operation
            .security(scheme(SESSION))
            .security(scheme(ACCESS_TOKEN)),
    };
    for name in placeholders(route.path) {
        operation = operation.parameter(parameter(name, "", ParameterIn::Path, Required::True));
    }
    for (name, text) in description.query {
        operation = operation.parameter(parameter(name, text, ParameterIn::Query, Required::False));
    }
    for (name, text) in description.headers {
        operation =
            operation.parameter(parameter(name, text, ParameterIn::Header, Required::False));
    }
    if let Some((payload, required)) = description.body {
        let content = ContentBuilder::new()
            .schema(Some(schemas.add(payload)))
            .build();
        let body = RequestBodyBuilder::new()
            .required(Some(required))
            .content("application/json", content);
        operation = operation.request_body(Some(body.build()));
    }
    for (status, text, payloads) in description.answers {
        let mut response = ResponseBuilder::new().description(text);
        for payload in payloads {
            let media = payload.media;
            let content = ContentBuilder::new().schema(Some(schemas.add(payload)));
            response = response.content(media, content.build());
        }
        operation = operation.response(status.to_string(), response);
    }
    for (status, text) in refusals(route, description.has_body, &description.conflicts) {
        let content = ContentBuilder::new().schema(Some(problem.clone())).build();
        let response = ResponseBuilder::new()
            .description(text)
            .content("application/problem+json", content);
        operation = operation.response(status, response);
    }
    operation
}

/// Returns the statuses of errors that the route has by its access and body.
fn refusals(route: &Route, has_body: bool, conflicts: &[&str]) -> Vec<(&'static str, String)> {
    let mut found = vec![("default", "Any other error.".to_owned())];
    let mut add = |status, text: &str| found.push((status, text.to_owned()));
    if route.access != Access::Public {
        add("401", "No session, or it has ended.");
    }
    if !route.needs.is_empty() && route.access != Access::Filtered {
        add("403", "A permission is missing.");
    }
    if route.path.contains('{') {
        add("404", "It does not exist, or the user may not see it.");
    }
    if has_body {
        add("400", "The body is not JSON.");
        add("413", "The body is too large.");
        add("415", "The body is not `application/json`.");
        add("422", "Fields are not valid; `errors` names them.");
    }
    if !conflicts.is_empty() {
        add(
            "409",
            &format!("`type` is one of {}.", conflicts.join(", ")),
        );
    }
    found
}

fn scheme(name: &str) -> SecurityRequirement {
    SecurityRequirement::new(name, Vec::<String>::new())
}

fn parameter(name: &str, text: &str, place: ParameterIn, required: Required) -> ParameterBuilder {
    let description = (!text.is_empty()).then_some(text);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(description)
        .schema(Some(operation::text_schema()))
}

/// Returns the names in braces.
fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    let pieces = path.split('{').skip(1);
    pieces.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Returns the area of a route: the first name below `/api`.
pub(super) fn tag(path: &str) -> &str {
    let below = path.strip_prefix("/api/").unwrap_or("health");
    below.split('/').next().unwrap_or(below)
}

pub(super) fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '{', '}', '-', '.']);
    let words = words.filter(|word| !word.is_empty() && *word != "api");
    [route.method]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

fn method(name: &str) -> HttpMethod {
    match name {
        "post" => HttpMethod::Post,
        "put" => HttpMethod::Put,
        "patch" => HttpMethod::Patch,
        "delete" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
