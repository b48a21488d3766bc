//! Reader of the parser's events.

use super::tree::{Block, Inline, Item, MAX_BYTES, MAX_DEPTH, MAX_HEADING};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, OffsetIter, Options, Parser, Tag};
use std::ops::Range;

/// Parses an answer.
pub fn parse(text: &str) -> Vec<Block> {
    match text.len() {
        0..=MAX_BYTES => Reader::new(text).blocks(),
        _ => vec![Block::Plain(text.to_owned())],
    }
}

/// Reader of an answer.
struct Reader<'s> {
    source: &'s str,
    events: OffsetIter<'s>,
    /// Bytes of the source that are in the tree, or are marks.
    covered: Vec<bool>,
    /// `true` if the block has something that is not shown.
    is_incomplete: bool,
    /// Written levels of the heading before, and of those that it is below.
    outline: Vec<u8>,
}

impl<'s> Reader<'s> {
    /// Returns a reader at the begin of an answer.
    fn new(source: &'s str) -> Self {
        let options =
            Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        Self {
            source,
            events: Parser::new_ext(source, options).into_offset_iter(),
            covered: vec![false; source.len()],
            is_incomplete: false,
            outline: Vec::new(),
        }
    }

    /// Reads the whole answer.
    fn blocks(mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut end = 0;
        while let Some((event, range)) = self.events.next() {
            self.plain(end..range.start, &mut blocks);
            end = end.max(range.end);
            self.is_incomplete = false;
            let block = match event {
                Event::Start(tag) => self.block(tag, range.clone(), 0),
                Event::Rule => Block::Rule,
                _ => Block::Plain(self.source[range.clone()].to_owned()),
            };
            let is_whole = matches!(block, Block::Plain(_))
                || !(self.is_incomplete || self.is_lost(range.clone()));
            match is_whole {
                true => blocks.push(block),
                false => blocks.push(Block::Plain(
                    self.source[range].trim_end_matches('\n').to_owned(),
                )),
            }
        }
        self.plain(end..self.source.len(), &mut blocks);
        blocks
    }

    /// Adds text between blocks, such as the definition of a link.
    fn plain(&self, range: Range<usize>, blocks: &mut Vec<Block>) {
        if !range.is_empty() && self.is_lost(range.clone()) {
            blocks.push(Block::Plain(self.source[range].trim().to_owned()));
        }
    }

    /// Returns `true` if a letter or digit of the source is not in the tree.
    fn is_lost(&self, range: Range<usize>) -> bool {
        let text = &self.source[range.clone()];
        let mut letters = text.char_indices().filter(|(_, c)| c.is_alphanumeric());
        letters.any(|(at, _)| !self.covered[range.start + at])
    }

    fn cover(&mut self, range: Range<usize>) {
        self.covered[range].fill(true);
    }

    fn block(&mut self, tag: Tag<'s>, range: Range<usize>, depth: usize) -> Block {
        match tag {
            _ if depth > MAX_DEPTH => self.skip(),
            Tag::Paragraph => Block::Paragraph(self.inlines(depth + 1)),
            Tag::Heading { level, .. } => {
                let depth_in_outline = self.enter(u8::try_from(level as usize).unwrap_or(6));
                Block::Heading(depth_in_outline, self.inlines(depth + 1))
            }
            Tag::BlockQuote(_) => Block::Quote(self.content(depth + 1).content),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        let first = self.source[range.clone()].lines().next().unwrap_or("");
                        self.cover(range.start..range.start + first.len());
                        info.into_string()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                let text = self.text();
                Block::Code { language, text }
            }
            Tag::HtmlBlock => Block::Plain(self.text().trim_end_matches('\n').to_owned()),
            Tag::List(start) => Block::List(start, self.items(depth + 1)),
            Tag::Table(_) => self.table(depth + 1),
            _ => self.skip(),
        }
    }

    /// Adds a heading to the outline; returns its depth.
    fn enter(&mut self, level: u8) -> u8 {
        while self.outline.pop_if(|above| *above >= level).is_some() {}
        self.outline.push(level);
        u8::try_from(self.outline.len()).map_or(MAX_HEADING, |depth| depth.min(MAX_HEADING))
    }

    /// Passes over an element that is shown as it was written.
    fn skip(&mut self) -> Block {
        self.is_incomplete = true;
        let mut depth = 1_usize;
        while depth > 0 {
            match self.events.next() {
                Some((Event::Start(_), _)) => depth += 1,
                Some((Event::End(_), _)) => depth -= 1,
                Some(_) => {}
                None => break,
            }
        }
        Block::Rule
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::End(_) => break,
                Event::Text(part) | Event::Html(part) => {
                    self.cover(range);
                    text.push_str(&part);
                }
                _ => self.is_incomplete = true,
            }
        }
        text
    }

    fn items(&mut self, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        while let Some((Event::Start(Tag::Item), range)) = self.events.next() {
            let text = &self.source[range.clone()];
            let marker = text.trim_start_matches(|c: char| c.is_whitespace() || c == '>');
            let digits = marker.trim_start_matches(|c: char| c.is_ascii_digit());
            self.cover(range.start..range.start + text.len() - digits.len());
            items.push(self.content(depth + 1));
        }
        items
    }

    /// Reads blocks, and text that stands among them as in a tight list.
    fn content(&mut self, depth: usize) -> Item {
        let mut item = Item::default();
        let mut line = Vec::new();
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::End(_) => break,
                Event::Start(tag) if is_block(&tag) => {
                    put_line(&mut line, &mut item.content);
                    let block = self.block(tag, range, depth + 1);
                    item.content.push(block);
                }
                Event::Rule => {
                    put_line(&mut line, &mut item.content);
                    item.content.push(Block::Rule);
                }
                Event::TaskListMarker(is_done) => {
                    self.cover(range);
                    item.is_done = Some(is_done);
                }
                event => self.inline(event, range, depth + 1, &mut line),
            }
        }
        put_line(&mut line, &mut item.content);
        item
    }

    fn table(&mut self, depth: usize) -> Block {
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        while let Some((Event::Start(tag), _)) = self.events.next() {
            let mut cells = Vec::new();
            while let Some((Event::Start(_), _)) = self.events.next() {
                cells.push(self.inlines(depth + 1));
            }
            match tag {
                Tag::TableHead => head = cells,
                _ => rows.push(cells),
            }
        }
        Block::Table { head, rows }
    }

    /// Reads inlines up to the end of their element.
    fn inlines(&mut self, depth: usize) -> Vec<Inline> {
        let mut inlines = Vec::new();
        while let Some((event, range)) = self.events.next() {
            if matches!(event, Event::End(_)) {
                break;
            }
            self.inline(event, range, depth, &mut inlines);
        }
        inlines
    }

    fn inline(
        &mut self,
        event: Event<'s>,
        range: Range<usize>,
        depth: usize,
        out: &mut Vec<Inline>,
    ) {
        match event {
            Event::Start(_) if depth > MAX_DEPTH => drop(self.skip()),
            Event::Start(Tag::Emphasis) => out.push(Inline::Emphasis(self.inlines(depth + 1))),
            Event::Start(Tag::Strong) => out.push(Inline::Strong(self.inlines(depth + 1))),
            Event::Start(Tag::Strikethrough) => {
                out.push(Inline::Strikethrough(self.inlines(depth + 1)));
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            }) => {
                let content = self.inlines(depth + 1);
                self.cover(range);
                let url = match link_type {
                    LinkType::Email => format!("mailto:{dest_url}"),
                    _ => dest_url.into_string(),
                };
                link(url, title.into_string(), content, out);
            }
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => {
                let content = self.inlines(depth + 1);
                self.cover(range);
                link(dest_url.into_string(), title.into_string(), content, out);
            }
            Event::Start(_) => drop(self.skip()),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.cover(range);
                put_text(&text, out);
            }
            Event::Code(text) => {
                self.cover(range);
                out.push(Inline::Code(text.into_string()));
            }
            Event::SoftBreak => put_text("\n", out),
            Event::HardBreak => out.push(Inline::Break),
            _ => self.is_incomplete = true,
        }
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. }
            | Tag::Superscript
            | Tag::Subscript
    )
}

/// Ends a line of text among blocks.
fn put_line(line: &mut Vec<Inline>, blocks: &mut Vec<Block>) {
    if !line.is_empty() {
        blocks.push(Block::Paragraph(std::mem::take(line)));
    }
}

/// Adds a text to the one before it.
fn put_text(text: &str, out: &mut Vec<Inline>) {
    match out.last_mut() {
        Some(Inline::Text(before)) => before.push_str(text),
        _ => out.push(Inline::Text(text.to_owned())),
    }
}

/// Adds a link; one that leads elsewhere is its content, and its address as a text.
fn link(url: String, title: String, mut content: Vec<Inline>, out: &mut Vec<Inline>) {
    if content.is_empty() {
        put_text(&url, &mut content);
    }
    if is_allowed(&url) {
        return out.push(Inline::Link {
            url,
            title,
            content,
        });
    }
    let is_shown = matches!(content.as_slice(), [Inline::Text(text)] if *text == url);
    for inline in content {
        match inline {
            Inline::Text(text) => put_text(&text, out),
            other => out.push(other),
        }
    }
    let rest = match (is_shown || url.is_empty(), title.is_empty()) {
        (true, true) => return,
        (true, false) => format!(" ({title})"),
        (false, true) => format!(" ({url})"),
        (false, false) => format!(" ({url}, {title})"),
    };
    put_text(&rest, out);
}

fn is_allowed(url: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}
