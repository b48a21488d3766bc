//! Description of one operation, in a few builder calls.

use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Required, Schema};

/// Description of an operation, apart from what the table of routes has.
#[derive(Default)]
pub(super) struct OperationDescription {
    pub(super) summary: &'static str,
    pub(super) query: Vec<(&'static str, &'static str)>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: Option<(Payload, Required)>,
    pub(super) has_body: bool,
    pub(super) answers: Vec<(u16, &'static str, Vec<Payload>)>,
    pub(super) conflicts: Vec<&'static str>,
}

/// Returns the description of a route, such as `get /api/apps`.
pub(super) fn op(
    route: &'static str,
    summary: &'static str,
) -> (&'static str, OperationDescription) {
    let described = OperationDescription {
        summary,
        ..OperationDescription::default()
    };
    (route, described)
}

/// Builder calls on a route with its description.
pub(super) trait Describe: Sized {
    /// Adds parameters of the query.
    fn query(self, names: &[(&'static str, &'static str)]) -> Self;
    /// Adds a header of the request.
    fn header(self, name: &'static str, text: &'static str) -> Self;
    /// Sets the body.
    fn takes<T: ToSchema>(self) -> Self;
    /// Sets the body: `{}` or none.
    fn takes_nothing(self) -> Self;
    /// Sets a body that may be left out.
    fn may_take(self, payload: Payload) -> Self;
    /// Adds a response with a JSON body.
    fn gives<T: ToSchema>(self, status: u16) -> Self;
    /// Adds a response with a list.
    fn lists<T: ToSchema>(self) -> Self;
    /// Adds a response without a body.
    fn gives_nothing(self, status: u16) -> Self;
    /// Adds a response.
    fn answers(self, status: u16, text: &'static str, payloads: Vec<Payload>) -> Self;
    /// Adds the kinds of conflicts (409).
    fn conflicts(self, kinds: &[&'static str]) -> Self;
}

impl Describe for (&'static str, OperationDescription) {
    fn query(mut self, names: &[(&'static str, &'static str)]) -> Self {
        self.1.query.extend_from_slice(names);
        self
    }

    fn header(mut self, name: &'static str, text: &'static str) -> Self {
        self.1.headers.push((name, text));
        self
    }

    fn takes<T: ToSchema>(mut self) -> Self {
        self.1.body = Some((Payload::of::<T>(), Required::True));
        self.1.has_body = true;
        self
    }

    fn takes_nothing(self) -> Self {
        self.may_take(Payload::plain("application/json", object_schema()))
    }

    fn may_take(mut self, payload: Payload) -> Self {
        self.1.body = Some((payload, Required::False));
        self.1.has_body = true;
        self
    }

    fn gives<T: ToSchema>(self, status: u16) -> Self {
        self.answers(status, reason(status), vec![Payload::of::<T>()])
    }

    fn lists<T: ToSchema>(self) -> Self {
        self.answers(200, "A page of the list.", vec![Payload::list::<T>()])
    }

    fn gives_nothing(self, status: u16) -> Self {
        self.answers(status, reason(status), Vec::new())
    }

    fn answers(mut self, status: u16, text: &'static str, payloads: Vec<Payload>) -> Self {
        self.1.answers.push((status, text, payloads));
        self
    }

    fn conflicts(mut self, kinds: &[&'static str]) -> Self {
        self.1.conflicts.extend_from_slice(kinds);
        self
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        201 => "Created.",
        202 => "Accepted: the status shows the effect.",
        204 => "Done.",
        _ => "OK.",
    }
}

/// Body of a request or response with the schemas that it refers to.
pub(super) struct Payload {
    pub(super) media: &'static str,
    schema: RefOr<Schema>,
    refers_to: Vec<(String, RefOr<Schema>)>,
}

impl Payload {
    /// Returns JSON of a type.
    pub(super) fn of<T: ToSchema>() -> Self {
        let mut refers_to = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut refers_to);
        Self {
            media: "application/json",
            schema: Ref::from_schema_name(T::name()).into(),
            refers_to,
        }
    }

    /// Returns a page of a list of a type.
    pub(super) fn list<T: ToSchema>() -> Self {
        let mut payload = Self::of::<T>();
        let items = ArrayBuilder::new().items(payload.schema);
        payload.schema = page_of(items);
        payload
    }

    /// Returns a page of a list of texts.
    pub(super) fn texts() -> Self {
        let items = ArrayBuilder::new().items(text_schema());
        Self::plain("application/json", page_of(items))
    }

    /// Returns a body without references.
    pub(super) fn plain(media: &'static str, schema: RefOr<Schema>) -> Self {
        Self {
            media,
            schema,
            refers_to: Vec::new(),
        }
    }

    /// Returns a body of bytes.
    pub(super) fn bytes() -> Self {
        Self::plain("application/octet-stream", text_schema())
    }

    /// Returns a body of plain text.
    pub(super) fn text(media: &'static str) -> Self {
        Self::plain(media, text_schema())
    }
}

fn page_of(items: ArrayBuilder) -> RefOr<Schema> {
    let kinds = SchemaType::from_iter([Type::String, Type::Null]);
    let cursor = ObjectBuilder::new()
        .schema_type(kinds)
        .description(Some("Send it back as `cursor`; null on the last page."));
    ObjectBuilder::new()
        .property("items", items)
        .property("nextCursor", cursor)
        .required("items")
        .required("nextCursor")
        .into()
}

pub(super) fn text_schema() -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    text.into()
}

pub(super) fn object_schema() -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(SchemaType::new(Type::Object));
    object.into()
}

/// Schemas of the document by name.
#[derive(Default)]
pub(super) struct Schemas(pub(super) BTreeMap<String, RefOr<Schema>>);

impl Schemas {
    /// Adds the schemas of a body, and returns its own.
    pub(super) fn add(&mut self, payload: Payload) -> RefOr<Schema> {
        self.0.extend(payload.refers_to);
        payload.schema
    }

    pub(super) fn into_all(self) -> BTreeMap<String, RefOr<Schema>> {
        self.0
    }
}
