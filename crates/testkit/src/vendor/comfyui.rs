//! ComfyUI, from the server's side.

use serde_json::{Value, json};

use super::{
    Order,
    dialect::{Answer, Call, Dialect, Trouble},
};

/// Speaks ComfyUI.
pub(super) struct Comfyui;

fn history(id: &str, status: &Value, outputs: &Value) -> Answer {
    Answer::json(
        200,
        &json!({ id: { "prompt": [], "outputs": outputs, "status": status } }),
    )
}

impl Dialect for Comfyui {
    fn route(&self, method: &str, path: &str) -> Option<Call> {
        match (method, path) {
            ("GET", "/queue") => Some(Call::Queue),
            ("POST", "/upload/image") => Some(Call::Upload),
            ("POST", "/prompt") => Some(Call::Order),
            ("POST", "/queue" | "/interrupt") => Some(Call::Cancel(String::new())),
            ("GET", path) => path
                .strip_prefix("/history/")
                .map(|id| Call::Poll(id.to_owned()))
                .or_else(|| {
                    let number = path.strip_prefix("/view?filename=photogen_")?.split('.').next()?;
                    number.parse().ok().map(Call::File)
                }),
            _ => None,
        }
    }

    fn stored(&self, _: &str, _: usize, name: &str) -> (String, Answer) {
        let body = json!({ "name": name, "subfolder": "", "type": "input" });
        (name.to_owned(), Answer::json(200, &body))
    }

    fn taken(&self, id: &str) -> Answer {
        Answer::json(200, &json!({ "prompt_id": id, "number": 1, "node_errors": {} }))
    }

    fn working(&self, _: &str) -> Answer {
        Answer::json(200, &json!({}))
    }

    fn done(&self, id: &str, _: &str, order: &Order, made: Option<(usize, &[u8])>) -> Answer {
        let images: Vec<Value> = made
            .iter()
            .map(|(number, _)| {
                json!({ "filename": format!("photogen_{number}.png"), "subfolder": "", "type": "output" })
            })
            .collect();
        let status = json!({ "status_str": "success", "completed": true, "messages": [] });
        let saver = order
            .json
            .as_ref()
            .and_then(saver)
            .unwrap_or_else(|| "9".to_owned());
        history(id, &status, &json!({ saver: { "images": images } }))
    }

    fn failed(&self, id: &str) -> Answer {
        let error = json!({ "node_id": "7", "node_type": "KSampler", "exception_message": "Allocation on device failed" });
        let messages = json!([["execution_start", {}], ["execution_error", error]]);
        let status = json!({ "status_str": "error", "completed": false, "messages": messages });
        history(id, &status, &json!({}))
    }

    fn called_off(&self, id: &str) -> Answer {
        let status =
            json!({ "status_str": "error", "completed": false, "messages": [["execution_interrupted", {}]] });
        history(id, &status, &json!({}))
    }

    fn running(&self, ids: &[String]) -> Answer {
        let jobs: Vec<Value> = ids.iter().map(|id| json!([1, id, {}, {}, []])).collect();
        Answer::json(200, &json!({ "queue_running": jobs, "queue_pending": [] }))
    }

    fn refused(&self, id: &str) -> Answer {
        self.failed(id)
    }

    fn trouble(&self, trouble: &Trouble) -> Answer {
        let (status, told) = match trouble {
            Trouble::TooMany(_) => (429, "slow down"),
            Trouble::Broke => (500, "something broke"),
            Trouble::Key => (401, "no access"),
            Trouble::Credit => (402, "no credit"),
            Trouble::Unknown => (404, "not here"),
        };
        let answer = Answer::json(
            status,
            &json!({ "error": { "message": told }, "node_errors": {} }),
        );
        match trouble {
            Trouble::TooMany(wait_ms) => answer.with_header("retry-after-ms", wait_ms.to_string()),
            _ => answer,
        }
    }
}

/// The node that saves.
fn saver(order: &Value) -> Option<String> {
    let nodes = order["prompt"].as_object()?;
    let found = nodes.iter().find(|(_, node)| node["class_type"] == "SaveImage");
    found.map(|(key, _)| key.clone())
}
