//! The embedded fonts: Source Serif 4 and Source Sans 3, cut to European Latin (SIL OFL 1.1).

use std::fmt::Write as _;

struct Face {
    family: &'static str,
    weight: u16,
    style: &'static str,
    latin: &'static [u8],
    extended: &'static [u8],
}

macro_rules! face {
    ($family:literal, $weight:literal, $style:literal, $file:literal) => {
        Face {
            family: $family,
            weight: $weight,
            style: $style,
            latin: include_bytes!(concat!("../../assets/", $file, "-latin.woff2")),
            extended: include_bytes!(concat!("../../assets/", $file, "-latin-ext.woff2")),
        }
    };
}

static FACES: [Face; 5] = [
    face!("Rserif", 400, "normal", "serif"),
    face!("Rserif", 400, "italic", "serif-italic"),
    face!("Rserif", 600, "normal", "serif-semibold"),
    face!("Rsans", 400, "normal", "sans"),
    face!("Rsans", 600, "normal", "sans-semibold"),
];

/// Base 64 with padding (RFC 4648).
pub fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let n = three.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for k in 0..4 {
            if k <= three.len() {
                out.push(char::from(SIGNS[(n >> (18 - 6 * k) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Style rules that embed the fonts; the extended letters only if the text needs them.
pub fn rules(text: &str) -> String {
    let extended = text
        .chars()
        .any(|c| ('\u{100}'..='\u{17f}').contains(&c) || "ȘșȚț".contains(c));
    let mut out = String::new();
    for f in &FACES {
        for (data, range) in [
            (f.latin, "U+0-FF,U+131,U+152-153,U+2009-2026,U+20AC,U+2212"),
            (f.extended, "U+100-130,U+132-151,U+154-17F,U+218-21B"),
        ] {
            if range.starts_with("U+100") && !extended {
                continue;
            }
            let _ = write!(
                out,
                "@font-face{{font-family:{};font-weight:{};font-style:{};font-display:swap;unicode-range:{range};src:url(data:font/woff2;base64,{}) format('woff2')}}",
                f.family,
                f.weight,
                f.style,
                base64(data)
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn ref_base64_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
