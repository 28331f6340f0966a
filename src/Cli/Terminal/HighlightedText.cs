using Spectre.Console;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Text with highlighted parts, as one paragraph: lines break between words, not where the highlight changes.</summary>
internal sealed class HighlightedText
{
    private readonly List<(string Text, TextHighlight Mark)> _parts = [];

    public HighlightedText(IEnumerable<(string Text, TextHighlight Mark)> parts)
    {
        foreach (var (text, mark) in parts)
            if (_parts is [.., var last] && last.Mark == mark) _parts[^1] = (last.Text + text, mark);
            else _parts.Add((text, mark));
    }

    /// <summary>Returns the text with its supervised parts in brackets.</summary>
    public string ToBrackets() =>
        string.Concat(_parts.Select(part => part.Mark == TextHighlight.Supervised ? $"⟦{part.Text}⟧" : part.Text));

    /// <summary>Returns the text in the colors of the terminal's own palette, which suit its background.</summary>
    public Paragraph ToColors()
    {
        var paragraph = new Paragraph();
        foreach (var (text, mark) in _parts)
            paragraph.Append(text, mark switch
            {
                TextHighlight.Supervised => new Style(Color.Green),
                TextHighlight.Context => new Style(Color.Teal),
                TextHighlight.Control => new Style(Color.Grey),
                _ => Style.Plain,
            });
        return paragraph.Append("\n");
    }
}
