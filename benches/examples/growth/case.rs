//! Many cases, and many receipts of one.

use std::path::Path;

use statehold::{Case, CaseFilter, CaseOptions, Json, Result, Store, Token};

use crate::options;
use crate::sample::{Sample, by_thousands};

fn id(number: usize) -> String {
    format!("order-{number:06}")
}

fn ctx() -> Result<Json> {
    Json::new(r#"{"order":7,"customer":"Ada Lovelace","lines":[1,2,3],"note":"0123456789abcdef"}"#)
}

/// Three mutations: a token moves on, and a step is counted.
fn commit(case: &Case, number: usize) -> Result<()> {
    if number > 0 {
        case.remove_token("t");
    }
    case.add_token(Token::new("t", format!("step {}", number % 5)));
    case.increment_step_count();
    case.commit(0).map(|_| ())
}

pub(crate) fn cases(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let store = options().open(path)?;
    by_thousands(records, |numbers| {
        store.transaction(|tx| {
            numbers.clone().try_for_each(|number| {
                tx.create_case_json(ctx()?, &CaseOptions::new().case_id(id(number))).map(|_| ())
            })
        })
    })?;
    let any = |store: &Store| store.case(&id(fastrand::usize(..records)));
    let first = store.case(&id(0))?;
    commit(&first, 0)?;
    Ok(vec![
        Sample::of("open", 5_000, |_| any(&store).map(|_| ()))?,
        Sample::of("commit", 2_000, |number| commit(&first, number + 1))?,
        Sample::of("create", 2_000, |number| {
            let options = CaseOptions::new().case_id(format!("new-{:06}", number * 7_919 % 1_000_000));
            store.create_case_json(ctx()?, &options).map(|_| ())
        })?,
        Sample::of("list of 100", 500, |_| {
            let after = id(fastrand::usize(..=records - 100));
            let filter = CaseFilter::new().pattern("order-*").start_after(after).limit(99);
            store.cases(&filter).map(|cases| assert_eq!(cases.len(), 99))
        })?,
    ])
}

pub(crate) fn receipts(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let store = options().open(path)?;
    let case = store.create_case_json(ctx()?, &CaseOptions::new().case_id("order"))?;
    (0..records).try_for_each(|number| commit(&case, number))?;
    Ok(vec![
        Sample::of("commit", 2_000, |number| commit(&case, records + number))?,
        Sample::of("open", 2_000, |_| store.case("order").map(|_| ()))?,
        Sample::of("100 receipts", 500, |_| {
            let after = fastrand::u64(..=records as u64 - 100);
            case.receipts(after, Some(100)).map(|receipts| assert_eq!(receipts.len(), 100))
        })?,
        Sample::of("verify, a receipt", 5, |_| {
            case.verify(None).map(|checked| assert!(checked.problems.is_empty()))
        })?
        .per(records),
    ])
}
