//! TypeScript types as JSON Schema.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use oxc::ast::ast::{
    Declaration, Expression, Program, Statement, TSEnumDeclaration, TSInterfaceDeclaration, TSLiteral,
    TSSignature, TSTupleElement, TSType, TSTypeName, TSTypeParameterInstantiation, TSTypeReference,
};
use serde_json::{Map, Value, json};

use super::documentation::Documentation;
use super::shapes::{
    all_required, exclude, intersect, object, pick, record, union_of, with_const, without_required,
};
use super::{documented, literal};

/// Deepest type that is followed.
const DEEPEST: usize = 32;
/// Schema nodes made of one tool; types that multiply (`A & A & A`, each twice the one before) end here.
const MOST_NODES: usize = 2_000;

/// A type declared in the file.
enum Declared<'p, 'a> {
    Alias(&'p TSType<'a>, Vec<&'p str>),
    Interface(&'p TSInterfaceDeclaration<'a>, Vec<&'p str>),
    Enum(&'p TSEnumDeclaration<'a>),
}

/// Reads types of one source.
pub(crate) struct Types<'p, 'a> {
    program: &'p Program<'a>,
    documentation: &'p Documentation,
    declared: HashMap<&'p str, Declared<'p, 'a>>,
    /// Names that are being followed: a type that needs itself becomes "anything".
    open: RefCell<Vec<String>>,
    /// What type parameters stand for, innermost last.
    bound: RefCell<Vec<(String, Value)>>,
    nodes: Cell<usize>,
}

impl<'p, 'a> Types<'p, 'a> {
    pub(crate) fn new(program: &'p Program<'a>, documentation: &'p Documentation) -> Self {
        let mut declared = HashMap::new();
        for statement in &program.body {
            let declaration = match statement {
                Statement::ExportDeclaration(export) => Some(&export.declaration),
                statement => statement.as_declaration(),
            };
            let parameters = |list: &'p Option<
                oxc::allocator::ArenaBox<'a, oxc::ast::ast::TSTypeParameterDeclaration<'a>>,
            >| {
                list.iter().flat_map(|list| &list.params).map(|p| p.name.name.as_str()).collect::<Vec<_>>()
            };
            match declaration {
                Some(Declaration::TSTypeAliasDeclaration(alias)) => {
                    let names = parameters(&alias.type_parameters);
                    declared.insert(alias.id.name.as_str(), Declared::Alias(&alias.type_annotation, names));
                }
                Some(Declaration::TSInterfaceDeclaration(interface)) => {
                    let names = parameters(&interface.type_parameters);
                    declared.insert(interface.id.name.as_str(), Declared::Interface(interface, names));
                }
                Some(Declaration::TSEnumDeclaration(declaration)) => {
                    declared.insert(declaration.id.name.as_str(), Declared::Enum(declaration));
                }
                _ => {}
            }
        }
        Self {
            program,
            documentation,
            declared,
            open: RefCell::default(),
            bound: RefCell::default(),
            nodes: Cell::new(0),
        }
    }

    pub(crate) fn documentation(&self) -> &Documentation {
        self.documentation
    }

    pub(crate) fn literal(&self, expression: &Expression<'_>) -> Option<Value> {
        literal::evaluate(self.program, expression)
    }

    /// The schema of a type.
    pub(crate) fn read(&self, type_: &TSType<'a>) -> Value {
        self.type_(type_, 0)
    }

    /// The schema of the type of the whole arguments, whose fields `@param` may describe.
    pub(crate) fn read_arguments(&self, type_: &TSType<'a>) -> Value {
        let mut schema = self.read(type_);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            for (name, property) in properties.iter_mut() {
                *property = documented(property.take(), self.documentation.parameter(name));
            }
        }
        schema
    }

    fn type_(&self, type_: &TSType<'a>, depth: usize) -> Value {
        self.nodes.set(self.nodes.get() + 1);
        if depth > DEEPEST || self.nodes.get() > MOST_NODES {
            return json!({});
        }
        match type_ {
            TSType::TSStringKeyword(_) | TSType::TSTemplateLiteralType(_) => json!({ "type": "string" }),
            TSType::TSNumberKeyword(_) => json!({ "type": "number" }),
            TSType::TSBigIntKeyword(_) => json!({ "type": "integer" }),
            TSType::TSBooleanKeyword(_) => json!({ "type": "boolean" }),
            TSType::TSNullKeyword(_) | TSType::TSUndefinedKeyword(_) | TSType::TSVoidKeyword(_) => {
                json!({ "type": "null" })
            }
            TSType::TSObjectKeyword(_) => json!({ "type": "object" }),
            TSType::TSLiteralType(literal) => Self::literal_type(&literal.literal),
            TSType::TSArrayType(array) => {
                json!({ "type": "array", "items": self.type_(&array.element_type, depth + 1) })
            }
            TSType::TSTupleType(tuple) => self.tuple(&tuple.element_types, depth),
            TSType::TSTypeLiteral(literal) => self.members(&literal.members, depth),
            TSType::TSUnionType(union) => union_of(
                union.types.iter().filter(|t| !is_undefined(t)).map(|t| self.type_(t, depth + 1)).collect(),
            ),
            TSType::TSIntersectionType(all) => all
                .types
                .iter()
                .map(|t| self.type_(t, depth + 1))
                .reduce(intersect)
                .unwrap_or_else(|| json!({})),
            TSType::TSParenthesizedType(inner) => self.type_(&inner.type_annotation, depth + 1),
            TSType::TSTypeOperatorType(operator) => {
                use oxc::ast::ast::TSTypeOperatorOperator as Operator;
                match operator.operator {
                    Operator::Readonly => self.type_(&operator.type_annotation, depth + 1),
                    Operator::Keyof => self.keys(&operator.type_annotation, depth),
                    Operator::Unique => json!({}),
                }
            }
            TSType::TSTypeReference(reference) => self.reference(reference, depth),
            TSType::TSIndexedAccessType(access) => {
                let object = self.type_(&access.object_type, depth + 1);
                let key = self.type_(&access.index_type, depth + 1);
                let found = key
                    .get("const")
                    .and_then(Value::as_str)
                    .and_then(|key| object.get("properties")?.get(key));
                found.cloned().unwrap_or_else(|| json!({}))
            }
            _ => json!({}),
        }
    }

    fn literal_type(literal: &TSLiteral<'a>) -> Value {
        match literal {
            TSLiteral::StringLiteral(text) => json!({ "type": "string", "const": text.value.as_str() }),
            TSLiteral::BooleanLiteral(value) => json!({ "type": "boolean", "const": value.value }),
            TSLiteral::NumericLiteral(number) => literal::number(number.value)
                .map_or_else(|| json!({}), |n| json!({ "type": "number", "const": n })),
            TSLiteral::UnaryExpression(unary) => match &unary.argument {
                Expression::NumericLiteral(number) => literal::number(-number.value)
                    .map_or_else(|| json!({}), |n| json!({ "type": "number", "const": n })),
                _ => json!({}),
            },
            TSLiteral::TemplateLiteral(_) => json!({ "type": "string" }),
            TSLiteral::BigIntLiteral(_) => json!({ "type": "integer" }),
        }
    }

    fn tuple(&self, elements: &[TSTupleElement<'a>], depth: usize) -> Value {
        let (mut prefix, mut least, mut rest) = (Vec::new(), 0, None);
        for element in elements {
            let (element, optional) = match element {
                TSTupleElement::TSNamedTupleMember(member) => (&member.element_type, member.optional),
                other => (other, false),
            };
            match element {
                TSTupleElement::TSRestType(inner) => {
                    rest = self.type_(&inner.type_annotation, depth + 1).get("items").cloned();
                }
                TSTupleElement::TSOptionalType(inner) => {
                    prefix.push(self.type_(&inner.type_annotation, depth + 1));
                }
                other => {
                    prefix.push(other.as_ts_type().map_or_else(|| json!({}), |t| self.type_(t, depth + 1)));
                    least += usize::from(!optional);
                }
            }
        }
        let most = prefix.len();
        let mut schema = json!({ "type": "array", "prefixItems": prefix, "minItems": least });
        if let Some(map) = schema.as_object_mut() {
            match rest {
                Some(items) => map.insert("items".to_owned(), items),
                None => map.insert("maxItems".to_owned(), json!(most)),
            };
        }
        schema
    }

    fn members(&self, members: &[TSSignature<'a>], depth: usize) -> Value {
        let (mut properties, mut required, mut rest) = (Map::new(), Vec::new(), None);
        for member in members {
            match member {
                TSSignature::TSPropertySignature(property) => {
                    let Some(name) = property.key.static_name() else { continue };
                    let annotation = property.type_annotation.as_ref().map(|a| &a.type_annotation);
                    let optional = property.optional || annotation.is_some_and(allows_undefined);
                    let schema = annotation.map_or_else(|| json!({}), |t| self.type_(t, depth + 1));
                    let text = self.documentation.before(property.span.start);
                    properties.insert(name.to_string(), documented(schema, text.as_deref()));
                    if !optional {
                        required.push(json!(name));
                    }
                }
                TSSignature::TSIndexSignature(index) => {
                    rest = Some(self.type_(&index.type_annotation.type_annotation, depth + 1));
                }
                _ => {}
            }
        }
        let mut schema = object(properties, required, rest.is_none());
        if let (Some(map), Some(rest)) = (schema.as_object_mut(), rest) {
            map.insert("additionalProperties".to_owned(), rest);
        }
        schema
    }

    fn reference(&self, reference: &TSTypeReference<'a>, depth: usize) -> Value {
        let name = match &reference.type_name {
            TSTypeName::IdentifierReference(name) => name.name.as_str(),
            // `Level.High` of an enum in the file.
            TSTypeName::QualifiedName(name) => return self.enum_member(&name.left, name.right.name.as_str()),
            TSTypeName::ThisExpression(_) => return json!({}),
        };
        let arguments = reference.type_arguments.as_deref();
        if let Some((_, schema)) = self.bound.borrow().iter().rev().find(|(bound, _)| bound == name) {
            return schema.clone();
        }
        match self.declared.get(name) {
            Some(declared) => self.declared(name, declared, arguments, depth),
            None => self.built_in(name, arguments, depth),
        }
    }

    fn declared(
        &self,
        name: &str,
        declared: &Declared<'p, 'a>,
        arguments: Option<&TSTypeParameterInstantiation<'a>>,
        depth: usize,
    ) -> Value {
        if self.open.borrow().iter().any(|open| open == name) {
            return json!({});
        }
        let names: &[&str] = match declared {
            Declared::Alias(_, names) | Declared::Interface(_, names) => names,
            Declared::Enum(_) => &[],
        };
        let given: Vec<Value> =
            arguments.iter().flat_map(|list| &list.params).map(|t| self.type_(t, depth + 1)).collect();
        let before = self.bound.borrow().len();
        for (at, name) in names.iter().enumerate() {
            let schema = given.get(at).cloned().unwrap_or_else(|| json!({}));
            self.bound.borrow_mut().push(((*name).to_owned(), schema));
        }
        self.open.borrow_mut().push(name.to_owned());
        let schema = match declared {
            Declared::Alias(type_, _) => self.type_(type_, depth + 1),
            Declared::Interface(interface, _) => self.interface(interface, depth),
            Declared::Enum(declaration) => self.enum_values(declaration),
        };
        self.open.borrow_mut().pop();
        self.bound.borrow_mut().truncate(before);
        schema
    }

    fn interface(&self, interface: &TSInterfaceDeclaration<'a>, depth: usize) -> Value {
        let own = self.members(&interface.body.body, depth + 1);
        let inherited = interface.extends.iter().map(|heritage| match &heritage.type_name {
            TSTypeName::IdentifierReference(name) => match self.declared.get(name.name.as_str()) {
                Some(declared) => {
                    self.declared(&name.name, declared, heritage.type_arguments.as_deref(), depth + 1)
                }
                None => self.built_in(&name.name, heritage.type_arguments.as_deref(), depth + 1),
            },
            _ => json!({}),
        });
        inherited.chain([own]).reduce(intersect).unwrap_or_else(|| json!({}))
    }

    fn enum_values(&self, declaration: &TSEnumDeclaration<'a>) -> Value {
        let values: Vec<Value> = self.enum_members(declaration).into_iter().map(|(_, value)| value).collect();
        union_of(values.into_iter().map(|value| with_const(&value)).collect())
    }

    fn enum_members(&self, declaration: &TSEnumDeclaration<'a>) -> Vec<(String, Value)> {
        use oxc::ast::ast::TSEnumMemberName as Name;
        let mut next = 0.0;
        let members = declaration.body.members.iter().filter_map(|member| {
            let name = match &member.id {
                Name::Identifier(name) => name.name.to_string(),
                Name::String(text) | Name::ComputedString(text) => text.value.to_string(),
                Name::ComputedTemplateString(_) => return None,
            };
            let value = match &member.initializer {
                Some(init) => self.literal(init)?,
                None => literal::number(next)?,
            };
            next = value.as_f64().unwrap_or(next) + 1.0;
            Some((name, value))
        });
        members.collect()
    }

    fn enum_member(&self, left: &TSTypeName<'a>, right: &str) -> Value {
        let TSTypeName::IdentifierReference(name) = left else { return json!({}) };
        let Some(Declared::Enum(declaration)) = self.declared.get(name.name.as_str()) else {
            return json!({});
        };
        let member = self.enum_members(declaration).into_iter().find(|(name, _)| name == right);
        member.map_or_else(|| json!({}), |(_, value)| with_const(&value))
    }

    fn keys(&self, type_: &TSType<'a>, depth: usize) -> Value {
        let schema = self.type_(type_, depth + 1);
        match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => union_of(properties.keys().map(|key| with_const(&json!(key))).collect()),
            None => json!({ "type": "string" }),
        }
    }

    fn built_in(
        &self,
        name: &str,
        arguments: Option<&TSTypeParameterInstantiation<'a>>,
        depth: usize,
    ) -> Value {
        let argument = |at: usize| {
            let given = arguments.and_then(|list| list.params.get(at));
            given.map_or_else(|| json!({}), |t| self.type_(t, depth + 1))
        };
        match name {
            "Array" | "ReadonlyArray" | "Set" | "ReadonlySet" => {
                json!({ "type": "array", "items": argument(0) })
            }
            "Date" => json!({ "type": "string", "format": "date-time" }),
            "String" => json!({ "type": "string" }),
            "Number" => json!({ "type": "number" }),
            "Boolean" => json!({ "type": "boolean" }),
            "Object" => json!({ "type": "object" }),
            "Record" => record(&argument(0), &argument(1)),
            "Readonly" | "NonNullable" | "Promise" | "Awaited" | "NoInfer" => argument(0),
            "Partial" => without_required(argument(0)),
            "Required" => all_required(argument(0)),
            "Pick" => pick(argument(0), &argument(1), true),
            "Omit" => pick(argument(0), &argument(1), false),
            "Exclude" => exclude(&argument(0), &argument(1), false),
            "Extract" => exclude(&argument(0), &argument(1), true),
            _ => json!({}),
        }
    }
}

fn is_undefined(type_: &TSType<'_>) -> bool {
    matches!(type_, TSType::TSUndefinedKeyword(_) | TSType::TSVoidKeyword(_))
}

fn allows_undefined(type_: &TSType<'_>) -> bool {
    match type_ {
        TSType::TSUnionType(union) => union.types.iter().any(is_undefined),
        other => is_undefined(other),
    }
}
