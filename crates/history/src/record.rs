//! The record: what every block earned on years that it had not seen.
