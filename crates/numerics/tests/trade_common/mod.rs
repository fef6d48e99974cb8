//! Reading of reference folders, shared by the trade tests.
#![allow(dead_code, clippy::print_stdout)]

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A folder of trade references; `None` outside CI when it is not there.
pub fn folder(name: &str) -> Option<PathBuf> {
    let dir = std::env::var_os("REALIGN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let dir = dir.join("expected/trade_ge").join(name);
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} is missing",
        dir.display()
    );
    println!("skipped: {} is missing", dir.display());
    None
}

/// Text of a file, unpacked when gzipped.
pub fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|e| e == "gz") {
        let mut out = String::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_string(&mut out)
            .unwrap();
        return out;
    }
    String::from_utf8(bytes).unwrap()
}

/// All numbers of a file without header, row by row.
pub fn matrix(path: &Path) -> Vec<f64> {
    text(path)
        .lines()
        .flat_map(|l| {
            l.split(',')
                .map(|v| v.trim().parse::<f64>().unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Rows of cells of a file with header.
pub fn table(path: &Path) -> Vec<Vec<String>> {
    text(path)
        .lines()
        .skip(1)
        .map(|l| l.split(',').map(|c| c.trim().to_owned()).collect())
        .collect()
}
