//! Languages whose symbols are known, told by a file's name.

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Rust.
    Rust,
    /// TypeScript without JSX.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// JavaScript, with or without JSX.
    JavaScript,
    /// Python.
    Python,
    /// Go.
    Go,
    /// Java.
    Java,
    /// C.
    C,
    /// C++.
    Cpp,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// Markdown.
    Markdown,
}

/// Words that only a C++ header has.
const ONLY_CPP: [&str; 6] = ["class ", "namespace ", "template<", "template <", "public:", "std::"];
/// How much of a header is looked at for them.
const LOOKED_AT: usize = 64 << 10;

impl Language {
    /// The language of a file; none for one whose symbols are not known.
    pub fn of(name: &str, content: &[u8]) -> Option<Self> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let (stem, extension) = file.rsplit_once('.')?;
        if stem.is_empty() && !matches!(extension, "prettierrc" | "babelrc") {
            return None;
        }
        Some(match extension.to_ascii_lowercase().as_str() {
            "rs" => Self::Rust,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "py" | "pyi" => Self::Python,
            "go" => Self::Go,
            "java" => Self::Java,
            "c" => Self::C,
            "h" => {
                let start = String::from_utf8_lossy(content.get(..LOOKED_AT).unwrap_or(content));
                if ONLY_CPP.iter().any(|word| start.contains(word)) { Self::Cpp } else { Self::C }
            }
            "cc" | "cpp" | "cxx" | "c++" | "hh" | "hpp" | "hxx" | "ipp" | "tpp" => Self::Cpp,
            "json" | "jsonc" | "json5" | "webmanifest" | "prettierrc" | "babelrc" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "md" | "markdown" => Self::Markdown,
            _ => return None,
        })
    }

    pub(crate) fn grammar(self) -> tree_sitter::Language {
        match self {
            Self::Rust => tree_sitter_rust::LANGUAGE,
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Self::JavaScript => tree_sitter_javascript::LANGUAGE,
            Self::Python => tree_sitter_python::LANGUAGE,
            Self::Go => tree_sitter_go::LANGUAGE,
            Self::Java => tree_sitter_java::LANGUAGE,
            Self::C => tree_sitter_c::LANGUAGE,
            Self::Cpp => tree_sitter_cpp::LANGUAGE,
            Self::Json => tree_sitter_json::LANGUAGE,
            Self::Yaml => tree_sitter_yaml::LANGUAGE,
            Self::Markdown => tree_sitter_md::LANGUAGE,
        }
        .into()
    }
}
