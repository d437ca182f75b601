//! Goal: Rust has exactly the types, methods, options and errors of `tests/spec/api.json`. Method: Rust can't be asked at
//! run time what is public, so the sources are parsed and what they make public is compared with the manifest.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use syn::{Fields, FnArg, ImplItem, Item, Signature, TraitItem, UseTree, Visibility};

/// What the sources make public.
#[derive(Default)]
struct Public {
    /// Methods by type, with the number of their parameters without `self`.
    methods: BTreeMap<String, BTreeMap<String, usize>>,
    fields: BTreeMap<String, BTreeSet<String>>,
    /// Fields by variant of `Error`.
    errors: BTreeMap<String, Vec<String>>,
    /// What `lib.rs` exports.
    exports: BTreeSet<String>,
}

fn parse(path: &Path) -> Vec<Item> {
    let text = std::fs::read_to_string(path).unwrap();
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())).items
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn arity(signature: &Signature) -> usize {
    signature.inputs.iter().filter(|input| matches!(input, FnArg::Typed(_))).count()
}

fn name_of(kind: &syn::Type) -> Option<String> {
    let syn::Type::Path(path) = kind else { return None };
    path.path.segments.last().map(|segment| segment.ident.to_string())
}

fn exports(tree: &UseTree, all: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => exports(&path.tree, all),
        UseTree::Group(group) => group.items.iter().for_each(|item| exports(item, all)),
        UseTree::Name(name) => _ = all.insert(name.ident.to_string()),
        UseTree::Rename(rename) => _ = all.insert(rename.rename.to_string()),
        UseTree::Glob(_) => panic!("lib.rs exports by name, so that one screen shows the whole API"),
    }
}

impl Public {
    fn read() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut public, mut files) = (Self::default(), Vec::new());
        sources(&folder, &mut files);
        files.iter().flat_map(|file| parse(file)).for_each(|item| public.add(item));
        for item in parse(&folder.join("lib.rs")) {
            if let Item::Use(item) = item
                && matches!(item.vis, Visibility::Public(_))
            {
                exports(&item.tree, &mut public.exports);
            }
        }
        public
    }

    fn add(&mut self, item: Item) {
        match item {
            Item::Impl(item) => {
                let Some(kind) = name_of(&item.self_ty) else { return };
                if item.trait_.is_some() {
                    return;
                }
                for part in item.items {
                    if let ImplItem::Fn(method) = part
                        && matches!(method.vis, Visibility::Public(_))
                    {
                        let methods = self.methods.entry(kind.clone()).or_default();
                        methods.insert(method.sig.ident.to_string(), arity(&method.sig));
                    }
                }
            }
            Item::Trait(item) => {
                let methods = self.methods.entry(item.ident.to_string()).or_default();
                for part in item.items {
                    if let TraitItem::Fn(method) = part {
                        methods.insert(method.sig.ident.to_string(), arity(&method.sig));
                    }
                }
            }
            Item::Struct(item) => {
                let fields = self.fields.entry(item.ident.to_string()).or_default();
                let named = item.fields.iter().filter(|field| matches!(field.vis, Visibility::Public(_)));
                fields.extend(named.filter_map(|field| field.ident.as_ref().map(ToString::to_string)));
            }
            Item::Enum(item) if item.ident == "Error" => {
                for variant in item.variants {
                    let Fields::Named(fields) = &variant.fields else { continue };
                    let names =
                        fields.named.iter().filter_map(|field| field.ident.as_ref().map(ToString::to_string));
                    self.errors.insert(variant.ident.to_string(), names.collect());
                }
            }
            _ => {}
        }
    }
}

fn manifest() -> Json {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/spec/api.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap()
}

fn each(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

/// The methods that Rust has of a method of the manifest, with the number of their parameters.
fn expected(rust: &Json, kind: &str, method: &Json) -> Vec<(String, usize)> {
    let name = text(&method["name"]);
    match rust["methods"][format!("{kind}.{name}")]["as"].as_object() {
        Some(forms) => forms.iter().map(|(name, params)| (name.clone(), each(params).count())).collect(),
        None => vec![(name.to_owned(), each(&method["params"]).count())],
    }
}

/// What a language has besides the manifest.
fn extra(rust: &Json, kind: &str) -> BTreeSet<String> {
    each(&rust["extra"][kind]["names"]).map(|name| text(name).to_owned()).collect()
}

#[test]
fn every_type_has_its_methods_and_no_others() {
    let (manifest, public) = (manifest(), Public::read());
    let rust = &manifest["rust"];
    let mut problems = Vec::new();
    for kind in each(&manifest["types"]) {
        let name = text(&kind["name"]);
        let none = BTreeMap::new();
        let found = public.methods.get(name).unwrap_or(&none);
        let mut wanted = extra(rust, name);
        let languages =
            |method: &Json| method["only"].is_null() || each(&method["only"]).any(|only| only == "rust");
        for method in each(&kind["methods"]).filter(|method| languages(method)) {
            for (form, params) in expected(rust, name, method) {
                match found.get(&form) {
                    None => problems.push(format!("there is no {name}::{form}")),
                    Some(count) if *count != params => {
                        problems.push(format!("{name}::{form} has {count} parameters, not {params}"));
                    }
                    Some(_) => {}
                }
                wanted.insert(form);
            }
            let options = rust["methods"][format!("{name}.{}", text(&method["name"]))]["options"].as_str();
            let named = each(&method["params"]).filter(|param| param["kind"] != "positional");
            for param in named.filter(|_| options.is_some()).map(|param| text(&param["name"])) {
                let options = options.unwrap();
                if !public.methods.get(options).is_some_and(|methods| methods.contains_key(param)) {
                    problems.push(format!("there is no {options}::{param}"));
                }
            }
        }
        let fields: BTreeSet<String> =
            each(&kind["fields"]).map(|field| text(&field["name"]).to_owned()).collect();
        if kind["kind"] == "record" {
            let has = public.fields.get(name).cloned().unwrap_or_default();
            if has != fields {
                problems.push(format!("{name} has the fields {has:?}, not {fields:?}"));
            }
        } else {
            problems.extend(
                fields
                    .iter()
                    .filter(|field| !found.contains_key(*field))
                    .map(|field| format!("there is no {name}::{field}")),
            );
            wanted.extend(fields);
        }
        let more = found.keys().filter(|method| !wanted.contains(*method));
        problems.extend(more.map(|method| format!("{name}::{method} is public, but not in the manifest")));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_document_has_its_members_as_fields() {
    let (manifest, public) = (manifest(), Public::read());
    for document in each(&manifest["documents"]) {
        let name = text(&document["name"]);
        // `type` is a reserved word.
        let field = |member: &Json| text(&member["name"]).replace("type", "kind");
        let wanted: BTreeSet<String> = each(&document["members"]).map(field).collect();
        assert_eq!(public.fields.get(name), Some(&wanted), "{name}");
    }
}

/// The names of the types, which are backends or this does not compile.
macro_rules! backends {
    ($($kind:ident),*) => {{
        fn is_backend<T: statehold::StateBackend>() {}
        $(is_backend::<statehold::$kind>();)*
        BTreeSet::from([$(stringify!($kind)),*])
    }};
}

#[test]
fn the_backends_are_backends() {
    let manifest = manifest();
    let types =
        each(&manifest["types"]).filter(|kind| each(&kind["implements"]).any(|base| base == "StateBackend"));
    let wanted: BTreeSet<&str> = types.map(|kind| text(&kind["name"])).collect();
    assert_eq!(backends!(Store, Transaction, MemoryBackend), wanted);
}

#[test]
fn every_type_is_exported_and_no_other() {
    let (manifest, public) = (manifest(), Public::read());
    let types = each(&manifest["types"]).map(|kind| text(&kind["name"]).to_owned());
    let besides = manifest["rust"]["types"].as_object().unwrap().keys().cloned();
    let mut wanted: BTreeSet<String> = types.chain(besides).collect();
    wanted.insert("open".to_owned());
    assert_eq!(public.exports, wanted);
}

#[test]
fn every_option_has_its_method() {
    let (manifest, public) = (manifest(), Public::read());
    let mut wanted = extra(&manifest["rust"], "OpenOptions");
    wanted.extend(each(&manifest["options"]).map(|option| text(&option["name"]).to_owned()));
    let found: BTreeSet<String> = public.methods["OpenOptions"].keys().cloned().collect();
    assert_eq!(found, wanted);
}

#[test]
fn every_error_has_its_code_and_fields() {
    let (manifest, public) = (manifest(), Public::read());
    let errors: Vec<&Json> = each(&manifest["errors"]).collect();
    let codes: Vec<_> = errors.iter().map(|error| (text(&error["code"]), text(&error["class"]))).collect();
    assert_eq!(statehold::Error::CODES, codes);
    assert_eq!(public.errors.len(), errors.len());
    for error in errors {
        let variant = text(&error["class"]).strip_suffix("Error").unwrap();
        let found = public.errors.get(variant).unwrap_or_else(|| panic!("there is no Error::{variant}"));
        let more = extra(&manifest["rust"], text(&error["class"]));
        let found: Vec<&str> =
            found.iter().map(String::as_str).filter(|field| !more.contains(*field)).collect();
        let wanted: Vec<&str> = each(&error["fields"]).map(|field| text(&field["name"])).collect();
        assert_eq!(found, wanted, "fields of Error::{variant}");
    }
}
