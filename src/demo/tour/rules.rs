//! The step that breaks a copy of the rules and shows what the check says.

use std::path::Path;

use super::{Tour, claim};
use crate::demo::DemoError;
use crate::demo::cluster::{RULES, write_file};

/// What is broken: the text, and what stands there instead.
const MISTAKES: [(&str, &str); 3] = [
    ("{04..07}\", instance: b", "{04..07}\", instance: c"),
    ("loans:        { dbpartition: hash(user_id)", "loans:        { dbpartition: hsah(user_id)"),
    ("settings:     { single: finance_00 }", "settings:     { single: finance_09 }"),
];

/// The rules with all the mistakes.
fn broken_rules() -> String {
    MISTAKES.iter().fold(RULES.to_owned(), |rules, (right, wrong)| rules.replacen(right, wrong, 1))
}

impl Tour<'_, '_> {
    pub(super) fn bad_rule(&mut self, check: &dyn Fn(&Path) -> Result<(), String>) -> Result<(), DemoError> {
        self.step("A bad rule, and what `weir check` says")?;
        let broken = broken_rules();
        let folder = self.layout.folder.join("broken");
        let config = folder.join("weir.yaml");
        write_file(&config, &self.layout.configuration("./rules"))?;
        write_file(&folder.join("rules/finance.yaml"), &broken)?;

        self.screen.line("Three lines of a copy of the rules were changed:")?;
        let changed: Vec<(usize, &str)> = (1..)
            .zip(RULES.lines().zip(broken.lines()))
            .filter(|(_, (right, wrong))| right != wrong)
            .map(|(number, (_, wrong))| (number, wrong))
            .collect();
        claim(changed.len() == MISTAKES.len(), || format!("{} lines were changed, not three", changed.len()))?;
        for (number, line) in &changed {
            self.screen.line(&format!("  {number:>2} | {line}"))?;
        }
        self.screen.line(&format!("\n$ weir check --config {}", config.display()))?;
        let Err(report) = check(&config) else {
            return Err(DemoError::Wrong("the broken rules passed the check".to_owned()));
        };
        self.screen.line(report.trim_end())?;
        for (number, line) in &changed {
            claim(report.contains(&format!("finance.yaml:{number}:")), || {
                format!("the check says nothing about line {number}: {line}")
            })?;
        }
        check(&self.layout.config)
            .map_err(|report| DemoError::Wrong(format!("the demo's own rules do not pass the check:\n{report}")))?;
        self.see("Every mistake in one go, each with file, line and column. The unbroken rules pass.")
    }
}

#[cfg(test)]
mod tests {
    use super::{MISTAKES, RULES, broken_rules};
    use crate::demo::cluster::INSTANCES;
    use crate::rule::{RuleFile, check};

    /// The lines that the check complains about.
    fn complaints(text: &str) -> Vec<String> {
        let file = RuleFile { name: "finance.yaml", text };
        check(&[file], &INSTANCES, 1).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_demos_rules_pass_and_every_mistake_is_found() {
        assert_eq!(complaints(RULES), Vec::<String>::new());
        let broken = broken_rules();
        let found = complaints(&broken);
        let changed = (1..).zip(RULES.lines().zip(broken.lines())).filter(|(_, (right, wrong))| right != wrong);
        let lines: Vec<u32> = changed.map(|(number, _)| number).collect();
        assert_eq!(lines.len(), MISTAKES.len());
        for line in lines {
            let start = format!("finance.yaml:{line}:");
            assert!(found.iter().any(|complaint| complaint.starts_with(&start)), "line {line}: {found:?}");
        }
    }
}
