namespace TurkishLlm.Tools.Mutation.Catalog;

/// <summary>Bugs in the tools of a model.</summary>
internal static class ToolMutations
{
    private const string Loop = "src/Inference/Tools/ToolLoop.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("cut-tool-calls-run", [], Loop,
            "if (answer.FinishReason != FinishReason.EndOfTurn || string.IsNullOrWhiteSpace(text))",
            "if (string.IsNullOrWhiteSpace(text))",
            "A call that the token limit cut, or that another turn follows, runs."),
        new("tool-calls-keep-their-spelling", ["BUG-SFT-21"], Loop,
            "ToolCallText.Normalize(answer.ToolCall!)", "answer.ToolCall!",
            "After a call the model reads its own spelling, which training never shows."),
        new("one-tool-call-too-many", [], Loop, "earlier >= _limits.MaxCalls", "earlier > _limits.MaxCalls",
            "One more call runs than allowed."),
        new("tool-outputs-of-any-length", [], Loop, "Math.Min(room, _limits.MaxOutputTokens)", "room",
            "An output may fill the context."),
        new("tools-run-without-arguments", [], "src/Inference/Chat/ToolCall.cs",
            "return value.ValueKind == JsonValueKind.Object ? CompactJson.Write(value) : null;",
            "return value.ValueKind == JsonValueKind.Object ? CompactJson.Write(value) : \"{}\";",
            "A call with arguments that cannot be read runs without any."),
        new("tools-have-no-time-limit", [], "src/Inference/Tools/ToolRunner.cs",
            "work.WaitAsync(limits.Timeout, clock, cancellationToken)",
            "work.WaitAsync(TimeSpan.FromDays(1), clock, cancellationToken)",
            "A slow tool is awaited."),
        new("calculator-rounds", [], "src/Inference/Tools/Arithmetic/TurkishNumber.cs",
            "BigInteger.Parse(parts[0] + decimals, NumberStyles.None, CultureInfo.InvariantCulture)",
            "(BigInteger)double.Parse(parts[0] + decimals, NumberStyles.None, CultureInfo.InvariantCulture)",
            "Long numbers lose their last digits."),
        new("today-is-that-of-utc", [], "src/Inference/Tools/DateTool.cs", "clock.GetLocalNow().DateTime",
            "clock.GetUtcNow().DateTime", "In the first hours of a day the date tool says the day before."),
    ];
}
