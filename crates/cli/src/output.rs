//! Directories: written whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use crate::report::Failure;

/// File that marks a directory as written by this program.
const MARK: &str = "run.json";

/// A directory being filled beside its final place, renamed when complete.
pub struct Staged {
    temporary: tempfile::TempDir,
    place: PathBuf,
    replace: bool,
}

impl Staged {
    /// Prepares a directory for `place`. Refuses one that holds anything, unless `force` is given
    /// and an earlier run wrote it.
    pub fn new(place: &Path, force: bool) -> Result<Self, Failure> {
        let mut replace = false;
        if place.exists() {
            if !place.is_dir() {
                return Err(Failure::hinted(
                    format!("{} is a file", place.display()),
                    "give a directory with -o",
                ));
            }
            let empty = fs::read_dir(place)
                .map_err(|e| Failure::plain(format!("{}: {e}", place.display())))?
                .next()
                .is_none();
            let ours = place.join(MARK).is_file();
            if !(empty || force && ours) {
                let hint = if ours {
                    "it holds an earlier run: --force replaces it, -o DIR writes elsewhere"
                } else {
                    "give another directory with -o; --force replaces only what an earlier run wrote"
                };
                let what = format!("directory {} exists and is not empty", place.display());
                return Err(Failure::hinted(what, hint));
            }
            replace = true;
        }
        let absolute = std::path::absolute(place)
            .map_err(|e| Failure::plain(format!("{}: {e}", place.display())))?;
        let parent = absolute
            .parent()
            .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        fs::create_dir_all(&parent)
            .map_err(|e| Failure::plain(format!("cannot create {}: {e}", parent.display())))?;
        let temporary = tempfile::Builder::new()
            .prefix(".realign-")
            .tempdir_in(&parent)
            .map_err(|e| {
                Failure::hinted(
                    format!("cannot write into {}: {e}", parent.display()),
                    "check permissions and free space, or choose another directory with -o",
                )
            })?;
        Ok(Self {
            temporary,
            place: absolute,
            replace,
        })
    }

    /// Where to write for now.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Writes one file.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .map_err(|e| Failure::plain(format!("cannot create {}: {e}", parent.display())))?;
        }
        fs::write(&path, content).map_err(|e| {
            Failure::hinted(
                format!("cannot write {name}: {e}"),
                "nothing was written; free some space or choose another directory with -o",
            )
        })
    }

    /// Puts everything in place. An earlier run is moved aside first and comes back if that fails.
    pub fn commit(self) -> Result<PathBuf, Failure> {
        let bad = |e: std::io::Error| Failure::plain(format!("{}: {e}", self.place.display()));
        let aside = self.temporary.path().with_extension("old");
        if self.replace {
            fs::rename(&self.place, &aside).map_err(bad)?;
        }
        let full = self.temporary.keep();
        if let Err(e) = fs::rename(&full, &self.place) {
            if self.replace {
                let _ = fs::rename(&aside, &self.place);
            }
            let _ = fs::remove_dir_all(&full);
            return Err(bad(e));
        }
        #[cfg(unix)]
        {
            // Temporary directories are private; a result is not.
            use std::os::unix::fs::PermissionsExt;
            let _ = fs::set_permissions(&self.place, fs::Permissions::from_mode(0o755));
        }
        if self.replace {
            let _ = fs::remove_dir_all(&aside);
        }
        Ok(self.place)
    }
}

/// Writes one file whole: beside its place first, renamed when complete.
pub fn file(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let bad = |e: std::io::Error| Failure::plain(format!("cannot write {}: {e}", path.display()));
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(bad)?;
    }
    let partial = path.with_extension("partial");
    fs::write(&partial, content).map_err(bad)?;
    fs::rename(&partial, path).map_err(bad)
}
