//! The store's verbs, on real files and on disks that fail.

mod contract;
mod disk;
mod faults;
mod files;
mod ground;
mod power_cut;
