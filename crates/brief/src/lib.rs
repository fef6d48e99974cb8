//! From findings to sentences, pictures and pages.
//!
//! A [`Document`] is plain data: sentences made of tokens, typed pictures, evidence rows. The
//! formats [`html`], [`markdown`] and [`json`] print it; none of them computes a result, and none
//! can print a number that is not in a row. [`check_document`] refuses a document that breaks a
//! rule of evidence before anything is printed.

pub mod chance;
mod check;
pub mod document;
mod error;
pub mod evidence;
pub mod figure;
pub mod findings;
pub mod html;
pub mod json;
pub mod markdown;
mod marks;
pub mod numbers;
pub mod sentence;
mod spoken;
pub mod world;

pub use check::check_document;
pub use document::Document;
pub use error::BriefError;
pub use evidence::EvidenceRow;
pub use sentence::{Sentence, Token};

/// A checked document as one HTML file.
pub fn html(doc: &Document) -> Result<String, BriefError> {
    checked(doc)?;
    html::render(doc)
}

/// A checked document as Markdown.
pub fn markdown(doc: &Document) -> Result<String, BriefError> {
    checked(doc)?;
    Ok(markdown::render(doc))
}

/// A checked document as JSON.
pub fn json(doc: &Document) -> Result<String, BriefError> {
    checked(doc)?;
    json::render(doc)
}

/// Refuses a document that breaks a rule of evidence, with the first broken rule.
fn checked(doc: &Document) -> Result<(), BriefError> {
    check_document(doc).into_iter().next().map_or(Ok(()), Err)
}
