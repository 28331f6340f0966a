using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Evaluation.Sampling;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Preference;

/// <summary><c>turkishllm preference best ANSWERS</c>: rejection sampling, the best answer of each question.</summary>
internal static class PreferenceBestCommand
{
    public static Command Create(Display display)
    {
        var answers = new Argument<string>("answers") { Description = "File of preference generate." };
        var output = new Option<string>("--output", "-o")
        {
            Description = "JSON Lines file of conversations to write, for sft.sources of a plan.", Required = true,
        };
        var least = DecimalOption.Create("--minimum-reward", "Least reward of an answer, 0 … 1.", defaultValue: 0);
        var command = new Command("best", "Keep the best answer to each question, for fine-tuning (rejection sampling).")
        {
            answers, output, least,
        };
        command.SetAction(parsed =>
        {
            var questions = SampledQuestion.ReadAll(parsed.GetRequiredValue(answers));
            var minimum = parsed.GetRequiredValue(least);
            var best = questions
                .Select(question => (Question: question, Answer: AnswerSelection.FindBest(question, minimum)))
                .Where(pair => pair.Answer is not null)
                .ToArray();
            if (best.Length == 0)
                throw new InvalidDataException(
                    $"No question of {parsed.GetRequiredValue(answers)} has a complete answer with a reward of at least "
                        + Format.Invariant($"{minimum}. Lower --minimum-reward, or generate more answers per question."));
            ConversationWriter.Write(
                parsed.GetRequiredValue(output),
                best.Select(pair => new ConversationRow(pair.Question.Location, 0)
                {
                    Conversation = pair.Question.Prompt.Append(ChatMessage.Assistant(pair.Answer!.Text)),
                }),
                ConversationFormat.Messages);
            SampledAnswer[] all = [.. questions.SelectMany(question => question.Answers)];
            display.WriteLine(
                $"{Format.Count(best.Length, "row")} of {Format.Count(questions.Count, "question")}, mean reward "
                    + Format.Invariant($"{best.Average(pair => pair.Answer!.Reward):0.###}; that of all answers is ")
                    + Format.Invariant($"{all.Average(answer => answer.Reward):0.###}")
                    + $" → {Format.RelativePaths(parsed.GetRequiredValue(output))}");
        });
        return command;
    }
}
