//! The made data of a consumer-finance company: who borrowed what, what is due when, and what was paid.
//!
//! Always holds: a user's rows follow from the seed and the user's number alone, so they can be made in any order and
//! on many connections; a loan's instalments add up to its principal and interest to the cent; what is paid on an
//! instalment is the sum of its repayments.

use super::money::{Cents, Day};
use super::people::{self, MERCHANTS, Merchant};
use super::random::Random;

/// Stands in `settings` when the whole data set is loaded; a change of the data must change it.
pub(super) const VERSION: &str = "consumer-finance 2";

/// How many users there are, numbered from 1.
pub(super) const USERS: u32 = 6_000;

/// The day on which everything is looked at: what was due before it and is not paid is overdue.
pub(super) const TODAY: Day = Day::new(2025, 6, 30);

const SEED: u64 = 0x5765_6972_2064_656D;

/// The logical tables, in the order in which they are made.
pub(super) const TABLES: [Table; 6] = [
    Table {
        name: "users",
        columns: "id, name, phone, city, credit_limit, joined_on",
        create: "CREATE TABLE users (
  id           BIGINT NOT NULL PRIMARY KEY,
  name         VARCHAR(60) NOT NULL,
  phone        VARCHAR(20) NOT NULL,
  city         VARCHAR(40) NOT NULL,
  credit_limit DECIMAL(12,2) NOT NULL,
  joined_on    DATE NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    },
    Table {
        name: "loans",
        columns: "loan_id, user_id, merchant_id, principal, interest, months, lent_on",
        create: "CREATE TABLE loans (
  loan_id     BIGINT NOT NULL,
  user_id     BIGINT NOT NULL,
  merchant_id INT NOT NULL,
  principal   DECIMAL(12,2) NOT NULL,
  interest    DECIMAL(12,2) NOT NULL,
  months      TINYINT NOT NULL,
  lent_on     DATE NOT NULL,
  PRIMARY KEY (user_id, loan_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    },
    Table {
        name: "instalments",
        columns: "user_id, loan_id, seq_no, due_on, principal, interest, paid, status",
        create: "CREATE TABLE instalments (
  user_id   BIGINT NOT NULL,
  loan_id   BIGINT NOT NULL,
  seq_no    TINYINT NOT NULL,
  due_on    DATE NOT NULL,
  principal DECIMAL(12,2) NOT NULL,
  interest  DECIMAL(12,2) NOT NULL,
  paid      DECIMAL(12,2) NOT NULL,
  status    VARCHAR(8) NOT NULL,
  PRIMARY KEY (user_id, loan_id, seq_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    },
    Table {
        name: "repayments",
        columns: "user_id, loan_id, seq_no, amount, paid_at, channel",
        create: "CREATE TABLE repayments (
  repayment_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id      BIGINT NOT NULL,
  loan_id      BIGINT NOT NULL,
  seq_no       TINYINT NOT NULL,
  amount       DECIMAL(12,2) NOT NULL,
  paid_at      DATETIME NOT NULL,
  channel      VARCHAR(12) NOT NULL,
  KEY loan (user_id, loan_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    },
    Table {
        name: "merchants",
        columns: "merchant_id, name, category",
        create: "CREATE TABLE merchants (
  merchant_id INT NOT NULL PRIMARY KEY,
  name        VARCHAR(60) NOT NULL,
  category    VARCHAR(20) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    },
    Table {
        name: "settings",
        columns: "name, setting",
        create: "CREATE TABLE settings (
  name    VARCHAR(40) NOT NULL PRIMARY KEY,
  setting VARCHAR(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    },
];

/// Indexes into [`TABLES`].
pub(super) const USERS_TABLE: usize = 0;
/// Loans.
pub(super) const LOANS_TABLE: usize = 1;
/// Instalments.
pub(super) const INSTALMENTS_TABLE: usize = 2;
/// Repayments.
pub(super) const REPAYMENTS_TABLE: usize = 3;
/// Merchants.
pub(super) const MERCHANTS_TABLE: usize = 4;

/// A logical table of the demo.
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// The columns that the loader gives, in the order of its rows.
    pub(super) columns: &'static str,
    /// The statement that makes it, as a client sends it to Weir.
    pub(super) create: &'static str,
}

/// Rows as SQL texts, `(…)` each, by table.
#[derive(Default)]
pub(super) struct Rows {
    /// By index into [`TABLES`].
    pub(super) of: [Vec<String>; TABLES.len()],
}

/// How a user pays.
#[derive(Clone, Copy)]
enum Habit {
    /// On the day or a little earlier.
    Prompt,
    /// Some days late, now and then in two parts.
    Late,
    /// Not any more after so many months of each loan.
    Stops(u32),
}

/// One loan and the merchant it was for.
struct Loan<'m> {
    user: u32,
    loan: u64,
    merchant: &'m Merchant,
    habit: Habit,
}

/// All rows of one user.
pub(super) fn user(user: u32, rows: &mut Rows) {
    let mut random = Random::new(SEED, u64::from(user));
    let (name, phone, city) = (people::name(&mut random), people::phone(&mut random), people::city(&mut random));
    let limit = Cents(i64::from(random.between(6, 200)) * 50_000);
    let joined = Day::new(2022, 1, 1).plus_days(i64::from(random.below(600)));
    rows.of[USERS_TABLE].push(format!("({user}, {}, '{phone}', {}, {limit}, '{joined}')", quoted(&name), quoted(city)));
    let habit = match random.below(100) {
        0..=71 => Habit::Prompt,
        72..=92 => Habit::Late,
        _ => Habit::Stops(random.below(10)),
    };
    for nth in 1..=random.between(1, 3) {
        let index = random.below(u32::try_from(MERCHANTS.len()).unwrap_or(u32::MAX));
        let Some(merchant) = MERCHANTS.get(usize::try_from(index).unwrap_or(0)) else { continue };
        let loan = Loan { user, loan: u64::from(user) * 10 + u64::from(nth), merchant, habit };
        loan.write(index + 1, &mut random, rows);
    }
}

/// The merchants.
pub(super) fn merchants(rows: &mut Rows) {
    for (id, merchant) in (1..).zip(MERCHANTS) {
        let (name, category): (_, &str) = (quoted(merchant.name), merchant.category);
        let id: u32 = id;
        rows.of[MERCHANTS_TABLE].push(format!("({id}, {name}, '{category}')"));
    }
}

impl Loan<'_> {
    /// The loan, its instalments, and what was paid on them until [`TODAY`].
    fn write(&self, merchant_id: u32, random: &mut Random, rows: &mut Rows) {
        let (low, high) = self.merchant.loan;
        let yuan = random.between(low, high);
        let cents = if random.percent(40) { random.below(100) } else { 0 };
        let principal = Cents(i64::from(yuan) * 100 + i64::from(cents));
        let months: u32 = random.pick(&[3, 6, 6, 12, 12, 12, 24]);
        let monthly_rate = i64::from(random.between(45, 120));
        let interest = principal.basis_points(monthly_rate * i64::from(months));
        let lent_on = Day::new(2023, 7, i64::from(random.between(1, 28))).plus_months(random.below(23));
        let Self { user, loan, .. } = self;
        rows.of[LOANS_TABLE]
            .push(format!("({loan}, {user}, {merchant_id}, {principal}, {interest}, {months}, '{lent_on}')"));
        let shares = principal.split(months).into_iter().zip(interest.split(months));
        for (seq, (principal, interest)) in (1..).zip(shares) {
            let due_on = lent_on.plus_months(seq);
            let paid = self.repay(seq, due_on, principal + interest, random, rows);
            let status = match () {
                () if paid == principal + interest => "paid",
                () if due_on < TODAY => "overdue",
                () => "open",
            };
            rows.of[INSTALMENTS_TABLE]
                .push(format!("({user}, {loan}, {seq}, '{due_on}', {principal}, {interest}, {paid}, '{status}')"));
        }
    }

    /// The repayments of one instalment; returns their sum.
    fn repay(&self, seq: u32, due_on: Day, due: Cents, random: &mut Random, rows: &mut Rows) -> Cents {
        let (delay, in_parts) = match self.habit {
            Habit::Prompt => (-i64::from(random.below(4)), false),
            Habit::Late => (i64::from(random.between(1, 45)), random.percent(20)),
            Habit::Stops(after) if seq > after => return Cents(0),
            Habit::Stops(_) => (i64::from(random.below(10)), random.percent(10)),
        };
        let parts = if in_parts { due.split(2) } else { vec![due] };
        let mut paid = Cents(0);
        for (part, amount) in (0..).zip(parts) {
            let day = due_on.plus_days(delay + part * 17);
            if day >= TODAY {
                break;
            }
            let time = format!("{:02}:{:02}:{:02}", random.between(6, 23), random.below(60), random.below(60));
            let channel = random.pick(&["bank", "bank", "wallet", "wallet", "card", "branch"]);
            let Self { user, loan, .. } = self;
            rows.of[REPAYMENTS_TABLE].push(format!("({user}, {loan}, {seq}, {amount}, '{day} {time}', '{channel}')"));
            paid += amount;
        }
        paid
    }
}

/// A string literal; the texts of the demo hold no backslash.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::{Cents, INSTALMENTS_TABLE, LOANS_TABLE, REPAYMENTS_TABLE, Rows, USERS, merchants, user};

    /// The amount in the n-th column of a row text; the columns before it hold no comma.
    fn amount(row: &str, column: usize) -> Cents {
        let cell = row.trim_matches(['(', ')']).split(", ").nth(column).unwrap_or_default();
        cell.parse().unwrap_or_else(|error| unreachable!("{row}: {error}"))
    }

    fn sum(rows: &[String], columns: &[usize]) -> Cents {
        rows.iter().flat_map(|row| columns.iter().map(move |column| amount(row, *column))).sum()
    }

    #[test]
    fn every_users_books_balance() {
        for id in 1..=400 {
            let mut rows = Rows::default();
            user(id, &mut rows);
            let lent = sum(&rows.of[LOANS_TABLE], &[3, 4]);
            assert_eq!(lent, sum(&rows.of[INSTALMENTS_TABLE], &[4, 5]), "user {id}");
            assert_eq!(sum(&rows.of[INSTALMENTS_TABLE], &[6]), sum(&rows.of[REPAYMENTS_TABLE], &[3]), "user {id}");
        }
    }

    #[test]
    fn the_data_is_large_enough_and_always_the_same() {
        let mut all = Rows::default();
        merchants(&mut all);
        (1..=USERS).for_each(|id| user(id, &mut all));
        let counts = all.of.each_ref().map(Vec::len);
        assert!(counts.iter().sum::<usize>() >= 100_000, "{counts:?}");
        let overdue = all.of[INSTALMENTS_TABLE].iter().filter(|row| row.ends_with("'overdue')")).count();
        assert!(overdue > 1_000, "{overdue}");
        let mut again = Rows::default();
        user(42, &mut again);
        assert!(all.of[super::USERS_TABLE].contains(&again.of[super::USERS_TABLE][0]));
    }
}
