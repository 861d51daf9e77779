"""Which language a file is in, and the little that the readers must know of each language.

A language with a grammar is read with ast-grep, whose wheel carries the grammars; the others by a tokeniser.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Form = Literal["code", "document", "template", "notebook"]


@dataclass(frozen=True, slots=True)
class Language:
    """What a reader must know of a language.

    Attributes:
        grammar: ast-grep's name for it; blank where there is none.
        form: Code, a document of keys and values, a template that holds code, or a notebook.
        line_comments: What starts a comment that ends with the line.
        block_comments: What starts and ends a longer comment.
        dot_joins: True where `.` joins texts.
        arrow_reaches: True where `->` reaches into an object.
        is_lisp: True where the function stands inside the parentheses.
        juxtaposes: True where `name "text"` is a call.
    """

    name: str
    grammar: str = ""
    form: Form = "code"
    line_comments: tuple[str, ...] = ("//",)
    block_comments: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    dot_joins: bool = False
    arrow_reaches: bool = False
    is_lisp: bool = False
    juxtaposes: bool = False


HASH = ("#",)
NO_BLOCKS: tuple[tuple[str, str], ...] = ()
MARKUP = (("<!--", "-->"),)

LANGUAGES: tuple[tuple[Language, str], ...] = (
    (Language("python", "python", line_comments=HASH, block_comments=NO_BLOCKS), "py pyi pyw"),
    (
        Language("ruby", "ruby", line_comments=HASH, block_comments=(("=begin", "=end"),), juxtaposes=True),
        "rb rake gemspec ru thor jbuilder podspec",
    ),
    (Language("javascript", "javascript"), "js mjs cjs jsx es6 gs"),
    (Language("typescript", "typescript"), "ts mts cts"),
    (Language("tsx", "tsx"), "tsx"),
    (
        Language("php", "php", line_comments=("//", "#"), dot_joins=True, arrow_reaches=True),
        "php phtml inc module php5",
    ),
    (Language("java", "java"), "java"),
    (Language("kotlin", "kotlin"), "kt kts"),
    (Language("scala", "scala"), "scala sc sbt"),
    (Language("csharp", "csharp"), "cs csx"),
    (Language("go", "go"), "go"),
    (Language("elixir", "elixir", line_comments=HASH, block_comments=NO_BLOCKS, juxtaposes=True), "ex exs"),
    (Language("swift", "swift"), "swift"),
    (Language("rust", "rust"), "rs"),
    (Language("shell", "bash", line_comments=HASH, block_comments=NO_BLOCKS, juxtaposes=True), "sh bash zsh ksh bats"),
    (Language("lua", "lua", line_comments=("--",), block_comments=(("--[[", "]]"),), juxtaposes=True), "lua"),
    (Language("dart", "dart"), "dart"),
    (Language("haskell", "haskell", line_comments=("--",), block_comments=(("{-", "-}"),), juxtaposes=True), "hs"),
    (Language("c", "c", arrow_reaches=True), "c h"),
    (Language("cpp", "cpp", arrow_reaches=True), "cc cpp cxx hpp hh"),
    (Language("clojure", line_comments=(";",), block_comments=NO_BLOCKS, is_lisp=True), "clj cljs cljc edn bb"),
    (
        Language("coffeescript", line_comments=HASH, block_comments=(("###", "###"),), juxtaposes=True),
        "coffee cjsx litcoffee iced",
    ),
    (Language("objective-c"), "m mm"),
    (
        Language("powershell", line_comments=HASH, block_comments=(("<#", "#>"),), juxtaposes=True),
        "ps1 psm1 psd1",
    ),
    (Language("ballerina", line_comments=("//", "#"), block_comments=NO_BLOCKS), "bal"),
    (
        Language(
            "perl",
            line_comments=HASH,
            block_comments=(("\n=pod", "\n=cut"), ("\n=head1", "\n=cut")),
            dot_joins=True,
            arrow_reaches=True,
            juxtaposes=True,
        ),
        "pl pm t psgi cgi",
    ),
    (Language("groovy", juxtaposes=True), "groovy gradle gvy nf jenkinsfile"),
    (Language("r", line_comments=HASH, block_comments=NO_BLOCKS), "r"),
    (Language("julia", line_comments=HASH, block_comments=(("#=", "=#"),)), "jl"),
    (Language("fsharp", block_comments=(("(*", "*)"),), juxtaposes=True), "fs fsx fsi"),
    (Language("vb", line_comments=("'",), block_comments=NO_BLOCKS), "vb vbs bas"),
    (Language("erlang", line_comments=("%",), block_comments=NO_BLOCKS), "erl hrl"),
    (Language("crystal", line_comments=HASH, block_comments=NO_BLOCKS, juxtaposes=True), "cr"),
    (Language("nim", line_comments=HASH, block_comments=NO_BLOCKS, juxtaposes=True), "nim"),
    (Language("apex"), "cls trigger apex"),
    (Language("coldfusion", block_comments=(("<!---", "--->"), ("/*", "*/"))), "cfm cfc cfml"),
    (Language("sql", line_comments=("--",)), "sql psql ddl pgsql plsql pks pkb"),
    (Language("prisma", juxtaposes=True), "prisma"),
    (Language("graphql", line_comments=HASH, block_comments=NO_BLOCKS), "graphql gql"),
    (Language("yaml", form="document", line_comments=HASH, block_comments=NO_BLOCKS), "yml yaml"),
    (Language("json", form="document"), "json jsonc json5 har webmanifest arb"),
    (Language("toml", form="document", line_comments=HASH, block_comments=NO_BLOCKS), "toml"),
    (
        Language("properties", form="document", line_comments=("#", ";", "!"), block_comments=NO_BLOCKS),
        "env properties ini cfg conf editorconfig rc envrc",
    ),
    (Language("hcl", form="document", line_comments=("#", "//")), "tf tfvars hcl nomad"),
    (Language("xml", form="document", line_comments=(), block_comments=MARKUP), "xml config csproj fsproj plist resx"),
    (Language("markdown", form="document", line_comments=(), block_comments=MARKUP), "md markdown mdx rst adoc txt"),
    (Language("http", form="document", line_comments=("#", "//"), block_comments=NO_BLOCKS), "http rest"),
    (Language("erb", form="template", line_comments=(), block_comments=MARKUP), "erb ecr eex heex leex rhtml"),
    (
        Language("html", form="template", line_comments=(), block_comments=MARKUP),
        "html htm vue svelte hbs handlebars mustache ejs jinja j2 twig liquid cshtml razor jsp astro",
    ),
    (Language("haml", form="document", line_comments=("-#",), block_comments=NO_BLOCKS), "haml slim pug jade"),
    (Language("notebook", form="notebook"), "ipynb"),
)

BY_SUFFIX = {suffix: language for language, suffixes in LANGUAGES for suffix in suffixes.split()}
BY_LANGUAGE = {language.name: language for language, _ in LANGUAGES}
BY_NAME = {
    "Gemfile": "ruby",
    "Rakefile": "ruby",
    "Guardfile": "ruby",
    "Capfile": "ruby",
    "Podfile": "ruby",
    "Jenkinsfile": "groovy",
    "Dockerfile": "shell",
    "Makefile": "shell",
    "Procfile": "shell",
    ".bashrc": "shell",
    "crontab": "shell",
}
INTERPRETERS = {"python": "python", "ruby": "ruby", "node": "javascript", "bash": "shell", "sh": "shell"} | {
    "perl": "perl",
    "php": "php",
    "elixir": "elixir",
    "bb": "clojure",
    "pwsh": "powershell",
    "zsh": "shell",
}
TEMPLATED = frozenset({"erb", "j2", "tpl", "tmpl", "dist", "example", "sample", "template", "local", "bak", "orig"})


def find_language(name: str, head: str = "") -> Language | None:
    """Return the language of a file by its name, or by its first line where it starts with `#!`; None for others.

    A suffix that only marks a template or a sample is looked through: `cleverapi.rb.erb`, `.env.example`.
    """
    base = PurePosixPath(name).name
    if base in BY_NAME or base.partition(".")[0] in ("Dockerfile", "Makefile"):
        return BY_LANGUAGE[BY_NAME.get(base, "shell")]
    if base.startswith(".env"):
        return BY_LANGUAGE["properties"]
    if base.endswith(".blade.php"):
        return BY_SUFFIX["html"]
    parts = base.lower().split(".")[1:]
    while len(parts) > 1 and parts[-1] in TEMPLATED and parts[-1] not in ("erb",):
        parts.pop()
    if parts and (language := BY_SUFFIX.get(parts[-1])):
        return language
    if head.startswith("#!"):
        words = head.splitlines()[0].replace("/", " ").split()
        named = next((word.rstrip("0123456789.") for word in reversed(words) if not word.startswith("-")), "")
        return BY_LANGUAGE.get(INTERPRETERS.get(named, ""))
    return None
