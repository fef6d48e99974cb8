//! The builder: the same raw files give the same bytes, and the bytes that are committed.
#![allow(clippy::print_stdout, clippy::format_collect)]

use std::path::{Path, PathBuf};

use realign_atlas::build;

fn shared() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[allow(clippy::disallowed_methods)]
    let named = std::env::var("REALIGN_SHARED").map(PathBuf::from);
    let path = named.unwrap_or_else(|_| root.join("../shared"));
    if path.join("data").is_dir() {
        return Some(path);
    }
    #[allow(clippy::disallowed_methods)]
    let ci = std::env::var("CI").is_ok();
    assert!(!ci, "{} is missing", path.display());
    println!("skipped: no raw data at {}", path.display());
    None
}

fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|f| f.unwrap())
        .filter(|f| f.file_name().to_string_lossy().ends_with(".parquet"))
        .map(|f| {
            (
                f.file_name().to_string_lossy().into_owned(),
                std::fs::read(f.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn ref_the_committed_tables_are_what_the_raw_files_give() {
    let Some(shared) = shared() else { return };
    let out = tempfile::tempdir().unwrap();
    let report = build::build(&shared.join("data"), out.path(), &mut |_| ()).unwrap();
    let ours = contents(out.path());
    let committed = contents(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/tables"));
    let names = |files: &[(String, Vec<u8>)]| -> Vec<String> {
        files.iter().map(|f| f.0.clone()).collect()
    };
    assert_eq!(names(&ours), names(&committed));
    for (built, kept) in ours.iter().zip(&committed) {
        assert!(
            built.1 == kept.1,
            "{} differs: run `realign atlas build`",
            built.0
        );
    }
    // What is dropped is told, with the file and the code.
    let dropped = report.dropped();
    let gdr = dropped
        .iter()
        .find(|d| d.file.contains("cow_nmc") && d.code == "265")
        .unwrap();
    assert!(gdr.rows > 0 && gdr.reason == "extinct");
    assert_eq!(report.tables.len(), ours.len());
    assert_eq!(report.changed, Vec::<String>::new());
    let total: usize = ours.iter().map(|f| f.1.len()).sum();
    assert!(total <= 15_000_000, "{total} bytes");
}

#[test]
fn prop_a_missing_raw_file_is_named() {
    let raw = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let error = build::build(raw.path(), out.path(), &mut |_| ())
        .unwrap_err()
        .to_string();
    assert!(error.contains("general/countries.json.gz"), "{error}");
}
