using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// Tokens of conversations and what is learned of them are those of an independent program: fixtures/sft/masks.jsonl.
/// </summary>
public sealed class MaskRecordTests
{
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(RecordedReference.Folder)!, "sft");
    private static readonly Tokenizer Tokenizer = Tokenizer.Load(
        Path.Combine(Path.GetDirectoryName(RecordedReference.Folder)!, "tokenizer"));
    private static readonly Row[] Recorded =
    [
        .. File.ReadLines(Path.Combine(Folder, "masks.jsonl"))
            .Select(line => JsonSerializer.Deserialize<Row>(line, JsonSerializerOptions.Web)!),
    ];

    [Fact]
    public void Every_row_has_the_tokens_and_marks_that_were_recorded()
    {
        var template = new ChatTemplate(Tokenizer);
        foreach (var (row, conversation) in Conversations())
        {
            var rendered = template.Render(conversation);
            rendered.Ids.Should().Equal(row.Ids, "{0}:{1}", row.File, row.Line);
            rendered
                .LossMask.Index()
                .Where(mark => mark.Item)
                .Select(mark => mark.Index)
                .Should()
                .Equal(row.Learned, "{0}:{1}", row.File, row.Line);
        }
    }

    [Fact]
    public void Every_row_of_the_fixtures_was_recorded() => Recorded.Should().HaveCount(64 + 19 + 4);

    [Fact]
    public void The_comparison_notices_a_mask_that_is_one_place_off()
    {
        var template = new ChatTemplate(Tokenizer);
        Conversations()
            .Should()
            .NotContain(pair =>
                template
                    .Render(pair.Conversation)
                    .LossMask.Index()
                    .Where(mark => mark.Item)
                    .Select(mark => mark.Index + 1)
                    .SequenceEqual(pair.Row.Learned));
    }

    private static IEnumerable<(Row Row, Conversation Conversation)> Conversations()
    {
        var read = Recorded
            .Select(row => row.File)
            .Distinct()
            .SelectMany(file => ConversationReader.Read(Path.Combine(Folder, file)))
            .ToDictionary(row => (Path.GetFileName(row.File), row.Line), row => row.Conversation!);
        return Recorded.Select(row => (row, read[(row.File, row.Line)]));
    }

    private sealed record Row(string File, int Line, int[] Ids, int[] Learned);
}
