//! A statement as a tree of texts: what can be left out, or replaced by a part of itself, is known when it is grown, so
//! that shrinking needs no grammar.

/// What a node may be replaced by when a statement is shrunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A value or condition: by one of its own values, or a plain one.
    Value,
    /// A literal that may be sent as a parameter.
    Literal,
    /// A whole SELECT: by one within it.
    Query,
    /// Nothing.
    Other,
}

/// A part of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The statement stays whole without it.
    pub(crate) optional: bool,
    /// Stands between the children of a list, which may be left out down to one.
    separator: Option<&'static str>,
    children: Vec<Child>,
}

/// A piece of a node.
#[derive(Clone, Debug)]
pub(crate) enum Child {
    Text(String),
    Node(Node),
}

/// The place of a node: which child of which child.
pub(crate) type Path = Vec<usize>;

macro_rules! node {
    ($kind:expr; $($child:expr),* $(,)?) => {
        $crate::fuzz::node::Node::of($kind, vec![$($crate::fuzz::node::Child::from($child)),*])
    };
}
macro_rules! value {
    ($($child:expr),* $(,)?) => { $crate::fuzz::node::node!($crate::fuzz::node::Kind::Value; $($child),*) };
}
macro_rules! part {
    ($($child:expr),* $(,)?) => { $crate::fuzz::node::node!($crate::fuzz::node::Kind::Other; $($child),*) };
}
pub(crate) use {node, part, value};

// === impl Node ===

impl Node {
    pub(crate) fn of(kind: Kind, children: Vec<Child>) -> Self {
        Self { kind, optional: false, separator: None, children }
    }

    pub(crate) fn literal(text: impl Into<String>) -> Self {
        Self::of(Kind::Literal, vec![Child::Text(text.into())])
    }

    pub(crate) fn list(separator: &'static str, items: Vec<Node>) -> Self {
        let children = items.into_iter().map(Child::Node).collect();
        Self { kind: Kind::Other, optional: false, separator: Some(separator), children }
    }

    /// A list of which nothing may be left out.
    pub(crate) fn row(separator: &'static str, items: Vec<Node>) -> Self {
        let mut children = Vec::new();
        for item in items {
            if !children.is_empty() {
                children.push(Child::Text(separator.to_owned()));
            }
            children.push(Child::Node(item));
        }
        Self::of(Kind::Other, children)
    }

    pub(crate) fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The statement's text; literals for which `as_param` says so are `?`, and returned.
    pub(crate) fn render(&self, as_param: &mut dyn FnMut() -> bool) -> (String, Vec<String>) {
        let (mut text, mut params) = (String::new(), Vec::new());
        self.render_into(&mut text, &mut params, as_param);
        (text, params)
    }

    pub(crate) fn text(&self) -> String {
        self.render(&mut || false).0
    }

    fn render_into(&self, text: &mut String, params: &mut Vec<String>, as_param: &mut dyn FnMut() -> bool) {
        if self.kind == Kind::Literal && as_param() {
            text.push('?');
            params.push(self.text());
            return;
        }
        for (number, child) in self.children.iter().enumerate() {
            if let Some(separator) = self.separator.filter(|_| number > 0) {
                text.push_str(separator);
            }
            match child {
                Child::Text(own) => text.push_str(own),
                Child::Node(node) => node.render_into(text, params, as_param),
            }
        }
    }

    /// Statements that are smaller by one step, the largest steps first.
    pub(crate) fn smaller(&self) -> Vec<Node> {
        let mut paths = Vec::new();
        self.paths(&mut Vec::new(), &mut paths);
        let mut smaller = Vec::new();
        for path in &paths {
            let node = self.at(path);
            let removable = node.optional || self.in_list_of_many(path);
            if removable && let Some(without) = self.with(path, None) {
                smaller.push(without);
            }
            let within: Vec<&Node> = match node.kind {
                Kind::Value | Kind::Query => node.nearest(node.kind),
                Kind::Literal | Kind::Other => Vec::new(),
            };
            smaller.extend(within.into_iter().filter_map(|inner| self.with(path, Some(inner.clone()))));
            if node.kind == Kind::Value && node.text().len() > 4 {
                for plain in ["1", "'a'"] {
                    smaller.extend(self.with(path, Some(Node::of(Kind::Other, vec![Child::from(plain)]))));
                }
            }
        }
        let length = self.text().len();
        let mut smaller: Vec<(usize, Node)> = smaller.into_iter().map(|node| (node.text().len(), node)).collect();
        smaller.retain(|(shorter, _)| *shorter < length);
        smaller.sort_by_key(|(length, _)| *length);
        smaller.into_iter().map(|(_, node)| node).collect()
    }

    /// The nearest descendants of a kind.
    fn nearest(&self, kind: Kind) -> Vec<&Node> {
        let mut found = Vec::new();
        for child in &self.children {
            if let Child::Node(node) = child {
                if node.kind == kind || (kind == Kind::Value && node.kind == Kind::Literal) {
                    found.push(node);
                } else {
                    found.extend(node.nearest(kind));
                }
            }
        }
        found
    }

    fn paths(&self, here: &mut Path, all: &mut Vec<Path>) {
        all.push(here.clone());
        for (number, child) in self.children.iter().enumerate() {
            if let Child::Node(node) = child {
                here.push(number);
                node.paths(here, all);
                here.pop();
            }
        }
    }

    fn at(&self, path: &[usize]) -> &Node {
        let mut node = self;
        for number in path {
            if let Child::Node(child) = &node.children[*number] {
                node = child;
            }
        }
        node
    }

    fn in_list_of_many(&self, path: &[usize]) -> bool {
        path.split_last().is_some_and(|(_, parent)| {
            let parent = self.at(parent);
            parent.separator.is_some() && parent.children.len() > 1
        })
    }

    /// The tree with another node at a place, or none.
    fn with(&self, path: &[usize], new: Option<Node>) -> Option<Node> {
        let Some((first, rest)) = path.split_first() else { return new };
        let mut copy = self.clone();
        if rest.is_empty() && new.is_none() {
            copy.children.remove(*first);
            return Some(copy);
        }
        if let Child::Node(child) = &self.children[*first] {
            copy.children[*first] = Child::Node(child.with(rest, new)?);
        }
        Some(copy)
    }
}

impl From<&str> for Child {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Child {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Node> for Child {
    fn from(node: Node) -> Self {
        Self::Node(node)
    }
}

#[test]
fn trees_shrink_by_what_may_be_left_out() {
    let condition = part![" WHERE ", value!["(", value!["a"], " < ", Node::literal("7"), ")"]].optional();
    let tree = node![Kind::Query; "SELECT ", Node::list(", ", vec![value!["x"], value!["y"]]), " FROM t", condition];
    assert_eq!(tree.text(), "SELECT x, y FROM t WHERE (a < 7)");
    assert_eq!(tree.render(&mut || true), ("SELECT x, y FROM t WHERE (a < ?)".to_owned(), vec!["7".to_owned()]));
    let smaller: Vec<String> = tree.smaller().iter().map(Node::text).collect();
    for expected in ["SELECT x, y FROM t", "SELECT y FROM t WHERE (a < 7)", "SELECT x, y FROM t WHERE a"] {
        assert!(smaller.iter().any(|text| text == expected), "{expected} is not among {smaller:?}");
    }
}
