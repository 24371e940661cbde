//! The screen on a terminal: keys, redrawing, and giving the terminal back whatever happens.

use std::io::{self, Read, Stdout};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ratatui::Terminal;
use ratatui::backend::TermionBackend;
use ratatui::termion::event::Key;
use ratatui::termion::input::TermRead;
use ratatui::termion::raw::{IntoRawMode, RawTerminal};
use ratatui::termion::screen::{AlternateScreen, IntoAlternateScreen};
use ratatui::termion::{AsyncReader, async_stdin};
use serl_pipeline::CancelFlag;

use super::page::Colours;
use super::screen::{View, draw};
use super::watcher::Watcher;

/// Time between two looks at the keys.
const TICK: Duration = Duration::from_millis(100);
/// Time between two looks at the files.
const LOOK: Duration = Duration::from_millis(1000);

type Screen = Terminal<TermionBackend<AlternateScreen<RawTerminal<Stdout>>>>;

/// Shows what `watcher` sees until the user leaves or `cancel` is raised.
///
/// # Errors
/// The terminal cannot be used, or the files cannot be read.
pub fn show(watcher: &mut Watcher, colours: Colours, cancel: &CancelFlag) -> Result<()> {
    // A panic is told after the terminal was given back: on the screen, nobody would see it.
    let told: Arc<Mutex<Option<String>>> = Arc::default();
    let before = panic::take_hook();
    let note = Arc::clone(&told);
    panic::set_hook(Box::new(move |panic| {
        *note.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic.to_string());
    }));
    let ended = panic::catch_unwind(AssertUnwindSafe(|| on_screen(watcher, colours, cancel)));
    panic::set_hook(before);
    match ended {
        Ok(ended) => ended,
        Err(_) => {
            let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
            Err(anyhow::anyhow!("{}", told.unwrap_or_default()).context("`serl watch` stopped; this is a bug in serl"))
        }
    }
}

fn on_screen(watcher: &mut Watcher, colours: Colours, cancel: &CancelFlag) -> Result<()> {
    let what = "cannot use the terminal";
    // Dropping them gives the terminal back.
    let screen = io::stdout()
        .into_raw_mode()
        .context(what)?
        .into_alternate_screen()
        .context(what)?;
    let mut screen = Terminal::new(TermionBackend::new(screen)).context(what)?;
    screen.hide_cursor().context(what)?;
    let shown = follow(watcher, &mut screen, colours, cancel);
    screen.show_cursor().context(what)?;
    shown
}

fn follow(watcher: &mut Watcher, screen: &mut Screen, colours: Colours, cancel: &CancelFlag) -> Result<()> {
    let mut keys = async_stdin();
    let mut view = View::FIRST;
    let mut run = watcher.look()?;
    let (mut looked, mut most) = (Instant::now(), 0);
    loop {
        screen
            .draw(|frame| most = draw(frame, &run, view, colours))
            .context("cannot draw")?;
        view.offset = view.offset.min(most);
        let drawn = view;
        while view == drawn && looked.elapsed() < LOOK {
            match pressed(&mut keys, view) {
                Some(next) => view = next,
                None => return Ok(()),
            }
            if cancel.is_cancelled() {
                return Ok(());
            }
            sleep(TICK);
        }
        if looked.elapsed() >= LOOK {
            run = watcher.look()?;
            looked = Instant::now();
        }
    }
}

/// What the keys that were pressed make of `view`; none if the user leaves.
fn pressed(keys: &mut AsyncReader, mut view: View) -> Option<View> {
    for key in keys.by_ref().keys().map_while(Result::ok) {
        match key {
            Key::Char('q' | 'Q') | Key::Ctrl('c' | 'd') => return None,
            Key::Char('\t') | Key::Right => view = view.turned(1),
            Key::BackTab | Key::Left => view = view.turned(3),
            Key::Down | Key::Char('j') => view.offset += 1,
            Key::Up | Key::Char('k') => view.offset = view.offset.saturating_sub(1),
            Key::PageDown | Key::Char(' ') => view.offset += 10,
            Key::PageUp => view.offset = view.offset.saturating_sub(10),
            Key::Home => view.offset = 0,
            Key::End => view.offset = usize::MAX / 2,
            _ => {}
        }
    }
    Some(view)
}
