//! What a ComfyUI server says of a job: finished files, the node that stopped it, the node that it does not know.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    super::{Answer, Fault, HttpReply, Output, answer},
    workflow::Workflow,
};

/// A finished job.
pub(super) fn history(workflow: &Workflow, entry: &Value) -> Answer {
    if entry["status"]["status_str"] == "error" {
        return Answer::Fault(stopped(workflow, &entry["status"]));
    }
    let Some(outputs) = entry["outputs"].as_object() else {
        return Answer::Fault(Fault::broken("a finished job without outputs"));
    };
    let marked = workflow.output().and_then(|node| outputs.get(node));
    let nodes: Vec<&Value> = marked.map_or_else(|| outputs.values().collect(), |node| vec![node]);
    let mut files: Vec<&Value> = nodes
        .iter()
        .filter_map(|node| node["images"].as_array())
        .flatten()
        .collect();
    // Previews are `temp`; what was saved comes first.
    files.sort_by_key(|file| file["type"] != "output");
    Answer::done(files.into_iter().map(|file| Ok(Output::Path(view(file)))), None)
}

/// Why a job stopped: the node, and what it said.
fn stopped(workflow: &Workflow, status: &Value) -> Fault {
    let messages = status["messages"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let of = |name: &str| {
        messages
            .iter()
            .find(|message| message[0] == name)
            .map(|message| &message[1])
    };
    if of("execution_interrupted").is_some() {
        return Fault::broken("the job was interrupted on the server");
    }
    let Some(error) = of("execution_error") else {
        return Fault::broken("the workflow failed and the server does not say where");
    };
    let said = answer::brief(error["exception_message"].as_str().unwrap_or_default());
    let node = error["node_id"].as_str().unwrap_or_default();
    Fault::broken(format!("{} failed: {said}", workflow.named(node)))
}

/// `{"error": {"message"}, "node_errors": {"4": {"errors": [{"message", "details"}]}}}`.
pub(super) fn rejected(workflow: &Workflow, reply: &HttpReply, body: &Value) -> Fault {
    let nodes = body["node_errors"].as_object().filter(|nodes| !nodes.is_empty());
    let Some(nodes) = nodes.filter(|_| reply.status == 400) else {
        let said = body["error"]["message"].as_str().unwrap_or_default();
        return Fault::of_status(reply, said);
    };
    let mut told = "the workflow does not run on this server:".to_owned();
    for (key, node) in nodes {
        let first = &node["errors"][0];
        let said = |name: &str| first[name].as_str().unwrap_or_default();
        let said = answer::brief(&format!("{}: {}", said("message"), said("details")));
        let _ = write!(told, " {} {said};", workflow.named(key));
    }
    Fault::Misconfigured(told.trim_end_matches(';').to_owned())
}

/// Where a finished file is read: `/view?filename=…&subfolder=…&type=…`.
fn view(file: &Value) -> String {
    let said = |name: &str| escaped(file[name].as_str().unwrap_or_default());
    format!(
        "/view?filename={}&subfolder={}&type={}",
        said("filename"),
        said("subfolder"),
        said("type")
    )
}

/// Percent-encoded for a query (RFC 3986: letters, digits and `-._~` stand as they are).
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_place_in_the_address() {
        let file = json!({ "filename": "a b&type=x/ü.png", "subfolder": "../s", "type": "output" });
        assert_eq!(
            view(&file),
            "/view?filename=a%20b%26type%3Dx%2F%C3%BC.png&subfolder=..%2Fs&type=output"
        );
    }
}
