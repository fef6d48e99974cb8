//! Time to tip, and what would turn a tipped standard back: two camps in the mean field, with the
//! choice rule of the domain.

use super::respond;

/// Longest path looked at, years.
const LONGEST_YEARS: usize = 400;
/// Largest advantage tried, log odds.
const LARGEST_ADVANTAGE: f64 = 40.0;

/// A leading camp and its strongest rival, every state alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duel {
    /// Share of the leader among the two at the start, above one half.
    pub leader: f64,
    /// b: log odds per unit of the neighbours' share.
    pub network_strength: f64,
    /// c: log odds in favour of what is already used.
    pub switching_cost: f64,
    /// Years after which what is installed comes up for choice.
    pub replacement_years: f64,
}

/// What it takes to tip and to turn back; advantages in log odds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reversal {
    /// Smallest lasting advantage of the rival with which it ever overtakes.
    pub to_tip: f64,
    /// Smallest with which it overtakes within the years asked for; infinite where none does.
    pub to_tip_in_time: f64,
    /// Years until it overtakes with that advantage.
    pub years: f64,
    /// Whether the leader comes back by itself when the advantage ends after the world has settled.
    pub comes_back: bool,
    /// Smallest advantage of the former leader, over the start, with which it comes back; zero
    /// where it does by itself.
    pub to_turn_back: f64,
}

impl Duel {
    /// Shares of the leader over the years, the rival having `advantage`; from `start`.
    fn path(&self, start: f64, advantage: f64, years: usize) -> impl Iterator<Item = f64> {
        let mut weights = [0.0; 2];
        let at_start = [self.leader, 1.0 - self.leader];
        respond::weights(&at_start, self.switching_cost, &mut weights);
        let mut x = [start, 1.0 - start];
        let rate = self.replacement_years.recip().min(1.0);
        let (b, cost) = (self.network_strength, self.switching_cost);
        (0..years).map(move |_| {
            let pull = [0, 1].map(|g| b * (x[g] - at_start[g]));
            let e = [
                weights[0] * pull[0].exp(),
                weights[1] * (pull[1] + advantage).exp(),
            ];
            respond::choose(&e, cost, rate, &mut x);
            x[0]
        })
    }

    /// First year in which the leader falls below one half.
    fn overtaken(&self, advantage: f64, years: usize) -> Option<usize> {
        self.path(self.leader, advantage, years)
            .position(|x| x < 0.5)
            .map(|t| t + 1)
    }

    /// Where the shares settle: twice the longest path, since one that tips may only just have
    /// crossed one half at its end.
    fn settled(&self, start: f64, advantage: f64) -> f64 {
        self.path(start, advantage, 2 * LONGEST_YEARS)
            .last()
            .unwrap_or(start)
    }

    /// What it takes to tip and to turn back; `years` is the time asked for.
    pub fn reversal(&self, years: usize) -> Reversal {
        let smallest = |holds: &dyn Fn(f64) -> bool| {
            if holds(0.0) {
                return 0.0;
            }
            if !holds(LARGEST_ADVANTAGE) {
                return f64::INFINITY;
            }
            let (mut low, mut high) = (0.0, LARGEST_ADVANTAGE);
            for _ in 0..40 {
                let middle = 0.5 * (low + high);
                if holds(middle) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            high
        };
        let to_tip = smallest(&|a| self.overtaken(a, LONGEST_YEARS).is_some());
        let to_tip_in_time = smallest(&|a| self.overtaken(a, years).is_some());
        let taken = self.overtaken(to_tip_in_time.min(LARGEST_ADVANTAGE), LONGEST_YEARS);
        let tipped = self.settled(self.leader, to_tip.min(LARGEST_ADVANTAGE));
        let back = |a: f64| self.settled(tipped, -a) > 0.5;
        Reversal {
            to_tip,
            to_tip_in_time,
            years: taken.map_or(f64::INFINITY, |t| t as f64),
            comes_back: back(0.0),
            to_turn_back: smallest(&back),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duel(leader: f64, b: f64) -> Duel {
        Duel {
            leader,
            network_strength: b,
            switching_cost: 0.0,
            replacement_years: 4.0,
        }
    }

    #[test]
    fn ref_the_advantage_that_tips_is_the_fold_of_the_mean_field() {
        // Pull b per camp gives log odds 2 b x: in the units of `hysteresis_width`, whose camps
        // pull with b (2x − 1), the same. Start at the upper equilibrium .8552 at b = 2.5: the fold
        // lies at u = ln((1+s)/(1−s)) − b s, s = √(1 − 2/b), that is half the width away.
        let r = duel(0.855_167, 2.5).reversal(400);
        let half = 0.5 * crate::standards::hysteresis_width(2.5);
        // Near the fold the last steps take for ever; four hundred years leave half a hundredth.
        assert!((r.to_tip - half).abs() < 0.01, "{} {half}", r.to_tip);
        assert!(!r.comes_back, "locked in above b = 2");
        assert!((r.to_turn_back - half).abs() < 0.02, "{}", r.to_turn_back);
    }

    #[test]
    fn prop_without_lock_in_the_leader_comes_back() {
        let r = duel(0.8, 1.0).reversal(20);
        assert!(r.comes_back && r.to_turn_back == 0.0);
        // In the mean field x = ½ needs the log odds of the start less the pull that is lost.
        let exact = (0.8f64 / 0.2).ln() - 2.0 * (0.8 - 0.5);
        assert!((r.to_tip - exact).abs() < 0.02, "{} {exact}", r.to_tip);
        assert!(r.to_tip_in_time > r.to_tip && r.years <= 20.0);
    }

    #[test]
    fn prop_more_time_and_less_lead_need_less_advantage() {
        let need = |leader: f64, years: usize| duel(leader, 1.5).reversal(years).to_tip_in_time;
        assert!(need(0.7, 10) > need(0.7, 20));
        assert!(need(0.8, 15) > need(0.6, 15));
        let costly = Duel {
            switching_cost: 2.0,
            ..duel(0.7, 1.5)
        };
        assert!(costly.reversal(15).to_tip_in_time > need(0.7, 15));
    }
}
