using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Preference;
using TurkishLlm.Evaluation.Sampling;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Preference;

/// <summary><c>turkishllm preference pairs ANSWERS</c>: the best and the worst answer of each question.</summary>
internal static class PreferencePairsCommand
{
    public static Command Create(Display display)
    {
        var answers = new Argument<string>("answers") { Description = "File of preference generate." };
        var output = new Option<string>("--output", "-o")
        {
            Description = "JSON Lines file of pairs to write, for preference.files of a plan.", Required = true,
        };
        var margin = DecimalOption.Create(
            "--minimum-margin", "Least difference of the rewards of the two answers, 0 … 1.", defaultValue: 0);
        var command = new Command("pairs", "Pair the best and the worst answer to each question, for DPO, ORPO or KTO.")
        {
            answers, output, margin,
        };
        command.SetAction(parsed =>
        {
            var questions = SampledQuestion.ReadAll(parsed.GetRequiredValue(answers));
            var least = parsed.GetRequiredValue(margin);
            SampledPair[] pairs =
                [.. questions.Select(question => AnswerSelection.FindPair(question, least)).OfType<SampledPair>()];
            if (pairs.Length == 0)
                throw new InvalidDataException(
                    $"No question of {parsed.GetRequiredValue(answers)} has two complete answers with different rewards"
                        + $"{(least > 0 ? Format.Invariant($", {least} or more apart") : "")}. Generate more answers per "
                        + "question (--answers), with a higher --temperature or --max-tokens, or with other rewards.");
            PreferenceWriter.Write(parsed.GetRequiredValue(output), pairs.Select(pair => new PreferenceRow(
                pair.Question.Location, 0,
                pair.Question.Prompt.Append(ChatMessage.Assistant(pair.Chosen.Text)),
                pair.Question.Prompt.Append(ChatMessage.Assistant(pair.Rejected.Text)))));
            display.WriteLine(
                $"{Format.Count(pairs.Length, "pair")} of {Format.Count(questions.Count, "question")}, mean rewards "
                    + Format.Invariant($"{pairs.Average(pair => pair.Chosen.Reward):0.###} and ")
                    + Format.Invariant($"{pairs.Average(pair => pair.Rejected.Reward):0.###}, mean lengths ")
                    + Format.Invariant($"{pairs.Average(pair => pair.Chosen.Tokens):0.#} and ")
                    + Format.Invariant($"{pairs.Average(pair => pair.Rejected.Tokens):0.#} tokens")
                    + $" → {Format.RelativePaths(parsed.GetRequiredValue(output))}");
        });
        return command;
    }
}
