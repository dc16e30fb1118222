//! Report: what a launch brought, in one page.
//!
//! The store's tables → [`data::ReportData`], plain values of a range of time → a page of HTML that needs nothing else, JSON,
//! or a terminal's lines (`cli`). It reads and never writes.
//!
//! It does not know how anything was counted, and reckons by the rules of `model/roi` alone.

pub mod data;
pub mod figures;
pub mod html;
