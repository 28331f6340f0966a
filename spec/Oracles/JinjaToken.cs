using System.Text;

namespace TurkishLlm.Spec.Oracles;

internal enum JinjaKind
{
    Text,
    OutputStart,
    OutputEnd,
    BlockStart,
    BlockEnd,
    Name,
    String,
    Number,
    Operator,
}

/// <summary>A token of a template.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its text; of a string, its value.</param>
internal readonly record struct JinjaToken(JinjaKind Kind, string Text)
{
    /// <summary>Splits a template, and applies its white-space control.</summary>
    public static List<JinjaToken> Split(string template, bool trimBlocks)
    {
        var tokens = new List<JinjaToken>();
        for (var at = 0; at < template.Length;)
        {
            var tag = FindTag(template, at);
            var text = template[at..tag];
            if (tag < template.Length)
            {
                if (Has(template, tag + 2, '-')) text = text.TrimEnd();
                else if (trimBlocks && (template[tag + 1] is '%' or '#')) text = RemoveIndentation(text, isFirst: at == 0);
            }
            if (text.Length > 0) tokens.Add(new(JinjaKind.Text, text));
            at = tag == template.Length ? tag : AddTag(template, tag, trimBlocks, tokens);
        }
        return tokens;
    }

    private static int FindTag(string template, int from)
    {
        for (var i = from; i + 1 < template.Length; i++)
            if (template[i] == '{' && (template[i + 1] is '{' or '%' or '#')) return i;
        return template.Length;
    }

    // Returns the index after the tag, and after the white space that it removes.
    private static int AddTag(string template, int tag, bool trimBlocks, List<JinjaToken> tokens)
    {
        var (kind, at) = (template[tag + 1], tag + 2);
        if (Has(template, at, '-') || Has(template, at, '+')) at++;
        if (kind == '#')
        {
            at = template.IndexOf("#}", at, StringComparison.Ordinal);
            if (at < 0) throw new FormatException("a comment without an end");
        }
        else
        {
            tokens.Add(new(kind == '{' ? JinjaKind.OutputStart : JinjaKind.BlockStart, ""));
            at = AddExpression(template, at, kind == '{' ? "}}" : "%}", tokens);
            tokens.Add(new(kind == '{' ? JinjaKind.OutputEnd : JinjaKind.BlockEnd, ""));
        }
        var strips = template[at - 1] == '-';
        at += 2;
        if (strips)
            while (at < template.Length && char.IsWhiteSpace(template[at])) at++;
        else if (trimBlocks && kind != '{' && Has(template, at, '\n')) at++;
        return at;
    }

    // Returns the index of the end of the tag.
    private static int AddExpression(string template, int at, string end, List<JinjaToken> tokens)
    {
        while (true)
        {
            if (at >= template.Length) throw new FormatException("a tag without an end");
            if (string.CompareOrdinal(template, at, end, 0, 2) == 0) return at;
            if (template[at] == '-' && string.CompareOrdinal(template, at + 1, end, 0, 2) == 0) return at + 1;
            var (c, start) = (template[at], at);
            if (char.IsWhiteSpace(c)) at++;
            else if (c is '\'' or '"') at = AddString(template, at, tokens);
            else if (char.IsAsciiLetter(c) || c == '_')
            {
                while (at < template.Length && (char.IsAsciiLetterOrDigit(template[at]) || template[at] == '_')) at++;
                tokens.Add(new(JinjaKind.Name, template[start..at]));
            }
            else if (char.IsAsciiDigit(c))
            {
                while (at < template.Length && char.IsAsciiDigit(template[at])) at++;
                tokens.Add(new(JinjaKind.Number, template[start..at]));
            }
            else
            {
                at += (c is '=' or '!') && Has(template, at + 1, '=') ? 2 : 1;
                tokens.Add(new(JinjaKind.Operator, template[start..at]));
            }
        }
    }

    private static int AddString(string template, int start, List<JinjaToken> tokens)
    {
        var (text, at) = (new StringBuilder(), start + 1);
        for (; at < template.Length && template[at] != template[start]; at++)
        {
            if (template[at] != '\\' || at + 1 == template.Length)
            {
                text.Append(template[at]);
                continue;
            }
            // As in Python, a backslash before any other character stays.
            text.Append(template[++at] switch
            {
                'n' => "\n",
                'r' => "\r",
                't' => "\t",
                '\\' => "\\",
                '\'' => "'",
                '"' => "\"",
                var other => $"\\{other}",
            });
        }
        if (at >= template.Length) throw new FormatException("a string without an end");
        tokens.Add(new(JinjaKind.String, text.ToString()));
        return at + 1;
    }

    private static string RemoveIndentation(string text, bool isFirst)
    {
        var start = text.Length;
        while (start > 0 && (text[start - 1] is ' ' or '\t')) start--;
        return start > 0 ? text[start - 1] == '\n' ? text[..start] : text : isFirst ? "" : text;
    }

    private static bool Has(string template, int at, char c) => at < template.Length && template[at] == c;
}
