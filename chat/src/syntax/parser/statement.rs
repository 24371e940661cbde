//! Statements: text, `{{ … }}` and `{% … %}`.

use std::sync::Arc;

use super::stream::Parser;
use crate::error::{Error, Result};
use crate::syntax::ast::{Body, Expr, For, Macro, Op, OpKind, Special, Stmt, StmtKind};
use crate::syntax::token::Kind;

impl Parser {
    /// Statements up to one of the tags `ends`, and which one it was; its name is passed, the rest of it is not.
    /// Without `ends`, all statements of the template.
    pub fn body(&mut self, ends: &[&'static str]) -> Result<(Body, &'static str)> {
        let mut body = Vec::new();
        loop {
            let line = self.line();
            let kind = match self.kind() {
                Kind::Data(text) => {
                    let text = text.as_str().into();
                    self.skip(1);
                    StmtKind::Text(text)
                }
                Kind::PrintBegin => {
                    self.skip(1);
                    let value = self.tuple(true, |_| false)?;
                    self.expect(&Kind::PrintEnd)?;
                    StmtKind::Print(value)
                }
                Kind::BlockBegin => {
                    self.skip(1);
                    if let Some(end) = ends.iter().find(|end| self.is_name(end)) {
                        self.skip(1);
                        return Ok((body, end));
                    }
                    let kinds = self.nested(Self::statement)?;
                    self.expect(&Kind::BlockEnd)?;
                    body.extend(kinds.into_iter().map(|kind| Stmt { line, kind }));
                    continue;
                }
                Kind::End if ends.is_empty() => return Ok((body, "")),
                _ => return self.unexpected(&tags(ends)),
            };
            body.push(Stmt { line, kind });
        }
    }

    /// The statements inside a tag, up to one of `ends`.
    fn block(&mut self, ends: &[&'static str]) -> Result<(Body, &'static str)> {
        self.skip_symbol(":");
        self.expect(&Kind::BlockEnd)?;
        self.body(ends)
    }

    /// One statement, or as many as `{% print a, b %}` prints.
    fn statement(&mut self) -> Result<Vec<StmtKind>> {
        let line = self.line();
        let name = self.name()?;
        let kind = match name.as_str() {
            "set" => self.set()?,
            "for" => self.for_loop()?,
            "if" => self.if_else()?,
            "with" => self.with()?,
            "macro" => self.macro_definition()?,
            "call" => self.call_block()?,
            "filter" => {
                let kind = self.filter()?;
                let mut filters = vec![Op { line, kind }];
                self.filters(&mut filters)?;
                let (body, _) = self.block(&["endfilter"])?;
                StmtKind::FilterBlock { filters, body }
            }
            "generation" => StmtKind::Scope(self.apart(|parser| parser.block(&["endgeneration"]))?.0),
            "autoescape" => {
                // Nothing is escaped in text, so that only the scope remains.
                self.expression()?;
                StmtKind::Scope(self.block(&["endautoescape"])?.0)
            }
            "block" => self.named_block()?,
            "print" => return self.print(),
            "break" | "continue" if self.loops.last() == Some(&0) => {
                return self.fail(format!("`{{% {name} %}}` is outside of a loop"));
            }
            "break" => StmtKind::Break,
            "continue" => StmtKind::Continue,
            "include" => self.load("include")?,
            "import" => self.load("import")?,
            "from" => self.load("from")?,
            "extends" => self.load("extends")?,
            _ => return Err(Error::new(format!("unknown tag `{name}`")).at(line)),
        };
        Ok(vec![kind])
    }

    /// Parses the body of what becomes a function: `{% break %}` does not lead out of it.
    fn apart<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.loops.push(0);
        let parsed = parse(self);
        self.loops.pop();
        parsed
    }

    fn set(&mut self) -> Result<StmtKind> {
        let target = self.target()?;
        if self.skip_symbol("=") {
            let value = self.tuple(true, |_| false)?;
            return Ok(StmtKind::Set { target, value });
        }
        let mut filters = Vec::new();
        self.filters(&mut filters)?;
        let (body, _) = self.block(&["endset"])?;
        Ok(StmtKind::SetBlock { target, filters, body })
    }

    fn for_loop(&mut self) -> Result<StmtKind> {
        let target = self.target()?;
        self.expect_name("in")?;
        let iter = self.tuple(false, |parser| parser.is_name("recursive"))?;
        let test = if self.skip_name("if") {
            Some(self.expression()?)
        } else {
            None
        };
        let recursive = self.skip_name("recursive");
        self.enter_loop(1);
        self.mentions.push(false);
        let body = self.block(&["endfor", "else"]);
        let uses_loop = self.mentions.pop().unwrap_or_default();
        self.enter_loop(-1);
        let (body, end) = body?;
        let otherwise = if end == "else" {
            self.block(&["endfor"])?.0
        } else {
            Vec::new()
        };
        Ok(StmtKind::For(Arc::new(For {
            target,
            iter,
            test,
            recursive,
            uses_loop,
            body,
            otherwise,
        })))
    }

    fn enter_loop(&mut self, by: isize) {
        if let Some(loops) = self.loops.last_mut() {
            *loops = loops.saturating_add_signed(by);
        }
    }

    fn if_else(&mut self) -> Result<StmtKind> {
        let mut branches = Vec::new();
        loop {
            let test = self.tuple(false, |_| false)?;
            let (body, end) = self.block(&["elif", "else", "endif"])?;
            branches.push((test, body));
            let otherwise = match end {
                "elif" => continue,
                "else" => self.block(&["endif"])?.0,
                _ => Vec::new(),
            };
            return Ok(StmtKind::If { branches, otherwise });
        }
    }

    fn with(&mut self) -> Result<StmtKind> {
        let mut bindings = Vec::new();
        while *self.kind() != Kind::BlockEnd && !self.is_symbol(":") {
            if !bindings.is_empty() {
                self.expect_symbol(",")?;
            }
            let target = self.target()?;
            self.expect_symbol("=")?;
            bindings.push((target, self.expression()?));
        }
        let (body, _) = self.block(&["endwith"])?;
        Ok(StmtKind::With { bindings, body })
    }

    fn macro_definition(&mut self) -> Result<StmtKind> {
        let name = self.name()?;
        let params = self.signature()?;
        let (body, uses) = self.macro_body("endmacro")?;
        Ok(StmtKind::Macro(Arc::new(Macro {
            name: name.into(),
            params,
            body,
            uses,
        })))
    }

    fn call_block(&mut self) -> Result<StmtKind> {
        let line = self.line();
        let params = if self.is_symbol("(") {
            self.signature()?
        } else {
            Vec::new()
        };
        let call = self.expression()?;
        let calls =
            matches!(&call, Expr::Postfix(_, ops) if matches!(ops.last(), Some(Op { kind: OpKind::Call(_), .. })));
        if !calls {
            return Err(Error::new("`{% call %}` needs a call").at(line));
        }
        let (body, uses) = self.macro_body("endcall")?;
        let caller = Arc::new(Macro {
            name: "caller".into(),
            params,
            body,
            uses,
        });
        Ok(StmtKind::CallBlock { caller, call })
    }

    fn signature(&mut self) -> Result<Vec<(Arc<str>, Option<Expr>)>> {
        self.expect_symbol("(")?;
        let mut params: Vec<(Arc<str>, Option<Expr>)> = Vec::new();
        while !self.is_symbol(")") {
            let name = self.name()?;
            let default = if self.skip_symbol("=") {
                Some(self.expression()?)
            } else {
                None
            };
            if default.is_none() && params.last().is_some_and(|(_, default)| default.is_some()) {
                return self.fail(format!(
                    "the parameter `{name}` has no default, but follows one that has"
                ));
            }
            params.push((name.into(), default));
            if !self.skip_symbol(",") {
                break;
            }
        }
        self.expect_symbol(")")?;
        Ok(params)
    }

    fn macro_body(&mut self, end: &'static str) -> Result<(Body, Special)> {
        self.macros.push(Special::default());
        let body = self.apart(|parser| parser.block(&[end]));
        let uses = self.macros.pop().unwrap_or_default();
        Ok((body?.0, uses))
    }

    fn named_block(&mut self) -> Result<StmtKind> {
        let name = self.name()?;
        self.skip_name("scoped");
        self.skip_name("required");
        let (body, _) = self.apart(|parser| parser.block(&["endblock"]))?;
        self.skip_name(&name);
        if self.blocks.iter().any(|block| *block.name == *name) {
            return self.fail(format!("there are two blocks `{name}`"));
        }
        let block = Arc::new(Macro {
            name: name.into(),
            params: Vec::new(),
            body,
            uses: Special::default(),
        });
        self.blocks.push(block.clone());
        Ok(StmtKind::Block(block))
    }

    fn print(&mut self) -> Result<Vec<StmtKind>> {
        let mut values = Vec::new();
        while *self.kind() != Kind::BlockEnd {
            if !values.is_empty() {
                self.expect_symbol(",")?;
            }
            values.push(StmtKind::Print(self.expression()?));
        }
        Ok(values)
    }

    /// A tag that would read another file; its details do not matter.
    fn load(&mut self, tag: &'static str) -> Result<StmtKind> {
        while !matches!(self.kind(), Kind::BlockEnd | Kind::End) {
            self.skip(1);
        }
        Ok(StmtKind::Load(tag))
    }
}

fn tags(ends: &[&str]) -> String {
    let tags: Vec<String> = ends.iter().map(|end| format!("`{{% {end} %}}`")).collect();
    tags.join(" or ")
}
