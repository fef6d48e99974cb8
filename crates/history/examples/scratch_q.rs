use realign_atlas::{Atlas, Year};
use realign_history::{quantities, rolling};
fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let atlas = Atlas::embedded().unwrap();
    let opts = rolling::Options {
        only,
        replicates: 200,
        ..Default::default()
    };
    let t = std::time::Instant::now();
    let s = rolling::run(&atlas, &quantities::tasks(), &quantities::tie_tasks(), &opts, &|_, _| true).unwrap();
    for g in &s.guards {
        println!(
            "guard {} {} {} leaks {:?}",
            g.quantity, g.origin, g.forecasts, g.leaks
        );
    }
    println!("{}", serde_json::to_string(&s.rows).unwrap());
    eprintln!("{:?}", t.elapsed());
    let _ = Year(0);
}
