//! Peeling and pasting.

use super::{Objective, Prim, PrimSettings, Region};

/// A slice to cut off: the points `order[..removed]` of one dimension, from one end.
struct Slice {
    dimension: usize,
    /// Cut at the lower end.
    lower: bool,
    removed: usize,
    sum: f64,
    cases: usize,
    limit: f64,
}

impl Prim {
    /// The box of all active points.
    pub(super) fn whole(&self, active: &[bool]) -> Region {
        let mut r = Region {
            low: vec![f64::NEG_INFINITY; self.dimensions()],
            high: vec![f64::INFINITY; self.dimensions()],
            points: 0,
            cases: 0,
            sum: 0.0,
        };
        for i in (0..self.points()).filter(|i| active[*i]) {
            r.points += 1;
            r.cases += usize::from(self.case[i]);
            r.sum += self.outcome[i];
        }
        r
    }

    /// Boxes from all active points down to the smallest, peeled in the `allowed` dimensions.
    pub(super) fn peel(
        &self,
        active: &[bool],
        allowed: &[bool],
        settings: &PrimSettings,
    ) -> Vec<Region> {
        let mut region = self.whole(active);
        let least = (settings.minimum_mass * self.points() as f64).max(1.0);
        let mut inside = active.to_vec();
        // Points in the box by dimension, ascending; kept short as the box shrinks.
        let mut sorted: Vec<Vec<u32>> = self
            .order
            .iter()
            .zip(allowed)
            .map(|(order, allowed)| {
                let keep = |i: &&u32| *allowed && active[**i as usize];
                order.iter().filter(keep).copied().collect()
            })
            .collect();
        let mut path = vec![region.clone()];
        while region.points > 0 {
            let target = (settings.peel_fraction * region.points as f64) as usize;
            let mut best: Option<(f64, bool, Slice)> = None;
            for (j, order) in sorted.iter().enumerate().filter(|(_, o)| !o.is_empty()) {
                for lower in [true, false] {
                    let Some(slice) = self.slice(j, lower, order, target) else {
                        continue;
                    };
                    let left = region.points - slice.removed;
                    if (left as f64) < least {
                        continue;
                    }
                    let gain = (region.sum - slice.sum) / left as f64 - region.mean();
                    let score = match settings.objective {
                        Objective::GainPerPoint => gain / slice.removed as f64,
                        Objective::Mean => gain,
                    };
                    // On ties a dimension that is restricted already is preferred.
                    let known = region.restricts(j);
                    if best
                        .as_ref()
                        .is_none_or(|(s, k, _)| score > *s || (score == *s && known && !k))
                    {
                        best = Some((score, known, slice));
                    }
                }
            }
            // A peel that lowers the mean is patience (the outcome may sit in several corners), but
            // where all points are alike there is nothing to find.
            let Some((score, _, slice)) = best else { break };
            if score <= 0.0 && self.alike(&sorted) {
                break;
            }
            let order = &sorted[slice.dimension];
            let cut = if slice.lower {
                region.low[slice.dimension] = slice.limit;
                &order[..slice.removed]
            } else {
                region.high[slice.dimension] = slice.limit;
                &order[order.len() - slice.removed..]
            };
            for i in cut {
                inside[*i as usize] = false;
            }
            for order in &mut sorted {
                order.retain(|i| inside[*i as usize]);
            }
            region.points -= slice.removed;
            region.cases -= slice.cases;
            region.sum -= slice.sum;
            path.push(region.clone());
        }
        path
    }

    /// Whether all points in the box have the same outcome.
    fn alike(&self, sorted: &[Vec<u32>]) -> bool {
        let Some(points) = sorted.iter().find(|o| !o.is_empty()) else {
            return true;
        };
        points
            .iter()
            .all(|i| self.outcome[*i as usize] == self.outcome[points[0] as usize])
    }

    /// The slice of about `target` points at one end of a dimension. Equal values stay together: a
    /// slice ends before the value at the target, or takes the whole outermost value when that
    /// alone fills it. `None` when nothing would be left.
    fn slice(&self, dimension: usize, lower: bool, order: &[u32], target: usize) -> Option<Slice> {
        let x = &self.columns[dimension];
        let n = order.len();
        let at = |k: usize| order[if lower { k } else { n - 1 - k }] as usize;
        let value = |k: usize| x[at(k)];
        if n < 2 {
            return None;
        }
        let target = target.clamp(1, n - 1);
        let mut removed = target;
        if value(0) == value(target) {
            while removed < n && value(removed) == value(0) {
                removed += 1;
            }
            if removed == n {
                return None;
            }
        } else {
            while value(removed - 1) == value(target) {
                removed -= 1;
            }
        }
        let (mut sum, mut cases) = (0.0, 0);
        for k in 0..removed {
            sum += self.outcome[at(k)];
            cases += usize::from(self.case[at(k)]);
        }
        Some(Slice {
            dimension,
            lower,
            removed,
            sum,
            cases,
            limit: between(value(removed - 1), value(removed)),
        })
    }

    /// Gives back slices at the limits of a box as long as its mean does not fall; the boxes on the
    /// way, the first one being `region` itself.
    pub(super) fn paste(
        &self,
        region: Region,
        active: &[bool],
        settings: &PrimSettings,
    ) -> Vec<Region> {
        let sides: Vec<(usize, bool)> = (0..self.dimensions())
            .flat_map(|j| [(j, true), (j, false)])
            .filter(|(j, lower)| region.limit(*j, *lower).is_finite())
            .collect();
        let mut path = vec![region];
        loop {
            let region = path[path.len() - 1].clone();
            let size = ((settings.paste_fraction * region.points as f64) as usize).max(1);
            let mut best: Option<(f64, Region)> = None;
            for (side, outside) in sides.iter().zip(self.just_outside(&region, &sides, active)) {
                let Some(pasted) = self.extend(&region, *side, &outside, size) else {
                    continue;
                };
                let gain = pasted.mean() - region.mean();
                let score = match settings.objective {
                    Objective::GainPerPoint => gain / (pasted.points - region.points) as f64,
                    Objective::Mean => gain,
                };
                if score >= 0.0 && best.as_ref().is_none_or(|(s, _)| score > *s) {
                    best = Some((score, pasted));
                }
            }
            match best {
                Some((_, pasted)) => path.push(pasted),
                None => return path,
            }
        }
    }

    /// For every side, the active points that only this side keeps out, nearest first.
    fn just_outside(
        &self,
        region: &Region,
        sides: &[(usize, bool)],
        active: &[bool],
    ) -> Vec<Vec<u32>> {
        let mut lists = vec![Vec::new(); sides.len()];
        'points: for i in (0..self.points()).filter(|i| active[*i]) {
            let mut out = None;
            for (s, (j, lower)) in sides.iter().enumerate() {
                let x = self.columns[*j][i];
                let beyond = if *lower {
                    x < region.low[*j]
                } else {
                    x > region.high[*j]
                };
                if beyond && out.replace(s).is_some() {
                    continue 'points;
                }
            }
            if let Some(s) = out {
                lists[s].push(i as u32);
            }
        }
        for (list, (j, lower)) in lists.iter_mut().zip(sides) {
            let x = &self.columns[*j];
            list.sort_by(|a, b| {
                let up = x[*a as usize].total_cmp(&x[*b as usize]);
                if *lower { up.reverse() } else { up }
            });
        }
        lists
    }

    fn extend(
        &self,
        region: &Region,
        (dimension, lower): (usize, bool),
        outside: &[u32],
        size: usize,
    ) -> Option<Region> {
        let value = |k: usize| self.columns[dimension][outside[k] as usize];
        let mut added = size.min(outside.len());
        if added == 0 {
            return None;
        }
        while added < outside.len() && value(added) == value(added - 1) {
            added += 1;
        }
        let mut pasted = region.clone();
        for i in &outside[..added] {
            pasted.points += 1;
            pasted.cases += usize::from(self.case[*i as usize]);
            pasted.sum += self.outcome[*i as usize];
        }
        let limit = if lower {
            &mut pasted.low[dimension]
        } else {
            &mut pasted.high[dimension]
        };
        *limit = match (added < outside.len(), lower) {
            (true, _) => between(value(added), value(added - 1)),
            (false, true) => f64::NEG_INFINITY,
            (false, false) => f64::INFINITY,
        };
        Some(pasted)
    }
}

impl Region {
    pub(super) fn limit(&self, dimension: usize, lower: bool) -> f64 {
        if lower {
            self.low[dimension]
        } else {
            self.high[dimension]
        }
    }
}

/// A number between an outer value and an inner one, which itself lies on the inner side.
fn between(outer: f64, inner: f64) -> f64 {
    let middle = outer + 0.5 * (inner - outer);
    if middle == outer || !middle.is_finite() {
        inner
    } else {
        middle
    }
}
