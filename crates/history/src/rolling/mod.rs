//! Rolling origins: every panel forecast from every origin, beside its baselines.
