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

    // Decodes adjacent tokens with the same mask together, so that a character split over tokens stays whole.
    private static (IEnumerable<(string, TextHighlight)>, int Tokens, int Learned) Parts(
        TokenizedExample tokens, Tokenizer tokenizer)
    {
        var parts = new List<(string, TextHighlight)>();
        for (int from = 0, to; from < tokens.Ids.Count; from = to)
        {
            for (to = from + 1; to < tokens.Ids.Count && tokens.LossMask[to] == tokens.LossMask[from]; to++) { }
            parts.Add(
                (
                    tokenizer.Decode(tokens.Ids.Skip(from).Take(to - from).Select(id => (int)id)),
                    tokens.LossMask[from] ? TextHighlight.Supervised : TextHighlight.Read));
        }
        return (parts, tokens.Ids.Count, tokens.SupervisedCount);
    }
}
