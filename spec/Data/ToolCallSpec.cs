using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Reads a tool call as the text that is learned.</summary>
/// <param name="call">An item of <c>tool_calls</c>, as JSON.</param>
public delegate string ReadToolCall(string call);

/// <summary>One tool call in several spellings.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Text">The text that is learned.</param>
/// <param name="Spellings">Items of <c>tool_calls</c> that mean it.</param>
public sealed record ToolCallCase(string Name, string Text, params IReadOnlyList<string> Spellings)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Tool calls in conversation files.</summary>
public static class ToolCallSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft26_ToolCallsByValue];

    /// <summary>Reads a tool call of a file.</summary>
    public static readonly Requirement<ToolCallCase, ReadToolCall> Sft26_ToolCallsByValue = new()
    {
        Id = "SFT-26",
        Statement = "Tool calls of equal value are learned as one text, regardless of their spelling: compact JSON with "
            + "its letters unescaped, its keys in their order and its numbers as written.",
        Source = "BUG-SFT-21: SkyRL PR #1675: arguments are an object in some files and JSON in a text in others, so that the "
            + "model learns escapes that it never reads",
        CanonicalCases =
        [
            new(
                "letters and a number", """{"name":"şube","arguments":{"şehir":"Iğdır","adet":1.50}}""",
                """{"id": "c1", "type": "function", "function": {"name": "şube", "arguments": {"şehir": "Iğdır", "adet": 1.50}}}""",
                """{"function":{"name":"\u015fube","arguments":"{\"\\u015fehir\": \"I\\u011fd\\u0131r\", \"adet\" : 1.50}"}}"""),
            new(
                "an emoji and a nested list", "{\"name\":\"yük\",\"arguments\":{\"z\":[1e2,{\"ı\":\"🚚 \\n\"}],\"a\":null}}",
                "{\"function\":{\"name\":\"yük\",\"arguments\":{\"z\":[1e2, {\"ı\":\"\\ud83d\\ude9a \\n\"}], \"a\":null}}}",
                """{"function":{"name":"yük","arguments":"{\"z\":[1e2,{\"\\u0131\":\"🚚 \\n\"}],\"a\":null}"}}"""),
        ],
        Subject = (_, _) => ReadFile,
        Holds = (read, c, _) => Verdict.All(
            c.Spellings.Select((spelling, i) => Verdict.Equal(
                c.Text, read(spelling), string.Create(CultureInfo.InvariantCulture, $"text of spelling {i + 1}")))),
        Impostors = new()
        {
            ["as written"] = (_, _) => call => GetFunction(call).ToJsonString(Relaxed),
            ["letters are escaped"] = WithText(text => StrictJson.ParseNode(text, "call").ToJsonString()),
            ["with blanks"] = WithText(text => text.Replace(",", ", ", StringComparison.Ordinal)),
            ["arguments stay a text"] = WithFunction(function =>
                function["arguments"] = JsonValue.Create(function["arguments"]!.ToJsonString(Relaxed))),
            ["numbers are rounded"] = WithText(text =>
                text.Replace("1.50", "1.5", StringComparison.Ordinal).Replace("1e2", "100", StringComparison.Ordinal)),
            ["keys are sorted"] = WithFunction(function =>
            {
                var keys = function.OrderBy(key => key.Key, StringComparer.Ordinal).Select(key => key.Key).ToArray();
                foreach (var key in keys)
                {
                    var value = function[key];
                    function.Remove(key);
                    function.Add(key, value);
                }
            }),
            ["the arguments are dropped"] = WithFunction(function => function.Remove("arguments")),
        },
    };

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string ReadFile(string call)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-call-");
        try
        {
            var file = Path.Combine(folder.FullName, "rows.jsonl");
            File.WriteAllText(
                file,
                $$"""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"","tool_calls":[{{call}}]}]}""");
            return ConversationReader.Read(file).Single().Conversation!.Messages[1].ToolCall!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static JsonObject GetFunction(string call) => StrictJson.ParseNode(call, "call")["function"]!.AsObject();

    private static Func<ToolCallCase, Conditions, ReadToolCall> WithText(Func<string, string> change) =>
        (_, _) => call => change(ReadFile(call));

    private static Func<ToolCallCase, Conditions, ReadToolCall> WithFunction(Action<JsonObject> change) => (_, _) => call =>
    {
        var function = StrictJson.ParseNode(ReadFile(call), "call").AsObject();
        change(function);
        return function.ToJsonString(Relaxed);
    };
}
