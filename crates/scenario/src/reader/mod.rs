//! The reader: from a brief in prose to a draft scenario.

mod form;
mod inline;
mod lines;
mod text;
