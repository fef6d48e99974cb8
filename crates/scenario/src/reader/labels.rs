//! How briefs write WHAT, WHY, SO WHAT, summary, questions and sources.

use regex::Regex;

use super::form::Role;
use super::inline::plain;
use crate::ScenarioError;

/// How headings and labels are written.
pub(super) struct Words {
    pub label: Regex,
    pub bare: Regex,
    pub summary: Regex,
    pub questions: Regex,
    pub sources: Regex,
    pub container: Regex,
    pub other: Regex,
    pub number: Regex,
    pub source_line: Regex,
    pub head_line: Regex,
}

const WHAT: &str = "what(?:'s| is| has been| was)? (?:happening|changing|happened|going on)|what happened|what|the what|observations?|developments?|situation|context|facts|current state";

const WHY: &str = "why (?:is it|it is|it's|this is) happening|why it happen(?:s|ed)|why now|why|the why|(?:root )?causes?|(?:key )?drivers?|reasons?|rationale";

const SO_WHAT: &str = "so[ -]what|the so[ -]what|why (?:it|this) matters|implications?|impacts?|consequences?|significance|outlook|effects?|what (?:it|this) means|what does (?:it|this) mean|results?";

impl Words {
    pub fn new() -> Result<Self, ScenarioError> {
        let make = |pattern: String| {
            Regex::new(&pattern).map_err(|e| ScenarioError::Data {
                file: "form",
                message: e.to_string(),
            })
        };
        let any = format!("(?P<s>{SO_WHAT})|(?P<y>{WHY})|(?P<w>{WHAT})");
        Ok(Self {
            // The mark after a label may stand inside or outside its emphasis.
            label: make(format!(
                r"^(?i)\s*(?P<b>\*\*|__|\*|_)?\s*(?:{any})\s*\??\s*(?:(?P<c>[:：])\s*(?:\*\*|__|\*|_)?|(?:\*\*|__|\*|_)\s*(?P<d>[:：.–—-])?|(?P<e>\s[–—-]\s))\s*"
            ))?,
            bare: make(format!(r"^(?i)(?:{any})\s*\??\s*:?$"))?,
            summary: make(r"^(?i)(?:executive |short )?(?:summary|overview|abstract|synopsis|bottom line(?: up front)?|in brief|key takeaways?|at a glance|tl;?dr)\b".into())?,
            questions: make(r"(?i)\bquestions?\b".into())?,
            sources: make(r"^(?i)(?:sources?|references?|bibliography|notes|further reading|citations?|endnotes|footnotes)\b".into())?,
            container: make(r"(?i)\bdomains?\b.*\b(?:impact|affect|hit|concern|review|brief)|\b(?:impact|affect)\w*\b.*\b(?:domains?|areas|sectors)\b|^domains?$|^(?:analysis|findings|domain analysis|assessment|main findings|key domains|areas of impact|impact areas)$".into())?,
            other: make(r"^(?i)(?:background|introduction|conclusions?|recommendations?|method(?:s|ology)?|about|disclaimer|annex|appendix|acknowledge?ments?|timeline|chronology|next steps|scope|purpose)\b".into())?,
            number: make(r"^(?i)(?:(?:domain|area|sector|section|part)\s+)?(?:\d{1,2}|[ivx]{1,4}|[a-h])(?:\s*[.):–—-]\s*|\s*[.):]\s*)+|^(?i)(?:domain|area|sector)\s*:\s*".into())?,
            source_line: make(r"^(?i)[\s\[(*_>-]*(?:sources?|based on|adapted from|reference|original article|link|via)\s*[*_]*\s*[:：]\s*[*_]*".into())?,
            head_line: make(r"^(?i)[\s*_>-]*(?P<k>date|dated|published(?: on)?|author|prepared (?:by|for)|classification|period|horizon|start|end|time frame|timeframe|distribution|updated|region)\s*[*_]*\s*[:：]\s*[*_]*\s*(?P<v>\S.*)$".into())?,
        })
    }

    fn role(c: &regex::Captures<'_>) -> Role {
        if c.name("s").is_some() {
            Role::SoWhat
        } else if c.name("y").is_some() {
            Role::Why
        } else {
            Role::What
        }
    }

    /// The label at the start of a line with the length of what to skip.
    pub fn label_of(&self, content: &str) -> Option<(Role, usize)> {
        if let Some(c) = self.bare.captures(&plain(content)) {
            return Some((Self::role(&c), content.len()));
        }
        if let Some(c) = self.label.captures(content) {
            let end = c.get(0).map_or(0, |m| m.end());
            let word = ["s", "y", "w"]
                .iter()
                .find_map(|n| c.name(n))
                .map_or("", |m| m.as_str());
            let loud = word.chars().all(|x| !x.is_lowercase());
            // "What - if anything -" is prose; a colon, emphasis or capitals make a label.
            if c.name("c").is_some() || c.name("b").is_some() || loud {
                return Some((Self::role(&c), end));
            }
        }
        for (word, role) in [
            ("SO WHAT", Role::SoWhat),
            ("WHAT", Role::What),
            ("WHY", Role::Why),
        ] {
            if let Some(rest) = content.trim_start().strip_prefix(word)
                && rest.starts_with(char::is_whitespace)
            {
                return Some((role, content.len() - rest.trim_start().len()));
            }
        }
        None
    }

    /// Length of "Summary:" at the start of a line, with its emphasis.
    pub fn summary_of(&self, content: &str) -> Option<usize> {
        // "**Summary.** …" as well as "Summary: …"
        let bold = content.trim_start().starts_with(['*', '_']);
        let at = content.find(|c| c == ':' || (bold && c == '.'))?;
        let (head, rest) = (&content[..at], &content[at + 1..]);
        let word = plain(head);
        (self.summary.is_match(&word) && word.split(' ').count() <= 3 && !rest.trim().is_empty())
            .then(|| {
                let skip = head.len() + 1;
                skip + content[skip..].len()
                    - content[skip..].trim_start_matches(['*', '_', ' ']).len()
            })
    }

    /// A heading without its number, emphasis and closing colon.
    pub fn name(&self, heading: &str) -> String {
        let text = plain(heading);
        let text = text.trim_end_matches('#').trim();
        let cut = self.number.find(text).map_or(0, |m| m.end());
        let name = text[cut..].trim();
        let name = if name.is_empty() { text } else { name };
        name.trim_end_matches([':', '：']).trim().to_owned()
    }
}
