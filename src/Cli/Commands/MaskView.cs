using TurkishLlm.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm data inspect FILE --mask</c>: conversations as the model reads them, and what it learns of them.</summary>
internal static class MaskView
{
    public static void Write(Display display, string file, Tokenizer tokenizer, string? system, int first, int count)
    {
        if (first < 1 || count < 1) throw new InvalidDataException($"--row {first} and --rows {count} show nothing: both count from 1.");
        var template = new ChatTemplate(tokenizer, system);
        display.Line($"{file}: {ConversationReader.Recognise(file)}");
        var shown = 0;
        foreach (var row in ConversationReader.Read(file).Skip(first - 1).Take(count))
        {
            var (parts, tokens, learned) = row.Conversation is { } conversation ? Parts(template.Render(conversation), tokenizer) : Parts(row.Tokens!, tokenizer);
            display.Heading(Show.Text($"{Path.GetFileName(row.File)}:{row.Line}, {Show.Count(tokens, "token")}, {Show.Count(learned)} learned ({Show.Percent((double)learned / tokens)})"));
            display.Marked(parts);
            shown++;
        }
        if (shown == 0) throw new InvalidDataException($"{file} has no row {first}; it has {ConversationReader.Read(file).Count()}.");
    }

    private static (IEnumerable<(string, TextMark)>, int Tokens, int Learned) Parts(RenderedConversation rendered, Tokenizer tokenizer) => (
        rendered.Segments.Where(segment => segment.Count > 0).Select(segment => (
            tokenizer.Decode(rendered.Ids.Skip(segment.Start).Take(segment.Count)),
            rendered.Supervised[segment.Start] ? TextMark.Learned : segment.Kind switch
            {
                SegmentKind.Context => TextMark.Context,
                SegmentKind.Text or SegmentKind.ToolCall => TextMark.Read,
                _ => TextMark.Control,
            })), rendered.Ids.Count, rendered.SupervisedCount);

    // Neighbours with one mark are decoded together, so that letters of several tokens stay whole.
    private static (IEnumerable<(string, TextMark)>, int Tokens, int Learned) Parts(MarkedTokens tokens, Tokenizer tokenizer)
    {
        var parts = new List<(string, TextMark)>();
        for (int from = 0, to; from < tokens.Ids.Count; from = to)
        {
            for (to = from + 1; to < tokens.Ids.Count && tokens.Marked[to] == tokens.Marked[from]; to++) { }
            parts.Add((tokenizer.Decode(tokens.Ids.Skip(from).Take(to - from).Select(id => (int)id)), tokens.Marked[from] ? TextMark.Learned : TextMark.Read));
        }
        return (parts, tokens.Ids.Count, tokens.Counted);
    }
}
