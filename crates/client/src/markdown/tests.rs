use super::*;
use proptest::prelude::*;

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn paragraph(written: &str) -> Block {
    Block::Paragraph(vec![text(written)])
}

fn code(language: &str, text: &str) -> Block {
    Block::Code {
        language: language.to_owned(),
        text: text.to_owned(),
    }
}

/// Returns everything that the view shows.
fn shown(blocks: &[Block]) -> String {
    let block = |block: &Block| match block {
        Block::Paragraph(content) | Block::Heading(_, content) => plain_text(content),
        Block::List(_, items) => items.iter().map(|item| shown(&item.content)).collect(),
        Block::Code { language, text } => format!("{language} {text}"),
        Block::Quote(content) => shown(content),
        Block::Table { head, rows } => {
            let cells = head.iter().chain(rows.iter().flatten());
            cells.map(|cell| plain_text(cell) + " ").collect()
        }
        Block::Rule => String::new(),
        Block::Plain(text) => text.clone(),
    };
    blocks.iter().map(|one| block(one) + "\n").collect()
}

fn plain_text(inlines: &[Inline]) -> String {
    let inline = |inline: &Inline| match inline {
        Inline::Text(text) | Inline::Code(text) => text.clone(),
        Inline::Emphasis(content) | Inline::Strong(content) | Inline::Strikethrough(content) => {
            plain_text(content)
        }
        Inline::Link {
            url,
            title,
            content,
        } => format!("{} {url} {title} ", plain_text(content)),
        Inline::Break => "\n".to_owned(),
    };
    inlines.iter().map(inline).collect()
}

fn links(inlines: &[Inline], out: &mut Vec<String>) {
    for inline in inlines {
        match inline {
            Inline::Link { url, content, .. } => {
                out.push(url.clone());
                links(content, out);
            }
            Inline::Emphasis(content) | Inline::Strong(content) => links(content, out),
            Inline::Strikethrough(content) => links(content, out),
            _ => {}
        }
    }
}

/// Returns the addresses of all links, and the deepest nesting of blocks.
fn walk(blocks: &[Block], out: &mut Vec<String>) -> usize {
    let depth = |block: &Block, out: &mut Vec<String>| match block {
        Block::Paragraph(content) | Block::Heading(_, content) => {
            links(content, out);
            0
        }
        Block::List(_, items) => {
            let depths = items.iter().map(|item| walk(&item.content, out));
            depths.max().unwrap_or(0)
        }
        Block::Quote(content) => walk(content, out),
        Block::Table { head, rows } => {
            let cells = head.iter().chain(rows.iter().flatten());
            cells.for_each(|cell| links(cell, out));
            0
        }
        _ => 0,
    };
    1 + blocks.iter().map(|one| depth(one, out)).max().unwrap_or(0)
}

fn join_pieces<'a>(pieces: impl IntoIterator<Item = (&'a str, bool)>) -> String {
    let pieces = pieces.into_iter();
    join(pieces.map(|(text, continues)| Piece { text, continues }))
}

#[test]
fn the_usual_elements_become_a_tree() {
    let list = parse("# One *two*\n\nA `b` **c** ~~d~~\\\ne\n\n---\n> q\n");
    let heading = vec![text("One "), Inline::Emphasis(vec![text("two")])];
    assert_eq!(
        list,
        [
            Block::Heading(1, heading),
            Block::Paragraph(vec![
                text("A "),
                Inline::Code("b".to_owned()),
                text(" "),
                Inline::Strong(vec![text("c")]),
                text(" "),
                Inline::Strikethrough(vec![text("d")]),
                Inline::Break,
                text("e"),
            ]),
            Block::Rule,
            Block::Quote(vec![paragraph("q")]),
        ]
    );
}

#[test]
fn headings_leave_out_no_level() {
    let depths = |written: &str| {
        let depth = |block: Block| match block {
            Block::Heading(depth, _) => depth,
            other => panic!("{other:?}"),
        };
        parse(written).into_iter().map(depth).collect::<Vec<_>>()
    };
    assert_eq!(depths("## a\n### b\n## c\n# d\n"), [1, 2, 1, 1]);
    assert_eq!(depths("# a\n#### b\n###### c\n## d\n"), [1, 2, 3, 2]);
    assert_eq!(depths("# a\n## b\n### c\n#### d\n"), [1, 2, 3, 3]);
}

#[test]
fn lists_have_their_start_tasks_and_lists_within() {
    let list = parse("7. a\n8. b\n   - [x] c\n   - [ ] d\n");
    let task = |is_done, text| Item {
        is_done: Some(is_done),
        content: vec![paragraph(text)],
    };
    let item = |content| Item {
        is_done: None,
        content,
    };
    let inner = Block::List(None, vec![task(true, "c"), task(false, "d")]);
    let items = vec![
        item(vec![paragraph("a")]),
        item(vec![paragraph("b"), inner]),
    ];
    assert_eq!(list, [Block::List(Some(7), items)]);
}

#[test]
fn code_keeps_its_lines_and_language() {
    assert_eq!(
        parse("```rust ignore\nfn a() {}\n\n  b\n```\n"),
        [code("rust ignore", "fn a() {}\n\n  b\n")]
    );
    assert_eq!(parse("    indented\n"), [code("", "indented\n")]);
    // It is being written.
    assert_eq!(parse("```sh\nls"), [code("sh", "ls")]);
}

#[test]
fn a_table_has_a_head_and_rows() {
    let cells = |all: &[&str]| all.iter().map(|one| vec![text(one)]).collect::<Vec<_>>();
    let table = Block::Table {
        head: cells(&["a", "b"]),
        rows: vec![cells(&["1", "2"])],
    };
    assert_eq!(parse("| a | b |\n|---|--:|\n| 1 | 2 |\n"), [table]);
    // Markdown drops what is in no column.
    let written = "| a |\n|---|\n| 1 | 2 |";
    assert_eq!(parse(written), [Block::Plain(written.to_owned())]);
}

#[test]
fn tags_are_text() {
    let script = "<script>alert(1)</script>";
    assert_eq!(parse(script), [Block::Plain(script.to_owned())]);
    assert_eq!(
        parse("a <b onclick=x>c</b>"),
        [paragraph("a <b onclick=x>c</b>")]
    );
    assert_eq!(parse("&lt;b&gt; &amp;"), [paragraph("<b> &")]);
}

#[test]
fn only_known_schemes_become_links() {
    let link = |url: &str, content: &str| {
        let (url, title) = (url.to_owned(), String::new());
        let content = vec![text(content)];
        [Block::Paragraph(vec![Inline::Link {
            url,
            title,
            content,
        }])]
    };
    assert_eq!(parse("[a](https://e.org/x)"), link("https://e.org/x", "a"));
    assert_eq!(
        parse("<HTTP://e.org>"),
        link("HTTP://e.org", "HTTP://e.org")
    );
    assert_eq!(parse("<a@e.org>"), link("mailto:a@e.org", "a@e.org"));
    assert_eq!(
        parse("![a](https://e.org/i.png)"),
        link("https://e.org/i.png", "a")
    );
    assert_eq!(
        parse("![](https://e.org/i)"),
        link("https://e.org/i", "https://e.org/i")
    );
    for (written, expected) in [
        ("[a](javascript:alert(1))", "a (javascript:alert(1))"),
        ("[a](JaVaScript:x)", "a (JaVaScript:x)"),
        ("[a](data:text/html,x)", "a (data:text/html,x)"),
        ("[a](src/main.rs)", "a (src/main.rs)"),
        ("[a](//e.org)", "a (//e.org)"),
        ("<javascript:x>", "javascript:x"),
        ("![a](data:x)", "a (data:x)"),
    ] {
        assert_eq!(parse(written), [paragraph(expected)], "{written}");
    }
}

#[test]
fn definitions_of_links_stay_visible() {
    let blocks = parse("[a][1]\n\n[1]: https://e.org/one\n");
    let mut urls = Vec::new();
    walk(&blocks, &mut urls);
    assert_eq!(urls, ["https://e.org/one"]);
    assert_eq!(
        blocks.last(),
        Some(&Block::Plain("[1]: https://e.org/one".to_owned()))
    );
}

#[test]
fn deep_and_long_answers_are_plain_text() {
    let deep = format!("{}a", "> ".repeat(5_000));
    assert_eq!(parse(&deep), [Block::Plain(deep.clone())]);
    let starred = format!("{}a{}", "*_".repeat(500), "_*".repeat(500));
    assert!(shown(&parse(&starred)).contains('a'));
    let long = "a ".repeat(MAX_BYTES);
    assert_eq!(parse(&long), [Block::Plain(long.clone())]);
}

#[test]
fn a_fence_may_be_split_over_pieces() {
    let joined = join_pieces([
        ("Look:\n```rust\nfn a() {", false),
        ("}\n```", false),
        ("Done", false),
    ]);
    assert_eq!(
        parse(&joined),
        [
            paragraph("Look:"),
            code("rust", "fn a() {\n}\n"),
            paragraph("Done"),
        ]
    );
    assert_eq!(
        join_pieces([("a", true), ("b", false), ("c", false)]),
        "ab\n\nc"
    );
    assert_eq!(
        join_pieces([("`a` ``` b", false), ("c", false)]),
        "`a` ``` b\n\nc"
    );
    assert_eq!(
        join_pieces([("~~~\n```\n", false), ("c", false)]),
        "~~~\n```\nc"
    );
}

/// Marks of Markdown and numbered words in any order.
fn written() -> impl Strategy<Value = (String, usize)> {
    const MARKS: &[&str] = &[
        "# ",
        "- ",
        "1. ",
        "12) ",
        "> ",
        "```",
        "~~~",
        "`",
        "*",
        "**",
        "_",
        "~~",
        "|",
        "|\n|---|---|\n|",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "[",
        "](",
        "]: ",
        "][",
        "]",
        ")",
        "<",
        ">",
        "</",
        "!",
        "![",
        "&",
        "\\",
        "\\\n",
        "  \n",
        "- [x] ",
        "- [ ] ",
        "---\n",
        "===\n",
        "<!--",
        "-->",
        "<script>",
        "\"",
        "'",
        ":",
        "https://",
        "javascript:",
        "<https://",
        "mailto:",
        "^",
        "$",
        "é",
        "\u{200b}",
        "\0",
    ];
    let part = prop_oneof![
        3 => (0..MARKS.len()).prop_map(Some),
        1 => Just(None),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| {
        let (mut whole, mut words) = (String::new(), 0);
        for part in parts {
            match part {
                Some(at) => whole.push_str(MARKS[at]),
                None => {
                    whole.push_str(&format!("w{words}w"));
                    words += 1;
                }
            }
        }
        (whole, words)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_word_gets_lost((source, words) in written()) {
        let seen = shown(&parse(&source));
        for word in 0..words {
            prop_assert!(seen.contains(&format!("w{word}w")), "{word} of {source:?} in {seen:?}");
        }
    }

    #[test]
    fn links_are_safe_and_nesting_is_bounded((source, _) in written()) {
        let mut urls = Vec::new();
        prop_assert!(walk(&parse(&source), &mut urls) <= MAX_DEPTH + 2);
        for url in urls {
            let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
            prop_assert!(["http", "https", "mailto"].contains(&scheme.as_str()), "{url}");
        }
    }

    #[test]
    fn any_text_is_parsed(source in any::<String>()) {
        parse(&source);
    }

    #[test]
    fn joined_pieces_have_all_the_text(pieces in prop::collection::vec(("[a`~\n]{0,8}", any::<bool>()), 0..6)) {
        let joined = join_pieces(pieces.iter().map(|(text, continues)| (text.as_str(), *continues)));
        let without = |text: &str| text.replace('\n', "");
        let all: String = pieces.iter().map(|(text, _)| without(text)).collect();
        prop_assert_eq!(without(&joined), all);
    }
}
