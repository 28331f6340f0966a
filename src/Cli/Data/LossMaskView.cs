using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Data;

/// <summary>
/// <c>turkishllm data inspect FILE --loss-mask</c>: prints conversations as rendered for the model,
/// with the supervised tokens highlighted.
/// </summary>
internal static class LossMaskView
{
    public static void Write(Display display, string file, Tokenizer tokenizer, string? system, int first, int count)
    {
        if (first < 1 || count < 1)
            throw new InvalidDataException($"--row is {first} and --rows is {count}; both must be at least 1.");
        var template = new ChatTemplate(tokenizer, system);
        display.WriteLine($"{file}: {ConversationReader.DetectFormat(file)}");
        WriteLegend(display);
        var shown = 0;
        foreach (var row in ConversationReader.Read(file).Skip(first - 1).Take(count))
        {
            var (parts, tokens, learned) = row.Conversation is { } conversation
                ? Parts(template.Render(conversation), tokenizer)
                : Parts(row.Tokens!, tokenizer);
            display.WriteHeading(
                Format.Invariant($"{Path.GetFileName(row.File)}:{row.Line}, {Format.Count(tokens, "token")}, ")
                    + $"{Format.Count(learned)} supervised ({Format.Percent((double)learned / tokens)})");
            display.WriteHighlighted(parts);
            shown++;
        }
        if (shown == 0)
            throw new InvalidDataException($"{file} has no row {first}; it has {ConversationReader.Read(file).Count()} rows.");
    }

    private static void WriteLegend(Display display) => display.WriteHighlighted(display.HasColors
        ?
        [
            ("supervised", TextHighlight.Supervised), (" · ", TextHighlight.Read), ("context", TextHighlight.Context),
            (" · ", TextHighlight.Read), ("control tokens", TextHighlight.Control), (" · other input", TextHighlight.Read),
        ]
        : [("supervised", TextHighlight.Supervised), (" · without brackets: input only", TextHighlight.Read)]);

    private static (IEnumerable<(string, TextHighlight)>, int Tokens, int Learned) Parts(
        RenderedConversation rendered,
        Tokenizer tokenizer) =>
        (
        rendered.Segments.Where(segment => segment.Count > 0).Select(segment => (
            tokenizer.Decode(rendered.Ids.Skip(segment.Start).Take(segment.Count)),
            rendered.LossMask[segment.Start] ? TextHighlight.Supervised : segment.Kind switch
            {
                SegmentKind.Context => TextHighlight.Context,
                SegmentKind.Text or SegmentKind.ToolCall => TextHighlight.Read,
                _ => TextHighlight.Control,
            })), rendered.Ids.Count, rendered.SupervisedCount);

    // Decodes adjacent tokens with the same mask together. A character that they do not complete takes the next tokens too.
    private static (IEnumerable<(string, TextHighlight)>, int Tokens, int Learned) Parts(
        TokenizedExample tokens, Tokenizer tokenizer)
    {
        var parts = new List<(string, TextHighlight)>();
        for (int from = 0, to; from < tokens.Ids.Count; from = to)
        {
            for (to = from + 1; to < tokens.Ids.Count && GetMark(to) == GetMark(from); to++) { }
            while (to < tokens.Ids.Count && Decode(from, to).EndsWith('\uFFFD') && !Decode(from, to + 1).EndsWith('\uFFFD')) to++;
            parts.Add((Decode(from, to), GetMark(from)));
        }
        return (parts, tokens.Ids.Count, tokens.SupervisedCount);

        TextHighlight GetMark(int i) =>
            tokens.LossMask[i] ? TextHighlight.Supervised
            : tokens.Ids[i] < SpecialTokens.Count ? TextHighlight.Control
            : TextHighlight.Read;

        string Decode(int from, int to) => tokenizer.Decode(tokens.Ids.Take(to).Skip(from).Select(id => (int)id));
    }
}
