using FluentAssertions;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tests.Unit.Tokenization;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Truncation of retrieved texts in conversations that are too long.</summary>
public sealed class ContextTruncatorTests
{
    private const int Least = 8;    // minimum number of tokens that are kept of a text
    private static readonly Tokenizer Bytes = new([]);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public void All_room_is_used_down_to_the_least_that_is_useful(int inQuestion, int questions)
    {
        var (template, texts) = (new ChatTemplate(Bytes), inQuestion * questions);
        var conversation = new Conversation([.. Enumerable.Repeat<ChatMessage[]>(
            [ChatMessage.User("q", [.. Enumerable.Repeat(new string('a', 60), inQuestion)]), ChatMessage.Assistant("b")],
            questions)
        .SelectMany(exchange => exchange),
]);
        var whole = template.Render(conversation).Ids.Count;
        ContextTruncator.Truncate(template, Bytes, conversation, whole).Should().BeSameAs(conversation);
        for (var missing = texts; missing <= 60 * texts; missing += texts)
        {
            var shorter = ContextTruncator.Truncate(template, Bytes, conversation, whole - missing);
            if (60 * texts - missing < Least * texts) shorter.Should().BeNull();
            else template.Render(shorter!).Ids.Count.Should().Be(whole - missing);
        }
    }

    [Fact]
    public void Both_ends_of_a_text_stay()
    {
        var text = string.Concat(Enumerable.Range(0, 50).Select(i => $"{i:D2}"));
        var conversation = new Conversation(ChatMessage.User("q", text));
        var template = new ChatTemplate(Bytes);
        var shorter = ContextTruncator.Truncate(template, Bytes, conversation, template.Render(conversation).Ids.Count - 84)!;
        shorter.Messages[0].Context.Should().Equal("000102 … 74849");
    }

    [Fact]
    public void Pieces_that_do_not_encode_as_the_whole_did_fit_all_the_same()
    {
        var tokenizer = SmallTokenizer.Instance;
        var template = new ChatTemplate(tokenizer);
        var conversation = new Conversation(
            ChatMessage.User("q", TurkishSamples.Page, TurkishSamples.Suffixed),
            ChatMessage.Assistant("b"));
        var whole = template.Render(conversation).Ids.Count;
        for (var most = whole / 3; most < whole; most++)
            template
                .Render(ContextTruncator.Truncate(template, tokenizer, conversation, most)!)
                .Ids.Count.Should()
                .BeInRange(most - 12, most);
    }
}
