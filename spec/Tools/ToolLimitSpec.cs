using TurkishLlm.Inference.Tools;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Tools;

/// <summary>Answers under limits with a model that calls the tool in every turn.</summary>
public delegate ToolAnswer CallWithLimits(ToolLimits limits, ITool tool);

/// <summary>Limits of tools.</summary>
/// <param name="MaxCalls">Maximum number of calls.</param>
/// <param name="MaxOutputTokens">Maximum length of an output, in tokens.</param>
/// <param name="Flood">A part of an output that is repeated many times.</param>
/// <param name="Reason">Why the tool fails.</param>
public sealed record ToolLimitCase(int MaxCalls, int MaxOutputTokens, string Flood, string Reason)
{
    internal const string Late = "Geç gelen yanıt.";

    internal static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(120), ShortLimit = TimeSpan.FromMilliseconds(10);

    internal ToolLimits Limits => new()
    {
        MaxCalls = MaxCalls, MaxOutputTokens = MaxOutputTokens, Timeout = TimeSpan.FromMinutes(10),
    };
}

/// <summary>Limits of tools: TOOL-05.</summary>
public static class ToolLimitSpec
{
    /// <summary>TOOL-05.</summary>
    public static readonly Requirement<ToolLimitCase, CallWithLimits> TOOL_05_LimitsHold = new()
    {
        Id = "TOOL-05",
        Statement = "A model that calls a tool again and again gets as many outputs as allowed and then an error; an output has "
            + "at most as many tokens as allowed and says so if it was cut; a tool that takes too long or fails gives an error "
            + "as output, and the answer continues.",
        Source = "Common bugs: an endless loop of calls; one page of a search that fills the context; a tool that never returns",
        CanonicalCases = [new(3, 40, "bakır teli ", "Depo kapalı."), new(1, 16, "🚚 sevk\n", "Bağlantı yok.")],
        Subject = (_, at) => (limits, tool) => Call(limits, tool, at),
        Holds = (call, c, at) =>
        {
            var (calls, again) = Record(call, c.Limits, _ => Task.FromResult("5"));
            var (_, flood) = Record(
                call, c.Limits, _ => Task.FromResult(string.Concat(Enumerable.Repeat(c.Flood, 100_000))));
            var (_, late) = Record(call, c.Limits with { Timeout = ToolLimitCase.ShortLimit }, async _ =>
            {
                await Task.Delay(ToolLimitCase.Delay).ConfigureAwait(false);
                return ToolLimitCase.Late;
            });
            var (_, failed) = Record(call, c.Limits, _ => throw new InvalidOperationException(c.Reason));
            return Verdict.All(
                Verdict.Equal(c.MaxCalls, calls, "calls that ran"),
                Verdict.Equal(c.MaxCalls + 1, again.Runs.Count, "outputs"),
                Verdict.Equal(ToolEnding.TooManyCalls, again.Ending, "end"),
                Verdict.Equal(ToolOutcome.TooManyCalls, again.Runs[^1].Outcome, "last outcome"),
                Verdict.AtMost(c.MaxOutputTokens, at.Tokenizer.CountTokens(flood.Runs[0].Output), "tokens of a flood"),
                Verdict.That(
                    flood.Runs[0].Output.StartsWith(c.Flood.Trim(), StringComparison.Ordinal)
                        && flood.Runs[0].Output.EndsWith(ToolOutputText.Cut, StringComparison.Ordinal),
                    $"the output of a flood is \"{flood.Runs[0].Output}\""),
                Verdict.Equal(ToolOutcome.TimedOut, late.Runs[0].Outcome, "outcome of a slow tool"),
                Verdict.That(late.Runs[0].Output != ToolLimitCase.Late, $"a slow tool gives \"{late.Runs[0].Output}\""),
                Verdict.Equal(Shorten(ToolErrors.Failed(c.Reason), c, at), failed.Runs[0].Output, "output of a failure"));
        },
        Impostors = new()
        {
            ["one call more"] = With(limits => limits with { MaxCalls = limits.MaxCalls + 1 }),
            ["slow tools are awaited"] = With(limits => limits with { Timeout = TimeSpan.FromMinutes(10) }),
            ["no limit of size"] = With(limits => limits with { MaxOutputTokens = 1000 }),
            ["a cut is not marked"] = WithOutput(output => output.Replace(ToolOutputText.Cut, "", StringComparison.Ordinal)),
            ["a failure is an empty output"] = WithOutput(
                output => output.StartsWith("Hata", StringComparison.Ordinal) ? "" : output),
            ["the answer ends at the limit without a word"] = (_, at) => (limits, tool) => Call(limits, tool, at) is var answer
                ? answer with { Runs = [.. answer.Runs.Take(limits.MaxCalls)] }
                : answer,
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [TOOL_05_LimitsHold];

    private static (int Calls, ToolAnswer Answer) Record(CallWithLimits call, ToolLimits limits, Func<string, Task<string>> run)
    {
        var tool = new RecordingTool("stok", run);
        var answer = call(limits, tool);
        return (tool.Calls.Count, answer);
    }

    private static ToolAnswer Call(ToolLimits limits, ITool tool, Conditions at) => ScriptedAnswers.Run(
        at, tool, "Kaç makara var?", _ => ScriptedAnswers.Create("", """{"name":"stok","arguments":{}}""", at), limits).Answer;

    private static string Shorten(string text, ToolLimitCase c, Conditions at) =>
        ToolOutputText.Fit(text, at.Tokenizer, c.MaxOutputTokens).Text;

    private static Func<ToolLimitCase, Conditions, CallWithLimits> With(Func<ToolLimits, ToolLimits> change) =>
        (_, at) => (limits, tool) => Call(change(limits), tool, at);

    private static Func<ToolLimitCase, Conditions, CallWithLimits> WithOutput(Func<string, string> change) =>
        (_, at) => (limits, tool) => Call(limits, tool, at) is var answer
            ? answer with { Runs = [.. answer.Runs.Select(run => run with { Output = change(run.Output) })] }
            : answer;
}
