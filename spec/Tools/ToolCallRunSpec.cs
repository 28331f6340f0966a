using TurkishLlm.Inference.Chat;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tools;

/// <summary>Returns the arguments of each call of the tool that an answer of a model leads to.</summary>
public delegate IReadOnlyList<string> ListToolRuns(Answer answer);

/// <summary>A call of a tool.</summary>
/// <param name="Tool">Name of the tool.</param>
/// <param name="Arguments">The arguments, as compact JSON.</param>
public sealed record ToolCallRunCase(string Tool, string Arguments)
{
    internal string Call => $$"""{"name":"{{Tool}}","arguments":{{Arguments}}}""";

    /// <summary>Texts after which nothing may run although the model ended its turn.</summary>
    internal IReadOnlyList<(string Name, string Text)> Damaged =>
    [
        ("cut before the last brace", Call[..^1]),
        ("cut in the middle", Call[..(Call.Length / 2)]),
        ("of an unknown tool", $$"""{"name":"{{Tool}}2","arguments":{{Arguments}}}"""),
        ("without a name", $$"""{"arguments":{{Arguments}}}"""),
        ("with arguments in a list", $$"""{"name":"{{Tool}}","arguments":[{{Arguments}}]}"""),
        ("with a number as arguments", $$"""{"name":"{{Tool}}","arguments":5}"""),
        ("with text as arguments", $$"""{"name":"{{Tool}}","arguments":"beş"}"""),
        ("that is two calls", Call + Call),
        ("in a list", $"[{Call}]"),
        ("as text", $"{Tool}({Arguments})"),
        ("that is empty", " "),
    ];
}

/// <summary>Which calls run: TOOL-02.</summary>
public static class ToolCallRunSpec
{
    /// <summary>TOOL-02.</summary>
    public static readonly Requirement<ToolCallRunCase, ListToolRuns> TOOL_02_CompleteCallsRun = new()
    {
        Id = "TOOL-02",
        Statement = "A tool runs once for each call that is an object with its name and arguments, after which the model ended "
            + "its turn, and with these arguments; a call that was cut off, damaged or for another tool never runs.",
        Source = "Common bugs: a call runs at its closing brace although the model continues, or is completed by a "
            + "tolerant parser after the token limit cut it, with other arguments than the model meant",
        CanonicalCases =
        [
            new("hesapla", """{"ifade":"12 + 30"}"""), new("sil", "{}"),
            new("stok", """{"malzeme":"bakır","depo":{"kod":[5,"}"]}}"""),
        ],
        Subject = (c, at) => answer => List(c, at, answer),
        Holds = (list, c, at) => Verdict.All(
            Verdict.SameElements([c.Arguments], list(Ended(c.Call, at)), "call"),
            Verdict.All(
                Enum.GetValues<FinishReason>().Where(reason => reason != FinishReason.EndOfTurn).Select(reason =>
                    Verdict.Equal(0, list(ScriptedAnswers.Create("", c.Call, at, reason)).Count, $"calls after {reason}"))),
            Verdict.All(c.Damaged.Select(call =>
                Verdict.Equal(0, list(Ended(call.Text, at)).Count, $"calls after a call {call.Name}")))),
        Impostors = new()
        {
            ["calls that were cut off run"] = (c, at) => answer =>
                List(c, at, answer with { FinishReason = FinishReason.EndOfTurn }),
            ["a call before another turn runs"] = (c, at) => answer => List(c, at, answer with
            {
                FinishReason = answer.FinishReason == FinishReason.OtherTurn ? FinishReason.EndOfTurn : answer.FinishReason,
            }),
            ["missing braces are added"] = (c, at) => answer => List(
                c, at, answer with { ToolCall = answer.ToolCall == c.Call[..^1] ? c.Call : answer.ToolCall }),
            ["arguments that cannot be read are none"] = (c, at) => answer => List(c, at, answer with
            {
                ToolCall = answer.ToolCall!.EndsWith(":5}", StringComparison.Ordinal)
                    ? answer.ToolCall.Replace(":5}", ":{}}", StringComparison.Ordinal)
                    : answer.ToolCall,
            }),
            ["an unknown name is the nearest"] = (c, at) => answer => List(c, at, answer with
            {
                ToolCall = answer.ToolCall!.Replace($"\"{c.Tool}2\"", $"\"{c.Tool}\"", StringComparison.Ordinal),
            }),
            ["the first call of several runs"] = (c, at) => answer => List(c, at, answer with
            {
                ToolCall = answer.ToolCall!.StartsWith(c.Call, StringComparison.Ordinal) ? c.Call : answer.ToolCall,
            }),
            ["a call runs twice"] = (c, at) => answer => [.. List(c, at, answer), .. List(c, at, answer)],
            ["the arguments are dropped"] = (c, at) => answer => [.. List(c, at, answer).Select(_ => "null")],
            ["no call runs"] = (_, _) => _ => [],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [TOOL_02_CompleteCallsRun];

    private static Answer Ended(string call, Conditions at) => ScriptedAnswers.Create("Bakıyorum.", call, at);

    private static IReadOnlyList<string> List(ToolCallRunCase c, Conditions at, Answer answer)
    {
        var tool = new RecordingTool(c.Tool, _ => Task.FromResult("5"));
        ScriptedAnswers.Run(
            at, tool, "Kaç?", turn => turn == 0 ? answer : ScriptedAnswers.Create("Beş.", null, at));
        return tool.Calls;
    }
}
