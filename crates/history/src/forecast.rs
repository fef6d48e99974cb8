//! Frozen forecasts, written before anyone sees the outcome.
