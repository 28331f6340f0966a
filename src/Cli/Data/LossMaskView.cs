using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Data;

/// <summary>A row as rendered for the model.</summary>
/// <param name="Location">File name and line.</param>
/// <param name="Parts">Consecutive tokens of the same role, in order.</param>
internal sealed record MaskedRow(string Location, IReadOnlyList<(IReadOnlyList<int> Ids, TextHighlight Role)> Parts)
{
    /// <summary>File name, line, number of tokens, and how many of them are supervised.</summary>
    public string Heading
    {
        get
        {
            var tokens = Parts.Sum(part => part.Ids.Count);
            var learned = Parts.Where(part => part.Role == TextHighlight.Supervised).Sum(part => part.Ids.Count);
            return $"{Location}, {Format.Count(tokens, "token")}, "
                + $"{Format.Count(learned)} supervised ({Format.Percent((double)learned / tokens)})";
        }
    }
}

/// <summary>
/// <c>turkishllm data inspect FILE --loss-mask</c>: shows conversations as rendered for the model,
/// with the supervised tokens highlighted.
/// </summary>
internal static class LossMaskView
{
    /// <summary>Prints rows.</summary>
    /// <param name="display">Output.</param>
    /// <param name="file">File of conversations.</param>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="first">First row, from 1.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="html">HTML file to write as well; null for none.</param>
    public static void Write(
        Display display, string file, ChatTemplate template, int first, int count, string? html = null)
    {
        if (first < 1 || count < 1)
            throw new InvalidDataException($"--row is {first} and --rows is {count}; both must be at least 1.");
        var tokenizer = template.Tokenizer;
        var format = ConversationReader.DetectFormat(file);
        display.WriteLine($"{file}: {format}");
        WriteLegend(display);
        var shown = new List<MaskedRow>();
        foreach (var row in ConversationReader.Read(file).Skip(first - 1).Take(count))
        {
            var masked = new MaskedRow(
                Format.Invariant($"{Path.GetFileName(row.File)}:{row.Line}"),
                [.. row.Conversation is { } conversation ? Split(template.Render(conversation)) : Split(row.Tokens!, tokenizer)]);
            display.WriteHeading(masked.Heading);
            display.WriteHighlighted(masked.Parts.Select(part => (template.ToText(part.Ids), part.Role)));
            shown.Add(masked);
        }
        if (shown.Count == 0)
            throw new InvalidDataException(
                $"{file} has no row {first}; it has {Format.Count(ConversationReader.Read(file).Count(), "row")}.");
        HtmlFile.Write(display, html, () => InspectPage.Render(
            Path.GetFileName(file), $"{format} · conversations as rendered for the model, with their loss mask",
            shown.Select(row => (row.Heading, TokenText.Render(
                tokenizer, [.. row.Parts.SelectMany(part => part.Ids.Select(id => (id, part.Role)))]))),
            [.. shown.SelectMany(row => row.Parts).Select(part => part.Role)]));
    }

    private static void WriteLegend(Display display) => display.WriteHighlighted(display.HasColors
        ?
        [
            ("supervised", TextHighlight.Supervised), (" · ", TextHighlight.Read), ("context", TextHighlight.Context),
            (" · ", TextHighlight.Read), ("control tokens", TextHighlight.Control), (" · other input", TextHighlight.Read),
        ]
        : [("supervised", TextHighlight.Supervised), (" · without brackets: input only", TextHighlight.Read)]);

    private static IEnumerable<(IReadOnlyList<int>, TextHighlight)> Split(RenderedConversation rendered) =>
        rendered.Segments.Where(segment => segment.Count > 0).Select(segment => (
            (IReadOnlyList<int>)[.. rendered.Ids.Skip(segment.Start).Take(segment.Count)],
            rendered.LossMask[segment.Start] ? TextHighlight.Supervised : segment.Kind switch
            {
                SegmentKind.Context => TextHighlight.Context,
                SegmentKind.Text or SegmentKind.ToolCall => TextHighlight.Read,
                _ => TextHighlight.Control,
            }));

    // Adjacent tokens with the same mask stay together. A character that they do not complete takes the next tokens too.
    private static IEnumerable<(IReadOnlyList<int>, TextHighlight)> Split(TokenizedExample tokens, Tokenizer tokenizer)
    {
        for (int from = 0, to; from < tokens.Ids.Count; from = to)
        {
            for (to = from + 1; to < tokens.Ids.Count && GetMark(to) == GetMark(from); to++) { }
            while (to < tokens.Ids.Count && Decode(from, to).EndsWith('\uFFFD') && !Decode(from, to + 1).EndsWith('\uFFFD')) to++;
            yield return ([.. tokens.Ids.Skip(from).Take(to - from).Select(id => (int)id)], GetMark(from));
        }

        TextHighlight GetMark(int i) =>
            tokens.LossMask[i] ? TextHighlight.Supervised
            : tokens.Ids[i] < SpecialTokens.Count ? TextHighlight.Control
            : TextHighlight.Read;

        string Decode(int from, int to) => tokenizer.Decode(tokens.Ids.Take(to).Skip(from).Select(id => (int)id));
    }
}
