using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Trees of OpenAssistant in files.</summary>
public sealed class OasstTests : IDisposable
{
    private const string Question = """{"message_id":"1","parent_id":null,"role":"prompter","text":"q","lang":"tr"}""";
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void A_file_of_messages_or_trees_is_detected_and_read_with_the_line_and_language_of_the_question()
    {
        var messages = _here.Write(
            "a.jsonl", """{"message_id":"2","parent_id":"1","role":"assistant","text":"a","rank":0}""" + "\n" + Question + "\n");
        var trees = _here.Write("b.jsonl",
            """{"message_tree_id":"1","prompt":{"message_id":"1","role":"prompter","text":"q","replies":[]}}""" + "\n");
        ConversationReader.DetectFormat(messages).Should().Be(ConversationFormat.Oasst);
        ConversationReader.DetectFormat(trees).Should().Be(ConversationFormat.Oasst);
        var row = ConversationReader.Read(messages).Single();
        row.Line.Should().Be(2);
        row.Fields["lang"].Should().Be("tr");
        ConversationReader.Read(trees).Single().Conversation!.AwaitsAnswer.Should().BeTrue("it has nothing to learn");
        PreferenceReader.Read(trees).Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"message_id":"2","parent_id":"9","role":"assistant","text":"a"}""",
        "*:2: parent_id \"9\" is the message_id of no valid message of the file. Add that message, or remove this one.")]
    [InlineData("""{"message_id":"1","parent_id":null,"role":"prompter","text":"r"}""",
        "*:2: message_id \"1\" is that of line 1 too. Remove one of the messages.")]
    [InlineData("""{"message_id":"2","parent_id":"2","role":"assistant","text":"a"}""",
        "*:2: a message of the assistant replies to another one, but prompter and assistant must alternate.")]
    [InlineData("""{"message_id":"2","parent_id":"1","role":"prompter","text":"a"}""",
        "*:2: a message of the prompter replies to another one, but prompter and assistant must alternate.")]
    [InlineData("""{"message_id":"2","parent_id":null,"role":"assistant","text":"a"}""",
        "*:2: the tree begins with a message of the assistant, but the first must be the prompter's.")]
    [InlineData("""{"message_id":"2","parent_id":"1","role":"gpt","text":"a"}""",
        "*:2: the role \"gpt\" is unknown; in a tree of OpenAssistant it must be prompter or assistant.")]
    [InlineData("""{"message_id":"2","parent_id":"1","role":"assistant","text":" "}""",
        "*:2: \"text\" is empty. Remove the message and its replies, or set \"deleted\": true.")]
    [InlineData("""{"message_id":"2","parent_id":"1","role":"assistant","text":"a","rank":-1}""",
        "*:2: \"rank\" is -1, but it must be 0 for the best reply, 1 for the next, and so on.")]
    [InlineData("""{"message_id":"2","parent_id":"1","role":"assistant","text":"a","deleted":"no"}""",
        "*:2: \"deleted\" is text, but it must be true or false.")]
    public void An_invalid_message_is_an_error_with_its_line(string row, string message)
    {
        var file = _here.Write("rows.jsonl", $"{Question}\n{row}\n");
        FluentActions.Invoking(() => ConversationReader.Read(file).ToList()).Should().Throw<InvalidDataException>()
            .WithMessage(message);
        var skipped = new List<string>();
        ConversationReader.Read(file, onSkipped: skipped.Add).Should().HaveCount(1, "the question is valid");
        skipped.Should().ContainSingle().Which.Should().Match(message);
    }

    [Fact]
    public void Messages_that_reply_to_each_other_are_reported()
    {
        var file = _here.Write("rows.jsonl", Question + "\n"
            + """{"message_id":"2","parent_id":"3","role":"assistant","text":"a"}""" + "\n"
            + """{"message_id":"3","parent_id":"2","role":"prompter","text":"b"}""" + "\n");
        var skipped = new List<string>();
        ConversationReader.Read(file, onSkipped: skipped.Add).Should().HaveCount(1);
        skipped.Should().HaveCount(2).And.OnlyContain(text => text.Contains("never leads to the first message of a tree"));
    }

    [Fact]
    public void Two_replies_with_the_same_rank_are_an_error_unless_one_of_them_is_deleted()
    {
        const string first = """{"message_id":"2","parent_id":"1","role":"assistant","text":"a","rank":0}""",
            second = """{"message_id":"3","parent_id":"1","role":"assistant","text":"b","rank":0,"deleted":true}""";
        ConversationReader.Read(_here.Write("a.jsonl", $"{Question}\n{first}\n{second}")).Should().HaveCount(1);
        var ranked = second.Replace("true", "false", StringComparison.Ordinal);
        FluentActions.Invoking(() => ConversationReader.Read(_here.Write("b.jsonl", $"{Question}\n{first}\n{ranked}")).ToList())
            .Should().Throw<InvalidDataException>()
            .WithMessage("*:3: \"rank\" is 0, as that of another reply to the same message. Rank them again, or remove their "
                + "ranks.");
    }
}
