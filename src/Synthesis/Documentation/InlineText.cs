using System.Text;
using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Collects inline text of HTML: white space becomes one space, code is put between backticks, links become their text.
/// </summary>
internal sealed class InlineText
{
    private const int MaxDepth = 200;

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

    public static (string Text, List<string> Links) Read(INode node)
    {
        var text = new InlineText();
        text.AddChildren(node);
        return (text.Take(), text.Links);
    }

    public void AddChildren(INode node)
    {
        if (_nesting == MaxDepth)
        {
            AddPlain(node.TextContent);
            return;
        }
        _nesting++;
        foreach (var child in node.ChildNodes) Add(child);
        _nesting--;
    }

    public void Add(INode node)
    {
        switch (node)
        {
            case IText text: AddPlain(text.Data); break;
            case IElement { LocalName: "br" }: AddPlain(" "); break;
            case IElement { LocalName: "img" } image: AddPlain(image.GetAttribute("alt") ?? ""); break;
            case IElement { LocalName: "code" or "kbd" or "samp" } code: AddCode(code.TextContent); break;
            case IElement element when HtmlElements.IsIgnored(element.LocalName): break;
            case IElement element:
                if (element.LocalName == "a" && element.GetAttribute("href") is { Length: > 0 } link) Links.Add(link);
                if (HtmlElements.IsBlock(element.LocalName)) AddPlain(" ");
                AddChildren(element);
                if (HtmlElements.IsBlock(element.LocalName)) AddPlain(" ");
                break;
        }
    }

    public void AddPlain(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c)) _text.Append(c);
            else if (_text.Length > 0 && _text[^1] != ' ') _text.Append(' ');
        }
    }

    private void AddCode(string code)
    {
        code = string.Join(' ', code.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
        if (code.Length == 0) return;
        _text.Append(code.Contains('`', StringComparison.Ordinal) ? code : $"`{code}`");
    }
}
