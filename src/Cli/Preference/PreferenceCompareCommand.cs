using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Sampling;

namespace TurkishLlm.Cli.Preference;

/// <summary><c>turkishllm preference compare BEFORE AFTER</c>: the rewards of two models on the same questions.</summary>
internal static class PreferenceCompareCommand
{
    public static Command Create(Display display)
    {
        var before = new Argument<string>("before") { Description = "Answers of one model: a file of preference generate." };
        var after = new Argument<string>("after") { Description = "Answers of another model to the same questions." };
        var seed = new Option<long>("--seed")
        {
            Description = "Random seed of the intervals.", DefaultValueFactory = _ => 0,
        };
        var command = new Command("compare", "Compare the rewards of two models on the same questions.") { before, after, seed };
        command.SetAction(parsed =>
        {
            var result = RewardComparison.Create(
                SampledQuestion.ReadAll(parsed.GetRequiredValue(before)), SampledQuestion.ReadAll(parsed.GetRequiredValue(after)),
                new Bootstrap(parsed.GetRequiredValue(seed)));
            display.WriteTable(["", "before", "after", "difference", "95 % interval"],
            [
                [
                    "reward", Number(result.Before), Number(result.After), Signed(result.After - result.Before),
                    result.Difference is { } range ? $"{Signed(range.Low)} … {Signed(range.High)}" : "–",
                ],
            ]);
            var interval = result.WinRateInterval is { } bounds
                ? Format.Invariant($" (95 % interval {bounds.Low:P0} … {bounds.High:P0})") : "";
            display.WriteLine(
                Format.Invariant($"Win rate of the second {result.WinRate:P1}{interval}: better on {result.Wins}, equal on ")
                    + Format.Invariant($"{result.Ties}, worse on {result.Questions - result.Wins - result.Ties} of ")
                    + $"{Format.Count(result.Questions, "question")}.");
        });
        return command;
    }

    private static string Number(double value) => Format.Invariant($"{value:0.000}");

    private static string Signed(double value) => Format.Invariant($"{value:+0.000;−0.000;0.000}");
}
