//! Progress with time left on a terminal, silence in a pipe; and Ctrl-C.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Set when a person presses Ctrl-C.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Listens for Ctrl-C from now on. Where no handler can be set, Ctrl-C ends the program, which
    /// writes nothing either: results are renamed into place at the very end.
    pub fn listen() -> Self {
        let flag = Self::default();
        let inner = Arc::clone(&flag.0);
        let _ = ctrlc::set_handler(move || inner.store(true, Ordering::SeqCst));
        flag
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A bar for one stage of work.
pub struct Stage {
    bar: ProgressBar,
    stop: StopFlag,
}

impl Stage {
    /// Starts a stage; draws only on a terminal.
    pub fn new(name: &str, stop: &StopFlag) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(
                "{msg:<28} {bar:32} {percent:>3} %  {elapsed} so far, {eta} left",
            );
            let bar = ProgressBar::new(0);
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("█▌ "));
            }
            bar.set_message(name.to_owned());
            bar
        } else {
            ProgressBar::hidden()
        };
        Self {
            bar,
            stop: stop.clone(),
        }
    }

    /// Called by the runner after each path; answers whether to go on.
    pub fn tick(&self, done: usize, total: usize) -> bool {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        !self.stop.is_set()
    }

    /// Ends the stage.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
