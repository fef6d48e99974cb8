//! Bytes to text.

use crate::{Problem, ProblemKind};

/// The text of a UTF-8 file without its byte order mark; otherwise where it stops being UTF-8.
/// Offsets into the returned text differ from the file's by the three bytes of the mark.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Box<Problem>> {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let error = match std::str::from_utf8(body) {
        Ok(t) => return Ok(t),
        Err(e) => e,
    };
    let at = error.valid_up_to();
    let utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let seems = if utf16 {
        "UTF-16"
    } else {
        "Latin-1 or Windows-1252"
    };
    let good = std::str::from_utf8(&body[..at]).unwrap_or_default();
    let byte = at + (bytes.len() - body.len());
    let mut p = Problem::at(
        good,
        at..at,
        ProblemKind::Encoding,
        format!("not UTF-8: byte 0x{:02x} at offset {byte}", body[at]),
        format!(
            "save the file as UTF-8 (it may be {seems}), e.g. iconv -f {} -t UTF-8",
            if utf16 { "UTF-16" } else { "WINDOWS-1252" }
        ),
    );
    p.span = at..at + 1;
    Err(Box::new(p))
}
