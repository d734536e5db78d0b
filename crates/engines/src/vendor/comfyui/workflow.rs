//! A workflow in ComfyUI's API format, and the places in it that PhotoGen fills: nodes whose title names a slot.
//!
//! A title holds one slot or several with spaces between them: `photogen:width photogen:height`. A second photo goes to
//! `photogen:product-2`.

use serde_json::{Map, Value};

use super::super::Fault;

/// How every slot's name begins.
const MARK: &str = "photogen:";
/// What a slot can be called, and the inputs of a node that can take it, the likeliest first.
const SLOTS: &[(&str, &[&str])] = &[
    ("product", &["image"]),
    ("person", &["image"]),
    ("mask", &["image"]),
    ("prompt", &["text", "prompt", "value", "string"]),
    ("negative", &["text", "prompt", "value", "string"]),
    ("seed", &["seed", "noise_seed", "value"]),
    ("width", &["width", "value"]),
    ("height", &["height", "value"]),
    ("output", &[]),
];

/// A workflow that can be filled.
#[derive(Clone, Debug)]
pub(super) struct Workflow {
    nodes: Map<String, Value>,
    slots: Vec<Slot>,
}

/// A place to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// `product`, `prompt`, …
    pub(super) name: &'static str,
    /// Which of several of that name, from 0.
    pub(super) index: usize,
    /// The node's key.
    pub(super) node: String,
    /// The node's input; none for the output.
    input: Option<&'static str>,
}

impl Workflow {
    /// Reads a workflow. It needs a place for the product's photo.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let nodes: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| format!("is no workflow: {error}"))?;
        if nodes.get("nodes").is_some_and(Value::is_array) {
            return Err("is a workflow as the editor saves it; export it with \"Export (API)\"".to_owned());
        }
        let mut slots = Vec::new();
        for (key, node) in &nodes {
            let title = node["_meta"]["title"].as_str().unwrap_or_default();
            for word in title.split_whitespace() {
                if let Some(name) = word.strip_prefix(MARK) {
                    slots.push(slot(key, node, name)?);
                }
            }
        }
        if !slots.iter().any(|slot| slot.name == "product") {
            return Err(format!(
                "has no place for the product: give the LoadImage node of the product photo the title `{MARK}product`"
            ));
        }
        Ok(Self { nodes, slots })
    }

    /// The places of this name, in order.
    pub(super) fn slots(&self, name: &str) -> Vec<&Slot> {
        let mut slots: Vec<&Slot> = self.slots.iter().filter(|slot| slot.name == name).collect();
        slots.sort_by_key(|slot| slot.index);
        slots
    }

    /// The node whose pictures are the result, where one is marked.
    pub(super) fn output(&self) -> Option<&str> {
        self.slots("output").first().map(|slot| slot.node.as_str())
    }

    /// A node in words: `node 7 (KSampler "photogen:seed")`.
    pub(super) fn named(&self, key: &str) -> String {
        let node = self.nodes.get(key);
        let text = |node: &Value, path: &str| node.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let class = node
            .and_then(|node| text(node, "/class_type"))
            .unwrap_or_default();
        let title = node
            .and_then(|node| text(node, "/_meta/title"))
            .unwrap_or_default();
        format!("node {key} ({class} \"{title}\")")
    }

    /// The graph with these places filled.
    pub(super) fn filled(&self, values: &[(&Slot, Value)]) -> Result<Value, Fault> {
        let mut nodes = self.nodes.clone();
        for (slot, value) in values {
            let place = slot
                .input
                .and_then(|input| nodes.get_mut(&slot.node)?.get_mut("inputs")?.get_mut(input));
            let place = place.ok_or_else(|| {
                Fault::Misconfigured(format!("{} has lost its input", self.named(&slot.node)))
            })?;
            *place = value.clone();
        }
        Ok(Value::Object(nodes))
    }
}

/// A slot by its name in a title: `product`, `product-2`.
fn slot(key: &str, node: &Value, word: &str) -> Result<Slot, String> {
    let (name, number) = match word.rsplit_once('-') {
        Some((name, number)) => (name, number.parse().unwrap_or(0)),
        None => (word, 1_usize),
    };
    let known = SLOTS.iter().find(|(known, _)| *known == name && number > 0);
    let Some((name, inputs)) = known else {
        let names: Vec<&str> = SLOTS.iter().map(|(name, _)| *name).collect();
        return Err(format!(
            "has a node titled `{MARK}{word}`; the places are {}",
            names.join(", ")
        ));
    };
    let input = inputs
        .iter()
        .copied()
        .find(|input| node["inputs"].get(*input).is_some());
    if input.is_none() && !inputs.is_empty() {
        return Err(format!(
            "titles node {key} `{MARK}{word}`, and that node has no input {}",
            inputs.join(" or ")
        ));
    }
    Ok(Slot {
        name,
        index: number - 1,
        node: key.to_owned(),
        input,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(title: &str, inputs: &Value) -> Result<Workflow, String> {
        let node = json!({ "class_type": "X", "inputs": inputs, "_meta": { "title": title } });
        let photo = json!({ "inputs": { "image": "" }, "_meta": { "title": "photogen:product" } });
        Workflow::parse(&json!({ "1": photo, "2": node }).to_string())
    }

    #[test]
    fn slots_are_found_by_title_numbered_and_several_in_one() {
        let workflow = with(
            "size photogen:width photogen:height",
            &json!({ "width": 1, "height": 1 }),
        )
        .unwrap();
        assert_eq!(workflow.slots("width")[0].input, Some("width"));
        assert_eq!(workflow.slots("height")[0].node, "2");
        let second = with("photogen:product-2", &json!({ "image": "" })).unwrap();
        let nodes: Vec<&str> = second
            .slots("product")
            .iter()
            .map(|slot| slot.node.as_str())
            .collect();
        assert_eq!(nodes, ["1", "2"]);
    }

    #[test]
    fn what_cannot_be_filled_is_told_with_the_way_out() {
        let told = |text: &str| Workflow::parse(text).unwrap_err();
        assert!(told("[]").contains("is no workflow"));
        assert!(told(r#"{"nodes": [], "links": []}"#).contains("Export (API)"));
        assert!(told("{}").contains("the title `photogen:product`"));
        let unknown = with("photogen:hat", &json!({})).unwrap_err();
        assert!(
            unknown.contains("`photogen:hat`; the places are product, person"),
            "{unknown}"
        );
        let no_input = with("photogen:seed", &json!({ "steps": 1 })).unwrap_err();
        assert!(
            no_input.contains("no input seed or noise_seed or value"),
            "{no_input}"
        );
        assert!(with("photogen:product-0", &json!({ "image": "" })).is_err());
    }

    #[test]
    fn only_the_marked_inputs_are_changed() {
        let workflow = with("photogen:seed", &json!({ "seed": 1, "steps": 20 })).unwrap();
        let filled = workflow
            .filled(&[(workflow.slots("seed")[0], json!(99))])
            .unwrap();
        assert_eq!(filled["2"]["inputs"], json!({ "seed": 99, "steps": 20 }));
        assert_eq!(filled["1"], workflow.nodes["1"]);
    }
}
