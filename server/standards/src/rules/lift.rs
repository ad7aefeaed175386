//! The edit that turns a value of the source into an argument, where that is simple.

use oxc::ast::AstKind;
use oxc::ast::ast::{
    BindingIdentifier, BindingPattern, Declaration, ObjectPattern, Statement, TSSignature, TSType, TSTypeName,
};
use oxc::semantic::NodeId;
use oxc::span::{GetSpan as _, Span};

use crate::rule::Subject;

/// A value that stands in the source.
pub(super) struct Written<'t> {
    /// Its node.
    pub(super) node: NodeId,
    /// Where it stands.
    pub(super) span: Span,
    /// How the argument should be called.
    pub(super) name: &'t str,
    /// Its type in TypeScript.
    pub(super) kind: &'t str,
    /// Whether it is a part of a template, between the expressions.
    pub(super) in_template: bool,
}

impl Written<'_> {
    /// The value replaced by an expression.
    fn replaced(&self, by: &str) -> (Span, String) {
        (self.span, if self.in_template { format!("${{{by}}}") } else { by.to_owned() })
    }

    fn field(&self, name: &str) -> String {
        format!(" {name}: {};", self.kind)
    }
}

/// Replaces a value by an argument, and adds the argument to the parameters. None where the value stands outside of the
/// tool's function or among its parameters, where the parameters are of another shape, or where the argument cannot be
/// reached from where the value stands.
pub(super) fn lift(subject: &Subject<'_, '_>, value: &Written<'_>) -> Option<Vec<(Span, String)>> {
    let callee = subject.callee.filter(|callee| Subject::holds(&callee.span(), value.span))?;
    if names_a_field(subject, value) {
        return None;
    }
    let name = lower_camel(value.name);
    if subject.script {
        return Some(vec![value.replaced(&format!("args.{name}"))]);
    }
    let params = callee.params();
    if Subject::holds(&params.span, value.span) || params.rest.is_some() || params.items.len() > 1 {
        return None;
    }
    let Some(param) = params.items.first() else {
        let empty = subject.text(params.span).starts_with('(') && !is_used(subject, "args");
        let parameter = format!("args: {{ {name}: {} }}", value.kind);
        return empty
            .then(|| vec![(at(params.span.start + 1), parameter), value.replaced(&format!("args.{name}"))]);
    };
    if param.initializer.is_some() || param.optional {
        return None;
    }
    let annotation = param.type_annotation.as_ref().map(|annotation| &annotation.type_annotation);
    let fields = fields(subject, annotation)?;
    let (name, mut changes) = match &param.pattern {
        BindingPattern::BindingIdentifier(binding) if reaches(subject, value.node, binding) => {
            let taken = fields.names.contains(&name);
            let name = if taken { free(subject, &name) } else { name };
            let change = value.replaced(&format!("{}.{name}", binding.name));
            (name, vec![change])
        }
        BindingPattern::ObjectPattern(pattern) => {
            let name = free(subject, &name);
            let changes = vec![taken_out(pattern, &name), value.replaced(&name)];
            (name, changes)
        }
        _ => return None,
    };
    changes.extend(fields.brace.map(|brace| (at(brace + 1), value.field(&name))));
    changes.sort_by_key(|(span, _)| span.start);
    Some(changes)
}

/// Whether a value is the name of a field, where no expression can stand, or means more than its type: a key that is looked
/// up, or a constant of its own type.
fn names_a_field(subject: &Subject<'_, '_>, value: &Written<'_>) -> bool {
    let span = value.span;
    match subject.parent(value.node) {
        AstKind::ObjectProperty(property) => !Subject::holds(&property.value, span),
        AstKind::BindingProperty(property) => !Subject::holds(&property.value, span),
        AstKind::AssignmentTargetPropertyProperty(property) => !Subject::holds(&property.binding, span),
        AstKind::PropertyDefinition(property) => {
            property.value.as_ref().is_none_or(|held| !Subject::holds(held, span))
        }
        AstKind::ComputedMemberExpression(member) => Subject::holds(&member.expression.span(), span),
        AstKind::MethodDefinition(_)
        | AstKind::AccessorProperty(_)
        | AstKind::TSPropertySignature(_)
        | AstKind::TSAsExpression(_)
        | AstKind::TSSatisfiesExpression(_)
        | AstKind::TSTypeAssertion(_) => true,
        _ => false,
    }
}

fn at(byte: u32) -> Span {
    Span::new(byte, byte)
}

/// The argument among those that the parameters take out of the object.
fn taken_out(pattern: &ObjectPattern<'_>, name: &str) -> (Span, String) {
    let alone = pattern.properties.is_empty() && pattern.rest.is_none();
    let text = if alone { format!(" {name} ") } else { format!(" {name},") };
    (at(pattern.span.start + 1), text)
}

/// Whether the parameter's name still means the parameter, as it was given, where a node stands.
fn reaches(subject: &Subject<'_, '_>, node: NodeId, binding: &BindingIdentifier<'_>) -> bool {
    let scope = subject.semantic.nodes().get_node(node).scope_id();
    let meant = subject.semantic.scoping().find_binding(scope, binding.name);
    let is_changed = |symbol| subject.semantic.scoping().symbol_is_mutated(symbol);
    meant.is_some_and(|symbol| !is_changed(symbol)) && meant == binding.symbol_id.get()
}

/// A name the source does not use for anything: the wanted one, or one like it.
pub(super) fn free(subject: &Subject<'_, '_>, wanted: &str) -> String {
    let mut letters = wanted.chars();
    let given: String = "given".chars().chain(letters.next().map(|c| c.to_ascii_uppercase())).collect();
    let given = given + letters.as_str();
    let more = (2..).map(|number| format!("{wanted}{number}"));
    let names = [wanted.to_owned(), given].into_iter().chain(more);
    names.into_iter().find(|name| !is_used(subject, name) && !is_reserved(name)).unwrap_or_default()
}

/// Whether a word means something in the language, so that no variable is called that.
fn is_reserved(name: &str) -> bool {
    const WORDS: &str = "arguments await break case catch class const continue debugger default delete do else enum eval export \
                         extends false finally for function if implements import in instanceof interface let new null \
                         package private protected public return static super switch this throw true try typeof undefined \
                         var void while with yield";
    WORDS.split_whitespace().any(|word| word == name)
}

/// Whether the source holds a name anywhere.
fn is_used(subject: &Subject<'_, '_>, name: &str) -> bool {
    let source = subject.text(subject.program.span);
    let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '$');
    source.match_indices(name).any(|(at, _)| {
        ends(source[..at].chars().next_back()) && ends(source[at + name.len()..].chars().next())
    })
}

/// The type of the parameters, as far as it is written here.
#[derive(Default)]
struct Fields {
    /// Its opening brace; none where the parameters have no type.
    brace: Option<u32>,
    names: Vec<String>,
}

impl Fields {
    /// None where a field that is added would have to be of a type it is not.
    fn of(brace: u32, members: &[TSSignature<'_>]) -> Option<Self> {
        if members.iter().any(|member| matches!(member, TSSignature::TSIndexSignature(_))) {
            return None;
        }
        let name = |member: &TSSignature<'_>| match member {
            TSSignature::TSPropertySignature(property) => {
                property.key.static_name().map(|name| name.to_string())
            }
            _ => None,
        };
        Some(Self { brace: Some(brace), names: members.iter().filter_map(name).collect() })
    }
}

/// None for a type that fields cannot be added to.
fn fields(subject: &Subject<'_, '_>, annotation: Option<&TSType<'_>>) -> Option<Fields> {
    match annotation {
        None => Some(Fields::default()),
        Some(TSType::TSTypeLiteral(literal)) => Fields::of(literal.span.start, &literal.members),
        Some(TSType::TSTypeReference(reference)) => match &reference.type_name {
            TSTypeName::IdentifierReference(name) => body_of(subject, &name.name),
            _ => None,
        },
        Some(_) => None,
    }
}

/// The fields of an interface or object type of the file.
fn body_of(subject: &Subject<'_, '_>, name: &str) -> Option<Fields> {
    subject.program.body.iter().find_map(|statement| {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => &export.declaration,
            statement => statement.as_declaration()?,
        };
        match declaration {
            // What it extends may have a field of that name.
            Declaration::TSInterfaceDeclaration(interface)
                if interface.id.name == name && interface.extends.is_empty() =>
            {
                Fields::of(interface.body.span.start, &interface.body.body)
            }
            Declaration::TSTypeAliasDeclaration(alias) if alias.id.name == name => {
                match &alias.type_annotation {
                    TSType::TSTypeLiteral(literal) => Fields::of(literal.span.start, &literal.members),
                    _ => None,
                }
            }
            _ => None,
        }
    })
}

/// `TAX_RATE` as `taxRate`; a name that is not all capitals stays.
fn lower_camel(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or(name).to_lowercase();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next());
        all.push_str(&letters.as_str().to_lowercase());
        all
    })
}
