using System.Globalization;
using System.Text;
using AngleSharp.Dom;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Collects inline text of HTML: white space becomes one space, code is put between backticks, links become their text, formulas
/// their TeX. Items of a list are separated by semicolons.
/// </summary>
internal sealed class InlineText
{
    private const int MaxDepth = 200;
    private const string Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", Plain = "0123456789+-n";

    private readonly StringBuilder _text = new();
    private int _nesting;

    public List<string> Links { get; } = [];

    public bool IsEmpty => _text.Length == 0;

    /// <summary>Returns the text so far and clears it.</summary>
    public string Take()
    {
        var text = _text.ToString().Trim();
        _text.Clear();
        return text;
    }

    /// <summary>Reads the text of an element.</summary>
    /// <param name="node">The element.</param>
    /// <param name="without">Elements to skip; null for none.</param>
    public static (string Text, List<string> Links) Read(INode node, Predicate<IElement>? without = null)
    {
        var text = new InlineText();
        text.AddChildren(node, without);
        return (text.Take(), text.Links);
    }

    /// <summary>Returns true if an element has a formula in TeX or MathML.</summary>
    public static bool IsFormula(IElement element) => element.LocalName == "math" || GetTex(element) is not null;

    public void Add(INode node, Predicate<IElement>? without = null)
    {
        switch (node)
        {
            case IText text: AddPlain(text.Data); break;
            case IElement { LocalName: "br" }: AddPlain(" "); break;
            case IElement { LocalName: "img" } image: AddPlain(image.GetAttribute("alt") ?? ""); break;
            case IElement { LocalName: "input" } box: AddPlain(GetCheckmark(box)); break;
            case IElement { LocalName: "code" or "kbd" or "samp" or "tt" } code: AddCode(code.TextContent); break;
            case IElement { LocalName: "sup" } raised: AddRaised(raised, without); break;
            case IElement formula when IsFormula(formula): AddFormula(formula); break;
            case IElement element when HtmlElements.IsIgnored(element.LocalName) || without?.Invoke(element) == true: break;
            case IElement element when HtmlElements.IsCode(element.LocalName): AddCodeLines(element); break;
            case IElement element: AddElement(element, without); break;
        }
    }

    public void AddPlain(string text)
    {
        foreach (var c in ReadableText.Create(text))
        {
            if (!char.IsWhiteSpace(c)) _text.Append(c);
            else if (_text.Length > 0 && _text[^1] != ' ') _text.Append(' ');
        }
    }

    private void AddChildren(INode node, Predicate<IElement>? without)
    {
        if (_nesting == MaxDepth)
        {
            AddPlain(node.TextContent);
            return;
        }
        _nesting++;
        foreach (var child in node.ChildNodes) Add(child, without);
        _nesting--;
    }

    private void AddElement(IElement element, Predicate<IElement>? without)
    {
        if (element.LocalName == "a" && element.GetAttribute("href") is { Length: > 0 } link) Links.Add(link);
        var isBlock = HtmlElements.IsBlock(element.LocalName);
        if (element.LocalName == "li") AddItemMark(element);
        else if (isBlock) AddPlain(" ");
        AddChildren(element, without);
        if (isBlock) AddPlain(" ");
    }

    private void AddItemMark(IElement item)
    {
        var before = _text.ToString().TrimEnd();
        if (before.Length > 0 && !".:;,!?…".Contains(before[^1], StringComparison.Ordinal))
        {
            _text.Length = before.Length;
            _text.Append(';');
        }
        AddPlain(" ");
        if (item.ParentElement?.LocalName != "ol") return;
        var number = item.ParentElement.Children.Index(item) + 1;
        AddPlain(string.Create(CultureInfo.InvariantCulture, $"{number}. "));
    }

    private void AddCode(string code) => AppendCode(code.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));

    private void AddCodeLines(IElement element)
    {
        AddPlain(" ");
        AddCode(CodeText.ReadLines(element));
        AddPlain(" ");
    }

    private void AppendCode(string[] words)
    {
        var code = ReadableText.Create(string.Join(' ', words)).Trim();
        if (code.Length == 0) return;
        _text.Append(code.Contains('`', StringComparison.Ordinal) ? code : $"`{code}`");
    }

    // m² and 10³; a mark of a footnote is put between brackets, so that it is no part of the word before it.
    private void AddRaised(IElement raised, Predicate<IElement>? without)
    {
        var text = ReadableText.Create(raised.TextContent).Trim().Replace('−', '-');
        if (text.Length > 0 && (raised.QuerySelector("a[href]") ?? raised.Closest("a[href^='#']")) is not null)
            AddPlain(text.StartsWith('[') ? text : $"[{text}]");
        else if (text.Length > 0 && text.All(c => Plain.Contains(c, StringComparison.Ordinal)))
            AddPlain(string.Concat(text.Select(c => Raised[Plain.IndexOf(c, StringComparison.Ordinal)])));
        else AddElement(raised, without);
    }

    private void AddFormula(IElement formula)
    {
        var text = GetTex(formula) ?? formula.TextContent;
        text = string.Join(' ', text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
        if (text.Length > 0) AddPlain($"${text}$");
    }

    private static string? GetTex(IElement element) => element.LocalName switch
    {
        "math" => element.QuerySelector("annotation[encoding='application/x-tex']")?.TextContent
            ?? element.GetAttribute("alttext"),
        "script" when element.GetAttribute("type")?.StartsWith("math/tex", StringComparison.Ordinal) == true =>
            element.TextContent,
        _ => null,
    };

    private static string GetCheckmark(IElement box) =>
        box.GetAttribute("type") != "checkbox" ? "" : box.HasAttribute("checked") ? "[x] " : "[ ] ";
}
