using System.Text;

namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// Renders the part of Jinja that chat templates need: output, if, for and set, white-space control, texts, attributes, indices,
/// comparison, boolean operators, concatenation, the index of a loop, tests for being defined, and trim. Anything else is
/// refused.
/// </summary>
/// <remarks>Source: documentation of Jinja 3.1, "Template Designer Documentation"; compared with jinja2 3.1.6 by hand.</remarks>
public sealed class JinjaOracle
{
    private readonly List<JinjaToken> _tokens;
    private readonly StringBuilder _output = new();
    private int _next;

    private JinjaOracle(List<JinjaToken> tokens) => _tokens = tokens;

    /// <summary>Renders a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="variables">Its variables: texts, booleans, lists, and dictionaries by name.</param>
    /// <param name="trimBlocks">
    /// True for the settings of the Hugging Face libraries: a line break after a block is removed, and so is the white space
    /// before a block at the beginning of a line.
    /// </param>
    /// <exception cref="FormatException">The template is invalid or uses something else of Jinja.</exception>
    public static string Render(string template, IReadOnlyDictionary<string, object?> variables, bool trimBlocks)
    {
        // A single line break at the end is not part of a template.
        var oracle = new JinjaOracle(JinjaToken.Split(template.EndsWith('\n') ? template[..^1] : template, trimBlocks));
        oracle.RenderUntil(new(variables, StringComparer.Ordinal), skip: false);
        return oracle._next == oracle._tokens.Count
            ? oracle._output.ToString() : throw new FormatException($"unexpected {oracle.Peek()}");
    }

    // Renders to the end, or to a block that is one of some names, which is not consumed.
    private void RenderUntil(Dictionary<string, object?> scope, bool skip, params string[] ends)
    {
        while (_next < _tokens.Count && !(IsBlock() && ends.Contains(_tokens[_next + 1].Text)))
        {
            var token = _tokens[_next++];
            if (token.Kind == JinjaKind.Text)
            {
                if (!skip) _output.Append(token.Text);
            }
            else if (token.Kind == JinjaKind.OutputStart)
            {
                var value = Evaluate(scope, skip);
                Take(JinjaKind.OutputEnd);
                if (!skip) _output.Append(ToText(value));
            }
            else RenderBlock(scope, skip);
        }
    }

    private void RenderBlock(Dictionary<string, object?> scope, bool skip)
    {
        switch (Take(JinjaKind.Name).Text)
        {
            case "if":
                RenderIf(scope, skip);
                break;
            case "for":
                RenderFor(scope, skip);
                break;
            case "set":
                var name = Take(JinjaKind.Name).Text;
                Take("=");
                var value = Evaluate(scope, skip);
                Take(JinjaKind.BlockEnd);
                if (!skip) scope[name] = value;
                break;
            case var other:
                throw new FormatException($"the block {other}");
        }
    }

    private void RenderIf(Dictionary<string, object?> scope, bool skip)
    {
        var isDone = skip;
        for (var keyword = "if"; keyword != "endif"; keyword = EnterBlock("elif", "else", "endif"))
        {
            var holds = !isDone && (keyword == "else" || IsTrue(Evaluate(scope, skip: false)));
            if (isDone && keyword != "else") Evaluate(scope, skip: true);
            Take(JinjaKind.BlockEnd);
            RenderUntil(scope, !holds, "elif", "else", "endif");
            isDone |= holds;
        }
        Take(JinjaKind.BlockEnd);
    }

    private void RenderFor(Dictionary<string, object?> scope, bool skip)
    {
        var name = Take(JinjaKind.Name).Text;
        Take("in");
        var items = Evaluate(scope, skip);
        Take(JinjaKind.BlockEnd);
        var body = _next;
        RenderUntil(scope, skip: true, "endfor");
        var end = _next;
        if (!skip)
            foreach (var (index, item) in
                (items as IEnumerable<object?> ?? throw new FormatException("a loop over something else")).Index())
            {
                _next = body;
                var loop = new Dictionary<string, object?>(StringComparer.Ordinal) { ["index0"] = index };
                // What is set in a loop is not seen after it.
                RenderUntil(new(scope, StringComparer.Ordinal) { [name] = item, ["loop"] = loop }, skip: false, "endfor");
            }
        _next = end;
        EnterBlock("endfor");
        Take(JinjaKind.BlockEnd);
    }

    private string EnterBlock(params string[] names)
    {
        Take(JinjaKind.BlockStart);
        var name = Take(JinjaKind.Name).Text;
        return names.Contains(name) ? name : throw new FormatException($"{name} in place of {string.Join(" or ", names)}");
    }

    private object? Evaluate(Dictionary<string, object?> scope, bool skip)
    {
        var value = And(scope, skip);
        while (TryTake("or"))
        {
            var right = And(scope, skip || IsTrue(value));
            if (!skip && !IsTrue(value)) value = right;
        }
        return value;
    }

    private object? And(Dictionary<string, object?> scope, bool skip)
    {
        var value = Not(scope, skip);
        while (TryTake("and"))
        {
            var right = Not(scope, skip || !IsTrue(value));
            if (!skip && IsTrue(value)) value = right;
        }
        return value;
    }

    private object? Not(Dictionary<string, object?> scope, bool skip) =>
        TryTake("not") ? !IsTrue(Not(scope, skip)) : Compare(scope, skip);

    private object? Compare(Dictionary<string, object?> scope, bool skip)
    {
        var value = Add(scope, skip);
        while (Peek() is "==" or "!=")
        {
            var isEqual = Take(JinjaKind.Operator).Text == "==";
            value = Equals(value, Add(scope, skip)) == isEqual;
        }
        return value;
    }

    private object? Add(Dictionary<string, object?> scope, bool skip)
    {
        var value = Postfix(scope, skip);
        while (TryTake("+"))
        {
            var right = Postfix(scope, skip);
            if (!skip)
                value = value is string left && right is string text ? left + text : throw new FormatException("+ of no texts");
        }
        return value;
    }

    private object? Postfix(Dictionary<string, object?> scope, bool skip)
    {
        var value = Primary(scope, skip);
        while (true)
        {
            if (TryTake("."))
            {
                var name = Take(JinjaKind.Name).Text;
                value = skip ? null : Member(value, name);
            }
            else if (TryTake("["))
            {
                var index = Evaluate(scope, skip);
                Take("]");
                value = skip ? null : index is string key ? Member(value, key)
                    : ((IReadOnlyList<object?>)value!)[(int)index!];
            }
            else if (TryTake("|"))
            {
                if (Take(JinjaKind.Name).Text is not "trim" and var filter) throw new FormatException($"the filter {filter}");
                value = skip ? null : ToText(value).Trim();
            }
            else if (TryTake("is"))
            {
                var expected = !TryTake("not");
                Take("defined");
                value = value is not Undefined == expected;
            }
            else return value;
        }
    }

    private object? Primary(Dictionary<string, object?> scope, bool skip)
    {
        var token = _tokens[_next++];
        switch (token.Kind)
        {
            case JinjaKind.String:
                return token.Text;
            case JinjaKind.Number:
                return int.Parse(token.Text, System.Globalization.CultureInfo.InvariantCulture);
            case JinjaKind.Name:
                return token.Text switch
                {
                    "true" or "True" => true,
                    "false" or "False" => false,
                    "none" or "None" => null,
                    _ => scope.TryGetValue(token.Text, out var value) ? value : Undefined.Value,
                };
            case JinjaKind.Operator when token.Text == "(":
                var inner = Evaluate(scope, skip);
                Take(")");
                return inner;
            case JinjaKind.Operator when token.Text == "[":
                Take("]");
                return Array.Empty<object?>();
            default:
                throw new FormatException($"unexpected {token.Text}");
        }
    }

    private static object? Member(object? value, string name) => value switch
    {
        IReadOnlyDictionary<string, object?> members =>
            members.TryGetValue(name, out var member) ? member : Undefined.Value,
        Undefined => throw new FormatException($"{name} of something undefined"),
        _ => Undefined.Value,
    };

    private static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool boolean => boolean,
        string text => text.Length > 0,
        int number => number != 0,
        IReadOnlyCollection<object?> items => items.Count > 0,
        _ => true,
    };

    private static string ToText(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        null => "None",
        _ => throw new FormatException("output of something that is no text"),
    };

    private bool IsBlock() => _tokens[_next].Kind == JinjaKind.BlockStart;

    private string Peek() => _next < _tokens.Count && (_tokens[_next].Kind is JinjaKind.Operator or JinjaKind.Name)
        ? _tokens[_next].Text : "";

    private bool TryTake(string text)
    {
        if (Peek() != text) return false;
        _next++;
        return true;
    }

    private void Take(string text)
    {
        if (!TryTake(text)) throw new FormatException($"{Peek()} in place of {text}");
    }

    private JinjaToken Take(JinjaKind kind) =>
        _next < _tokens.Count && _tokens[_next].Kind == kind
            ? _tokens[_next++] : throw new FormatException($"no {kind} where one must be");

    private sealed class Undefined
    {
        public static Undefined Value { get; } = new();
    }
}
