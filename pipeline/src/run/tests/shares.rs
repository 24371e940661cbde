//! Output folders that share files.

use super::*;

fn single() -> Vec<NodeSpec> {
    vec![node("1/make", json!({}), None)]
}

fn make(ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let made = ctx.work_dir().join("made");
    std::fs::create_dir(&made).unwrap();
    for name in ["weights", "state"] {
        std::fs::write(made.join(name), name).unwrap();
    }
    ctx.put_output_dir("whole", &made, &["weights".to_owned(), "state".to_owned()])
}

#[test]
fn a_share_of_an_output_folder_is_an_output_of_its_own() {
    let place = Project::new();
    let mut fake = Fake::doing(|_, ctx| {
        make(ctx)?;
        ctx.put_output_share("share", "whole", &["weights".to_owned()])
    });
    place.try_run(single(), &mut fake).unwrap();
    assert_eq!(place.view("1/make/share/weights"), "weights");
    assert_eq!(place.view("1/make/whole/state"), "state");
    let share = place.store.view_path("test").join("1/make/share/state");
    assert!(!share.exists());
}

#[test]
fn a_share_of_what_is_not_there_is_refused() {
    let place = Project::new();
    let mut fake = Fake::doing(|_, ctx| {
        make(ctx)?;
        let of_nothing = ctx.put_output_share("share", "hole", &[]).unwrap_err();
        assert!(of_nothing.to_string().contains("`whole`"), "{of_nothing}");
        ctx.put_output_share("share", "whole", &["scales".to_owned()])
    });
    let error = place.try_run(single(), &mut fake).unwrap_err();
    assert!(error.to_string().contains("scales"), "{error}");
}
