use super::*;
use wasm_encoder::{
    EntityType, ExportKind, Function, Instruction, RefType, TableSection, TableType, TypeSection,
    ValType,
};

const LOG: &str = "__wbg_log_0123456789abcdef";
const NOW: &str = "__wbg_now_fedcba9876543210";

/// Returns a module whose function N returns N, except that the last one calls the first. Slot
/// N holds function `COUNT - N`, each in a segment of its own.
fn sample() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I32]);
    types.ty().function([], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import(SCRIPT, LOG, EntityType::Function(0));
    imports.import("./split.js", "load", EntityType::Function(0));
    imports.import(SCRIPT, NOW, EntityType::Function(0));
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for value in 0..COUNT {
        functions.function(value % 2);
        let mut body = Function::new([]);
        body.instruction(&match value {
            0 => Instruction::Call(IMPORTED + COUNT - 1),
            _ => Instruction::I32Const(value.cast_signed()),
        });
        body.instruction(&Instruction::End);
        code.function(&body);
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 1000,
        maximum: None,
        shared: false,
    });
    let mut exports = ExportSection::new();
    exports.export("calls", ExportKind::Func, IMPORTED);
    let mut elements = ElementSection::new();
    for slot in (1..COUNT).rev() {
        let offset = ConstExpr::i32_const(slot.cast_signed());
        let function = IMPORTED + COUNT - slot;
        elements.active(None, &offset, Elements::Functions([function][..].into()));
    }
    let empty = [ConstExpr::ref_null(wasm_encoder::HeapType::FUNC)];
    let offset = ConstExpr::i32_const(900);
    let empty = Elements::Expressions(RefType::FUNCREF, empty[..].into());
    elements.active(None, &offset, empty);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module.section(&tables).section(&exports);
    module.section(&elements).section(&code);
    module.finish()
}

const IMPORTED: u32 = 3;
const COUNT: u32 = 300;

#[test]
fn functions_are_sorted_and_each_slot_has_its_own() {
    let old = sample();
    let names = names(&old).unwrap();
    let new = module(&old, &names).unwrap();
    let functions = Functions::read(&new).unwrap();
    let mut segments = 0;
    let mut bodies = Vec::new();
    let mut exported = None;
    let mut imported = Vec::new();
    for payload in Parser::new(0).parse_all(&new) {
        match payload.unwrap() {
            Payload::ImportSection(imports) => {
                for import in imports {
                    let Imports::Single(_, import) = import.unwrap() else {
                        panic!("a group");
                    };
                    imported.push(import.name);
                }
            }
            Payload::ElementSection(elements) => segments = elements.count(),
            Payload::ExportSection(exports) => {
                exported = Some(exports.into_iter().next().unwrap().unwrap().index);
            }
            Payload::CodeSectionEntry(body) => {
                bodies.push(body.get_operators_reader().unwrap().read().unwrap());
            }
            _ => {}
        }
    }
    assert_eq!(imported, ["i0", "load", "i1"]);
    assert_eq!(segments, 1, "the entries have no gap");
    let body = |function: u32| &bodies[(function - IMPORTED) as usize];
    for slot in 1..COUNT {
        let Operator::I32Const { value } = body(functions.table[&slot]) else {
            panic!("slot {slot} has another function");
        };
        assert_eq!(value.cast_unsigned(), COUNT - slot);
    }
    let Operator::Call { function_index } = body(exported.unwrap()) else {
        panic!("another function is exported");
    };
    assert!(matches!(
        body(*function_index),
        Operator::I32Const { value: 299 }
    ));
    let sorted: Vec<_> = (FRONT..COUNT as usize)
        .map(|own| (functions.types[own], functions.bodies[own].as_bytes()))
        .collect();
    assert!(sorted.is_sorted() && sorted.len() > 100);
}

#[test]
fn script_has_the_names_of_the_module() {
    let names = names(&sample()).unwrap();
    let class = "export class IntoUnderlyingSink {\n    free() {}\n}\nif (Symbol.dispose) IntoUnderlyingSink.prototype[Symbol.dispose] = IntoUnderlyingSink.prototype.free;\n";
    let text = format!(
        "{class}/**\n * Says it.\n */\nconst imports = {{\n    // Why.\n    {LOG}: function(arg0) {{\n        \
         return {{ a: 1 }};\n    }},\n    {NOW}: () => 7,\n}};\n"
    );
    let short = "const imports = {\ni0: function(arg0) {\nreturn { a: 1 };\n},\ni1: () => 7,\n};\n";
    assert_eq!(script(&text, &names).unwrap(), short);
    assert!(script(&text.replace(NOW, "other"), &names).is_err());
}
