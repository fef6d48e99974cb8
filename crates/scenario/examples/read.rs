//! Development aid: prints the draft of a brief.
use std::process::ExitCode;
fn main() -> ExitCode {
    let atlas = realign_atlas::Atlas::embedded().unwrap();
    let g = realign_scenario::Gazetteer::from_atlas(&atlas).unwrap();
    for p in std::env::args().skip(1) {
        let b = std::fs::read(&p).unwrap();
        println!("=== {p}");
        match realign_scenario::read_brief(&p, &b, &g, 2025) {
            Ok(d) => {
                println!("T {}\nH {:?} year {} form {} source {}", d.title, d.hegemons, d.year, d.form, d.source);
                println!("targets {}", d.targets.iter().map(|t| t.iso3.clone()).collect::<Vec<_>>().join(" "));
                let mut vias: Vec<_> = d.targets.iter().map(|t| t.via.clone()).collect(); vias.sort(); vias.dedup();
                println!("via {vias:?}");
                for e in &d.events {
                    let t = if e.targets.len() > 6 { format!("[{} states]", e.targets.len()) } else { e.targets.join(",") };
                    println!("  {} {} -> {} {:.2} L{} {:?} [{}] | {}", e.kind, e.actor, t, e.confidence, e.line, e.year, e.words, e.sentence.chars().take(110).collect::<String>());
                }
                println!("domains {:?}", d.domains);
                for q in &d.questions { println!("  Q {q}"); }
                for u in &d.unplaced { println!("  U L{} {} <= {}", u.line, u.why, u.text.chars().take(140).collect::<String>()); }
                for n in &d.notes { println!("  N {n}"); }
            }
            Err(e) => println!("ERR {e}"),
        }
    }
    ExitCode::SUCCESS
}
