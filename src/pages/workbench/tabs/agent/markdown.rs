//! An agent's answer: Markdown as elements and texts.

use super::marks::marked;
use super::scrollable::use_scrollable;
use crate::pages::workbench::tabs::texts;
use crate::ui::{ButtonVariant, CopyButton, For, Text};
use leptos::html;
use leptos::prelude::*;
use std::future::ready;
use std::sync::Arc;
use vestibule_client::markdown::{Block, Inline, Item, parse};

/// The answer. Blocks that have not changed keep their elements while the answer grows.
#[component]
pub fn Markdown(
    text: Signal<String>,
    /// Text that is marked; empty: none.
    query: Signal<String>,
) -> impl IntoView {
    let all = move || {
        let blocks = text.with(|text| parse(text));
        let query: Arc<str> = query.get().into();
        let blocks = blocks.into_iter().enumerate();
        blocks
            .map(|(at, block)| (at, block, query.clone()))
            .collect::<Vec<_>>()
    };
    view! {
        <div class="markdown">
            <For each=all key=Clone::clone children=|(_, part, query)| block(part, &query) />
        </div>
    }
}

fn block(part: Block, query: &str) -> AnyView {
    match part {
        Block::Paragraph(content) => view! { <p>{inlines(content, query)}</p> }.into_any(),
        Block::Heading(level, content) => heading(level, content, query),
        Block::List(start, items) => list(start, items, query),
        Block::Code { language, text } => code(language, text, query),
        Block::Quote(content) => {
            view! { <blockquote>{blocks(content, query)}</blockquote> }.into_any()
        }
        Block::Table { head, rows } => table(head, rows, query),
        Block::Rule => view! { <hr /> }.into_any(),
        Block::Plain(text) => {
            view! { <p class="markdown-plain">{marked(&text, query)}</p> }.into_any()
        }
    }
}

fn blocks(content: Vec<Block>, query: &str) -> Vec<AnyView> {
    content.into_iter().map(|part| block(part, query)).collect()
}

/// Renders a heading below those of the panel.
fn heading(depth: u8, content: Vec<Inline>, query: &str) -> AnyView {
    let content = inlines(content, query);
    match depth {
        1 => view! { <h4>{content}</h4> }.into_any(),
        2 => view! { <h5>{content}</h5> }.into_any(),
        _ => view! { <h6>{content}</h6> }.into_any(),
    }
}

fn list(start: Option<u64>, items: Vec<Item>, query: &str) -> AnyView {
    let items: Vec<AnyView> = items.into_iter().map(|part| item(part, query)).collect();
    match start {
        Some(start) => view! { <ol start=start.to_string()>{items}</ol> }.into_any(),
        None => view! { <ul>{items}</ul> }.into_any(),
    }
}

fn item(item: Item, query: &str) -> AnyView {
    let mark = item.is_done.map(|is_done| match is_done {
        true => ("\u{2611}", texts::TASK_DONE),
        false => ("\u{2610}", texts::TASK_OPEN),
    });
    let mark = mark.map(|(mark, name)| {
        view! { <span class="markdown-task" role="img" aria-label=name>{mark}</span> }
    });
    let is_task = item.is_done.is_some();
    view! { <li data-task=is_task.then_some("")>{mark}{blocks(item.content, query)}</li> }
        .into_any()
}

/// Renders a block of code. The keyboard reaches and scrolls one that is wider than the screen.
fn code(language: String, text: String, query: &str) -> AnyView {
    let node = NodeRef::<html::Pre>::new();
    let is_wide = use_scrollable(node);
    let name = match language.is_empty() {
        true => texts::CODE.to_owned(),
        false => texts::code_in(&language),
    };
    let shown = marked(&text, query);
    let copied = Callback::new(move |()| Box::pin(ready(Ok(text.clone()))) as Text);
    view! {
        <div class="markdown-code">
            <div class="markdown-code-head">
                <span>{language}</span>
                <CopyButton variant=ButtonVariant::Quiet label=texts::COPY text=copied />
            </div>
            <pre
                node_ref=node
                tabindex=move || is_wide.get().then_some("0")
                role=move || is_wide.get().then_some("group")
                aria-label=move || is_wide.get().then(|| name.clone())
            >
                <code>{shown}</code>
            </pre>
        </div>
    }
    .into_any()
}

fn table(head: Vec<Vec<Inline>>, rows: Vec<Vec<Vec<Inline>>>, query: &str) -> AnyView {
    let node = NodeRef::<html::Div>::new();
    let is_wide = use_scrollable(node);
    let head: Vec<AnyView> = head
        .into_iter()
        .map(|cell| view! { <th scope="col">{inlines(cell, query)}</th> }.into_any())
        .collect();
    let row = |cells: Vec<Vec<Inline>>| {
        let cells: Vec<AnyView> = cells
            .into_iter()
            .map(|cell| view! { <td>{inlines(cell, query)}</td> }.into_any())
            .collect();
        view! { <tr>{cells}</tr> }.into_any()
    };
    let rows: Vec<AnyView> = rows.into_iter().map(row).collect();
    view! {
        <div
            class="markdown-table"
            node_ref=node
            tabindex=move || is_wide.get().then_some("0")
            role=move || is_wide.get().then_some("group")
            aria-label=move || is_wide.get().then_some(texts::TABLE)
        >
            <table>
                <thead><tr>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn inlines(content: Vec<Inline>, query: &str) -> Vec<AnyView> {
    content
        .into_iter()
        .map(|part| inline(part, query))
        .collect()
}

fn inline(part: Inline, query: &str) -> AnyView {
    match part {
        Inline::Text(text) => marked(&text, query),
        Inline::Emphasis(content) => view! { <em>{inlines(content, query)}</em> }.into_any(),
        Inline::Strong(content) => view! { <strong>{inlines(content, query)}</strong> }.into_any(),
        Inline::Strikethrough(content) => view! { <s>{inlines(content, query)}</s> }.into_any(),
        Inline::Code(text) => view! { <code>{marked(&text, query)}</code> }.into_any(),
        Inline::Link {
            url,
            title,
            content,
        } => {
            let title = Some(title).filter(|title| !title.is_empty());
            view! {
                <a href=url title=title target="_blank" rel="noopener noreferrer">{inlines(content, query)}</a>
            }
            .into_any()
        }
        Inline::Break => view! { <br /> }.into_any(),
    }
}
