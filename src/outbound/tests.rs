//! The sender against receivers that behave and that do not, over real sockets.

mod exchange;
mod mail;
mod mail_server;
mod receiver;
mod ssrf;
mod tls;
