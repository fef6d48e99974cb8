//! Dated episodes: the whole model is given a shock and nothing later.
