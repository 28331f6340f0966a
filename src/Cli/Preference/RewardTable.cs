using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Sampling;

namespace TurkishLlm.Cli.Preference;

/// <summary>What was generated: the rewards of all answers, and of the best one of each question.</summary>
internal static class RewardTable
{
    public static void Write(Display display, IReadOnlyList<SampledQuestion> questions, string output)
    {
        var answered = questions.Where(question => question.Answers.Count > 0).ToArray();
        SampledAnswer[] answers = [.. answered.SelectMany(question => question.Answers)];
        if (answered.Length < questions.Count)
            display.WriteWarning(
                $"{Format.Count(questions.Count - answered.Length, "question")} too long for the model, without answers.");
        display.WriteLine(
            $"{Format.Count(answers.Length, "answer")} to {Format.Count(answered.Length, "question")}, "
                + $"{Format.Count(answers.Count(answer => !answer.IsUsable))} of them cut off or empty "
                + $"→ {Format.RelativePaths(output)}");
        if (answers.Length == 0) return;
        SampledAnswer?[] best = [.. answered.Select(question => AnswerSelection.FindBest(question))];
        display.WriteTable(
            ["", "mean of all", "mean of the best"],
            answers[0].Parts.Keys
                .Select(name => CreateRow(name, answers, best, answer => answer.Parts[name]))
                .Append(CreateRow("reward", answers, best, answer => answer.Reward))
                .Append(CreateRow("tokens", answers, best, answer => answer.Tokens)));
        var different = answered.Count(question => AnswerSelection.FindPair(question) is not null);
        display.WriteLine($"{Format.Count(different, "question")} with answers of different rewards.");
    }

    private static IReadOnlyList<string> CreateRow(
        string name, IReadOnlyList<SampledAnswer> all, IReadOnlyList<SampledAnswer?> best, Func<SampledAnswer, double> value) =>
    [
        name, Number(all.Average(value)),
        best.Any(answer => answer is not null) ? Number(best.OfType<SampledAnswer>().Average(value)) : "–",
    ];

    private static string Number(double value) => Format.Invariant($"{value:0.###}");
}
