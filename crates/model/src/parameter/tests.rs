use super::*;
use proptest::prelude::*;

fn parameter(name: &str, kind: ParameterKind) -> Parameter {
    Parameter {
        name: name.to_owned(),
        kind,
        ..Parameter::default()
    }
}

fn values(all: &[(&str, &str)]) -> Values {
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn fields(result: Result<Values, Vec<FieldError>>) -> Vec<String> {
    let errors = result.expect_err("refused");
    errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn values_left_out_get_their_defaults() {
    let mut size = parameter("size", ParameterKind::Choice);
    size.choices = vec!["small".to_owned(), "large".to_owned()];
    size.default = Some("small".to_owned());
    let note = parameter("note", ParameterKind::Text);
    let all = [size, note];
    let none = Values::new();
    let found = resolve(&all, &none, &none).expect("fine");
    assert_eq!(found, values(&[("size", "small")]));
    let asked = values(&[("size", ""), ("note", "hi")]);
    let found = resolve(&all, &asked, &none).expect("fine");
    assert_eq!(found, values(&[("note", "hi"), ("size", "small")]));
    let wrong = resolve(&all, &values(&[("size", "huge")]), &none).expect_err("refused");
    assert_eq!(wrong[0].field, "spec.parameters.size");
    assert_eq!(wrong[0].message, "Use one of: small, large.");
}

#[test]
fn missing_and_unknown_values_are_refused_by_name() {
    let mut goal = parameter("goal", ParameterKind::Prompt);
    goal.required = true;
    goal.title = "Goal".to_owned();
    let none = Values::new();
    let errors = resolve(&[goal.clone()], &none, &none).expect_err("refused");
    assert_eq!(errors[0].message, "Fill in Goal.");
    let asked = values(&[("goal", "a\nb"), ("other", "x")]);
    assert_eq!(
        fields(resolve(&[goal], &asked, &none)),
        ["spec.parameters.other"]
    );
}

#[test]
fn values_that_the_catalogue_has_no_longer_are_kept_unchanged() {
    let stored = values(&[("gone", "x")]);
    let kept = resolve(&[], &stored, &stored).expect("fine");
    assert_eq!(kept, stored);
    let changed = values(&[("gone", "y")]);
    assert_eq!(
        fields(resolve(&[], &changed, &stored)),
        ["spec.parameters.gone"]
    );
    let removed = resolve(&[], &Values::new(), &stored).expect("fine");
    assert!(removed.is_empty());
}

#[test]
fn each_kind_has_its_rules() {
    use ParameterKind::{Model, Number, Prompt, Repository, Text};
    let mut number = parameter("n", Number);
    (number.min, number.max) = (Some(1.0), Some(8.0));
    let mut short = parameter("t", Text);
    (short.min, short.max) = (Some(2.0), Some(4.0));
    for (parameter, value, is_good) in [
        (&number, "4", true),
        (&number, "0.5", false),
        (&number, "9", false),
        (&number, "1e0", false),
        (&number, "NaN", false),
        (&number, "inf", false),
        (&number, "4 ", false),
        (&short, "äöü", true),
        (&short, "x", false),
        (&short, "too long", false),
        (&short, "a\nb", false),
        (&parameter("p", Prompt), "a\nb\tc", true),
        (&parameter("p", Prompt), "a\0b", false),
        (&parameter("p", Prompt), "a\u{1b}]52;c;eA==\u{7}", false),
        (&parameter("m", Model), "vendor/model-1.5:latest", true),
        (&parameter("m", Model), "--help", false),
        (
            &parameter("r", Repository),
            "https://example.com/a/b.git",
            true,
        ),
        (
            &parameter("r", Repository),
            "ssh://git@example.com:22/a.git",
            true,
        ),
        (&parameter("r", Repository), "git@example.com:a/b.git", true),
        (
            &parameter("r", Repository),
            "https://ada:pass@example.com/a",
            false,
        ),
        (&parameter("r", Repository), "ext::sh -c id", false),
        (&parameter("r", Repository), "file:///etc", false),
        (&parameter("r", Repository), "/etc", false),
        (&parameter("r", Repository), "--upload-pack=id", false),
        (
            &parameter("r", Repository),
            "ssh://-oProxyCommand=id/x",
            false,
        ),
        (&parameter("r", Repository), "https://", false),
    ] {
        let problem = parameter.problem(value);
        assert_eq!(problem.is_none(), is_good, "{value:?}: {problem:?}");
    }
    let long = "x".repeat(MAX_VALUE_BYTES + 1);
    assert!(parameter("p", Prompt).problem(&long).is_some());
}

#[test]
fn all_values_together_have_a_limit() {
    let all: Vec<_> = ["a", "b", "c"]
        .map(|name| parameter(name, ParameterKind::Prompt))
        .into();
    let long = "x".repeat(MAX_VALUE_BYTES);
    let asked = values(&[("a", &long), ("b", &long), ("c", &long)]);
    let none = Values::new();
    assert_eq!(fields(resolve(&all, &asked, &none)), ["spec.parameters"]);
}

proptest! {
    /// Good values are accepted again as they were stored, with the same result.
    #[test]
    fn resolved_values_resolve_to_themselves(
        asked in prop::collection::btree_map("[a-c]", "[ -~]{0,6}", 0..4),
        stored in prop::collection::btree_map("[a-e]", "[ -~]{0,6}", 0..4),
        default in prop::option::of("[x-z]{1,3}"),
        required in any::<bool>(),
    ) {
        let mut first = parameter("a", ParameterKind::Text);
        first.default = default;
        let mut second = parameter("b", ParameterKind::Number);
        second.required = required;
        let all = [first, second];
        if let Ok(found) = resolve(&all, &asked, &stored) {
            prop_assert_eq!(resolve(&all, &found, &stored), Ok(found.clone()));
            for (name, value) in &found {
                let declared = all.iter().find(|parameter| parameter.name == *name);
                match declared {
                    Some(declared) => prop_assert_eq!(declared.problem(value), None),
                    None => prop_assert_eq!(stored.get(name), Some(value)),
                }
            }
        }
    }
}
