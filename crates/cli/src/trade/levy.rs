//! What is levied on whom, as a person writes it.

use super::world::World;
use crate::report::Failure;

/// A tariff added: `by` levies on goods of `on`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levy {
    /// Importer.
    pub by: usize,
    /// Exporter.
    pub on: usize,
    /// Added to the tariff in force, fraction of value.
    pub rate: f64,
}

/// A cost added between two states, both ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Barrier {
    /// One side.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// Fraction of the price.
    pub rate: f64,
}

/// `A:B=RATE` in its parts.
fn parts<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str, f64), Failure> {
    let wrong = |what: &str| {
        Failure::hinted(
            format!("{option} {text}: {what}"),
            format!("write {option} USA:CAN=25% (the one who levies first) or =0.25"),
        )
    };
    let (who, rate) = text.split_once('=').ok_or_else(|| wrong("no rate"))?;
    let (a, b) = who.split_once(':').ok_or_else(|| wrong("no pair"))?;
    let rate = rate.trim();
    let (number, unit) = match rate.strip_suffix('%') {
        Some(r) => (r.trim(), 0.01),
        None => (rate, 1.0),
    };
    let value: f64 = number
        .parse()
        .map_err(|_| wrong(&format!("`{rate}` is no rate")))?;
    let value = value * unit;
    if !value.is_finite() {
        return Err(wrong("the rate is not finite"));
    }
    if unit == 1.0 && value > 5.0 {
        return Err(Failure::hinted(
            format!(
                "{option} {text}: a rate of {value} is {:.0} %",
                100.0 * value
            ),
            format!("write {number}% if per cent are meant; above 500 % write the per cent sign"),
        ));
    }
    let (a, b) = (a.trim(), b.trim());
    if a.is_empty() || b.is_empty() {
        return Err(wrong("a side is empty"));
    }
    Ok((a, b, value))
}

/// Every (a, b, rate) that the options name; entries for single states outrank those for groups,
/// later ones earlier ones.
fn expand(
    world: &World,
    option: &str,
    texts: &[String],
) -> Result<Vec<(usize, usize, f64)>, Failure> {
    let n = world.n();
    // Rank of the entry that set a pair: the more single states it names, the higher.
    let mut best: Vec<Option<(u8, f64)>> = vec![None; n * n];
    for text in texts {
        let (a, b, rate) = parts(option, text)?;
        let place = format!("{option} {text}");
        let (from, one) = world.expand(a, &place)?;
        let (to, other) = world.expand(b, &place)?;
        let rank = u8::from(one) + u8::from(other);
        let within = from == to && from.len() > 1;
        let mut any = false;
        for i in &from {
            for j in &to {
                // Members of a bloc do not levy on each other; ALL:ALL means everyone on everyone.
                let same_bloc = !one && from.contains(j) && !within && from.len() < n;
                if i == j || same_bloc {
                    continue;
                }
                any = true;
                let slot = &mut best[i * n + j];
                if slot.is_none_or(|(r, _)| r <= rank) {
                    *slot = Some((rank, rate));
                }
            }
        }
        if !any {
            return Err(Failure::hinted(
                format!("{place}: nobody levies on itself"),
                "name two different sides",
            ));
        }
    }
    let found = best.iter().enumerate();
    Ok(found
        .filter_map(|(k, v)| v.map(|(_, rate)| (k / n, k % n, rate)))
        .collect())
}

/// Tariffs added, with the answers in kind of those who are hit if `retaliate`.
pub fn levies(world: &World, texts: &[String], retaliate: bool) -> Result<Vec<Levy>, Failure> {
    let mut list: Vec<Levy> = expand(world, "--tariff", texts)?
        .into_iter()
        .map(|(by, on, rate)| Levy { by, on, rate })
        .collect();
    if retaliate {
        let named: std::collections::BTreeSet<(usize, usize)> =
            list.iter().map(|l| (l.by, l.on)).collect();
        let answers: Vec<Levy> = list
            .iter()
            .filter(|l| l.rate > 0.0 && !named.contains(&(l.on, l.by)))
            .map(|l| Levy {
                by: l.on,
                on: l.by,
                rate: l.rate,
            })
            .collect();
        list.extend(answers);
    }
    list.retain(|l| l.rate != 0.0);
    for l in &list {
        let now = world.economy.tariff()[l.on * world.n() + l.by];
        if now + l.rate <= -1.0 {
            return Err(Failure::hinted(
                format!(
                    "{} on {}: {:.1} % in force and {:+.1} points make {:.1} %; a tariff must stay above −100 %",
                    world.codes[l.by],
                    world.codes[l.on],
                    100.0 * now,
                    100.0 * l.rate,
                    100.0 * (now + l.rate)
                ),
                "a cut of the whole tariff is minus what is in force; below zero it is an import subsidy",
            ));
        }
    }
    Ok(list)
}

/// Costs added between pairs.
pub fn barriers(world: &World, texts: &[String]) -> Result<Vec<Barrier>, Failure> {
    let list = expand(world, "--cost", texts)?;
    for (a, b, rate) in &list {
        if *rate <= -1.0 {
            return Err(Failure::hinted(
                format!(
                    "--cost {}:{}: {:.0} % would give trade away",
                    world.codes[*a],
                    world.codes[*b],
                    100.0 * rate
                ),
                "a cost must stay above −100 %",
            ));
        }
    }
    Ok(list
        .into_iter()
        .filter(|l| l.2 != 0.0)
        .map(|(a, b, rate)| Barrier { a, b, rate })
        .collect())
}
