//! Schemas of types that write themselves, for the OpenAPI document.

use crate::time::Timestamp;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// Returns the schema of a text.
pub fn text(description: &str) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    object.description(Some(description)).into()
}

/// Returns the schema of a word from a list to which later versions may add.
pub fn open_words(words: &[&str]) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    object
        .description(Some(format!(
            "{}. Later versions may add words.",
            words.join(", ")
        )))
        .examples(words.iter().map(|word| serde_json::Value::from(*word)))
        .into()
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A time in UTC, as RFC 3339."))
            .into()
    }
}

impl ToSchema for Timestamp {}
