//! relations.

use std::path::Path;

use super::Report;
use super::raw::Raw;
use crate::AtlasError;

pub(super) fn build(_raw: &Raw, _out: &Path, _report: &mut Report) -> Result<(), AtlasError> {
    Ok(())
}
