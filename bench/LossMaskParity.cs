using System.Globalization;
using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Bench;

/// <summary>Tokens and marks of conversations against those of a program that shares nothing with ours, row by row.</summary>
/// <remarks>Needs python3. The other side is fixtures/make/chat_masks.py.</remarks>
internal static class LossMaskParity
{
    public static int Run(string models, string conversations, string rows)
    {
        var template = new ChatTemplate(Tokenizer.Load(models));
        var files = File.Exists(conversations)
            ? [conversations]
            : Directory.GetFiles(conversations, "*.jsonl").Order(StringComparer.Ordinal).ToArray();
        var ours = files
            .SelectMany(file => ConversationReader.Read(file))
            .ToDictionary(row => (Path.GetFileName(row.File), row.Line), row => row.Conversation!);
        var theirs = BenchmarkProcess
            .Run(false, ["python3", Path.Combine("fixtures", "make", "chat_masks.py"), models, rows, "1234", .. files])
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var (different, tokens, learned) = (0, 0L, 0L);
        foreach (var line in theirs)
        {
            var row = JsonSerializer.Deserialize<Row>(line, JsonSerializerOptions.Web)!;
            var rendered = template.Render(ours[(row.File, row.Line)]);
            tokens += row.Ids.Length;
            learned += row.Learned.Length;
            if (
                rendered.Ids.SequenceEqual(row.Ids)
                && rendered.LossMask.Index().Where(mark => mark.Item).Select(mark => mark.Index).SequenceEqual(row.Learned))
                continue;
            if (different++ < 5)
                Console.WriteLine(
                    $"{row.File}:{row.Line}\n  ours   {string.Join(' ', rendered.Ids)}\n  theirs "
                        + $"{string.Join(' ', row.Ids)}");
        }
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{theirs.Length} rows of {ours.Count}, {tokens} tokens, {learned} learned; {different} rows differ"));
        return different == 0 && theirs.Length > 0 ? 0 : 1;
    }

    private sealed record Row(string File, int Line, int[] Ids, int[] Learned);
}
