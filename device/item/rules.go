package item

import (
	"fmt"
	"slices"
	"strconv"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"kiosk/device/schema"
)

// Bounds of one condition.
const (
	MaxCondition     = 400   // characters
	maxConditionSize = 200   // nodes of its syntax tree
	maxConditionCost = 20000 // CEL's own measure, far above anything a person would write
	maxPattern       = 2000  // size of a compiled regular expression
)

// Env is what a condition can see: the answers so far and whose card has been read. A field without an
// answer is "", a person whose card was not read is false, so a condition never fails for want of a value.
// There is no clock and no I/O.
type Env struct {
	Field  map[string]string
	Person map[string]bool
}

// Rules are the compiled conditions of one item. They are safe for use by several goroutines.
type Rules struct {
	fields, persons []string
	when            map[string]cel.Program // by "field tel", "material form", "step 3"
	check           map[string]cel.Program // by id of the field
	uses            map[string][]use       // by place
}

// When reports whether the field, material or step is asked, shown or taken: what is "field", "material" or
// "step", id is its id or a step's place in Item.Steps, from 0. What has no condition always is.
func (r *Rules) When(what, id string, env Env) (bool, error) {
	return r.eval(r.when[what+" "+id], env, "")
}

// Check reports whether value satisfies the field's own condition; when it does not, Field.Message says why.
// CheckValue comes first: it checks what the type demands.
func (r *Rules) Check(field, value string, env Env) (bool, error) {
	return r.eval(r.check[field], env, value)
}

// eval runs one condition; a missing one holds. Errors carry no values.
func (r *Rules) eval(p cel.Program, env Env, value string) (bool, error) {
	if p == nil {
		return true, nil
	}
	fields := make(map[string]string, len(r.fields))
	for _, id := range r.fields {
		fields[id] = env.Field[id]
	}
	persons := make(map[string]bool, len(r.persons))
	for _, id := range r.persons {
		persons[id] = env.Person[id]
	}
	out, _, err := p.Eval(map[string]any{"field": fields, "person": persons, "value": value})
	if err != nil {
		// CEL's text may quote an operand, and operands are answers of a person.
		return false, fmt.Errorf("cannot evaluate a condition of the item")
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return false, fmt.Errorf("cannot evaluate a condition of the item: it is not a yes or no")
	}
	return yes, nil
}

// Compile compiles every condition of it. Parse does so too; the error says the place of each that is wrong.
func Compile(it *Item) (*Rules, error) {
	r, problems := compile(it)
	return r, problems.Err()
}

// compiler compiles the conditions of one item.
type compiler struct {
	env, checkEnv   *cel.Env
	fields, persons []string
	uses            map[string][]use
	problems        schema.Problems
}

func compile(it *Item) (*Rules, schema.Problems) {
	c := compiler{uses: map[string][]use{}}
	for _, f := range it.Fields {
		c.fields = append(c.fields, f.ID)
	}
	for _, p := range it.Persons {
		c.persons = append(c.persons, p.ID)
	}
	var err error
	if c.env, err = cel.NewEnv(environment()...); err == nil {
		c.checkEnv, err = c.env.Extend(cel.Variable("value", cel.StringType))
	}
	if err != nil {
		c.problems.Add("", "conditions cannot be compiled: %v", err)
		return nil, c.problems
	}
	r := &Rules{
		fields: c.fields, persons: c.persons, uses: c.uses,
		when: map[string]cel.Program{}, check: map[string]cel.Program{},
	}
	for i, f := range it.Fields {
		if f.When != "" {
			r.when["field "+f.ID] = c.compile(c.env, f.When, "/fields/%d/when", i)
		}
		if f.Check != "" {
			r.check[f.ID] = c.compile(c.checkEnv, f.Check, "/fields/%d/check", i)
		}
	}
	for i, m := range it.Materials {
		if m.When != "" {
			r.when["material "+m.ID] = c.compile(c.env, m.When, "/materials/%d/when", i)
		}
	}
	for i, s := range it.Steps {
		if s.When != "" {
			r.when["step "+strconv.Itoa(i)] = c.compile(c.env, s.When, "/steps/%d/when", i)
		}
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return r, nil
}

// environment is CEL's standard library without macros, so that no condition can loop.
func environment() []cel.EnvOption {
	return []cel.EnvOption{
		cel.ClearMacros(),
		cel.Variable("field", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("person", cel.MapType(cel.StringType, cel.BoolType)),
		cel.ParserExpressionSizeLimit(MaxCondition),
		cel.ParserRecursionLimit(50),
		cel.ExpressionNodeLimit(maxConditionSize),
		cel.RegexProgramSizeLimit(maxPattern),
	}
}

func (c *compiler) compile(env *cel.Env, text, place string, index int) cel.Program {
	place = fmt.Sprintf(place, index)
	if len(text) > MaxCondition {
		c.problems.Add(place, "condition is longer than %d bytes", MaxCondition)
		return nil
	}
	checked, iss := env.Compile(text)
	if iss.Err() != nil {
		for _, e := range iss.Errors() {
			c.problems.Add(place, "at column %d: %s", e.Location.Column()+1, oneLine(e.Message))
		}
		return nil
	}
	if checked.OutputType() != cel.BoolType {
		c.problems.Add(place, "condition must be a yes or no, it is a %s", checked.OutputType())
		return nil
	}
	bad := false
	c.uses[place] = uses(checked)
	for _, u := range c.uses[place] {
		known := c.fields
		if u.of == "person" {
			known = c.persons
		}
		switch {
		case u.id == "":
			c.problems.Add(place, `%s must be followed by a name: %s.name or %s["name"]`, u.of, u.of, u.of)
			bad = true
		case !slices.Contains(known, u.id):
			c.problems.Add(place, "unknown %s %q, want one of %s", u.of, u.id, list(known))
			bad = true
		}
	}
	if bad {
		return nil
	}
	p, err := env.Program(checked, cel.CostLimit(maxConditionCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		c.problems.Add(place, "%s", oneLine(err.Error()))
		return nil
	}
	return p
}

// use is one place where a condition looks at an answer or a person; id is empty when it is not a plain name.
type use struct{ of, id string }

// uses lists what a condition looks at. Only field.name, field["name"] and the same of person are plain.
func uses(checked *cel.Ast) []use {
	var found []use
	plain := map[int64]bool{} // ids of the nodes "field" and "person" that a plain use has accounted for
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			s := e.AsSelect()
			if of := variable(s.Operand()); of != "" {
				plain[s.Operand().ID()] = true
				found = append(found, use{of, s.FieldName()})
			}
		case ast.CallKind:
			call := e.AsCall()
			if call.FunctionName() != operators.Index || len(call.Args()) != 2 || call.Args()[1].Kind() != ast.LiteralKind {
				return
			}
			id, ok := call.Args()[1].AsLiteral().Value().(string)
			if of := variable(call.Args()[0]); of != "" && ok {
				plain[call.Args()[0].ID()] = true
				found = append(found, use{of, id})
			}
		case ast.IdentKind:
			if of := variable(e); of != "" && !plain[e.ID()] {
				found = append(found, use{of: of})
			}
		}
	}))
	return found
}

func variable(e ast.Expr) string {
	if e.Kind() == ast.IdentKind && (e.AsIdent() == "field" || e.AsIdent() == "person") {
		return e.AsIdent()
	}
	return ""
}
