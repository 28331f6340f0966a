using FluentAssertions;
using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Tool calls are compared and learned by value, not by spelling.</summary>
[Trait("Suite", "Fast")]
public sealed class ToolCallTextTests : IDisposable
{
    private const string Call = "{\"name\":\"şube\",\"arguments\":{\"ad\":\"Iğdır 🚚\u00A0\",\"sayı\":1.50}}";

    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("""tool_calls":[{"id":"c","type":"function","function":{"name":"şube","arguments":{"ad":"Iğdır 🚚\u00A0","sayı":1.50}}}]""")]
    [InlineData(
        """tool_calls":[{"id":"c","function":{"name":"\u015fube","arguments":"{\"ad\": \"I\\u011fd\\u0131r \\ud83d\\ude9a\\u00a0\",\n \"say\\u0131\" : 1.50 }"}}]""")]
    [InlineData("""tool_calls":[{"type":"function","id":"c","name":"şube","arguments":{"ad":"I\u011fd\u0131r \ud83d\ude9a\u00a0","sayı":1.50}}]""")]
    [InlineData("""function_call":{"name":"şube","arguments":"{\"ad\":\"Iğdır 🚚\u00a0\",\"sayı\":1.50}"}""")]
    [InlineData("""tool_call":"{\"name\": \"şube\", \"arguments\": {\"ad\": \"I\\u011fd\\u0131r 🚚\u00a0\", \"sayı\": 1.50}}""" + "\"")]
    public void Spellings_of_one_call_are_one_text(string call) =>
        ReadCall($$"""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"","{{call}}}]}""").Should().Be(Call);

    [Fact]
    public void Calls_of_share_gpt_have_the_same_text() => ReadCall(
        """{"conversations":[{"from":"human","value":"q"},{"from":"function_call","value":"{\"name\": \"\u015fube\", \"arguments\": \"{\\\"ad\\\": \\\"Iğdır 🚚\u00a0\\\", \\\"sayı\\\": 1.50}\"}"}]}""")
        .Should().Be(Call);

    [Theory]
    [InlineData("stok.bakiye(\\\"D50\\\")", "stok.bakiye(\"D50\")")]
    [InlineData("[x for x in (1, 2)]", "[x for x in (1, 2)]")]
    public void A_call_that_is_no_json_stays_as_it_is(string call, string expected) =>
        ReadCall($$"""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"","tool_call":"{{call}}"}]}""")
            .Should().Be(expected);

    [Theory]
    [InlineData("""{"name":"f","arguments":"{\"a\": 1"}""", "the arguments of a tool call: *")]
    [InlineData("""{"name":"f","arguments":"{'a': 1}"}""", "the arguments of a tool call: *")]
    [InlineData("""{"name":"f","arguments":"{\"a\":1,\"a\":2}"}""", "the arguments of a tool call: *")]
    [InlineData("""{"name":"f","arguments":"{\"a\":\"\\ud83d\"}"}""", "the arguments of a tool call: a string is not text: *")]
    [InlineData("""{"name":"f","arguments":"7"}""", "the arguments of a tool call are 7, but they must be an object.")]
    [InlineData("""{"arguments":{}}""", "\"name\" is missing.")]
    public void Refuses_calls_that_cannot_be_parsed(string function, string problem)
    {
        var file = _here.Write(
            "rows.jsonl",
            $$"""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"","tool_calls":[{"function":{{function}}}]}]}""");
        FluentActions.Invoking(() => ConversationReader.Read(file).ToList())
            .Should().Throw<InvalidDataException>().WithMessage($"{file}:1: {problem}");
    }

    [Fact]
    public void The_answer_of_an_extraction_has_its_letters()
    {
        var file = _here.Write("rows.jsonl", """{"text":"t","fields":{"ad":"Iğdır \ud83d\ude9a\u00a0","n":1.50}}""");
        ConversationReader.Read(file).Single().Conversation!.Messages[1].Text
            .Should().Be("{\"ad\":\"Iğdır 🚚\u00A0\",\"n\":1.50}");
    }

    [Fact]
    public void The_output_of_a_tool_may_be_an_object()
    {
        var file = _here.Write(
            "rows.jsonl",
            """{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_call":"f()"},{"role":"tool","name":"f","content":{"kg": 1.0, "ad": "\u015fube"}}]}""");
        ConversationReader.Read(file).Single().Conversation!.Messages[2].Text.Should().Be("""{"kg":1.0,"ad":"şube"}""");
    }

    private string ReadCall(string row) =>
        ConversationReader.Read(_here.Write("rows.jsonl", row)).Single().Conversation!.Messages[1].ToolCall!;
}
