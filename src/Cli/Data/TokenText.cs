using System.Buffers;
using System.Globalization;
using System.Text;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Data;

/// <summary>Renders tokens as text in which every token can be seen, colored by its role in training.</summary>
internal static class TokenText
{
    /// <summary>Names the colors of roles.</summary>
    public static Html RenderLegend(IEnumerable<TextHighlight> roles) =>
        Legend.Render(roles.Distinct().OrderDescending().Select(role => LegendEntry.ForArea(GetClass(role), role switch
        {
            TextHighlight.Supervised => "supervised: the loss counts it",
            TextHighlight.Context => "retrieved context, read only",
            TextHighlight.Control => "special tokens and role names",
            _ => "read only",
        })));

    /// <summary>Renders tokens; hovering shows the id.</summary>
    /// <param name="tokenizer">Decodes the tokens.</param>
    /// <param name="tokens">Ids with their roles.</param>
    public static Html Render(Tokenizer tokenizer, IReadOnlyList<(int Id, TextHighlight Role)> tokens) =>
        Html.From($"<div class=\"tokens\" lang=\"tr\">{Spans(tokenizer, tokens)}</div>\n");

    // Tokens that share a character are shown together; bytes that make no character are shown as numbers.
    private static IEnumerable<Html> Spans(Tokenizer tokenizer, IReadOnlyList<(int Id, TextHighlight Role)> tokens)
    {
        for (int from = 0, to; from < tokens.Count; from = to)
        {
            var bytes = new List<byte>();
            var (text, isComplete) = ("", false);
            for (to = from; !isComplete && to < tokens.Count && tokens[to].Role == tokens[from].Role; to++)
            {
                bytes.AddRange(tokenizer.GetBytes(tokens[to].Id));
                (text, isComplete) = Decode([.. bytes]);
            }
            var ids = string.Join(
                ", ", tokens.Skip(from).Take(to - from).Select(token => token.Id.ToString(CultureInfo.InvariantCulture)));
            yield return Html.From(
                $"<span class=\"{GetClass(tokens[from].Role)}\" title=\"{ids}\">{ShowSpaces(text)}</span>");
        }
    }

    private static (string Text, bool IsComplete) Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        var isComplete = true;
        while (bytes.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == OperationStatus.Done) text.Append(rune);
            else foreach (var value in bytes[..length]) text.Append(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
            if (status == OperationStatus.NeedMoreData) isComplete = false;
            bytes = bytes[length..];
        }
        return (text.ToString(), isComplete);
    }

    // Line breaks and unusual spaces are visible, and a line break still breaks the line.
    private static string ShowSpaces(string text) =>
        text.Replace("\n", "↵\n", StringComparison.Ordinal).Replace("\t", "⇥\t", StringComparison.Ordinal)
            .Replace('\u00A0', '⍽').Replace("\u00AD", "[U+00AD]", StringComparison.Ordinal)
            .Replace("\u200B", "[U+200B]", StringComparison.Ordinal).Replace("\uFEFF", "[U+FEFF]", StringComparison.Ordinal);

    private static string GetClass(TextHighlight role) => role switch
    {
        TextHighlight.Supervised => "learned",
        TextHighlight.Context => "context",
        TextHighlight.Control => "control",
        _ => "read",
    };
}
